"""``run``: train and score the cells of a suite."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sgns_bench.cli.interrupts import exit_code
from sgns_bench.cli.options import Device, Settings, one_of, parse_settings, with_settings


@with_settings
def run(
    suite: Annotated[
        str | None, typer.Argument(metavar="SUITE", help="Name or path; see list suites.")
    ] = None,
    suite_option: Annotated[
        str | None, typer.Option("--suite", metavar="SUITE", help="The same as an option.")
    ] = None,
    corpus: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH", help="Corpus: a name, or a text file, folder or glob pattern."
        ),
    ] = None,
    trainer: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Train only with this; repeatable.")
    ] = None,
    settings: Settings = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="N", help="Seeds per point of the grid.")
    ] = None,
    device: Device = "auto",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Result folder; default: in reports/runs/.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Set old results aside.")] = False,
) -> None:
    """Train and score a suite, and report.

    Called again, it goes on where it stopped. A setting replaces the suite's; several values, as in
    --negative 2,5, become a grid axis.
    """
    source = one_of("suite", suite, suite_option)
    overrides = settings or []
    values = parse_settings(overrides)
    typer.echo(f"reading suite {source}", err=True)  # the imports below take seconds

    from sgns_bench.bench import runner
    from sgns_bench.bench import suite as suites

    chosen = suites.load(source).override(
        trainers=trainer or (), settings=values, seeds=seeds, corpus=corpus
    )
    # A report shows all records of its folder, so other settings get another folder.
    on = [] if device == "auto" else [device]
    where = [re.sub(r"[^\w.-]+", "-", Path(corpus).stem).strip("-") or "stdin"] if corpus else []
    out = out or Path("reports", "runs", "-".join([chosen.name, *where, *overrides, *on]))
    command = _command(source, corpus, trainer or [], overrides, seeds, device)
    console = Console(stderr=True)
    try:
        summary = runner.run(
            chosen, out, device=device, fresh=fresh, command=command, console=console
        )
    except KeyboardInterrupt as interrupt:
        typer.echo(f"interrupted; finished cells are in {out}, the same command goes on", err=True)
        raise typer.Exit(exit_code(interrupt)) from None
    answer = write_report(out)
    typer.echo(f"{summary}\n{answer}")
    raise typer.Exit(1 if summary.failed else 0)


def write_report(folder: Path, *, with_latex: bool = False) -> str:
    """Write the report of a run; return its tables of answers, and where it is."""
    from sgns_bench import report

    answer = report.write(folder, with_latex=with_latex)
    return f"{answer}\nreport: {folder / 'report.html'}"


def _command(
    suite: str,
    corpus: str | None,
    trainers: Sequence[str],
    overrides: Sequence[str],
    seeds: int | None,
    device: str,
) -> str:
    """Return the command that repeats a run, without this machine's folders."""
    words = ["python", "-m", "sgns_bench", "run", "--suite", Path(suite).name]
    words += ["--corpus", Path(corpus).name] if corpus else []
    words += [word for name in trainers for word in ("--trainer", name)]
    words += [word for setting in overrides for word in ("--set", setting)]
    words += ["--seeds", str(seeds)] if seeds else []
    words += ["--device", device] if device != "auto" else []
    return shlex.join(words)
