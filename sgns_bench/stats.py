"""How far a score can be trusted: intervals for fractions and correlations."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Correlation = Literal["pearson", "spearman"]


class Interval(NamedTuple):
    """The ends of a confidence interval, NaN where there is nothing to say."""

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
