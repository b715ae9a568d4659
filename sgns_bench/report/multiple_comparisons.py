"""Which of many settings is best, and which cannot be told from it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import format
from sgns_bench.stats import Difference

DRAWS: Final = 40_000


class Means(NamedTuple):
    """Means of samples whose variance is taken to be one.

    Attributes:
        mean: by setting.
        share: variance of each mean over that of the samples: 1/n for n values.
        variance: of the samples, pooled; NaN where no sample has two values.
        freedom: degrees of freedom of the variance.
    """

    mean: Mapping[Any, float]
    share: Mapping[Any, float]
    variance: float
    freedom: int

    def best(self, *, higher: bool = True) -> Any:
        """Return the setting with the best mean; the first of equals."""
        return (max if higher else min)(self.mean, key=lambda key: self.mean[key])

    def only(self, keys: Collection[Any]) -> "Means":
        """Return the means of some settings; the variance remains that of all."""
        return self._replace(mean={key: self.mean[key] for key in keys})

    def over(self, group: Callable[[Any], Any]) -> "Means":
        """Return the means over groups of settings, all alike in weight."""
        members: dict[Any, list[Any]] = {}
        for key in self.mean:
            members.setdefault(group(key), []).append(key)
        return Means(
            {g: float(np.mean([self.mean[key] for key in m])) for g, m in members.items()},
            {g: sum(self.share[key] for key in m) / len(m) ** 2 for g, m in members.items()},
            self.variance,
            self.freedom,
        )

    def gap(self, a: Any, b: Any) -> Difference:
        """Return a less b, with an interval that holds for one against all others at once."""
        mean = self.mean[a] - self.mean[b]
        error = (self.variance * (self.share[a] + self.share[b])) ** 0.5
        margin = critical(len(self.mean) - 1, self.freedom) * error if self.freedom else np.nan
        return Difference(mean, mean - margin, mean + margin)

    def gap_to_best(self, key: Any, head: Record) -> str:
        """Write how a setting stands against the best, of a metric as in a record."""
        best = self.best(higher=head.higher_is_better)
        if key not in self.mean:
            return format.MISSING
        return "best" if key == best else format.difference(self.gap(key, best), head.unit)

    def leaders(self, *, higher: bool = True) -> list[Any]:
        """Return the best and those that cannot be told from it; the true best is among them.

        With a probability of at least 95 % if there is noise of seeds alone (Gupta 1965).
        """
        best = self.best(higher=higher)
        return [key for key in self.mean if key == best or not self.gap(key, best).is_real]


def means(samples: Mapping[Any, Sequence[float]]) -> Means:
    """Return the means of the samples that are not empty, and their pooled variance."""
    samples = {key: values for key, values in samples.items() if len(values)}
    freedom = sum(len(values) - 1 for values in samples.values())
    squares = sum(float(np.var(values)) * len(values) for values in samples.values())
    return Means(
        {key: float(np.mean(values)) for key, values in samples.items()},
        {key: 1 / len(values) for key, values in samples.items()},
        squares / freedom if freedom else np.nan,
        freedom,
    )


@cache
def critical(others: int, freedom: int) -> float:
    """Return the two-sided 95 % point of the largest of many t statistics (Dunnett 1955).

    All compare one mean with others, of equal shares; drawn by a seeded simulation, to 1 %.
    """
    rng = np.random.default_rng(0)
    scale = np.sqrt(rng.chisquare(freedom, DRAWS) / freedom)
    one = rng.normal(size=DRAWS)
    largest = np.zeros(DRAWS)
    for _ in range(others):
        np.maximum(largest, np.abs(rng.normal(size=DRAWS) - one), out=largest)
    return float(np.quantile(largest / np.sqrt(2) / scale, 0.95))
