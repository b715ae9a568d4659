"""A corpus whose right answer is known: text drawn from word vectors that were planted.

The vectors come first. V words of equal length √(κD) in D dimensions form pairs

    first = x - o,  second = x + o,    x ⟂ o,  |o|² = share |x + o|²,

and in some pairs o is that of a relation: those pairs differ by the same 2o, which is what an
analogy asks for. In all other pairs o is a direction of its own, and ``share`` is spread over
(0, 1), so that their cosines, 1 - 2 share, are spread over (-1, 1).

The text is then drawn as in Arora et al. 2016, A Latent Variable Model Approach to PMI-based Word
Embeddings (RAND-WALK), eq. 1: a discourse vector c walks slowly over the unit sphere, and

    P(word | c) ∝ f(word) exp(<v_word, c>),    f(rank) = 1 / (rank + SHIFT),

where f, Zipf's law in Mandelbrot's form, makes frequency independent of the vectors: it stands for
one more dimension, in which c is always 1. A line begins anywhere on the sphere.

Why SGNS finds the relations: two words near each other share a c, which is uniform on the sphere;
hence log p(w, w') = |v_w + v_w'|² / 2D + terms of one word (theorem 2.2 there), and as all vectors
are equally long, PMI(w, w') = <v_w, v_w'> / D, less some as the normaliser of so few words varies
with c. SGNS factors PMI - log k (Levy and Goldberg 2014, section 3.1), so its input vectors are
the planted ones up to a linear map, under which pairs that differ by one offset still do.

Files are the same to the byte on every platform: they depend on integers and on sums, products,
quotients and roots in IEEE double precision, in an order that is written down. No library's exp,
no BLAS, no ``sum`` (which NumPy and Python order as they like), no fused multiply-add (which numba
does not introduce without ``fastmath``).
"""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Final, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from sgns_bench.datasets._generation import write_lines
from sgns_bench.embeddings import WordVectors
from sgns_bench.sampling.rng import below, draw, high32, low32, stream_key

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

# The sizes are such that every word is seen often enough to be learnt, 600 times or more; then 1
# epoch of SGNS (100 dimensions, alpha 0.05) answers 86 % of the questions, and 3 epochs 98 %.
PAIRS: Final = 150  # V = 300 words
DIMENSIONS: Final = 100  # a model of fewer has too few, one of more has room for noise
STRENGTH: Final = 3.0  # κ, the variance of <v, c>: how much the discourse says about a word
SHARE: Final = 0.4  # of a word's squared length that is its relation's offset
ENDINGS: Final = "bdfgl"  # one relation each
PER_RELATION: Final = 20  # pairs: 380 questions
FIRST: Final = 20  # pairs that are more frequent than all relations

SHIFT: Final = 20.0  # no word is more than 1.7 % of the text
LINES: Final = 45_000
STEPS: Final = 4  # of the discourse vector, in a line
HOLD: Final = 3  # words drawn between two steps: 12 a line
STRIDE: Final = 0.15  # length of a step before c is back on the sphere

PER_BIN: Final = 20  # pairs of words in each tenth of the range of cosines
CANDIDATES: Final = 20_000  # pairs they are chosen from

SEED: Final = 1
MIDDLES, OFFSETS, WALK, TOKENS, SIMILARITY = range(16, 21)  # streams of draws
LINES_AT_ONCE: Final = 5_000


class PlantedPair(NamedTuple):
    """Two words, by rank of frequency; neighbours in it, so that both are learnt alike."""

    first: int
    second: int
    relation: int | None


def write(folder: Path) -> None:
    """Write the text and its evaluation sets: the same bytes every time, everywhere.

    ``planted.txt`` has a sentence a line, ``planted-analogies.txt`` questions under ": section"
    lines, ``planted-similarity.tsv`` two words and the cosine of their planted vectors,
    ``planted-categories.tsv`` a word and whether it is a first or second one of which relation.
    """
    vectors, words = _vectors(), _words()
    files = {
        "planted.txt": (" ".join(words[i] for i in line) for line in _lines(vectors)),
        "planted-analogies.txt": _questions(words),
        "planted-similarity.tsv": _rated_pairs(vectors, words),
        "planted-categories.tsv": _members(words),
    }
    write_lines(folder, files)


