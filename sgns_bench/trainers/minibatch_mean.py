"""Skip-gram with negative sampling and a common mistake: the mean over a batch, not the sum.

Losses of a batch are averaged, as most of deep learning does it. But of P pairs in a batch most are
the only one with their rows, which so learn at alpha / P: with a few hundred pairs the vectors stay
near where they began. Nothing else differs from negative sampling pair by pair.
"""

from functools import partial
from typing import Final

from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.trainers import _pairwise
from sgns_bench.trainers._pairwise import Objective

IGNORES: Final = _pairwise.IGNORES


def objective(corpus: Corpus, config: SkipGramConfig, device: str) -> Objective:
    """Return the loss of negative sampling, as :mod:`sgns_bench.kernels.eager` has it."""

    def loss(scores: Tensor, outputs: Tensor) -> Tensor:
        noise = F.softplus(scores[:, 1:])
        if config.skip_center:
            noise = noise.masked_fill(outputs[:, 1:] == outputs[:, :1], 0.0)
        return F.softplus(-scores[:, 0]) + noise.sum(1)

    return loss


prepare = partial(_pairwise.prepare, objective, mean=True)
