"""What all trainers have in common: a new one is tested here without a line of its own."""

import numpy as np
import pytest
import torch

from sgns_bench import trainers
from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.trainers import OUR_SETTINGS

CONFIG = SkipGramConfig(
    vector_size=8, window=3, epochs=3, negative=1, sample=0.0, alpha=0.05, workers=1
)
NAMES = trainers.names()
NEGATIVES = [name for name in NAMES if name not in ("full_softmax", "gensim_hs", "sppmi_svd")]
# These train in jobs of sentences; gensim has its own, and a factorisation has none.
IN_JOBS = [name for name in NAMES if not name.startswith("gensim") and name != "sppmi_svd"]


IGNORED = {
    "full_softmax": OUR_SETTINGS | {"negative", "ns_exponent", "skip_center", "half_step"},
    "gensim_sgns": OUR_SETTINGS | {"shuffle", "skip_center", "half_step"},
    "minibatch_mean": OUR_SETTINGS | {"half_step"},
    "nce": OUR_SETTINGS | {"half_step", "skip_center"},  # they have a rule of their own
    "sampled_softmax": OUR_SETTINGS | {"half_step", "skip_center"},
    "sppmi_svd": {*SETTINGS} - {
        "vector_size", "window", "shrink_windows", "min_count", "sample", "negative",
        "ns_exponent", "seed",
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "ignored"), IGNORED.items())
def test_a_setting_is_ignored_where_it_concerns_nothing(name, ignored):
    assert ignored == trainers.load(name).IGNORES


def train(name, corpus, config=CONFIG, progress=None):
    return trainers.train(corpus, config, trainer=name, device="cpu", progress=progress)


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_finite_float32_vectors_of_the_vocabulary_in_its_order(name, two_islands):
    embeddings = train(name, two_islands, CONFIG.replace(epochs=1))

    assert embeddings.vocab is two_islands.vocab
    for vectors in (embeddings.input_vectors, embeddings.output_vectors):
        assert (10, 8) == vectors.shape
        assert np.float32 == vectors.dtype
        assert np.isfinite(vectors).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "minibatch_mean"])
def test_words_that_occur_together_end_up_close(name, two_islands):
    vectors = train(name, two_islands, CONFIG.replace(epochs=8)).input_vectors

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    fruit = np.array([word in "apple pear plum fig kiwi" for word in two_islands.vocab.words])
    similarity = unit @ unit.T
    assert similarity[fruit][:, fruit].min() > similarity[fruit][:, ~fruit].max()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sppmi_svd"])
def test_the_seed_decides_the_vectors(name, two_islands):
    first, again, other = (
        train(name, two_islands, CONFIG.replace(epochs=1, seed=seed)).input_vectors
        for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other, atol=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_all_words_are_reported(name, two_islands):
    reports = []

    config = CONFIG.replace(workers=2)
    train(name, two_islands, config, lambda words, loss: reports.append(words))

    assert sorted(reports) == reports
    assert 3 * 6_000 == reports[-1]


@pytest.mark.parametrize("name", IN_JOBS)
def test_the_loss_is_reported_and_falls(name, two_islands, monkeypatch):
    monkeypatch.setattr("sgns_bench.trainers._schedule.REPORT_SECONDS", 0.0)
    losses = []

    config = CONFIG.replace(alpha=CONFIG.alpha / 10)  # else CBOW is done after the first report
    train(name, two_islands, config, lambda words, loss: losses.append(loss))

    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", [name for name in IN_JOBS if name != "minibatch_mean"])
def test_two_threads_learn_what_one_learns(name, two_islands):
    one, two = (train(name, two_islands, CONFIG.replace(workers=workers)) for workers in (1, 2))

    similarity = [e.input_vectors @ e.input_vectors.T for e in (one, two)]
    assert np.corrcoef(*map(np.ravel, similarity))[0, 1] > 0.95


@pytest.mark.parametrize("name", IN_JOBS)
def test_a_corpus_without_pairs_leaves_output_vectors_alone(name):
    corpus = corpus_from_sentences([["a"], ["b"], ["a"]], min_count=1)

    embeddings = train(name, corpus)

    assert not embeddings.output_vectors.any()


@pytest.mark.parametrize("name", ["full_softmax", "nce"])
def test_torch_has_one_thread_per_worker_while_training_and_as_before_after(name, two_islands):
    before, during = torch.get_num_threads(), set()

    train(name, two_islands, progress=lambda *_: during.add(torch.get_num_threads()))

    assert {1} == during
    assert before == torch.get_num_threads()


@pytest.mark.parametrize("ns_exponent", [-1.0, 0.0, 1.5])
@pytest.mark.parametrize("name", NEGATIVES)
def test_any_power_and_many_negatives_train(name, two_islands, ns_exponent):
    config = CONFIG.replace(ns_exponent=ns_exponent, negative=15, epochs=1)

    embeddings = train(name, two_islands, config)

    assert np.isfinite(embeddings.input_vectors).all()
    assert embeddings.output_vectors.any()
