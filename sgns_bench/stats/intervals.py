"""Intervals of fractions, correlations, means and slopes."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Correlation = Literal["pearson", "spearman"]


class Interval(NamedTuple):
    """The ends of a confidence interval, NaN where there is nothing to say."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A number, how far repetitions scatter about it, and the ends of its interval.

    Attributes:
        value: the mean, or the slope.
        sd: standard deviation of what was seen, not of the value; NaN if it was seen once.
        low: lower end of the interval; NaN where there is none.
        high: its upper end.
    """

    value: float
    sd: float
    low: float
    high: float


UNKNOWN = Interval(np.nan, np.nan)


def wilson(successes: float, n: float) -> Interval:
    """Return the interval of a fraction (Wilson 1927, eq. 8), sound near 0 and 1 too.

    Args:
        successes: of ``n`` independent trials, in [0, n].
        n: NaN interval if 0.
    """
    if n == 0:
        return UNKNOWN
    z = float(stats.norm.ppf(0.975))
    share, rest = successes / n, z * z / n
    half = z * np.sqrt(share * (1 - share) / n + rest / n / 4)
    low, high = (share + rest / 2 - half) / (1 + rest), (share + rest / 2 + half) / (1 + rest)
    # At the ends of [0, 1] exactly: rounding would leave the share itself outside.
    return Interval(float(low) if successes else 0.0, float(high) if successes < n else 1.0)


def grouped_wilson(
    right: npt.NDArray[np.bool_],
    groups: Sequence[npt.NDArray[np.int64]],
) -> Interval:
    """Return the interval of a share of items that depend on others of their groups.

    Wilson's for as many independent items as would leave the same doubt (Korn and Graubard 1998,
    Confidence Intervals for Proportions with Small Expected Number of Positive Counts Estimated
    from Survey Data), which are no more than there are. If all are right, or all wrong, nothing is
    known of how they depend on each other: then a group counts as one.

    Args:
        right: (n,) bool.
        groups: one or two of (n,) int64, numbers of groups.
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


def clustered_error(
    x: npt.NDArray[np.float64], groups: Sequence[npt.NDArray[np.int64]]
) -> tuple[float, int]:
    """Return the standard error of a mean of items that depend on others of their groups.

    Cameron, Gelbach and Miller 2011, Robust Inference With Multiway Clustering, eq. 2.11: what
    groups of the one kind and of the other say, less what both say.

    Args:
        x: (n,) float64.
        groups: one or two of (n,) int64, numbers of groups.

    Returns:
        The error, infinite if all items depend on one another, and its degrees of freedom.
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


def correlation(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], method: Correlation
) -> npt.NDArray[np.float64]:
    """Return the correlation along the last axis, NaN where x or y does not vary.

    Args:
        x: (..., n) float64.
        y: (..., n) float64.
        method: Spearman's is Pearson's of the ranks, ties at their mean.
    """
    if method == "spearman":
        x, y = stats.rankdata(x, axis=-1), stats.rankdata(y, axis=-1)
    varies = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)
    x = x - x.mean(axis=-1, keepdims=True)
    y = y - y.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):  # where nothing varies
        r = (x * y).sum(axis=-1) / np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    return np.where(varies, np.clip(r, -1.0, 1.0), np.nan)


def bootstrap_correlation(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    method: Correlation,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return the percentile interval of a correlation over resampled pairs (Efron 1979).

    Args:
        x: (n,) float64.
        y: (n,) float64.
        method: ranks are taken anew in every resample.
        resamples: how often n pairs are drawn with replacement.
        seed: of the draws, fixed so that the same pairs give the same interval.
    """
    if len(x) < 3:  # two points always lie on a line
        return UNKNOWN
    drawn = np.random.default_rng(seed).integers(len(x), size=(resamples, len(x)))
    values = correlation(x[drawn], y[drawn], method)
    values = values[np.isfinite(values)]  # a resample of one pair repeated has no correlation
    if len(values) == 0:
        return UNKNOWN
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(float(low), float(high))


def mean_interval(values: Sequence[float]) -> Estimate:
    """Return mean, standard deviation and interval of the mean (Student 1908), over seeds say.

    If two were trained with the same seeds, this is of the differences seed by seed.

    Args:
        values: n > 0 of them; no interval if there is but one.
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, np.nan, np.nan, np.nan)
    sd = float(np.std(values, ddof=1))
    margin = sd / len(values) ** 0.5 * float(stats.t.ppf(0.975, len(values) - 1))
    return Estimate(mean, sd, mean - margin, mean + margin)


def slope_interval(x: Sequence[float], y: Sequence[float]) -> Estimate:
    """Return the slope of a line through points by least squares; of logarithms, an exponent.

    Args:
        x: n > 1 numbers that are not all the same.
        y: as many; no interval if there are but two.

    Returns:
        The slope, the standard deviation of y about the line, and the slope's interval.
    """
    freedom = len(x) - 2
    fit = stats.linregress(x, y)
    if freedom < 1:
        return Estimate(float(fit.slope), np.nan, np.nan, np.nan)
    spread = float(np.sqrt(np.sum(np.square(np.subtract(x, np.mean(x))))))
    margin = float(fit.stderr * stats.t.ppf(0.975, freedom))
    return Estimate(fit.slope, fit.stderr * spread, fit.slope - margin, fit.slope + margin)
