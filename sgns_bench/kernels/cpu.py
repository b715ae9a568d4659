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

Here are the session and the loop over blocks. What a block does stands in ``_cpu_memory`` (X and U),
``_cpu_centers`` (the centers' S, G and step), ``_shared_negatives`` and ``_own_negatives`` (the rest).
"""

import threading
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from sgns_bench.compilation import cached_njit
from sgns_bench.kernels import (
    Cbow,
    Loss,
    Problem,
    _cbow,
    _cpu_centers,
    _cpu_memory,
    _microkernels,
    _own_negatives,
    _row_passes,
    _shared_negatives,
)
from sgns_bench.kernels._cbow import CbowScratch, make_cbow_scratch, train_cbow
from sgns_bench.kernels._cpu_centers import center_gradients
from sgns_bench.kernels._cpu_memory import (
    F32,
    I64,
    LOSS_EVERY,
    Block,
    Plan,
    Scratch,
    find_block_end,
    gather_block,
    jit,
    make_scratch,
    padded,
    prefetch_block,
)
from sgns_bench.kernels._own_negatives import update_with_own_negatives
from sgns_bench.kernels._shared_negatives import apply, negative_gradients
from sgns_bench.sampling import compiled, noise, rng
from sgns_bench.sampling.compiled import KeptTokens, draw_negatives, keep_tokens
from sgns_bench.sampling.rng import NEGATIVE, TOKEN, stream_key

CONCURRENT = True
JOB_TOKENS = 10_000  # gensim's, too; some 3 ms of work

Item = TypeVar("Item", bound=np.generic)


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
        cbow = problem.cbow or Cbow()
        self._plan = Plan(
            problem.noise, problem.window, problem.negative, problem.block_size,
            problem.max_repeats, np.uint8(problem.skip_center), problem.half_step,
            problem.max_contexts, problem.own_negatives, cbow.mean, cbow.mean == cbow.corrected,
        )  # fmt: skip
        self._size = input_vectors.shape[1]
        self._W, self._C = padded(input_vectors), padded(output_vectors)
        self._threads = threading.local()

    def train(self, sentences: I64, epoch: int, alpha: float) -> Loss:
        """Train as ``kernels.Session``; any number of threads may call this at once."""
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
        train = train_cbow if p.cbow else _train
        nats, pairs = train(
            self._W, self._C, self._plan._replace(window=window), run, n, negative_key,
            np.float32(min(alpha, p.max_alpha)),
            self._scratch(window),
        )  # fmt: skip
        return Loss(nats, pairs, n)

    def _run(self, tokens: int) -> KeptTokens:
        """Return this thread's room for so many tokens."""
        if len(getattr(self._threads, "run", [()])[0]) < tokens or not tokens:
            self._threads.run = KeptTokens(
                words=np.empty(tokens, dtype=np.int32),
                positions=np.empty(tokens, dtype=np.int64),
                first=np.empty(tokens, dtype=np.int32),
                last=np.empty(tokens, dtype=np.int32),
            )
        run: KeptTokens = self._threads.run
        return run

    def _scratch(self, window: int) -> Scratch | CbowScratch:
        """Return this thread's working memory, with room for windows of that size."""
        if getattr(self._threads, "window", 0) < window:
            self._threads.scratch = self._make_scratch(window)
            self._threads.window = window
        scratch: Scratch | CbowScratch = self._threads.scratch
        return scratch

    def _make_scratch(self, window: int) -> Scratch | CbowScratch:
        p, width = self._problem, self._W.shape[1]
        M = p.block_size + 2 * window
        if p.cbow:
            return make_cbow_scratch(p.block_size, p.pool_size, M, width)
        N = 0 if p.own_negatives else p.pool_size
        own = p.negative * p.block_size if p.own_negatives else 0
        return make_scratch(p.block_size, N, own, min(M, p.max_contexts), width)

    def vectors(self) -> tuple[F32, F32]:
        """Return W and C, (V, D) float32 each."""
        return self._W[:, : self._size].copy(), self._C[:, : self._size].copy()


start = Session


def _read_only(array: npt.NDArray[Item]) -> npt.NDArray[Item]:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


@jit
def _draw_for_next(
    run: KeptTokens, n: int, end: int, block: Block, key: np.uint64, p: Plan, s: Scratch
) -> None:
    """Draw the pool of the block after this one; ``end`` is that of all contexts of its centers."""
    next_start, slot = block.start + block.T, 0
    if block.left + block.M < end:
        next_start = block.start
        slot = (block.before + block.M) // p.max_contexts * s.negatives.shape[1]
    if next_start < n:
        draw_negatives(p.noise, key, run.positions[next_start], slot, s.negatives[1 - block.now])


@cached_njit(
    depends_on=[
        _cbow, _row_passes, _cpu_memory, _cpu_centers, _own_negatives, _shared_negatives,
        _microkernels, compiled, noise, rng,
    ]
)  # fmt: skip
def _train(
    W: F32, C: F32, p: Plan, run: KeptTokens, n: int, negative_key: np.uint64, alpha: np.float32,
    s: Scratch,
) -> tuple[float, float]:  # fmt: skip
    """Train the n tokens of a run; return the loss of the measured blocks and their pairs."""
    if n:
        draw_negatives(p.noise, negative_key, run.positions[0], 0, s.negatives[0])
    nats, pairs = 0.0, 0.0
    start = now = 0
    while start < n:
        stop = find_block_end(run, start, n, p, s.is_center)
        begin, end = max(0, start - p.window), min(n, stop + p.window)
        measure = start // p.block_size % LOSS_EVERY == 0
        for left in range(begin, end, p.max_contexts):
            M = min(end - left, p.max_contexts)
            block = Block(start, stop - start, left, M, left - begin, now)
            _draw_for_next(run, n, end, block, negative_key, p, s)
            gather_block(W, C, run, block, s)
            prefetch_block(W, C, run, n, block, p, s.negatives)
            nats += center_gradients(run, block, p.window, alpha, s, measure)
            if p.own_negatives:
                nats += update_with_own_negatives(
                    W, C, run, block, negative_key, alpha, p, s, measure
                )
            else:
                nats += negative_gradients(run, block, p, alpha, s, measure)
                apply(block, p, s)
            if measure:
                pairs += s.pairs[:M].sum()
            now = 1 - now
        start = stop
    return nats, pairs
