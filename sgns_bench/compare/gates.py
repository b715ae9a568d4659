"""Judges whether one sample is worse than another, as the package's docstring defines it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from sgns_bench.errors import NotComparable

MIN_REPEATS: Final = 8  # with 6 against 6, p < 0.002 needs every one worse (p = 1 / 924)
SIGNIFICANT: Final = 0.002

Verdict = Literal["worse", "unclear", "same", "better"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The change of a metric between two runs, and the verdict on it.

    Attributes:
        base: median of BASE.
        new: median of NEW.
        change: median difference between a repeat of NEW and one of BASE, divided by BASE's
            median; negative if the number fell.
        low: lower end of the change's 95 % interval.
        high: upper end of that interval.
        p: one-sided p-value of the Mann-Whitney test in the direction of the change.
        margin: largest relative change for the worse that is allowed, in (0, 1).
        verdict: "worse", "unclear", "same" or "better".
    """

    base: float
    new: float
    change: float
    low: float
    high: float
    p: float
    margin: float
    verdict: Verdict


def judge(
    base: Sequence[float], new: Sequence[float], *, margin: float, higher_is_better: bool
) -> Judgement:
    """Judge whether a metric changed between two runs.

    Args:
        base: n >= 8 repeats before the change.
        new: m >= 8 repeats after it.
        margin: as in :class:`Judgement`, in (0, 1).
        higher_is_better: whether a rise is an improvement.

    Raises:
        NotComparable: there are fewer repeats, or the median of ``base`` is 0.
    """
    if min(len(base), len(new)) < MIN_REPEATS:
        raise NotComparable(f"{len(base)} and {len(new)} repeats, need {MIN_REPEATS} each")
    before, after = np.median(base), np.median(new)
    if before == 0:
        raise NotComparable("the median of BASE is 0: a relative change is not defined")
    differences = np.sort(np.subtract.outer(new, base).ravel()) / abs(before)
    change = float(np.median(differences))
    rank = _rank(len(base), len(new))
    low, high = float(differences[rank]), float(differences[-1 - rank])
    p = _p(base, new, rose=change > 0)
    verdict: Verdict = "same"
    if abs(change) > margin and p < SIGNIFICANT:
        verdict = "better" if (change > 0) == higher_is_better else "worse"
    elif (-low if higher_is_better else high) > margin:
        verdict = "unclear"
    return Judgement(
        base=float(before), new=float(after), change=change, low=low, high=high, p=p,
        margin=margin, verdict=verdict,
    )  # fmt: skip


def _p(base: Sequence[float], new: Sequence[float], *, rose: bool) -> float:
    """Return the one-sided p-value in the direction of the change; ties make it larger."""
    side = "greater" if rose else "less"
    return float(stats.mannwhitneyu(new, base, alternative=side, method="exact").pvalue)


def _rank(n: int, m: int) -> int:
    """Return how many of the n m ordered differences lie below their median's 95 % interval.

    Hollander, Wolfe and Chicken 2014, Nonparametric Statistical Methods, eq. 4.24.
    """
    return int(n * m / 2 - stats.norm.ppf(0.975) * (n * m * (n + m + 1) / 12) ** 0.5)
