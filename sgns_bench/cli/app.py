"""The command line: ``python -m sgns_bench``, or ``sgns-bench``.

Exit codes: 0 success; 1 a cell or download failed, a gate got worse, or nobody reads the output; 2
bad input, or an output that cannot be written; 130 interrupted; 143 ended by SIGTERM.
"""

import logging
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from typer.core import TyperGroup

from sgns_bench import __version__
from sgns_bench.cli.evaluate import evaluate
from sgns_bench.cli.interrupts import exit_code, heed_sigterm
from sgns_bench.cli.run import run, write_report
from sgns_bench.cli.train import train
from sgns_bench.errors import ConfigError, SgnsBenchError

# torch and gensim take seconds to import, so each command imports only the modules it needs.

USAGE_ERRORS: Any = typer.BadParameter.__bases__  # click's class; newer typers have a copy of it


class _Group(TyperGroup):
    """Turns errors that users can cause into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(exit_code(interrupt)) from None

    def main(self, *args: Any, **options: Any) -> Any:
        try:
            sys.exit(super().main(*args, **options | {"standalone_mode": False}))
        except SgnsBenchError as error:
            message = re.sub(
                r'\bdevice="(\w+)"', r"--device \1", str(error)
            )  # it advises in Python
            typer.echo(f"error: {message}", err=True)
        except USAGE_ERRORS as error:
            message = error.format_message().replace("Value error, ", "").rstrip(".")  # pydantic's
            typer.echo(f"error: {message}; see --help", err=True)
        except MemoryError as error:
            typer.echo(f"error: out of memory; choose smaller settings: {error}", err=True)
        except OSError as error:
            where = error.filename or "the output cannot be written"
            typer.echo(f"error: {where}: {error.strerror}", err=True)
            _drop_output()
        sys.exit(2)


def _drop_output() -> None:
    """Discard what cannot be printed; Python would try again at exit and print a traceback."""
    with suppress(OSError, AttributeError):  # no file, or none at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=_Group, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)


@app.callback(invoke_without_command=True)
def _root(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Train skip-gram embeddings fast, and measure them against gensim and full softmax."""
    if version:
        typer.echo(f"sgns_bench {__version__}")
    elif ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


app.command()(run)
app.command()(train)
app.command("eval")(evaluate)


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="See list datasets.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All data sets.")] = False,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Take files from DIR, found by checksum."),
    ] = None,
) -> None:
    """Download corpora and evaluation sets."""
    from sgns_bench import datasets
    from sgns_bench.datasets import fetching

    if bool(names) == everything:
        raise ConfigError("fetch: give names of data sets or --all, not both; see list datasets")
    if source and not source.is_dir():
        raise ConfigError(f"--from {source}: is not a folder; give one that holds the files")
    chosen = [datasets.load(name) for name in names] if names else datasets.readable()
    errors = fetching.fetch_all(chosen, folder=source, console=Console())
    for error in errors:
        typer.echo(f"error: {error}", err=True)
    raise typer.Exit(1 if errors else 0)


@app.command("report")
def render(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Result folders.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for a report on several runs.")
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Write tables.tex too.")] = False,
) -> None:
    """Write the report of one run, or of several."""
    from sgns_bench.regression import side_by_side

    if (len(folders) > 1) != bool(out):
        raise ConfigError("report: give one folder without --out, or several with --out DIR")
    if out is None:
        typer.echo(write_report(folders[0], with_latex=latex))
    else:
        answer = side_by_side.write(folders, out, with_latex=latex)
        typer.echo(f"{answer}\nreport: {out / 'report.html'}")


@app.command()
def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="Result folder or records file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same, after a change.")],
    suite: Annotated[
        str | None, typer.Option(metavar="NAME|PATH", help="Suite of both runs, if not shipped.")
    ] = None,
) -> None:
    """Tell whether a change made gates worse.

    Exit codes: 0 no gate is worse; 1 a gate is worse; 2 the runs cannot be compared. A gate that
    needs more repeats is unclear, and does not fail.
    """
    from sgns_bench.bench import suite as suites
    from sgns_bench.regression import compare, formats, read_sides

    before, after = read_sides(base, new)
    comparisons = compare(before, after, suites.load(suite or before.records[0].suite))
    typer.echo(formats.report(comparisons))
    raise typer.Exit(1 if formats.worse(comparisons) else 0)


@app.command("list")
def show(
    kind: Annotated[
        Literal["suites", "settings", "trainers", "kernels", "tasks", "measures", "datasets"]
        | None,
        typer.Argument(help="Kind to list; default: all."),
    ] = None,
) -> None:
    """List suites, settings, trainers, data sets."""
    from sgns_bench.cli.listing import LINES

    console = Console(width=None if Console().is_terminal else 1000)
    for each in [kind] if kind else LINES:
        typer.echo(f"{each}:")
        for line in LINES[each]():
            console.print(
                f"  {line}", no_wrap=True, overflow="ellipsis", markup=False, highlight=False
            )


def main() -> None:
    """Run the command line; what the package logs goes to stderr."""
    heed_sigterm()
    logging.getLogger("sgns_bench").setLevel(logging.INFO)
    if logging.lastResort:
        logging.lastResort.setLevel(logging.INFO)
    app(prog_name="sgns-bench")
