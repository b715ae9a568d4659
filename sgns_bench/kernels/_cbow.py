"""CBOW in blocks: the numba kernel of ``reference.update_cbow_block``."""

import inspect
from typing import NamedTuple
from zlib import crc32

import numba
import numpy as np
import numpy.typing as npt

from sgns_bench.kernels import _microkernels, cpu
from sgns_bench.kernels._microkernels import (
    LANES, TILE_ROWS, add_scaled, multiply, multiply_add, transpose, VECTOR_ROWS, dot_rows,
)
from sgns_bench.kernels.cpu import (
    F32, I64, I32, Plan, _at, _gather, _prefetch, _end_of_block, _jit, _jit_vectorised, _round_up, _sigmoid,
    _softplus, _zeros, _FILTER, _LOSS_EVERY,
)
from sgns_bench.sampling.compiled import Run, draw_negatives


class CbowScratch(NamedTuple):
    """Working memory of one thread."""

    X: F32  # (M+1, D) running sums of the contexts: row j holds those before j
    W_step: F32  # (M+1, D) differences of the contexts' steps
    H: F32  # (T, D) hidden
    HT: F32  # (D, T)
    E: F32  # (T, D) the hidden layer's steps
    E_rows: I64
    U: F32  # (N, D)
    U_rows: I64
    center_rows: I64
    G: F32  # (N, T)
    G_rows: I64
    positive: F32  # (T,)
    inverse: F32  # (T,) 1 / contexts, 0 where there are none
    negatives: I32  # (2, N)
    sink: F32
    is_center: npt.NDArray[np.uint8]


def scratch(T: int, N: int, M: int, width: int) -> CbowScratch:
    negatives, centers = _round_up(N, TILE_ROWS), max(_round_up(T, LANES), _round_up(T, TILE_ROWS))
    columns = _round_up(centers, LANES)
    G, sink, E = _zeros(negatives, columns), _zeros(VECTOR_ROWS, width), _zeros(centers, width)
    return CbowScratch(
        X=_zeros(M + 1, width), W_step=_zeros(M + 2, width), H=_zeros(centers, width), HT=_zeros(width, columns),
        E=E, E_rows=E.ctypes.data + np.arange(centers) * E.strides[0],
        U=_zeros(negatives, width), U_rows=np.full(negatives, sink.ctypes.data, dtype=np.int64),
        center_rows=np.full(_round_up(T, VECTOR_ROWS), sink.ctypes.data, dtype=np.int64),
        G=G, G_rows=G.ctypes.data + np.arange(negatives) * G.strides[0],
        positive=_zeros(1, columns)[0], inverse=_zeros(1, columns)[0],
        negatives=np.zeros((2, N), dtype=np.int32), sink=sink, is_center=np.zeros(_FILTER, dtype=np.uint8),
    )


@_jit
def _row_sum(out, a, b):
    for d in range(len(out)):
        out[d] = a[d] + b[d]


@_jit_vectorised
def _hidden(H, X, i, first, last, place, scale, row):
    for d in range(H.shape[1]):
        H[i, d] = scale * (X[last + 1, d] - X[first, d] - row[d])


@_jit_vectorised
def _negative_row(G, q, T, weight, alpha, inverse, measure):
    nats = 0.0
    if measure:
        for i in range(T):
            nats += (weight if inverse[i] > 0 else 0.0) * _softplus(G[q, i])
    for i in range(T):
        g = -alpha * weight * _sigmoid(G[q, i])
        G[q, i] = g if inverse[i] > 0 else np.float32(0)
    return nats


@_jit_vectorised
def _scatter(step, E, i, first, last, scale):
    for d in range(E.shape[1]):
        e = scale * E[i, d]
        E[i, d] = e
        step[first, d] += e
        step[last + 1, d] -= e


