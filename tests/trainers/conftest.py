"""A text with something to learn."""

import numpy as np
import pytest

from sgns_bench.corpus import Corpus, corpus_from_sentences

SHARES = [0.4, 0.25, 0.15, 0.15, 0.05]


@pytest.fixture(scope="session")
def two_islands() -> Corpus:
    """6,000 words in sentences of either fruits or metals, with more of some than of others."""
    rng = np.random.default_rng(0)
    islands = (["apple", "pear", "plum", "fig", "kiwi"], ["iron", "gold", "tin", "lead", "zinc"])
    sentences = [list(rng.choice(islands[i % 2], 20, p=SHARES)) for i in range(300)]
    return corpus_from_sentences(sentences, min_count=1)
