"""Full softmax: the arithmetic of skip-gram with a softmax over all words.

p(center | context) = softmax over V of C · W[context], with W the input and C the output vectors
(Mikolov et al. 2013, Distributed Representations, eq. 2; as in word2vec.c the context word is the
input). All pairs of an input row share its softmax. For the rows X of a chunk, the m pairs of
each, and n (row, center) counting them,

    S = X Cᵀ,  P = softmax(S),  loss = -Σ n log P,  dS = m P - n,  dX = dS C,  dC = dSᵀ X

that is, three matrix products and one pass over the logits. The chunk steps down the *sum* of its
gradients, as every trainer here.

Threads share out the vocabulary, not the chunks: each keeps some rows of C in its cache, with
their columns of S and P, and all meet once per chunk, to add up Σ exp S and dX.
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
    """The pairs of some consecutive tokens as inputs, with equal input words merged.

    Attributes:
        words: (B,) int64, the distinct input words.
        pairs: (B, 1) float32, m: the pairs of each, >= 1.
        row: (P,) int64 in [0, B), the input of each pair, rising.
        center: (P,) int64 in [0, V), the word it predicts.
    """

    words: Tensor
    pairs: Tensor
    row: Tensor
    center: Tensor


class Part:
    """Some rows of C, which one thread alone multiplies with.

    Attributes:
        rows: (v, D) float32, a view of C.
        log_sum: (B, 1), log Σ exp of the part's logits, for each of the inputs last seen.
        mean: (B, D), of the rows, by their softmax within the part.
    """

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows
        self.log_sum = self.mean = self._p = rows.new_empty(0)

    def see(self, X: Tensor) -> None:
        """Compute ``log_sum`` and ``mean`` for the inputs X, (B, D)."""
        self._p = X @ self.rows.T  # (B, v) logits
        top = self._p.amax(1, keepdim=True)
        P = torch.softmax(self._p, 1, out=self._p)
        self.log_sum = top - P.amax(1, keepdim=True).log()  # the largest P is exp(top - log_sum)
        self.mean = P @ self.rows

    def step(self, X: Tensor) -> None:
        """Add X (B, D) to the rows, by their softmax within the part."""
        self.rows.addmm_(self._p.T, X)


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
        threads: int = 1,
    ) -> None:
        self.input_vectors = torch.from_numpy(input_vectors).to(device)
        self.output_vectors = torch.from_numpy(output_vectors).to(device)
        self._parts = [Part(rows) for rows in self.output_vectors.chunk(threads)]
        self._steps: dict[Part, Tensor] = {}

    def train(self, chunks: list[Chunk], alpha: float) -> Tensor:
        """Take one gradient step on each chunk in turn.

        Args:
            chunks: all of them.
            alpha: learning rate.

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
        """Do a thread's part of every chunk."""
        try:
            for chunk in chunks:
                part.see(self.input_vectors[chunk.words])
                barrier.wait()
                part.step(self._steps[part])
        except BrokenBarrierError:  # by another thread, which raises its error
            pass
        except BaseException:
            barrier.abort()  # or the others would wait forever
            raise

    def _share(self, chunk: Chunk, alpha: float) -> Tensor:
        """Put the parts' softmaxes together, and step but for ``Part.step``; return the loss."""
        W, C, (words, m, row, center) = self.input_vectors, self.output_vectors, chunk
        X, of_centers = W[words], C[center]  # (B, D), (P, D)
        of_rows = X[row]
        log_sums = torch.stack([part.log_sum for part in self._parts])
        shares = torch.softmax(log_sums, 0).mul_(m)  # (parts, B, 1), of m P
        dX = torch.zeros_like(X).index_add_(0, row, of_centers, alpha=-1)
        for part, share in zip(self._parts, shares, strict=True):
            dX.addcmul_(part.mean, share)
            self._steps[part] = X * share * -alpha
        W.index_add_(0, words, dX, alpha=-alpha)
        C.index_add_(0, center, of_rows, alpha=alpha)
        return (m * log_sums.logsumexp(0)).sum() - (of_rows * of_centers).sum()


def chunks(words: Tensor, center: Tensor, context: Tensor, size: int) -> Iterator[Chunk]:
    """Cut pairs into chunks of ``size`` consecutive tokens as inputs.

    Args:
        words: (n,) int64, the word of each token.
        center: (P,) int64 in [0, n).
        context: (P,) int64 in [0, n), rising.
        size: tokens per chunk.
    """
    if len(context) == 0:
        return
    chunk, span = context // size, int(words.max()) + 1
    # One call for all chunks: sorted by chunk, then word.
    by_word, order = torch.sort(chunk * span + words[context], stable=True)
    keys, row, pairs = torch.unique_consecutive(by_word, return_inverse=True, return_counts=True)
    inputs, targets, m = keys % span, words[center[order]], pairs[:, None].float()
    each = torch.arange(int(chunk[-1]) + 2, device=words.device)
    input_bounds = torch.searchsorted(keys, each * span).tolist()
    pair_bounds = torch.searchsorted(chunk, each).tolist()
    for (i, j), (first, last) in zip(pairwise(input_bounds), pairwise(pair_bounds), strict=True):
        if first < last:
            yield Chunk(inputs[i:j], m[i:j], row[first:last] - i, targets[first:last])
