"""The cpu kernel's working memory: what stands in it, and how a block's rows get there."""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import register_jitable

from sgns_bench.kernels._microkernels import LANES, TILE_ROWS, VECTOR_ROWS, prefetch, transpose
from sgns_bench.sampling.compiled import KeptTokens, end_of_block
from sgns_bench.sampling.noise import AliasTable

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

LINE = 64  # bytes of a cache line
LOSS_EVERY = 64  # the loss is measured in one block of so many, from the first one on
FILTER = 1024  # slots, a power of two, of the filter that finds negatives among the centers
# Nothing here allocates, and the callers keep all arrays alive: without reference counts, whose
# atomic steps cost every call, the kernel is 1.2 times as fast (D = 100, one thread).
jit = numba.njit(_nrt=False)
# numba drops the check of a division, and with it the obstacle to vector code, only when asked.
jit_vectorised = numba.njit(
    _nrt=False, fastmath={"contract", "reassoc", "nsz", "arcp"}, error_model="numpy"
)


class Plan(NamedTuple):
    """The part of a ``Problem`` that the update of a block needs."""

    noise: AliasTable
    window: int
    negative: int
    block_size: int
    max_repeats: int
    is_center: np.uint8  # what marks one in Scratch.is_center: 0 if no negative is to be skipped
    half_step: bool
    max_contexts: int
    own_negatives: bool
    mean: bool  # of CBOW: contexts are averaged, not added
    divide: bool  # of CBOW: by the number of contexts, their step


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
    is_center: U8  # (FILTER,) 1 where the hash of a center falls


class Block(NamedTuple):
    """Which part of a run a block is."""

    start: int  # place in the run of the first center
    T: int  # centers
    left: int  # place in the run of the first context
    M: int  # contexts
    before: int  # contexts of the same centers in earlier blocks
    now: int  # row of Scratch.negatives


# What Python calls, too, must not be compiled for it: that takes longer than all else of a start.
_shared = register_jitable(_nrt=False)


