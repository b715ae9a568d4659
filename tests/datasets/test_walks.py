"""The planted graph and its walks: the same everywhere, communities that can be found."""

import hashlib

import numpy as np
import pytest

from sgns_bench import datasets
from sgns_bench.datasets import walks
from sgns_bench.datasets.walks import COMMUNITIES, GROUP, NODES, STEPS, WALKS, community_of
from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import categorization, next_item


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walks")
    walks.write(folder)
    return folder


@pytest.fixture(scope="module")
def edges():
    """Return those that are walked on, and those that are asked for."""
    return walks._split(walks._edges())


@pytest.fixture(scope="module")
def lines(folder):
    """Return the walks, (lines, steps)."""
    return np.array(nodes(folder / "walks.txt"))


def nodes(path):
    return [[int(node[1:]) for node in line.split()] for line in path.read_text().splitlines()]


def unordered(pairs):
    return {(min(pair), max(pair)) for pair in np.asarray(pairs).tolist()}


def knowing_communities():
    communities = np.eye(COMMUNITIES)[community_of(np.arange(NODES))]
    groups = np.kron(np.eye(COMMUNITIES // GROUP), np.ones((GROUP, 1)))
    hubs = np.linspace(0.5, 0, NODES)[:, None]
    rows = np.hstack([communities, 0.5 * groups[community_of(np.arange(NODES))], hubs])
    return WordVectors([f"n{node:04}" for node in range(NODES)], rows.astype(np.float32))


@pytest.mark.parametrize("name", ["walks", "walks-next-item", "walks-communities"])
def test_the_files_are_those_of_the_manifests_to_the_byte(name, folder):
    manifest = datasets.load(name)

    content = (folder / manifest.path).read_bytes()

    assert manifest.bytes == len(content)
    assert manifest.sha256 == hashlib.sha256(content).hexdigest()


def test_every_step_of_a_walk_is_an_edge_that_was_not_taken_out(lines, edges):
    kept, held_out = edges

    steps = unordered(np.stack([lines[:, :-1].ravel(), lines[:, 1:].ravel()], axis=1))

    assert (NODES * WALKS, STEPS) == lines.shape
    assert steps <= unordered(kept)
    assert not steps & unordered(held_out)


def test_most_edges_stay_in_a_community_and_some_of_the_others_in_its_group(edges):
    a, b = community_of(np.concatenate(edges).T)

    own = np.mean(a == b)
    related = np.mean((a != b) & (a // GROUP == b // GROUP))

    assert 0.5 < own < 0.75
    assert 2 * (GROUP / COMMUNITIES) * (1 - own) < related < own


def test_a_question_has_a_node_its_neighbours_and_an_edge_that_was_taken_out(folder, edges):
    kept, held_out = map(unordered, edges)

    for first, *others, last in nodes(folder / "walks-next-item.txt"):
        assert (min(first, last), max(first, last)) in held_out
        assert unordered([(first, other) for other in others]) <= kept
        assert others


def test_whoever_knows_communities_finds_many_of_the_edges(folder):
    (score,), _ = next_item.evaluate(knowing_communities(), folder / "walks-next-item.txt")

    assert 0.4 < score.value < 0.7
    assert 1.0 == score.coverage


def test_whoever_knows_communities_names_them(folder):
    vectors = knowing_communities()
    few = WordVectors(vectors.words[:400], vectors.vectors[:400])

    (score,), _ = categorization.evaluate(few, folder / "walks-communities.tsv")

    assert score.value > 0.95


def test_vectors_that_mean_nothing_find_no_more_than_chance(folder):
    noise = np.random.default_rng(1).normal(size=(NODES, 16)).astype(np.float32)
    vectors = WordVectors(knowing_communities().words, noise)

    (score,), _ = next_item.evaluate(vectors, folder / "walks-next-item.txt")

    assert score.value < 0.03
