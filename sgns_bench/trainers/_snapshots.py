"""Copies of the vectors during a training, for curves of quality and loss over time."""

import math
from time import perf_counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]


class Snapshot(NamedTuple):
    """The state of a training at one moment."""

    progress: float  # share of the words trained, in (0, 1)
    seconds: float  # training time so far
    loss: float  # mean nats per pair since the point before; NaN if the trainer has none
    input_vectors: F32  # (V, D) float32, a copy
    output_vectors: F32  # (V, D) float32, a copy


class Snapshots:
    """Collects copies of the vectors at equal parts of a training of ``words`` raw words.

    Training pauses while vectors are copied; these milliseconds count as training time. Scoring
    happens after the training and does not count.

    Attributes:
        stops: numbers of words at which to call :meth:`keep`, without the end of training.
        points: the points kept so far.
        loss: mean nats per pair of the last part; NaN if the trainer has none.
    """

    def __init__(self, words: int, parts: int) -> None:
        self._words, self._start = words, perf_counter()
        self.stops = [words * part // parts for part in range(1, parts)]
        self.points: list[Snapshot] = []
        self.loss = math.nan

    def start(self) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def keep(
        self, loss: float, input_vectors: F32, output_vectors: F32, stop: int | None = None
    ) -> None:
        """Copy the vectors, (V, D) float32 each, at ``stop``, or at the next of ``stops``.

        ``loss`` is the mean in nats per pair since the point before; NaN if unknown.
        """
        seconds = perf_counter() - self._start
        words = self.stops[len(self.points)] if stop is None else stop
        copies = input_vectors.copy(), output_vectors.copy()
        self.points.append(Snapshot(round(words / self._words, 6), seconds, loss, *copies))
