"""The best k against the size of the corpus: does it fall, as the rule of thumb says?"""

from collections.abc import Iterator, Mapping
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import leaders, svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.frames import PREFIX, K
from sgns_bench.report.leaders import Means
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWS: Final = 2000


class Trend(NamedTuple):
    """How the best k moves with the size of the corpus.

    Attributes:
        slope: of log k on log words: -1 if twice the words want half the k.
        low: lower end of its 95 % interval.
        high: its upper end.
    """

    slope: float
    low: float
    high: float


Sizes = Mapping[int, Means]
"""Means by k, for every size of the corpus."""


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure for every evaluation set, if there is a ladder of prefixes and of k."""
    for dataset, head in results.sets.items():
        if sizes := _sizes(results, dataset):
            yield Figure(
                title=f"Best k for {dataset} {head.metric}, by corpus size",
                text=_text(sizes, head),
                table=_table(sizes, head),
                draw=partial(_draw, sizes=sizes, head=head),
            )


def findings(results: Results) -> Iterator[str]:
    """Yield whether the best k falls, for every evaluation set."""
    says = [
        f"for {dataset}, {_says(sizes, head)}"
        for dataset, head in results.sets.items()
        if (sizes := _sizes(results, dataset))
    ]
    if says:
        yield f"On {results.whole.corpus}, {'; '.join(says)}."


def _sizes(results: Results, dataset: str) -> Sizes:
    samples = results.samples(results.first, dataset, (PREFIX, K))
    if any(len(set(map(itemgetter(axis), samples))) < 2 for axis in (0, 1)):
        return {}
    sizes: dict[int, dict[int, list[float]]] = {}
    for (words, k), values in samples.items():
        sizes.setdefault(words, {})[k] = values
    return {words: leaders.means(by_k) for words, by_k in sizes.items() if len(by_k) > 1}


def _trend(sizes: Sizes, head: Record) -> Trend:
    """Return the slope, its interval from drawing every mean anew from the noise of its seeds."""
    words = np.log([*sizes])
    sign = 1 if head.higher_is_better else -1
    rng = np.random.default_rng(0)
    drawn = []
    for means in sizes.values():
        ks = np.log([*means.mean])
        centers = np.array([*means.mean.values()])
        spread = np.sqrt(means.variance * np.array([*means.share.values()]))
        noise = rng.normal(size=(DRAWS, len(ks))) * spread
        noise[0] = 0  # the first draw is what was seen
        drawn.append(ks[(sign * (centers + noise)).argmax(axis=1)])
    slopes = (words - words.mean()) @ np.array(drawn) / np.square(words - words.mean()).sum()
    low, high = np.quantile(slopes, [0.025, 0.975])
    return Trend(float(slopes[0]), float(low), float(high))


def _says(sizes: Sizes, head: Record) -> str:
    best = [means.best(higher=head.higher_is_better) for means in sizes.values()]
    (first, *_, last), ends = [*sizes], (best[0], best[-1])
    span = f"{ends[0]} at {first:,} words, {ends[1]} at {last:,}"
    if not all(means.freedom for means in sizes.values()):
        return f"the best k is {span} (one seed, noise unknown)"
    trend = _trend(sizes, head)
    interval = (
        f"slope of log k on log words {trend.slope:+.2f}, {trend.low:+.2f} to {trend.high:+.2f}"
    )
    if trend.low <= 0 <= trend.high:
        return (
            f"no trend of the best k with corpus size can be told from noise: {span} ({interval})"
        )
    verb = "falls" if trend.high < 0 else "rises"
    return f"the best k {verb} with corpus size: {span} ({interval})"


def _text(sizes: Sizes, head: Record) -> str:
    return (
        f"The k with the best mean (mark) at each size, and those that cannot be told from it"
        f" (bar: noise of seeds pooled over k, 95 %). In short: {_says(sizes, head)}."
    )


def _table(sizes: Sizes, head: Record) -> Table:
    ks = sorted({k for means in sizes.values() for k in means.mean})
    rows = []
    for words, means in sizes.items():
        best = means.best(higher=head.higher_is_better)
        cells = [_cell(means, k, head, bold=k == best) for k in ks]
        rows.append([f"{words:,}", *cells, str(best), listed([*map(str, _equals(means, head))])])
    return Table(["words", *(f"k = {k}" for k in ks), "best k", "level with it"], rows, left=1)


def _equals(means: Means, head: Record) -> list[int]:
    best = means.best(higher=head.higher_is_better)
    return [k for k in means.leaders(higher=head.higher_is_better) if k != best]


def _cell(means: Means, k: int, head: Record, *, bold: bool) -> str:
    value = text.mean([means.mean[k]] if k in means.mean else [], head.unit)
    return f"**{value}**" if bold else value


def _draw(axes: "Axes", sizes: Sizes, head: Record) -> None:
    for words, means in sizes.items():
        best = means.best(higher=head.higher_is_better)
        equals = [best, *_equals(means, head)] if means.freedom else [best]
        axes.plot([words] * len(equals), equals, color=svg.SERIES[0], linewidth=5, alpha=0.35)
        axes.plot([words], [best], color=svg.SERIES[0], marker="o", markersize=7)
    ks = sorted({k for means in sizes.values() for k in means.mean})
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_yticks(ks, [str(k) for k in ks])
    axes.set_xticks([*sizes], [text.short(words) for words in sizes])
    axes.minorticks_off()
    axes.set_ylim(min(ks) / 1.3, max(ks) * 1.3)
    axes.set_xlabel("words of the corpus")
    axes.set_ylabel("k")
    axes.grid()
