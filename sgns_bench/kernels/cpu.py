"""The block kernel on a CPU: Hogwild threads, without the GIL, each at the rate of the registers.

The sentences of a call are subsampled into one run of tokens, which is cut into blocks of T
centers; a block is updated as ``reference.update_block`` specifies:

    X = W[contexts]                          (M, D)    M <= T + 2w, each row read once
    U = C[negatives, centers]                (N+T, D)  each row read once
    S = U Xᵀ,  G = alpha A (Y - σ(S))        (N+T, M)
    d = G_centers X,  U_centers += d / 2     (T, D)    the half step
    W[contexts] += Gᵀ U - h X                (M, D)    each row written once, h = Σ_i G_ij² / 2
    C[negatives, centers] += G X             (N+T, D)  each row written once

word2vec.c draws negatives for each pair; here the pairs of a block share them, which leaves the
expected gradient as it is. Threads read rows and add to them without locks (Niu et al. 2011,
Hogwild): an update lost now and then does no harm. Rows are padded with zeros to whole registers, and zeros they stay. A center
touches contexts in a band only, so its products run over the band. The products are tiles of
``TILE_ROWS`` rows; rows that pad the last tile are computed too, and written to a sink.
"""

import inspect
import threading
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import register_jitable

from sgns_bench.kernels import Loss, Problem, _microkernels
from sgns_bench.kernels._microkernels import (
    LANES,
    TILE_ROWS,
    VECTOR_ROWS,
    add_scaled,
    dot_rows,
    exchange,
    multiply,
    multiply_add,
    multiply_add_and_half,
    prefetch,
    transpose,
)
from sgns_bench.sampling import compiled, noise, rng
from sgns_bench.sampling.compiled import Run, draw_negatives, end_of_block, keep_tokens
from sgns_bench.sampling.noise import AliasTable
from sgns_bench.sampling.rng import NEGATIVE, TOKEN, stream_key

CONCURRENT = True
JOB_TOKENS = 10_000  # gensim's, too; some 3 ms of work

Item = TypeVar("Item", bound=np.generic)
F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

_LINE = 64  # bytes of a cache line
_LOSS_EVERY = 64  # the loss is measured in one block of so many, from the first one on
_FILTER = 1024  # slots, a power of two, of the filter that finds negatives among the centers
# Nothing here allocates, and the callers keep all arrays alive: without reference counts, whose
# atomic steps cost every call, the kernel is 1.2 times as fast (D = 100, one thread).
_jit = numba.njit(_nrt=False)
# numba drops the check of a division, and with it the obstacle to vector code, only when asked.
_jit_vectorised = numba.njit(
    _nrt=False, fastmath={"contract", "reassoc", "nsz", "arcp"}, error_model="numpy"
)


class Plan(NamedTuple):
    """What of a ``Problem`` the blocks need."""

    noise: AliasTable
    window: int
    negative: int
    block_size: int
    most_repeats: int
    is_center: np.uint8  # what marks one in Scratch.is_center: 0 if no negative is to be skipped
    half_step: bool
    max_contexts: int
    own_negatives: bool


class Scratch(NamedTuple):
    """Working memory of one thread."""

    X: F32  # (M, D) contexts
    XT: F32  # (D, M) their transpose
    U: F32  # (N+T, D) negatives, centers
    G: F32  # (N+T, M) S, then G
    step: F32  # (TILE_ROWS, D) d of some centers
    step_rows: I64  # (TILE_ROWS,) addresses of the rows of step
    pairs: F32  # (M,) pairs in which each context takes part
    squares: F32  # (M,) sum over the centers of G²
    pairs_left: F32  # (M,) without those whose center is the negative at hand
    places: F32  # (M,) 0, 1, 2...
    X_rows: I64  # (M,) addresses of the rows of W; padding: the sink
    U_rows: I64  # (N,) addresses of the negatives' rows of C; padding: the sink
    center_rows: I64  # (T / TILE_ROWS, 2, TILE_ROWS) addresses of the centers' rows of C, and of U
    G_rows: I64  # (N+T,) addresses of the rows of G
    sink: F32  # (VECTOR_ROWS, D)
    negatives: I32  # (2, N) those of this block and of the next
    own: I32  # (n,) those of a context, where they do not share
    own_rows: I64  # (n,) addresses of a context's rows of C; padding: the sink
    own_gradients: F32  # (n,) of a context: S, then G
    counted: F32  # (n,) share of a context's pairs whose center is not the negative; padding: 0
    positive: F32  # (M, D) R, the contexts' step from the centers
    positive_rows: I64  # (M,) addresses of the rows of positive
    noise: F32  # (D,) P, one context's step from its own negatives
    is_center: npt.NDArray[np.uint8]  # (_FILTER,) 1 where the hash of a center falls


