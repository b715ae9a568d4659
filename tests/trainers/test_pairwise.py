"""Objectives of pairs: nce, sampled_softmax, minibatch_mean."""

import numpy as np
import pytest
import torch

from sgns_bench import trainers
from sgns_bench.config import SkipGramConfig
from sgns_bench.kernels import eager, reference
from sgns_bench.kernels.reference import sigmoid
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.trainers import minibatch_mean
from sgns_bench.trainers._pairwise import Session
from sgns_bench.trainers.sgns import make_problem

CONFIG = SkipGramConfig(
    vector_size=16, window=3, epochs=3, sample=0.0, negative=3, alpha=0.05, workers=1
)
LEARNING = ["nce", "sampled_softmax"]
ALL = [*LEARNING, "minibatch_mean"]


def train(name, corpus, config=CONFIG, progress=lambda words, loss: None):
    return trainers.load(name).prepare(corpus, config, "cpu", progress)()


def start(name, corpus, device="cpu", mean=True) -> Session:
    objective = trainers.load(name).objective(corpus, CONFIG, device)
    return Session(objective, corpus, CONFIG, device, mean=mean and name == "minibatch_mean")


# One pair in float64: the scores of its outputs, the center first, to its loss and d loss / d score.


def nce_pair(scores, outputs, p):
    log_odds = scores - np.log(len(p)) - np.log(CONFIG.negative * p[outputs])
    labels = np.arange(len(outputs)) == 0
    likelihood = np.where(labels, sigmoid(log_odds), 1 - sigmoid(log_odds))
    return -np.log(likelihood).sum(), sigmoid(log_odds) - labels


def sampled_softmax_pair(scores, outputs, p):
    odds = np.exp(scores) / (CONFIG.negative * p[outputs])
    odds[1:][outputs[1:] == outputs[0]] = 0.0
    shares = odds / odds.sum()
    return -np.log(shares[0]), shares - (np.arange(len(outputs)) == 0)


def sgns_pair(scores, outputs, p):
    counted = np.concatenate(([True], outputs[1:] != outputs[0]))
    labels = np.arange(len(outputs)) == 0
    likelihood = np.where(labels, sigmoid(scores), sigmoid(-scores))
    return -np.log(likelihood)[counted].sum(), (sigmoid(scores) - labels) * counted


def random_pairs(V, pairs=30):
    """Contexts, and outputs of which some noise words are their center."""
    rng = np.random.default_rng(0)
    outputs = rng.integers(0, V, (pairs, 1 + CONFIG.negative))
    outputs[:5, 2] = outputs[:5, 0]
    return rng.integers(0, V, pairs), outputs


@pytest.mark.parametrize(
    ("name", "of_pair", "share"),
    [
        ("nce", nce_pair, 1),
        ("sampled_softmax", sampled_softmax_pair, 1),
        ("minibatch_mean", sgns_pair, 30),
    ],
)
def test_a_step_is_that_of_the_pairs_one_by_one_in_float64(two_islands, name, of_pair, share):
    session = start(name, two_islands)
    session.output_vectors.normal_(generator=torch.Generator().manual_seed(0))
    session.input_vectors.normal_(generator=torch.Generator().manual_seed(1))
    W, C = (matrix.astype(np.float64) for matrix in session.vectors())
    p = NoiseDistribution(two_islands.vocab.counts, CONFIG.ns_exponent).probabilities
    context, outputs = random_pairs(len(p))
    dW, dC, expected = np.zeros_like(W), np.zeros_like(C), 0.0
    for j, words in zip(context, outputs, strict=True):
        loss, g = of_pair(C[words] @ W[j], words, p)
        expected += loss
        dW[j] += g @ C[words]
        np.add.at(dC, words, np.outer(g, W[j]))

    loss = session.step(torch.from_numpy(context), torch.from_numpy(outputs), alpha=0.1)

    assert pytest.approx(expected, rel=1e-5) == loss.item()
    np.testing.assert_allclose(session.input_vectors, W - 0.1 / share * dW, atol=1e-5)
    np.testing.assert_allclose(session.output_vectors, C - 0.1 / share * dC, atol=1e-5)


