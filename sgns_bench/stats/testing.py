"""Tests of significance, and how small a difference they could have found."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the p-value of two classifiers being right equally often (McNemar 1947), exactly.

    Items on which both are right, or both wrong, say nothing of which is better. If neither is,
    the others are coin tosses.

    Args:
        only_a: items on which A is right and B is wrong.
        only_b: items on which B is right and A is wrong.
    """
    discordant = only_a + only_b
    return float(stats.binomtest(only_a, discordant).pvalue) if discordant else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for how many there are (Holm 1979).

    Whatever depends on what: if those at most 0.05 are called real, the chance that even one of
    them is not is at most 5 %.

    Args:
        p_values: m p-values of one family, in any order.
    """
    m = len(p_values)
    order = np.argsort(p_values)
    adjusted = np.empty(m)
    steps = np.asarray(p_values, dtype=np.float64)[order] * np.arange(m, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted.tolist()


def detectable(standard_error: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the true difference that a test finds as often as ``power`` (Bloom 1995).

    (z_{1 - α/2} + z_power) standard errors, 2.8 of them by default.

    Args:
        standard_error: of the difference.
        alpha: level of the two-sided test.
        power: in (0, 1).
    """
    return standard_error * _errors(alpha, power)


def detectable_accuracy(
    n: int, discordant: float, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Return the true difference of two accuracies that :func:`mcnemar` finds, with that power.

    With z of them and ψ the discordant share,

        δ = z √(ψ / n) + 1 / n        z = z_{1 - α/2} + z_power.

    The first term is Connor 1987, Sample Size for Testing Differences in Proportions for the
    Paired-Sample Design, with ψ for its ψ - δ²; the second is Edwards' (1948) correction for
    whole numbers, without which the exact test falls short of its power by up to 3 %. As ψ >= δ,
    there is a least δ, at which all discordant items speak for the same side.

    Args:
        n: items.
        discordant: share of those on which only one of the two is right.
        alpha: level of the two-sided test.
        power: in (0, 1).
    """
    z = _errors(alpha, power)
    least = ((z + np.sqrt(z * z + 4)) / 2) ** 2  # δn = z √(δn) + 1
    return float(max(z * np.sqrt(discordant * n) + 1, least) / n)


def _errors(alpha: float, power: float) -> float:
    return float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
