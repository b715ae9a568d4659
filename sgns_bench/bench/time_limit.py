"""Ends a training that would exceed the suite's time limit; its cell is then skipped."""

from time import perf_counter
from typing import Final

from sgns_bench.trainers import Progress

FORECAST_AFTER: Final = 5.0  # seconds of training before its total time is forecast


class TooSlowError(Exception):
    """Raised in a training that would take ``seconds``, longer than the limit."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class TimeLimit:
    """A ``trainers.Progress`` that ends a training if its forecast exceeds the limit.

    It forecasts once, at the first report after ``FORECAST_AFTER`` seconds: elapsed time divided by
    the share of words trained. A trainer that reports only at the end of an epoch is therefore
    judged by its first epoch, and one that reports only when it is done is never ended. Every
    report is passed on to ``progress``.
    """

    def __init__(self, progress: Progress, words: int, seconds: float) -> None:
        self._progress, self._words, self._limit = progress, words, seconds
        self._judged = False
        self.start()

    def start(self) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def __call__(self, words: int, loss: float) -> None:
        """Pass the report on; raise TooSlowError if the training would take too long."""
        self._progress(words, loss)
        seconds = perf_counter() - self._start
        if self._judged or seconds < min(FORECAST_AFTER, self._limit):
            return
        self._judged = True
        if 0 < words < self._words and (forecast := seconds * self._words / words) > self._limit:
            raise TooSlowError(forecast)
