"""Runs a suite: trains every cell, scores it, and writes down each number at once."""

import math
import tempfile
import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console

from sgns_bench import datasets, record, trainers
from sgns_bench.corpus import Corpus, load_corpus
from sgns_bench.embeddings import Embeddings, WordVectors
from sgns_bench.errors import ConfigError, DatasetError, SgnsBenchError
from sgns_bench.machine import describe_machine, resolve_device
from sgns_bench.progress import Display
from sgns_bench.record import Record
from sgns_bench.suite import Cell, Suite, cells
from sgns_bench.tasks import Score
from sgns_bench.tasks.throughput import measure

RECORDS: Final = "records.jsonl"
FAILURES: Final = "failures.log"
LAST_METRIC: Final = "train_seconds"  # written last: a cell that has it has all its records


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended.

    Attributes:
        cells: of the suite.
        resumed: were in the records already.
        trained: were trained and scored now.
        skipped: were predicted to exceed the limit.
        failed: raised an error.
    """

    cells: int
    resumed: int
    trained: int
    skipped: int
    failed: int


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

    Every cell's records are on disk before the next one starts: interrupt it at any time, and
    call it again to go on. Failed cells are tried again.

    Args:
        suite: what to run.
        out: folder, made if needed.
        device: "auto", "cpu" or "cuda".
        fresh: put the records of earlier runs aside, under another name, and start anew.
        command: how a person started it, for the report.
        console: where to show progress; None shows nothing.

    Raises:
        ConfigError: ``out`` cannot be written.
        DatasetError: the corpus or an evaluation set cannot be read.
        Unavailable: the device is not there.
    """
    writable_folder(out)
    if fresh:
        _put_aside(out / RECORDS)
    job = _Job(suite, out, resolve_device(device), command)
    plan = job.cells()
    done = _finished(out / RECORDS, suite.limit.seconds)
    todo = [cell for cell in plan if cell.id not in done]
    with Display(console or Console(quiet=True), len(todo)) as display:
        ends = [job.run(cell, display) for cell in todo]
    return Summary(
        cells=len(plan),
        resumed=len(plan) - len(todo),
        trained=ends.count("ok"),
        skipped=ends.count("skipped"),
        failed=ends.count("failed"),
    )