def planted_vectors() -> WordVectors:
    """Return the vectors that the text was drawn from: the best that training could find."""
    return WordVectors(_words(), _vectors().astype(np.float32))


def _pairs() -> list[PlantedPair]:
    """All pairs by falling frequency; relations take turns, so that none is rarer than another."""
    last = FIRST + PER_RELATION * len(ENDINGS)
    return [
        PlantedPair(2 * i, 2 * i + 1, (i - FIRST) % len(ENDINGS) if FIRST <= i < last else None)
        for i in range(PAIRS)
    ]


def _vectors() -> F64:
    """(V, D), each of length √(κD)."""
    pairs = _pairs()
    relations = np.array([-1 if pair.relation is None else pair.relation for pair in pairs])
    related = relations >= 0
    loose = np.count_nonzero(~related)
    offsets = _directions(OFFSETS, np.arange(len(ENDINGS) + PAIRS))
    offsets = np.where(related[:, None], offsets[relations], offsets[len(ENDINGS) :])
    share = np.full(PAIRS, SHARE)
    share[~related] = (np.arange(loose) + 0.5) / loose
    middles = _directions(MIDDLES, np.arange(PAIRS))
    middles = _units(middles - _dots(middles, offsets)[:, None] * offsets)
    middles = middles * np.sqrt(1.0 - share)[:, None]
    offsets = offsets * np.sqrt(share)[:, None]
    both = np.stack([middles - offsets, middles + offsets], axis=1)
    return np.asarray(both.reshape(2 * PAIRS, DIMENSIONS) * np.sqrt(STRENGTH * DIMENSIONS))


def _lines(vectors: F64) -> Iterator[list[int]]:
    """Draw the text, a list of ranks a line."""
    columns = np.ascontiguousarray(vectors.T)
    frequencies = 1.0 / (np.arange(len(vectors)) + 1.0 + SHIFT)
    for start in range(0, LINES, LINES_AT_ONCE):
        lines = np.arange(start, min(start + LINES_AT_ONCE, LINES))
        contexts = np.stack(list(_walk(lines)), axis=1)  # (lines, STEPS, D)
        positions = (lines[:, None] * STEPS * HOLD) + np.arange(STEPS * HOLD)
        bits = draw(stream_key(SEED, 0, TOKENS), positions)
        coins = high32(bits).reshape(-1, HOLD) / 4294967296.0  # exact, in [0, 1)
        ranks = _draw_words(contexts.reshape(-1, DIMENSIONS), columns, frequencies, coins)
        yield from ranks.reshape(len(lines), -1).tolist()


def _walk(lines: I64) -> Iterator[F64]:
    """Yield the (n, D) discourse vectors of some lines, step after step."""
    context = _directions(WALK, lines * STEPS)
    yield context
    for step in range(1, STEPS):
        context = _units(context + STRIDE * _directions(WALK, lines * STEPS + step))
        yield context


@numba.njit(nogil=True, cache=True)
def _draw_words(contexts: F64, columns: F64, frequencies: F64, coins: F64) -> I64:
    """Draw words from P(word | c): (n, D) contexts, (D, V) columns, (n, HOLD) coins and words."""
    D, V = columns.shape
    words = np.empty(coins.shape, np.int64)
    weights, cumulative = np.empty(V), np.empty(V)
    for n in range(len(contexts)):
        weights[:] = 0.0
        for j in range(D):
            c = contexts[n, j]
            for i in range(V):
                weights[i] += c * columns[j, i]
        for i in range(V):
            weights[i] = frequencies[i] * _exp(weights[i])
        total = 0.0
        for i in range(V):
            total += weights[i]
            cumulative[i] = total
        for h in range(coins.shape[1]):
            words[n, h] = _count_up_to(cumulative, coins[n, h] * total)
    return words


