"""The planted sessions: the same everywhere, tastes that can be found, popularity that does not."""

import hashlib

import numpy as np
import pytest

from sgns_bench import datasets
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.datasets import sessions
from sgns_bench.datasets.sessions import (
    CLUSTERS,
    GROUP,
    MEMBERS,
    SESSIONS,
)
from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import next_item
from sgns_bench.trainers import train

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


@pytest.mark.parametrize("name", ["sessions", "sessions-next-item"])
def test_the_files_are_those_of_the_manifests_to_the_byte(name, folder):
    manifest = datasets.load(name)

    content = (folder / manifest.path).read_bytes()

    assert manifest.bytes == len(content)
    assert manifest.sha256 == hashlib.sha256(content).hexdigest()


def test_the_sizes_are_those_of_movielens(lines):
    assert 943 == SESSIONS == len(lines)
    assert 100_000 < sum(map(len, lines)) < 110_000
    assert set(range(V)) == {rank for line in lines for rank in line}


def test_no_item_is_twice_in_a_session_so_the_one_to_come_is_new(lines, questions):
    assert all(len(line) == len(set(line)) for line in lines + questions)


def test_questions_are_of_sessions_that_the_text_does_not_have(lines, questions):
    assert not {tuple(line) for line in lines} & {tuple(line) for line in questions}


def test_neighbours_share_a_cluster_most_often_and_a_group_more_often_than_by_chance(lines):
    firsts, seconds = np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in lines]).T
    a, b = cluster_of(firsts), cluster_of(seconds)

    same = np.mean(a == b)
    related = np.mean((a != b) & (a // GROUP == b // GROUP)) / (GROUP - 1)
    others = np.mean(a // GROUP != b // GROUP) / (CLUSTERS - GROUP)

    assert same > 3 * related > 15 * others  # each by cluster


def test_whoever_knows_how_sessions_are_made_finds_more_than_the_popular(folder):
    clusters = np.eye(CLUSTERS)[cluster_of(np.arange(V))]
    groups = np.kron(np.eye(CLUSTERS // GROUP), np.ones((GROUP, 1)))[cluster_of(np.arange(V))]
    members = np.arange(V)[:, None] // CLUSTERS
    reaches = 0.5 * (members >= np.array(sessions.REACHES[:-1])) - 0.25

    found = hit_rate(np.hstack([clusters, 0.3 * groups, reaches, -0.01 * members]), folder)

    assert found > 0.25


def test_vectors_that_mean_nothing_find_no_more_than_chance(folder):
    assert hit_rate(np.random.default_rng(1).normal(size=(V, 16)), folder) < 0.03


@pytest.mark.slow
def test_training_finds_items_and_more_dimensions_find_more(folder):
    corpus = load_corpus(folder / "sessions.txt", min_count=1)
    path = folder / "sessions-next-item.txt"

    found = {}
    for dimensions, epochs, alpha in [(16, 10, 0.025), (64, 20, 0.05)]:
        config = SkipGramConfig(
            vector_size=dimensions, epochs=epochs, alpha=alpha, min_count=1, sample=0.0
        )
        vectors = train(corpus, config, trainer="gensim_sgns").word_vectors()
        found[dimensions] = next_item.evaluate(vectors, path).scores[0].value

    assert 0.17 < found[16] < 0.23
    assert 0.25 < found[64] < 0.30
