"""Compiled search for the best answers in a tile of scores, on a CPU."""

from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

from sgns_bench.compilation import cached_njit

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]

STRIPE: Final = 256  # words of a tile at a time, so that rows of adjacent questions stay in L2
LOOK: Final = 32  # words of a stripe at a time once the stripe contains a better answer

_jit: Any = numba.njit(_nrt=False)  # compiled into what calls it


@cached_njit(depends_on=[])
def scan(
    firsts: F32,
    seconds: F32,
    thirds: F32,
    start: int,
    width: int,
    room: F32,
    rows: I64,
    slots: I64,
    shift: F32,
    scaled: bool,
    scores: F32,
    best: I64,
) -> None:
    """Merge the answers in a tile into the best answers so far, in place.

    Args:
        firsts: (W, tile) float32, term of each given word as the first word of a question.
        seconds: (W, tile) float32, its term as the second word.
        thirds: (W, tile) float32, its term as the third word.
        start: vocabulary row of the tile's first word.
        width: number of words in the tile.
        room: (3, STRIPE) float32, working memory; the last row is zero.
        rows: (Q, 3) int64, vocabulary rows of the given words.
        slots: (Q, 3) int64, rows of the given words in the three tables.
        shift: (Q,) float32, third · (first - second); used if ``scaled``.
        scaled: the score is (second - first + shift) third; if False, second - first + third.
        scores: (Q, depth) float32, best scores so far, descending; updated.
        best: (Q, depth) int64, their vocabulary rows; updated.
    """
    for low in range(0, width, STRIPE):
        high = min(low + STRIPE, width)
        pair, product, zeros = room[0, : high - low], room[1, : high - low], room[2, : high - low]
        first = second = -1
        for q in range(len(slots)):
            if slots[q, 0] != first or slots[q, 1] != second:  # neighbours often share a pair
                first, second = slots[q, 0], slots[q, 1]
                _subtract(seconds[second, low:high], firsts[first, low:high], pair)
            x, y = pair, thirds[slots[q, 2], low:high]
            if scaled:
                _multiply(pair, shift[q], y, product)
                x, y = product, zeros
            if _any_above(scores[q, -1], x, y):
                _keep(x, y, start + low, rows[q], scores[q], best[q])


@_jit
def _subtract(x: F32, y: F32, difference: F32) -> None:
    for j in range(len(x)):
        difference[j] = x[j] - y[j]


@_jit
def _multiply(x: F32, shift: np.float32, y: F32, product: F32) -> None:
    for j in range(len(x)):
        product[j] = (x[j] + shift) * y[j]


@_jit
def _any_above(worst: np.float32, x: F32, y: F32) -> bool:
    found = False
    for j in range(len(x)):  # neither an early exit nor a maximum would vectorise
        found |= x[j] + y[j] > worst
    return found


@_jit
def _keep(x: F32, y: F32, start: int, given: I64, scores: F32, best: I64) -> None:
    """Insert the rows of a stripe that beat the worst of the best answers; skip given rows."""
    for low in range(0, len(x), LOOK):
        if _any_above(scores[-1], x[low : low + LOOK], y[low : low + LOOK]):
            for j in range(low, min(low + LOOK, len(x))):
                row = start + j
                if x[j] + y[j] > scores[-1] and not (
                    row == given[0] or row == given[1] or row == given[2]
                ):
                    _insert(x[j] + y[j], row, scores, best)


@_jit
def _insert(score: np.float32, row: int, scores: F32, best: I64) -> None:
    """Insert a row into the best answers, in descending order of score; the last one drops out."""
    place = len(scores) - 1
    while place > 0 and score > scores[place - 1]:
        scores[place], best[place] = scores[place - 1], best[place - 1]
        place -= 1
    scores[place], best[place] = score, row
