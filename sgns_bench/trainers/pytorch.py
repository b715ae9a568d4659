"""Plain PyTorch: the textbook module, autograd and SGD, with sparse gradients."""

from functools import partial
from typing import Final

from sgns_bench.trainers.sgns import prepare_kernel

IGNORES: Final = frozenset({"workers", "block_size", "sharing", "min_flatness"})

prepare = partial(prepare_kernel, "eager")
