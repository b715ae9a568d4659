"""Plots quality against speed, with the Pareto front of the settings."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report import format, plotting
from sgns_bench.report.dataframe import MAX_WORDS, Point, at
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results


def figures(results: Results) -> Iterator[Figure]:
    """Yield a plot for every evaluation set with at least three settings."""
    for dataset, head in results.sets.items():
        places = _places(results, dataset)
        if len(places) > 2:
            front = int(places["front"].sum())
            yield Figure(
                title=f"{dataset} {head.metric} against speed",
                caption=f"Line: the {front} of {len(places)} settings that none beats in both.",
                table=_table(places, head),
                draw=partial(_draw, places=places, head=head),
            )


def _places(results: Results, dataset: str) -> pd.DataFrame:
    """Return speed and scores of each trainer at each setting, the fastest first."""
    grid, head = results.grid, results.sets[dataset]
    rows = at(results.ends, {MAX_WORDS: grid.default_value(MAX_WORDS)})  # the corpus is no choice
    axes = [axis for axis in grid.all_axes if axis in rows and rows[axis].nunique() > 1]
    places = []
    for (trainer, variant, *values), group in rows.groupby(
        ["trainer", "variant", *axes], sort=False, dropna=False
    ):
        is_score = (group["dataset"] == dataset) & (group["metric"] == head.metric)
        scores = list(group.loc[is_score, "value"].dropna())
        rates = group[group["metric"] == "words_per_second"]["value"]
        if scores and len(rates):
            name = _name(results, str(variant), dict(zip(axes, values, strict=True)))
            places.append((trainer, name, float(rates.median()), scores, float(np.mean(scores))))
    columns = ["trainer", "name", "rate", "scores", "mean"]
    found = pd.DataFrame(places, columns=columns)
    found["better"] = found["mean"] * (1 if head.higher_is_better else -1)
    found = found.sort_values(["rate", "better"], ascending=False)
    return found.assign(front=found["better"] > found["better"].cummax().shift(fill_value=-np.inf))


def _name(results: Results, variant: str, point: Point) -> str:
    """Return a point's label: its settings; for a variant, its name and the grid's settings."""
    if not variant or variant in results.grid.one_setting_variants:
        return format.settings(point)
    varying = {axis: value for axis, value in point.items() if axis in results.grid.varying}
    return ", ".join(filter(None, [variant, format.settings(varying)]))


def _table(places: pd.DataFrame, head: Record) -> Table:
    rows = [
        [
            place["trainer"],
            place["name"],
            format.significant(place["rate"]),
            format.mean_and_sd(place["scores"], head.unit),
            "yes" if place["front"] else "",
        ]
        for _, place in places.iterrows()
    ]
    label = format.label(head.metric, head.unit)
    return Table(["trainer", "settings", "words/s", label, "front"], rows, left=2)


def _draw(axes: plotting.Axes, places: pd.DataFrame, head: Record) -> None:
    shown = places.assign(mean=format.scale(head.unit) * places["mean"])
    for i, (trainer, own) in enumerate(shown.groupby("trainer", sort=False)):
        style = plotting.style(i)
        axes.plot(own["rate"], own["mean"], linestyle="", markersize=5, label=trainer, **style)
    front = shown[shown["front"]]
    axes.plot(front["rate"], front["mean"], color=plotting.FAINT, linewidth=1, zorder=1)
    plotting.logarithmic(axes.xaxis)
    axes.set(xlabel="words/s", ylabel=format.label(head.metric, head.unit))
