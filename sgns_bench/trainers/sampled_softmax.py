"""Skip-gram with a softmax over the center and k noise words instead of all words.

Jean et al. 2015, On Using Very Large Target Vocabulary, section 3.1 (after Bengio and Senécal 2008).
S is the center and k words drawn from the noise distribution P_n, without draws of the center
itself ("accidental hits"). With s(w) = C[w] · W[context] - log(k P_n(w)), where k P_n(w) is the
expected number of draws of w,

    loss = log Σ_{w ∈ S} exp s(w) - s(center)          (natural log: nats)

which approaches full softmax as k grows; for k as small as in negative sampling its gradient is
biased. The loss is over 1 + k words, and not comparable with one over V words.
"""

import math
from functools import partial
from typing import Final

from torch import Tensor

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.trainers import _pairwise
from sgns_bench.trainers._pairwise import Objective

IGNORES: Final = _pairwise.IGNORES | {"skip_center"}


def objective(corpus: Corpus, config: SkipGramConfig, device: str) -> Objective:
    """Return the cross-entropy of the center among the 1 + k words of a pair."""
    log_expected = _pairwise.log_expected_counts(corpus, config, device)

    def loss(scores: Tensor, outputs: Tensor) -> Tensor:
        logits = scores - log_expected[outputs]
        hits = outputs == outputs[:, :1]
        hits[:, 0] = False
        return logits.masked_fill(hits, -math.inf).logsumexp(1) - logits[:, 0]

    return loss


prepare = partial(_pairwise.prepare, objective)
