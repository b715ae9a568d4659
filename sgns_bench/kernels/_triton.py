"""What runs on the card: subsampling, and the block update as three matrix products.

The three kernels of ``gpu`` in the order of their launches, written once for the GPU and, with
``TRITON_INTERPRET=1`` in the environment before triton is imported, for its interpreter. Shapes
that end in ``_PAD`` are powers of two, at least 16, as ``tl.dot`` wants them; the rest of such a
tile is masked, and costs no memory traffic.
"""

import triton
import triton.language as tl
from triton.runtime.errors import OutOfResources as OutOfResources

from sgns_bench.sampling import rng

POSITION_STRIDE = tl.constexpr(rng.POSITION_STRIDE)
SLOT_STRIDE = tl.constexpr(rng.SLOT_STRIDE)
MULTIPLIER_1 = tl.constexpr(rng.MULTIPLIER_1)
MULTIPLIER_2 = tl.constexpr(rng.MULTIPLIER_2)


@triton.jit
def draw(key, position, slot):
    """Return the bits of ``rng.draw``: uint64; ``key`` int64, ``position`` and ``slot`` integers."""
    z = position.to(tl.uint64) * POSITION_STRIDE + slot.to(tl.uint64) * SLOT_STRIDE
    z += key.to(tl.uint64, bitcast=True)
    z = (z ^ (z >> 30)) * MULTIPLIER_1
    z = (z ^ (z >> 27)) * MULTIPLIER_2
    return z ^ (z >> 31)


@triton.jit
def _below(bits32, bound):
    """Return ``rng.below`` of 32 random bits, which are in a uint64."""
    return ((bits32 * bound.to(tl.uint64)) >> 32).to(tl.int32)


@triton.jit
def _low32(bits):
    return bits & 0xFFFFFFFF


@triton.jit
def draw_negatives(key, position, slot, threshold, choices, V):
    """Return the words of ``AliasTable.sample`` for some slots of a position: int32."""
    bits = draw(key, position, slot)
    column = _below(bits >> 32, V)
    own = _low32(bits).to(tl.uint32) < tl.load(threshold + column)
    return tl.load(choices + 2 * column + own.to(tl.int32))


@triton.jit
def _token_bits(key, i, inside, sentence, begins):
    """Draw for some tokens of a job; return their positions in the corpus, too."""
    of = tl.load(sentence + i, inside, other=0)
    position = tl.load(begins + of, inside, other=0) + i
    return draw(key, position, tl.zeros_like(i)), position, of


@triton.jit(do_not_specialize=["n", "key"])
def mark_kept(tokens, sentence, begins, threshold, key, n, kept, BLOCK: tl.constexpr):
    """Set kept[i] to 1 where subsampling leaves token i, else to 0, as ``pairs.subsample`` does.

    Args:
        tokens: (n,) int32, the words of a job.
        sentence: (n,) int32, to which of the job's sentences each belongs.
        begins: (s,) int64; token i of sentence s stands at begins[s] + i in the corpus.
        threshold: (V,) uint32.
        key: int64, of stream TOKEN.
        n: tokens.
        kept: (n,) uint8, written.
        BLOCK: tokens of a program.
    """
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    bits, _, _ = _token_bits(key, i, inside, sentence, begins)
    word = tl.load(tokens + i, inside, other=0)
    stays = (bits >> 32).to(tl.uint32) <= tl.load(threshold + word)
    tl.store(kept + i, stays.to(tl.uint8), inside)


