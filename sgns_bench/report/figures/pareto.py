"""Quality against speed, and which settings no other one beats in both."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import format, plotting
from sgns_bench.report.dataframe import PREFIX, Point, at
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results


class Place(NamedTuple):
    """One trainer at one setting: median speed, and the scores of its seeds."""

    trainer: str
    name: str
    rate: float
    scores: list[float]

    @property
    def score(self) -> float:
        """Mean over seeds."""
        return float(np.mean(self.scores))


def figures(results: Results) -> Iterator[Figure]:
    """Yield a plot for every evaluation set, if several settings have a speed."""
    for dataset, head in results.sets.items():
        places = _places(results, dataset)
        if len(places) > 2:
            front = _front(places, head)
            yield Figure(
                title=f"{dataset} {head.metric} against speed",
                caption=f"Line: the {len(front)} of {len(places)} settings that none beats in both.",
                table=_table(places, front, head),
                draw=partial(_draw, places=places, front=front, head=head),
            )


def _places(results: Results, dataset: str) -> list[Place]:
    grid, metric = results.grid, results.sets[dataset].metric
    rows = at(results.ends, {PREFIX: grid.default_value(PREFIX)})  # the corpus is no choice
    axes = [axis for axis in grid.all_axes if axis in rows and rows[axis].nunique() > 1]
    places = []
    for (trainer, variant, *values), group in rows.groupby(
        ["trainer", "variant", *axes], sort=False, dropna=False
    ):
        scores = group[(group["dataset"] == dataset) & (group["metric"] == metric)]["value"]
        rates = group[group["metric"] == "words_per_second"]["value"]
        if scores.notna().any() and len(rates):
            name = _name(results, str(variant), dict(zip(axes, values, strict=True)))
            places.append(Place(str(trainer), name, float(rates.median()), list(scores.dropna())))
    return places


def _name(results: Results, variant: str, point: Point) -> str:
    """What tells it from the others of its trainer; of an ablation, its name and the grid's axes."""
    if not variant or variant in results.grid.one_setting_variants:
        return format.settings(point)
    varying = {axis: value for axis, value in point.items() if axis in results.grid.varying}
    return ", ".join(filter(None, [variant, format.settings(varying)]))


def _front(places: list[Place], head: Record) -> list[Place]:
    """Those that no other one beats in speed and score, the fastest first."""
    sign = 1 if head.higher_is_better else -1
    front: list[Place] = []
    for place in sorted(places, key=lambda place: (-place.rate, -sign * place.score)):
        if not front or sign * place.score > sign * front[-1].score:
            front.append(place)
    return front


def _table(places: list[Place], front: list[Place], head: Record) -> Table:
    rows = [
        [
            place.trainer,
            place.name,
            format.significant(place.rate),
            format.mean_and_sd(place.scores, head.unit),
            "yes" if place in front else "",
        ]
        for place in sorted(places, key=lambda place: -place.rate)
    ]
    label = format.label(head.metric, head.unit)
    return Table(["trainer", "settings", "words/s", label, "front"], rows, left=2)


def _draw(axes: plotting.Axes, places: list[Place], front: list[Place], head: Record) -> None:
    scale = format.scale(head.unit)
    for i, trainer in enumerate(dict.fromkeys(place.trainer for place in places)):
        own = [place for place in places if place.trainer == trainer]
        rates, scores = [place.rate for place in own], [scale * place.score for place in own]
        style = plotting.style(i)
        axes.plot(rates, scores, linestyle="", markersize=5, label=trainer, **style)
    rates, scores = [place.rate for place in front], [scale * place.score for place in front]
    axes.plot(rates, scores, color=plotting.FAINT, linewidth=1, zorder=1)
    plotting.logarithmic(axes.xaxis)
    axes.set(xlabel="words/s", ylabel=format.label(head.metric, head.unit))
