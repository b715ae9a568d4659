"""Compare two sets of vectors on the same items: significance and detectable difference."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from sgns_bench import tasks
from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import NotComparable
from sgns_bench.evaluation.scorecard import sets_here, word_vectors
from sgns_bench.stats import Paired, compare_accuracies, compare_correlations, holm
from sgns_bench.tasks import Evaluation, Items

LEVEL: Final = 0.05
FEWEST: Final = 3  # smallest number of items to compare
COLUMNS: Final = [
    "set", "metric", "a", "b", "difference", "low", "high", "p", "detectable", "n", "better",
]  # fmt: skip


class Match(NamedTuple):
    """The evaluations of two sets of vectors on one evaluation set, using common words only."""

    names: tuple[str, str]
    dataset: str
    a: Evaluation
    b: Evaluation


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The tested difference of two sets of vectors on one evaluation set.

    Attributes:
        names: names of the two sets of vectors.
        dataset: name of the evaluation set.
        metric: main metric of the evaluation set.
        scores: scores of the two.
        paired: paired comparison over the items.
        p: ``paired.p`` adjusted by Holm's method for all comparisons made together.
    """

    names: tuple[str, str]
    dataset: str
    metric: str
    scores: tuple[float, float]
    paired: Paired
    p: float

    @property
    def is_real(self) -> bool:
        """Whether the difference is significant at 5 %."""
        return self.p <= LEVEL

    def __str__(self) -> str:
        a, b = self.names
        mean, low, high = self.paired.difference
        gap = f"difference {mean:+.3f} ({low:+.3f} to {high:+.3f}), {_p(self.p)}"
        if self.is_real:
            better, worse = (a, b) if mean > 0 else (b, a)
            return f"{better} is better than {worse} on {self.dataset}: {gap}"
        if low == high == 0:
            return f"{a} and {b} do not differ on {self.dataset}: n = {self.paired.n:,}"
        seen = f"n = {self.paired.n:,} could have shown {self.paired.detectable:.3f}"
        return f"{a} and {b} cannot be told apart on {self.dataset}: {gap}; {seen}"


def compare(a: Any, b: Any, *sets: str, method: str = "3cosadd") -> pd.DataFrame:
    """Tell whether two sets of word vectors differ, item by item, on the words that both know.

    >>> compare(mine.wv, "theirs.kv", "wordsim353", "google-analogies")

    Args:
        a: the first vectors, of any kind that :func:`word_vectors` takes.
        b: the second vectors.
        sets: names of evaluation sets; none: all that are on this machine.
        method: method of answering analogies.

    Returns:
        A row for each set with at least ``FEWEST`` items that both know: ``set``, ``metric``, the
        scores ``a`` and ``b``, their ``difference`` a - b with its 95 % interval (``low``,
        ``high``), ``p`` (exact McNemar or paired bootstrap, adjusted by Holm's method over all
        rows), the ``detectable`` difference, ``n`` items, and ``better``: "a", "b", or
        "cannot tell".

    Raises:
        NotComparable: the two have no word in common.
        UnknownName, DatasetError, ConfigError: as :func:`evaluate`.
    """
    matches = match(("a", "b"), word_vectors(a), word_vectors(b), sets or sets_here()[0], method)
    return frame(compare_all(matches))


def frame(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return a row for each comparison; see :func:`compare`."""
    return pd.DataFrame([_row(each) for each in comparisons], columns=COLUMNS)


def _row(found: Comparison) -> list[Any]:
    ahead = "a" if found.paired.difference.mean > 0 else "b"
    return [
        found.dataset,
        found.metric,
        *found.scores,
        *found.paired.difference,
        found.p,
        found.paired.detectable,
        found.paired.n,
        ahead if found.is_real else "cannot tell",
    ]


def match(
    names: tuple[str, str],
    a: WordVectors,
    b: WordVectors,
    sets: Iterable[str],
    method: str = "3cosadd",
) -> list[Match]:
    """Score two sets of vectors on evaluation sets, using their common words only, ordered as in a.

    With the same vocabulary, both can score the same items and choose from the same answers. Sets
    with fewer than ``FEWEST`` known items are left out.

    Raises:
        NotComparable: the two have no word in common.
    """
    a, b = in_common(a, b)
    if not a.words:
        raise NotComparable(
            f"{names[0]} and {names[1]} have no word in common; check their spelling"
        )
    matches = []
    for name in sets:
        both = [tasks.evaluate(vectors, name, [method]) for vectors in (a, b)]
        heads = [evaluation.scores[0] for evaluation in both]
        if not both[0].items:
            continue
        if heads[0].n >= FEWEST and all(math.isfinite(head.value) for head in heads):
            matches.append(Match(names, name, *both))
    return matches


def in_common(a: WordVectors, b: WordVectors) -> tuple[WordVectors, WordVectors]:
    """Return both sets of vectors restricted to their common words, in the order of the first."""
    rows = b.find(a.words)
    known = np.flatnonzero(rows >= 0)
    words = [a.words[row] for row in known.tolist()]
    return WordVectors(words, a.vectors[known]), WordVectors(words, b.vectors[rows[known]])


def compare_all(matches: Sequence[Match]) -> list[Comparison]:
    """Test the difference in each match; all matches form one family of tests.

    The probability of any false positive is at most 5 % (Holm 1979). Detectable differences are for
    Holm's strictest level, 5 % / number of matches.
    """
    alpha = LEVEL / max(len(matches), 1)
    paired = [
        compare_items(each.dataset, each.a.items[0], each.b.items[0], alpha=alpha)
        for each in matches
    ]
    return [
        Comparison(
            names=each.names,
            dataset=each.dataset,
            metric=each.a.items[0].metric,
            scores=(each.a.scores[0].value, each.b.scores[0].value),
            paired=result,
            p=p,
        )
        for each, result, p in zip(matches, paired, holm([r.p for r in paired]), strict=True)
    ]


def compare_items(dataset: str, a: Items, b: Items, *, alpha: float = LEVEL) -> Paired:
    """Compare two results on the items of one evaluation set that both know.

    ``alpha`` is the significance level for the detectable difference, in (0, 1).

    Raises:
        NotComparable: the items differ, or both know fewer than ``FEWEST`` of them.
    """
    outcomes = [each.values if each.correct is None else each.correct for each in (a, b)]
    if a.metric != b.metric or len(outcomes[0]) != len(outcomes[1]):
        raise NotComparable(f"{dataset}: {a.metric} and {b.metric}: different items; rescore both")
    of_a, of_b = np.array(outcomes, dtype=np.float64)  # NaN for None
    known = np.isfinite(of_a) & np.isfinite(of_b)
    of_a, of_b, n = of_a[known], of_b[known], int(known.sum())
    if n < FEWEST:
        raise NotComparable(f"{dataset}: {n} items known to both; need at least {FEWEST}")
    if a.ratings is not None:
        ratings = np.array(a.ratings)[known]
        return compare_correlations(of_a, of_b, ratings, "spearman", alpha=alpha)
    groups = [numbers[known] for numbers in a.groups]
    return compare_accuracies(of_a > 0, of_b > 0, groups=groups, alpha=alpha)


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
