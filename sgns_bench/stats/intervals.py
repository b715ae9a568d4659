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


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return the interval of a fraction (Wilson 1927), which is sound near 0 and 1 too.

    Args:
        successes: of ``n`` independent trials, in [0, n].
        n: NaN interval if 0.
        level: coverage, in (0, 1).
    """
    if n == 0:
        return UNKNOWN
    interval = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    return Interval(float(interval.low), float(interval.high))


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
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return the percentile interval of a correlation over resampled pairs (Efron 1979).

    Args:
        x: (n,) float64.
        y: (n,) float64.
        method: ranks are taken anew in every resample.
        level: coverage, in (0, 1).
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
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def mean_interval(values: Sequence[float], level: float = 0.95) -> Estimate:
    """Return mean, standard deviation and interval of the mean (Student 1908), over seeds say.

    If two were trained with the same seeds, this is of the differences seed by seed.

    Args:
        values: n > 0 of them; no interval if there is but one.
        level: coverage, in (0, 1).
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return Estimate(mean, np.nan, np.nan, np.nan)
    sd = float(np.std(values, ddof=1))
    margin = sd / len(values) ** 0.5 * float(stats.t.ppf((1 + level) / 2, len(values) - 1))
    return Estimate(mean, sd, mean - margin, mean + margin)


def slope_interval(x: Sequence[float], y: Sequence[float], level: float = 0.95) -> Estimate:
    """Return the slope of a line through points by least squares; of logarithms, an exponent.

    Args:
        x: n > 1 numbers that are not all the same.
        y: as many; no interval if there are but two.
        level: coverage, in (0, 1).

    Returns:
        The slope, the standard deviation of y about the line, and the slope's interval.
    """
    freedom = len(x) - 2
    fit = stats.linregress(x, y)
    if freedom < 1:
        return Estimate(float(fit.slope), np.nan, np.nan, np.nan)
    spread = float(np.sqrt(np.sum(np.square(np.subtract(x, np.mean(x))))))
    margin = float(fit.stderr * stats.t.ppf((1 + level) / 2, freedom))
    return Estimate(fit.slope, fit.stderr * spread, fit.slope - margin, fit.slope + margin)
