"""The best answers to every analogy question, from one product with the vocabulary.

Q questions use only W words (19,544 use 905), so what is multiplied is W x V, not Q x V. A
question's scores are then made of three rows of that table, tile by tile, so that they stay in
cache and are never stored.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import normalize

from sgns_bench.kernels import TILE_ROWS, multiply_all
from sgns_bench.tasks._methods import Formula
from sgns_bench.tasks._scan import STRIPE, inner, scan

EPSILON: Final = 1e-3  # Levy and Goldberg 2014, eq. 4
NEAREST: Final = 1e-6  # squared distance below which rounding would choose the direction
TILE: Final = 4096  # words of the vocabulary in a table on a device
TILE_ON_CPU: Final = 1024  # there a multiple of STRIPE: 4 MB for 905 given words
TABLE_SIZE: Final = 1 << 25  # numbers in a table, 128 MiB, when questions use many words
CHUNK: Final = 4096  # questions at a time on a device


class Given(NamedTuple):
    """What is asked: each question's three words, first, second and third.

    Attributes:
        rows: (Q, 3) int64, in the vocabulary.
        slots: (Q, 3) int64, among the W distinct words given.
        shift: (Q,) float32, third · (first - second).
    """

    rows: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]
    shift: npt.NDArray[np.float32]


class Tables(NamedTuple):
    """What the words given say of the words in a tile, (W, tile) float32 each."""

    first: torch.Tensor
    second: torch.Tensor
    third: torch.Tensor


@torch.inference_mode()
def most_similar(
    vectors: npt.NDArray[np.float32],
    given: npt.NDArray[np.int64],
    formula: Formula,
    device: str,
    depth: int,
) -> npt.NDArray[np.int64]:
    """Return the rows that complete second - first = ? - third best, best first.

    Args:
        vectors: (V, D) float32, finite.
        given: (Q, 3) int64 rows: first, second and third word of each question.
        formula: which of Levy and Goldberg 2014, eqs. 2 to 4.
        device: where to compute; on "cpu" in as many threads as torch is set to.
        depth: how many rows to return.

    Returns:
        (Q, depth) int64, without the given rows, -1 where no word is left.
    """
    words, slots = np.unique(given, return_inverse=True)
    slots = slots.reshape(given.shape)
    units = _units(vectors[words])
    search = _search_on_cpu if device == "cpu" else _search_on_device
    return search(vectors, units, Given(given, slots, inner(units, slots)), formula, device, depth)


def _units(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.sqrt(np.einsum("vd,vd->v", vectors, vectors))
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12))[:, None])


def _tables(cosines: torch.Tensor, formula: Formula) -> Tables:
    """A score is second - first + third, but of pair-direction (second - first + shift) third."""
    if formula == "3cosadd":
        return Tables(cosines, cosines, cosines)
    if formula == "pairdirection":
        # (x - third) · (second - first) / |x - third|, over a length that all x have in common
        nearness = (2 - 2 * cosines).clamp_min(NEAREST).rsqrt()
        return Tables(cosines, cosines, nearness)
    # The logarithm of a product is a sum. Cosines are moved to [0, 1], as in footnote 7;
    # gensim adds 1e-6 where the paper has EPSILON; word2vec.c knows 3CosAdd only.
    shifted = ((1 + cosines) / 2).clamp_min(0)
    added = shifted.log()
    return Tables((shifted + EPSILON).log(), added, added)


def _search_on_device(
    vectors: npt.NDArray[np.float32],
    asked: npt.NDArray[np.float32],
    given: Given,
    formula: Formula,
    device: str,
    depth: int,
) -> npt.NDArray[np.int64]:
    """Search with torch alone."""
    units = torch.from_numpy(asked).to(device)
    rows, slots, shift = (torch.from_numpy(array).to(device) for array in given)
    scores = torch.full((len(rows), depth), -torch.inf, device=device)
    best = torch.full((len(rows), depth), -1, device=device)
    tile = min(TILE, TABLE_SIZE // len(units) + 1)
    for start in range(0, len(vectors), tile):
        here = normalize(torch.tensor(vectors[start : start + tile], device=device))
        tables = _tables(units @ here.T, formula)
        for chunk in (slice(at, at + CHUNK) for at in range(0, len(rows), CHUNK)):
            totals = _totals(tables, slots[chunk], shift[chunk], formula)
            _keep_best(totals, start, rows[chunk], scores[chunk], best[chunk])
    best[scores == -torch.inf] = -1
    return np.asarray(best.cpu().numpy())


def _totals(
    tables: Tables, slots: torch.Tensor, shift: torch.Tensor, formula: Formula
) -> torch.Tensor:
    """(questions, tile) scores."""
    first, second, third = (table[slots[:, side]] for side, table in enumerate(tables))
    difference = second.sub_(first)
    if formula == "pairdirection":
        return difference.add_(shift[:, None]).mul_(third)
    return difference.add_(third)


def _keep_best(
    totals: torch.Tensor,
    start: int,
    rows: torch.Tensor,
    scores: torch.Tensor,
    best: torch.Tensor,
) -> None:
    """Merge the scores of a tile into the best so far, in place."""
    columns = rows - start
    here, which = ((columns >= 0) & (columns < totals.shape[1])).nonzero(as_tuple=True)
    totals[here, columns[here, which]] = -torch.inf  # a word that is given is no answer
    values, columns = totals.topk(min(scores.shape[1], totals.shape[1]))
    found = torch.cat([best, columns + start], dim=1)
    scores[:], order = torch.cat([scores, values], dim=1).topk(scores.shape[1])
    best[:] = found.gather(1, order)


def _search_on_cpu(
    vectors: npt.NDArray[np.float32],
    units: npt.NDArray[np.float32],
    given: Given,
    formula: Formula,
    device: str,
    depth: int,
) -> npt.NDArray[np.int64]:
    """Let each thread search its part of the vocabulary, many times as fast as with torch."""
    threads = torch.get_num_threads()
    asked = np.zeros((-(-len(units) // TILE_ROWS) * TILE_ROWS, units.shape[1]), np.float32)
    asked[: len(units)] = units
    bounds = np.linspace(0, len(vectors), threads + 1).astype(int)
    search = partial(_search_part, vectors, asked, given, formula, depth)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(search, bounds[:-1], bounds[1:]))
    scores, best = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    return np.asarray(np.take_along_axis(best, order, axis=1))


def _search_part(
    vectors: npt.NDArray[np.float32],
    asked: npt.NDArray[np.float32],
    given: Given,
    formula: Formula,
    depth: int,
    first: int,
    last: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Return the best scores and rows, (Q, depth) each, among rows first to last - 1."""
    scores = np.full((len(given.rows), depth), -np.inf, dtype=np.float32)
    best = np.full((len(given.rows), depth), -1)
    tile = max(STRIPE, min(TILE_ON_CPU, TABLE_SIZE // len(asked) // STRIPE * STRIPE))
    cosines = np.empty((len(asked), tile), dtype=np.float32)
    rows = cosines.ctypes.data + np.arange(len(asked)) * cosines.strides[0]
    units = np.zeros((vectors.shape[1], tile), dtype=np.float32)  # of a tile, transposed
    room = np.zeros((3, STRIPE), dtype=np.float32)
    for start in range(first, last, tile):
        width = min(tile, last - start)
        units[:, :width] = _units(vectors[start : start + width]).T
        multiply_all(asked, units, rows)
        tables = (table.numpy() for table in _tables(torch.from_numpy(cosines), formula))
        scan(*tables, start, width, room, *given, formula == "pairdirection", scores, best)
    return scores, best
