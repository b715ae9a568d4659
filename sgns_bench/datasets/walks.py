"""Generate random walks over a graph with known communities, as for DeepWalk and node2vec.

The graph is a degree-corrected stochastic block model (Karrer and Newman 2011) with two levels:
nodes belong to communities, and communities to groups. The first end of an edge is drawn from all
nodes with weights 1 / (rank + SHIFT), which give hubs and nodes of one or two edges. The second end
is drawn with the same weights from the community of the first, from its group, or from all nodes.
Repeated edges are skipped.

Some edges are then held out, but never the last edge of a node. Walks do not use them; each is a
question: given a node and its neighbours in the remaining graph, which neighbour is missing? A
second evaluation set uses the communities as categories.

Files are identical on every platform: they depend on integers only.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sgns_bench.datasets._generation import draw_near, write_lines
from sgns_bench.sampling.rng import below, choose, draw, high32, low32, stream_key, zipf

I64 = npt.NDArray[np.int64]

COMMUNITIES: Final = 40
MEMBERS: Final = 50  # nodes of a community: 2,000 nodes
GROUP: Final = 5  # communities of a group
SHIFT: Final = 100
NODES: Final = COMMUNITIES * MEMBERS

DRAWS: Final = 24_000  # draws of edges, with repetitions
OWN, RELATED, ANY = 11, 3, 2  # weights of the community, its group, all nodes
HELD_OUT: Final = 8  # one edge in HELD_OUT is held out

WALKS: Final = 10  # walks from each node
STEPS: Final = 40  # nodes in a walk

SEED: Final = 1
FIRST, SECOND, TAKE_OUT, WALK = range(48, 52)  # streams of draws


def write(folder: Path) -> None:
    """Write the walks and their evaluation sets, identical on every platform.

    ``walks.txt`` has one walk per line, ``walks-next-item.txt`` a node, its neighbours, and last
    the missing neighbour, ``walks-communities.tsv`` a node and its community.
    """
    edges, held_out = _split(_edges())
    files = {
        "walks.txt": map(_line, _walks(edges)),
        "walks-next-item.txt": map(_line, _questions(edges, held_out)),
        "walks-communities.tsv": _members(edges),
    }
    write_lines(folder, files)


def community_of(node: int) -> int:
    """Return the community of a node; node = rank in its community * COMMUNITIES + community."""
    return node % COMMUNITIES


def _line(nodes: list[int]) -> str:
    return " ".join(f"n{node:04}" for node in nodes)


def _members(edges: I64) -> Iterator[str]:
    """Yield lines of a node and its community."""
    for node in np.unique(edges).tolist():
        yield f"{_line([node])}\tcommunity {community_of(node)}"


def _questions(edges: I64, held_out: I64) -> Iterator[list[int]]:
    """Yield questions: a node, its neighbours, and last the other end of a held-out edge."""
    neighbours: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    for a, b in held_out.tolist():
        yield [a, *neighbours[a], b]


def _edges() -> I64:
    """Draw the edges of the graph, in the order of their first draw: (E, 2) int64 nodes."""
    slots = np.arange(DRAWS)
    bits = draw(stream_key(SEED, 0, FIRST), slots)
    weights = zipf(MEMBERS, SHIFT, COMMUNITIES)
    own = below(low32(bits), COMMUNITIES)
    first = choose(high32(bits), weights) * COMMUNITIES + own
    bits = draw(stream_key(SEED, 0, SECOND), slots[:, None], np.arange(2))
    second = choose(high32(bits[:, 1]), weights) * COMMUNITIES
    second += draw_near(bits[:, 0], own, COMMUNITIES, GROUP, (OWN, RELATED, ANY))
    pairs = np.stack([first, second], axis=1)[first != second]
    codes = pairs.min(axis=1) * NODES + pairs.max(axis=1)
    return np.asarray(pairs[np.sort(np.unique(codes, return_index=True)[1])])


def _split(edges: I64) -> tuple[I64, I64]:
    """Split edges into those to walk on and those held out; every node keeps an edge."""
    degrees = np.bincount(edges.ravel(), minlength=NODES)
    drawn = below(high32(draw(stream_key(SEED, 0, TAKE_OUT), np.arange(len(edges)))), HELD_OUT)
    is_out = drawn == 0
    for edge in np.flatnonzero(is_out):
        is_out[edge] = degrees[edges[edge]].min() > 1
        degrees[edges[edge]] -= is_out[edge]
    return edges[~is_out], edges[is_out]


def _walks(edges: I64) -> Iterator[list[int]]:
    """Yield uniform random walks that start from every node that has an edge."""
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.argsort(both[:, 0] * NODES + both[:, 1])]
    degrees = np.bincount(both[:, 0], minlength=NODES)
    begins = np.cumsum(degrees) - degrees
    starts = np.arange(NODES * WALKS) * 7919 % NODES  # not in order of weight
    walks = np.flatnonzero(degrees[starts])
    at = starts[walks]
    path = [at]
    for step in range(1, STEPS):
        bits = high32(draw(stream_key(SEED, 0, WALK), walks, step))
        at = both[begins[at] + below(bits, degrees[at]), 1]
        path.append(at)
    yield from np.stack(path, axis=1).tolist()
