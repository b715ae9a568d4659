"""The cpu kernel's CBOW: a block of ``reference.update_cbow_block``, window sums by running sums.

    n[i] = contexts of center i              H = B X          (T, D)    over n where it is a mean
    p = alpha σ(-C[centers]·H)               E = p C[centers] (T, D)    C[centers] += p H, in turn
    U = C[negatives]                         S = U Hᵀ         (N, T)
    G = -alpha k/N (centers ≠ negatives) σ(S)                 (N, T)    C[negatives] += G H
    E += Gᵀ U                                over n as in ``update_cbow``
    W[contexts] += Bᵀ E

B is a band of ones, 1 where context j is in the window of center i, so both sums over windows are
differences of running sums: some four passes over a row for each token, however wide the window.
"""

from typing import NamedTuple

import numpy as np

from sgns_bench.kernels import _cpu_centers, _cpu_memory, _microkernels
from sgns_bench.kernels._cpu_centers import sigmoid, softplus
from sgns_bench.kernels._cpu_memory import (
    F32,
    FILTER,
    I32,
    I64,
    U8,
    Block,
    Plan,
    at,
    fill_zero,
    gather,
    jit,
    jit_vectorised,
    round_up,
    zeros,
)
from sgns_bench.kernels._microkernels import (
    LANES,
    TILE_ROWS,
    add_scaled,
    multiply,
    multiply_add,
    transpose,
)
from sgns_bench.sampling.compiled import Run

SOURCES = (_cpu_centers, _cpu_memory, _microkernels)


class CbowScratch(NamedTuple):
    """Working memory of one thread."""

    sums: F32  # (M+1, D) of the contexts before each
    steps: F32  # (M+1, D) E of the centers whose window begins at a context, less of those it ended
    H: F32  # (T, D)
    HT: F32  # (D, T)
    E: F32  # (T, D)
    E_rows: I64  # (T,) addresses of the rows of E
    U: F32  # (N, D)
    U_rows: I64  # (N,) addresses of the negatives' rows of C; padding: the sink
    G: F32  # (N, T) S, then G
    G_rows: I64  # (N,) addresses of the rows of G
    inverse: F32  # (T,) 1 / n, and 0 where there are no contexts
    sink: F32  # (D,)
    negatives: I32  # (2, N) those of this block and of the next
    is_center: U8  # (FILTER,) 1 where the hash of a center falls


def make_cbow_scratch(T: int, N: int, M: int, width: int) -> CbowScratch:
    """Return the working memory for blocks of T centers, N negatives, M contexts, rows of ``width``."""
    negatives, columns = round_up(N, TILE_ROWS), round_up(max(T, TILE_ROWS), LANES * TILE_ROWS)
    G, E, sink = zeros(negatives, columns), zeros(columns, width), zeros(1, width)[0]
    return CbowScratch(
        sums=zeros(M + 1, width),
        steps=zeros(M + 1, width),
        H=zeros(columns, width),
        HT=zeros(width, columns),
        E=E,
        E_rows=E.ctypes.data + np.arange(columns) * E.strides[0],
        U=zeros(negatives, width),
        U_rows=np.full(negatives, sink.ctypes.data, dtype=np.int64),
        G=G,
        G_rows=G.ctypes.data + np.arange(negatives) * G.strides[0],
        inverse=zeros(1, columns)[0],
        sink=sink,
        negatives=np.zeros((2, N), dtype=np.int32),
        is_center=np.zeros(FILTER, dtype=np.uint8),
    )


@jit_vectorised
def _add_row(total: F32, before: F32, row: F32) -> None:
    """Set total to before + row."""
    for d in range(len(total)):
        total[d] = before[d] + row[d]


@jit_vectorised
def _window_sum(h: F32, scale: np.float32, end: F32, begin: F32, center: F32) -> None:
    """Set h to the scaled sum of a window without its center."""
    for d in range(len(h)):
        h[d] = scale * (end[d] - begin[d] - center[d])


@jit_vectorised
def _spread(e: F32, scale: np.float32, begin: F32, end: F32) -> None:
    """Scale a step, and let it begin and end where the window does."""
    for d in range(len(e)):
        e[d] *= scale
        begin[d] += e[d]
        end[d] -= e[d]


@jit_vectorised
def _move(w: F32, running: F32, step: F32, own: F32) -> None:
    """Add the steps of all windows that a context is in to its row; ``own`` is its step as center."""
    for d in range(len(w)):
        running[d] += step[d]
        w[d] += running[d] - own[d]


@jit
def _hide(W: F32, run: Run, block: Block, mean: bool, s: CbowScratch) -> None:
    """Fill H, its transpose and 1 / n."""
    for j in range(block.M):
        _add_row(s.sums[j + 1], s.sums[j], W[run.words[block.left + j]])
    for i in range(block.T):
        place = block.start + i
        first, last = run.first[place] - block.left, run.last[place] - block.left
        s.inverse[i] = np.float32(1) / (last - first) if last > first else np.float32(0)
        scale = s.inverse[i] if mean else np.float32(1)
        _window_sum(s.H[i], scale, s.sums[last + 1], s.sums[first], W[run.words[place]])
    s.inverse[block.T : round_up(block.T, LANES)] = 0
    for i in range(0, block.T, LANES):
        for d in range(0, W.shape[1], LANES):
            transpose(at(s.H, i, d), s.H.strides[0], at(s.HT, d, i), s.HT.strides[0])


