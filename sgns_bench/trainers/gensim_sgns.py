"""gensim's Word2Vec in its fastest mode: the baseline.

Skip-gram with negative sampling; see :mod:`sgns_bench.trainers._gensim`.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers import _gensim
from sgns_bench.trainers._gensim import PlainWord2Vec as PlainWord2Vec  # measures time it, too

IGNORES: Final = _gensim.IGNORES

prepare = partial(_gensim.prepare, sg=1, hs=0)
