"""Plain PyTorch: the textbook module, autograd and SGD, with sparse gradients."""

from functools import partial
from typing import Final

from sgns_bench.trainers import OUR_SETTINGS
from sgns_bench.trainers.sgns import prepare_kernel

IGNORES: Final = OUR_SETTINGS | {"workers"}

prepare = partial(prepare_kernel, "eager")
