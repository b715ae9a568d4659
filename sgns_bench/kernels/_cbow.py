"""The cpu kernel's CBOW: a block of ``reference.update_cbow_block``, window sums by running sums.

    n[i] = contexts of center i              H = B W[contexts]  (T, D)  over n where it is a mean
    U = C[negatives]                         S = H Uᵀ           (T, N)
    G = -alpha k/N (centers ≠ negatives) σ(S)                   (T, N)  C[negatives] += Gᵀ H
    p = alpha σ(-C[centers]·H)               C[centers] += p H, one after the other
    E = G U + p C[centers]                   (T, D)             over n as in ``update_cbow``
    W[contexts] += Bᵀ E

B is a band of ones, 1 where context j is in the window of center i, so both sums over windows are
differences of running sums: some four passes over a row for each token, however wide the window.
"""

from typing import NamedTuple

import numpy as np

from sgns_bench.compilation import cached_njit
from sgns_bench.kernels import _cpu_centers, _cpu_memory, _microkernels, _row_passes
from sgns_bench.kernels._cpu_centers import sigmoid, softplus
from sgns_bench.kernels._cpu_memory import (
    F32,
    FILTER,
    I32,
    I64,
    LOSS_EVERY,
    U8,
    Block,
    Plan,
    at,
    fill_zero,
    find_block_end,
    gather,
    jit,
    jit_vectorised,
    prefetch_block,
    round_up,
    zeros,
)
from sgns_bench.kernels._microkernels import (
    LANES,
    TILE_ROWS,
    multiply,
    multiply_add,
    transpose,
)
from sgns_bench.kernels._row_passes import (
    add_rows,
    dot,
    exchange_and_spread,
    move,
    window_sum,
)
from sgns_bench.sampling import compiled, noise, rng
from sgns_bench.sampling.compiled import KeptTokens, draw_negatives


class CbowScratch(NamedTuple):
    """Working memory of one thread."""

    sums: F32  # (M+1, D) of the contexts before each
    steps: F32  # (M+1, D) E of the centers whose window begins at a context, less of those it ended
    H: F32  # (T, D)
    UT: F32  # (D, N) transpose of U
    E: F32  # (T, D)
    E_rows: I64  # (T,) addresses of the rows of E
    U: F32  # (N, D)
    U_rows: I64  # (N,) addresses of the negatives' rows of C; padding: the sink
    G: F32  # (T, N) S, then G
    G_rows: I64  # (T,) addresses of the rows of G
    counted: F32  # (N,) 1 where a negative is not the center at hand; padding: 0
    inverse: F32  # (T,) 1 / n, and 0 where there are no contexts
    sink: F32  # (D,) written to, never read
    zero: F32  # (D,)
    negatives: I32  # (2, N) those of this block and of the next
    is_center: U8  # (FILTER,) how many centers' hashes fall there
    is_negative: U8  # (FILTER,) 1 where the hash of a negative falls


def make_cbow_scratch(T: int, N: int, M: int, width: int) -> CbowScratch:
    """Return the working memory for blocks of T centers, N negatives, M contexts, rows of ``width``."""
    rows, lanes, centers = round_up(N, TILE_ROWS), round_up(N, LANES), round_up(T, TILE_ROWS)
    rows = max(rows, lanes)
    E, G, sink = zeros(centers, width), zeros(centers, round_up(rows, LANES)), zeros(1, width)[0]
    counted = zeros(1, lanes)[0]
    counted[:N] = 1
    return CbowScratch(
        sums=zeros(M + 1, width),
        steps=zeros(M + 1, width),
        H=zeros(centers, width),
        E=E,
        E_rows=E.ctypes.data + np.arange(centers) * E.strides[0],
        U=zeros(rows, width),
        UT=zeros(width, lanes),
        U_rows=np.full(rows, sink.ctypes.data, dtype=np.int64),
        G=G,
        G_rows=G.ctypes.data + np.arange(centers) * G.strides[0],
        counted=counted,
        inverse=zeros(1, centers)[0],
        sink=sink,
        zero=zeros(1, width)[0],
        negatives=np.zeros((2, N), dtype=np.int32),
        is_center=np.zeros(FILTER, dtype=np.uint8),
        is_negative=np.zeros(FILTER, dtype=np.uint8),
    )


