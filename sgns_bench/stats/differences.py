"""Differences of two samples, and of two scores on the same items, with intervals and tests."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from sgns_bench.stats.intervals import RESAMPLES, Correlation, clustered_error, correlation
from sgns_bench.stats.testing import detectable, detectable_accuracy, mcnemar

Bools = npt.NDArray[np.bool_]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


class Difference(NamedTuple):
    """A difference of two means or scores, with its interval (NaN if there is none)."""

    mean: float
    low: float
    high: float

    @property
    def is_real(self) -> bool:
        """Whether the interval excludes zero; False where there is no interval."""
        return self.low > 0 or self.high < 0


class Paired(NamedTuple):
    """A paired comparison of A and B over n items."""

    difference: Difference  # score of A minus score of B
    p: float  # two-sided p-value of the null hypothesis of equal scores
    detectable: float  # the true difference that the test finds with a power of 80 %
    n: int  # number of items


def welch(a: Sequence[float], b: Sequence[float], *, level: float = 0.95) -> Difference:
    """Return the difference of the means of two samples of unequal variance (Welch 1947).

    Args:
        a: n > 0 numbers.
        b: m > 0 numbers; if n or m is 1, there is no interval.
        level: confidence level of the interval, in (0, 1).
    """
    mean = float(np.mean(a) - np.mean(b))
    if min(len(a), len(b)) < 2:
        return Difference(mean, np.nan, np.nan)
    squared_a, squared_b = (float(np.var(x, ddof=1)) / len(x) for x in (a, b))
    squared = squared_a + squared_b
    if squared == 0:  # no noise at all
        return Difference(mean, mean, mean)
    freedom = squared**2 / (squared_a**2 / (len(a) - 1) + squared_b**2 / (len(b) - 1))
    return _around(mean, squared**0.5 * float(stats.t.ppf((1 + level) / 2, freedom)))


def compare_accuracies(
    a: Bools, b: Bools, *, groups: Sequence[I64] = (), alpha: float = 0.05
) -> Paired:
    """Compare two accuracies on the same items, by an adjusted Wald interval and McNemar's test.

    The interval is Bonett and Price 2012, Adjusted Wald Confidence Interval for a Difference of
    Binomial Proportions Based on Paired Data, eq. 3: Wald's interval after adding one discordant
    item for each side. It covers the truth in at least 94 % of simulations, even with few
    discordant items; a bootstrap covers it in 11 to 90 % with fewer than five.

    Interval and test assume independent items. Questions made of the same few words are not: for
    two equally noisy copies of vectors, McNemar's test is significant in 40 % of simulations. If
    ``groups`` are given, interval, p-value and detectable difference are at least as large as those
    from the clustered standard error, which reduces the 40 % to 8 %.

    Args:
        a: (n,) bool, whether A is right, n > 0.
        b: (n,) bool, whether B is right.
        groups: up to two arrays (n,) int64 of group numbers; items of one group are dependent.
        alpha: significance level for the detectable difference, in (0, 1).
    """
    n = len(a)
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    p, q = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    margin = float(stats.norm.ppf(0.975) * np.sqrt((p + q - (p - q) ** 2) / (n + 2)))
    found = Paired(
        Difference((only_a - only_b) / n, p - q - margin, p - q + margin),
        mcnemar(only_a, only_b),
        detectable_accuracy(n, (only_a + only_b) / n, alpha=alpha),
        n,
    )
    if not groups:
        return found
    return _widen(found, *clustered_error(a.astype(np.float64) - b, groups), alpha)


def _widen(found: Paired, error: float, freedom: int, alpha: float) -> Paired:
    """Widen a comparison so that it is no more certain than a clustered standard error allows."""
    mean, low, high = found.difference
    margin = max((high - low) / 2, error * float(stats.t.ppf(0.975, freedom)))
    middle = (high + low) / 2
    p = float(2 * stats.t.sf(abs(mean) / error, freedom)) if error else 0.0
    return Paired(
        Difference(mean, max(middle - margin, -1.0), min(middle + margin, 1.0)),
        max(p, found.p),
        min(max(detectable(error, alpha=alpha), found.detectable), 1.0),
        found.n,
    )


def compare_correlations(
    a: F64, b: F64, ratings: F64, method: Correlation, *, alpha: float = 0.05
) -> Paired:
    """Compare the correlations of A and B with the same ratings, by a paired bootstrap of items.

    Interval and test use the normal distribution with the bootstrap standard error (Efron and
    Tibshirani 1993, sections 8.3 and 13.3). So the number of resamples does not bound p from below,
    and p can stay significant after adjustment for many comparisons. ``a``, ``b`` and ``ratings``
    are (n,) float64, n > 2; each resample is ranked anew; ``alpha`` is as for
    :func:`compare_accuracies`.
    """
    items = np.stack([a, b, ratings])  # (3, n)
    drawn = np.random.default_rng(0).integers(len(a), size=(RESAMPLES, len(a)))
    mean = float(_gap(items, method))
    gaps = _gap(items[:, drawn], method)
    gaps = gaps[np.isfinite(gaps)]  # a resample of one item repeated has no correlation
    if np.isnan(mean) or len(gaps) < 2:  # one of the three does not vary
        return Paired(Difference(np.nan, np.nan, np.nan), 1.0, np.nan, len(a))
    error = float(np.std(gaps, ddof=1))
    # Zero error: A and B rank all items alike, or one ranks them as rated and the other in reverse.
    p = float(2 * stats.norm.sf(abs(mean) / error)) if error else float(mean == 0)
    margin = error * float(stats.norm.ppf(0.975))
    return Paired(_around(mean, margin), p, detectable(error, alpha=alpha), len(a))


def _gap(items: F64, method: Correlation) -> F64:
    """Return corr(A, ratings) - corr(B, ratings) along the last axis; ``items`` is (3, ..., n)."""
    a, b, ratings = items
    return correlation(a, ratings, method) - correlation(b, ratings, method)


def _around(mean: float, margin: float) -> Difference:
    return Difference(mean, mean - margin, mean + margin)
