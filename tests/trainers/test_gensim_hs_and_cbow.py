"""gensim's other algorithms: what they share with gensim_sgns is tested there."""

import numpy as np
import pytest

from sgns_bench import trainers
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus, corpus_from_sentences
from sgns_bench.trainers import _gensim

CONFIG = SkipGramConfig(vector_size=16, window=3, epochs=3, sample=0.0, alpha=0.05)


@pytest.fixture
def two_islands() -> Corpus:
    """Sentences of either fruits or metals, with more of some words than of others."""
    rng = np.random.default_rng(0)
    islands = (["apple", "pear", "plum", "fig", "kiwi"], ["iron", "gold", "tin", "lead", "zinc"])
    p = [0.4, 0.25, 0.15, 0.15, 0.05]
    sentences = [list(rng.choice(islands[i % 2], 20, p=p)) for i in range(1500)]
    return corpus_from_sentences(sentences, min_count=1)


@pytest.fixture
def models(monkeypatch) -> list:
    """The models that are trained in a test."""
    trained = []

    class Recording(_gensim.Word2Vec):
        def train(self, *args, **kwargs):
            trained.append(self)
            return super().train(*args, **kwargs)

    monkeypatch.setattr(_gensim, "Word2Vec", Recording)
    return trained


def train(name, corpus, config=CONFIG, progress=lambda words, loss: None):
    return trainers.load(name).prepare(corpus, config, "cpu", progress)()


def test_hierarchical_softmax_draws_no_negatives(two_islands, models):
    train("gensim_hs", two_islands)

    (model,) = models
    assert (1, 1, 0) == (model.sg, model.hs, model.negative)
    assert {"negative", "ns_exponent"} < trainers.load("gensim_hs").IGNORES


def test_cbow_predicts_the_center_from_the_mean_of_its_window(two_islands, models):
    train("gensim_cbow", two_islands, CONFIG.replace(negative=7))

    (model,) = models
    assert (0, 0, 1, 7) == (model.sg, model.hs, model.cbow_mean, model.negative)
    assert trainers.load("gensim_sgns").IGNORES == trainers.load("gensim_cbow").IGNORES


@pytest.mark.parametrize("name", ["gensim_hs", "gensim_cbow"])
def test_words_that_occur_together_end_up_close(two_islands, name):
    vectors = train(name, two_islands).input_vectors

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    fruit = np.array([word in "apple pear plum fig kiwi" for word in two_islands.vocab.words])
    similarity = unit @ unit.T
    assert similarity[fruit][:, fruit].min() > similarity[fruit][:, ~fruit].max()


def test_output_vectors_of_a_tree_are_no_words(two_islands):
    tree, words = (train(name, two_islands) for name in ("gensim_hs", "gensim_cbow"))

    assert tree.input_vectors.shape == tree.output_vectors.shape
    assert not tree.output_vectors.any()
    assert words.output_vectors.any(axis=1).all()


@pytest.mark.parametrize("name", ["gensim_hs", "gensim_cbow"])
def test_progress_is_reported_after_each_epoch(two_islands, name):
    reports = []

    train(name, two_islands, progress=lambda words, loss: reports.append((words, np.isnan(loss))))

    assert [(30_000, True), (60_000, True), (90_000, True)] == reports
