"""gensim's Word2Vec at its best: the baseline.

Skip-gram with negative sampling, as :mod:`sgns_bench.trainers._gensim` trains it.
"""

from collections.abc import Callable

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.sampling.pairs import pairs_per_token
from sgns_bench.trainers import Progress, _gensim
from sgns_bench.trainers._gensim import Word2Vec as Word2Vec  # measures time it, too

IGNORES = _gensim.IGNORES


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a rough forecast of the training time, within a factor of two or so."""
    pairs = pairs_per_token(config.window, config.shrink_windows)
    kept = float(_gensim.kept_tokens(corpus, config).sum())
    return _gensim.seconds(kept * pairs * (config.negative + 1), config)


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Write the corpus as gensim's input file, build its model; return the training."""
    return _gensim.prepare(corpus, config, progress, sg=1, hs=0)
