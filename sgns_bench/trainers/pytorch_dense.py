"""Plain PyTorch with dense gradients, autograd's default: every batch writes all V rows."""

from functools import partial
from typing import Final

from sgns_bench.trainers import pytorch
from sgns_bench.trainers.sgns import prepare_kernel

IGNORES: Final = pytorch.IGNORES

prepare = partial(prepare_kernel, "eager_dense")
