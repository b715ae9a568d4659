"""What ``import sgns_bench`` offers."""

import pytest

import sgns_bench
from sgns_bench import SkipGramConfig, corpus_from_sentences, train


@pytest.mark.parametrize("name", sgns_bench.__all__)
def test_every_public_name_can_be_imported(name):
    assert name == getattr(sgns_bench, name).__name__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Word3Vec'"):
        _ = sgns_bench.Word3Vec


def test_train_goes_from_sentences_to_gensim_vectors():
    corpus = corpus_from_sentences([["a", "b", "c"]] * 20, min_count=1)

    vectors = train(corpus, SkipGramConfig(vector_size=4, workers=1)).to_keyed_vectors()

    assert {"b", "c"} == {word for word, _ in vectors.most_similar("a")}
