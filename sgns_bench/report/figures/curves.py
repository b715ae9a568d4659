"""Quality and loss while the training goes on, against its seconds."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report import svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.stats import welch

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Point(NamedTuple):
    """One moment of a training: share done, seconds so far, and the values of its seeds."""

    progress: float
    seconds: float
    values: list[float]

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return float(np.mean(self.values))


class Curve(NamedTuple):
    """The moments of one trainer at one setting, the end last."""

    trainer: str
    name: str
    points: list[Point]


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure for every evaluation set and for the loss, if there are curves."""
    for title, metric, unit, curves in _measured(results):
        yield Figure(
            title=f"{title} during the training",
            text=_text(metric, unit, curves),
            table=_table(metric, unit, curves),
            draw=partial(_draw, curves=curves, label=_label(metric, unit), scale=_scale(unit)),
        )


def findings(results: Results) -> Iterator[str]:
    """Yield how the first trainer stands after the time that each other one takes."""
    curves = {name: _curves(results, name, head.metric) for name, head in results.sets.items()}
    found: dict[tuple[str, str], list[str]] = {}
    for dataset, known in curves.items():
        ours = [curve for curve in known if curve.trainer == results.first]
        for other in [curve for curve in known if curve.name in results.trainers[1:]]:
            if rival := _longest(ours, other.points[-1].seconds):
                says = _against(rival, other, results.headlines[dataset])
                found.setdefault((rival.name, other.name), []).append(says)
    for (ours_name, name), clauses in found.items():
        yield f"On {results.whole.corpus}, {ours_name} in the time of {name} is {'; '.join(clauses)}."


def _measured(results: Results) -> Iterator[tuple[str, str, str, list[Curve]]]:
    for dataset, head in results.sets.items():
        if curves := _curves(results, dataset, head.metric):
            yield f"{dataset} {head.metric}", head.metric, head.unit, curves
    if curves := _curves(results, "", "loss"):
        yield "Loss", "loss", "nats/pair", curves


def _curves(results: Results, dataset: str, metric: str) -> list[Curve]:
    """Return a curve for each trainer, variant and number of epochs; none if all are but ends."""
    rows = _moments(results, dataset, metric)
    wide = rows.pivot_table(
        index=["cell", "progress"], columns="metric", values="value", aggfunc="last"
    )
    if metric not in wide or not (rows["progress"] < 1).any():
        return []
    cells = rows.drop_duplicates("cell").set_index("cell")
    wide = wide.dropna().reset_index()
    wide["name"] = wide["cell"].map(cells.apply(results.name_of, axis=1))
    names = dict(zip(cells.apply(results.name_of, axis=1), cells["trainer"], strict=True))
    found = {name: _points(wide[wide["name"] == name], metric) for name in names}
    return [Curve(names[name], name, points) for name, points in found.items() if points]


def _moments(results: Results, dataset: str, metric: str) -> pd.DataFrame:
    """Rows of a metric and of the time; of variants with several values, those of epochs alone."""
    others = [name for name, axis in results.ladders.items() if axis != "epochs"]
    rows = results.at_default(results.everything)
    rows = rows[~rows["variant"].isin(others) & (rows["section"] == "")]
    is_score = (rows["dataset"] == dataset) & (rows["metric"] == metric)
    return rows[is_score | ((rows["dataset"] == "") & (rows["metric"] == "train_seconds"))]


def _points(rows: pd.DataFrame, metric: str) -> list[Point]:
    return [
        Point(float(str(progress)), float(now["train_seconds"].median()), list(now[metric]))
        for progress, now in rows.groupby("progress")
    ]


def _longest(curves: list[Curve], seconds: float) -> Curve | None:
    """The longest training that has ended by then; not the best one, which chance has a part in."""
    done = [curve for curve in curves if curve.points[-1].seconds <= seconds]
    return max(done, key=lambda curve: curve.points[-1].seconds, default=None)


def _against(ours: Curve, other: Curve, head: Record) -> str:
    end, theirs = ours.points[-1], other.points[-1]
    gap = welch(end.values, theirs.values)
    side = "ahead" if (gap.mean > 0) == head.higher_is_better else "behind"
    numbers = f"{text.mean(end.values, head.unit)} after {end.seconds:.3g} s against"
    numbers += f" {text.mean(theirs.values, head.unit)} after {theirs.seconds:.3g} s"
    return f"{side if gap.is_real else 'level'} for {head.dataset} ({numbers}: {text.difference(gap, head.unit)})"


def _label(metric: str, unit: str) -> str:
    return f"{metric}, {'%' if unit == 'fraction' else unit}".removesuffix(", correlation")


def _scale(unit: str) -> float:
    return 100 if unit == "fraction" else 1


def _text(metric: str, unit: str, curves: list[Curve]) -> str:
    ends = "; ".join(
        f"{c.name} {text.mean(c.points[-1].values, unit)} after {c.points[-1].seconds:,.3g} s"
        for c in curves
    )
    note = " Losses of unlike objectives do not compare." if metric == "loss" else ""
    return (
        f"Mean {metric} over seeds against the median seconds of training so far; scoring does not"
        f" count as training. At the end: {ends}.{note}"
    )


def _table(metric: str, unit: str, curves: list[Curve]) -> Table:
    rows = [
        [
            curve.name,
            f"{100 * point.progress:.0f}",
            f"{point.seconds:.3g}",
            text.mean_and_sd(point.values, unit),
            str(len(point.values)),
        ]
        for curve in curves
        for point in curve.points
    ]
    return Table(["training", "done, %", "seconds", _label(metric, unit), "seeds"], rows, left=1)


def _draw(axes: "Axes", curves: list[Curve], label: str, scale: float) -> None:
    for i, curve in enumerate(curves):
        seconds = [point.seconds for point in curve.points]
        means = [scale * point.mean for point in curve.points]
        axes.plot(seconds, means, label=curve.name, markersize=4, linewidth=1.3, **svg.style(i))
    svg.logarithmic(axes.xaxis, [p.seconds for curve in curves for p in curve.points])
    axes.set_xlabel("seconds of training")
    axes.set_ylabel(label)
    axes.grid()
