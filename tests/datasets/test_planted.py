"""The planted corpus: the same everywhere, with relations that can be found and no other way in."""

import numpy as np
import pytest

from sgns_bench.datasets import planted
from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import analogy, similarity


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    planted.write(folder)
    return folder


@pytest.fixture(scope="module")
def questions(folder):
    return analogy.read_questions(folder / "planted-analogies.txt")


def accuracy(vectors, questions):
    return analogy.score(analogy.answer(vectors, questions), questions, "")[0].value


def random_vectors():
    shape = (2 * planted.PAIRS, planted.DIMENSIONS)
    noise = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    return WordVectors(planted.planted_vectors().words, noise)


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
