"""Plain PyTorch: the textbook module, autograd and SGD, with sparse gradients."""

from functools import partial
from typing import Final

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.sampling.pairs import pairs_per_token
from sgns_bench.trainers.sgns import prepare_kernel

IGNORES: Final = frozenset({"workers", "block_size", "sharing", "min_flatness"})

_SECONDS_PER_PAIR: Final = 2e-6
_SECONDS_PER_TARGET_AND_DIMENSION: Final = 2e-9

prepare = partial(prepare_kernel, "eager")


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a rough forecast of the training time, within a factor of three or so."""
    targets = (config.negative + 1) * config.vector_size
    return pairs(corpus, config) * (_SECONDS_PER_PAIR + targets * _SECONDS_PER_TARGET_AND_DIMENSION)


def pairs(corpus: Corpus, config: SkipGramConfig) -> float:
    """Return how many pairs a training is expected to have."""
    kept = float(corpus.vocab.counts @ corpus.vocab.keep_probability(config.sample))
    return config.epochs * kept * pairs_per_token(config.window, config.shrink_windows)
