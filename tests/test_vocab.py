from collections import Counter

import numpy as np
import pytest
from gensim.models import Word2Vec

from sgns_bench.vocab import Vocab

SENTENCES = [
    ["the", "cat", "sat", "on", "the", "mat"],
    ["a", "dog", "sat", "on", "the", "log"],
    ["the", "cat", "and", "a", "dog", "ran"],
]


@pytest.fixture
def counts():
    return Counter(word for sentence in SENTENCES for word in sentence)


def gensim_vocabulary(**settings):
    model = Word2Vec(**settings)
    model.build_vocab(SENTENCES)
    return model.wv


@pytest.mark.parametrize("min_count", [1, 2, 3])
def test_order_and_counts_equal_gensims_ties_included(counts, min_count):
    theirs = gensim_vocabulary(min_count=min_count)

    ours = Vocab.from_counts(counts, min_count)

    assert theirs.index_to_key == list(ours.words)
    assert theirs.expandos["count"].tolist() == ours.counts.tolist()


@pytest.mark.parametrize("sample", [1e-3, 0.05, 0.3, 1e-9])
def test_keep_probability_equals_gensims(counts, sample):
    theirs = gensim_vocabulary(min_count=1, sample=sample).expandos["sample_int"] / (2**32 - 1)

    ours = Vocab.from_counts(counts).keep_probability(sample)

    np.testing.assert_allclose(ours, theirs, atol=2**-31)


def test_sample_zero_keeps_every_token(counts):
    assert [1.0] * len(counts) == Vocab.from_counts(counts).keep_probability(0).tolist()


def test_counts_are_taken_as_pairs_too(counts):
    assert Vocab.from_counts(counts).words == Vocab.from_counts(list(counts.items())).words


def test_total_counts_tokens_of_the_words_that_stay(counts):
    assert 18 == Vocab.from_counts(counts).total
    assert 4 + 2 * 5 == Vocab.from_counts(counts, 2).total


def test_an_empty_vocabulary_is_possible():
    vocab = Vocab.from_counts({"rare": 1}, min_count=2)

    assert (0, 0) == (len(vocab), vocab.total)
    assert np.int64 == vocab.counts.dtype
