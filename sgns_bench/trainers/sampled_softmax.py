"""Skip-gram with a softmax over the center and k noise words instead of all words.

Jean et al. 2015, On Using Very Large Target Vocabulary, section 3.1 (after Bengio and Senécal 2008).
With S the center and k words drawn from the noise distribution P_n, those that equal the center
("accidental hits") removed, and s(w) = C[w] · W[context] less log(k P_n(w)), how often w is expected
to be drawn,

    loss = log Σ_{w ∈ S} exp s(w) - s(center)          (natural log: nats)

which approaches full softmax as k grows; with a k as small as negative sampling's its gradient
has a bias. It is a loss among 1 + k words: not to be compared with that over V.
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
    """Return the cross-entropy among the words of a pair."""
    log_expected = _pairwise.log_expected_counts(corpus, config, device)

    def loss(scores: Tensor, outputs: Tensor) -> Tensor:
        logits = scores - log_expected[outputs]
        hits = outputs == outputs[:, :1]
        hits[:, 0] = False
        return logits.masked_fill(hits, -math.inf).logsumexp(1) - logits[:, 0]

    return loss


prepare = partial(_pairwise.prepare, objective)
