"""The smallest real training: a paragraph, a second, and neighbours a reader can judge."""

import numpy as np
import pytest

from sgns_bench import kernels
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.errors import Unavailable
from sgns_bench.trainers.sgns import prepare_kernel

PARAGRAPH = """
the baker mixes flour and water and kneads the dough
the baker bakes the dough and sells warm bread
fresh bread needs flour water yeast and salt
yeast makes dough rise and flour makes bread white
a sailor steers the ship over the sea
the wind fills the sail and the ship crosses the sea
a sailor mends the sail when the wind drops
ships and sailors fear wind and rough sea
"""
BAKERY = ["bread", "flour", "yeast", "dough"]
HARBOUR = ["ship", "sail", "sea", "wind"]


@pytest.fixture(scope="module", params=kernels.names())
def keyed_vectors(request):
    lines = [line.split() for line in PARAGRAPH.strip().split("\n")]
    corpus = corpus_from_sentences(lines, min_count=1)
    config = SkipGramConfig(
        vector_size=50, window=2, negative=5, epochs=100, alpha=0.05, sample=0, workers=1
    )
    try:
        train = prepare_kernel(request.param, corpus, config, "cpu", lambda words, loss: None)
    except Unavailable as error:  # gpu without Triton's interpreter
        pytest.skip(str(error))
    return train().to_keyed_vectors()


@pytest.mark.parametrize(("words", "others"), [(BAKERY, HARBOUR), (HARBOUR, BAKERY)])
def test_words_of_one_trade_are_nearer_to_each_other_than_to_the_other_trade(
    keyed_vectors, words, others
):
    within = np.mean([keyed_vectors.similarity(a, b) for a in words for b in words if a != b])
    across = np.mean([keyed_vectors.similarity(a, b) for a in words for b in others])
    assert within > across + 0.1


@pytest.mark.parametrize(
    ("word", "neighbours"),
    [("ship", {"sail", "sea"}), ("wind", {"sail", "sea"}), ("bread", {"fresh", "white"})],
)
def test_the_nearest_words_are_those_a_reader_would_name(keyed_vectors, word, neighbours):
    nearest = {near for near, _ in keyed_vectors.most_similar(word, topn=6)}

    assert neighbours <= nearest


def test_the_paragraph_has_some_seventy_words():
    assert 65 <= len(PARAGRAPH.split()) <= 80
