"""Compiled versions of the draws in ``pairs`` and ``noise``, with identical results."""

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from sgns_bench.compilation import cached_njit
from sgns_bench.sampling import noise, rng
from sgns_bench.sampling.noise import AliasTable
from sgns_bench.sampling.rng import MULTIPLIER_1, MULTIPLIER_2, POSITION_STRIDE, SLOT_STRIDE

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

_U64 = np.uint64
_32, _LOW32 = _U64(32), _U64(0xFFFFFFFF)
_jit: Any = numba.njit(_nrt=False)  # nothing here allocates


class Run(NamedTuple):
    """The tokens of some sentences that subsampling kept, concatenated; arrays of shape (n,)."""

    words: I32
    positions: I64  # of each token in the corpus
    first: I32  # index in these arrays of the first context of each token as a center
    last: I32  # index of its last context


@_jit
def draw(key: np.uint64, position: int, slot: int) -> np.uint64:
    """Return the same 64 random bits as ``rng.draw``."""
    z = _U64(position) * _U64(POSITION_STRIDE) + _U64(slot) * _U64(SLOT_STRIDE) + key
    z = (z ^ (z >> _U64(30))) * _U64(MULTIPLIER_1)
    z = (z ^ (z >> _U64(27))) * _U64(MULTIPLIER_2)
    return z ^ (z >> _U64(31))


@_jit
def draw_negatives(
    noise: AliasTable, key: np.uint64, position: int, first_slot: int, out: I32
) -> None:
    """Fill ``out`` with the draws of ``AliasTable.sample`` for the slots from ``first_slot``."""
    V = _U64(len(noise.threshold))
    for slot in range(len(out)):
        bits = draw(key, position, first_slot + slot)
        column = ((bits >> _32) * V) >> _32
        own = np.uint32(bits & _LOW32) < noise.threshold[column]
        out[slot] = noise.choices[column, _U64(own)]


@_jit
def end_of_block(words: I32, start: int, stop: int, most_repeats: int) -> int:
    """Return the end of the block at ``start``: before a word occurs too often, or ``stop``."""
    for i in range(start + most_repeats, stop):
        repeats = 0
        for j in range(start, i):
            repeats += words[j] == words[i]
        if repeats >= most_repeats:
            return i
    return stop


@cached_njit(depends_on=[noise, rng])
def keep_tokens(
    tokens: Any, offsets: I64, sentences: I64, threshold: npt.NDArray[np.uint32],
    key: np.uint64, window: int, shrink_windows: bool, run: Run,
) -> int:  # fmt: skip
    """Fill ``run`` with the tokens that ``pairs.keep_tokens`` keeps; return their number."""
    n = 0
    for s in sentences:
        begin = n
        for position in range(offsets[s], offsets[s + 1]):
            word = tokens[position]
            bits = draw(key, position, 0)
            reduced = window
            if shrink_windows:
                reduced -= int(((bits & _LOW32) * _U64(window)) >> _32)
            run.words[n], run.positions[n] = word, position
            run.first[n], run.last[n] = max(begin, n - reduced), n + reduced
            # Always write, then advance n if kept: a branch would often be mispredicted.
            n += np.uint32(bits >> _32) <= threshold[word]
        for i in range(begin, n):
            run.last[i] = min(run.last[i], n - 1)
    return n


@cached_njit(depends_on=[noise, rng])
def count_kept(
    tokens: Any, offsets: I64, sentences: I64, threshold: npt.NDArray[np.uint32], key: np.uint64
) -> int:
    """Return the number of tokens that :func:`keep_tokens` keeps."""
    n = 0
    for s in sentences:
        for position in range(offsets[s], offsets[s + 1]):
            n += np.uint32(draw(key, position, 0) >> _32) <= threshold[tokens[position]]
    return n
