"""gensim's Word2Vec, accelerated: the same arguments, the same ``.wv``, the same files.

>>> from sgns_bench import Word2Vec
>>> model = Word2Vec(sentences, sg=1, workers=8)

Skip-gram with negative sampling (``sg=1, hs=0, negative > 0``) trains on our kernels; whatever
else is asked of the class is gensim's own code, and a line of the log says so.
"""

from sgns_bench.word2vec.accelerate import accelerate_gensim
from sgns_bench.word2vec.model import Word2Vec

__all__ = ["Word2Vec", "accelerate_gensim"]
