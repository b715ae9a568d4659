import numpy as np
import pytest

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import cooccurrence, corpus_from_sentences
from sgns_bench.corpus.cooccurrence import expected_counts
from sgns_bench.trainers.sgns import make_problem


@pytest.fixture
def corpus():
    """Words of very unequal frequency, in sentences of 1 to 40 words."""
    rng = np.random.default_rng(0)
    p = np.array([0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    sentences = [list(rng.choice(list("abcdef"), rng.integers(1, 41), p=p)) for _ in range(40)]
    return corpus_from_sentences(sentences, min_count=1)


def counts_of_pairs(corpus, config, epoch):
    sentences = np.arange(len(corpus.offsets) - 1)
    center, context, *_ = make_problem(corpus, config).examples(sentences, epoch)
    V = len(corpus.vocab)
    return np.bincount(context * V + center, minlength=V * V).reshape(V, V)


def test_with_nothing_drawn_counts_are_those_of_the_pairs(corpus):
    config = SkipGramConfig(window=3, shrink_windows=False, sample=0.0)

    counts = expected_counts(corpus, config)

    np.testing.assert_allclose(counts.toarray(), counts_of_pairs(corpus, config, 0))


@pytest.mark.parametrize("shrink", [True, False])
@pytest.mark.parametrize("sample", [0.0, 0.003])  # 0.003 keeps one "a" in 12
def test_counts_are_the_mean_of_many_epochs(corpus, shrink, sample):
    config = SkipGramConfig(window=4, shrink_windows=shrink, sample=sample)
    epochs = np.array([counts_of_pairs(corpus, config, epoch) for epoch in range(400)])
    error = epochs.std(axis=0) / np.sqrt(len(epochs))

    counts = expected_counts(corpus, config).toarray()

    assert (np.abs(counts - epochs.mean(axis=0)) <= 4.5 * error + 0.02).all()


def test_the_way_the_corpus_is_sliced_makes_no_difference(corpus, monkeypatch):
    config = SkipGramConfig(window=4, sample=0.01)
    expected = expected_counts(corpus, config).toarray()
    monkeypatch.setattr(cooccurrence, "SLICE_TOKENS", 37)

    counts = expected_counts(corpus, config)

    np.testing.assert_allclose(counts.toarray(), expected)


def test_sentences_of_one_word_make_no_pairs():
    corpus = corpus_from_sentences([["a"], ["b"], ["a"]], min_count=1)

    counts = expected_counts(corpus, SkipGramConfig())

    assert (2, 2) == counts.shape
    assert 0 == counts.nnz
