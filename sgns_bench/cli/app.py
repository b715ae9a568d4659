"""The command line: ``python -m sgns_bench``, or ``sgns-bench``.

Exit codes: 0 success; 1 a cell or download failed, or a gate got worse; 2 bad input; 130
interrupted.
"""

import re
import shlex
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from typer.core import TyperGroup

from sgns_bench import __version__
from sgns_bench.errors import ConfigError, SgnsBenchError

# torch and gensim take seconds to import, so each command imports only the modules it needs.

INTERRUPTED = 130  # the exit code that shells give a process ended by SIGINT
USAGE_ERRORS: Any = typer.BadParameter.__bases__  # click's class; newer typers have a copy of it


class _Group(TyperGroup):
    """Turns errors that users can cause into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SgnsBenchError as error:
            typer.echo(f"error: {error}", err=True)
        except USAGE_ERRORS as error:
            message = error.format_message().rstrip(".")
            typer.echo(f"error: {message}; see --help", err=True)
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(INTERRUPTED) from None
        raise typer.Exit(2)


Corpus = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|PATH",
        help="Corpus: a name, or a text file, folder or glob pattern.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting, by gensim's name; repeatable."),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Number of threads.")]
Device = Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Device to train on.")]

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


@app.command()
def run(
    suite: Annotated[str, typer.Option(metavar="NAME|PATH", help="Suite; see list suites.")],
    corpus: Corpus = None,
    trainer: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Train only with this; repeatable.")
    ] = None,
    settings: Set = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Seeds per point of the grid.")] = None,
    workers: Workers = None,
    device: Device = "auto",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Result folder; default: in reports/runs/.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Set old results aside.")] = False,
) -> None:
    """Train and score the cells of a suite, and write its report.

    Called again, it goes on where it stopped. A setting given with --set replaces the suite's;
    several values, as in --set negative=2,5, become a grid axis.
    """
    from sgns_bench import report
    from sgns_bench.bench import runner
    from sgns_bench.bench import suite as suites
    from sgns_bench.config import parse_setting

    overrides = [*(settings or []), *([f"workers={workers}"] if workers else [])]
    chosen = suites.load(suite).override(
        trainers=trainer or (),
        settings=dict(map(parse_setting, overrides)),
        seeds=seeds,
        corpus=corpus,
    )
    # A report shows all records of its folder, so other settings get another folder.
    on = [] if device == "auto" else [device]
    where = [re.sub(r"[^\w.-]+", "-", Path(corpus).stem).strip("-") or "stdin"] if corpus else []
    name = "-".join([chosen.name, *where, *overrides, *on])
    out = out or Path("reports", "runs", name)
    command = _command(suite, corpus, trainer or [], overrides, seeds, device)
    console = Console(stderr=True)
    try:
        summary = runner.run(
            chosen, out, device=device, fresh=fresh, command=command, console=console
        )
    except KeyboardInterrupt:
        typer.echo(f"interrupted; finished cells are in {out}, the same command goes on", err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(summary)
    _show(report.write(out), out)
    raise typer.Exit(1 if summary.failed else 0)


@app.command()
def train(
    corpus: Annotated[
        list[str],
        typer.Option(
            metavar="NAME|PATH",
            help="Corpus: a name; a text file (also .gz, .bz2, .xz, .zst), folder or glob pattern;"
            " or - for standard input. Paths are repeatable.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to save the vectors in.")],
    format: Annotated[
        Literal["kv", "text", "binary"], typer.Option(help="gensim's KeyedVectors, or word2vec's.")
    ] = "kv",
    vectors: Annotated[
        Literal["input", "output", "average"], typer.Option(help="The matrix to save.")
    ] = "input",
    settings: Set = None,
    workers: Workers = None,
    device: Device = "auto",
    lowercase: Annotated[
        bool, typer.Option("--lowercase", help="Convert words to lower case.")
    ] = False,
    max_sentence_length: Annotated[
        int, typer.Option(help="Most words in a sentence; longer ones are split.")
    ] = 1000,
    max_vocab_size: Annotated[
        int | None, typer.Option(help="Most distinct words while reading; drops the rarest.")
    ] = None,
    max_final_vocab: Annotated[
        int | None, typer.Option(help="Most words to train; raises min_count until they fit.")
    ] = None,
) -> None:
    """Train embeddings on a corpus and save them to a file."""
    from sgns_bench import trainers
    from sgns_bench.bench.timing import measure
    from sgns_bench.corpus import load_corpus
    from sgns_bench.host import machine
    from sgns_bench.host.progress import Display, Reading
    from sgns_bench.host.resources import writable_folder

    config = _config(settings or [], workers or machine.usable_cores())
    writable_folder(out.parent)
    if out.is_dir():
        raise ConfigError(f"--out {out}: is a folder; give the name of a file")
    on = machine.resolve_device(device)
    console = Console(stderr=True)
    begin = perf_counter()
    with Reading(console) as reading:
        tokens = load_corpus(
            corpus[0] if len(corpus) == 1 else corpus,
            min_count=config.min_count,
            max_sentence_length=max_sentence_length,
            lowercase=lowercase,
            max_vocab_size=max_vocab_size,
            max_final_vocab=max_final_vocab,
            progress=reading.update,
        )
    read = perf_counter()
    words = config.epochs * len(tokens.tokens)
    with Display(console, 1) as display:
        display.begin(f"sgns on {tokens.name}", words)
        embeddings, scores = measure(
            lambda: trainers.load("sgns").prepare(tokens, config, on, display.update), words
        )
    trained = perf_counter()
    embeddings.save(out, format=format, which=vectors)
    speed = {score.metric: score.value for score in scores}
    typer.echo(
        f"{words:,} words in {speed['train_seconds']:.1f} s,"
        f" {speed['words_per_second']:,.0f} words/s, V = {len(tokens.vocab):,}; read in"
        f" {read - begin:.1f} s, prepared in {speed['prepare_seconds']:.1f} s, saved in"
        f" {perf_counter() - trained:.1f} s as {out}"
    )


@app.command("eval")
def evaluate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files of gensim, word2vec or GloVe.")
    ],
    method: Annotated[
        Literal["3cosadd", "3cosmul", "pairdirection", "lrcos"] | None,
        typer.Option(help="Method of answering analogies; default: all but lrcos, which is slow."),
    ] = None,
) -> None:
    """Score saved vectors, and compare the first file with the others."""
    from sgns_bench.embeddings import read_vectors
    from sgns_bench.evaluation.scorecard import evaluate, sets_here
    from sgns_bench.evaluation.significance import compare_all, match, tables

    here, absent = sets_here()
    console = Console(width=None if Console().is_terminal else 120)
    are_distinct = len({file.name for file in files}) == len(files)
    names = [file.name if are_distinct else str(file) for file in files]
    first = read_vectors(files[0])
    console.print(_scorecard(evaluate(first, *here, method=method), str(files[0])))
    matches = []
    for file, name in zip(files[1:], names[1:], strict=True):
        other = read_vectors(file)
        console.print(_scorecard(evaluate(other, *here, method=method), str(file)))
        matches += match((names[0], name), first, other, here, method or "3cosadd")
    for part in tables(compare_all(matches)):
        console.print(part, highlight=False, markup=False, soft_wrap=isinstance(part, str))
    if len(files) > 1 and not matches:
        typer.echo("nothing to compare: no evaluation set has three items that both files know")
    if absent:
        typer.echo(f"not fetched: {', '.join(absent)}; python -m sgns_bench fetch NAME, or --all")


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
    """Download corpora and evaluation sets that are not present."""
    from sgns_bench import datasets
    from sgns_bench.datasets import fetching

    if bool(names) == everything:
        raise ConfigError("fetch: give names of data sets or --all, not both; see list datasets")
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
    """Write the report of a run, or of several runs side by side."""
    from sgns_bench import report
    from sgns_bench.compare import side_by_side

    if (len(folders) > 1) != bool(out):
        raise ConfigError("report: give one folder without --out, or several with --out DIR")
    if out is None:
        _show(report.write(folders[0], with_latex=latex), folders[0])
    else:
        _show(side_by_side.write(folders, out, with_latex=latex), out)


@app.command()
def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="Result folder or records file.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same, after a change.")],
    suite: Annotated[
        str | None, typer.Option(metavar="NAME|PATH", help="Suite of both runs, if not shipped.")
    ] = None,
) -> None:
    """Tell whether a change made any of a suite's gates worse.

    Exit codes: 0 no gate is worse; 1 a gate is worse; 2 the runs cannot be compared. A gate that
    needs more repeats is unclear, and does not fail.
    """
    from sgns_bench.bench import suite as suites
    from sgns_bench.compare import compare, formats, read_sides

    before, after = read_sides(base, new)
    comparisons = compare(before, after, suites.load(suite or before.records[0].suite))
    typer.echo(formats.report(comparisons))
    raise typer.Exit(1 if formats.worse(comparisons) else 0)


@app.command("list")
def show(
    what: Annotated[
        Literal["suites", "trainers", "kernels", "tasks", "measures", "datasets"] | None,
        typer.Argument(help="Kind to list; default: all."),
    ] = None,
) -> None:
    """List the suites, trainers, kernels, tasks, measures and datasets."""
    from sgns_bench.cli.listing import LINES

    console = Console(width=None if Console().is_terminal else 1000)
    for kind in [what] if what else LINES:
        typer.echo(f"{kind}:")
        for line in LINES[kind]():
            console.print(
                f"  {line}", no_wrap=True, overflow="ellipsis", markup=False, highlight=False
            )


def main() -> None:
    """Run the command line."""
    app(prog_name="sgns-bench")


def _scorecard(scores: Any, title: str) -> Any:
    """Return a table of the scores, with sets of unknown items named in its caption."""
    from rich.table import Table

    table = Table("set", "metric", "value", "95 % interval", "n", "coverage", title=title)
    for row in scores[scores.n > 0].itertuples():
        interval = f"{row.low:.3f} to {row.high:.3f}" if row.low == row.low else ""
        numbers = f"{row.value:.3f}", interval, f"{row.n:,}", f"{row.coverage:.1%}"
        table.add_row(row.set, row.metric, *numbers)
    unknown = scores[scores.n == 0].set
    table.caption = f"no known items: {', '.join(unknown)}" if len(unknown) else None
    return table


def _show(answer: str, folder: Path) -> None:
    typer.echo(f"{answer}\nreport: {folder / 'report.html'}")


def _config(settings: list[str], workers: int) -> Any:
    from sgns_bench.config import SkipGramConfig, parse_setting

    chosen: dict[str, Any] = {"workers": workers}
    for name, values in map(parse_setting, settings):
        if len(values) > 1:
            raise ConfigError(f"--set {name}={values}: train takes one value")
        chosen[name] = values[0]
    return SkipGramConfig.from_mapping(chosen)


def _command(
    suite: str,
    corpus: str | None,
    trainers: list[str],
    overrides: list[str],
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