@jit
def _hide(W: F32, run: KeptTokens, block: Block, mean: bool, s: CbowScratch) -> None:
    """Fill H and 1 / n."""
    one, vectors = np.float32(1), W.shape[1] // LANES
    for j in range(block.M):
        row = at(W, run.words[block.left + j], 0)
        add_rows(at(s.sums, j + 1, 0), at(s.sums, j, 0), row, vectors)
    for i in range(block.T):
        place = block.start + i
        first, last = run.first[place] - block.left, run.last[place] - block.left
        s.inverse[i] = one / (last - first) if last > first else np.float32(0)
        scale, row = s.inverse[i] if mean else one, at(W, run.words[place], 0)
        begin, end = at(s.sums, first, 0), at(s.sums, last + 1, 0)
        window_sum(at(s.H, i, 0), end, begin, row, scale, vectors)


@jit
def _gather_negatives(C: F32, block: Block, s: CbowScratch) -> None:
    """Copy the negatives' rows to U, and transposed to UT."""
    for q in range(s.negatives.shape[1]):
        gather(C, s.negatives[block.now, q], s.U, q)
        s.U_rows[q] = at(C, s.negatives[block.now, q], 0)
    for q in range(0, s.UT.shape[1], LANES):
        for d in range(0, C.shape[1], LANES):
            transpose(at(s.U, q, d), s.U.strides[0], at(s.UT, d, q), s.UT.strides[0])


@jit_vectorised
def _negative_row(g: F32, step: np.float32, counted: F32, measure: bool) -> float:
    """Turn a center's row of S into one of G; return its loss in nats, unweighted, if ``measure``."""
    nats = 0.0
    if measure:
        for q in range(len(g)):
            nats += counted[q] * softplus(g[q])
    for q in range(len(g)):
        g[q] = step * counted[q] * sigmoid(g[q])
    return float(nats)


@jit
def _negative_gradients(
    run: KeptTokens, block: Block, p: Plan, alpha: np.float32, s: CbowScratch, measure: bool
) -> float:
    """Fill G; return the negatives' loss."""
    N, nats = s.negatives.shape[1], 0.0
    weight = np.float32(p.negative / N)
    for q in range(N):
        s.is_negative[s.negatives[block.now, q] & (FILTER - 1)] = p.is_center
    for tile in range(0, block.T, TILE_ROWS):
        multiply(
            at(s.H, tile, 0), s.H.strides[0], 4, at(s.UT, 0, 0), s.UT.strides[0], s.UT.shape[0],
            s.G_rows.ctypes.data + 8 * tile, 0, s.UT.shape[1] // LANES,
        )  # fmt: skip
        for i in range(tile, min(tile + TILE_ROWS, block.T)):
            word, step = run.words[block.start + i], -alpha * weight
            if s.inverse[i] == 0:
                step = np.float32(0)
            skip = s.is_negative[word & (FILTER - 1)] > 0
            for q in range(N if skip else 0):
                s.counted[q] = s.negatives[block.now, q] != word
            loss = _negative_row(s.G[i, : len(s.counted)], step, s.counted, measure and step < 0)
            nats += weight * loss
            s.counted[: N if skip else 0] = 1
    for q in range(N):
        s.is_negative[s.negatives[block.now, q] & (FILTER - 1)] = 0
    return nats


