"""gensim's skip-gram with hierarchical softmax: no negatives, but a walk down a Huffman tree.

A word is predicted by log2 V or so decisions, one for each inner node between it and the root
(Morin and Bengio 2005; Mikolov et al. 2013, Distributed Representations, section 2.1). The output
vectors belong to these nodes, not to words: the ones it returns are zeros. For the rest see
:mod:`sgns_bench.trainers._gensim`.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers import _gensim

IGNORES: Final = _gensim.IGNORES | {"negative", "ns_exponent"}

prepare = partial(_gensim.prepare, sg=1, hs=1, negative=0)