@numba.njit(nogil=True, cache=True)
def _exp(x: float) -> float:
    """e^x = (e^(x / 256))^256: a polynomial near 0, squared 8 times; 1e-7 off for |x| < 9."""
    y = x / 256.0
    power = 1.0 + y * (1.0 + y * (1.0 / 2.0 + y * (1.0 / 6.0 + y * (1.0 / 24.0))))
    for _ in range(8):
        power *= power
    return power


@numba.njit(nogil=True, cache=True)
def _count_up_to(rising: F64, bound: float) -> int:
    count = 0
    for i in range(len(rising)):
        count += rising[i] <= bound
    return count


def _directions(stream: int, rows: I64) -> F64:
    """(n, D) unit vectors, uniform on the sphere but for a sum of four numbers as a normal one."""
    bits = draw(stream_key(SEED, 0, stream), rows[:, None], np.arange(DIMENSIONS))
    total = np.full(bits.shape, -2.0 * 65535)  # mean 0; integers this small are exact
    for shift in (0, 16, 32, 48):
        total += (bits >> np.uint64(shift)) & np.uint64(0xFFFF)
    return _units(total)


def _units(vectors: F64) -> F64:
    return vectors / np.sqrt(_dots(vectors, vectors))[:, None]


def _dots(x: F64, y: F64) -> F64:
    """(n,) products of rows, summed from the first column to the last."""
    total = np.zeros(len(x))
    for column in (x * y).T:
        total += column
    return total


def _words() -> list[str]:
    """Words that no language has: three syllables, and in a relation's second words its ending."""
    syllables = [consonant + vowel for consonant in "jkqvxz" for vowel in "aeiou"]
    S = len(syllables)
    words = []
    for first, _, relation in _pairs():
        # 7919 and S³ have no common factor: stems are distinct, and neighbours look different.
        codes = [(rank * 7919 + 7919) % S**3 for rank in (first, first + 1)]
        stems = [syllables[n // S**2] + syllables[n // S % S] + syllables[n % S] for n in codes]
        words += stems if relation is None else [stems[0], stems[0] + ENDINGS[relation]]
    return words


def _questions(words: list[str]) -> Iterator[str]:
    """Lines of all ordered pairs of pairs of each relation."""
    for relation, ending in enumerate(ENDINGS):
        yield f": ending -{ending}"
        pairs = [f"{words[p.first]} {words[p.second]}" for p in _pairs() if p.relation == relation]
        yield from map(" ".join, permutations(pairs, 2))


def _members(words: list[str]) -> Iterator[str]:
    """Lines of words in relations and their categories, which share 0.4 of a word's direction."""
    for first, second, relation in _pairs():
        if relation is not None:
            yield f"{words[first]}\tbefore -{ENDINGS[relation]}"
            yield f"{words[second]}\twith -{ENDINGS[relation]}"


def _rated_pairs(vectors: F64, words: list[str]) -> Iterator[str]:
    """Lines of pairs and their cosines, so many from each tenth of the range as there are."""
    yield "# word\tword\tcosine of the planted vectors"
    loose = np.array([[p.first, p.second] for p in _pairs() if p.relation is None])
    bits = draw(stream_key(SEED, 0, SIMILARITY), np.arange(CANDIDATES))
    drawn = np.stack([below(half(bits), len(words)) for half in (high32, low32)], axis=1)
    chosen = np.concatenate([loose, drawn[drawn[:, 0] < drawn[:, 1]]])
    cosines = _dots(vectors[chosen[:, 0]], vectors[chosen[:, 1]]) / (STRENGTH * DIMENSIONS)
    rated = dict(zip(map(tuple, chosen.tolist()), cosines.tolist(), strict=True))
    room = [PER_BIN] * 20
    for (x, y), cosine in rated.items():
        tenth = int(cosine * 10 + 10)
        if room[tenth]:
            room[tenth] -= 1
            yield f"{words[x]}\t{words[y]}\t{cosine:.4f}"
