"""Full softmax on a card: the step of :mod:`sgns_bench.trainers._softmax` in four kernels a chunk.

The logits of a chunk are never stored. One kernel computes them a tile of words at a time, and
keeps their log Σ exp; another computes them anew, for P, which it multiplies with at once:

    S = X Cᵀ,  log Σ exp S,  dX = -n C,  S = X Cᵀ,  P = exp(S - log Σ exp S)
    dX += m P C,  C -= alpha (m P)ᵀ X,  W -= alpha dX,  C += alpha nᵀ X

that is, four matrix products instead of three, and nothing but X, C and dX in memory. Each row of
C belongs to one program, but for the step of the pairs, which is atomic.

A chunk takes less time than its four launches. So all they need to know lies on the device, and
the launches for a group of chunks are recorded once, as a CUDA graph, and replayed.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sgns_bench.errors import Unavailable
from sgns_bench.trainers._softmax import Chunk

PRECISION: Final = "tf32"  # of the products' inputs: "ieee", "tf32" or "tf32x3"
PROGRAMS_PER_PROCESSOR: Final = 1
TILES: Final = ((128, 64), (64, 64), (32, 32), (16, 16))  # words, columns: the first that fits
TILE_LOGITS: Final = 8192  # most of a tile: more do not fit in registers
OPTIONS: Final = {"num_warps": 8, "num_stages": 2, "enable_fp_fusion": True}  # of the compiler

GROUP: Final = 64  # chunks that are launched at once; a few of the last group are empty

_SECTOR: Final = 8  # floats in the 32 bytes that memory is read in
_MIN_DOT: Final = 16  # least side of a ``tl.dot``


class FusedSoftmax:
    """The two matrices and their update, as ``_softmax.FullSoftmax``.

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
        from sgns_bench.trainers import _fused_softmax_triton

        self._kernels = _fused_softmax_triton
        D = input_vectors.shape[1]
        self._W, self._C = (_padded(m, device) for m in (input_vectors, output_vectors))
        self.input_vectors, self.output_vectors = self._W[:, :D], self._C[:, :D]
        self._programs, most = programs(device), _power(most_rows)
        self._parts = torch.empty((most, self._programs), device=device)
        self._log_sums = torch.empty(most, device=device)
        self._dX = torch.empty((most, self._W.shape[1]), device=device)
        self._loss = torch.zeros(1, dtype=torch.float64, device=device)
        self._alpha = torch.zeros(1, device=device)
        self._next_chunk = torch.zeros(1, dtype=torch.int64, device=device)
        self._inputs = _Inputs(*torch.tensor([[0, 0], [0, 0], [0, 0], [0, 1]], device=device))
        self._group = GROUP if device == "cuda" else 2  # the interpreter is slow
        self._graphs: dict[int, torch.cuda.CUDAGraph] = {}
        self._tiles: dict[int, tuple[int, int]] = {}  # for chunks padded to so many inputs
        self._next_chunk.add_(0)  # loads its code, which must not happen while a graph is recorded
        for doublings in range((most // _MIN_DOT).bit_length()):
            self._compile(_MIN_DOT << doublings)

    def _compile(self, most: int) -> None:
        """Find the widest tiles that the card has room for, by training an input without pairs."""
        for tile in (tile for tile in TILES if tile[0] * most <= TILE_LOGITS):
            self._tiles[most] = tile
            try:
                return self._launch(most, 0)
            except self._kernels.OutOfResources:  # the compiler alone knows beforehand
                continue
        raise Unavailable(f"chunks of {most} inputs are too large for this card; use --device cpu")

    def train(self, chunks: list[Chunk], alpha: float) -> Tensor:
        """Take one gradient step on each chunk in turn.

        Args:
            chunks: all of them, on the device, as ``_softmax.chunks`` gives them: pairs by row.
            alpha: learning rate.

        Returns:
            Scalar, on the device: the loss before each step, summed over pairs, in nats.
        """
        self._loss.zero_()
        self._next_chunk.zero_()
        self._alpha.fill_(alpha)
        if chunks:
            self._hold(_Inputs.of(chunks, self._group))
            most = _power(max(len(chunk.words) for chunk in chunks))
            for _ in range(0, len(chunks), self._group):
                self._train_group(most)
        return self._loss[0].clone()

    def _hold(self, inputs: "_Inputs") -> None:
        """Copy to where the graphs read."""
        if any(len(new) > len(room) for new, room in zip(inputs, self._inputs, strict=True)):
            self._graphs.clear()
            self._inputs = _Inputs(*(new.new_empty(len(new) * 5 // 4) for new in inputs))
        for new, room in zip(inputs, self._inputs, strict=True):
            room[: len(new)].copy_(new)

    def _train_group(self, most: int) -> None:
        """Train the next chunks, padded to ``most`` inputs."""
        if self._W.is_cuda:
            if most not in self._graphs:
                self._graphs[most] = torch.cuda.CUDAGraph()
                with torch.cuda.graph(self._graphs[most]):
                    self._launch_group(most)
            self._graphs[most].replay()
        else:
            self._launch_group(most)

    def _launch_group(self, most: int) -> None:
        for ahead in range(self._group):
            self._launch(most, ahead)
        self._next_chunk.add_(self._group)

    def _launch(self, most: int, ahead: int) -> None:
        """Train the chunk that lies so many ahead."""
        k, W, C, tile = self._kernels, self._W, self._C, self._tiles[most]
        V, width = C.shape
        P = min(self._programs, -(-V // tile[0]))  # none without a share of the words
        words, starts, centers, bounds = self._inputs
        chunk = bounds, self._next_chunk, ahead
        shape = {
            "B_PAD": most, "TILE": tile[0], "WIDTH": width, "COLUMNS": min(tile[1], _power(width)),
            "PRECISION": PRECISION,
        }  # fmt: skip
        rowwise = {"WIDTH": width, "WIDTH_PAD": _power(width)}
        k.sum_parts[(P,)](W, C, words, *chunk, V, self._parts, **shape, **OPTIONS)
        k.add_positives[(most,)](
            W, C, words, starts, centers, *chunk, self._parts, self._log_sums, self._dX, self._loss,
            PARTS=P, PARTS_PAD=_power(P), **rowwise,
        )  # fmt: skip
        k.step_all_words[(P,)](
            W, C, words, starts, *chunk, V, self._log_sums, self._dX, self._alpha,
            **shape, **OPTIONS,
        )  # fmt: skip
        k.step_pairs[(most,)](
            W, C, words, starts, centers, *chunk, self._dX, self._alpha, **rowwise
        )  # fmt: skip


class _Inputs(NamedTuple):
    """Chunks end to end: int64."""

    words: Tensor  # (R,)
    starts: Tensor  # (R+1,), the first pair of each
    centers: Tensor  # (P,)
    bounds: Tensor  # (chunks+1,), the first input of each; empty ones fill the last group

    @classmethod
    def of(cls, chunks: list[Chunk], group: int) -> "_Inputs":
        words, pairs, _, centers = (torch.cat(parts) for parts in zip(*chunks, strict=True))
        starts = F.pad(pairs[:, 0].long().cumsum(0), (1, 0))
        ends = np.cumsum([0, *(len(chunk.words) for chunk in chunks)])
        bounds = np.pad(ends, (0, -len(chunks) % group), mode="edge")
        return cls(words, starts, centers, torch.from_numpy(bounds).to(words.device))


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
