"""Plain PyTorch with dense gradients: every batch writes all V rows, as autograd does unless told."""

from functools import partial
from typing import Final

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.trainers import pytorch
from sgns_bench.trainers.sgns import prepare_kernel

IGNORES: Final = pytorch.IGNORES

_PAIRS_PER_BATCH: Final = 1024
_SECONDS_PER_NUMBER: Final = 3e-9  # of a dense gradient, made, added and thrown away

prepare = partial(prepare_kernel, "eager_dense")


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a rough forecast of the training time, within a factor of three or so."""
    sparse = pytorch.predicted_seconds(corpus, config, device)
    pairs = pytorch.pairs(corpus, config)
    numbers = 2 * len(corpus.vocab) * config.vector_size
    return sparse + pairs / _PAIRS_PER_BATCH * numbers * _SECONDS_PER_NUMBER