@triton.jit(do_not_specialize=["n", "key"])
def write_run(
    tokens, sentence, begins, kept, places, key, n,
    words, positions, sentences, windows,
    WINDOW: tl.constexpr, SHRINK: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write what is kept end to end, in order, with ``pairs.reduced_windows``.

    Args:
        tokens: (n,) int32, as for ``mark_kept``.
        sentence: (n,) int32, likewise.
        begins: (s,) int64, likewise.
        kept: (n,) uint8, from ``mark_kept``.
        places: (n+1,) int32, how many are kept before each.
        key: int64, of stream TOKEN.
        n: tokens.
        words: (n,) int32, written.
        positions: (n,) int64, written, in the corpus.
        sentences: (n,) int32, written.
        windows: (n,) int32, written.
        WINDOW: w.
        SHRINK: as ``Problem.shrink_windows``.
        BLOCK: tokens of a program.
    """
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    bits, position, of = _token_bits(key, i, inside, sentence, begins)
    window = tl.full([BLOCK], WINDOW, tl.int32)
    if SHRINK:
        window -= _below(_low32(bits), window)
    stays = inside & (tl.load(kept + i, inside, other=0) != 0)
    place = tl.load(places + i, inside, other=0)
    tl.store(words + place, tl.load(tokens + i, inside, other=0), stays)
    tl.store(positions + place, position, stays)
    tl.store(sentences + place, of, stays)
    tl.store(windows + place, window, stays)


@triton.jit
def _at(words, columns, WIDTH: tl.constexpr):
    """Return the offsets of the elements of some rows: int64, for V * D may exceed 2^31."""
    return words.to(tl.int64)[:, None] * WIDTH + columns[None, :]


@triton.jit
def _gather(matrix, words, is_row, columns, WIDTH: tl.constexpr):
    """Read rows past the cache that no other processor's updates reach."""
    mask = is_row[:, None] & (columns < WIDTH)[None, :]
    return tl.load(matrix + _at(words, columns, WIDTH), mask, other=0.0, cache_modifier=".cg")


@triton.jit
def _add(matrix, words, is_row, columns, factor, delta, WIDTH: tl.constexpr):
    mask = is_row[:, None] & (columns < WIDTH)[None, :]
    delta *= tl.load(factor + words, is_row, other=0.0)[:, None]
    tl.atomic_add(matrix + _at(words, columns, WIDTH), delta, mask, sem="relaxed")


@triton.jit
def _softplus(x):
    return tl.maximum(x, 0.0) + tl.log(1.0 + tl.exp(-tl.abs(x)))


@triton.jit
def _sigmoid(x):
    """1 / (1 + exp(-x)); word2vec.c reads a table of 1000 slots, gensim drops pairs beyond 6."""
    small = tl.exp(-tl.abs(x))
    return tl.where(x < 0, small, 1.0) / (1.0 + small)


@triton.jit
def _too_often(center, i, MAX_REPEATS: tl.constexpr):
    """The first place whose word has come so often before; any beyond the last center if none."""
    earlier = (center[:, None] == center[None, :]) & (i[None, :] < i[:, None])
    repeats = tl.sum(earlier.to(tl.int32), 1)
    return tl.min(tl.where((repeats >= MAX_REPEATS) & (center >= 0), i, 0x7FFFFFFF), 0)


@triton.jit(do_not_specialize=["n", "key", "V"])
def train_blocks(
    W, C, words, positions, sentences, windows, places, n, noise_threshold, noise_choices, V, key,
    alpha, input_factor, output_factor, loss,
    T: tl.constexpr, N: tl.constexpr, MAX_REPEATS: tl.constexpr, WINDOW: tl.constexpr,
    WEIGHT: tl.constexpr, HALF_STEP: tl.constexpr, M_PAD: tl.constexpr, T_PAD: tl.constexpr,
    N_PAD: tl.constexpr, WIDTH: tl.constexpr, TILE: tl.constexpr, PRECISION: tl.constexpr,
    LOSS_EVERY: tl.constexpr,
):  # fmt: skip
    """Update the blocks of a run, each program every P-th chunk of T centers.

    With X the contexts' rows of W, and U those of C, of the centers and of the negatives:

        S = X Uᵀ,  G = alpha A (Y - σ(S)),  W[contexts] += G U,  C[centers, negatives] += Gᵀ X

    With the half step contexts see U + Gᵀ X / 2 of the centers, less what is their own of it.

    Args:
        W: (V, WIDTH) float32, changed.
        C: (V, WIDTH) float32, changed.
        words: (n,) int32, the run, from ``write_run``.
        positions: (n,) int64, likewise.
        sentences: (n,) int32, likewise.
        windows: (n,) int32, likewise.
        places: (n+1,) int32; the last one is the length of the run.
        n: tokens of the job.
        noise_threshold: (V,) uint32.
        noise_choices: (V, 2) int32.
        V: vocabulary.
        key: int64, of stream NEGATIVE.
        alpha: learning rate.
        input_factor: (V,) float32, multiplies what is added to a row of W.
        output_factor: (V,) float32, likewise for C.
        loss: (2,) float64, nats and pairs of measured blocks are added.
        T: centers in a chunk, which is a block unless a word comes too often in it.
        N: negatives of a block.
        MAX_REPEATS: of a word among the centers of a block.
        WINDOW: w.
        WEIGHT: k / N.
        HALF_STEP: as ``Problem.half_step``.
        M_PAD: T + 2w, padded.
        T_PAD: T, padded.
        N_PAD: N, padded.
        WIDTH: of a row, a multiple of 8: of the sectors that memory is read in.
        TILE: columns at a time.
        PRECISION: of the products' inputs, "ieee", "tf32" or "tf32x3".
        LOSS_EVERY: the loss is measured in one chunk of so many, from the first one on.
    """
    length = tl.load(places + n)
    for chunk in range(tl.program_id(0), tl.cdiv(length, T), tl.num_programs(0)):
        start = chunk * T
        end = tl.minimum(start + T, length)
        while start < end:
            i = start + tl.arange(0, T_PAD)
            center = tl.load(words + i, i < end, other=-1)
            stop = end
            if MAX_REPEATS < T:
                stop = tl.minimum(stop, _too_often(center, i, MAX_REPEATS))
            is_center = i < stop
            center = tl.where(is_center, center, 0)
            j = tl.maximum(start - WINDOW, 0) + tl.arange(0, M_PAD)
            slot = tl.arange(0, N_PAD)
            is_context = j < tl.minimum(stop + WINDOW, length)
            is_negative = slot < N
            context = tl.load(words + j, is_context, other=0)
            position = tl.load(positions + start)
            negative = draw_negatives(key, position, slot, noise_threshold, noise_choices, V)

            distance = tl.abs(j[:, None] - i[None, :])
            within = distance <= tl.load(windows + i, is_center, other=0)[None, :]  # 0: no center
            own = tl.load(sentences + i, is_center, other=0)
            together = tl.load(sentences + j, is_context, other=0)[:, None] == own[None, :]
            pair = within & (distance > 0) & together & is_context[:, None]
            # (M, N) pairs of each context but those whose center is the negative, as word2vec.c
            differ = (center[:, None] != negative[None, :]) & is_negative[None, :]
            counted = tl.dot(pair.to(tl.float16), differ.to(tl.float16)) * WEIGHT

            S = tl.zeros((M_PAD, T_PAD), tl.float32)
            S_negative = tl.zeros((M_PAD, N_PAD), tl.float32)
            for first in tl.range(0, WIDTH, TILE):
                columns = first + tl.arange(0, TILE)
                X = _gather(W, context, is_context, columns, WIDTH)
                U = _gather(C, center, is_center, columns, WIDTH)
                U_negative = _gather(C, negative, is_negative, columns, WIDTH)
                S = tl.dot(X, tl.trans(U), S, input_precision=PRECISION)
                S_negative = tl.dot(X, tl.trans(U_negative), S_negative, input_precision=PRECISION)

            if chunk % LOSS_EVERY == 0:
                nats = tl.sum(tl.where(pair, _softplus(-S), 0.0).to(tl.float64))
                nats += tl.sum((counted * _softplus(S_negative)).to(tl.float64))
                tl.atomic_add(loss, nats, sem="relaxed")
                tl.atomic_add(loss + 1, tl.sum(pair.to(tl.float64)), sem="relaxed")
            G = tl.where(pair, alpha * _sigmoid(-S), 0.0)
            G_negative = -alpha * counted * _sigmoid(S_negative)
            own_half = tl.sum(G * G, 1)[:, None] / 2  # (M, 1), of X

            for first in tl.range(0, WIDTH, TILE):
                columns = first + tl.arange(0, TILE)
                X = _gather(W, context, is_context, columns, WIDTH)
                U = _gather(C, center, is_center, columns, WIDTH)
                U_negative = _gather(C, negative, is_negative, columns, WIDTH)
                dU = tl.dot(tl.trans(G), X, input_precision=PRECISION)
                if HALF_STEP:
                    # The block's own step: not shrunk by output_factor, which is for C alone.
                    dX = tl.dot(G, U + dU / 2, input_precision=PRECISION) - own_half * X
                else:
                    dX = tl.dot(G, U, input_precision=PRECISION)
                dX = tl.dot(G_negative, U_negative, dX, input_precision=PRECISION)
                dU_negative = tl.dot(tl.trans(G_negative), X, input_precision=PRECISION)
                # Only here: before, a thread's rows might still be on their way.
                _add(W, context, is_context, columns, input_factor, dX, WIDTH)
                _add(C, center, is_center, columns, output_factor, dU, WIDTH)
                _add(C, negative, is_negative, columns, output_factor, dU_negative, WIDTH)
            tl.debug_barrier()  # or a thread would read rows that others have yet to add to
            start = stop
