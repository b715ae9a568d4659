"""Libraries from the index that train with gensim's class, unmodified, on graphs of two halves."""

import logging

import numpy as np
import pytest

from sgns_bench import Word2Vec, accelerate_gensim

nx = pytest.importorskip("networkx")

HALF = 8  # nodes
# More than chance, which is a half, though walks are not all seeded and the two
# ends of the bridge may go either way.
NEARLY_ALL = 0.8
SMALL = {"window": 3, "min_count": 1, "epochs": 20, "workers": 1, "seed": 1}


@pytest.fixture
def graph():
    """Return two cliques that one edge joins; nodes are strings, of one clique first."""
    return nx.relabel_nodes(nx.barbell_graph(HALF, 0), str)


def train(library, graph):
    """Let fastnode2vec walk and train."""
    edges = library.Graph(graph.edges, directed=False, weighted=False, verbose=False)
    model = library.Node2Vec(edges, dim=16, walk_length=20, window=3, seed=1)
    model.train(60, verbose=False)
    return model


def own_half(vectors):
    """Return the share of nodes whose nearest other node is of their own half."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    similarity = unit @ unit.T - 2 * np.eye(len(unit))
    half = np.arange(len(unit)) < HALF
    return np.mean(half[similarity.argmax(axis=1)] == half)


def test_node2vec_trains_with_our_class(graph):
    library = pytest.importorskip("node2vec")
    walks = library.Node2Vec(graph, 16, walk_length=20, num_walks=20, quiet=True, seed=1)

    with accelerate_gensim(device="cpu"):
        model = walks.fit(**SMALL, batch_words=4)

    assert type(model) is Word2Vec
    assert own_half(model.wv[list(graph)]) > NEARLY_ALL


@pytest.mark.parametrize("seed", [1, None])
def test_pecanpy_trains_with_our_class_although_it_was_imported_before(graph, seed, monkeypatch):
    library = pytest.importorskip("pecanpy.pecanpy")
    trained = []
    monkeypatch.setattr(Word2Vec, "train", watched(Word2Vec.train, trained))
    walker = library.SparseOTF.from_mat(
        nx.to_numpy_array(graph), list(graph), workers=1, random_state=seed
    )

    with accelerate_gensim(device="cpu"):
        vectors = walker.embed(16, num_walks=20, walk_length=20, window_size=3, epochs=20)

    assert len(trained) == 1
    assert own_half(vectors) > NEARLY_ALL


def watched(function, calls):
    def wrapper(*args, **kwargs):
        calls.append(args)
        return function(*args, **kwargs)

    return wrapper


def test_fastnode2vec_derives_from_gensims_class_and_stays_so_and_the_log_says_so(graph, caplog):
    library = pytest.importorskip("fastnode2vec")
    caplog.set_level(logging.INFO, logger="sgns_bench")

    with accelerate_gensim(device="cpu"):
        model = train(library, graph)

    assert not isinstance(model, Word2Vec)
    assert "not accelerated: Node2Vec derives from gensim's class" in caplog.text
    assert own_half(model.wv[list(graph)]) > NEARLY_ALL
