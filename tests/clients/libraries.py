"""How each library is asked for node vectors: walks first, so that training can be timed alone."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

import gensim.models
import networkx as nx
import numpy as np

Train = Callable[[int], Any]  # seed -> (nodes, dimensions) float32


class Settings(NamedTuple):
    """What every library is asked for."""

    dimensions: int
    window: int
    epochs: int
    workers: int
    walks: int
    """From every node."""
    walk_length: int
    """Nodes in a walk."""


def plain(graph: nx.Graph, settings: Settings) -> Train:
    """Walks of DeepWalk, which are those of node2vec with p = q = 1: nothing else to install."""
    walks = list(uniform_walks(graph, settings))
    return lambda seed: trained_on(walks, graph, settings, seed)


def uniform_walks(graph: nx.Graph, settings: Settings) -> Iterator[list[str]]:
    """Walk from each node in a random order, then again, to neighbours that are all as likely."""
    rng = np.random.default_rng(1)
    nodes = np.array(graph)
    adjacency = nx.to_scipy_sparse_array(graph, format="csr")
    degrees = np.diff(adjacency.indptr)
    for _ in range(settings.walks):
        path = [rng.permutation(np.flatnonzero(degrees))]
        for _ in range(settings.walk_length - 1):
            steps = rng.integers(degrees[path[-1]])
            path.append(adjacency.indices[adjacency.indptr[path[-1]] + steps])
        yield from nodes[np.stack(path, axis=1)].tolist()


def trained_on(walks: list[list[str]], graph: nx.Graph, settings: Settings, seed: int) -> Any:
    """Give walks to gensim's class, or to what is in its place."""
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


def node2vec(graph: nx.Graph, settings: Settings) -> Train:
    """Walks are made when the object is, and trained on by fit()."""
    from node2vec import Node2Vec

    client = Node2Vec(
        graph,
        settings.dimensions,
        settings.walk_length,
        settings.walks,
        workers=1,
        quiet=True,
        seed=1,
    )

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
    walks = client.simulate_walks(settings.walks, settings.walk_length)
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
            settings.walk_length,
            settings.window,
            workers=settings.workers,
            seed=seed,
        )
        model.train(settings.walks * settings.epochs, verbose=False)
        return model.wv[list(graph)]

    return train


def fastnode2vec_walks(graph: nx.Graph, settings: Settings) -> Train:
    """Walks are made first, then given to gensim's class: what can be accelerated."""
    from fastnode2vec import Graph

    walker = Graph(graph.edges, directed=False, weighted=False, verbose=False)
    sources = np.tile(np.arange(len(graph)), (settings.walks, 1))
    sources = np.random.default_rng(1).permuted(sources, axis=1).ravel()
    length = settings.walk_length
    walks = [walker.generate_random_walk(length, 1, 1, node) for node in sources]
    return lambda seed: trained_on(walks, graph, settings, seed)


CLIENTS: dict[str, Callable[[nx.Graph, Settings], Train]] = {
    "plain walks": plain,
    "node2vec": node2vec,
    "pecanpy": pecanpy,
    "fastnode2vec's walks": fastnode2vec_walks,
    "fastnode2vec": fastnode2vec,
}


def installed() -> list[str]:
    """Return the clients whose libraries are here."""
    names = {"plain walks": "gensim", "fastnode2vec's walks": "fastnode2vec"}
    return [client for client in CLIENTS if find_spec(names.get(client, client))]
