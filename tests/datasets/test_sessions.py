"""The planted sessions: the same everywhere, tastes that can be found, popularity that does not."""

import numpy as np
import pytest

from sgns_bench.datasets import sessions
from sgns_bench.datasets.sessions import CLUSTERS, GROUP, MEMBERS
from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import next_item

V = CLUSTERS * MEMBERS
ITEMS = [f"i{rank:04}" for rank in range(V)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sessions")
    sessions.write(folder)
    return folder


@pytest.fixture(scope="module")
def lines(folder):
    return ranks(folder / "sessions.txt")


@pytest.fixture(scope="module")
def questions(folder):
    return ranks(folder / "sessions-next-item.txt")


def ranks(path):
    return [[int(item[1:]) for item in line.split()] for line in path.read_text().splitlines()]


def cluster_of(rank):
    return rank % CLUSTERS


def hit_rate(vectors, folder):
    path = folder / "sessions-next-item.txt"
    return next_item.evaluate(WordVectors(ITEMS, vectors.astype(np.float32)), path).scores[0].value


def test_no_item_is_twice_in_a_session_so_the_one_to_come_is_new(lines, questions):
    assert all(len(line) == len(set(line)) for line in lines + questions)


def test_questions_are_of_sessions_that_the_text_does_not_have(lines, questions):
    assert not {tuple(line) for line in lines} & {tuple(line) for line in questions}


def test_whoever_knows_how_sessions_are_made_finds_more_than_the_popular(folder):
    clusters = np.eye(CLUSTERS)[cluster_of(np.arange(V))]
    groups = np.kron(np.eye(CLUSTERS // GROUP), np.ones((GROUP, 1)))[cluster_of(np.arange(V))]
    members = np.arange(V)[:, None] // CLUSTERS
    reaches = 0.5 * (members >= np.array(sessions.REACHES[:-1])) - 0.25

    found = hit_rate(np.hstack([clusters, 0.3 * groups, reaches, -0.01 * members]), folder)

    assert found > 0.25


def test_vectors_that_mean_nothing_find_no_more_than_chance(folder):
    assert hit_rate(np.random.default_rng(1).normal(size=(V, 16)), folder) < 0.03
