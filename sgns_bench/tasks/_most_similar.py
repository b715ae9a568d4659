"""The five best answers to every analogy question, from one product with the vocabulary.

Q questions use only W words (19,544 use 905), so what is multiplied is W x V, not Q x V. A
question's scores are then a sum of three rows of that table, made and searched tile by tile, so
that they stay in cache and are never stored.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numba
import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import embedding_bag, normalize

Method = Literal["3cosadd", "3cosmul"]

EPSILON = 1e-3  # Levy and Goldberg 2014, eq. 4
DEPTH = 5  # gensim looks no further than the best five words
TILE = 4096  # words of the vocabulary in a table, 30 MB of it for 905 given words
TABLE_SIZE = 1 << 25  # numbers in a table, 128 MiB, when questions use many words
CHUNK = 4096  # questions at a time on a device
STRIPE = 256  # words of a tile at a time on a CPU: rows of neighbouring questions stay in L2


@torch.inference_mode()
def most_similar(
    vectors: npt.NDArray[np.float32], given: npt.NDArray[np.int64], method: Method, device: str
) -> npt.NDArray[np.int64]:
    """Return the five rows most similar to second - first + third, best first.

    Args:
        vectors: (V, D) float32, finite.
        given: (Q, 3) int64 rows: first, second and third word of each question.
        method: "3cosadd" or "3cosmul".
        device: where to compute; on "cpu" in as many threads as torch is set to.

    Returns:
        (Q, 5) int64, without the given rows, -1 where no word is left.
    """
    words, slots = np.unique(given, return_inverse=True)
    W = len(words)
    slots = slots.reshape(given.shape)
    slots[:, 0] += W  # the first word of a question is subtracted: lower half of the table
    bags = torch.from_numpy(slots).to(device)
    rows = torch.from_numpy(words).to(device)
    units = normalize(torch.tensor(vectors, device=device))
    scores = torch.full((len(given), DEPTH), -torch.inf, device=device)
    best = torch.full((len(given), DEPTH), -1, device=device)
    keep_best = _keep_best_on_cpu if device == "cpu" else _keep_best
    tile = min(TILE, TABLE_SIZE // (2 * W) + 1)
    for start in range(0, len(units), tile):
        table = _table(units, rows, slice(start, start + tile), method)
        keep_best(table, bags, start, scores, best)
    best[scores == -torch.inf] = -1
    return np.asarray(best.cpu().numpy())


def _table(units: torch.Tensor, rows: torch.Tensor, tile: slice, method: Method) -> torch.Tensor:
    """(2W, tile): what each word adds to a score when it is added, then when subtracted."""
    cosines = units[rows] @ units[tile].T
    if method == "3cosadd":
        added, subtracted = cosines, -cosines
    else:
        # The logarithm of a product is a sum. Cosines are moved to [0, 1], as in footnote 7;
        # gensim adds 1e-6 where the paper has EPSILON; word2vec.c knows 3CosAdd only.
        shifted = ((1 + cosines) / 2).clamp_min(0)
        added, subtracted = shifted.log(), -(shifted + EPSILON).log()
    # A word that is given is no answer.
    here = (rows >= tile.start) & (rows < tile.stop)
    added[here, rows[here] - tile.start] = -torch.inf
    subtracted[here, rows[here] - tile.start] = -torch.inf
    return torch.cat([added, subtracted])


def _keep_best(
    table: torch.Tensor, bags: torch.Tensor, start: int, scores: torch.Tensor, best: torch.Tensor
) -> None:
    """Merge the scores of a tile into the five best so far, in place."""
    for chunk in (slice(first, first + CHUNK) for first in range(0, len(bags), CHUNK)):
        totals = embedding_bag(bags[chunk], table, mode="sum")  # (CHUNK, tile)
        values, columns = totals.topk(min(DEPTH, totals.shape[1]))
        found = torch.cat([best[chunk], columns + start], dim=1)
        scores[chunk], order = torch.cat([scores[chunk], values], dim=1).topk(DEPTH)
        best[chunk] = found.gather(1, order)


def _keep_best_on_cpu(
    table: torch.Tensor, bags: torch.Tensor, start: int, scores: torch.Tensor, best: torch.Tensor
) -> None:
    """Do as :func:`_keep_best`, several times as fast: a score that is not kept is not stored."""
    workers = torch.get_num_threads()
    arrays = [tensor.tensor_split(workers) for tensor in (bags, scores, best)]
    parts = [[part.numpy() for part in parts] for parts in zip(*arrays, strict=True)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda part: _scan(table.numpy(), start, *part), parts))


@numba.njit(nogil=True, cache=True)
def _scan(
    table: npt.NDArray[np.float32],
    start: int,
    bags: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
    best: npt.NDArray[np.int64],
) -> None:
    """Merge the scores of a tile into the best so far of some questions, in place."""
    for first in range(0, table.shape[1], STRIPE):
        stop = min(first + STRIPE, table.shape[1])
        for q in range(len(bags)):
            x = table[bags[q, 0], first:stop]
            y = table[bags[q, 1], first:stop]
            z = table[bags[q, 2], first:stop]
            if _any_above(scores[q, -1], x, y, z):
                for j in range(len(x)):
                    score = x[j] + y[j] + z[j]
                    if score > scores[q, -1]:
                        _insert(score, start + first + j, scores[q], best[q])


@numba.njit(nogil=True, cache=True)
def _any_above(
    worst: np.float32,
    x: npt.NDArray[np.float32],
    y: npt.NDArray[np.float32],
    z: npt.NDArray[np.float32],
) -> bool:
    found = False
    for j in range(len(x)):  # no early exit and no maximum: neither would vectorise
        found |= x[j] + y[j] + z[j] > worst
    return found


@numba.njit(nogil=True, cache=True)
def _insert(
    score: np.float32, row: int, scores: npt.NDArray[np.float32], best: npt.NDArray[np.int64]
) -> None:
    """Put a row that beats the last one where it belongs, in falling order of score."""
    place = len(scores) - 1
    while place > 0 and score > scores[place - 1]:
        scores[place], best[place] = scores[place - 1], best[place - 1]
        place -= 1
    scores[place], best[place] = score, row
