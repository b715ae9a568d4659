"""One file per kernel: the arithmetic of training, over arrays alone. Its name is its registration.

A kernel is a module that satisfies :class:`Kernel`. It is run by a trainer with
``prepare = partial(prepare_kernel, "NAME")``, as ``trainers/pytorch_dense.py`` has it.

Shape letters, here and in every kernel: **V** vocabulary, **D** vector_size, **w** window,
**k** negatives per pair, **T** centers in a block, **N** negatives drawn per block, **M** contexts
of a block, **W** (V, D) input vectors, **C** (V, D) output vectors.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from sgns_bench.errors import UnknownName
from sgns_bench.host import plugins
from sgns_bench.kernels._block_size import make_problem
from sgns_bench.kernels._microkernels import TILE_ROWS, multiply_all
from sgns_bench.kernels._problem import HOT_STEP, NO_LIMIT, Cbow, Loss, Problem

__all__ = [
    "HOT_STEP",
    "NO_LIMIT",
    "TILE_ROWS",
    "Cbow",
    "Kernel",
    "Loss",
    "Problem",
    "Session",
    "load",
    "make_problem",
    "multiply_all",
    "names",
]


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
