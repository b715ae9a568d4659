"""What a kernel is given, and what it tells."""

import math
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.sampling.noise import AliasTable
from sgns_bench.sampling.pairs import Examples, examples

NO_LIMIT: Final = 1 << 30
MAX_WORD_STEP: Final = 1.0  # of the hottest word between updates, in units of a pair's gradient


class Cbow(NamedTuple):
    """How a window predicts its center, all its words together.

    Attributes:
        mean: contexts are averaged, or added.
        corrected: they take the gradient of the loss, or the step of word2vec.c and gensim; see
            ``reference.update_cbow``.
    """

    mean: bool = True
    corrected: bool = False


class Problem(NamedTuple):
    """What a kernel trains on; nothing here changes while it does.

    Attributes:
        tokens: (n,) uint16 or int32, as in ``Corpus``.
        offsets: (S+1,) int64, as in ``Corpus``.
        keep_threshold: (V,) uint32, from ``pairs.keep_threshold``.
        frequency: (V,) float64, each word's share of the tokens kept, expected.
        noise: the alias table of the noise distribution.
        window: w, largest distance between center and context.
        shrink_windows: draw each center's window from 1..w.
        negative: k.
        block_size: T.
        pool_size: N.
        seed: of every draw.
        max_repeats: how often a word may be a center of a block; at the next one the block ends.
        reach: the largest distance that the longest sentence has room for.
        max_alpha: the learning rate of blocks is never more than this.
        skip_center: a negative that is the pair's center is left out.
        half_step: contexts see half of the step of their centers.
        max_contexts: most contexts at once; a block with more takes them in parts, one by one.
        own_negatives: each context of a block draws k negatives for each of its pairs there,
            instead of sharing the pool with all others.
        cbow: None for skip-gram.
    """

    tokens: npt.NDArray[Any]
    offsets: npt.NDArray[np.int64]
    keep_threshold: npt.NDArray[np.uint32]
    frequency: npt.NDArray[np.float64]
    noise: AliasTable
    window: int
    shrink_windows: bool
    negative: int
    block_size: int
    pool_size: int
    seed: int
    max_repeats: int = NO_LIMIT
    max_alpha: float = math.inf
    reach: int = NO_LIMIT
    skip_center: bool = True
    half_step: bool = True
    max_contexts: int = NO_LIMIT
    own_negatives: bool = False
    cbow: Cbow | None = None

    @property
    def hottest(self) -> float:
        """How often a pair is expected to have the hottest word, as its center or a negative."""
        return float((self.frequency + self.negative * self.noise.probabilities()).max())

    def examples(self, sentences: npt.NDArray[np.int64], epoch: int) -> Examples:
        """Return all pairs of some sentences; see ``pairs.examples``."""
        return examples(
            self.tokens,
            self.offsets,
            sentences,
            self.keep_threshold,
            self.noise,
            window=self.window,
            shrink=self.shrink_windows,
            negative=self.negative,
            seed=self.seed,
            epoch=epoch,
        )


class Loss(NamedTuple):
    """Loss before the update, summed over some or all of the pairs trained.

    Attributes:
        nats: the sum.
        pairs: how many it is of.
        kept: tokens that subsampling left of the sentences; None if the kernel does not say.
    """

    nats: float
    pairs: int
    kept: int | None = None
