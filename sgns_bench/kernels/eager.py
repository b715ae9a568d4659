"""The textbook module: autograd and ``logsigmoid``, on any torch device.

One gather of rows per pair and no fusion: slow, short, and easy to build into another model.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from sgns_bench.errors import Unavailable
from sgns_bench.host.machine import one_torch_thread
from sgns_bench.kernels import MAX_WORD_STEP, Loss, Problem

CONCURRENT = False
JOB_TOKENS = 10_000

MAX_PAIRS = 1024  # in a batch: more are no faster


class SkipGramNegativeSampling(nn.Module):
    """Skip-gram with negative sampling as a loss to minimise.

    Mikolov et al. 2013, Distributed Representations, eq. 4. As in word2vec.c the *context* word
    is the input and the *center* word is predicted; windows are symmetric, so the set of pairs
    is that of the paper. With v = input_vectors[context], u = output_vectors[center] and
    n_j = output_vectors[negatives[j]], a pair's loss is

        -log σ(u·v) - Σ_j log σ(-n_j·v)          (natural log: nats)

    A negative equal to its center is skipped, as in word2vec.c, so a pair may get fewer than K.

    Args:
        vocab_size: V, words.
        vector_size: D, dimensions.
        seed: of the initial vectors: the input ones are uniform in [-1/D, 1/D), as in gensim,
            the output ones zero.
        sparse: give sparse gradients, as ``nn.Embedding`` does: for ``torch.optim.SGD`` and large
            V, where dense ones cost V * D per batch (10 times slower at V = 68,000).
        skip_center: if not, a negative equal to its center counts like any other.

    Attributes:
        input_vectors: (V, D) float32 parameter, the vectors to export.
        output_vectors: (V, D) float32 parameter.
    """

    def __init__(
        self,
        vocab_size: int,
        vector_size: int,
        seed: int = 1,
        sparse: bool = False,
        skip_center: bool = True,
    ) -> None:
        super().__init__()
        self.sparse, self.skip_center = sparse, skip_center
        generator = torch.Generator().manual_seed(seed)
        uniform = torch.rand(vocab_size, vector_size, generator=generator)
        self.input_vectors = nn.Parameter((uniform * 2 - 1) / vector_size)
        self.output_vectors = nn.Parameter(torch.zeros(vocab_size, vector_size))

    def forward(self, center: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
        """Return the loss of a batch, summed over its pairs.

        The sum, never the mean: a mean would divide the learning rate of every row by P, though
        most rows occur in one pair only. With plain SGD and ``lr`` = alpha one step on the sum is
        what word2vec.c does in P steps, up to the pairs of a batch not seeing each other.

        Args:
            center: (P,) integers in [0, V), the words to predict.
            context: (P,) integers in [0, V), the input words.
            negatives: (P, K) integers in [0, V), noise words.

        Returns:
            Scalar, nats.
        """
        v = F.embedding(context, self.input_vectors, sparse=self.sparse)  # (P, D)
        u = F.embedding(center, self.output_vectors, sparse=self.sparse)  # (P, D)
        n = F.embedding(negatives, self.output_vectors, sparse=self.sparse)  # (P, K, D)
        positive = F.logsigmoid((u * v).sum(-1))  # (P,)
        noise = F.logsigmoid(-(n @ v.unsqueeze(-1)).squeeze(-1))  # (P, K)
        skipped = (negatives == center.unsqueeze(-1)) & self.skip_center
        return -(positive.sum() + noise.masked_fill(skipped, 0.0).sum())


class Session:
    """Plain SGD on batches of consecutive pairs, negatives private to each pair.

    As :mod:`sgns_bench.kernels.reference` with batches of one pair; in larger ones contexts see
    half of their center's step, if ``Problem.half_step``, and no other updates.
    """

    SPARSE = True  # gradients

    def __init__(
        self,
        problem: Problem,
        input_vectors: npt.NDArray[np.float32],
        output_vectors: npt.NDArray[np.float32],
        device: str,
    ) -> None:
        if problem.cbow:
            raise Unavailable("kernel 'eager': does not train CBOW; use kernel 'cpu'")
        self._problem, self._hottest = problem, problem.hottest
        self._device = device
        V, D = input_vectors.shape
        self._model = SkipGramNegativeSampling(
            V, D, sparse=self.SPARSE, skip_center=problem.skip_center
        )
        with torch.no_grad():
            self._model.input_vectors.copy_(torch.from_numpy(input_vectors))
            self._model.output_vectors.copy_(torch.from_numpy(output_vectors))
        self._model.to(device)
        self._optimizer = torch.optim.SGD(self._model.parameters())

    def train(self, sentences: npt.NDArray[np.int64], epoch: int, alpha: float) -> Loss:
        """Train some sentences once, in this order; see ``kernels.Session``."""
        self._optimizer.param_groups[0]["lr"] = alpha
        size = batch_pairs(self._hottest, alpha)
        arrays = self._problem.examples(sentences, epoch)
        examples = [torch.from_numpy(array).to(self._device) for array in arrays]
        nats = torch.zeros((), device=self._device)
        with one_torch_thread():
            for batch in zip(*(torch.split(e, size) for e in examples), strict=True):
                center, context, negatives, place = batch
                loss = self._model(center, context, negatives)
                loss.backward()
                if self._problem.half_step:  # the gradients stay those of the vectors before it
                    self._take_half_step(center, context, place, alpha)
                self._optimizer.step()
                self._optimizer.zero_grad()  # dense ones are as large as the matrices: keep none
                nats += loss.detach()
        return Loss(nats.item(), len(arrays[0]))

    @torch.no_grad()
    def _take_half_step(self, center: Tensor, context: Tensor, place: Tensor, alpha: float) -> None:
        """Add what contexts see of their centers' steps in this batch to the input vectors.

        As ``reference.update_block``, over the pairs j of one center in the batch:

            g[j] = alpha (1 - σ(u·v[j]))    d = Σ_j g[j] v[j]    v[j] += g[j] (d - g[j] v[j]) / 2

        Args:
            center: (P,) words.
            context: (P,) words.
            place: (P,) rising, as in ``pairs.Examples``.
            alpha: learning rate.
        """
        v, u = self._model.input_vectors[context], self._model.output_vectors[center]  # (P, D)
        g = alpha * torch.sigmoid(-(u * v).sum(-1, keepdim=True))  # (P, 1)
        turn = place.diff(prepend=place[:1]).ne(0).cumsum(0)  # (P,) which center of the batch
        d = torch.zeros_like(v).index_add_(0, turn, g * v)
        self._model.input_vectors.index_add_(0, context, g * (d[turn] - g * v) / 2)

    def vectors(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return W and C, (V, D) float32 each."""
        W, C = (matrix.detach().cpu().numpy() for matrix in self._model.parameters())
        return W, C


def batch_pairs(hottest: float, alpha: float) -> int:
    """Return how many pairs share a step: as many as are fast, and safe by the rule of a block.

    But for the half step, pairs of a batch do not see each other's updates: a word that is center
    or negative in n of them takes a step of n * alpha at once, and overshoots where that is much;
    see :mod:`sgns_bench.kernels._block_size`. On 20 MB of Wikipedia (3,586 words, alpha 0.05, one
    epoch) batches of 897 pairs answered 16 % of analogies with one seed and 3 % with the next.
    """
    return max(1, int(min(MAX_PAIRS, MAX_WORD_STEP / max(alpha * hottest, 1e-9))))


start = Session
