"""Confidence intervals of fractions, correlations, means and slopes."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Bools = npt.NDArray[np.bool_]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Correlation = Literal["pearson", "spearman"]

RESAMPLES: Final = 1000  # of a bootstrap


class Interval(NamedTuple):
    """The ends of a 95 % confidence interval; NaN if it is undefined."""

    low: float
    high: float


class Estimate(NamedTuple):
    """An estimate with the standard deviation of its observations and its interval."""

    value: float  # the mean or the slope
    sd: float  # standard deviation of the observations, not of the estimate; NaN if undefined
    low: float  # lower end of the interval; NaN if there is none
    high: float  # upper end of the interval; NaN if there is none


UNKNOWN = Interval(np.nan, np.nan)


def wilson(successes: float, n: float) -> Interval:
    """Return the Wilson interval of a fraction (Wilson 1927, eq. 8), accurate also near 0 and 1.

    Without trials it is NaN.
    """
    if n == 0:
        return UNKNOWN
    z = float(stats.norm.ppf(0.975))
    share, rest = successes / n, z * z / n
    half = z * np.sqrt(share * (1 - share) / n + rest / n / 4)
    low, high = (share + rest / 2 - half) / (1 + rest), (share + rest / 2 + half) / (1 + rest)
    # Exactly 0 or 1 at the ends: rounding could exclude the share itself.
    return Interval(float(low) if successes else 0.0, float(high) if successes < n else 1.0)


def grouped_wilson(right: Bools, groups: Sequence[I64]) -> Interval:
    """Return the Wilson interval of a share of items that are dependent within groups.

    Wilson's interval with the effective sample size, at most n, of Korn and Graubard 1998,
    Confidence Intervals for Proportions with Small Expected Number of Positive Counts Estimated
    from Survey Data. If all items are right, or all wrong, the dependence cannot be estimated, and
    each group counts as one item. ``groups`` are as for :func:`clustered_error`.
    """
    n = len(right)
    if n == 0:
        return UNKNOWN
    share = float(right.mean())
    error, freedom = clustered_error(right.astype(np.float64), groups)
    if error > 0:
        z, t = stats.norm.ppf(0.975), stats.t.ppf(0.975, freedom)
        independent = share * (1 - share) * float(z / t / error) ** 2
    else:
        independent = freedom + 1
    independent = min(max(independent, 1.0), n)
    return wilson(share * independent, independent)


def clustered_error(x: F64, groups: Sequence[I64]) -> tuple[float, int]:
    """Return the clustered standard error of a mean of items that are dependent within groups.

    Cameron, Gelbach and Miller 2011, Robust Inference With Multiway Clustering, eq. 2.11: the sum
    of the variances clustered by each grouping, minus the variance counted twice. There are one or
    two ``groups``, (n,) int64 arrays of group numbers. The error is infinite if a grouping has one
    group only; its degrees of freedom come second.
    """
    off = x - x.mean()
    squares, counts = [], []
    for group in groups:
        _, numbers = np.unique(group, return_inverse=True)
        sums = np.bincount(numbers, weights=off)
        if len(sums) < 2:
            return np.inf, 1
        squares.append(float(sums @ sums) * len(sums) / (len(sums) - 1))
        counts.append(len(sums))
    variance = max(sum(squares) - (len(groups) - 1) * float(off @ off), *squares)
    return variance**0.5 / len(x), min(counts) - 1


def correlation(x: F64, y: F64, method: Correlation) -> F64:
    """Return the correlation of x and y, (..., n), along the last axis, NaN where one is constant.

    Spearman's is Pearson's of the ranks, with mean ranks for ties.
    """
    if method == "spearman":
        x, y = stats.rankdata(x, axis=-1), stats.rankdata(y, axis=-1)
    varies = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)
    x = x - x.mean(axis=-1, keepdims=True)
    y = y - y.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):  # where x or y is constant
        r = (x * y).sum(axis=-1) / np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    return np.where(varies, np.clip(r, -1.0, 1.0), np.nan)


def bootstrap_correlation(x: F64, y: F64, method: Correlation) -> Interval:
    """Return the percentile bootstrap interval of a correlation (Efron 1979) of x and y, (n,).

    Each resample is ranked anew. Every call draws the same resamples.
    """
    if len(x) < 3:  # two points always lie on a line
        return UNKNOWN
    drawn = np.random.default_rng(0).integers(len(x), size=(RESAMPLES, len(x)))
    values = correlation(x[drawn], y[drawn], method)
    values = values[np.isfinite(values)]  # a resample of one pair repeated has no correlation
    if len(values) == 0:
        return UNKNOWN
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(float(low), float(high))


def mean_interval(values: Sequence[float], *, level: float = 0.95) -> Estimate:
    """Return the mean, standard deviation and t-interval of the mean (Student 1908).

    For a paired comparison over seeds, pass the differences for each seed. A single value gives no
    interval; ``level`` is its confidence level, in (0, 1).
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, np.nan, np.nan, np.nan)
    sd = float(np.std(values, ddof=1))
    margin = sd / len(values) ** 0.5 * float(stats.t.ppf((1 + level) / 2, len(values) - 1))
    return Estimate(mean, sd, mean - margin, mean + margin)


def slope_interval(x: Sequence[float], y: Sequence[float]) -> Estimate:
    """Return the least-squares slope of a line; for logarithms of x and y, it is an exponent.

    There are n > 1 points, x not all equal; n = 2 gives no interval. The standard deviation is that
    of y about the line, the interval that of the slope.
    """
    freedom = len(x) - 2
    fit = stats.linregress(x, y)
    if freedom < 1:
        return Estimate(float(fit.slope), np.nan, np.nan, np.nan)
    spread = float(np.sqrt(np.sum(np.square(np.subtract(x, np.mean(x))))))
    margin = float(fit.stderr * stats.t.ppf(0.975, freedom))
    return Estimate(fit.slope, fit.stderr * spread, fit.slope - margin, fit.slope + margin)
