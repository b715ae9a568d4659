"""Is one sample worse than another, and by how much? The definition is in the package's docstring."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import stats

from sgns_bench.errors import NotComparable

MIN_REPEATS: Final = 8  # 6 against 6, all worse, make p = 1 / 924: nothing less than all would do
SIGNIFICANT: Final = 0.002

Verdict = Literal["worse", "unclear", "same", "better"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the repeats of two runs say of a number.

    Attributes:
        base: its median in BASE.
        new: its median in NEW.
        change: the typical difference between a repeat of NEW and one of BASE, a share of BASE's
            median; negative if the number fell.
        low: lower end of the change's 95 % interval.
        high: its upper end.
        p: of repeats that differ as much or more in the direction of the change, if nothing
            changed.
        margin: the largest change for the worse that is let pass, a share as well.
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
    """Judge the repeats of two runs.

    Args:
        base: n >= 8 repeats before the change.
        new: m >= 8 repeats after it.
        margin: as in :class:`Judgement`, in (0, 1).
        higher_is_better: direction of the number.

    Raises:
        NotComparable: there are fewer repeats, or the median before was 0, of which no change
            is a share.
    """
    if min(len(base), len(new)) < MIN_REPEATS:
        raise NotComparable(f"{len(base)} and {len(new)} repeats, need {MIN_REPEATS}")
    before, after = np.median(base), np.median(new)
    if before == 0:
        raise NotComparable("the median of BASE is 0, and no change is a share of that")
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
    """One-sided, in the direction that is seen; scipy rounds the ranks of ties to the safe side."""
    side = "greater" if rose else "less"
    return float(stats.mannwhitneyu(new, base, alternative=side, method="exact").pvalue)


def _rank(n: int, m: int) -> int:
    """How many of the n m ordered differences lie below a 95 % interval for their median.

    Hollander, Wolfe and Chicken 2014, Nonparametric Statistical Methods, eq. 4.24.
    """
    return int(n * m / 2 - stats.norm.ppf(0.975) * (n * m * (n + m + 1) / 12) ** 0.5)
