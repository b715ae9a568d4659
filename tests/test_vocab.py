import numpy as np
import pytest
from gensim.models import Word2Vec

from sgns_bench.corpus import corpus_from_sentences

SENTENCES = [
    ["the", "cat", "sat", "on", "the", "mat"],
    ["a", "dog", "sat", "on", "the", "log"],
    ["the", "cat", "and", "a", "dog", "ran"],
]


def vocab_of(min_count=1):
    return corpus_from_sentences(SENTENCES, min_count=min_count).vocab


def gensim_vocabulary(**settings):
    model = Word2Vec(**settings)
    model.build_vocab(SENTENCES)
    return model.wv


@pytest.mark.parametrize("min_count", [1, 2])
def test_order_and_counts_equal_gensims_ties_included(min_count):
    theirs = gensim_vocabulary(min_count=min_count)

    ours = vocab_of(min_count)

    assert theirs.index_to_key == list(ours.words)
    assert theirs.expandos["count"].tolist() == ours.counts.tolist()


@pytest.mark.parametrize("sample", [1e-3, 0.05, 0.3, 1e-9])
def test_keep_probability_equals_gensims(sample):
    theirs = gensim_vocabulary(min_count=1, sample=sample).expandos["sample_int"] / (2**32 - 1)

    ours = vocab_of().keep_probability(sample)

    np.testing.assert_allclose(ours, theirs, atol=2**-31)


def test_sample_zero_keeps_every_token():
    assert [1.0] * len(vocab_of()) == vocab_of().keep_probability(0).tolist()


def test_total_counts_tokens_of_the_words_that_stay():
    assert 18 == vocab_of().total
    assert 4 + 2 * 5 == vocab_of(2).total