@_shared
def round_up(n: int, multiple: int) -> int:
    return -(-n // multiple) * multiple


def zeros(rows: int, columns: int) -> F32:
    """Return (rows, columns) float32 zeros, the first of which starts a cache line."""
    memory = np.zeros(rows * columns + LINE // 4, dtype=np.float32)
    first = -memory.ctypes.data % LINE // 4
    return memory[first : first + rows * columns].reshape(rows, columns)


def padded(vectors: F32) -> F32:
    """Copy vectors to rows of whole registers."""
    rows = zeros(len(vectors), round_up(vectors.shape[1], LANES))
    rows[:, : vectors.shape[1]] = vectors
    return rows


def make_scratch(T: int, N: int, own: int, M: int, width: int) -> Scratch:
    """Return the working memory for blocks of up to T centers and M contexts.

    Args:
        T: centers.
        N: negatives that the contexts share; 0 if they have their own.
        own: negatives of one context, at most; 0 if they share them.
        M: contexts.
        width: floats of a row.
    """
    negatives, centers = round_up(N, TILE_ROWS), round_up(T, TILE_ROWS)
    outputs = negatives + centers
    contexts = max(round_up(M, LANES), round_up(M, TILE_ROWS))
    columns = round_up(M, LANES) + LANES  # the band of the last centers ends beyond M
    G, sink = zeros(outputs, columns), zeros(VECTOR_ROWS, width)
    step, positive = zeros(TILE_ROWS, width), zeros(contexts if own else 0, width)
    return Scratch(
        X=zeros(contexts, width),
        XT=zeros(width, columns),
        U=zeros(outputs, width),
        G=G,
        step=step,
        step_rows=step.ctypes.data + np.arange(len(step)) * step.strides[0],
        pairs=zeros(1, columns)[0],
        squares=zeros(1, columns)[0],
        pairs_left=zeros(1, columns)[0],
        places=np.arange(columns, dtype=np.float32),
        X_rows=np.full(contexts, sink.ctypes.data, dtype=np.int64),
        U_rows=np.full(negatives, sink.ctypes.data, dtype=np.int64),
        center_rows=np.full((centers // TILE_ROWS, 2, TILE_ROWS), sink.ctypes.data, dtype=np.int64),
        G_rows=G.ctypes.data + np.arange(outputs) * G.strides[0],
        sink=sink,
        negatives=np.zeros((2, N), dtype=np.int32),
        own=np.zeros(own, dtype=np.int32),
        own_rows=np.zeros(round_up(own, LANES), dtype=np.int64),
        own_gradients=zeros(1, round_up(own, LANES))[0],
        counted=zeros(1, round_up(own, LANES))[0],
        positive=positive,
        positive_rows=positive.ctypes.data + np.arange(len(positive)) * positive.strides[0],
        noise=zeros(1, width)[0],
        is_center=np.zeros(FILTER, dtype=np.uint8),
    )


@jit
def at(matrix: F32, row: int, column: int) -> int:
    """Address of an element."""
    return matrix.ctypes.data + row * matrix.strides[0] + column * 4


@jit_vectorised
def fill_zero(row: F32) -> None:
    for j in range(len(row)):
        row[j] = 0


@jit
def _prefetch(matrix: F32, word: int) -> None:
    row = matrix.ctypes.data + word * matrix.strides[0]
    for line in range(0, matrix.strides[0], LINE):
        prefetch(row + line)


@jit
def gather(matrix: F32, word: int, target: F32, place: int) -> None:
    """Copy a word's row to a row of ``target``."""
    for d in range(matrix.shape[1]):
        target[place, d] = matrix[word, d]


@jit
def gather_block(W: F32, C: F32, run: KeptTokens, block: Block, s: Scratch) -> None:
    """Copy the rows of a block to X and U, and X transposed to XT."""
    N = s.negatives.shape[1]
    for j in range(block.M):
        gather(W, run.words[block.left + j], s.X, j)
        s.X_rows[j] = at(W, run.words[block.left + j], 0)
    s.X_rows[block.M : round_up(block.M, TILE_ROWS)] = s.sink.ctypes.data
    for j in range(0, block.M, LANES):
        for d in range(0, W.shape[1], LANES):
            transpose(at(s.X, j, d), s.X.strides[0], at(s.XT, d, j), s.XT.strides[0])
    for q in range(N):
        gather(C, s.negatives[block.now, q], s.U, q)
        s.U_rows[q] = at(C, s.negatives[block.now, q], 0)
    centers = round_up(N, TILE_ROWS)
    for i in range(block.T):
        word, tile = run.words[block.start + i], i // TILE_ROWS
        gather(C, word, s.U, centers + i)
        s.center_rows[tile, 0, i % TILE_ROWS] = at(C, word, 0)
        s.center_rows[tile, 1, i % TILE_ROWS] = at(s.U, centers + i, 0)
    for i in range(block.T, round_up(block.T, TILE_ROWS)):
        s.center_rows[i // TILE_ROWS, :, i % TILE_ROWS] = s.sink.ctypes.data


@jit
def prefetch_block(
    W: F32, C: F32, run: KeptTokens, n: int, block: Block, p: Plan, negatives: I32
) -> None:
    """Ask for the rows that the block after this one reads and this one does not."""
    start = block.start + block.T
    stop = min(n, start + p.block_size)
    for i in range(min(n, start + p.window), min(n, stop + p.window)):
        _prefetch(W, run.words[i])
    for i in range(start, stop):
        _prefetch(C, run.words[i])
    if start < n:
        for word in negatives[1 - block.now]:
            _prefetch(C, word)


@jit
def find_block_end(run: KeptTokens, start: int, n: int, p: Plan, is_center: U8) -> int:
    """Return where a block ends, see ``pairs.block_ends``; nearly always without comparing words."""
    stop, most = min(n, (start // p.block_size + 1) * p.block_size), 0
    for i in range(start, stop):
        slot = run.words[i] & (FILTER - 1)
        is_center[slot] += np.uint8(1)
        most = max(most, is_center[slot])
    for i in range(start, stop):
        is_center[run.words[i] & (FILTER - 1)] = 0
    if most <= p.max_repeats < 255:  # what a byte can count
        return stop
    return end_of_block(run.words, start, stop, p.max_repeats)
