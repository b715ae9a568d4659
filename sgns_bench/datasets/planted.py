"""Generate a synthetic corpus with known answers: text drawn from planted word vectors.

Vectors. V words of equal length √(κD) in D dimensions form pairs

    first = x - o,  second = x + o,    x ⟂ o,  |o|² = share |x + o|²,

In some pairs o belongs to a relation: all pairs of a relation differ by the same 2o, as an analogy
question assumes. In all other pairs o is a random direction, and ``share`` is spread over (0, 1),
so that their cosines, 1 - 2 share, are spread over (-1, 1).

Text. It follows Arora et al. 2016, A Latent Variable Model Approach to PMI-based Word Embeddings
(RAND-WALK), eq. 1: a discourse vector c walks slowly over the unit sphere, and

    P(word | c) ∝ f(word) exp(<v_word, c>),    f(rank) = 1 / (rank + SHIFT),

where f, Zipf's law in Mandelbrot's form, makes frequency independent of the vectors. It acts as
one more dimension, in which c is always 1. Each line starts at a random point of the sphere.

Why SGNS finds the relations: two nearby words share a c, which is uniform on the sphere. Hence
log p(w, w') = |v_w + v_w'|² / 2D + terms of one word (theorem 2.2 there). All vectors have equal
length, so PMI(w, w') = <v_w, v_w'> / D, less a little because the normaliser of so few words varies
with c. SGNS factorises PMI - log k (Levy and Goldberg 2014, section 3.1), so its input vectors are
the planted vectors up to a linear map, which keeps equal offsets equal.

Files are identical on every platform: they depend only on integers and on sums, products, quotients
and roots in IEEE double precision, in a fixed order. The code therefore avoids library exp, BLAS,
``sum`` (its order is not specified) and fused multiply-add (numba needs ``fastmath`` for it).
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

# With these sizes every word occurs at least 600 times, often enough to be learnt: 1 epoch of SGNS
# (100 dimensions, alpha 0.05) answers 86 % of the questions, and 3 epochs 98 %.
PAIRS: Final = 150  # V = 300 words
DIMENSIONS: Final = 100  # D; a smaller model lacks dimensions, a larger one fits noise
STRENGTH: Final = 3.0  # κ, the variance of <v, c>: how strongly the discourse determines a word
SHARE: Final = 0.4  # share of a word's squared length in the direction of its relation's offset
ENDINGS: Final = "bdfgl"  # one ending for each relation
PER_RELATION: Final = 20  # pairs of a relation: 380 questions
FIRST: Final = 20  # number of pairs that are more frequent than all pairs of relations

SHIFT: Final = 20.0  # no word is more than 1.7 % of the text
LINES: Final = 45_000
STEPS: Final = 4  # steps of the discourse vector in a line
HOLD: Final = 3  # words drawn at each step: 12 per line
STRIDE: Final = 0.15  # length of a step, before c is normalised

PER_BIN: Final = 20  # rated pairs in each interval of cosines of width 0.1
CANDIDATES: Final = 20_000  # random pairs from which the rated pairs are chosen

SEED: Final = 1
MIDDLES, OFFSETS, WALK, TOKENS, SIMILARITY = range(16, 21)  # streams of draws
LINES_AT_ONCE: Final = 5_000


class Pair(NamedTuple):
    """A pair of words by frequency rank; the ranks are adjacent, so both are learnt alike."""

    first: int
    second: int
    relation: int | None


def write(folder: Path) -> None:
    """Write the text and its evaluation sets, identical on every platform.

    ``planted.txt`` has one sentence per line. ``planted-analogies.txt`` has questions under
    ": section" lines. ``planted-similarity.tsv`` has two words and the cosine of their planted
    vectors per line, ``planted-categories.tsv`` a word and its category: a relation, and whether
    the word is first or second in its pair.
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
    """Return the vectors from which the text was drawn, the best possible result of training."""
    return WordVectors(_words(), _vectors().astype(np.float32))


def _pairs() -> list[Pair]:
    """Return all pairs, most frequent first; relations alternate, so all are equally frequent."""
    last = FIRST + PER_RELATION * len(ENDINGS)
    return [
        Pair(2 * i, 2 * i + 1, (i - FIRST) % len(ENDINGS) if FIRST <= i < last else None)
        for i in range(PAIRS)
    ]


def _vectors() -> F64:
    """Return the planted vectors, each of length √(κD): (V, D) float64."""
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
    """Yield the lines of the text, each a list of word ranks."""
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
    """Yield the discourse vectors of n lines at each step: (n, D) float64."""
    context = _directions(WALK, lines * STEPS)
    yield context
    for step in range(1, STEPS):
        context = _units(context + STRIDE * _directions(WALK, lines * STEPS + step))
        yield context


@numba.njit(nogil=True, cache=True)
def _draw_words(contexts: F64, columns: F64, frequencies: F64, coins: F64) -> I64:
    """Draw words (n, HOLD) from P(word | c), given contexts (n, D) and uniform coins (n, HOLD)."""
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
    """Return e^x = (e^(x / 256))^256, by a polynomial squared 8 times; error 1e-7 for |x| < 9."""
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
    """Draw nearly uniform unit vectors (n, D), using sums of four uniforms as normal variables."""
    bits = draw(stream_key(SEED, 0, stream), rows[:, None], np.arange(DIMENSIONS))
    total = np.full(bits.shape, -2.0 * 65535)  # mean 0; integers this small are exact
    for shift in (0, 16, 32, 48):
        total += (bits >> np.uint64(shift)) & np.uint64(0xFFFF)
    return _units(total)


def _units(vectors: F64) -> F64:
    return vectors / np.sqrt(_dots(vectors, vectors))[:, None]


def _dots(x: F64, y: F64) -> F64:
    """Return the dot products of rows, (n,), summed in column order."""
    total = np.zeros(len(x))
    for column in (x * y).T:
        total += column
    return total


def _words() -> list[str]:
    """Return artificial words of three syllables; second words of a relation add its ending."""
    syllables = [consonant + vowel for consonant in "jkqvxz" for vowel in "aeiou"]
    S = len(syllables)
    words = []
    for first, _, relation in _pairs():
        # 7919 and S³ are coprime: stems are distinct, and adjacent ranks look different.
        codes = [(rank * 7919 + 7919) % S**3 for rank in (first, first + 1)]
        stems = [syllables[n // S**2] + syllables[n // S % S] + syllables[n % S] for n in codes]
        words += stems if relation is None else [stems[0], stems[0] + ENDINGS[relation]]
    return words


def _questions(words: list[str]) -> Iterator[str]:
    """Yield the lines of analogy questions: all ordered pairs of pairs of each relation."""
    for relation, ending in enumerate(ENDINGS):
        yield f": ending -{ending}"
        pairs = [f"{words[p.first]} {words[p.second]}" for p in _pairs() if p.relation == relation]
        yield from map(" ".join, permutations(pairs, 2))


def _members(words: list[str]) -> Iterator[str]:
    """Yield lines of a word and its category, for all words that belong to a relation."""
    for first, second, relation in _pairs():
        if relation is not None:
            yield f"{words[first]}\tbefore -{ENDINGS[relation]}"
            yield f"{words[second]}\twith -{ENDINGS[relation]}"


def _rated_pairs(vectors: F64, words: list[str]) -> Iterator[str]:
    """Yield lines of two words and their cosine, up to ``PER_BIN`` for each 0.1 of cosine."""
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
