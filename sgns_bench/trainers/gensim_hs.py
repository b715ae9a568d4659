"""gensim's skip-gram with hierarchical softmax: no negatives, but a walk down a Huffman tree.

A word is predicted by log2 V or so decisions, one for each inner node between it and the root
(Morin and Bengio 2005; Mikolov et al. 2013, Distributed Representations, section 2.1). The output
vectors belong to these nodes, not to words: the ones it returns are zeros. For the rest see
:mod:`sgns_bench.trainers._gensim`.
"""

from collections.abc import Callable

import numpy as np

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.sampling.pairs import pairs_per_token
from sgns_bench.trainers import Progress, _gensim

IGNORES = _gensim.IGNORES | {"negative", "ns_exponent"}


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a rough forecast of the training time, within a factor of two or so."""
    pairs = pairs_per_token(config.window, config.shrink_windows)
    depths = np.log2(
        corpus.vocab.total / corpus.vocab.counts
    )  # of a Huffman tree, less one at most
    decisions = float(_gensim.kept_tokens(corpus, config) @ depths)
    return _gensim.seconds(decisions * pairs, config)


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Write the corpus as gensim's input file, build its model; return the training."""
    return _gensim.prepare(corpus, config, progress, sg=1, hs=1, negative=0)
