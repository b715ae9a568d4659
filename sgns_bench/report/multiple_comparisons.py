"""Finds the best of many settings, and those that do not differ from it significantly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from sgns_bench.stats import Difference


def simultaneous(comparisons: int) -> float:
    """Return the level of each interval at which all of them hold with 95 % (Šidák 1967)."""
    return float(0.95 ** (1 / max(comparisons, 1)))


class Means(NamedTuple):
    """Means of samples that are assumed to have the same variance."""

    mean: Mapping[Any, float]
    share: Mapping[Any, float]  # variance of a mean over that of a sample: 1/n for n values
    variance: float  # pooled variance of the samples; NaN if no sample has two values
    freedom: int  # degrees of freedom of the pooled variance; 0 if it is NaN
    higher: bool  # whether the highest mean is the best

    @property
    def best(self) -> Any:
        """The setting with the best mean, the first if several are equal."""
        return (max if self.higher else min)(self.mean, key=lambda key: self.mean[key])

    @property
    def level(self) -> list[Any]:
        """The settings that do not differ from the best significantly; none if freedom is 0.

        With a probability of at least 95 % they and the best contain the true best, if seeds are
        the only noise (Gupta 1965).
        """
        others = [key for key in self.mean if key != self.best]
        return [k for k in others if self.freedom and not self.gap(k, self.best).is_real]

    def gap(self, a: Any, b: Any) -> Difference:
        """Return mean a - mean b with an interval that holds for one against all others at once."""
        mean = self.mean[a] - self.mean[b]
        error = (self.variance * (self.share[a] + self.share[b])) ** 0.5
        level = simultaneous(len(self.mean) - 1)
        margin = float(stats.t.ppf((1 + level) / 2, self.freedom)) * error  # NaN without freedom
        return Difference(mean, mean - margin, mean + margin)

    def over(self, part: int) -> "Means":
        """Average over one of (k, power) and keep the other: k if ``part`` is 0, power if 1.

        Only values that occur with all kept values are averaged.
        """
        values = {key[part] for key in self.mean}
        others = Counter(key[1 - part] for key in self.mean)
        groups = {
            value: [k for k in self.mean if k[part] == value and others[k[1 - part]] == len(values)]
            for value in sorted(values)
        }
        return self._replace(
            mean={v: float(np.mean([self.mean[k] for k in m])) for v, m in groups.items() if m},
            share={v: sum(self.share[k] for k in m) / len(m) ** 2 for v, m in groups.items() if m},
        )


def means(samples: Mapping[Any, Sequence[float]], *, higher: bool = True) -> Means:
    """Return the means and the pooled variance of all samples that are not empty."""
    samples = {key: values for key, values in samples.items() if len(values)}
    freedom = sum(len(values) - 1 for values in samples.values())
    squares = sum(float(np.var(values)) * len(values) for values in samples.values())
    return Means(
        mean={key: float(np.mean(values)) for key, values in samples.items()},
        share={key: 1 / len(values) for key, values in samples.items()},
        variance=squares / freedom if freedom else np.nan,
        freedom=freedom,
        higher=higher,
    )
