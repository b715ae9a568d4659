"""What a full softmax runs on the card: four kernels for each chunk, in the order of their launches.

Written once for the GPU and, with ``TRITON_INTERPRET=1`` in the environment before triton is
imported, for its interpreter. Shapes that end in ``_PAD`` and ``TILE`` are powers of two, at least
16, as ``tl.dot`` wants them; the rest of such a tile is masked.
"""

import triton
import triton.language as tl
from triton.runtime.errors import OutOfResources as OutOfResources

_PAIRS = tl.constexpr(16)  # pairs of a row that are read at a time


@triton.jit
def _inputs(bounds, next_chunk, ahead):
    """Return the first input of a chunk, and how many it has: 0 beyond the last one."""
    chunk = tl.load(next_chunk) + ahead
    first_row = tl.load(bounds + chunk)
    return first_row, tl.load(bounds + chunk + 1) - first_row


@triton.jit
def _at(rows, columns, WIDTH: tl.constexpr):
    """Offsets of the elements of some rows: int64, for V * D may exceed 2^31."""
    return rows.to(tl.int64)[:, None] * WIDTH + columns[None, :]


@triton.jit
def _inside(is_row, columns, WIDTH: tl.constexpr):
    return is_row[:, None] & (columns < WIDTH)[None, :]


@triton.jit
def _read(matrix, rows, is_row, columns, WIDTH: tl.constexpr):
    mask = _inside(is_row, columns, WIDTH)
    return tl.load(matrix + _at(rows, columns, WIDTH), mask, other=0.0)


