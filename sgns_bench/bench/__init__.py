"""The harness: suites, the cells they plan, and the runs that train and score the cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["run_suite"]


def run_suite(
    suite: str | Path, out: str | Path, *, device: str = "auto", progress: bool = True
) -> pd.DataFrame:
    """Train and score the cells of a suite, and write its report.

    Called again, it goes on where it stopped, as ``python -m sgns_bench run`` does.

    Args:
        suite: name of a shipped suite, or path of a TOML file.
        out: folder for the records and the report, ``report.html``; made if needed.
        device: "auto", "cpu" or "cuda".
        progress: show a line for each cell, and a bar on a terminal or in Jupyter.

    Returns:
        A row for each number, and for each failed or skipped cell, as in ``results.csv``.

    Raises:
        UnknownName: no suite, trainer or evaluation set has that name.
        ConfigError: the suite contradicts itself, or ``out`` cannot be written.
        DatasetError: a corpus or an evaluation set cannot be read.
        NotComparable: the records in ``out`` were measured under other conditions.
        Unavailable: the device is not available.
    """
    from rich.console import Console

    from sgns_bench import record, report
    from sgns_bench.bench import runner
    from sgns_bench.bench import suite as suites
    from sgns_bench.report.dataframe import frame

    console = Console(stderr=True, quiet=not progress)
    runner.run(suites.load(str(suite)), Path(out), device=device, console=console)
    report.write(Path(out))
    return frame(record.latest(record.read(Path(out, record.FILE))))
