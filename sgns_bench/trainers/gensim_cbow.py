"""gensim's CBOW with negative sampling: the mean of a window's words predicts its center.

Mikolov et al. 2013, Efficient Estimation of Word Representations, section 3.1: one prediction per
center where skip-gram makes one per pair, hence several times as fast. For the rest see
:mod:`sgns_bench.trainers._gensim`.
"""

from collections.abc import Callable

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.sampling.pairs import pairs_per_token
from sgns_bench.trainers import Progress, _gensim

IGNORES = _gensim.IGNORES


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a rough forecast of the training time, within a factor of two or so."""
    # Each word of the window is read once and changed once, which is what a target costs, too.
    touched = config.negative + 1 + pairs_per_token(config.window, config.shrink_windows)
    return _gensim.seconds(float(_gensim.kept_tokens(corpus, config).sum()) * touched, config)


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Write the corpus as gensim's input file, build its model; return the training."""
    return _gensim.prepare(corpus, config, progress, sg=0, hs=0, cbow_mean=1)