@triton.jit
def _logits(
    W, C, word, is_row, v, is_word,
    B_PAD: tl.constexpr, TILE: tl.constexpr, WIDTH: tl.constexpr, COLUMNS: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """S of some rows of C, -inf beyond V: (TILE, B_PAD), for words are many, and inputs few."""
    S = tl.zeros((TILE, B_PAD), tl.float32)
    for first in tl.range(0, WIDTH, COLUMNS):
        columns = first + tl.arange(0, COLUMNS)
        X = _read(W, word, is_row, columns, WIDTH)
        U = _read(C, v, is_word, columns, WIDTH)
        S = tl.dot(U, tl.trans(X), S, input_precision=PRECISION)
    return tl.where(is_word[:, None], S, float("-inf"))


@triton.jit(do_not_specialize=["ahead", "V"])
def sum_parts(
    W, C, words, bounds, next_chunk, ahead, V, parts,
    B_PAD: tl.constexpr, TILE: tl.constexpr, WIDTH: tl.constexpr, COLUMNS: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """Write the log Σ exp of each input's logits over a program's tiles, one at least.

    Args:
        W: (V, WIDTH) float32.
        C: (V, WIDTH) float32.
        words: (R,) int64, the inputs of all chunks.
        bounds: (chunks+1,) int64, the first input of each.
        next_chunk: (1,) int64, how many chunks have been trained.
        ahead: how many more lie before this one.
        V: vocabulary.
        parts: (B_PAD, programs) float32, written.
        B_PAD: B, padded.
        TILE: words at a time.
        WIDTH: of a row of W and C.
        COLUMNS: columns at a time.
        PRECISION: of the products' inputs, "ieee", "tf32" or "tf32x3".
    """
    first_row, rows = _inputs(bounds, next_chunk, ahead)
    if rows == 0:
        return
    row = tl.arange(0, B_PAD)
    is_row = row < rows
    word = tl.load(words + first_row + row, is_row, other=0)
    top = tl.full([B_PAD], float("-inf"), tl.float32)
    total = tl.zeros([B_PAD], tl.float32)
    for tile in range(tl.program_id(0), tl.cdiv(V, TILE), tl.num_programs(0)):
        v = tile * TILE + tl.arange(0, TILE)
        S = _logits(W, C, word, is_row, v, v < V, B_PAD, TILE, WIDTH, COLUMNS, PRECISION)
        higher = tl.maximum(top, tl.max(S, 0))
        total = total * tl.exp(top - higher) + tl.sum(tl.exp(S - higher[None, :]), 0)
        top = higher
    place = row * tl.num_programs(0) + tl.program_id(0)
    tl.store(parts + place, top + tl.log(total), is_row)


@triton.jit(do_not_specialize=["ahead"])
def add_positives(
    W, C, words, starts, centers, bounds, next_chunk, ahead, parts, log_sums, dX, loss,
    PARTS: tl.constexpr, PARTS_PAD: tl.constexpr, WIDTH: tl.constexpr, WIDTH_PAD: tl.constexpr,
):  # fmt: skip
    """Begin dX = m P C - n C with its second term; add up log Σ exp, and the loss. A row each.

    Args:
        W: (V, WIDTH) float32.
        C: (V, WIDTH) float32, not yet changed.
        words: (R,) int64, the inputs of all chunks.
        starts: (R+1,) int64, the first pair of each.
        centers: (P,) int64, of all pairs.
        bounds: (chunks+1,) int64, the first input of each.
        next_chunk: (1,) int64, how many chunks have been trained.
        ahead: how many more lie before this one.
        parts: (B_PAD, PARTS) float32, from ``sum_parts``.
        log_sums: (B_PAD,) float32, written.
        dX: (B_PAD, WIDTH) float32, written.
        loss: (1,) float64, nats are added.
        PARTS: programs of ``sum_parts``.
        PARTS_PAD: likewise, padded.
        WIDTH: of a row.
        WIDTH_PAD: likewise, padded.
    """
    row = tl.program_id(0)
    first_row, rows = _inputs(bounds, next_chunk, ahead)
    if row >= rows:
        return
    part, columns = tl.arange(0, PARTS_PAD), tl.arange(0, WIDTH_PAD)
    some = tl.load(parts + row * PARTS + part, part < PARTS, other=float("-inf"))
    top = tl.max(some, 0)
    log_sum = top + tl.log(tl.sum(tl.exp(some - top), 0))
    tl.store(log_sums + row, log_sum)

    begin, end = tl.load(starts + first_row + row), tl.load(starts + first_row + row + 1)
    of_centers = tl.zeros([WIDTH_PAD], tl.float32)
    for first in range(begin, end, _PAIRS):
        pair = first + tl.arange(0, _PAIRS)
        center = tl.load(centers + pair, pair < end, other=0)
        of_centers += tl.sum(_read(C, center, pair < end, columns, WIDTH), 0)
    tl.store(dX + row * WIDTH + columns, -of_centers, columns < WIDTH)

    word = tl.load(words + first_row + row)
    x = tl.load(W + word * WIDTH + columns, columns < WIDTH, other=0.0)
    nats = (end - begin).to(tl.float32) * log_sum - tl.sum(x * of_centers, 0)
    tl.atomic_add(loss, nats.to(tl.float64), sem="relaxed")


@triton.jit(do_not_specialize=["ahead", "V"])
def step_all_words(
    W, C, words, starts, bounds, next_chunk, ahead, V, log_sums, dX, alpha,
    B_PAD: tl.constexpr, TILE: tl.constexpr, WIDTH: tl.constexpr, COLUMNS: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """With P of the logits once more: dX += m P C, C -= alpha (m P)ᵀ X. No two programs share rows.

    Args:
        W: (V, WIDTH) float32.
        C: (V, WIDTH) float32, changed.
        words: (R,) int64, the inputs of all chunks.
        starts: (R+1,) int64, the first pair of each.
        bounds: (chunks+1,) int64, the first input of each.
        next_chunk: (1,) int64, how many chunks have been trained.
        ahead: how many more lie before this one.
        V: vocabulary.
        log_sums: (B_PAD,) float32, from ``add_positives``.
        dX: (B_PAD, WIDTH) float32, added to.
        alpha: (1,) float32, learning rate.
        B_PAD: B, padded.
        TILE: words at a time.
        WIDTH: of a row of W and C.
        COLUMNS: columns at a time.
        PRECISION: of the products' inputs, "ieee", "tf32" or "tf32x3".
    """
    first_row, rows = _inputs(bounds, next_chunk, ahead)
    if rows == 0:
        return
    row = tl.arange(0, B_PAD)
    is_row = row < rows
    word = tl.load(words + first_row + row, is_row, other=0)
    log_sum = tl.load(log_sums + row, is_row, other=0.0)
    begin = tl.load(starts + first_row + row, is_row, other=0)
    m = (tl.load(starts + first_row + row + 1, is_row, other=0) - begin).to(tl.float32)
    for tile in range(tl.program_id(0), tl.cdiv(V, TILE), tl.num_programs(0)):
        v = tile * TILE + tl.arange(0, TILE)
        is_word = v < V
        S = _logits(W, C, word, is_row, v, is_word, B_PAD, TILE, WIDTH, COLUMNS, PRECISION)
        P = m[None, :] * tl.exp(S - log_sum[None, :])  # 0 beyond B, where m is, and beyond V
        for first in tl.range(0, WIDTH, COLUMNS):
            columns = first + tl.arange(0, COLUMNS)
            X = _read(W, word, is_row, columns, WIDTH)
            U = _read(C, v, is_word, columns, WIDTH)
            more = tl.dot(tl.trans(P), U, input_precision=PRECISION)
            mask = _inside(is_row, columns, WIDTH)
            tl.atomic_add(dX + _at(row, columns, WIDTH), more, mask, sem="relaxed")
            U -= tl.load(alpha) * tl.dot(P, X, input_precision=PRECISION)
            tl.store(C + _at(v, columns, WIDTH), U, _inside(is_word, columns, WIDTH))


@triton.jit(do_not_specialize=["ahead"])
def step_pairs(
    W, C, words, starts, centers, bounds, next_chunk, ahead, dX, alpha,
    WIDTH: tl.constexpr, WIDTH_PAD: tl.constexpr,
):  # fmt: skip
    """W -= alpha dX, and C += alpha x at the center of each pair. A row each.

    Args:
        W: (V, WIDTH) float32, changed.
        C: (V, WIDTH) float32, changed.
        words: (R,) int64, the inputs of all chunks.
        starts: (R+1,) int64, the first pair of each.
        centers: (P,) int64, of all pairs.
        bounds: (chunks+1,) int64, the first input of each.
        next_chunk: (1,) int64, how many chunks have been trained.
        ahead: how many more lie before this one.
        dX: (B_PAD, WIDTH) float32, from ``step_all_words``.
        alpha: (1,) float32, learning rate.
        WIDTH: of a row.
        WIDTH_PAD: likewise, padded.
    """
    row, columns = tl.program_id(0), tl.arange(0, WIDTH_PAD)
    first_row, rows = _inputs(bounds, next_chunk, ahead)
    if row >= rows:
        return
    here = columns < WIDTH
    word = tl.load(words + first_row + row)
    x = tl.load(W + word * WIDTH + columns, here, other=0.0)
    down = tl.load(alpha) * tl.load(dX + row * WIDTH + columns, here)
    tl.store(W + word * WIDTH + columns, x - down, here)
    x *= tl.load(alpha)

    begin, end = tl.load(starts + first_row + row), tl.load(starts + first_row + row + 1)
    for first in range(begin, end, _PAIRS):
        pair = first + tl.arange(0, _PAIRS)
        center = tl.load(centers + pair, pair < end, other=0)
        mask = _inside(pair < end, columns, WIDTH)
        delta = tl.broadcast_to(x[None, :], (_PAIRS, WIDTH_PAD))
        tl.atomic_add(C + _at(center, columns, WIDTH), delta, mask, sem="relaxed")
