"""gensim's skip-gram with hierarchical softmax: a Huffman tree instead of negatives.

A word is predicted by about log2 V binary decisions, one for each inner node between the root and
the word (Morin and Bengio 2005; Mikolov et al. 2013, Distributed Representations, section 2.1).
Output vectors belong to inner nodes, not to words, so the returned ones are zeros. See also
:mod:`sgns_bench.trainers._gensim`.
"""

from functools import partial
from typing import Final

from sgns_bench.trainers import _gensim

IGNORES: Final = _gensim.IGNORES | {"negative", "ns_exponent"}

prepare = partial(_gensim.prepare, sg=1, hs=1, negative=0)
