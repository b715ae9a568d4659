"""One file per kernel: the arithmetic of training, over arrays alone. Its name is its registration.

A kernel is a module that satisfies :class:`Kernel`. It is run by a trainer with
``prepare = partial(prepare_kernel, "NAME")``, as ``trainers/pytorch_dense.py`` has it.

Shape letters, here and in every kernel: **V** vocabulary, **D** vector_size, **w** window,
**k** negatives per pair, **T** centers in a block, **N** negatives drawn per block, **M** contexts
of a block, **W** (V, D) input vectors, **C** (V, D) output vectors.
"""

import math
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from sgns_bench import plugins
from sgns_bench.errors import UnknownName
from sgns_bench.noise import AliasTable
from sgns_bench.pairs import Examples, examples

NO_LIMIT: Final = 1 << 30
HOT_STEP: Final = 1.0  # of the hottest word between updates, in units of a pair's gradient


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
        most_repeats: of a word among the centers of a block; at the next one another block begins.
        reach: the largest distance of a pair, where no sentence has room for ``window``.
        most_alpha: the learning rate of blocks is never more than this.
        skip_center: a negative that is the pair's center is left out.
        half_step: contexts see half of the step of their centers.
        max_contexts: of a block: a wide window is worked through in several, one after the other.
        own_negatives: each context of a block draws k negatives for each of its pairs there,
            instead of sharing the pool with all others.
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
    most_repeats: int = NO_LIMIT
    most_alpha: float = math.inf
    reach: int = NO_LIMIT
    skip_center: bool = True
    half_step: bool = True
    max_contexts: int = NO_LIMIT
    own_negatives: bool = False

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


class Session(Protocol):
    """A training in progress: the two matrices in whatever form the kernel likes."""

    def train(self, sentences: npt.NDArray[np.int64], epoch: int, alpha: float) -> Loss:
        """Train some sentences once, in this order.

        Args:
            sentences: (s,) int64, rows of ``offsets``.
            epoch: from 0; part of the key of every draw.
            alpha: learning rate, for all of them.
        """

    def vectors(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return W and C, (V, D) float32 each."""


class Kernel(Protocol):
    """What a module in this folder provides."""

    CONCURRENT: bool
    """Whether ``Session.train`` gains from being called by several threads at once."""

    JOB_TOKENS: int
    """How many tokens are worth a call of ``Session.train``."""

    def start(
        self,
        problem: Problem,
        input_vectors: npt.NDArray[np.float32],
        output_vectors: npt.NDArray[np.float32],
        device: str,
    ) -> Session:
        """Begin a training from these vectors, which stay as they are.

        Args:
            problem: what to train on.
            input_vectors: (V, D) float32, W.
            output_vectors: (V, D) float32, C.
            device: "cpu" or "cuda".

        Raises:
            Unavailable: the kernel does not run there.
        """


def names() -> list[str]:
    """Return the names of all kernels."""
    return plugins.names(__path__)


def load(name: str) -> Kernel:
    """Return the kernel of that name.

    Raises:
        UnknownName: there is none.
        ContractError: it is no :class:`Kernel`.
    """
    if name not in names():
        raise UnknownName("kernel", name, names())
    kernel: Kernel = plugins.load(__name__, name, Kernel)
    return kernel
