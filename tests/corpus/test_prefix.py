"""The first words of a corpus are what a smaller text would have been."""

import numpy as np
import pytest

from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.corpus.prefix import first_words
from sgns_bench.errors import DatasetError

SENTENCES = [["a", "b", "a"], ["c"], ["b", "c", "c", "d"], ["d", "d", "d", "d"]]


@pytest.fixture
def corpus():
    return corpus_from_sentences(SENTENCES, min_count=1)


def sentences(corpus):
    words = np.array(corpus.vocab.words)[corpus.tokens]
    return [part.tolist() for part in np.split(words, corpus.offsets[1:-1])]


@pytest.mark.parametrize("words", [1, 3, 6, 12])
def test_a_prefix_holds_the_first_words_in_their_sentences(corpus, words):
    first = first_words(corpus, words, min_count=1)

    tokens = [word for sentence in SENTENCES for word in sentence][:words]
    assert tokens == [word for sentence in sentences(first) for word in sentence]
    assert sentences(first) == [sentence for sentence in cut(words) if sentence]


def cut(words):
    for sentence in SENTENCES:
        yield sentence[: max(0, words)]
        words -= len(sentence)


def test_its_vocabulary_is_its_own(corpus):
    first = first_words(corpus, 7, min_count=1)

    assert {"a": 2, "b": 2, "c": 3} == dict(zip(first.vocab.words, first.vocab.counts, strict=True))
    assert "c" == first.vocab.words[0]


def test_words_that_are_rare_in_it_are_left_out_and_so_are_sentences_of_them_alone(corpus):
    first = first_words(corpus, 6, min_count=2)  # a b a / c / b c

    assert [["a", "b", "a"], ["c"], ["b", "c"]] == sentences(first)
    assert [["a", "a"]] == sentences(first_words(corpus, 4, min_count=2))


def test_a_prefix_of_rare_words_alone_is_refused(corpus):
    with pytest.raises(DatasetError, match="no word occurs min_count = 2 times in the first 2"):
        first_words(corpus, 2, min_count=2)
