"""Full softmax on a card: the step of :mod:`sgns_bench.softmax` in four kernels a chunk.

The logits of a chunk are never stored. One kernel computes them a tile of words at a time, and
keeps their log Σ exp; another computes them anew, for P, which it multiplies with at once:

    S = X Cᵀ,  log Σ exp S,  dX = -n C,  S = X Cᵀ,  P = exp(S - log Σ exp S)
    dX += m P C,  C -= alpha (m P)ᵀ X,  W -= alpha dX,  C += alpha nᵀ X

that is, four matrix products instead of three, and nothing but X, C and dX in memory. Each row of
C belongs to one program, but for the step of the pairs, which is atomic. The host waits for
nothing.
"""

from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sgns_bench.errors import Unavailable
from sgns_bench.softmax import Chunk

PRECISION: Final = "tf32"  # of the products' inputs: "ieee", "tf32" or "tf32x3"
PROGRAMS_PER_PROCESSOR: Final = 1
TILES: Final = ((128, 64), (64, 64), (32, 32), (16, 16))  # words, columns: the first that fits
TILE_LOGITS: Final = 8192  # most of a tile: more do not fit in registers
OPTIONS: Final = {"num_warps": 8, "num_stages": 2, "enable_fp_fusion": True}  # of the compiler

_SECTOR: Final = 8  # floats in the 32 bytes that memory is read in
_MIN_DOT: Final = 16  # least side of a ``tl.dot``


class FusedSoftmax:
    """The two matrices and their update, as ``softmax.FullSoftmax``.

    Attributes:
        input_vectors: (V, D) float32, W.
        output_vectors: (V, D) float32, C.
    """

    def __init__(
        self,
        input_vectors: npt.NDArray[np.float32],
        output_vectors: npt.NDArray[np.float32],
        device: str,
        most_rows: int,
    ) -> None:
        """Compile for chunks of up to ``most_rows`` inputs."""
        from sgns_bench import _fused_softmax

        self._kernels = _fused_softmax
        D = input_vectors.shape[1]
        self._W, self._C = (_padded(m, device) for m in (input_vectors, output_vectors))
        self.input_vectors, self.output_vectors = self._W[:, :D], self._C[:, :D]
        self._programs, most = programs(device), _power(most_rows)
        self._parts = torch.empty((most, self._programs), device=device)
        self._log_sums = torch.empty(most, device=device)
        self._dX = torch.empty((most, self._W.shape[1]), device=device)
        self._tiles: dict[int, tuple[int, int]] = {}  # for chunks padded to so many inputs
        for doublings in range((most // _MIN_DOT).bit_length()):
            self._compile(_MIN_DOT << doublings)

    def _compile(self, most: int) -> None:
        """Find the widest tiles that the card has room for, by training an input without pairs."""
        zeros = torch.zeros(2, dtype=torch.int64, device=self._W.device)
        nothing = _Packed(zeros, zeros, zeros, self._loss())
        for tile in (tile for tile in TILES if tile[0] * most <= TILE_LOGITS):
            self._tiles[most] = tile
            try:
                return self._step(nothing, 0, 1, 0.0, most)
            except self._kernels.OutOfResources:  # the compiler alone knows beforehand
                continue
        raise Unavailable(f"chunks of {most} inputs are too large for this card; use --device cpu")

    def train(self, chunks: list[Chunk], alpha: float) -> Tensor:
        """Take one gradient step on each chunk in turn.

        Args:
            chunks: all of them, on the device, as ``softmax.chunks`` gives them: pairs by row.
            alpha: learning rate.

        Returns:
            Scalar, on the device: the loss before each step, summed over pairs, in nats.
        """
        loss = self._loss()
        if chunks:
            packed, sizes = _Packed.of(chunks, loss), [len(chunk.words) for chunk in chunks]
            most = _power(max(sizes))
            for first, rows in zip(accumulate(sizes, initial=0), sizes, strict=False):
                self._step(packed, first, rows, alpha, most)
        return loss[0]

    def _loss(self) -> Tensor:
        return torch.zeros(1, dtype=torch.float64, device=self._W.device)

    def _step(self, chunks: "_Packed", first: int, rows: int, alpha: float, most: int) -> None:
        """Train the chunk whose inputs are those from ``first`` on, padded to ``most``."""
        k, W, C, tile = self._kernels, self._W, self._C, self._tiles[most]
        V, width = C.shape
        P = min(self._programs, -(-V // tile[0]))  # none without a share of the words
        words, starts, centers, loss = chunks
        shape = {
            "B_PAD": most, "TILE": tile[0], "WIDTH": width, "COLUMNS": min(tile[1], _power(width)),
            "PRECISION": PRECISION,
        }  # fmt: skip
        rowwise = {"WIDTH": width, "WIDTH_PAD": _power(width)}
        k.sum_parts[(P,)](W, C, words, first, rows, V, self._parts, **shape, **OPTIONS)
        k.add_positives[(rows,)](
            W, C, words, starts, centers, first, self._parts, self._log_sums, self._dX, loss,
            PARTS=P, PARTS_PAD=_power(P), **rowwise,
        )  # fmt: skip
        k.step_all_words[(P,)](
            W, C, words, starts, first, rows, V, self._log_sums, self._dX, alpha,
            **shape, **OPTIONS,
        )  # fmt: skip
        k.step_pairs[(rows,)](
            W, C, words, starts, centers, first, self._dX, alpha,
            **rowwise,
        )  # fmt: skip


class _Packed(NamedTuple):
    """Chunks end to end."""

    words: Tensor  # (R,) int64
    starts: Tensor  # (R+1,) int64, the first pair of each
    centers: Tensor  # (P,) int64
    loss: Tensor  # (1,) float64, added to

    @classmethod
    def of(cls, chunks: list[Chunk], loss: Tensor) -> "_Packed":
        words, pairs, _, centers = (torch.cat(parts) for parts in zip(*chunks, strict=True))
        starts = F.pad(pairs[:, 0].long().cumsum(0), (1, 0))
        return cls(words, starts, centers, loss)


def programs(device: str) -> int:
    """Return how many share out the vocabulary: enough to fill the card."""
    if device != "cuda":
        return 3  # the interpreter runs one after the other
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    return processors * PROGRAMS_PER_PROCESSOR


def _padded(vectors: npt.NDArray[np.float32], device: str) -> Tensor:
    """Copy to the device, rows padded with zeros to whole sectors."""
    return F.pad(torch.from_numpy(vectors), (0, -vectors.shape[1] % _SECTOR)).to(device, copy=True)


def _power(n: int) -> int:
    """Return the least power of two from n on that ``tl.dot`` takes."""
    return int(max(_MIN_DOT, 1 << (n - 1).bit_length()))