class Session:
    """The two matrices, padded, and a scratch for each thread that trains."""

    def __init__(
        self, problem: Problem, input_vectors: F32, output_vectors: F32, device: str = "cpu"
    ) -> None:
        self._problem = problem._replace(
            # One type for all callers, memory-mapped or not, so that numba compiles once.
            tokens=_read_only(problem.tokens),
            offsets=_read_only(problem.offsets),
        )
        self._plan = Plan(
            problem.noise, problem.window, problem.negative, problem.block_size,
            problem.most_repeats, np.uint8(problem.skip_center), problem.half_step,
            problem.max_contexts, problem.own_negatives,
        )  # fmt: skip
        self._size = input_vectors.shape[1]
        self._W, self._C = _padded(input_vectors), _padded(output_vectors)
        self._threads = threading.local()

    def train(self, sentences: I64, epoch: int, alpha: float) -> Loss:
        """See ``kernels.Session``; any number of threads may call this at once."""
        p = self._problem
        lengths = p.offsets[sentences + 1] - p.offsets[sentences]
        tokens = int(lengths.sum())
        window = max(1, min(p.window, int(lengths.max(initial=0)) - 1))  # no pair is further apart
        token_key, negative_key = (stream_key(p.seed, epoch, s) for s in (TOKEN, NEGATIVE))
        run = self._run(tokens)
        n = keep_tokens(
            p.tokens, p.offsets, sentences, p.keep_threshold, token_key, p.window,
            p.shrink_windows, run,
        )  # fmt: skip
        nats, pairs = _train(
            self._W, self._C, self._plan._replace(window=window), run, n, negative_key,
            np.float32(min(alpha, p.most_alpha)),
            self._scratch(window),
        )  # fmt: skip
        return Loss(nats, pairs, n)

    def _run(self, tokens: int) -> Run:
        """Return this thread's room for so many tokens."""
        if len(getattr(self._threads, "run", [()])[0]) < tokens or not tokens:
            self._threads.run = Run(
                words=np.empty(tokens, dtype=np.int32),
                positions=np.empty(tokens, dtype=np.int64),
                first=np.empty(tokens, dtype=np.int32),
                last=np.empty(tokens, dtype=np.int32),
            )
        run: Run = self._threads.run
        return run

    def _scratch(self, window: int) -> Scratch:
        """Return this thread's working memory, with room for windows of that size."""
        if getattr(self._threads, "window", 0) < window:
            p, width = self._problem, self._W.shape[1]
            N = 0 if p.own_negatives else p.pool_size
            own = p.negative * p.block_size if p.own_negatives else 0
            M = min(p.block_size + 2 * window, p.max_contexts)
            self._threads.scratch = _scratch(p.block_size, N, own, M, width)
            self._threads.window = window
        scratch: Scratch = self._threads.scratch
        return scratch

    def vectors(self) -> tuple[F32, F32]:
        """See ``kernels.Session``."""
        return self._W[:, : self._size].copy(), self._C[:, : self._size].copy()


start = Session


