"""Computes loss and updates of skip-gram with a softmax over all words.

p(center | context) = softmax over V of C · W[context], with W the input and C the output vectors
(Mikolov et al. 2013, Distributed Representations, eq. 2; as in word2vec.c the context word is the
input). All pairs with the same input word share its softmax. For a chunk with the input vectors X,
m the number of pairs of each input, and n the (input, center) counts of pairs,

    S = X Cᵀ,  P = softmax(S),  loss = -Σ n log P,  dS = m P - n,  dX = dS C,  dC = dSᵀ X

which is three matrix products and one pass over the logits. As in every trainer here, a chunk takes
one gradient step on the *sum* of its losses.

Threads divide the vocabulary, not the chunks: each keeps some rows of C in its cache, with their
columns of S and P. They synchronise once per chunk to add up Σ exp S and dX.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from threading import Barrier, BrokenBarrierError
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


class Chunk(NamedTuple):
    """The pairs whose inputs are some consecutive tokens, with equal input words merged."""

    words: Tensor  # (B,) int64, the distinct input words
    pairs: Tensor  # (B, 1) float32, m: number of pairs of each input, >= 1
    row: Tensor  # (P,) int64 in [0, B), the input of each pair, rising
    center: Tensor  # (P,) int64 in [0, V), the word that each pair predicts


class Part:
    """The rows of C that belong to one thread.

    Attributes:
        rows: (v, D) float32, a view of C.
        log_sum: (B, 1) float32, log Σ exp of the part's logits, for each of the last inputs.
        mean: (B, D) float32, mean of the rows weighted by the softmax within the part.
    """

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows
        self.log_sum = self.mean = self._p = rows.new_empty(0)

    def see(self, X: Tensor) -> None:
        """Compute ``log_sum`` and ``mean`` for the inputs X, (B, D) float32."""
        self._p = X @ self.rows.T  # (B, v) logits
        top = self._p.amax(1, keepdim=True)
        P = torch.softmax(self._p, 1, out=self._p)
        self.log_sum = top - P.amax(1, keepdim=True).log()  # the largest P is exp(top - log_sum)
        self.mean = P @ self.rows

    def step(self, X: Tensor) -> None:
        """Add X, (B, D) float32, to the rows, weighted by the softmax within the part."""
        self.rows.addmm_(self._p.T, X)


class FullSoftmax:
    """The two matrices, (V, D) float32, and their update, in threads with a part of C each."""

    def __init__(
        self,
        input_vectors: npt.NDArray[np.float32],
        output_vectors: npt.NDArray[np.float32],
        device: str,
        threads: int = 1,
    ) -> None:
        self.input_vectors = torch.from_numpy(input_vectors).to(device)
        self.output_vectors = torch.from_numpy(output_vectors).to(device)
        self._parts = [Part(rows) for rows in self.output_vectors.chunk(threads)]
        self._steps: dict[Part, Tensor] = {}

    def train(self, chunks: list[Chunk], alpha: float) -> Tensor:
        """Take one gradient step on each chunk in turn, with the learning rate ``alpha``.

        Returns:
            Scalar: the loss before each step, summed over pairs, in nats.
        """
        losses: list[Tensor] = []

        def meet() -> None:
            losses.append(self._share(chunks[len(losses)], alpha))

        barrier = Barrier(len(self._parts), meet)  # one thread runs meet while the others wait
        work = partial(self._work, chunks, barrier)
        if len(self._parts) == 1:
            work(self._parts[0])
        else:
            with ThreadPoolExecutor(len(self._parts)) as threads:
                list(threads.map(work, self._parts))
        return torch.stack(losses).sum() if losses else torch.zeros(())

    def _work(self, chunks: list[Chunk], barrier: Barrier, part: Part) -> None:
        """Train one part of C on every chunk; runs in a thread."""
        try:
            for chunk in chunks:
                part.see(self.input_vectors[chunk.words])
                barrier.wait()
                part.step(self._steps[part])
        except BrokenBarrierError:  # another thread failed, and raises its own error
            pass
        except BaseException:
            barrier.abort()  # otherwise the other threads would wait forever
            raise

    def _share(self, chunk: Chunk, alpha: float) -> Tensor:
        """Combine the parts' softmaxes, update W and the centers in C; return the loss."""
        W, C, (words, m, row, center) = self.input_vectors, self.output_vectors, chunk
        X, of_centers = W[words], C[center]  # (B, D), (P, D)
        of_rows = X[row]
        log_sums = torch.stack([part.log_sum for part in self._parts])
        shares = torch.softmax(log_sums, 0).mul_(m)  # (parts, B, 1) each part's share of m P
        dX = torch.zeros_like(X).index_add_(0, row, of_centers, alpha=-1)
        for part, share in zip(self._parts, shares, strict=True):
            dX.addcmul_(part.mean, share)
            self._steps[part] = X * share * -alpha
        W.index_add_(0, words, dX, alpha=-alpha)
        C.index_add_(0, center, of_rows, alpha=alpha)
        return (m * log_sums.logsumexp(0)).sum() - (of_rows * of_centers).sum()


def chunks(words: Tensor, center: Tensor, context: Tensor, size: int) -> Iterator[Chunk]:
    """Cut pairs into chunks, each of ``size`` consecutive tokens as inputs.

    ``words`` (n,) int64 has the word of each token; ``center`` and ``context`` (P,) int64 in [0, n)
    are the predicted and the input token of each pair, the latter rising.
    """
    if len(context) == 0:
        return
    chunk, span = context // size, int(words.max()) + 1
    # Sort by chunk, then word, so that one call merges equal words within every chunk.
    by_word, order = torch.sort(chunk * span + words[context], stable=True)
    keys, row, pairs = torch.unique_consecutive(by_word, return_inverse=True, return_counts=True)
    inputs, targets, m = keys % span, words[center[order]], pairs[:, None].float()
    each = torch.arange(int(chunk[-1]) + 2, device=words.device)
    input_bounds = torch.searchsorted(keys, each * span).tolist()
    pair_bounds = torch.searchsorted(chunk, each).tolist()
    for (i, j), (first, last) in zip(pairwise(input_bounds), pairwise(pair_bounds), strict=True):
        if first < last:
            yield Chunk(inputs[i:j], m[i:j], row[first:last] - i, targets[first:last])
