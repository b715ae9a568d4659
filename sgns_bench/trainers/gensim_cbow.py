"""gensim's CBOW with negative sampling: the mean of a window's words predicts its center.

See :mod:`sgns_bench.trainers.cbow` and :mod:`sgns_bench.trainers._gensim`.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers import _gensim

IGNORES: Final = _gensim.IGNORES - {"cbow_mean"}

prepare = partial(_gensim.prepare, sg=0, hs=0)
