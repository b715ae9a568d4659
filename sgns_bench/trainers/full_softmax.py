"""Skip-gram with the exact softmax over all words, which negative sampling approximates.

:mod:`sgns_bench.trainers._softmax` computes the updates; :func:`chunk_tokens` keeps chunks small
enough for steps along summed gradients not to diverge.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.host.machine import one_torch_thread
from sgns_bench.kernels import Loss
from sgns_bench.sampling.pairs import (
    Indices,
    keep_threshold,
    keep_tokens,
    pairs_per_token,
    skip_gram_pairs,
)
from sgns_bench.sampling.rng import TOKEN, stream_key
from sgns_bench.trainers import OUR_SETTINGS, Progress, Snapshots
from sgns_bench.trainers._schedule import jobs, run_jobs
from sgns_bench.trainers._softmax import FullSoftmax as FullSoftmax  # measures time it alone
from sgns_bench.trainers._softmax import chunks as chunks
from sgns_bench.trainers.sgns import initial_vectors

IGNORES: Final = OUR_SETTINGS | {"negative", "ns_exponent", "skip_center", "half_step"}

CHUNK_TOKENS: Final = 32  # most tokens in a chunk; beyond 16 the products are hardly faster
MAX_CHUNK_STEP: Final = 0.03  # largest alpha times pairs of one word in a chunk
JOB_TOKENS: Final = 1_000  # a fraction of a second of work, or seconds if V is a million
LOGIT_BYTES: Final = 64 * 2**20  # most memory for the (B, V) logits of a chunk

F32 = npt.NDArray[np.float32]


def chunk_tokens(corpus: Corpus, config: SkipGramConfig, alpha: float) -> int:
    """Return the number of tokens per chunk, limited by speed, memory and stability.

    A word in n pairs of a chunk takes one step of n * alpha. If that overshoots, vectors grow
    without bound, long vectors first. On 106 Wikipedia articles (V = 9,038, alpha = 0.05), with
    chunks of 15 tokens (n * alpha = 0.06 on average for the most frequent word) the loss of one
    seed in two jumps to 14; with chunks of 7 both seeds train well. As ``alpha`` falls, chunks grow
    up to 32 tokens; up to 128 makes no difference (one seed, 3 epochs: loss 7.53 and 7.52; from
    alpha = 0.025, 7.65 and 7.67).
    """
    kept = corpus.vocab.counts * corpus.vocab.keep_probability(config.sample)
    pairs = pairs_per_token(config.window, config.shrink_windows) * kept.max() / kept.sum()
    safe = MAX_CHUNK_STEP / (alpha * pairs)
    fits = LOGIT_BYTES // (4 * len(corpus.vocab))
    return max(1, int(min(CHUNK_TOKENS, fits, safe)))


def prepare(
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    progress: Progress,
    snapshots: Snapshots | None = None,
) -> Callable[[], Embeddings]:
    """Set up the matrices on the device; return a function that trains."""
    session = Session(corpus, config, device)

    def train() -> Embeddings:
        with one_torch_thread():
            run_jobs(jobs(corpus, config, JOB_TOKENS), session, 1, progress, snapshots)
        return Embeddings(corpus.vocab, *session.vectors())

    return train


class Session:
    """A training in progress, see ``kernels.Session``; threads divide each chunk's work."""

    def __init__(self, corpus: Corpus, config: SkipGramConfig, device: str) -> None:
        self._corpus, self._config, self._device = corpus, config, device
        vectors = initial_vectors(len(corpus.vocab), config)
        self._model = FullSoftmax(*vectors, device, config.workers if device == "cpu" else 1)

    def train(self, sentences: Indices, epoch: int, alpha: float) -> Loss:
        """Train some sentences once; see ``kernels.Session``."""
        words, center, context = self.pairs(sentences, epoch)
        size = chunk_tokens(self._corpus, self._config, alpha)
        loss = self._model.train(list(chunks(words, center, context, size)), alpha)
        return Loss(loss.item(), len(center))

    def pairs(self, sentences: Indices, epoch: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return words, centers and rising contexts of all pairs, as ``chunks`` takes them."""
        corpus, config = self._corpus, self._config
        kept = keep_tokens(
            corpus.tokens,
            corpus.offsets,
            sentences,
            keep_threshold(corpus.vocab.keep_probability(config.sample)),
            stream_key(config.seed, epoch, TOKEN),
            config.window,
            config.shrink_windows,
        )
        center, context = skip_gram_pairs(kept.windows, kept.sentence)
        by_context = np.argsort(context, kind="stable")
        words = corpus.tokens[kept.positions].astype(np.int64)

        def tensor(array: Indices) -> Tensor:
            return torch.from_numpy(array).to(self._device)

        return tensor(words), tensor(center[by_context]), tensor(context[by_context])

    def vectors(self) -> tuple[F32, F32]:
        """Return W and C, (V, D) float32 each."""
        return self._model.input_vectors.cpu().numpy(), self._model.output_vectors.cpu().numpy()
