"""An accelerated Word2Vec with gensim's arguments, attributes and files.

>>> from sgns_bench import Word2Vec
>>> model = Word2Vec(sentences, sg=1, workers=8)

Skip-gram and CBOW with negative sampling (``hs=0, negative > 0``) train on our kernels. All other
trainings run gensim's own code, and a log line says so.
"""

from sgns_bench.word2vec.accelerate import accelerate_gensim
from sgns_bench.word2vec.model import Word2Vec

__all__ = ["Word2Vec", "accelerate_gensim"]
