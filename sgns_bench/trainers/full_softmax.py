"""Skip-gram with the exact softmax over all words: what negative sampling approximates.

p(center | context) = softmax over V of C · W[context], with W the input and C the output vectors
(Mikolov et al. 2013, Distributed Representations, eq. 2; as in word2vec.c the context word is the
input). All pairs of an input row share its softmax. For the rows X of a chunk, the m pairs of
each, and n (row, center) counting them,

    S = X Cᵀ,  P = softmax(S),  loss = -Σ n log P,  dS = m P - n,  dX = dS C,  dC = dSᵀ X

that is, three matrix products and one pass over the logits. The chunk steps down the *sum* of its
gradients, as every trainer here; see :func:`chunk_tokens` for what keeps that from diverging.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.kernels import Loss
from sgns_bench.machine import one_torch_thread, usable_cores
from sgns_bench.pairs import (
    Indices,
    keep_threshold,
    keep_tokens,
    pairs_per_token,
    skip_gram_pairs,
)
from sgns_bench.rng import TOKEN, stream_key
from sgns_bench.trainers import Progress
from sgns_bench.trainers.sgns import initial_vectors, jobs, run_jobs

IGNORES: Final = frozenset({"negative", "ns_exponent", "block_size", "sharing"})

CHUNK_TOKENS: Final = 32  # most tokens in a chunk: from 16 on, the products are no faster
HOT_STEP: Final = 0.0625  # most that alpha times one word's pairs in all chunks in flight may be
LOGIT_BYTES: Final = 64 * 2**20  # most memory for the (B, V) logits of a chunk
TINY: Final = float(np.finfo(np.float32).tiny)


class Chunk(NamedTuple):
    """The pairs of some consecutive tokens as inputs, with equal input words merged.

    Attributes:
        words: (B,) int64, the distinct input words.
        pairs: (B, 1) float32, m: the pairs of each, >= 1.
        row: (P,) int64 in [0, B), the input of each pair.
        center: (P,) int64 in [0, V), the word it predicts.
    """

    words: Tensor
    pairs: Tensor
    row: Tensor
    center: Tensor


class FullSoftmax:
    """The two matrices and their update.

    Attributes:
        input_vectors: (V, D) float32, W.
        output_vectors: (V, D) float32, C.
    """

    def __init__(
        self,
        input_vectors: npt.NDArray[np.float32],
        output_vectors: npt.NDArray[np.float32],
        device: str,
    ) -> None:
        self.input_vectors = torch.from_numpy(input_vectors).to(device)
        self.output_vectors = torch.from_numpy(output_vectors).to(device)

    def update(self, chunk: Chunk, alpha: float, logits: Tensor) -> Tensor:
        """Take one gradient step on a chunk.

        Args:
            chunk: of B input words.
            alpha: learning rate.
            logits: (at least B, V) float32, overwritten.

        Returns:
            Scalar: the loss before the step, summed over pairs, in nats.
        """
        W, C, (words, m, row, center) = self.input_vectors, self.output_vectors, chunk
        X = W[words]  # (B, D)
        P = torch.mm(X, C.T, out=logits[: len(words)])  # (B, V)
        torch.softmax(P, 1, out=P)
        loss = -P[row, center].clamp_min(TINY).log().sum()
        # dS / m = P - n / m in place; the factor m goes into the (B, D) sides of the products.
        P.index_put_((row, center), -1 / m[row, 0], accumulate=True)
        W.index_add_(0, words, (P @ C).mul_(m), alpha=-alpha)
        C.addmm_(P.T, X.mul_(m), alpha=-alpha)
        return loss


def chunk_tokens(corpus: Corpus, config: SkipGramConfig) -> int:
    """Return how many tokens share a step: as many as are fast, fit in memory, and are safe.

    A word that occurs in n pairs of a chunk takes a step of n * alpha at once; where that
    overshoots, and the longer the vectors the sooner it does, they grow without bound. On 106
    Wikipedia articles (V = 9,038) the loss rises from the third epoch on in chunks of 128 tokens,
    n * alpha = 0.25 for the most frequent word; in chunks of 32 it falls throughout. Chunks that
    several threads have in flight do not see each other, and count as one.
    """
    kept = corpus.vocab.counts * corpus.vocab.keep_probability(config.sample)
    pairs = pairs_per_token(config.window, config.shrink_windows) * kept.max() / kept.sum()
    safe = HOT_STEP / (config.alpha * pairs * config.workers)
    fits = LOGIT_BYTES // (4 * len(corpus.vocab))
    return max(1, int(min(CHUNK_TOKENS, safe, fits)))


def chunks(words: Tensor, center: Tensor, context: Tensor, size: int) -> Iterator[Chunk]:
    """Cut pairs into chunks of ``size`` consecutive tokens as inputs.

    Args:
        words: (n,) int64, the word of each token.
        center: (P,) int64 in [0, n).
        context: (P,) int64 in [0, n), rising.
        size: tokens per chunk.
    """
    starts = torch.arange(0, len(words) + size, size, device=words.device)
    bounds = torch.searchsorted(context, starts).tolist()
    for first, last in pairwise(bounds):
        if first < last:
            inputs, row, pairs = torch.unique(
                words[context[first:last]], return_inverse=True, return_counts=True
            )
            yield Chunk(inputs, pairs[:, None].float(), row, words[center[first:last]])


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a forecast of the training time: that of a few real steps, times their number."""
    V, size = len(corpus.vocab), chunk_tokens(corpus, config)
    model = FullSoftmax(*initial_vectors(V, config), device)
    logits = torch.empty(size, V, device=device)
    seconds = []
    with one_torch_thread():
        job = next(jobs(corpus, config))
        first = _pairs(corpus, config, device, job.sentences, job.epoch)
        for chunk in islice(chunks(*first, size), 8):
            start = perf_counter()
            model.update(chunk, config.alpha, logits).item()
            seconds.append(perf_counter() - start)
    tokens = float(corpus.vocab.counts @ corpus.vocab.keep_probability(config.sample))
    threads = min(_threads(config, device), usable_cores())
    step = float(np.median(seconds)) if seconds else 0.0  # no pairs, no steps
    return step * config.epochs * tokens / size / threads


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Set up the matrices on the device; return the training.

    On a CPU ``workers`` threads train jobs of sentences side by side, without locks: a thread
    alone has no others to wait for, so two are twice as fast even at small products.
    """
    model = FullSoftmax(*initial_vectors(len(corpus.vocab), config), device)
    step = partial(_train, model, corpus, config, device)

    def train() -> Embeddings:
        with one_torch_thread():
            run_jobs(jobs(corpus, config), step, _threads(config, device), progress)
        W, C = model.input_vectors, model.output_vectors
        return Embeddings(corpus.vocab, W.cpu().numpy(), C.cpu().numpy())

    return train


def _train(
    model: FullSoftmax,
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    sentences: Indices,
    epoch: int,
    alpha: float,
) -> Loss:
    """Train some sentences once."""
    words, center, context = _pairs(corpus, config, device, sentences, epoch)
    size = chunk_tokens(corpus, config)
    logits = torch.empty(size, len(corpus.vocab), device=device)
    loss = torch.zeros((), device=device)
    for chunk in chunks(words, center, context, size):
        loss += model.update(chunk, alpha, logits)
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


def _threads(config: SkipGramConfig, device: str) -> int:
    return config.workers if device == "cpu" else 1
