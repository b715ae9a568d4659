"""Runs a suite: trains and scores every cell, and records its numbers at once."""

import shutil
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan, nan
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from rich.console import Console

from sgns_bench import datasets, measures, record, tasks
from sgns_bench.bench.plan import Cell, cells
from sgns_bench.bench.suite import Suite
from sgns_bench.bench.train_and_score import SPEED, CellResult, failure, summary, train_and_score
from sgns_bench.config import PROSE
from sgns_bench.corpus import Corpus, load_corpus
from sgns_bench.corpus.prefix import first_words
from sgns_bench.errors import ConfigError, NotComparable
from sgns_bench.host.columns import aligned
from sgns_bench.host.machine import describe_machine, resolve_device
from sgns_bench.host.progress import Display
from sgns_bench.host.resources import output_folder
from sgns_bench.record import Record

ITEMS: Final = "items.jsonl"  # the result of each evaluation item
POINTS: Final = "points.jsonl"  # points of scatter plots
CHECKPOINTS: Final = "checkpoints"  # of cells that train long, until they are recorded
FAILURES: Final = "failures.log"


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of cells by how they ended."""

    cells: int  # all cells of the suite
    resumed: int  # cells that were in the records already
    trained: int  # cells trained and scored by this run
    skipped: int  # cells predicted to exceed the time limit
    failed: int  # cells that raised an error

    def __str__(self) -> str:
        cells = "1 cell" if self.cells == 1 else f"{self.cells} cells"
        return (
            f"{cells}: {self.trained} trained, {self.resumed} already there,"
            f" {self.skipped} skipped, {self.failed} failed"
        )


def run(
    suite: Suite,
    out: Path,
    *,
    device: str = "auto",
    fresh: bool = False,
    command: str = "",
    console: Console | None = None,
) -> Summary:
    """Train and score the cells of a suite that ``out/records.jsonl`` does not have yet.

    Each cell's records are on disk before the next cell starts, so an interrupted run goes on when
    it is called again. Failed cells are tried again. ``fresh`` renames the records of earlier runs
    and starts anew; ``command`` is the command line that started the run, for the report. Without
    a console there is no output.

    Raises:
        ConfigError: ``out`` cannot be written, or another run writes there.
        DatasetError: a corpus or an evaluation set cannot be read.
        NotComparable: the records in ``out`` were measured under other conditions.
        Unavailable: the device is not available.
    """
    with ExitStack() as lock, output_folder(out):
        suite_run = _SuiteRun(suite, out, resolve_device(device), command)
        plan = suite_run.cells()
        lock.enter_context(_only_run(out))
        if fresh:
            for name in (record.FILE, ITEMS, POINTS):
                _put_aside(out / name)
        earlier = suite_run.earlier(plan)
        done = _finished(earlier, suite.limit.seconds)
        todo = [cell for cell in plan if cell.id not in done]
        console = console or Console(quiet=True)
        if others := {r.cell for r in earlier} - {cell.id for cell in plan}:
            console.print(_beside(out, len(others)), markup=False, highlight=False, soft_wrap=True)
        ends = suite_run.run_all(todo, len(plan) - len(todo), console)
        return Summary(
            cells=len(plan),
            resumed=len(plan) - len(todo),
            trained=ends.count("ok"),
            skipped=ends.count("skipped"),
            failed=ends.count("failed"),
        )


class _SuiteRun:
    """What all cells of a run share."""

    def __init__(self, suite: Suite, out: Path, device: str, command: str) -> None:
        self.suite = suite
        self.out = out
        self.device = device
        self.about = {
            "title": suite.title,
            "question": suite.question,
            "baseline": suite.baseline,
            "command": command,
        }
        self.machine = describe_machine()
        self.corpora: dict[tuple[str, int, int], Corpus] = {}
        self.baselines: dict[Cell, float] = {}  # words/s of the baseline's cells
        for corpus in suite.corpora:
            for name in corpus.score_on:  # fail on a missing set before any training
                dataset = datasets.load(name)
                dataset.local_path()
                tasks.load(dataset.kind)

    def cells(self) -> list[Cell]:
        # Encode every corpus for every min_count now, to fail on bad input before any training.
        wholes = {
            corpus.name: self.corpus(corpus.name, point.config.min_count)
            for corpus in self.suite.corpora
            for point in self.suite.points()
        }
        shas = {name: corpus.sha256 for name, corpus in wholes.items()}
        if len(set(shas.values())) < len(shas):  # their cells would have the same ids
            raise ConfigError(f"[[corpora]] {', '.join(shas)}: hold the same text; keep one")
        words = {name: len(corpus.tokens) for name, corpus in wholes.items()}
        plan = cells(self.suite, corpus_sha256=shas, corpus_words=words, device=self.device)
        for name in {name for cell in plan for name in cell.measure}:
            measures.load(name)  # fail on a broken measure before any training
        return plan

    def corpus(self, name: str, min_count: int, max_words: int = 0) -> Corpus:
        """Return the corpus; cells with the same min_count and max_words share one object."""
        key = name, min_count, max_words
        if key not in self.corpora and max_words:
            whole = self.corpus(name, min_count)
            self.corpora[key] = first_words(whole, max_words, min_count=min_count)
        elif key not in self.corpora:
            self.corpora[key] = load_corpus(name, min_count=min_count)
        return self.corpora[key]

    def corpus_of(self, cell: Cell) -> Corpus:
        return self.corpus(cell.corpus, cell.config.min_count, cell.max_words)

    def earlier(self, plan: Iterable[Cell]) -> list[Record]:
        """Return the records of earlier runs, after a check that the plan fits them."""
        planned = [self.record(cell, utc="") for cell in plan]
        if found := record.clash(planned):
            raise ConfigError(
                f"[[corpora]] {found[0]} and {found[1]}: two texts of one name; rename one file"
            )
        path = self.out / record.FILE
        earlier = record.read(path) if path.exists() else []
        speeds = {r.cell: r.value for r in earlier if r.metric == SPEED}
        for cell in plan:
            if cell.trainer == self.suite.baseline and cell.id in speeds:
                self.baselines[cell] = speeds[cell.id]
        if found := record.clash([*earlier, *planned]):
            raise NotComparable(
                f"--out {self.out}: has records of {found[0]}, not of {found[1]};"
                " choose another folder, or --fresh"
            )
        return earlier

    def run_all(self, todo: Sequence[Cell], done: int, console: Console) -> list[str]:
        """Train and score cells, and print a line for each; return how they ended, a status each.

        ``done`` cells of the plan were finished before.
        """
        labels = aligned(map(self.label, todo))
        width = max(map(len, labels), default=0)
        with Display(console, done + len(todo), done) as display:
            return [
                self.run(cell, label.ljust(width), display)
                for cell, label in zip(todo, labels, strict=True)
            ]

    def run(self, cell: Cell, label: str, display: Display) -> str:
        """Train and score one cell, write its records, return its status."""
        name = " ".join(label.split())
        try:
            corpus = self.corpus_of(cell)
            display.begin(name, cell.config.epochs * len(corpus.tokens))
            folder = self.out / CHECKPOINTS / cell.id
            result = train_and_score(cell, corpus, self.suite.limit, display.update, folder)
            self.write(cell, result)
        except Exception as error:  # one cell's failure must not cost the others
            self.log(name, error)
            result = failure(error)
            self.write(cell, result)
        shutil.rmtree(self.out / CHECKPOINTS / cell.id, ignore_errors=True)
        with suppress(OSError):  # there is none, or it has those of other cells
            (self.out / CHECKPOINTS).rmdir()
        display.end(f"{label}  {summary(result, self.ratio(cell, result))}")
        return result.status

    def ratio(self, cell: Cell, result: CellResult) -> str:
        """Return how many times as fast as the baseline a cell was; "" if that is not known."""
        speed = result.words_per_second
        if cell.trainer == self.suite.baseline:
            self.baselines[cell] = speed
        base = next((self.baselines[each] for each in self.baselines if each.is_like(cell)), nan)
        ratio, slower = (base / speed, "slower than ") if speed < base else (speed / base, "")
        says = f"{ratio:6.3g} times {slower}{self.suite.baseline}"
        return " " * len(says) if isnan(speed / base) else says

    def write(self, cell: Cell, result: CellResult) -> None:
        """Write items and points, then the records, so that a cell with records has all three."""
        utc = datetime.now(UTC).isoformat(timespec="milliseconds")
        for name, entries in [(ITEMS, result.items), (POINTS, result.points)]:
            if entries:  # a run killed between here and there writes them twice: of other times
                about = {"cell": cell.id, "utc": utc}
                lines = (record.to_line(about | entry) for entry in entries)
                record.append_lines(self.out / name, lines)
        records = [self.record(cell, utc=utc, **fields) for fields in result.records()]
        record.append(self.out / record.FILE, records)

    def record(self, cell: Cell, **fields: Any) -> Record:
        corpus, name = self.corpus_of(cell), cell.corpus
        title = datasets.load(name).title if name in datasets.names() else ""
        return Record(
            cell=cell.id,
            suite=self.suite.name,
            trainer=cell.trainer,
            corpus=corpus.name,
            corpus_sha256=corpus.sha256,
            corpus_words=len(corpus.tokens),
            vocabulary=len(corpus.vocab),
            config=cell.settings,
            seed=cell.config.seed,
            device=cell.device,
            variant=cell.variant,
            max_words=cell.max_words,
            run=self.about | {"corpus_title": title},
            machine=self.machine,
            **fields,
        )

    def label(self, cell: Cell) -> list[str]:
        """Return what tells a cell from the others, "" where something does not apply to it."""
        axes = self.suite.variants[cell.variant].axes if cell.variant else {}
        own = _chosen(cell, [name for name in axes if name not in self.suite.grid])
        return [
            Path(cell.corpus).name if len(self.suite.corpora) > 1 else "",
            f"words={cell.max_words}" if cell.max_words else "",
            cell.trainer,
            " ".join([f"({cell.variant})", *own]) if cell.variant else "",
            *_chosen(cell, self.suite.grid),
            f"seed={cell.config.seed}",
        ]

    def log(self, label: str, error: Exception) -> None:
        with (self.out / FAILURES).open("a", encoding="utf-8") as file:
            print(label, *traceback.format_exception(error), sep="\n", file=file)


def _chosen(cell: Cell, settings: Iterable[str]) -> list[str]:
    """Return the value of each setting, "" if the trainer ignores it."""
    values = cell.settings
    return [f"{PROSE.get(n, n)}={values[n]}" if n in values else "" for n in settings]


@contextmanager
def _only_run(out: Path) -> Iterator[None]:
    """Keep other runs from writing to a folder: each would truncate what the other appends."""
    try:
        with FileLock(out / ".lock", timeout=0):
            yield
    except Timeout:
        raise ConfigError(
            f"--out {out}: another run writes there; wait for it, or choose another folder"
        ) from None


def _beside(out: Path, cells: int) -> str:
    """Return a note that the folder has cells which this run does not plan."""
    which = "1 cell" if cells == 1 else f"{cells} cells"
    return (
        f"note: {out} has {which} that this run does not plan (the suite or its options changed);"
        " the report will show them too; --fresh leaves them out"
    )


def _put_aside(path: Path) -> None:
    if path.exists():
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path.rename(path.with_name(f"{path.stem}.{now}{path.suffix}"))


def _finished(records: Iterable[Record], limit: float) -> set[str]:
    """Return ids of cells that need no training; a cell skipped under a lower limit needs it."""
    return {
        r.cell
        for r in record.latest(records)
        if r.kind == "finished"
        and (r.status == "ok" or (r.status == "skipped" and r.value > limit))
    }
