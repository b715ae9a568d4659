"""The block kernel on a GPU, in Triton: subsampling, draws and updates on the card.

The sentences of a call are gathered on the host, sent, subsampled into a run on the device, and
cut into the same blocks, with the same draws, as the cpu kernel's, or into halves of them where
the card has no room for whole ones; see ``reference.update_block``. The contexts of a block always
share its pool, and are all of its centers' at once: ``Problem.own_negatives`` and
``Problem.max_contexts`` are of no use here.
Programs in any number walk over the blocks and add to rows atomically. Nothing waits for the
device but a host that is two jobs ahead of it, so the corpus may be larger than its memory.

Blocks in flight do not see each other's updates, and a frequent word is in all of them; see
:func:`programs` and :func:`row_factors` for what keeps its rows from overshooting.
"""

import os
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sgns_bench.errors import Unavailable
from sgns_bench.kernels import Loss, Problem
from sgns_bench.kernels._transfer import AsyncLoss, DeviceJob, StagingBuffer, aligned
from sgns_bench.sampling.pairs import pairs_per_token
from sgns_bench.sampling.rng import NEGATIVE, TOKEN, stream_key

CONCURRENT = False  # the device is busy with one caller
JOB_TOKENS = 1 << 20  # some 10 ms of work, and 20,000 blocks

PRECISION: Final = "tf32"  # of the products' inputs: "ieee", "tf32" or "tf32x3"
# What is in flight was chosen on simulated cards: reports/kernels.md.
PROGRAMS_PER_PROCESSOR: Final = 1
ROUNDS: Final = 200  # at least so many times per epoch a program sees what the others did
INPUT_STEP: Final = 8.0  # most of a row of W in one round, in units of a pair's gradient
OUTPUT_STEP: Final = 2.0  # of a row of C; W's gradients are smaller: most are of unlikely negatives

TILES: Final = (64, 32, 16)  # columns at a time: the first that fits; wider ones spill registers
# Of the compiler. Two stages: the rows of a tile are on their way while the one before is used.
OPTIONS: Final = {"num_warps": 8, "num_stages": 2, "enable_fp_fusion": True}

_LOSS_EVERY: Final = 64  # the loss is measured in one block of so many, from the first one on
_SCAN: Final = 1024  # tokens of a program that subsamples
_SECTOR: Final = 8  # floats in the 32 bytes that memory is read in
_MIN_DOT: Final = 16  # least side of a ``tl.dot``
_MAX_SCORES: Final = 1 << 15  # no card has room for more, and the compiler takes minutes over them
_PART: Final = 1 << 18  # rows sent at a time: a part is on the card twice, padded and not

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]


