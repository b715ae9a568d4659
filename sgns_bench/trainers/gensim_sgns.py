"""gensim's Word2Vec at its best: the baseline.

Skip-gram with negative sampling, as :mod:`sgns_bench.trainers._gensim` trains it.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers import _gensim
from sgns_bench.trainers._gensim import PlainWord2Vec as PlainWord2Vec  # measures time it, too

IGNORES: Final = _gensim.IGNORES

prepare = partial(_gensim.prepare, sg=1, hs=0)
