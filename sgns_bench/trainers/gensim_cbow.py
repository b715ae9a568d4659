"""gensim's CBOW with negative sampling: the mean of a window's words predicts its center.

Mikolov et al. 2013, Efficient Estimation of Word Representations, section 3.1: one prediction per
center where skip-gram makes one per pair, hence several times as fast. See also
:mod:`sgns_bench.trainers._gensim`.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers import _gensim

IGNORES: Final = _gensim.IGNORES - {"cbow_mean"}

prepare = partial(_gensim.prepare, sg=0, hs=0)
