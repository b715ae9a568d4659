"""How each library is asked for node vectors: walks first, so that training can be timed alone."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gensim.models
import networkx as nx
import numpy as np

WALKS, WALK_LENGTH = 10, 80  # from every node, of so many nodes

Train = Callable[[int], Any]  # seed -> (nodes, dimensions) float32


class Settings(NamedTuple):
    """What every library is asked for."""

    dimensions: int
    window: int
    epochs: int
    workers: int


def node2vec(graph: nx.Graph, settings: Settings) -> Train:
    """Walks are made when the object is, and trained on by fit()."""
    from node2vec import Node2Vec

    client = Node2Vec(graph, settings.dimensions, WALK_LENGTH, WALKS, workers=1, quiet=True, seed=1)

    def train(seed: int) -> Any:
        model = client.fit(
            window=settings.window,
            min_count=1,
            epochs=settings.epochs,
            workers=settings.workers,
            seed=seed,
        )
        return model.wv[list(graph)]

    return train


def pecanpy(graph: nx.Graph, settings: Settings) -> Train:
    """Walks are made by embed(), which is here given some that it made before."""
    from pecanpy.pecanpy import SparseOTF

    client = SparseOTF.from_mat(nx.to_numpy_array(graph), list(graph), workers=settings.workers)
    walks = client.simulate_walks(WALKS, WALK_LENGTH)
    client.simulate_walks = lambda num_walks, walk_length: walks

    def train(seed: int) -> Any:
        client.random_state = seed
        return client.embed(
            settings.dimensions, window_size=settings.window, epochs=settings.epochs
        )

    return train


def fastnode2vec(graph: nx.Graph, settings: Settings) -> Train:
    """Walks are made by each job of gensim's loop, in a class that derives from gensim's."""
    from fastnode2vec import Graph, Node2Vec

    def train(seed: int) -> Any:
        model = Node2Vec(
            Graph(graph.edges, directed=False, weighted=False, verbose=False),
            settings.dimensions,
            WALK_LENGTH,
            settings.window,
            workers=settings.workers,
            seed=seed,
        )
        model.train(WALKS * settings.epochs, verbose=False)
        return model.wv[list(graph)]

    return train


def fastnode2vec_walks(graph: nx.Graph, settings: Settings) -> Train:
    """Walks are made first, then given to gensim's class: what can be accelerated."""
    from fastnode2vec import Graph

    walker = Graph(graph.edges, directed=False, weighted=False, verbose=False)
    sources = np.random.default_rng(1).permuted(np.tile(np.arange(len(graph)), (WALKS, 1)), axis=1)
    walks = [walker.generate_random_walk(WALK_LENGTH, 1, 1, node) for node in sources.ravel()]

    def train(seed: int) -> Any:
        model = gensim.models.Word2Vec(
            walks,
            sg=1,
            vector_size=settings.dimensions,
            window=settings.window,
            min_count=1,
            epochs=settings.epochs,
            workers=settings.workers,
            seed=seed,
        )
        return model.wv[list(graph)]

    return train


CLIENTS: dict[str, Callable[[nx.Graph, Settings], Train]] = {
    "node2vec": node2vec,
    "pecanpy": pecanpy,
    "fastnode2vec's walks": fastnode2vec_walks,
    "fastnode2vec": fastnode2vec,
}