def programs(processors: int, tokens: int, block_size: int) -> int:
    """Return P, how many blocks are in flight: enough to fill the card, fewer for a small corpus.

    Args:
        processors: multiprocessors of the card.
        tokens: of the corpus.
        block_size: T.
    """
    return max(1, min(processors * PROGRAMS_PER_PROCESSOR, tokens // (ROUNDS * block_size)))


def row_rates(problem: Problem) -> tuple[F32, F32]:
    """Return how many pairs' gradients a row of W and of C gets per center, expected.

    A pair's input row gets 1 + k gradients; a word is the output of the pairs that it is the
    center of, and of k times all of them by its share of the noise.

    Returns:
        (V,) float32 each, > 0.
    """
    pairs = pairs_per_token(problem.window, problem.shrink_windows)
    k, noise = problem.negative, problem.noise.probabilities()
    rates = (1 + k) * problem.frequency, problem.frequency + k * noise
    tiny = np.finfo(np.float32).tiny
    input_rate, output_rate = (np.maximum(pairs * r, tiny).astype(np.float32) for r in rates)
    return input_rate, output_rate


def row_factors(rates: Tensor, step: float, alpha: float, block_size: int, programs: int) -> Tensor:
    """Return by how much to shrink the steps of each row, so that a round of P blocks is stable.

    A row that gets n gradients in a round, none of which has seen the others, takes a step of
    n * alpha at once, and overshoots beyond ``step``. Its factor leaves a step of that length.
    It is never below 1/P, at which all programs together step as far as one block alone: T was
    chosen so that this is safe.

    Args:
        rates: (V,) float32 > 0, from :func:`row_rates`.
        step: ``INPUT_STEP`` or ``OUTPUT_STEP``.
        alpha: learning rate.
        block_size: T.
        programs: P.

    Returns:
        (V,) float32 in [1/P, 1].
    """
    allowed = step / (alpha * block_size * programs) if alpha > 0 else float("inf")
    return torch.clamp(allowed / rates, 1 / programs, 1.0)


def constants(problem: Problem, width: int, tile: int) -> dict[str, Any]:
    """Return what ``train_blocks`` is compiled for: rows of ``width`` floats, ``tile`` at a time."""
    T, N, w = problem.block_size, problem.pool_size, min(problem.window, problem.reach)
    return {
        "T": T, "N": N, "MAX_REPEATS": min(problem.max_repeats, T), "WINDOW": w,
        "WEIGHT": problem.negative / N, "HALF_STEP": problem.half_step,
        "M_PAD": _power(T + 2 * w), "T_PAD": _power(T), "N_PAD": _power(N),
        "WIDTH": width, "TILE": min(tile, _power(width)), "PRECISION": PRECISION,
        "LOSS_EVERY": _LOSS_EVERY,
    }  # fmt: skip


class Session:
    """The two matrices on the device, rows padded with zeros to whole sectors."""

    def __init__(
        self, problem: Problem, input_vectors: F32, output_vectors: F32, device: str
    ) -> None:
        if not problem.skip_center:
            raise Unavailable(
                "kernel 'gpu': does not train with skip_center = False; use device=\"cpu\""
            )
        if problem.cbow:
            raise Unavailable("kernel 'gpu': does not train CBOW; use kernel 'cpu'")
        self._triton = _triton(device)
        self._problem = _with_whole_windows(problem)  # its blocks may become smaller still
        self._size = input_vectors.shape[1]
        self._W, self._C = (_padded(m, device) for m in (input_vectors, output_vectors))
        cuda = device == "cuda"
        self._stream = torch.cuda.current_stream() if cuda else None
        self._copies = torch.cuda.Stream() if cuda else None
        self._buffers = [StagingBuffer(device, self._copies) for _ in range(2 if cuda else 1)]
        self._loss = AsyncLoss(device, self._copies)
        self._keep = torch.from_numpy(problem.keep_threshold).to(device)
        self._noise = [torch.from_numpy(array).to(device) for array in problem.noise]
        self._rates = [torch.from_numpy(rate).to(device) for rate in row_rates(problem)]
        self._processors = _processors(device)
        while not self._fits():
            self._problem = _smaller(self._problem)

    def _fits(self) -> bool:
        """Find the widest tile that the card has room for, if there is one, by training nothing."""
        p, nothing = self._problem, KeptTokens.of(0, self._W.device)
        self._programs = programs(self._processors, len(p.tokens), p.block_size)
        if _scores(p) > _MAX_SCORES:
            return False
        for self._tile in TILES:
            try:
                self._train(nothing, 0, 0, 0.0)
                return True
            except self._triton.OutOfResources:  # the compiler alone knows beforehand
                continue
        return False

    def train(self, sentences: I64, epoch: int, alpha: float) -> Loss:
        """Train as ``kernels.Session``; the loss is of earlier calls while the device is busy."""
        buffer = self._buffers[0]
        self._buffers.reverse()
        with torch.cuda.stream(self._stream):  # a thread starts on another, perhaps another card's
            job = buffer.send(self._problem, sentences)
            run = self._subsample(job, epoch)
            self._train(run, len(job.tokens), epoch, alpha)
            buffer.done()
            return self._loss.read()

    def _subsample(self, job: DeviceJob, epoch: int) -> "KeptTokens":
        """Write what is kept of a job, and where each center's window ends."""
        p, n = self._problem, len(job.tokens)
        key = signed(stream_key(p.seed, epoch, TOKEN))
        of = torch.repeat_interleave(job.lengths, output_size=n)
        run = KeptTokens.of(n, job.tokens.device)
        kept = torch.empty(max(n, 1), dtype=torch.uint8, device=job.tokens.device)
        grid = (max(1, -(-n // _SCAN)),)
        self._triton.mark_kept[grid](
            job.tokens, of, job.begins, self._keep, key, n, kept, BLOCK=_SCAN
        )
        torch.cumsum(kept[:n], 0, dtype=torch.int32, out=run.places[1 : n + 1])
        self._triton.write_run[grid](
            job.tokens, of, job.begins, kept, run.places, key, n,
            run.words, run.positions, run.sentences, run.windows,
            WINDOW=p.window, SHRINK=p.shrink_windows, BLOCK=_SCAN,
        )  # fmt: skip
        return run

    def _train(self, run: "KeptTokens", n: int, epoch: int, alpha: float) -> None:
        """Update the blocks of a run."""
        p, P = self._problem, self._programs
        alpha = min(alpha, p.max_alpha)
        factors = [
            row_factors(rates, step, alpha, p.block_size, P)
            for rates, step in zip(self._rates, (INPUT_STEP, OUTPUT_STEP), strict=True)
        ]
        self._triton.train_blocks[(P,)](
            self._W, self._C, run.words, run.positions, run.sentences, run.windows, run.places, n,
            *self._noise, len(self._keep), signed(stream_key(p.seed, epoch, NEGATIVE)),
            alpha, *factors, self._loss.totals,
            **constants(p, self._W.shape[1], self._tile), **OPTIONS,
        )  # fmt: skip

    def vectors(self) -> tuple[F32, F32]:
        """Return W and C, (V, D) float32 each, once the device has finished."""
        with torch.cuda.stream(self._stream):
            W, C = (np.array(m.cpu().numpy()[:, : self._size]) for m in (self._W, self._C))
        return W, C


class KeptTokens(NamedTuple):
    """What subsampling leaves of a job, end to end; room for all n tokens of it."""

    words: Tensor  # int32
    positions: Tensor  # int64, in the corpus
    sentences: Tensor  # int32
    windows: Tensor  # int32
    places: Tensor  # (n+1,) int32, tokens kept before each of the job's; the last: all

    @classmethod
    def of(cls, n: int, device: torch.device) -> "KeptTokens":
        """Return room for a job of n tokens."""
        words, sentences, windows = torch.empty((3, aligned(n)), dtype=torch.int32, device=device)
        positions = torch.empty(n, dtype=torch.int64, device=device)
        places = torch.zeros(n + 1, dtype=torch.int32, device=device)
        return cls(words, positions, sentences, windows, places)


def start(problem: Problem, input_vectors: F32, output_vectors: F32, device: str) -> Session:
    """Begin a training on a GPU; see ``kernels.Kernel``."""
    try:
        return Session(problem, input_vectors, output_vectors, device)
    except torch.cuda.OutOfMemoryError:
        V, D = input_vectors.shape
        raise Unavailable(
            f"kernel 'gpu': the vectors of {V:,} words, {8e-9 * V * D:.1f} GB, do not fit into "
            'what is free of this card\'s memory; set a larger min_count, or use device="cpu"'
        ) from None


def _with_whole_windows(p: Problem) -> Problem:
    """Return the problem with fewer centers in a block where it counts on parts of a window."""
    contexts = p.block_size + 2 * min(p.window, p.reach)
    if contexts <= p.max_contexts:
        return p
    T = max(1, p.block_size * p.max_contexts // contexts)
    return p._replace(block_size=T, pool_size=max(1, p.pool_size * T // p.block_size))


def _smaller(p: Problem) -> Problem:
    """Halve the blocks; negatives per center stay the same."""
    if p.block_size == p.pool_size == 1:
        raise Unavailable(
            f"kernel 'gpu': a window of {p.window} words is too large for this card; "
            'set a smaller window, or use device="cpu"'
        )
    return p._replace(block_size=-(-p.block_size // 2), pool_size=-(-p.pool_size // 2))


def _scores(p: Problem) -> int:
    """Return the elements of S with its padding."""
    M = p.block_size + 2 * min(p.window, p.reach)
    T, N, M = (_power(n) for n in (p.block_size, p.pool_size, M))
    return M * (T + N)


def _triton(device: str) -> ModuleType:
    """Return the module of the device's code, if it can run on this device."""
    interpreted = os.environ.get("TRITON_INTERPRET") == "1"
    if find_spec("triton") is None:
        raise Unavailable(
            "kernel 'gpu': needs the package triton; install it, or use device=\"cpu\""
        )
    if device != "cuda" and not interpreted:
        raise Unavailable(f"kernel 'gpu': needs device=\"cuda\", not {device!r}; use kernel 'cpu'")
    from sgns_bench.kernels import _triton

    return _triton


def _processors(device: str) -> int:
    if device != "cuda":
        return 1  # the interpreter runs one program after the other
    return torch.cuda.get_device_properties(device).multi_processor_count


def _padded(vectors: F32, device: str) -> Tensor:
    rows, size = vectors.shape
    padded = torch.zeros(rows, -(-size // _SECTOR) * _SECTOR, device=device)
    for there, here in zip(
        padded.split(_PART), torch.from_numpy(vectors).split(_PART), strict=True
    ):
        there[:, :size] = here
    return padded


def _power(n: int) -> int:
    """Return the least power of two from n on that ``tl.dot`` takes."""
    return int(max(_MIN_DOT, 1 << (n - 1).bit_length()))


def signed(key: np.uint64) -> int:
    """Return the key's bits as Triton takes them whatever their value."""
    return int(key.astype(np.int64))
