"""Item sessions whose right answer is known: what people pick, one after another, by their tastes.

This is what item2vec trains on (Barkan and Koenigstein 2016): few words, many pairs of each. The
sizes are those of MovieLens-100k: 943 sessions, 1,680 items, 105,000 events.

- An item is one of a cluster, and clusters are of groups: two levels of structure.
- Popularity falls by Zipf's law from member to member of a cluster, alike in all of them.
- A session has some tastes, each a cluster, more if it is long. It visits one after another, and
  draws most items from there, some from the group, few from anywhere.
- A session reaches so many members of a cluster, from the most popular one. Some people like the
  obscure, and whoever picks much comes upon it: so items of a rank go together too.
- No item is twice in a session: what is drawn again is passed over.
- Lengths are drawn from P(n) ∝ 1 / n: many are short, and the tail is long.

The questions are of sessions drawn in the same way that the text does not have: which item was
last? Most popular items alone answer 10 %; gensim's SGNS answers 21 % with 16 dimensions, window
5 and 10 epochs, and 28 % with 64 dimensions, 20 epochs and alpha 0.05.

Files are the same to the byte on every platform: they depend on integers alone.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from sgns_bench.datasets._generation import draw_near, write_lines
from sgns_bench.sampling.rng import below, choose, draw, high32, low32, stream_key, zipf

I64 = npt.NDArray[np.int64]

CLUSTERS: Final = 80
MEMBERS: Final = 21  # of a cluster: V = 1,680 items
GROUP: Final = 8  # clusters that are related
SHIFT: Final = 50  # Zipf's law in Mandelbrot's form

SESSIONS: Final = 943
QUESTIONS: Final = 2_000  # sessions besides
SHORTEST: Final = 5
LONGEST: Final = 500
PER_TASTE: Final = 50  # items of a session for each taste beyond the first two
VISIT: Final = 10  # draws
OWN, RELATED, ANY = 12, 3, 1  # of 16 draws: from the cluster, its group, everything
REACHES: Final = (2, 4, 8, MEMBERS)
PER_REACH: Final = 20  # items of a session for each member that it reaches at least
DRAWS: Final = 10  # for each item of a session, as many of them are there already

SEED: Final = 1
PEOPLE, TASTES, VISITS, CLUSTER, MEMBER = range(32, 37)  # streams of draws


def write(folder: Path) -> None:
    """Write the sessions and the questions: the same bytes every time, everywhere.

    ``sessions.txt`` has a session a line, ``sessions-next-item.txt`` a question a line: the items
    of a session, of which the last is to be found.
    """
    numbers = range(SESSIONS + QUESTIONS)
    lines = [" ".join(f"i{rank:04}" for rank in _session(number)) for number in numbers]
    write_lines(
        folder, {"sessions.txt": lines[:SESSIONS], "sessions-next-item.txt": lines[SESSIONS:]}
    )


def _session(number: int) -> list[int]:
    """Ranks of the items, in the order in which they are first drawn."""
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
    """(n,) clusters that draws are from."""
    count = 2 + length // PER_TASTE
    bits = draw(stream_key(SEED, 0, TASTES), number, np.arange(count))
    tastes = below(high32(bits), CLUSTERS)
    visits = draw(stream_key(SEED, 0, VISITS), number, slots // VISIT)
    own = tastes[below(high32(visits), count)]
    bits = draw(stream_key(SEED, 0, CLUSTER), number, slots)
    return draw_near(bits, own, CLUSTERS, GROUP, (OWN, RELATED, ANY))
