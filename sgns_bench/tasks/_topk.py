"""The search of a tile for the best answers, on a CPU."""

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]

STRIPE: Final = 256  # words of a tile at a time: rows of neighbouring questions stay in L2
LOOK: Final = 32  # words of a stripe at a time where one may be kept


@numba.njit(nogil=True, cache=True)
def inner(units: F32, slots: I64) -> F32:
    """Return third · (first - second): (W, D) float32, (Q, 3) int64; (Q,) float32."""
    products = np.empty(len(slots), dtype=np.float32)
    for q, (first, second, third) in enumerate(slots):
        total = np.float32(0.0)
        for d in range(units.shape[1]):
            total += units[third, d] * (units[first, d] - units[second, d])
        products[q] = total
    return products


# Without numba's reference counts, which would cost more than the search of a stripe.
@numba.njit(nogil=True, cache=True, _nrt=False)
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
    """Merge the scores of a tile into the best so far, in place.

    Args:
        firsts: (W, tile) float32, what each word given says of each word of the tile where it
            is the first of a question.
        seconds: (W, tile) float32, where it is the second.
        thirds: (W, tile) float32, where it is the third.
        start: row of the tile's first word.
        width: words in it.
        room: (3, STRIPE) float32 to work in, the last row zeros.
        rows: (Q, 3) int64, the words given.
        slots: (Q, 3) int64, their places in the tables.
        shift: (Q,) float32.
        scaled: a score is second - first + third, or else (second - first + shift) third.
        scores: (Q, depth) float32, falling.
        best: (Q, depth) int64, the rows of these.
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


@numba.njit(nogil=True, cache=True, _nrt=False)
def _subtract(x: F32, y: F32, difference: F32) -> None:
    for j in range(len(x)):
        difference[j] = x[j] - y[j]


@numba.njit(nogil=True, cache=True, _nrt=False)
def _multiply(x: F32, shift: np.float32, y: F32, product: F32) -> None:
    for j in range(len(x)):
        product[j] = (x[j] + shift) * y[j]


@numba.njit(nogil=True, cache=True, _nrt=False)
def _any_above(worst: np.float32, x: F32, y: F32) -> bool:
    found = False
    for j in range(len(x)):  # no early exit and no maximum: neither would vectorise
        found |= x[j] + y[j] > worst
    return found


@numba.njit(nogil=True, cache=True, _nrt=False)
def _keep(x: F32, y: F32, start: int, given: I64, scores: F32, best: I64) -> None:
    """Put the rows of a stripe that beat the last of the best where they belong."""
    for low in range(0, len(x), LOOK):
        if _any_above(scores[-1], x[low : low + LOOK], y[low : low + LOOK]):
            for j in range(low, min(low + LOOK, len(x))):
                row = start + j
                if x[j] + y[j] > scores[-1] and not (
                    row == given[0] or row == given[1] or row == given[2]
                ):
                    _insert(x[j] + y[j], row, scores, best)


@numba.njit(nogil=True, cache=True, _nrt=False)
def _insert(score: np.float32, row: int, scores: F32, best: I64) -> None:
    """Put a row that beats the last one where it belongs, in falling order of score."""
    place = len(scores) - 1
    while place > 0 and score > scores[place - 1]:
        scores[place], best[place] = scores[place - 1], best[place - 1]
        place -= 1
    scores[place], best[place] = score, row
