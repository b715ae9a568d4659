"""gensim's Word2Vec at its best: the baseline.

Skip-gram with negative sampling, as :mod:`sgns_bench.trainers._gensim` trains it.
"""

from collections.abc import Callable

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.trainers import Progress, _gensim

IGNORES = _gensim.IGNORES


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Write the corpus as gensim's input file, build its model; return the training."""
    return _gensim.prepare(corpus, config, progress, sg=1, hs=0)
