"""The cpu kernel's update of a block whose contexts share its negatives."""

import numpy as np

from sgns_bench.kernels._cpu_centers import apply_to_centers, sigmoid, softplus, write_scores
from sgns_bench.kernels._cpu_memory import (
    F32,
    FILTER,
    Block,
    Plan,
    Scratch,
    at,
    jit,
    jit_vectorised,
    round_up,
)
from sgns_bench.kernels._microkernels import LANES, TILE_ROWS, multiply_add
from sgns_bench.kernels._row_passes import add_scaled
from sgns_bench.sampling.compiled import KeptTokens


@jit
def _leave_out(word: int, run: KeptTokens, block: Block, s: Scratch) -> None:
    """Set pairs_left to the pairs whose center is not this word: word2vec.c skips the others."""
    for j in range(len(s.pairs)):
        s.pairs_left[j] = s.pairs[j]
    for i in range(block.start, block.start + block.T):
        if run.words[i] == word:
            first, last = max(run.first[i], block.left), min(run.last[i], block.left + block.M - 1)
            for j in range(first, last + 1):
                s.pairs_left[j - block.left] -= np.float32(j != i)


@jit_vectorised
def _negative_row(
    G: F32, row: int, width: int, weight: np.float32, alpha: np.float32, pairs: F32, measure: bool
) -> float:
    """Turn a negative's row of scores into one of G; return its loss in nats if ``measure``."""
    nats = 0.0
    if measure:
        for j in range(width):
            nats += weight * pairs[j] * softplus(G[row, j])
    for j in range(width):
        G[row, j] = -alpha * weight * pairs[j] * sigmoid(G[row, j])
    return nats


@jit
def negative_gradients(
    run: KeptTokens, block: Block, p: Plan, alpha: np.float32, s: Scratch, measure: bool
) -> float:
    """Fill the negatives' rows of G; return their loss."""
    N, nats = s.negatives.shape[1], 0.0
    width = round_up(block.M, LANES)
    weight = np.float32(p.negative / N)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (FILTER - 1)] = p.is_center
    for tile in range(0, N, TILE_ROWS):
        write_scores(s, tile, 0, width)
        for q in range(tile, min(tile + TILE_ROWS, N)):
            word = s.negatives[block.now, q]
            if s.is_center[word & (FILTER - 1)]:
                _leave_out(word, run, block, s)
                nats += _negative_row(s.G, q, width, weight, alpha, s.pairs_left, measure)
            else:
                nats += _negative_row(s.G, q, width, weight, alpha, s.pairs, measure)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (FILTER - 1)] = 0
    return nats


@jit
def apply(block: Block, p: Plan, s: Scratch) -> None:
    """C[centers, negatives] += G X, W[contexts] += Gᵀ U - h X; centers over their band."""
    N = s.negatives.shape[1]
    row0, shift = round_up(N, TILE_ROWS), block.start - block.left
    g_row, x_row, u_row = s.G.strides[0], s.X.strides[0], s.U.strides[0]
    vectors = s.X.shape[1] // LANES
    apply_to_centers(block, p.window, p.half_step, s)
    for j in range(0, block.M, TILE_ROWS):
        rows = s.X_rows.ctypes.data + 8 * j
        multiply_add(at(s.G, 0, j), 4, g_row, at(s.U, 0, 0), u_row, N, rows, 0, vectors)
        begin = max(0, j - shift - p.window)
        depth = min(block.T, j + TILE_ROWS - shift + p.window) - begin
        g, u = at(s.G, row0 + begin, j), at(s.U, row0 + begin, 0)
        multiply_add(g, 4, g_row, u, u_row, depth, rows, 0, vectors)
        for i in range(j, min(j + TILE_ROWS, block.M) if p.half_step else 0):
            add_scaled(s.X_rows[i], at(s.X, i, 0), np.float32(-0.5) * s.squares[i], vectors)
    for q in range(0, N, TILE_ROWS):
        rows = s.U_rows.ctypes.data + 8 * q
        multiply_add(at(s.G, q, 0), g_row, 4, at(s.X, 0, 0), x_row, block.M, rows, 0, vectors)
