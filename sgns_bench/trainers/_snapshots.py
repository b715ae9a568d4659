"""A training at several moments, for curves of quality and loss over time."""

import math
from time import perf_counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]


class Snapshot(NamedTuple):
    """What is known of a training at one moment.

    Attributes:
        progress: share of its words that were trained, in (0, 1).
        seconds: of training until then.
        loss: nats per pair since the point before, NaN where the trainer has none.
        input_vectors: (V, D) float32, a copy.
        output_vectors: (V, D) float32, a copy.
    """

    progress: float
    seconds: float
    loss: float
    input_vectors: F32
    output_vectors: F32


class Snapshots:
    """The vectors at equal parts of a training.

    Training pauses while they are copied, milliseconds that count as training; they are scored
    when it is over, which does not.

    Args:
        words: that the training will read, all epochs together.
        parts: how many; the end of the last one is the end of the training, and no point.

    Attributes:
        stops: the words after which to call :meth:`keep`.
        points: what was kept.
        loss: of the last part, NaN where the trainer told none.
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
        """Copy the vectors.

        Args:
            loss: nats per pair since the point before, NaN if unknown.
            input_vectors: (V, D) float32, so far.
            output_vectors: (V, D) float32, so far.
            stop: which of ``stops`` this is; None: the next.
        """
        seconds = perf_counter() - self._start
        words = self.stops[len(self.points)] if stop is None else stop
        copies = input_vectors.copy(), output_vectors.copy()
        self.points.append(Snapshot(round(words / self._words, 6), seconds, loss, *copies))
