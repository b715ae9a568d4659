"""The best answers to every analogy question, from one product with the vocabulary.

Q questions use only W words (19,544 use 905), so what is multiplied is W x V, not Q x V. A
question's scores are then a sum of three rows of that table, made and searched tile by tile, so
that they stay in cache and are never stored.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

import numba
import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import embedding_bag, normalize

from sgns_bench.simd import TILE_ROWS, multiply_all

Method = Literal["3cosadd", "3cosmul"]

EPSILON = 1e-3  # Levy and Goldberg 2014, eq. 4
TILE = 4096  # words of the vocabulary in a table on a device
TILE_ON_CPU = 1024  # there a multiple of STRIPE: 4 MB for 905 given words
TABLE_SIZE = 1 << 25  # numbers in a table, 128 MiB, when questions use many words
CHUNK = 4096  # questions at a time on a device
STRIPE = 256  # words of a tile at a time: rows of neighbouring questions stay in L2
LOOK = 32  # words of a stripe at a time where one may be kept


@torch.inference_mode()
def most_similar(
    vectors: npt.NDArray[np.float32],
    given: npt.NDArray[np.int64],
    method: Method,
    device: str,
    depth: int,
) -> npt.NDArray[np.int64]:
    """Return the rows most similar to second - first + third, best first.

    Args:
        vectors: (V, D) float32, finite.
        given: (Q, 3) int64 rows: first, second and third word of each question.
        method: "3cosadd" or "3cosmul".
        device: where to compute; on "cpu" in as many threads as torch is set to.
        depth: how many rows to return.

    Returns:
        (Q, depth) int64, without the given rows, -1 where no word is left.
    """
    words, slots = np.unique(given, return_inverse=True)
    search = _search_on_cpu if device == "cpu" else _search_on_device
    return search(vectors, words, given, slots.reshape(given.shape), method, device, depth)


def _search_on_device(
    vectors: npt.NDArray[np.float32],
    words: npt.NDArray[np.int64],
    given: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    method: Method,
    device: str,
    depth: int,
) -> npt.NDArray[np.int64]:
    """Search with torch alone."""
    asked = normalize(torch.tensor(vectors[words], device=device))
    scores = torch.full((len(given), depth), -torch.inf, device=device)
    best = torch.full((len(given), depth), -1, device=device)
    rows, bags = (torch.from_numpy(array).to(device) for array in (given, slots))
    tile = min(TILE, TABLE_SIZE // len(words) + 1)
    for start in range(0, len(vectors), tile):
        units = normalize(torch.tensor(vectors[start : start + tile], device=device))
        _keep_best(*_tables(asked @ units.T, method), start, rows, bags, scores, best)
    best[scores == -torch.inf] = -1
    return np.asarray(best.cpu().numpy())


def _tables(cosines: torch.Tensor, method: Method) -> tuple[torch.Tensor, torch.Tensor]:
    """(W, tile) twice: what a word adds to a score, and what it takes away as the first one."""
    if method == "3cosadd":
        return cosines, cosines
    # The logarithm of a product is a sum. Cosines are moved to [0, 1], as in footnote 7;
    # gensim adds 1e-6 where the paper has EPSILON; word2vec.c knows 3CosAdd only.
    shifted = ((1 + cosines) / 2).clamp_min(0)
    return shifted.log(), (shifted + EPSILON).log()


def _keep_best(
    added: torch.Tensor,
    taken: torch.Tensor,
    start: int,
    rows: torch.Tensor,
    bags: torch.Tensor,
    scores: torch.Tensor,
    best: torch.Tensor,
) -> None:
    """Merge the scores of a tile into the best so far, in place."""
    table = torch.cat([added, -taken])
    lower = torch.tensor([len(added), 0, 0], device=bags.device)
    for chunk in (slice(first, first + CHUNK) for first in range(0, len(bags), CHUNK)):
        totals = embedding_bag(bags[chunk] + lower, table, mode="sum")  # (CHUNK, tile)
        columns = rows[chunk] - start
        here, which = ((columns >= 0) & (columns < table.shape[1])).nonzero(as_tuple=True)
        totals[here, columns[here, which]] = -torch.inf  # a word that is given is no answer
        values, columns = totals.topk(min(scores.shape[1], totals.shape[1]))
        found = torch.cat([best[chunk], columns + start], dim=1)
        scores[chunk], order = torch.cat([scores[chunk], values], dim=1).topk(scores.shape[1])
        best[chunk] = found.gather(1, order)


def _search_on_cpu(
    vectors: npt.NDArray[np.float32],
    words: npt.NDArray[np.int64],
    given: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    method: Method,
    device: str,
    depth: int,
) -> npt.NDArray[np.int64]:
    """Let each thread search its part of the vocabulary, many times as fast as with torch."""
    threads = torch.get_num_threads()
    asked = np.zeros((-(-len(words) // TILE_ROWS) * TILE_ROWS, vectors.shape[1]), np.float32)
    asked[: len(words)] = _units(vectors[words])
    bounds = np.linspace(0, len(vectors), threads + 1).astype(int)
    search = partial(_search_part, vectors, asked, given, slots, method, depth)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(search, bounds[:-1], bounds[1:]))
    scores, best = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    return np.asarray(np.take_along_axis(best, order, axis=1))


def _search_part(
    vectors: npt.NDArray[np.float32],
    asked: npt.NDArray[np.float32],
    given: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    method: Method,
    depth: int,
    first: int,
    last: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return the best scores and rows, (Q, depth) each, among rows first to last - 1."""
    scores = np.full((len(given), depth), -np.inf, dtype=np.float32)
    best = np.full((len(given), depth), -1)
    tile = max(STRIPE, min(TILE_ON_CPU, TABLE_SIZE // len(asked) // STRIPE * STRIPE))
    cosines = np.empty((len(asked), tile), dtype=np.float32)
    rows = cosines.ctypes.data + np.arange(len(asked)) * cosines.strides[0]
    units = np.zeros((vectors.shape[1], tile), dtype=np.float32)  # of a tile, transposed
    pair = np.empty(STRIPE, dtype=np.float32)
    for start in range(first, last, tile):
        width = min(tile, last - start)
        units[:, :width] = _units(vectors[start : start + width]).T
        multiply_all(asked, units, rows)
        added, taken = _tables_on_cpu(cosines, method)
        _scan(added, taken, start, width, pair, given, slots, scores, best)
    return scores, best


def _units(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.sqrt(np.einsum("vd,vd->v", vectors, vectors))
    return vectors / np.maximum(lengths, np.float32(1e-12))[:, None]


def _tables_on_cpu(
    cosines: npt.NDArray[np.float32], method: Method
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """See :func:`_tables`."""
    added, taken = _tables(torch.from_numpy(cosines), method)
    return added.numpy(), taken.numpy()


# Without numba's reference counts, which would cost more than the search of a stripe.
@numba.njit(nogil=True, cache=True, _nrt=False)
def _scan(
    added: npt.NDArray[np.float32],
    taken: npt.NDArray[np.float32],
    start: int,
    width: int,
    pair: npt.NDArray[np.float32],
    rows: npt.NDArray[np.int64],
    bags: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
    best: npt.NDArray[np.int64],
) -> None:
    """Merge the scores of a tile into the best so far of some questions, in place."""
    for low in range(0, width, STRIPE):
        high = min(low + STRIPE, width)
        x = pair[: high - low]
        first = second = -1
        for q in range(len(bags)):
            if bags[q, 0] != first or bags[q, 1] != second:  # neighbours often share a pair
                first, second = bags[q, 0], bags[q, 1]
                _subtract(added[second, low:high], taken[first, low:high], x)
            y = added[bags[q, 2], low:high]
            if _any_above(scores[q, -1], x, y):
                _keep(x, y, start + low, rows[q], scores[q], best[q])


@numba.njit(nogil=True, cache=True, _nrt=False)
def _subtract(
    x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], difference: npt.NDArray[np.float32]
) -> None:
    for j in range(len(x)):
        difference[j] = x[j] - y[j]


@numba.njit(nogil=True, cache=True, _nrt=False)
def _any_above(worst: np.float32, x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> bool:
    found = False
    for j in range(len(x)):  # no early exit and no maximum: neither would vectorise
        found |= x[j] + y[j] > worst
    return found


@numba.njit(nogil=True, cache=True, _nrt=False)
def _keep(
    x: npt.NDArray[np.float32],
    y: npt.NDArray[np.float32],
    start: int,
    given: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
    best: npt.NDArray[np.int64],
) -> None:
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
def _insert(
    score: np.float32, row: int, scores: npt.NDArray[np.float32], best: npt.NDArray[np.int64]
) -> None:
    """Put a row that beats the last one where it belongs, in falling order of score."""
    place = len(scores) - 1
    while place > 0 and score > scores[place - 1]:
        scores[place], best[place] = scores[place - 1], best[place - 1]
        place -= 1
    scores[place], best[place] = score, row
