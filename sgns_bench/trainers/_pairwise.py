"""Trains skip-gram with any loss that is a function of the scores of a pair.

A pair has 1 + k outputs: its center, and k words drawn for this pair alone. Their scores are
s = C[outputs] · W[context]. An objective maps scores to a loss. The order of sentences and the decay
of alpha are those of :mod:`sgns_bench.trainers._schedule`, windows and draws those of
:mod:`sgns_bench.sampling.pairs`. Each batch of consecutive pairs takes one gradient step on the
*sum* of its losses.
"""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.host.machine import one_torch_thread
from sgns_bench.kernels import Loss
from sgns_bench.kernels.eager import batch_pairs
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.trainers import OUR_SETTINGS, Progress, Snapshots
from sgns_bench.trainers._schedule import jobs, run_jobs
from sgns_bench.trainers.sgns import initial_vectors, make_problem

IGNORES: Final = OUR_SETTINGS | {"half_step"}

F32 = npt.NDArray[np.float32]


class Objective(Protocol):
    """A loss function of the scores of pairs."""

    def __call__(self, scores: Tensor, outputs: Tensor) -> Tensor:
        """Return the loss of each pair, differentiable.

        Args:
            scores: (P, 1 + k) float32, C[outputs] · W[context].
            outputs: (P, 1 + k) int64, the center of each pair and its noise words.

        Returns:
            (P,) float32, nats.
        """


class Session:
    """A training in progress; several threads may train at once, as in Hogwild (Niu et al. 2011).

    With ``mean``, a step goes along the mean of a batch's gradients instead of their sum. ``batch``
    is the number of pairs per step, ``workers`` that of threads to train with.
    """

    def __init__(
        self,
        objective: Objective,
        corpus: Corpus,
        config: SkipGramConfig,
        device: str,
        mean: bool = False,
    ) -> None:
        initial = initial_vectors(len(corpus.vocab), config)
        self.input_vectors, self.output_vectors = (torch.from_numpy(m).to(device) for m in initial)
        self._objective, self._mean = objective, mean
        self._problem = make_problem(corpus, config)
        self.batch = batch_pairs(self._problem.hottest, config.alpha)
        self.workers = config.workers if device == "cpu" else 1

    def train(self, sentences: npt.NDArray[np.int64], epoch: int, alpha: float) -> Loss:
        """Train some sentences once, in this order; see ``kernels.Session``."""
        center, context, negatives, _ = self._problem.examples(sentences, epoch)
        device = self.input_vectors.device
        contexts = torch.from_numpy(context).to(device)
        outputs = torch.from_numpy(np.column_stack((center, negatives))).to(device)
        nats = torch.zeros((), device=device)
        for start in range(0, len(contexts), self.batch):
            batch = slice(start, start + self.batch)
            nats += self.step(contexts[batch], outputs[batch], alpha)
        return Loss(nats.item(), len(contexts))

    def step(self, context: Tensor, outputs: Tensor, alpha: float) -> Tensor:
        """Take one gradient step on a batch: contexts (P,) int64, outputs (P, 1 + k) int64.

        Returns the loss before the step, summed over pairs, in nats: a scalar.
        """
        W, C = self.input_vectors, self.output_vectors
        v = W.index_select(0, context)[:, None]  # (P, 1, D)
        U = C.index_select(0, outputs.flatten()).view(*outputs.shape, -1)  # (P, 1+k, D)
        scores = (v * U).sum(2).requires_grad_()  # (P, 1+k)
        loss = self._objective(scores, outputs).sum()
        (G,) = torch.autograd.grad(loss, scores)
        G *= -alpha / len(context) if self._mean else -alpha
        _add(W, context, (G[:, None] @ U).squeeze(1))
        _add(C, outputs.flatten(), (G[:, :, None] * v).flatten(0, 1))
        return loss.detach()

    def vectors(self) -> tuple[F32, F32]:
        """Return W and C, (V, D) float32 each."""
        return self.input_vectors.cpu().numpy(), self.output_vectors.cpu().numpy()


def log_expected_counts(corpus: Corpus, config: SkipGramConfig, device: str) -> Tensor:
    """Return log(k P_n), (V,) float32: the log of the expected draws of each word per pair."""
    p = NoiseDistribution(corpus.vocab.counts, config.ns_exponent).probabilities
    return torch.from_numpy(config.negative * p).float().clamp_min(1e-38).log().to(device)


def prepare(
    make_objective: Callable[[Corpus, SkipGramConfig, str], Objective],
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    progress: Progress,
    snapshots: Snapshots | None = None,
    *,
    mean: bool = False,
) -> Callable[[], Embeddings]:
    """Set up the matrices on the device; return a function that trains.

    ``make_objective`` returns the loss to minimise. Other arguments are those of
    ``trainers.Trainer`` and, for ``mean``, of :class:`Session`.
    """
    session = Session(make_objective(corpus, config, device), corpus, config, device, mean)

    def train() -> Embeddings:
        with one_torch_thread():
            run_jobs(jobs(corpus, config), session, session.workers, progress, snapshots)
        return Embeddings(corpus.vocab, *session.vectors())

    return train


def _add(matrix: Tensor, rows: Tensor, deltas: Tensor) -> None:
    """Add deltas (n, D) to rows (n,) of a matrix; on a CPU 3 times as fast as index_add_."""
    matrix.scatter_add_(0, rows[:, None].expand_as(deltas), deltas)