def test_the_sum_over_single_pairs_is_the_reference_kernel(two_islands, monkeypatch):
    monkeypatch.setattr(eager, "MAX_PAIRS", 1)  # where mean and sum are the same
    session = start("minibatch_mean", two_islands)
    expected = reference.start(make_problem(two_islands, CONFIG), *session.vectors())
    sentences = np.array([5, 0, 7])

    losses = [s.train(sentences, 2, 0.05) for s in (expected, session)]

    assert losses[0].pairs == losses[1].pairs > 200
    assert pytest.approx(losses[0].nats, rel=1e-5) == losses[1].nats
    for matrix, other in zip(expected.vectors(), session.vectors(), strict=True):
        np.testing.assert_allclose(other, matrix, atol=1e-6)


def test_positives_may_be_negatives_of_the_mean(two_islands):
    scores, outputs = torch.zeros(1, 3), torch.tensor([[4, 4, 5]])

    losses = [
        minibatch_mean.objective(two_islands, CONFIG.replace(skip_center=skip), "cpu")(
            scores, outputs
        ).item()
        for skip in (True, False)
    ]

    assert pytest.approx([2 * np.log(2), 3 * np.log(2)]) == losses


def test_a_mean_over_batches_learns_as_slowly_as_a_rate_that_is_a_batch_lower(two_islands):
    sentences = np.arange(100)
    mean, total, learnt = (
        start("minibatch_mean", two_islands, mean=m) for m in (True, False, False)
    )

    mean.train(sentences, 0, 0.05)
    learnt.train(sentences, 0, 0.05)
    total.train(sentences, 0, 0.05 / mean.batch)

    assert mean.batch > 10
    np.testing.assert_allclose(mean.output_vectors, total.output_vectors, atol=1e-3)
    assert mean.train(sentences, 1, 0.05).nats > 1.2 * learnt.train(sentences, 1, 0.05).nats


@pytest.mark.parametrize("name", LEARNING)
def test_scores_become_log_probabilities(two_islands, name):
    """Of a center given a context, up to a constant of the context that softmax has no use for."""
    embeddings = train(name, two_islands, CONFIG.replace(epochs=10))

    scores = embeddings.input_vectors @ embeddings.output_vectors.T
    fruit = np.array([word in "apple pear plum fig kiwi" for word in two_islands.vocab.words])
    expected = np.where(fruit[:, None] == fruit, two_islands.vocab.counts / 3_000, 1e-9)
    sums = np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(scores) / sums, expected, atol=0.1)
    if name == "nce":
        np.testing.assert_allclose(sums / len(fruit), 1, atol=0.25)


@pytest.mark.parametrize("name", ALL)
def test_a_power_at_which_noise_probabilities_vanish_trains(two_islands, name):
    embeddings = train(name, two_islands, CONFIG.replace(ns_exponent=300.0, epochs=1))

    assert np.isfinite(embeddings.input_vectors).all()
    assert embeddings.output_vectors.any()


def test_a_frequent_word_or_a_high_rate_makes_batches_smaller(two_islands):
    problem = make_problem(two_islands, CONFIG)
    hottest = (problem.frequency + 3 * problem.noise.probabilities()).max()

    sizes = [eager.batch_pairs(problem.hottest, alpha) for alpha in (0.0, 1e-9, 0.05, 10)]

    assert [1024, 1024, int(1 / (0.05 * hottest)), 1] == sizes


@pytest.mark.gpu
@pytest.mark.parametrize("name", ALL)
def test_a_gpu_takes_the_same_step_as_the_cpu(two_islands, name):
    sessions = [start(name, two_islands, device=device) for device in ("cpu", "cuda")]

    losses = [session.train(np.arange(30), 0, 0.05).nats for session in sessions]

    assert pytest.approx(losses[0], rel=1e-4) == losses[1]
    for cpu, gpu in zip(*(session.vectors() for session in sessions), strict=True):
        np.testing.assert_allclose(gpu, cpu, atol=1e-4)