@jit
def _gather_negatives(C: F32, block: Block, s: CbowScratch) -> None:
    for q in range(s.negatives.shape[1]):
        gather(C, s.negatives[block.now, q], s.U, q)
        s.U_rows[q] = at(C, s.negatives[block.now, q], 0)


@jit_vectorised
def _negative_row(
    g: F32, weight: np.float32, alpha: np.float32, inverse: F32, measure: bool
) -> float:
    """Turn S into G for one negative; return its loss, or 0 if it is not to be measured."""
    nats = 0.0
    if measure:
        for i in range(len(g)):
            nats += softplus(g[i]) if inverse[i] > 0 else 0.0
    for i in range(len(g)):
        step = -alpha * weight * sigmoid(g[i])
        g[i] = step if inverse[i] > 0 else np.float32(0)
    return float(weight * nats)


@jit
def _negative_gradients(
    run: Run, block: Block, p: Plan, alpha: np.float32, s: CbowScratch, measure: bool
) -> float:
    """Fill G; return the negatives' loss."""
    N, width, nats = s.negatives.shape[1], round_up(block.T, LANES), 0.0
    weight = np.float32(p.negative / N)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (FILTER - 1)] = p.is_center
    for tile in range(0, N, TILE_ROWS):
        multiply(
            at(s.U, tile, 0), s.U.strides[0], 4, at(s.HT, 0, 0), s.HT.strides[0], s.HT.shape[0],
            s.G_rows.ctypes.data + 8 * tile, 0, width // LANES,
        )  # fmt: skip
        for q in range(tile, min(tile + TILE_ROWS, N)):
            word, scores = s.negatives[block.now, q], s.G[q, :width]
            if s.is_center[word & (FILTER - 1)]:
                for i in range(block.T):  # of a score of -inf the gradient and the loss are 0
                    if run.words[block.start + i] == word:
                        scores[i] = -np.inf
            nats += _negative_row(scores, weight, alpha, s.inverse[:width], measure)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (FILTER - 1)] = 0
    return nats


@jit_vectorised
def _dot(a: F32, b: F32) -> np.float32:
    total = np.float32(0)
    for d in range(len(a)):
        total += a[d] * b[d]
    return total


@jit
def _exchange_with_centers(
    C: F32, run: Run, block: Block, alpha: np.float32, s: CbowScratch, measure: bool
) -> float:
    """Set E to p C[centers] and add p H to C[centers]; return the centers' loss."""
    vectors, nats = C.shape[1] // LANES, 0.0
    for i in range(block.T):
        fill_zero(s.E[i])
        if s.inverse[i] > 0:
            word = run.words[block.start + i]
            score = _dot(s.H[i], C[word])
            if measure:
                nats += softplus(-score)
            p = alpha * sigmoid(-score)
            add_scaled(at(s.E, i, 0), p, at(C, word, 0), vectors)
            add_scaled(at(C, word, 0), p, at(s.H, i, 0), vectors)
    return nats


@jit
def _move_contexts(W: F32, run: Run, block: Block, divide: bool, s: CbowScratch) -> None:
    """W[contexts] += Bᵀ E."""
    for j in range(block.M + 1):
        fill_zero(s.steps[j])
    for i in range(block.T):
        first, last = run.first[block.start + i], run.last[block.start + i]
        scale = s.inverse[i] if divide else np.float32(s.inverse[i] > 0)
        _spread(s.E[i], scale, s.steps[first - block.left], s.steps[last + 1 - block.left])
    running = s.sums[0]
    for j in range(block.M):
        i = block.left + j - block.start
        own = s.E[i] if 0 <= i < block.T else s.sink
        _move(W[run.words[block.left + j]], running, s.steps[j], own)
    fill_zero(running)


@jit
def update_cbow(
    W: F32, C: F32, run: Run, block: Block, alpha: np.float32, p: Plan, s: CbowScratch, measure: bool
) -> tuple[float, float]:  # fmt: skip
    """Train a block; return its loss and its centers with contexts, or 0 if not to be measured."""
    N, vectors = s.negatives.shape[1], W.shape[1] // LANES
    g_row, u_row, h_row = s.G.strides[0], s.U.strides[0], s.H.strides[0]
    _hide(W, run, block, p.mean, s)
    nats = _exchange_with_centers(C, run, block, alpha, s, measure)
    _gather_negatives(C, block, s)
    nats += _negative_gradients(run, block, p, alpha, s, measure)
    for i in range(0, block.T, TILE_ROWS):
        rows = s.E_rows.ctypes.data + 8 * i
        multiply_add(at(s.G, 0, i), 4, g_row, at(s.U, 0, 0), u_row, N, rows, 0, vectors)
    for q in range(0, N, TILE_ROWS):
        rows = s.U_rows.ctypes.data + 8 * q
        multiply_add(at(s.G, q, 0), g_row, 4, at(s.H, 0, 0), h_row, block.T, rows, 0, vectors)
    _move_contexts(W, run, block, p.divide, s)
    centers = 0
    for i in range(block.T if measure else 0):
        centers += s.inverse[i] > 0
    return nats, float(centers)
