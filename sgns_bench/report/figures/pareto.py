"""Quality against speed, and which settings no other one beats in both."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.frames import PREFIX, Point, at
from sgns_bench.report.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes


APART: Final = 11
"""Points of type between two numbers that can both be read."""


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
                text=_text(places, front, head),
                table=_table(places, front, head),
                draw=partial(_draw, places=places, front=front, head=head),
            )


def findings(results: Results) -> Iterator[str]:
    """Yield nothing: a front has many settings, and no single answer."""
    yield from ()


def _places(results: Results, dataset: str) -> list[Place]:
    metric = results.headlines[dataset].metric
    rows = at(results.variants, {PREFIX: results.focus(PREFIX)})  # the corpus is no choice
    axes = [axis for axis in results.all_axes if axis in rows and rows[axis].nunique() > 1]
    places = []
    for (trainer, variant, *values), group in rows.groupby(
        ["trainer", "variant", *axes], sort=False, dropna=False
    ):
        scores = group[(group["dataset"] == dataset) & (group["metric"] == metric)]["value"]
        rates = group[(group["dataset"] == "") & (group["metric"] == "words_per_second")]["value"]
        if scores.notna().any() and len(rates):
            name = _name(results, str(variant), dict(zip(axes, values, strict=True)))
            places.append(Place(str(trainer), name, float(rates.median()), list(scores.dropna())))
    return places


def _name(results: Results, variant: str, point: Point) -> str:
    """What tells it from the others of its trainer; of an ablation, its name and the grid's axes."""
    shown = {axis: value for axis, value in point.items() if not text.is_missing(value)}
    if variant not in results.ablations:
        return text.settings(shown)
    shown = {axis: value for axis, value in shown.items() if axis in results.varying}
    return ", ".join(filter(None, [variant, text.settings(shown)]))


def _front(places: list[Place], head: Record) -> list[Place]:
    """Those that no other one beats in speed and score, the fastest first."""
    sign = 1 if head.higher_is_better else -1
    front: list[Place] = []
    for place in sorted(places, key=lambda place: (-place.rate, -sign * place.score)):
        if not front or sign * place.score > sign * front[-1].score:
            front.append(place)
    return front


def _text(places: list[Place], front: list[Place], head: Record) -> str:
    ends = [front[0], front[-1]] if len(front) > 1 else front
    described = "; ".join(
        f"{place.trainer}{f' ({place.name})' if place.name else ''}: {text.significant(place.rate)} words/s,"
        f" {text.mean(place.scores, head.unit)}"
        for place in ends
    )
    return (
        f"Mean {head.metric} over seeds against median speed. {len(front)} of {len(places)} settings"
        f" are beaten by none in both (numbered from the fastest): from {described}."
    )


def _table(places: list[Place], front: list[Place], head: Record) -> Table:
    rows = [
        [
            place.trainer,
            place.name,
            text.significant(place.rate),
            text.mean_and_sd(place.scores, head.unit),
            str(front.index(place) + 1) if place in front else "",
        ]
        for place in sorted(places, key=lambda place: -place.rate)
    ]
    unit = ", %" if head.unit == "fraction" else ""
    return Table(["trainer", "settings", "words/s", f"{head.metric}{unit}", "front"], rows, left=2)


def _labels(
    axes: "Axes", rates: list[float], scores: list[float]
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the numbers of points that lie apart, and a range for those that do not: 3-5."""
    points = list(zip(rates, scores, strict=True))
    shown = axes.transData.transform(points)
    first = 0
    for i in range(1, len(points) + 1):
        if i == len(points) or np.hypot(*(shown[i] - shown[first])) > APART * axes.figure.dpi / 72:
            yield (str(i) if i == first + 1 else f"{first + 1}-{i}"), points[first]
            first = i


def _draw(axes: "Axes", places: list[Place], front: list[Place], head: Record) -> None:
    scale = 100 if head.unit == "fraction" else 1
    for i, trainer in enumerate(dict.fromkeys(place.trainer for place in places)):
        own = [place for place in places if place.trainer == trainer]
        scores = [scale * place.score for place in own]
        axes.plot(
            [p.rate for p in own], scores, linestyle="", markersize=5, label=trainer, **svg.style(i)
        )
    steps = [scale * place.score for place in front]
    axes.plot([p.rate for p in front], steps, color=svg.FAINT, linewidth=1, zorder=1)
    svg.logarithmic(axes.xaxis, [place.rate for place in places])
    for label, point in _labels(axes, [p.rate for p in front], steps):
        axes.annotate(label, point, (4, 4), textcoords="offset points", fontsize=8)
    axes.set_xlabel("words/s")
    axes.set_ylabel(f"{head.metric}{', %' if head.unit == 'fraction' else ''}")
    axes.grid()
