"""The planted graph and its walks: the same everywhere, communities that can be found."""

import numpy as np
import pytest

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


def test_every_step_of_a_walk_is_an_edge_that_was_not_taken_out(lines, edges):
    kept, held_out = edges

    steps = unordered(np.stack([lines[:, :-1].ravel(), lines[:, 1:].ravel()], axis=1))

    assert (NODES * WALKS, STEPS) == lines.shape
    assert steps <= unordered(kept)
    assert not steps & unordered(held_out)


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
