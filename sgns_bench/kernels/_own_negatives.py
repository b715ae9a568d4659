"""The cpu kernel's update of a block whose contexts have negatives of their own."""

import numpy as np

from sgns_bench.kernels._cpu_centers import apply_to_centers, sigmoid, softplus, steps_of_centers
from sgns_bench.kernels._cpu_memory import (
    F32,
    FILTER,
    I32,
    Block,
    Plan,
    Scratch,
    at,
    fill_zero,
    jit,
    jit_vectorised,
    round_up,
)
from sgns_bench.kernels._microkernels import (
    LANES,
    TILE_ROWS,
    VECTOR_ROWS,
    dot_rows,
    exchange,
    multiply,
)
from sgns_bench.kernels._row_passes import add_scaled
from sgns_bench.sampling.compiled import KeptTokens, draw_negatives


@jit
def update_with_own_negatives(
    W: F32, C: F32, run: KeptTokens, block: Block, key: np.uint64, alpha: np.float32, p: Plan,
    s: Scratch, measure: bool,
) -> float:  # fmt: skip
    """Do all that follows the centers' G, as ``reference.update_block_with_own_negatives``."""
    share, shift = np.float32(0.5) if p.half_step else np.float32(0), block.start - block.left
    vectors, nats = s.X.shape[1] // LANES, 0.0
    for tile in range(0, block.T, TILE_ROWS):
        for i in range(steps_of_centers(tile, block, p, s)):
            word, U = run.words[block.start + tile + i], at(s.U, tile + i, 0)
            add_scaled(at(C, word, 0), U, -share * _sum_of_squares(s.G[tile + i]), vectors)
            add_scaled(U, at(s.step, i, 0), share, vectors)
    for j in range(0, block.M, TILE_ROWS):
        begin = max(0, j - shift - p.window)
        depth = min(block.T, j + TILE_ROWS - shift + p.window) - begin
        multiply(
            at(s.G, begin, j), 4, s.G.strides[0], at(s.U, begin, 0), s.U.strides[0], depth,
            s.positive_rows.ctypes.data + 8 * j, 0, vectors,
        )  # fmt: skip
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (FILTER - 1)] = p.is_center
    for j in range(block.M):
        if s.pairs[j] > 0:
            nats += _own_negatives(C, run, block, j, key, alpha, p, s, measure)
            _move_context(W, run.words[block.left + j], j, share, s)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (FILTER - 1)] = 0
    apply_to_centers(block, p.window, False, s)
    return nats


@jit_vectorised
def _sum_of_squares(row: F32) -> np.float32:
    total = np.float32(0)
    for j in range(len(row)):
        total += row[j] * row[j]
    return total


@jit
def _move_context(W: F32, word: int, j: int, share: np.float32, s: Scratch) -> None:
    """W[word] += R + P, and X[j] becomes what its centers see of it."""
    vectors, one = W.shape[1] // LANES, np.float32(1)
    others = share * (s.pairs[j] - one) / s.pairs[j]
    X, R, P = at(s.X, j, 0), at(s.positive, j, 0), s.noise.ctypes.data
    add_scaled(R, X, -share * s.squares[j], vectors)
    add_scaled(at(W, word, 0), R, one, vectors)
    add_scaled(at(W, word, 0), P, one, vectors)
    add_scaled(X, R, share, vectors)
    add_scaled(X, P, others, vectors)


@jit
def _own_negatives(
    C: F32, run: KeptTokens, block: Block, j: int, key: np.uint64, alpha: np.float32, p: Plan,
    s: Scratch, measure: bool,
) -> float:  # fmt: skip
    """Push context j and its own negatives apart; its step goes to ``noise``."""
    n = p.negative * int(s.pairs[j])
    own, width, nats = s.own[:n], round_up(n, LANES), 0.0
    X, noise, vectors = at(s.X, j, 0), s.noise.ctypes.data, C.shape[1] // LANES
    rows, g = s.own_rows.ctypes.data, s.own_gradients.ctypes.data
    slot = (block.before + j) * len(s.own)
    draw_negatives(p.noise, key, run.positions[block.start], slot, own)
    fill_zero(s.noise)
    _own_rows(C, own, s)
    s.counted[:n] = 1
    s.counted[n:width] = 0
    for q in range(n):
        if s.is_center[own[q] & (FILTER - 1)]:
            s.counted[q] -= _pairs_with(own[q], run, block, j) / s.pairs[j]
    for q in range(0, n, VECTOR_ROWS):
        dot_rows(rows + 8 * q, X, g + 4 * q, vectors)
    if measure:
        for q in range(n):
            nats += s.counted[q] * softplus(s.own_gradients[q])
    _own_gradients(s.own_gradients[:width], alpha, s.counted)
    for q in range(0, n, VECTOR_ROWS):
        exchange(rows + 8 * q, g + 4 * q, X, noise, vectors)
    return nats


@jit
def _own_rows(C: F32, own: I32, s: Scratch) -> None:
    """Write the addresses of a context's negatives, padded with sinks to whole ``VECTOR_ROWS``."""
    first, row, n = C.ctypes.data, C.strides[0], len(own)
    for q in range(n):
        s.own_rows[q] = first + np.int64(own[q]) * row
    for q in range(n, round_up(n, VECTOR_ROWS)):
        s.own_rows[q] = at(s.sink, q - n, 0)


@jit_vectorised
def _own_gradients(g: F32, alpha: np.float32, counted: F32) -> None:
    """Turn a context's scores with its own negatives into G."""
    for q in range(len(g)):
        g[q] = -alpha * counted[q] * sigmoid(g[q])


@jit
def _pairs_with(word: int, run: KeptTokens, block: Block, j: int) -> np.float32:
    """Return how many pairs of context j have this word as their center."""
    place, pairs = block.left + j, np.float32(0)
    for i in range(block.start, block.start + block.T):
        if run.words[i] == word and i != place and run.first[i] <= place <= run.last[i]:
            pairs += np.float32(1)
    return pairs
