"""The planted corpus: the same everywhere, with relations that can be found and no other way in."""

import hashlib
import math

import numpy as np
import pytest

from sgns_bench import datasets
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.datasets import planted
from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import analogy, evaluate, similarity
from sgns_bench.trainers import train

NAMES = ["planted", "planted-analogies", "planted-categories", "planted-similarity"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    planted.write(folder)
    return folder


@pytest.fixture(scope="module")
def questions(folder):
    return analogy.read_questions(folder / "planted-analogies.txt")


@pytest.fixture(scope="module")
def ranks(folder):
    """Return the text as ranks, (lines, words)."""
    rank = {word: i for i, word in enumerate(planted.planted_vectors().words)}
    lines = (folder / "planted.txt").read_text().splitlines()
    return np.array([[rank[word] for word in line.split()] for line in lines])


def accuracy(vectors, questions):
    return analogy.score(analogy.answer(vectors, questions), questions, "")[0].value


def random_vectors():
    shape = (2 * planted.PAIRS, planted.DIMENSIONS)
    noise = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    return WordVectors(planted.planted_vectors().words, noise)


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_of_the_manifests_to_the_byte(name, folder):
    manifest = datasets.load(name)

    content = (folder / manifest.path).read_bytes()

    assert manifest.bytes == len(content)
    assert manifest.sha256 == hashlib.sha256(content).hexdigest()


def test_the_planted_vectors_answer_every_question(questions):
    assert 1.0 == accuracy(planted.planted_vectors(), questions)


def test_the_planted_vectors_have_the_gold_similarities(folder):
    pairs = similarity.read_pairs(folder / "planted-similarity.tsv")

    spearman = similarity.score(similarity.cosines(planted.planted_vectors(), pairs), pairs)[0]

    assert spearman.value > 0.999
    assert 1.0 == spearman.coverage
    assert 200 < len(pairs)


def test_random_vectors_answer_no_more_than_chance(questions):
    assert accuracy(random_vectors(), questions) <= 0.01


def test_the_nearest_neighbour_of_the_third_word_is_no_answer(questions):
    words = planted.planted_vectors()
    row = {word: i for i, word in enumerate(words.words)}
    cosines = words.vectors @ words.vectors.T
    np.fill_diagonal(cosines, -np.inf)

    nearest = cosines.argmax(axis=1)

    hits = [nearest[row[question.third]] == row[question.expected] for question in questions]
    assert np.mean(hits) <= 0.1


def test_neighbours_in_the_text_have_about_the_pmi_of_theorem_2_2(ranks):
    V = 2 * planted.PAIRS
    vectors = planted.planted_vectors().vectors.astype(np.float64)
    pairs = np.zeros((V, V))
    for step in range(planted.STEPS):  # words drawn between two steps share their context
        held = ranks[:, step * planted.HOLD : (step + 1) * planted.HOLD]
        np.add.at(pairs, (held[:, 0], held[:, 1]), 1)
        np.add.at(pairs, (held[:, 1], held[:, 2]), 1)
    expected = vectors @ vectors.T / planted.DIMENSIONS  # PMI

    independent = np.outer(pairs.sum(axis=1), pairs.sum(axis=0)) / pairs.sum()
    cells = [(low <= expected) & (expected < low + 0.5) for low in (-1.0, -0.5, 0.0, 0.5)]
    found = [math.log(pairs[group].sum() / independent[group].sum()) for group in cells]

    # The theorem lets the normaliser vary little; over 400 words it takes a third off.
    assert found == pytest.approx([-0.63, -0.19, 0.21, 0.63], abs=0.25)


def test_exp_is_right_to_six_digits():
    for x in np.linspace(-9, 9, 37):
        assert planted._exp(float(x)) == pytest.approx(math.exp(x), rel=1e-6)


@pytest.mark.slow
def test_training_finds_the_relations_and_more_epochs_find_more():
    corpus = load_corpus("planted", min_count=5)

    found = {
        (trainer, epochs): np.mean(
            [
                evaluate(
                    train(
                        corpus,
                        SkipGramConfig(epochs=epochs, alpha=0.05, seed=seed),
                        trainer=trainer,
                    ).word_vectors(),
                    "planted-analogies",
                )
                .scores[0]
                .value
                for seed in (1, 2, 3)
            ]
        )
        for trainer in ("sgns", "gensim_sgns")
        for epochs in (1, 3)
    }

    assert all(value > 0.8 for (_, epochs), value in found.items() if epochs == 3)
    assert all(found[trainer, 3] > found[trainer, 1] + 0.05 for trainer in ("sgns", "gensim_sgns"))
    assert found["sgns", 3] == pytest.approx(found["gensim_sgns", 3], abs=0.03)
