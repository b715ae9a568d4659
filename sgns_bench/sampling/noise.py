"""The noise distribution of negative sampling, with O(1) draws by the alias method."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from sgns_bench.errors import ConfigError
from sgns_bench.sampling.rng import below, high32, low32


class AliasTable(NamedTuple):
    """The table of Walker's alias method, which maps 64 random bits to a word.

    The high 32 bits choose a column. If the low 32 bits are below its ``threshold``, the draw is
    the column's own word, otherwise its alias. Both words are adjacent, so that compiled code
    indexes them instead of branching: such a branch would be mispredicted half of the time.
    """

    threshold: npt.NDArray[np.uint32]  # (V,)
    choices: npt.NDArray[np.int32]  # (V, 2): the alias, then the column's own word

    def sample(self, bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """Return a word for each element of ``bits``, in the same shape."""
        column = below(high32(bits), len(self.threshold))
        own = low32(bits) < self.threshold[column]
        return np.asarray(self.choices[column, own.astype(np.intp)])

    def probabilities(self) -> npt.NDArray[np.float64]:
        """Return the probability with which :meth:`sample` draws each word: (V,) float64."""
        own = self.threshold / float(1 << 32)
        V = len(own)
        return np.asarray(own + np.bincount(self.choices[:, 0], 1 - own, minlength=V)) / V


@dataclass(frozen=True, eq=False)
class NoiseDistribution:
    """The noise distribution P_n(word) = count(word)**ns_exponent / Z (Mikolov et al. 2013, 2.2).

    Attributes:
        counts: (V,) integers >= 1, occurrences of each word.
        ns_exponent: any finite number: 0.75 is word2vec's choice, 1 the unigram distribution, 0
            the uniform one; a negative one favours rare words (Caselles-Dupre et al. 2018).

    Raises:
        ConfigError: there are no counts, a count is below 1, or the exponent is not finite.
    """

    counts: npt.NDArray[np.int64]
    ns_exponent: float

    def __post_init__(self) -> None:
        least = np.min(self.counts) if len(self.counts) else 0
        if least < 1:
            raise ConfigError(f"noise distribution: a count of {least}; give counts of at least 1")
        if not np.isfinite(self.ns_exponent):
            raise ConfigError(f"ns_exponent = {self.ns_exponent}: must be a finite number")

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """The probability of each word: (V,) float64, sums to 1."""
        logs = np.log(self.counts)
        relative = logs - (logs.max() if self.ns_exponent > 0 else logs.min())
        with np.errstate(over="ignore"):  # the largest weight is 1, others may underflow
            weights = np.exp(self.ns_exponent * relative)
        return np.asarray(weights / weights.sum())

    @cached_property
    def alias_table(self) -> AliasTable:
        """The alias table of this distribution, built in O(V) (Vose 1991)."""
        threshold, alias = _vose(self.probabilities)
        return AliasTable(
            threshold, np.stack([alias, np.arange(len(alias), dtype=np.int32)], axis=1)
        )


@numba.njit(cache=True)
def _vose(
    probabilities: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    V = len(probabilities)
    mass = probabilities * V  # mean 1
    # Columns without a partner have mass 1 up to rounding: alias to themselves.
    threshold = np.full(V, 0xFFFFFFFF, dtype=np.uint32)
    alias = np.arange(V).astype(np.int32)
    order = np.empty(V, dtype=np.int64)
    poor, rich = 0, V  # order is a stack of poor words from the left, of rich from the right
    for word in range(V):
        if mass[word] < 1.0:
            order[poor] = word
            poor += 1
        else:
            rich -= 1
            order[rich] = word
    while poor > 0 and rich < V:
        poor -= 1
        small, large = order[poor], order[rich]
        threshold[small] = np.uint32(min(mass[small] * 4294967296.0, 4294967295.0))
        alias[small] = large
        mass[large] -= 1.0 - mass[small]
        if mass[large] < 1.0:  # the rich word has become poor
            rich += 1
            order[poor] = large
            poor += 1
    return threshold, alias
