"""Skip-gram with the exact softmax over all words: what negative sampling approximates.

The arithmetic is in :mod:`sgns_bench.trainers._softmax`, for a card in
:mod:`sgns_bench.trainers._fused_softmax`; see :func:`chunk_tokens` for what keeps steps
down summed gradients from diverging.
"""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from itertools import islice
from time import perf_counter
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
from sgns_bench.trainers import Progress
from sgns_bench.trainers._fused_softmax import FusedSoftmax
from sgns_bench.trainers._jobs import job_tokens, jobs, run_jobs
from sgns_bench.trainers._softmax import FullSoftmax as FullSoftmax  # measures time it alone
from sgns_bench.trainers._softmax import chunks as chunks
from sgns_bench.trainers.sgns import initial_vectors

IGNORES: Final = frozenset(
    {"negative", "ns_exponent", "skip_center", "half_step", "block_size", "sharing", "min_flatness"}
)

CHUNK_TOKENS: Final = 32  # most tokens in a chunk: from 16 on, the products are little faster
FUSED_CHUNK_TOKENS: Final = 128  # most on a card, where alpha has fallen so far that they are safe
HOT_STEP: Final = 0.03  # most that alpha times one word's pairs in a chunk may be
LOGIT_BYTES: Final = 64 * 2**20  # most memory for the (B, V) logits of a chunk, where stored
FUSED_JOB_TOKENS: Final = 1 << 18  # some 0.3 s of work; between jobs the card waits for the host


def chunk_tokens(corpus: Corpus, config: SkipGramConfig, alpha: float, fused: bool = False) -> int:
    """Return how many tokens share a step: as many as are fast, fit in memory, and are safe.

    A word that occurs in n pairs of a chunk takes a step of n * alpha at once; where that
    overshoots, the longer the vectors the sooner, they grow without bound. On 106 Wikipedia
    articles (V = 9,038, alpha = 0.05) the loss of one seed in two jumps to 14 in chunks of 15
    tokens, n * alpha = 0.06 for the most frequent word on average; in chunks of 7 both train
    well. As ``alpha`` falls, chunks grow: whether to 32 tokens or to 128 makes no difference there
    (one seed, 3 epochs: loss 7.53 and 7.52; from alpha = 0.025, 7.65 and 7.67).

    Args:
        corpus: to train on.
        config: the settings.
        alpha: learning rate.
        fused: on a card, which gains by larger chunks, and does not store their logits.
    """
    kept = corpus.vocab.counts * corpus.vocab.keep_probability(config.sample)
    pairs = pairs_per_token(config.window, config.shrink_windows) * kept.max() / kept.sum()
    safe = HOT_STEP / (alpha * pairs)
    fits = LOGIT_BYTES // (4 * len(corpus.vocab))
    most = FUSED_CHUNK_TOKENS if fused else min(CHUNK_TOKENS, fits)
    return max(1, int(min(most, safe)))


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a forecast of the training time: that of a few real steps, times their number."""
    model, job = _model(corpus, config, device), next(jobs(corpus, config))
    alpha = (config.alpha + config.min_alpha) / 2  # the average of all jobs
    size = chunk_tokens(corpus, config, alpha, _fused(device))
    some = list(islice(chunks(*_pairs(corpus, config, device, job.sentences, job.epoch), size), 64))
    seconds = []
    with one_torch_thread():
        for _ in range(3):
            start = perf_counter()
            model.train(some, alpha).item()
            seconds.append(perf_counter() - start)
    tokens = float(corpus.vocab.counts @ corpus.vocab.keep_probability(config.sample))
    step = min(seconds) / len(some) if some else 0.0  # no pairs, no steps
    return step * config.epochs * tokens / size


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Set up the matrices on the device; return the training."""
    model = _model(corpus, config, device)
    step = partial(_train, model, corpus, config, device)

    def vectors() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        W, C = model.input_vectors, model.output_vectors
        return W.cpu().contiguous().numpy(), C.cpu().contiguous().numpy()

    def train() -> Embeddings:
        tokens = (
            job_tokens(FUSED_JOB_TOKENS, config.epochs * len(corpus.tokens))
            if _fused(device)
            else None
        )
        with one_torch_thread():
            run_jobs(jobs(corpus, config, tokens), step, 1, progress, vectors)
        return Embeddings(corpus.vocab, *vectors())

    return train


def _fused(device: str) -> bool:
    return device == "cuda" and find_spec("triton") is not None


def _model(corpus: Corpus, config: SkipGramConfig, device: str) -> FullSoftmax | FusedSoftmax:
    vectors = initial_vectors(len(corpus.vocab), config)
    if _fused(device):
        return FusedSoftmax(*vectors, device, FUSED_CHUNK_TOKENS)
    return FullSoftmax(*vectors, device, config.workers if device == "cpu" else 1)


def _train(
    model: FullSoftmax | FusedSoftmax,
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    sentences: Indices,
    epoch: int,
    alpha: float,
) -> Loss:
    """Train some sentences once."""
    words, center, context = _pairs(corpus, config, device, sentences, epoch)
    size = chunk_tokens(corpus, config, alpha, _fused(device))
    loss = model.train(list(chunks(words, center, context, size)), alpha)
    return Loss(loss.item(), len(center))


def _pairs(
    corpus: Corpus, config: SkipGramConfig, device: str, sentences: Indices, epoch: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what :func:`chunks` cuts: words, centers, and contexts in rising order."""
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
    words = torch.from_numpy(corpus.tokens[kept.positions].astype(np.int64))
    center, context = center[by_context], context[by_context]
    return (
        words.to(device),
        torch.from_numpy(center).to(device),
        torch.from_numpy(context).to(device),
    )