def _read_only(array: npt.NDArray[Item]) -> npt.NDArray[Item]:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _zeros(rows: int, columns: int) -> F32:
    """Return zeros that start on a cache line."""
    memory = np.zeros(rows * columns + _LINE // 4, dtype=np.float32)
    first = -memory.ctypes.data % _LINE // 4
    return memory[first : first + rows * columns].reshape(rows, columns)


def _padded(vectors: F32) -> F32:
    padded = _zeros(len(vectors), _round_up(vectors.shape[1], LANES))
    padded[:, : vectors.shape[1]] = vectors
    return padded


def _scratch(T: int, N: int, own: int, M: int, width: int) -> Scratch:
    negatives, centers = _round_up(N, TILE_ROWS), _round_up(T, TILE_ROWS)
    outputs = negatives + centers
    contexts = max(_round_up(M, LANES), _round_up(M, TILE_ROWS))
    columns = _round_up(M, LANES) + LANES  # the band of the last centers ends beyond M
    G, sink = _zeros(outputs, columns), _zeros(VECTOR_ROWS, width)
    step, positive = _zeros(TILE_ROWS, width), _zeros(contexts if own else 0, width)
    return Scratch(
        X=_zeros(contexts, width),
        XT=_zeros(width, columns),
        U=_zeros(outputs, width),
        G=G,
        step=step,
        step_rows=step.ctypes.data + np.arange(len(step)) * step.strides[0],
        pairs=_zeros(1, columns)[0],
        squares=_zeros(1, columns)[0],
        pairs_left=_zeros(1, columns)[0],
        places=np.arange(columns, dtype=np.float32),
        X_rows=np.full(contexts, sink.ctypes.data, dtype=np.int64),
        U_rows=np.full(negatives, sink.ctypes.data, dtype=np.int64),
        center_rows=np.full((centers // TILE_ROWS, 2, TILE_ROWS), sink.ctypes.data, dtype=np.int64),
        G_rows=G.ctypes.data + np.arange(outputs) * G.strides[0],
        sink=sink,
        negatives=np.zeros((2, N), dtype=np.int32),
        own=np.zeros(own, dtype=np.int32),
        own_rows=np.zeros(_round_up(own, LANES), dtype=np.int64),
        own_gradients=_zeros(1, _round_up(own, LANES))[0],
        counted=_zeros(1, _round_up(own, LANES))[0],
        positive=positive,
        positive_rows=positive.ctypes.data + np.arange(len(positive)) * positive.strides[0],
        noise=_zeros(1, width)[0],
        is_center=np.zeros(_FILTER, dtype=np.uint8),
    )


# What Python calls, too, must not be compiled for it: that takes longer than all else of a start.
_shared = register_jitable(_nrt=False)


@_shared
def _round_up(n: int, multiple: int) -> int:
    return -(-n // multiple) * multiple


@_jit
def _prefetch(matrix: F32, word: int) -> None:
    row = matrix.ctypes.data + word * matrix.strides[0]
    for line in range(0, matrix.strides[0], _LINE):
        prefetch(row + line)


@_jit
def _gather(matrix: F32, word: int, target: F32, place: int) -> None:
    for d in range(matrix.shape[1]):
        target[place, d] = matrix[word, d]


@_jit_vectorised
def _sigmoid(x: np.float32) -> np.float32:
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


@_jit_vectorised
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
        g = alpha * _sigmoid(-G[row, j])
        g = g if inside else zero
        G[row, j] = g
        pairs[j] += one if inside else zero
        squares[j] += g * g


@_jit_vectorised
def _fill_zero(row: F32) -> None:
    for j in range(len(row)):
        row[j] = 0


@_jit
def _softplus(x: float) -> float:
    return max(x, 0.0) + np.log1p(np.exp(-abs(x)))


@_jit_vectorised
def _negative_row(
    G: F32, row: int, width: int, weight: np.float32, alpha: np.float32, pairs: F32, measure: bool
) -> float:
    """Turn S into G for one negative; return its loss, or 0 if it is not to be measured."""
    nats = 0.0
    if measure:
        for j in range(width):
            nats += weight * pairs[j] * _softplus(G[row, j])
    for j in range(width):
        G[row, j] = -alpha * weight * pairs[j] * _sigmoid(G[row, j])
    return nats


class Block(NamedTuple):
    """Which part of a run a block is."""

    start: int  # place in the run of the first center
    T: int  # centers
    left: int  # place in the run of the first context
    M: int  # contexts
    before: int  # contexts of the same centers in earlier blocks
    now: int  # row of Scratch.negatives


@_jit
def _at(matrix: F32, row: int, column: int) -> int:
    """Address of an element."""
    return matrix.ctypes.data + row * matrix.strides[0] + column * 4


@_jit
def _gather_block(W: F32, C: F32, run: Run, block: Block, s: Scratch) -> None:
    """Copy the rows of a block to X and U, and X transposed to XT."""
    N = s.negatives.shape[1]
    for j in range(block.M):
        _gather(W, run.words[block.left + j], s.X, j)
        s.X_rows[j] = _at(W, run.words[block.left + j], 0)
    s.X_rows[block.M : _round_up(block.M, TILE_ROWS)] = s.sink.ctypes.data
    for j in range(0, block.M, LANES):
        for d in range(0, W.shape[1], LANES):
            transpose(_at(s.X, j, d), s.X.strides[0], _at(s.XT, d, j), s.XT.strides[0])
    for q in range(N):
        _gather(C, s.negatives[block.now, q], s.U, q)
        s.U_rows[q] = _at(C, s.negatives[block.now, q], 0)
    centers = _round_up(N, TILE_ROWS)
    for i in range(block.T):
        word, tile = run.words[block.start + i], i // TILE_ROWS
        _gather(C, word, s.U, centers + i)
        s.center_rows[tile, 0, i % TILE_ROWS] = _at(C, word, 0)
        s.center_rows[tile, 1, i % TILE_ROWS] = _at(s.U, centers + i, 0)
    for i in range(block.T, _round_up(block.T, TILE_ROWS)):
        s.center_rows[i // TILE_ROWS, :, i % TILE_ROWS] = s.sink.ctypes.data


@_jit
def _prefetch_block(W: F32, C: F32, run: Run, n: int, block: Block, p: Plan, s: Scratch) -> None:
    """Ask for the rows that the block after this one reads and this one does not."""
    start = block.start + block.T
    stop = min(n, start + p.block_size)
    for i in range(min(n, start + p.window), min(n, stop + p.window)):
        _prefetch(W, run.words[i])
    for i in range(start, stop):
        _prefetch(C, run.words[i])
    if start < n:
        for word in s.negatives[1 - block.now]:
            _prefetch(C, word)


@_jit
def _scores(s: Scratch, row: int, column: int, width: int) -> None:
    """S = U Xᵀ for TILE_ROWS outputs from ``row`` and ``width`` contexts from ``column`` on."""
    multiply(
        _at(s.U, row, 0), s.U.strides[0], 4, _at(s.XT, 0, column), s.XT.strides[0], s.XT.shape[0],
        s.G_rows.ctypes.data + 8 * row, 4 * column, width // LANES,
    )  # fmt: skip


@_jit
def _center_gradients(
    run: Run, block: Block, window: int, alpha: np.float32, s: Scratch, measure: bool
) -> float:
    """Fill the centers' rows of G, count the pairs of each context; return their loss."""
    row0, nats = _round_up(s.negatives.shape[1], TILE_ROWS), 0.0
    _fill_zero(s.pairs)
    _fill_zero(s.squares)
    for row in range(row0, row0 + _round_up(block.T, TILE_ROWS)):
        _fill_zero(s.G[row])
    shift = block.start - block.left  # place of center 0 among the contexts
    for tile in range(0, block.T, TILE_ROWS):
        begin = max(0, tile + shift - window)
        end = min(block.M, tile + TILE_ROWS + shift + window)
        if end <= begin:
            continue
        end = begin + _round_up(end - begin, LANES)
        _scores(s, row0 + tile, begin, end - begin)
        for i in range(tile, min(tile + TILE_ROWS, block.T)):
            first = max(0, run.first[block.start + i] - block.left)
            last = min(block.M - 1, run.last[block.start + i] - block.left)
            if measure:
                for j in range(first, last + 1):
                    nats += _softplus(-s.G[row0 + i, j]) if j != i + shift else 0.0
            _center_row(
                s.G, row0 + i, begin, end, i + shift, first, last, alpha, s.pairs, s.squares,
                s.places,
            )  # fmt: skip
    return nats


@_jit
def _leave_out(word: int, run: Run, block: Block, s: Scratch) -> None:
    """Set pairs_left to the pairs whose center is not this word: word2vec.c skips the others."""
    for j in range(len(s.pairs)):
        s.pairs_left[j] = s.pairs[j]
    for i in range(block.start, block.start + block.T):
        if run.words[i] == word:
            first, last = max(run.first[i], block.left), min(run.last[i], block.left + block.M - 1)
            for j in range(first, last + 1):
                s.pairs_left[j - block.left] -= np.float32(j != i)


@_jit
def _negative_gradients(
    run: Run, block: Block, p: Plan, alpha: np.float32, s: Scratch, measure: bool
) -> float:
    """Fill the negatives' rows of G; return their loss."""
    N, nats = s.negatives.shape[1], 0.0
    width = _round_up(block.M, LANES)
    weight = np.float32(p.negative / N)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (_FILTER - 1)] = p.is_center
    for tile in range(0, N, TILE_ROWS):
        _scores(s, tile, 0, width)
        for q in range(tile, min(tile + TILE_ROWS, N)):
            word = s.negatives[block.now, q]
            if s.is_center[word & (_FILTER - 1)]:
                _leave_out(word, run, block, s)
                nats += _negative_row(s.G, q, width, weight, alpha, s.pairs_left, measure)
            else:
                nats += _negative_row(s.G, q, width, weight, alpha, s.pairs, measure)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (_FILTER - 1)] = 0
    return nats


@_jit
def _steps_of_centers(tile: int, block: Block, p: Plan, s: Scratch) -> int:
    """Write d = G X of the centers of a tile to ``step``; return how many there are."""
    row0, shift = _round_up(s.negatives.shape[1], TILE_ROWS), block.start - block.left
    begin = max(0, tile + shift - p.window)
    depth = min(block.M, tile + TILE_ROWS + shift + p.window) - begin
    multiply(
        _at(s.G, row0 + tile, begin), s.G.strides[0], 4, _at(s.X, begin, 0), s.X.strides[0], depth,
        s.step_rows.ctypes.data, 0, s.X.shape[1] // LANES,
    )  # fmt: skip
    return min(TILE_ROWS, block.T - tile)


@_jit
def _apply_to_centers(block: Block, window: int, half_step: bool, s: Scratch) -> None:
    """C[centers] += d and, with the half step, U[centers] += d / 2; d = G X over their band."""
    row0, shift = _round_up(s.negatives.shape[1], TILE_ROWS), block.start - block.left
    g_row, x_row, vectors = s.G.strides[0], s.X.strides[0], s.X.shape[1] // LANES
    for tile in range(0, block.T, TILE_ROWS):
        begin = max(0, tile + shift - window)
        depth = min(block.M, tile + TILE_ROWS + shift + window) - begin
        g, x = _at(s.G, row0 + tile, begin), _at(s.X, begin, 0)
        rows = s.center_rows.ctypes.data + 8 * 2 * tile
        if half_step:
            multiply_add_and_half(g, g_row, 4, x, x_row, depth, rows, 0, vectors)
        else:
            multiply_add(g, g_row, 4, x, x_row, depth, rows, 0, vectors)


@_jit
def _apply(block: Block, p: Plan, s: Scratch) -> None:
    """C[centers, negatives] += G X, W[contexts] += Gᵀ U - h X; centers over their band."""
    N = s.negatives.shape[1]
    row0, shift = _round_up(N, TILE_ROWS), block.start - block.left
    g_row, x_row, u_row = s.G.strides[0], s.X.strides[0], s.U.strides[0]
    vectors = s.X.shape[1] // LANES
    _apply_to_centers(block, p.window, p.half_step, s)
    for j in range(0, block.M, TILE_ROWS):
        rows = s.X_rows.ctypes.data + 8 * j
        multiply_add(_at(s.G, 0, j), 4, g_row, _at(s.U, 0, 0), u_row, N, rows, 0, vectors)
        begin = max(0, j - shift - p.window)
        depth = min(block.T, j + TILE_ROWS - shift + p.window) - begin
        g, u = _at(s.G, row0 + begin, j), _at(s.U, row0 + begin, 0)
        multiply_add(g, 4, g_row, u, u_row, depth, rows, 0, vectors)
        for i in range(j, min(j + TILE_ROWS, block.M) if p.half_step else 0):
            add_scaled(s.X_rows[i], np.float32(-0.5) * s.squares[i], _at(s.X, i, 0), vectors)
    for q in range(0, N, TILE_ROWS):
        rows = s.U_rows.ctypes.data + 8 * q
        multiply_add(_at(s.G, q, 0), g_row, 4, _at(s.X, 0, 0), x_row, block.M, rows, 0, vectors)


@_jit_vectorised
def _sum_of_squares(row: F32) -> np.float32:
    total = np.float32(0)
    for j in range(len(row)):
        total += row[j] * row[j]
    return total


@_jit
def _update_own(
    W: F32, C: F32, run: Run, block: Block, key: np.uint64, alpha: np.float32, p: Plan, s: Scratch,
    measure: bool,
) -> float:  # fmt: skip
    """Do all that follows the centers' G, as ``reference.update_block_with_own_negatives``."""
    share, shift = np.float32(0.5) if p.half_step else np.float32(0), block.start - block.left
    vectors, nats = s.X.shape[1] // LANES, 0.0
    for tile in range(0, block.T, TILE_ROWS):
        for i in range(_steps_of_centers(tile, block, p, s)):
            word, U = run.words[block.start + tile + i], _at(s.U, tile + i, 0)
            add_scaled(_at(C, word, 0), -share * _sum_of_squares(s.G[tile + i]), U, vectors)
            add_scaled(U, share, _at(s.step, i, 0), vectors)
    for j in range(0, block.M, TILE_ROWS):
        begin = max(0, j - shift - p.window)
        depth = min(block.T, j + TILE_ROWS - shift + p.window) - begin
        multiply(
            _at(s.G, begin, j), 4, s.G.strides[0], _at(s.U, begin, 0), s.U.strides[0], depth,
            s.positive_rows.ctypes.data + 8 * j, 0, vectors,
        )  # fmt: skip
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (_FILTER - 1)] = p.is_center
    for j in range(block.M):
        if s.pairs[j] > 0:
            nats += _own_negatives(C, run, block, j, key, alpha, p, s, measure)
            _move_context(W, run.words[block.left + j], j, share, s)
    for i in range(block.start, block.start + block.T):
        s.is_center[run.words[i] & (_FILTER - 1)] = 0
    _apply_to_centers(block, p.window, False, s)
    return nats


@_jit
def _move_context(W: F32, word: int, j: int, share: np.float32, s: Scratch) -> None:
    """W[word] += R + P, and X[j] becomes what its centers see of it."""
    vectors, one = W.shape[1] // LANES, np.float32(1)
    others = share * (s.pairs[j] - one) / s.pairs[j]
    X, R, P = _at(s.X, j, 0), _at(s.positive, j, 0), s.noise.ctypes.data
    add_scaled(R, -share * s.squares[j], X, vectors)
    add_scaled(_at(W, word, 0), one, R, vectors)
    add_scaled(_at(W, word, 0), one, P, vectors)
    add_scaled(X, share, R, vectors)
    add_scaled(X, others, P, vectors)


@_jit_vectorised
def _own_gradients(g: F32, alpha: np.float32, counted: F32) -> None:
    """Turn a context's scores with its own negatives into G."""
    for q in range(len(g)):
        g[q] = -alpha * counted[q] * _sigmoid(g[q])


@_jit
def _own_rows(C: F32, own: I32, s: Scratch) -> None:
    """Write the addresses of a context's negatives, and of as many sinks as complete the last."""
    first, row, n = C.ctypes.data, C.strides[0], len(own)
    for q in range(n):
        s.own_rows[q] = first + np.int64(own[q]) * row
    for q in range(n, _round_up(n, VECTOR_ROWS)):
        s.own_rows[q] = _at(s.sink, q - n, 0)


@_jit
def _own_negatives(
    C: F32, run: Run, block: Block, j: int, key: np.uint64, alpha: np.float32, p: Plan, s: Scratch,
    measure: bool,
) -> float:  # fmt: skip
    """Push context j and its own negatives apart; its step goes to ``noise``."""
    n = p.negative * int(s.pairs[j])
    own, width, nats = s.own[:n], _round_up(n, LANES), 0.0
    X, noise, vectors = _at(s.X, j, 0), s.noise.ctypes.data, C.shape[1] // LANES
    rows, g = s.own_rows.ctypes.data, s.own_gradients.ctypes.data
    slot = (block.before + j) * len(s.own)
    draw_negatives(p.noise, key, run.positions[block.start], slot, own)
    _fill_zero(s.noise)
    _own_rows(C, own, s)
    s.counted[:n] = 1
    s.counted[n:width] = 0
    for q in range(n):
        if s.is_center[own[q] & (_FILTER - 1)]:
            s.counted[q] -= _pairs_with(own[q], run, block, j) / s.pairs[j]
    for q in range(0, n, VECTOR_ROWS):
        dot_rows(rows + 8 * q, X, g + 4 * q, vectors)
    if measure:
        for q in range(n):
            nats += s.counted[q] * _softplus(s.own_gradients[q])
    _own_gradients(s.own_gradients[:width], alpha, s.counted)
    for q in range(0, n, VECTOR_ROWS):
        exchange(rows + 8 * q, g + 4 * q, X, noise, vectors)
    return nats


@_jit
def _pairs_with(word: int, run: Run, block: Block, j: int) -> np.float32:
    """Return how many pairs of context j have this word as their center."""
    place, pairs = block.left + j, np.float32(0)
    for i in range(block.start, block.start + block.T):
        if run.words[i] == word and i != place and run.first[i] <= place <= run.last[i]:
            pairs += np.float32(1)
    return pairs


@_jit
def _end_of_block(run: Run, start: int, n: int, p: Plan, s: Scratch) -> int:
    """Return where a block ends, see ``pairs.block_ends``; nearly always without comparing words."""
    stop, most = min(n, (start // p.block_size + 1) * p.block_size), 0
    for i in range(start, stop):
        slot = run.words[i] & (_FILTER - 1)
        s.is_center[slot] += np.uint8(1)
        most = max(most, s.is_center[slot])
    for i in range(start, stop):
        s.is_center[run.words[i] & (_FILTER - 1)] = 0
    if most <= p.most_repeats < 255:  # what a byte can count
        return stop
    return end_of_block(run.words, start, stop, p.most_repeats)


@_jit
def _draw_for_next(
    run: Run, n: int, end: int, block: Block, key: np.uint64, p: Plan, s: Scratch
) -> None:
    """Draw the pool of the block after this one; ``end`` is that of all contexts of its centers."""
    next_start, slot = block.start + block.T, 0
    if block.left + block.M < end:
        next_start = block.start
        slot = (block.before + block.M) // p.max_contexts * s.negatives.shape[1]
    if next_start < n:
        draw_negatives(p.noise, key, run.positions[next_start], slot, s.negatives[1 - block.now])


def _compile(sources: int) -> Any:
    """Return the entry point; ``sources``, as a closure's variable, is part of its cache's key."""

    @numba.njit(nogil=True, cache=True, _nrt=False)
    def train(
        W: F32, C: F32, p: Plan, run: Run, n: int, negative_key: np.uint64, alpha: np.float32,
        s: Scratch,
    ) -> tuple[float, float]:  # fmt: skip
        """Train the n tokens of a run; return the loss of the measured blocks and their pairs."""
        _ = sources
        if n:
            draw_negatives(p.noise, negative_key, run.positions[0], 0, s.negatives[0])
        nats, pairs = 0.0, 0.0
        start = now = 0
        while start < n:
            stop = _end_of_block(run, start, n, p, s)
            begin, end = max(0, start - p.window), min(n, stop + p.window)
            measure = start // p.block_size % _LOSS_EVERY == 0
            for left in range(begin, end, p.max_contexts):
                M = min(end - left, p.max_contexts)
                block = Block(start, stop - start, left, M, left - begin, now)
                _draw_for_next(run, n, end, block, negative_key, p, s)
                _gather_block(W, C, run, block, s)
                _prefetch_block(W, C, run, n, block, p, s)
                nats += _center_gradients(run, block, p.window, alpha, s, measure)
                if p.own_negatives:
                    nats += _update_own(W, C, run, block, negative_key, alpha, p, s, measure)
                else:
                    nats += _negative_gradients(run, block, p, alpha, s, measure)
                    _apply(block, p, s)
                if measure:
                    pairs += s.pairs[:M].sum()
                now = 1 - now
            start = stop
        return nats, pairs

    return train


# numba renews its cache when this file changes; the code compiled into it stands in others too.
_train = _compile(
    crc32("".join(map(inspect.getsource, (_microkernels, compiled, rng, noise))).encode())
)
