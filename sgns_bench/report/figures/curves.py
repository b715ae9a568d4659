"""Quality and loss while the training goes on, against its seconds."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

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
    """Yield how the first trainer stands after the time that each other one took."""
    for dataset, head in results.sets.items():
        curves = _curves(results, dataset, head.metric)
        for other in curves[1:]:
            if says := _at_equal_time(curves[0], other, head.unit):
                yield f"On {results.whole.corpus}, {dataset} {head.metric}: {says}."


def _measured(results: Results) -> Iterator[tuple[str, str, str, list[Curve]]]:
    for dataset, head in results.sets.items():
        if curves := _curves(results, dataset, head.metric):
            yield f"{dataset} {head.metric}", head.metric, head.unit, curves
    if curves := _curves(results, "", "loss"):
        yield "Loss", "loss", "nats/pair", curves


def _curves(results: Results, dataset: str, metric: str) -> list[Curve]:
    """Return the curves of default settings and of variants; none if only ends are known."""
    rows = results.at_default(results.everything)
    rows = rows[(rows["dataset"] == dataset) | (rows["metric"] == "train_seconds")]
    rows = rows[(rows["section"] == "") & rows["metric"].isin([metric, "train_seconds"])]
    if not (rows["progress"] < 1).any():
        return []
    wide = rows.pivot_table(
        index=["cell", "progress"], columns="metric", values="value", aggfunc="last"
    )
    if metric not in wide:  # a trainer may have no loss
        return []
    cells = rows.drop_duplicates("cell")
    names = dict(zip(cells["cell"], cells.apply(results.name_of, axis=1), strict=True))
    wide = wide.dropna().reset_index()
    wide["name"] = wide["cell"].map(names)
    return [
        Curve(name, _points(wide[wide["name"] == name], metric))
        for name in dict.fromkeys(names.values())
    ]


def _points(rows: pd.DataFrame, metric: str) -> list[Point]:
    return [
        Point(float(str(progress)), float(now["train_seconds"].median()), list(now[metric]))
        for progress, now in rows.groupby("progress")
    ]


def _at_equal_time(ours: Curve, other: Curve, unit: str) -> str:
    """Compare the end of one curve with what the other had reached by then, at the latest."""
    end = other.points[-1]
    before = [point for point in ours.points if point.seconds <= end.seconds]
    if not before:
        return ""
    reached = before[-1]
    gap = welch(reached.values, end.values)
    return (
        f"{other.name} ends at {text.mean(end.values, unit)} after {end.seconds:,.3g} s; {ours.name}"
        f" has {text.mean(reached.values, unit)} after {reached.seconds:,.3g} s"
        f" ({text.difference(gap, unit)})"
    )


def _label(metric: str, unit: str) -> str:
    return f"{metric}, {'%' if unit == 'fraction' else unit}".removesuffix(", correlation")


def _scale(unit: str) -> float:
    return 100 if unit == "fraction" else 1


def _text(metric: str, unit: str, curves: list[Curve]) -> str:
    ends = "; ".join(
        f"{c.name} {text.mean(c.points[-1].values, unit)} after {c.points[-1].seconds:,.3g} s"
        for c in curves
    )
    return (
        f"Mean {metric} over seeds against the median seconds of training so far; scoring does not"
        f" count as training. At the end: {ends}."
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