@jit
def _exchange_with_centers(
    C: F32, run: KeptTokens, block: Block, alpha: np.float32, divide: bool, s: CbowScratch, measure: bool
) -> float:  # fmt: skip
    """Add p C[centers] to E and p H to C[centers], spread E; return the centers' loss."""
    vectors, nats = C.shape[1] // LANES, 0.0
    for i in range(block.T):
        place = block.start + i
        e, h, c = at(s.E, i, 0), at(s.H, i, 0), at(C, run.words[place], 0)
        score = dot(h, c, vectors)
        some = s.inverse[i] > 0
        if measure and some:
            nats += softplus(-score)
        p = alpha * sigmoid(-score) if some else np.float32(0)
        scale = s.inverse[i] if divide else np.float32(some)
        begin = at(s.steps, run.first[place] - block.left, 0)
        end = at(s.steps, run.last[place] + 1 - block.left, 0)
        exchange_and_spread(e, c, h, begin, end, p, scale, vectors)
    return nats


@jit
def _move_contexts(W: F32, run: KeptTokens, block: Block, s: CbowScratch) -> None:
    """W[contexts] += Bᵀ E."""
    vectors = W.shape[1] // LANES
    running = at(s.sums, 0, 0)
    for j in range(block.M):
        i = block.left + j - block.start
        own = at(s.E, i, 0) if 0 <= i < block.T else s.zero.ctypes.data
        move(at(W, run.words[block.left + j], 0), running, at(s.steps, j, 0), own, vectors)
    fill_zero(s.sums[0])
    fill_zero(s.steps[block.M])


@jit
def _update(
    W: F32, C: F32, run: KeptTokens, block: Block, alpha: np.float32, p: Plan, s: CbowScratch, measure: bool
) -> tuple[float, float]:  # fmt: skip
    """Train a block; return its loss and its centers with contexts, or 0 if not to be measured."""
    N, vectors = s.negatives.shape[1], W.shape[1] // LANES
    g_row, u_row, h_row = s.G.strides[0], s.U.strides[0], s.H.strides[0]
    _hide(W, run, block, p.mean, s)
    _gather_negatives(C, block, s)
    nats = _negative_gradients(run, block, p, alpha, s, measure)
    for i in range(0, block.T, TILE_ROWS):
        rows = s.E_rows.ctypes.data + 8 * i
        multiply(at(s.G, i, 0), g_row, 4, at(s.U, 0, 0), u_row, N, rows, 0, vectors)
    for q in range(0, N, TILE_ROWS):
        rows = s.U_rows.ctypes.data + 8 * q
        multiply_add(at(s.G, 0, q), 4, g_row, at(s.H, 0, 0), h_row, block.T, rows, 0, vectors)
    nats += _exchange_with_centers(C, run, block, alpha, p.divide, s, measure)
    _move_contexts(W, run, block, s)
    centers = 0
    for i in range(block.T if measure else 0):
        centers += s.inverse[i] > 0
    return nats, float(centers)


@cached_njit(
    depends_on=[
        _row_passes, _cpu_memory, _cpu_centers, _microkernels, compiled, noise, rng,
    ]
)  # fmt: skip
def train_cbow(
    W: F32, C: F32, p: Plan, run: KeptTokens, n: int, negative_key: np.uint64, alpha: np.float32,
    s: CbowScratch,
) -> tuple[float, float]:  # fmt: skip
    """Train the n tokens of a run by CBOW; return the loss of the measured blocks, and their centers."""
    if n:
        draw_negatives(p.noise, negative_key, run.positions[0], 0, s.negatives[0])
    nats, centers = 0.0, 0.0
    start = now = 0
    while start < n:
        stop = find_block_end(run, start, n, p, s.is_center)
        left, right = max(0, start - p.window), min(n, stop + p.window)
        measure = start // p.block_size % LOSS_EVERY == 0
        block = Block(start, stop - start, left, right - left, 0, now)
        if stop < n:
            draw_negatives(p.noise, negative_key, run.positions[stop], 0, s.negatives[1 - now])
        prefetch_block(W, C, run, n, block, p, s.negatives)
        loss, some = _update(W, C, run, block, alpha, p, s, measure)
        nats, centers = nats + loss, centers + some
        start, now = stop, 1 - now
    return nats, centers
