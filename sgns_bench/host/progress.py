"""Progress bars on the terminal and in notebooks, and in the log: reading, training, downloads."""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from time import perf_counter
from typing import Protocol, Self

from rich import progress as rich
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

REFRESHES_PER_SECOND = 2  # low, because drawing competes with the measured training for cores
ESTIMATE_OVER_SECONDS = 600  # cells differ tenfold in duration: average over many
LOG_SECONDS = 1.0  # between two lines of the log, as in gensim

logger = logging.getLogger("sgns_bench")


class Progress(Protocol):
    """A callback that the training thread calls with its progress from time to time."""

    def __call__(self, words: int, loss: float) -> None:
        """Report the words trained so far and the recent loss.

        An exception raised here ends the training; a suite's time limit works this way.

        Args:
            words: raw words so far, at most ``config.epochs * len(corpus.tokens)``.
            loss: mean nats per pair of recent training; NaN if the trainer has none.
        """


class Reading:
    """A progress bar for reading a corpus, in bytes; it draws on a terminal only."""

    def __init__(self, console: Console) -> None:
        self._bars = rich.Progress(
            TextColumn("reading"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
            disable=not console.is_terminal,
        )
        self._bar = self._bars.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` bytes are read; ``total`` is 0 if unknown."""
        self._bars.update(self._bar, completed=done, total=total or None, visible=True)


class Display:
    """Progress bars for all cells and for the words of the current cell.

    Bars are drawn on a terminal and in Jupyter only; the lines of :meth:`end` are printed anywhere.

    Args:
        console: the console to draw on; ``Console(quiet=True)`` draws nothing.
        cells: number of cells to train.
        done: number of those that are trained already.
    """

    def __init__(self, console: Console, cells: int, done: int = 0) -> None:
        self._bars = _bars_of_cells(console)
        self._console = console
        self._cells = self._bars.add_task(
            "cells", total=cells, completed=done, detail="", visible=cells > 1
        )
        self._cell = self._bars.add_task("", total=1, detail="", visible=False)
        self._total = cells
        self._words = 0
        self._done = done
        self._first: tuple[int, float] | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, label: str, words: int) -> None:
        """Start the bar of a cell that trains ``words`` raw words."""
        self._first, self._words = None, words
        self._bars.reset(self._cell, total=words, description=label, detail="", visible=True)
        self._bars.update(self._cells, detail=f"{self._done} of {self._total}")

    def update(self, words: int, loss: float) -> None:
        """Show the raw words trained so far, their rate, and the recent loss in nats per pair."""
        now = perf_counter()
        # The rate is measured from the first report, to exclude preparation.
        first_words, first_time = self._first = self._first or (words, now)
        seconds = now - first_time
        rate = f", {(words - first_words) / seconds / 1e6:.2f} M/s" if seconds > 0 else ""
        recent = "" if math.isnan(loss) else f", loss {loss:.2f}"
        detail = f"{words / 1e6:.1f}/{self._words / 1e6:.1f} M words{rate}{recent}"
        self._bars.update(self._cell, completed=words, detail=detail)

    def end(self, line: str) -> None:
        """Count the current cell as done and print a line, which starts with its number if any."""
        self._done += 1
        self._bars.update(self._cell, visible=False)
        self._bars.update(self._cells, advance=1, detail=f"{self._done} of {self._total}")
        number = f"[{self._done:>{len(str(self._total))}}/{self._total}] " * (self._total > 1)
        self._console.print(number + line, highlight=False, markup=False, soft_wrap=True)


def downloads(console: Console) -> rich.Progress:
    """Return progress bars for downloads, in bytes; they draw on a terminal only."""
    return rich.Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _bars_of_cells(console: Console) -> rich.Progress:
    return rich.Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=6),  # the whole line fits into 80 columns
        TextColumn("{task.fields[detail]}"),
        TextColumn("ETA"),
        TimeRemainingColumn(compact=True),
        console=console,
        refresh_per_second=REFRESHES_PER_SECOND,
        speed_estimate_period=ESTIMATE_OVER_SECONDS,
        transient=True,
        disable=not (console.is_terminal or _draws_in_jupyter(console)),
    )


def _draws_in_jupyter(console: Console) -> bool:
    return (
        console.is_jupyter and find_spec("ipywidgets") is not None
    )  # or rich warns, and draws none


@contextmanager
def training_progress(label: str, total: int, progress: bool | Progress) -> Iterator[Progress]:
    """Yield a function for a trainer to call, which logs progress once a second, as gensim does.

    Args:
        label: what is trained.
        total: raw words of the whole training.
        progress: True shows a bar, too; a function is called, too.
    """
    begin = perf_counter()
    next_line = begin + LOG_SECONDS
    with Display(Console(stderr=True, quiet=progress is not True), 1) as display:
        display.begin(label, total)

        def update(words: int, loss: float) -> None:
            nonlocal next_line
            display.update(words, loss)
            if callable(progress):
                progress(words, loss)
            if perf_counter() >= next_line:
                recent = "" if math.isnan(loss) else f", loss {loss:.2f}"
                logger.info("%s: %.1f%% of %d words%s", label, 100 * words / total, total, recent)
                next_line = perf_counter() + LOG_SECONDS

        yield update
        seconds = perf_counter() - begin
        display.end(f"{label}: {total:,} words in {seconds:.1f} s")
