"""Plots quality against speed, with the Pareto front of the settings."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report import format, plotting
from sgns_bench.report.dataframe import MAX_WORDS, at
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import SPEED
from sgns_bench.report.verdict import MARGINS


def figures(results: Results) -> Iterator[Figure]:
    """Yield a plot for every evaluation set with at least three settings."""
    for dataset, head in results.sets.items():
        places = _places(results, dataset)
        if len(places) > 2:
            yield Figure(
                title=f"{dataset} {head.metric} against speed",
                caption=f"Marks: means over {format.count(results.seeds)} at the median speed of all"
                " equal trainings; open: other vectors of an equal training; arrows: off the scale."
                " Named, on the line: what nothing beats in both, speeds within"
                f" {MARGINS['words/s'][1]} being equal.",
                table=_table(places, head),
                draw=partial(_draw, places=places, head=head),
                height=max(3.1, 0.6 + 0.17 * int(places["front"].sum())),
            )


def _places(results: Results, dataset: str) -> pd.DataFrame:
    """Return speed and scores of each training and variant, the fastest first."""
    head, (margin, _) = results.sets[dataset], MARGINS["words/s"]
    rows = at(results.ends, {MAX_WORDS: results.grid.default_value(MAX_WORDS)})  # no choice
    rates = rows[rows["metric"] == SPEED].groupby("training")["value"].median()
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == head.metric)]
    rows = rows.assign(
        name=[_name(results, row) for _, row in rows.iterrows()],
        rate=rows["training"].map(rates),
        better=rows["value"] * (1 if head.higher_is_better else -1),
    ).dropna(subset=["value", "rate"])
    found = rows.groupby(["trainer", "variant", "training"], sort=False).agg(
        name=("name", "first"), rate=("rate", "first"), scores=("value", list),
        mean=("value", "mean"), better=("better", "mean"),
    ).reset_index()  # fmt: skip
    front = [
        not ((found["rate"] * (1 + margin) >= rate) & (found["better"] > better)).any()
        for rate, better in zip(found["rate"], found["better"], strict=True)
    ]
    found = found.assign(front=front, same=found["variant"].isin(results.same_training))
    return found.sort_values(["rate", "better"], ascending=False)


def _name(results: Results, row: "pd.Series[Any]") -> str:
    """Return a point's label: its variant, if any, and the settings that the run varied."""
    grid, own = results.grid, results.grid.one_setting_variants
    variant = "" if row["variant"] in own else str(row["variant"])
    varied = [axis for axis in grid.varying if axis != MAX_WORDS]
    varied += [] if variant else own.values()
    settings = format.settings({axis: row[axis] for axis in varied if axis in row})
    return ", ".join(filter(None, [variant, settings])) or "default"


def _table(places: pd.DataFrame, head: Record) -> Table:
    columns = (places[name] for name in ("trainer", "name", "rate", "scores", "front"))
    rows = [
        [
            trainer,
            name,
            format.significant(rate),
            format.mean_and_sd(scores, head.unit),
            "yes" * front,
        ]
        for trainer, name, rate, scores, front in zip(*columns, strict=True)
    ]
    label = format.label(head.metric, head.unit)
    return Table(["trainer", "settings", "words/s", label, "front"], rows, left=2)


def _draw(axes: plotting.Axes, places: pd.DataFrame, head: Record) -> None:
    scale, (margin, _) = format.scale(head.unit), MARGINS.get(head.unit, (0.0, ""))
    means = scale * places["mean"]
    is_near = means.between(*plotting.fences(means.tolist(), least=scale * margin))
    near = means[is_near]
    shown = places.assign(y=means.clip(near.min(), near.max()), is_above=means > near.max())
    for i, (trainer, own) in enumerate(shown.groupby("trainer", sort=False)):
        style, trained = plotting.style(i) | {"ls": "", "markersize": 5}, own[~own["same"]]
        axes.plot(trained["rate"], trained["y"], label=trainer, **style)
        axes.plot(own["rate"], own["y"], fillstyle="none", **style)
    for _, far in shown[~is_near].iterrows():
        says = f"{'↑' if far['is_above'] else '↓'} {format.quantity(far['mean'], head.unit)}"
        spot = far["rate"], far["y"]
        axes.annotate(says, spot, (0, 6), textcoords="offset points", ha="center", fontsize=8)
    if shown["trainer"].nunique() > 1:
        shown["name"] = (shown["trainer"] + ", " + shown["name"]).str.removesuffix(", default")
    _name_front(axes, shown[shown["front"]].sort_values("y"))
    plotting.logarithmic(axes.xaxis)
    axes.set(xlabel="words/s", ylabel=format.label(head.metric, head.unit))


def _name_front(axes: plotting.Axes, front: pd.DataFrame) -> None:
    """Join the points of the front, the lowest first, and name them to the right of the axes."""
    axes.plot(front["rate"], front["y"], color=plotting.FAINT, linewidth=1, zorder=1)
    arrow = {"arrowstyle": "-", "color": plotting.FAINT, "linewidth": 0.6, "relpos": (0, 0.5)}
    for i, (_, place) in enumerate(front.iterrows()):
        beside, spot = (1.04, (i + 0.5) / len(front)), (place["rate"], place["y"])
        name, to = place["name"], "axes fraction"
        axes.annotate(name, spot, beside, textcoords=to, va="center", fontsize=8, arrowprops=arrow)
