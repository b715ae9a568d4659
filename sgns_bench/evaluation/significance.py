"""Two sets of vectors on the same items: is one better, and would a difference have been seen?"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
from rich.table import Table

from sgns_bench import tasks
from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import NotComparable
from sgns_bench.stats import Paired, compare_accuracies, compare_correlations, holm
from sgns_bench.tasks import Evaluation, Items

LEVEL: Final = 0.05
FEWEST: Final = 3  # items that have a correlation worth the name
NOTE: Final = (
    "p: exact McNemar test of accuracies, and no less than questions that share pairs allow; paired"
    " bootstrap of correlations; after Holm over {} comparisons. detectable: the difference that is"
    " found 4 times in 5 at 5 % over their number"
)


class Match(NamedTuple):
    """What two sets of vectors made of one evaluation set, with the words that both know."""

    names: tuple[str, str]
    dataset: str
    a: Evaluation
    b: Evaluation


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The outcome of a match.

    Attributes:
        names: of the two.
        dataset: evaluation set.
        metric: main metric of the set.
        scores: of the two.
        paired: what the items say of the difference.
        p: the same adjusted for all matches that were compared together.
    """

    names: tuple[str, str]
    dataset: str
    metric: str
    scores: tuple[float, float]
    paired: Paired
    p: float

    @property
    def is_real(self) -> bool:
        """Whether the two are told apart."""
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


def match(
    names: tuple[str, str],
    a: WordVectors,
    b: WordVectors,
    sets: Iterable[str],
    method: str = "3cosadd",
) -> list[Match]:
    """Try two sets of vectors on evaluation sets, by their main metrics.

    Each knows only the words that both know, in the order of the first: an item that is in reach
    of one is in reach of the other, and the wrong answers are the same.

    Args:
        names: of the two.
        a: the one.
        b: the other.
        sets: names of evaluation sets.
        method: of answering analogies.

    Returns:
        A match for each set of which both know enough items.

    Raises:
        NotComparable: they have no word in common.
    """
    a, b = in_common(a, b)
    if not a.words:
        raise NotComparable(f"{names[0]} and {names[1]} have no word in common; nothing to compare")
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
    """Return both with the words that both have, in the order of the first."""
    rows = b.find(a.words, case_insensitive=False)
    known = np.flatnonzero(rows >= 0)
    words = [a.words[row] for row in known.tolist()]
    return WordVectors(words, a.vectors[known]), WordVectors(words, b.vectors[rows[known]])


def compare(matches: Sequence[Match]) -> list[Comparison]:
    """Compare the two of each match; all matches are one family.

    The chance that two that are equal are told apart in any of them is at most 5 % (Holm 1979).
    What could have been detected is meant at Holm's first and strictest level, 5 % over their
    number.
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
    """Compare what became of the items of one evaluation set, as far as both know them.

    Args:
        dataset: name of the set.
        a: what the one said, of all items in order.
        b: what the other said.
        alpha: level at which a difference is to be detectable.

    Raises:
        NotComparable: they are not of the same items, or too few are known to both.
    """
    outcomes = [each.values if each.correct is None else each.correct for each in (a, b)]
    if a.metric != b.metric or len(outcomes[0]) != len(outcomes[1]):
        raise NotComparable(f"{dataset}: {a.metric} and {b.metric} of other items; score both anew")
    of_a, of_b = np.array(outcomes, dtype=np.float64)  # NaN for None
    known = np.isfinite(of_a) & np.isfinite(of_b)
    of_a, of_b, n = of_a[known], of_b[known], int(known.sum())
    if n < FEWEST:
        raise NotComparable(f"{dataset}: {n} items known to both; need {FEWEST}")
    if a.ratings is not None:
        ratings = np.array(a.ratings)[known]
        return compare_correlations(of_a, of_b, ratings, "spearman", alpha=alpha)
    groups = [numbers[known] for numbers in a.groups]
    return compare_accuracies(of_a > 0, of_b > 0, groups=groups, alpha=alpha)


def tables(comparisons: Sequence[Comparison]) -> Iterator[Table | str]:
    """Yield a table for each two that were compared, then a sentence for each row of it."""
    for names, group in groupby(comparisons, key=lambda each: each.names):
        rows = list(group)
        columns = ("set", "metric", *names, "difference", "95 % interval", "p", "detectable", "n")
        table = Table(*columns, title=f"{names[0]} against {names[1]}, on the words of both")
        table.caption = NOTE.format(len(comparisons))
        for row in rows:
            table.add_row(*_cells(row))
        yield table
        yield from map(str, rows)


def _cells(row: Comparison) -> tuple[str, ...]:
    difference = row.paired.difference
    return (
        row.dataset,
        row.metric,
        *(f"{score:.3f}" for score in row.scores),
        f"{difference.mean:+.3f}",
        f"{difference.low:+.3f} to {difference.high:+.3f}",
        _p(row.p).removeprefix("p = ").removeprefix("p "),
        f"{row.paired.detectable:.3f}",
        f"{row.paired.n:,}",
    )


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
