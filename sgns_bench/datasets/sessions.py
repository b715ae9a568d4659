"""Generate synthetic item sessions with known structure: users pick items by their tastes.

item2vec (Barkan and Koenigstein 2016) trains on such data: few items, many pairs of each. The
sizes are those of MovieLens-100k: 943 sessions, 1,680 items, 105,000 events.

- Items belong to clusters, and clusters to groups: two levels of structure.
- Popularity within each cluster falls by Zipf's law.
- A session has several tastes, each a cluster; longer sessions have more. It visits one taste
  after another and draws most items from that cluster, some from its group, few from all items.
- Each session draws only from the most popular members of a cluster, up to its own limit, which
  is larger in long sessions. So items of similar popularity rank also occur together.
- No item occurs twice in a session: repeated draws are skipped.
- Lengths are drawn from P(n) ∝ 1 / n: many sessions are short, a few are very long.

The questions come from further sessions, drawn in the same way but not in the text: which item was
last? Guessing the most popular items answers 10 %. gensim's SGNS answers 21 % with 16 dimensions,
window 5 and 10 epochs, and 28 % with 64 dimensions, 20 epochs and alpha 0.05.

Files are identical on every platform: they depend on integers only.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sgns_bench.datasets._generation import draw_near, write_lines
from sgns_bench.sampling.rng import below, choose, draw, high32, low32, stream_key, zipf

I64 = npt.NDArray[np.int64]

CLUSTERS: Final = 80
MEMBERS: Final = 21  # items of a cluster: V = 1,680 items
GROUP: Final = 8  # clusters of a group
SHIFT: Final = 50  # shift of Zipf's law in Mandelbrot's form

SESSIONS: Final = 943
QUESTIONS: Final = 2_000  # further sessions, for evaluation
SHORTEST: Final = 5
LONGEST: Final = 500
PER_TASTE: Final = 50  # a session of n items has 2 + n // PER_TASTE tastes
VISIT: Final = 10  # consecutive draws from one taste
OWN, RELATED, ANY = 12, 3, 1  # weights of the cluster, its group, all items
REACHES: Final = (2, 4, 8, MEMBERS)  # limits on the members of a cluster that a session draws
PER_REACH: Final = 20  # a session of n items reaches at least n / PER_REACH members
DRAWS: Final = 10  # draws for each item of a session, because many draws repeat items

SEED: Final = 1
PEOPLE, TASTES, VISITS, CLUSTER, MEMBER = range(32, 37)  # streams of draws


def write(folder: Path) -> None:
    """Write the sessions and the questions, identical on every platform.

    ``sessions.txt`` has one session per line, ``sessions-next-item.txt`` one question per line: the
    items of a session, the last of which is to be predicted.
    """
    numbers = range(SESSIONS + QUESTIONS)
    lines = [" ".join(f"i{rank:04}" for rank in _session(number)) for number in numbers]
    write_lines(
        folder, {"sessions.txt": lines[:SESSIONS], "sessions-next-item.txt": lines[SESSIONS:]}
    )


def _session(number: int) -> list[int]:
    """Return the item ranks of a session, in the order of their first draw."""
    bits = draw(stream_key(SEED, 0, PEOPLE), np.array([number]))
    length = SHORTEST + int(choose(high32(bits), zipf(LONGEST - SHORTEST + 1, SHORTEST))[0])
    reach = REACHES[int(below(low32(bits), len(REACHES))[0])]
    reach = min(max(reach, -(-length // PER_REACH)), MEMBERS)
    slots = np.arange(length * DRAWS)
    bits = draw(stream_key(SEED, 0, MEMBER), number, slots)
    members = choose(high32(bits), zipf(reach, SHIFT, CLUSTERS))
    ranks = members * CLUSTERS + _clusters(number, length, slots)
    return list(dict.fromkeys(ranks.tolist()))[:length]


def _clusters(number: int, length: int, slots: I64) -> I64:
    """Return the cluster of each draw of a session: (n,) int64."""
    count = 2 + length // PER_TASTE
    bits = draw(stream_key(SEED, 0, TASTES), number, np.arange(count))
    tastes = below(high32(bits), CLUSTERS)
    visits = draw(stream_key(SEED, 0, VISITS), number, slots // VISIT)
    own = tastes[below(high32(visits), count)]
    bits = draw(stream_key(SEED, 0, CLUSTER), number, slots)
    return draw_near(bits, own, CLUSTERS, GROUP, (OWN, RELATED, ANY))
