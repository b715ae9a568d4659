"""What a gate is, and when it fails.

A *gate* is a metric that must not get worse by more than a *margin*, a share of its value. Each
run has at least 8 repeats of it, with different seeds; it is best to alternate the two runs. The
*change* is the median of the differences between each repeat of NEW and each repeat of BASE (Hodges
and Lehmann 1963), divided by BASE's median. The verdict is

* **worse** if the change is for the worse and exceeds the margin, *and* an exact one-sided
  Mann-Whitney test finds NEW's repeats worse than BASE's with p < 0.002;
* **better** if the same holds in the other direction;
* **unclear** if the change's 95 % interval reaches beyond the margin for the worse, so that more
  repeats are needed;
* **same** otherwise.

Only worse fails: a test alone would fail harmless changes, a margin alone would fail noise.
"""

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
    """The change of a metric between two runs, and the verdict on it."""

    base: float  # median of BASE
    new: float  # median of NEW
    # median difference between a repeat of NEW and one of BASE, divided by BASE's median; negative
    # if the number fell
    change: float
    low: float  # lower end of the change's 95 % interval
    high: float  # upper end of that interval
    p: float  # one-sided p-value of the Mann-Whitney test in the direction of the change
    margin: float  # largest relative change for the worse that is allowed, in (0, 1)
    verdict: Verdict  # "worse", "unclear", "same" or "better"


def judge(
    base: Sequence[float], new: Sequence[float], *, margin: float, higher_is_better: bool
) -> Judgement:
    """Judge whether a metric changed between n >= 8 repeats before a change and m >= 8 after it.

    Raises:
        NotComparable: there are fewer repeats, or the median of ``base`` is 0.
    """
    if min(len(base), len(new)) < MIN_REPEATS:
        raise NotComparable(
            f"{len(base)} and {len(new)} repeats, need {MIN_REPEATS} each; run with more --seeds"
        )
    before, after = np.median(base), np.median(new)
    if before == 0:
        raise NotComparable(
            "the median of BASE is 0, so no change is a share of it; remove the gate"
        )
    differences = np.sort(np.subtract.outer(new, base).ravel()) / abs(before)
    change = float(np.median(differences))
    rank = _rank(len(base), len(new))
    low, high = float(differences[rank]), float(differences[-1 - rank])
    side = "greater" if change > 0 else "less"  # ties make p larger
    p = float(stats.mannwhitneyu(new, base, alternative=side, method="exact").pvalue)
    verdict: Verdict = "same"
    if abs(change) > margin and p < SIGNIFICANT:
        verdict = "better" if (change > 0) == higher_is_better else "worse"
    elif (-low if higher_is_better else high) > margin:
        verdict = "unclear"
    return Judgement(
        base=float(before), new=float(after), change=change, low=low, high=high, p=p,
        margin=margin, verdict=verdict,
    )  # fmt: skip


def _rank(n: int, m: int) -> int:
    """Return how many of the n m ordered differences lie below their median's 95 % interval.

    Hollander, Wolfe and Chicken 2014, Nonparametric Statistical Methods, eq. 4.24.
    """
    return int(n * m / 2 - stats.norm.ppf(0.975) * (n * m * (n + m + 1) / 12) ** 0.5)
