"""The part of the cpu kernel that centers have in a block: their gradients, and their step."""

import numpy as np

from sgns_bench.kernels._cpu_memory import (
    F32,
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
    multiply,
    multiply_add,
    multiply_add_and_half,
)
from sgns_bench.sampling.compiled import KeptTokens


@jit_vectorised
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x)) to 2e-7, as (1 + tanh(x/2)) / 2 with the rational tanh of Eigen.

    word2vec.c reads a table of 1000 slots and clips beyond 6, gensim drops the pair there.
    """
    f = np.float32
    h = min(max(f(0.5) * x, f(-7.90531110763549805)), f(7.90531110763549805))
    y = h * h
    p = f(2.00018790482477e-13) + y * f(-2.76076847742355e-16)
    p = f(5.12229709037114e-08) + y * (f(-8.60467152213735e-11) + y * p)
    p = f(6.37261928875436e-04) + y * (f(1.48572235717979e-05) + y * p)
    p = h * (f(4.89352455891786e-03) + y * p)
    q = f(1.18534705686654e-04) + y * f(1.19825839466702e-06)
    q = f(4.89352518554385e-03) + y * (f(2.26843463243900e-03) + y * q)
    return f(0.5) + f(0.5) * (p / q)


@jit
def softplus(x: float) -> float:
    return max(x, 0.0) + np.log1p(np.exp(-abs(x)))


@jit
def write_scores(s: Scratch, row: int, column: int, width: int) -> None:
    """S = U Xᵀ for TILE_ROWS outputs from ``row`` and ``width`` contexts from ``column`` on."""
    multiply(
        at(s.U, row, 0), s.U.strides[0], 4, at(s.XT, 0, column), s.XT.strides[0], s.XT.shape[0],
        s.G_rows.ctypes.data + 8 * row, 4 * column, width // LANES,
    )  # fmt: skip


@jit_vectorised
def _center_row(
    G: F32, row: int, begin: int, end: int, place: int, first: int, last: int,
    alpha: np.float32, pairs: F32, squares: F32, places: F32,
) -> None:  # fmt: skip
    """Turn S into G for one center, and count its pairs."""
    low, high, self_ = np.float32(first), np.float32(last), np.float32(place)
    zero, one = np.float32(0), np.float32(1)
    for j in range(begin, end):
        here = places[j]
        inside = (here >= low) & (here <= high) & (here != self_)
        g = alpha * sigmoid(-G[row, j])
        g = g if inside else zero
        G[row, j] = g
        pairs[j] += one if inside else zero
        squares[j] += g * g


@jit
def center_gradients(
    run: KeptTokens, block: Block, window: int, alpha: np.float32, s: Scratch, measure: bool
) -> float:
    """Fill the centers' rows of G, count the pairs of each context; return their loss."""
    row0, nats = round_up(s.negatives.shape[1], TILE_ROWS), 0.0
    fill_zero(s.pairs)
    fill_zero(s.squares)
    for row in range(row0, row0 + round_up(block.T, TILE_ROWS)):
        fill_zero(s.G[row])
    shift = block.start - block.left  # place of center 0 among the contexts
    for tile in range(0, block.T, TILE_ROWS):
        begin = max(0, tile + shift - window)
        end = min(block.M, tile + TILE_ROWS + shift + window)
        if end <= begin:
            continue
        end = begin + round_up(end - begin, LANES)
        write_scores(s, row0 + tile, begin, end - begin)
        for i in range(tile, min(tile + TILE_ROWS, block.T)):
            first = max(0, run.first[block.start + i] - block.left)
            last = min(block.M - 1, run.last[block.start + i] - block.left)
            if measure:
                for j in range(first, last + 1):
                    nats += softplus(-s.G[row0 + i, j]) if j != i + shift else 0.0
            _center_row(
                s.G, row0 + i, begin, end, i + shift, first, last, alpha, s.pairs, s.squares,
                s.places,
            )  # fmt: skip
    return nats


@jit
def steps_of_centers(tile: int, block: Block, p: Plan, s: Scratch) -> int:
    """Write d = G X of the centers of a tile to ``step``; return how many there are."""
    row0, shift = round_up(s.negatives.shape[1], TILE_ROWS), block.start - block.left
    begin = max(0, tile + shift - p.window)
    depth = min(block.M, tile + TILE_ROWS + shift + p.window) - begin
    multiply(
        at(s.G, row0 + tile, begin), s.G.strides[0], 4, at(s.X, begin, 0), s.X.strides[0], depth,
        s.step_rows.ctypes.data, 0, s.X.shape[1] // LANES,
    )  # fmt: skip
    return min(TILE_ROWS, block.T - tile)


@jit
def apply_to_centers(block: Block, window: int, half_step: bool, s: Scratch) -> None:
    """C[centers] += d and, with the half step, U[centers] += d / 2; d = G X over their band."""
    row0, shift = round_up(s.negatives.shape[1], TILE_ROWS), block.start - block.left
    g_row, x_row, vectors = s.G.strides[0], s.X.strides[0], s.X.shape[1] // LANES
    for tile in range(0, block.T, TILE_ROWS):
        begin = max(0, tile + shift - window)
        depth = min(block.M, tile + TILE_ROWS + shift + window) - begin
        g, x = at(s.G, row0 + tile, begin), at(s.X, begin, 0)
        rows = s.center_rows.ctypes.data + 8 * 2 * tile
        if half_step:
            multiply_add_and_half(g, g_row, 4, x, x_row, depth, rows, 0, vectors)
        else:
            multiply_add(g, g_row, 4, x, x_row, depth, rows, 0, vectors)
