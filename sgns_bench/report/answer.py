"""The answer of a report: one line per trainer, no claim that the seeds do not support."""

import math
from collections.abc import Sequence

import numpy as np

from sgns_bench.report import text
from sgns_bench.report.figures import trainers as ranking
from sgns_bench.report.frames import PREFIX, Point
from sgns_bench.report.results import Results
from sgns_bench.stats import welch


def answers(results: Results) -> list[str]:
    """Return one line for every trainer that is compared with the baseline.

    k and power are those of :meth:`Results.focus`; there is a line for each value of any other
    axis. Where many trainers are ranked, their speeds share a line: the scores are told there.
    """
    axes = [axis for axis in results.extra_axes if axis != PREFIX]
    points = [{**point, **results.default(*point)} for point in results.points(axes)]
    if any(ranking.findings(results)):
        return [line for point in points if (line := _speeds(results, point))]
    trainers = [t for t in results.trainers if t != results.baseline] or results.trainers
    lines = [_sentence(results, trainer, point) for trainer in trainers for point in points]
    return lines or [f"Nothing could be measured on {results.corpus}; the reasons are below."]


def _speeds(results: Results, point: Point) -> str:
    """How fast every trainer is, the baseline first; nothing if no speed was measured."""
    others = [t for t in results.trainers if t != results.baseline]
    rates = {
        t: list(results.numbers(t, "words_per_second", point)["value"])
        for t in [results.baseline, *others]
    }
    says = [
        f"{t} {text.significant(float(np.median(found)))}{_times(results, t, point)}"
        for t, found in rates.items()
        if found
    ]
    what = f"words/s of training{_at(results, results.trainers, point)}"
    seeds = text.seeds(max(map(len, rates.values())))
    return f"On {results.corpus}, {what}: {'; '.join(says)}. ({seeds})" if says else ""


def _times(results: Results, trainer: str, point: Point) -> str:
    ratios = results.ratios(trainer, point) if trainer != results.baseline else []
    return f" ({np.median(ratios):.3g} times)" if ratios else ""


def _at(results: Results, trainers: Sequence[str], point: Point) -> str:
    """The settings that any of the trainers has; the corpus is whole, which goes without saying."""
    shown = {
        axis: value
        for axis, value in point.items()
        if axis != PREFIX and not all(results.ignores(trainer, axis) for trainer in trainers)
    }
    return f" ({text.settings(shown)})" if shown else ""


def _sentence(results: Results, trainer: str, point: Point) -> str:
    speeds = results.numbers(trainer, "words_per_second", point)["value"]
    at = _at(results, [trainer], point)
    if speeds.empty:
        return f"On {results.corpus}, {trainer}{at} has no result."
    rate = f"{text.significant(speeds.median())} words/s{_faster(results, trainer, point)}"
    scores = [_compared(results, trainer, dataset, point) for dataset in results.sets]
    return f"On {results.corpus}, {trainer}{at} trains {'; '.join([rate, *scores])}. ({text.seeds(len(speeds))})"


def _faster(results: Results, trainer: str, point: Point) -> str:
    if trainer == results.baseline:
        return ""
    ratios = results.ratios(trainer, point)
    if not ratios:
        return f" ({results.baseline} was not measured beside it)"
    return f", {text.ratio(ratios)} times {results.baseline}"


def _compared(results: Results, trainer: str, dataset: str, point: Point) -> str:
    head = results.headlines[dataset]
    ours = results.scores(trainer, dataset, point)
    theirs = results.scores(results.baseline, dataset, point)
    if not ours:
        counts = list(results.numbers(trainer, head.metric, point, dataset)["n"])
        return f"{dataset} {text.unscored(counts)}"
    value = f"{dataset} {head.metric} {text.mean(ours, head.unit)}"
    if trainer == results.baseline or not theirs:
        return value
    against = f"{value} against {text.mean(theirs, head.unit)}"
    gap = welch(ours, theirs)
    if math.isnan(gap.low):
        return f"{against} (noise unknown: one seed)"
    interval = text.gap(gap.low, gap.high, head.unit)
    if not gap.is_real:
        return f"{against} (no difference beyond seed noise, {interval})"
    word = "better" if (gap.mean > 0) == head.higher_is_better else "worse"
    return f"{against} ({word}, {interval})"