def writable_folder(folder: Path) -> None:
    """Make a folder and try to write into it, before hours of training rely on it.

    Raises:
        ConfigError: that does not work.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"--out {folder}: cannot be written: {reason}; choose another") from None


def evaluate(vectors: WordVectors, dataset: str) -> list[Score]:
    """Score vectors on an evaluation set, by the task that bears the name of its kind.

    Raises:
        UnknownName: there is no such set.
        DatasetError: it cannot be read.
    """
    manifest = datasets.load(dataset)
    task = import_module(f"sgns_bench.tasks.{manifest.kind}")
    scores: list[Score] = task.evaluate(vectors, manifest.local_path())
    return scores


class _Job:
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
        self.corpora: dict[int, Corpus] = {}
        for name in suite.score_on:
            datasets.load(name).local_path()  # a missing file shows before any training

    def cells(self) -> list[Cell]:
        # Encoding it for every min_count now shows bad input before any training.
        shas = [self.corpus(point.min_count).sha256 for point in self.suite.points()]
        return cells(self.suite, corpus_sha256=shas[0], device=self.device)

    def corpus(self, min_count: int) -> Corpus:
        """Every cell with the same min_count gets the very same tokens."""
        if min_count not in self.corpora:
            self.corpora[min_count] = load_corpus(self.suite.corpus, min_count=min_count)
        return self.corpora[min_count]

    def run(self, cell: Cell, display: Display) -> str:
        """Train and score one cell, write its records down, return how it ended."""
        label = self.label(cell)
        try:
            records = self.measure(cell, display, label)
        except Exception as error:  # one cell's failure must not cost the others
            self.log(label, error)
            records = [{"status": "failed", "reason": _one_line(error)}]
        self.write(cell, records)
        display.end(f"{label}: {_summary(records)}")
        return str(records[0]["status"])

    def measure(self, cell: Cell, display: Display, label: str) -> list[dict[str, Any]]:
        corpus = self.corpus(cell.config.min_count)
        trainer = trainers.load(cell.trainer)
        words = cell.config.epochs * len(corpus.tokens)
        display.begin(label, words)
        limit = self.suite.limit.seconds
        if limit < math.inf:
            predicted = trainer.predicted_seconds(corpus, cell.config, cell.device)
            if predicted > limit:
                return [_skipped(predicted, limit)]
        embeddings, speed = measure(
            lambda: trainer.prepare(corpus, cell.config, cell.device, display.update), words
        )
        _check_finite(embeddings)
        vectors = embeddings.word_vectors("input")
        quality = [
            {"dataset": name, **asdict(score)}
            for name in cell.score_on
            for score in evaluate(vectors, name)
        ]
        return [{"status": "ok", **item} for item in [*quality, *map(asdict, speed)]]

    def write(self, cell: Cell, records: Iterable[dict[str, Any]]) -> None:
        corpus = self.corpus(cell.config.min_count)
        shared: dict[str, Any] = {
            "cell": cell.id,
            "suite": self.suite.name,
            "trainer": cell.trainer,
            "corpus": corpus.name,
            "corpus_sha256": corpus.sha256,
            "corpus_words": len(corpus.tokens),
            "vocabulary": len(corpus.vocab),
            "config": cell.settings,
            "seed": cell.config.seed,
            "device": cell.device,
            "utc": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "run": self.about,
            "machine": self.machine,
        }
        record.append(self.out / RECORDS, [Record(**shared, **item) for item in records])

    def label(self, cell: Cell) -> str:
        settings = cell.settings
        axes = [f"{name}={settings[name]}" for name in self.suite.grid if name in settings]
        return " ".join([cell.trainer, *axes, f"seed={cell.config.seed}"])

    def log(self, label: str, error: Exception) -> None:
        with (self.out / FAILURES).open("a", encoding="utf-8") as file:
            print(label, *traceback.format_exception(error), sep="\n", file=file)


def _put_aside(path: Path) -> None:
    if path.exists():
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path.rename(path.with_name(f"{path.stem}.{now}{path.suffix}"))


def _finished(path: Path, limit: float) -> set[str]:
    """Ids of cells that need no training; one skipped under a lower limit does."""
    records = record.latest(record.read(path)) if path.exists() else []
    return {
        r.cell
        for r in records
        if (r.status == "ok" and r.metric == LAST_METRIC)
        or (r.status == "skipped" and r.value > limit)
    }


def _skipped(predicted: float, limit: float) -> dict[str, Any]:
    return {
        "status": "skipped",
        "metric": "predicted_seconds",
        "value": predicted,
        "unit": "s",
        "higher_is_better": False,
        "reason": f"predicted to train for {predicted:,.0f} s, the limit is {limit:,.0f} s",
    }


def _check_finite(embeddings: Embeddings) -> None:
    bad = np.count_nonzero(~np.isfinite(embeddings.input_vectors).all(axis=1))
    if bad:
        raise DatasetError(
            f"training diverged: {bad:,} of {len(embeddings.vocab):,} vectors are not finite;"
            " lower alpha"
        )


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, SgnsBenchError) else f"{type(error).__name__}: {text}"


def _summary(records: list[dict[str, Any]]) -> str:
    """The headline of each evaluation set and the speed, for the line that stays on screen."""
    if records[0]["status"] != "ok":
        return f"{records[0]['status']}: {records[0]['reason']}"
    heads: dict[str, str] = {}
    for item in records:
        if not item["section"] and item.get("dataset"):
            heads.setdefault(item["dataset"], f"{item['dataset']} {item['value']:.3f}")
    by_metric = {item["metric"]: item["value"] for item in records}
    speed = f"{by_metric['words_per_second']:,.0f} words/s, {by_metric['train_seconds']:,.1f} s"
    return ", ".join([speed, *heads.values()])
