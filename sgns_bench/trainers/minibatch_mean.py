"""Skip-gram with negative sampling and a common mistake: the mean over a batch, not the sum.

The losses of a batch are averaged, as is usual in deep learning. But most rows occur in only one of
the P pairs of a batch, so they learn at alpha / P: with a few hundred pairs per batch the vectors
stay near their start. Nothing else differs from negative sampling pair by pair.
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
    """Return the loss of negative sampling, the same as in :mod:`sgns_bench.kernels.eager`."""

    def loss(scores: Tensor, outputs: Tensor) -> Tensor:
        noise = F.softplus(scores[:, 1:])
        if config.skip_center:
            noise = noise.masked_fill(outputs[:, 1:] == outputs[:, :1], 0.0)
        return F.softplus(-scores[:, 0]) + noise.sum(1)

    return loss


prepare = partial(_pairwise.prepare, objective, mean=True)
