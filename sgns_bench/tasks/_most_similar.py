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

from sgns_bench.kernels import TILE_ROWS, multiply_all
from sgns_bench.tasks._methods import Formula
from sgns_bench.tasks._scoring import unit_rows
from sgns_bench.tasks._topk import STRIPE, inner, scan

EPSILON: Final = 1e-3  # Levy and Goldberg 2014, eq. 4
NEAREST: Final = 1e-6  # squared distance below which rounding would choose the direction
TILE: Final = 1024  # words of the vocabulary in a table, a multiple of STRIPE: 4 MB for 905 given
TABLE_SIZE: Final = 1 << 25  # numbers in a table, 128 MiB, when questions use many words


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
    depth: int,
) -> npt.NDArray[np.int64]:
    """Return the rows that complete second - first = ? - third best, best first.

    In as many threads as torch is set to, each of which searches its part of the vocabulary: some
    25 times as fast as products and ``topk`` of torch's.

    Args:
        vectors: (V, D) float32, finite.
        given: (Q, 3) int64 rows: first, second and third word of each question.
        formula: which of Levy and Goldberg 2014, eqs. 2 to 4.
        depth: how many rows to return.

    Returns:
        (Q, depth) int64, without the given rows, -1 where no word is left.
    """
    words, slots = np.unique(given, return_inverse=True)
    slots = slots.reshape(given.shape)
    units = unit_rows(vectors[words])
    asked = np.zeros((-(-len(units) // TILE_ROWS) * TILE_ROWS, units.shape[1]), np.float32)
    asked[: len(units)] = units
    questions = Given(given, slots, inner(units, slots))
    search = partial(_search_part, vectors, asked, questions, formula, depth)
    threads = torch.get_num_threads()
    bounds = np.linspace(0, len(vectors), threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(search, bounds[:-1], bounds[1:]))
    scores, best = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    return np.asarray(np.take_along_axis(best, order, axis=1))


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
    tile = max(STRIPE, min(TILE, TABLE_SIZE // len(asked) // STRIPE * STRIPE))
    cosines = np.empty((len(asked), tile), dtype=np.float32)
    rows = cosines.ctypes.data + np.arange(len(asked)) * cosines.strides[0]
    units = np.zeros((vectors.shape[1], tile), dtype=np.float32)  # of a tile, transposed
    room = np.zeros((3, STRIPE), dtype=np.float32)
    for start in range(first, last, tile):
        width = min(tile, last - start)
        units[:, :width] = unit_rows(vectors[start : start + width]).T
        multiply_all(asked, units, rows)
        tables = (table.numpy() for table in _tables(torch.from_numpy(cosines), formula))
        scan(*tables, start, width, room, *given, formula == "pairdirection", scores, best)
    return scores, best
