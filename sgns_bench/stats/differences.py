"""Is one better than the other? Differences of samples, and of scores on the same items."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from sgns_bench.stats.intervals import Correlation, clustered_error, correlation
from sgns_bench.stats.testing import detectable, detectable_accuracy, mcnemar


class Difference(NamedTuple):
    """A mean or score less another, with its 95 % interval (NaN where there is none)."""

    mean: float
    low: float
    high: float

    @property
    def is_real(self) -> bool:
        """Whether the interval excludes zero; False where there is no interval."""
        return self.low > 0 or self.high < 0


class Paired(NamedTuple):
    """What n items say of two that were both tried on them.

    Attributes:
        difference: score of the first less that of the second, over these items.
        p: of a difference as large or larger, if there is none.
        detectable: the true difference that would have been found 4 times in 5.
        n: items.
    """

    difference: Difference
    p: float
    detectable: float
    n: int


def welch(a: Sequence[float], b: Sequence[float]) -> Difference:
    """Compare the means of two samples of unequal variance (Welch 1947), seeds for instance."""
    mean = float(np.mean(a) - np.mean(b))
    if min(len(a), len(b)) < 2:
        return Difference(mean, np.nan, np.nan)
    squared_a, squared_b = (float(np.var(x, ddof=1)) / len(x) for x in (a, b))
    squared = squared_a + squared_b
    if squared == 0:  # no noise at all
        return Difference(mean, mean, mean)
    freedom = squared**2 / (squared_a**2 / (len(a) - 1) + squared_b**2 / (len(b) - 1))
    return _around(mean, squared**0.5 * float(stats.t.ppf(0.975, freedom)))


def compare_accuracies(
    a: npt.NDArray[np.bool_],
    b: npt.NDArray[np.bool_],
    *,
    groups: Sequence[npt.NDArray[np.int64]] = (),
    alpha: float = 0.05,
) -> Paired:
    """Compare who is right how often, on the same items: interval, exact McNemar test.

    The interval is that of Bonett and Price 2012, Adjusted Wald Confidence Interval for a
    Difference of Binomial Proportions Based on Paired Data, eq. 3: Wald's, after one more item
    is won by either. It covers the truth 94 times in 100 or more however few items are won by
    one alone; a bootstrap does so 11 to 90 times if they are fewer than five.

    Both take the items as independent. Questions made of the same few words are not: McNemar's
    test tells two noisy copies of the planted vectors apart 4 times in 10. If the items come in
    groups, then what is returned is no narrower, no smaller and no more sensitive than what
    follows from their clustered error, which does so 8 times in 100.

    Args:
        a: (n,) bool, whether A is right, n > 0.
        b: (n,) bool, whether B is.
        groups: none, one or two of (n,) int64, numbers of groups whose items depend on each other.
        alpha: level at which a difference is to be detectable.
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
    """What was found, with no less doubt than a standard error leaves."""
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
    a: npt.NDArray[np.float64],
    b: npt.NDArray[np.float64],
    ratings: npt.NDArray[np.float64],
    method: Correlation,
    *,
    alpha: float = 0.05,
    resamples: int = 1000,
    seed: int = 0,
) -> Paired:
    """Compare how two correlate with the same ratings, by a bootstrap of whole items.

    Interval and test are those of the normal distribution, with the standard error of the paired
    bootstrap (Efron and Tibshirani 1993, sections 8.3 and 13.3): p is not bounded by the number
    of resamples then, and small enough to survive many comparisons.

    Args:
        a: (n,) float64, what A says of n items, n > 2.
        b: (n,) float64, what B says of them.
        ratings: (n,) float64, what is true of them.
        method: ranks are taken anew in every resample.
        alpha: level at which a difference is to be detectable.
        resamples: how often n items are drawn with replacement.
        seed: of the draws, fixed so that the same items give the same answer.
    """
    items = np.stack([a, b, ratings])  # (3, n)
    drawn = np.random.default_rng(seed).integers(len(a), size=(resamples, len(a)))
    mean = float(_gap(items, method))
    gaps = _gap(items[:, drawn], method)
    gaps = gaps[np.isfinite(gaps)]  # a resample of one item repeated has no correlation
    if np.isnan(mean) or len(gaps) < 2:  # one of the three does not vary
        return Paired(Difference(np.nan, np.nan, np.nan), 1.0, np.nan, len(a))
    error = float(np.std(gaps, ddof=1))
    # No error: A and B order the items alike, or one is right and the other wrong about all.
    p = float(2 * stats.norm.sf(abs(mean) / error)) if error else float(mean == 0)
    margin = error * float(stats.norm.ppf(0.975))
    return Paired(_around(mean, margin), p, detectable(error, alpha=alpha), len(a))


def _gap(items: npt.NDArray[np.float64], method: Correlation) -> npt.NDArray[np.float64]:
    """Difference of the correlations of A and of B with the ratings, along the last axis."""
    a, b, ratings = items
    return correlation(a, ratings, method) - correlation(b, ratings, method)


def _around(mean: float, margin: float) -> Difference:
    return Difference(mean, mean - margin, mean + margin)