def _compile(sources: int):
    @numba.njit(nogil=True, cache=True, _nrt=False)
    def train(W: F32, C: F32, p: Plan, mean: bool, divide: bool, run: Run, n: int, key: np.uint64, alpha: np.float32, s: CbowScratch) -> tuple[float, float]:
        _ = sources
        N, vectors = s.negatives.shape[1], W.shape[1] // LANES
        weight = np.float32(p.negative / N)
        one = np.float32(1)
        nats, examples = 0.0, 0.0
        start = now = 0
        if n:
            draw_negatives(p.noise, key, run.positions[0], 0, s.negatives[0])
        while start < n:
            stop = _end_of_block(run, start, n, p, s)
            left, right = max(0, start - p.window), min(n, stop + p.window)
            T, M = stop - start, right - left
            measure = start // p.block_size % _LOSS_EVERY == 0
            # gather
            for d in range(W.shape[1]):
                s.X[0, d] = 0
            for j in range(M):
                word = run.words[left + j]
                for d in range(W.shape[1]):
                    s.X[j + 1, d] = s.X[j, d] + W[word, d]
            for q in range(N):
                _gather(C, s.negatives[now, q], s.U, q)
                s.U_rows[q] = _at(C, s.negatives[now, q], 0)
            for i in range(T):
                first, last = run.first[start + i] - left, run.last[start + i] - left
                contexts = last - first
                s.inverse[i] = one / contexts if contexts > 0 else np.float32(0)
                scale = s.inverse[i] if mean else one
                _hidden(s.H, s.X, i, first, last, start - left + i, scale, W[run.words[start + i]])
            if stop < n:
                draw_negatives(p.noise, key, run.positions[stop], 0, s.negatives[1 - now])
                for i in range(right, min(n, stop + p.block_size + p.window)):
                    _prefetch(W, run.words[i])
                for i in range(stop, min(n, stop + p.block_size)):
                    _prefetch(C, run.words[i])
                for word in s.negatives[1 - now]:
                    _prefetch(C, word)
            width = _round_up(T, LANES)
            for i in range(0, T, LANES):
                for d in range(0, W.shape[1], LANES):
                    transpose(_at(s.H, i, d), s.H.strides[0], _at(s.HT, d, i), s.HT.strides[0])
            # scores with negatives
            for i in range(T):
                s.is_center[run.words[start + i] & (_FILTER - 1)] = p.is_center
            for i in range(T, width):
                s.inverse[i] = 0
            for tile in range(0, N, TILE_ROWS):
                multiply(
                    _at(s.U, tile, 0), s.U.strides[0], 4, _at(s.HT, 0, 0), s.HT.strides[0], s.HT.shape[0],
                    s.G_rows.ctypes.data + 8 * tile, 0, width // LANES,
                )
                for q in range(tile, min(tile + TILE_ROWS, N)):
                    nats += _negative_row(s.G, q, width, weight, alpha, s.inverse, measure)
                    word = s.negatives[now, q]
                    if s.is_center[word & (_FILTER - 1)]:
                        for i in range(T):
                            if run.words[start + i] == word:
                                s.G[q, i] = 0
            for i in range(T):
                s.is_center[run.words[start + i] & (_FILTER - 1)] = 0
            # E = G^T U + g C[center]
            for i in range(0, T, TILE_ROWS):
                multiply(_at(s.G, 0, i), 4, s.G.strides[0], _at(s.U, 0, 0), s.U.strides[0], N, s.E_rows.ctypes.data + 8 * i, 0, vectors)
            for q in range(0, N, TILE_ROWS):
                multiply_add(_at(s.G, q, 0), s.G.strides[0], 4, _at(s.H, 0, 0), s.H.strides[0], T, s.U_rows.ctypes.data + 8 * q, 0, vectors)
            for i in range(T):
                if s.inverse[i] > 0:
                    row = _at(C, run.words[start + i], 0)
                    score = np.float32(0)
                    for d in range(C.shape[1]):
                        score += 0
                    score = _dot(s.H[i], C[run.words[start + i]])
                    if measure:
                        nats += _softplus(-score)
                        examples += 1
                    g = alpha * _sigmoid(-score)
                    add_scaled(_at(s.E, i, 0), g, row, vectors)
                    add_scaled(row, g, _at(s.H, i, 0), vectors)
            # contexts
            for j in range(M + 1):
                for d in range(W.shape[1]):
                    s.W_step[j, d] = 0
            for i in range(T):
                if s.inverse[i] > 0:
                    first, last = run.first[start + i] - left, run.last[start + i] - left
                    scale = s.inverse[i] if divide else one
                    _scatter(s.W_step, s.E, i, first, last, scale)
            for j in range(M):
                if j:
                    for d in range(W.shape[1]):
                        s.W_step[j, d] += s.W_step[j - 1, d]
                row = W[run.words[left + j]]
                i = j - (start - left)
                inside = 0 <= i < T and s.inverse[i] > 0
                for d in range(W.shape[1]):
                    row[d] += s.W_step[j, d] - (s.E[i, d] if inside else np.float32(0))
            now = 1 - now
            start = stop
        return nats, examples
    return train


@_jit_vectorised
def _dot(a, b):
    total = np.float32(0)
    for d in range(len(a)):
        total += a[d] * b[d]
    return total


train = _compile(crc32("".join(map(inspect.getsource, (_microkernels, cpu))).encode()))
