"""What all trainers have in common: a new one is tested here without a line of its own."""

import numpy as np
import pytest

from sgns_bench import trainers
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences

CONFIG = SkipGramConfig(vector_size=4, window=2, epochs=1, negative=1, sample=0.0, workers=1)


@pytest.fixture(scope="module")
def corpus():
    words = [f"w{i}" for i in range(12)]
    rng = np.random.default_rng(0)
    return corpus_from_sentences([list(rng.permutation(words)) for _ in range(40)], min_count=1)


@pytest.mark.parametrize("name", trainers.names())
def test_it_trains_finite_vectors_of_the_vocabulary_in_its_order(name, corpus):
    embeddings = trainers.train(corpus, CONFIG, trainer=name, device="cpu")

    assert list(corpus.vocab.words) == list(embeddings.vocab.words)
    for vectors in (embeddings.input_vectors, embeddings.output_vectors):
        assert (len(corpus.vocab), CONFIG.vector_size) == vectors.shape
        assert np.isfinite(vectors).all()
