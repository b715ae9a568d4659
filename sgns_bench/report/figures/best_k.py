"""Plots the best k against the size of the corpus; as a rule of thumb, it falls."""

from collections.abc import Iterator, Mapping
from functools import partial
from operator import itemgetter
from typing import Final

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import format, multiple_comparisons, plotting
from sgns_bench.report.dataframe import MAX_WORDS, K
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.multiple_comparisons import Means
from sgns_bench.report.results import Results
from sgns_bench.report.selection import samples
from sgns_bench.stats import Difference

DRAWS: Final = 2000

Sizes = Mapping[int, Means]
"""Mean scores by k, for every size of the corpus in words."""


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure for every evaluation set, if several prefixes and several k were trained."""
    for dataset, head in results.sets.items():
        if sizes := _sizes(results, dataset, head):
            yield Figure(
                title=f"Best k for {dataset} {head.metric}, by corpus size",
                caption="Marks: the best k; bars: those that cannot be told from it.",
                table=_table(sizes, head),
                draw=partial(_draw, sizes=sizes),
                finding=_finding(sizes),
            )


def _sizes(results: Results, dataset: str, head: Record) -> Sizes:
    found = samples(results, results.first, dataset, (MAX_WORDS, K))
    if any(len(set(map(itemgetter(axis), found))) < 2 for axis in (0, 1)):
        return {}
    sizes: dict[int, dict[int, list[float]]] = {}
    for (words, k), values in found.items():
        sizes.setdefault(words, {})[k] = values
    return {
        w: multiple_comparisons.means(by_k, higher=head.higher_is_better)
        for w, by_k in sizes.items()
        if len(by_k) > 1
    }


def _trend(sizes: Sizes) -> Difference:
    """Return the slope of log best k on log words: -1 if k halves when words double.

    The 95 % interval is a parametric bootstrap: means are redrawn with the noise of the seeds.
    """
    words = np.log([*sizes])
    rng = np.random.default_rng(0)
    drawn = []
    for means in sizes.values():
        ks = np.log([*means.mean])
        centers = np.array([*means.mean.values()])
        spread = np.sqrt(means.variance * np.array([*means.share.values()]))
        noise = rng.normal(size=(DRAWS, len(ks))) * spread
        noise[0] = 0  # the first draw is the measured means
        sign = 1 if means.higher else -1
        drawn.append(ks[(sign * (centers + noise)).argmax(axis=1)])
    slopes = (words - words.mean()) @ np.array(drawn) / np.square(words - words.mean()).sum()
    low, high = np.quantile(slopes, [0.025, 0.975])
    return Difference(float(slopes[0]), float(low), float(high))


def _finding(sizes: Sizes) -> str:
    (first, *_, last), best = [*sizes], [means.best for means in sizes.values()]
    span = f"{best[0]} at {first:,} words, {best[-1]} at {last:,}"
    if not all(means.freedom for means in sizes.values()):
        return f"The best k is {span} (one seed, noise unknown)."
    trend = _trend(sizes)
    says = "No trend can be told from noise"
    if trend.is_real:
        says = f"The best k {'falls' if trend.high < 0 else 'rises'} with corpus size"
    return f"{says}: {span}; slope of log k on log words {format.estimate(*trend)}."


def _table(sizes: Sizes, head: Record) -> Table:
    ks = sorted({k for means in sizes.values() for k in means.mean})
    rows = []
    for words, means in sizes.items():
        cells = {k: format.quantity(mean, head.unit) for k, mean in means.mean.items()}
        cells[means.best] = f"**{cells[means.best]}**"
        known = [cells.get(k, format.MISSING) for k in ks]
        level = format.listed([*map(str, means.level)])
        rows.append([f"{words:,}", *known, str(means.best), level])
    return Table(["words", *(f"k = {k}" for k in ks), "best k", "level with it"], rows, left=1)


def _draw(axes: plotting.Axes, sizes: Sizes) -> None:
    for words, means in sizes.items():
        level = [means.best, *means.level]
        axes.plot([words] * len(level), level, color=plotting.SERIES[0], linewidth=5, alpha=0.35)
        axes.plot([words], level[:1], color=plotting.SERIES[0], marker="o", markersize=7)
    ks = sorted({k for means in sizes.values() for k in means.mean})
    plotting.setting(axes, MAX_WORDS, [*sizes])
    axes.set_yscale("log")
    axes.set_yticks(ks, [str(k) for k in ks])
    axes.minorticks_off()
    axes.set_ylim(min(ks) / 1.3, max(ks) * 1.3)
    axes.set_ylabel("k")
