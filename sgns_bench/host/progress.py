"""Progress bars on the terminal: reading, training of cells, downloads."""

import math
from collections.abc import Callable
from time import perf_counter
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

REFRESHES_PER_SECOND = 2  # low, because drawing competes with the measured training for cores
ESTIMATE_OVER_SECONDS = 600  # cells differ tenfold in duration: average over many


class _Bars:
    """Progress bars within a ``with`` block; they are drawn on a terminal only."""

    def __init__(self, console: Console, *columns: ProgressColumn, period: float = 30.0) -> None:
        self._bars = Progress(
            *columns,
            TimeRemainingColumn(compact=True),
            console=console,
            refresh_per_second=REFRESHES_PER_SECOND,
            speed_estimate_period=period,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()


class Reading(_Bars):
    """A progress bar for reading a corpus, in bytes."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, TextColumn("reading"), BarColumn(), *_bytes())
        self._bar = self._bars.add_task("", total=None, visible=False)

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` bytes are read; ``total`` is 0 if unknown."""
        self._bars.update(self._bar, completed=done, total=total or None, visible=True)


class Downloads(_Bars):
    """Progress bars for downloads, in bytes."""

    def __init__(self, console: Console) -> None:
        name = TextColumn("{task.description}")
        super().__init__(console, name, BarColumn(bar_width=None), *_bytes())

    def begin(self, name: str, total: int) -> Callable[[int], None]:
        """Start a bar; return a function that shows the bytes downloaded so far."""
        bar = self._bars.add_task(name, total=total)
        return lambda done: self._bars.update(bar, completed=done)

    def end(self) -> None:
        """Remove the latest bar."""
        self._bars.remove_task(self._bars.task_ids[-1])


def _bytes() -> tuple[ProgressColumn, ProgressColumn]:
    return DownloadColumn(), TransferSpeedColumn()


class Display(_Bars):
    """Progress bars for all cells and for the words of the current cell.

    The lines of :meth:`end` are printed anywhere but on a ``Console(quiet=True)``.
    """

    def __init__(self, console: Console, cells: int) -> None:
        label, bar = TextColumn("{task.description}"), BarColumn(bar_width=6)  # to fit 80 columns
        detail = TextColumn("{task.fields[detail]}")
        super().__init__(
            console, label, bar, detail, TextColumn("ETA"), period=ESTIMATE_OVER_SECONDS
        )
        self._console = console
        self._cells = self._bars.add_task("cells", total=cells, detail="", visible=cells > 1)
        self._cell = self._bars.add_task("", total=1, detail="", visible=False)
        self._total = cells
        self._words = 0
        self._done = 0
        self._first: tuple[int, float] | None = None

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
        """Count the current cell as done and print a permanent line."""
        self._done += 1
        self._bars.update(self._cell, visible=False)
        self._bars.update(self._cells, advance=1, detail=f"{self._done} of {self._total}")
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)
