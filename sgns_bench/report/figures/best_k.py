"""Plots the best k against the size of the corpus; as a rule of thumb, it falls."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import format, multiple_comparisons
from sgns_bench.report.dataframe import MAX_WORDS, K
from sgns_bench.report.document import Figure
from sgns_bench.report.figures import heatmap
from sgns_bench.report.multiple_comparisons import Means
from sgns_bench.report.results import Results
from sgns_bench.report.selection import samples
from sgns_bench.stats import Difference

DRAWS: Final = 2000

Sizes = Mapping[int, Means]
"""Mean scores by k, for every size of the corpus in words."""


def figures(results: Results) -> Iterator[Figure]:
    """Yield a heat map for every evaluation set, if several prefixes and several k were trained."""
    for dataset, head in results.sets.items():
        if sizes := _sizes(results, dataset, head):
            marked = {words: heatmap.marked(means, head.unit) for words, means in sizes.items()}
            yield heatmap.figure(
                f"Best k for {format.heading(head)}, by corpus size",
                f"Means over {format.count(results.seeds)}. Solid, bold: the best k for a size;"
                " dashed, ≈: cannot be told from it.",
                {(k, words): cell for words, own in marked.items() for k, cell in own.items()},
                [mean for means in sizes.values() for mean in means.mean.values()],
                names=(K, MAX_WORDS),
                finding=_finding(sizes),
            )


def _sizes(results: Results, dataset: str, head: Record) -> Sizes:
    sizes: dict[int, dict[int, list[float]]] = {}
    found = samples(results, results.first, dataset, head.metric, (MAX_WORDS, K))
    for (words, k), values in found.items():
        sizes.setdefault(words, {})[k] = values
    return {
        words: multiple_comparisons.means(by_k, higher=head.higher_is_better)
        for words, by_k in sizes.items()
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
