"""Trains, times and scores one cell; :mod:`sgns_bench.bench.time_limit` ends a slow one."""

import gc
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from sgns_bench import measures, trainers
from sgns_bench.bench.plan import Cell
from sgns_bench.bench.suite import Limit
from sgns_bench.bench.time_limit import TimeLimit, TooSlowError
from sgns_bench.bench.timing import measure
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import SgnsBenchError
from sgns_bench.measures import Training
from sgns_bench.record import Kind, Status
from sgns_bench.tasks import Items, Score, evaluate
from sgns_bench.trainers import Checkpoints, Progress, Snapshot, Snapshots, open_checkpoints

SPEED: Final = "words_per_second"
CHECKPOINT_SECONDS: Final = 60.0


class CellScore(NamedTuple):
    """A score of a cell, and where it belongs; see :class:`sgns_bench.record.Record`."""

    score: Score
    dataset: str = ""
    kind: Kind = "score"
    progress: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """All scores of a cell, and how it ended."""

    scores: list[CellScore] = field(default_factory=list)  # in the order in which they are recorded
    # what became of each item of its evaluation sets, an object per set and metric
    items: list[dict[str, Any]] = field(default_factory=list)
    # for scatter plots, an object per measure
    points: list[dict[str, Any]] = field(default_factory=list)
    status: Status = "ok"  # how the cell ended
    reason: str = ""  # why it failed or was skipped, in one line
    predicted: Score | None = None  # how long the training of a skipped cell would take

    @property
    def words_per_second(self) -> float:
        """The speed of the training; NaN if it did not end."""
        speeds = (each.score.value for each in self.scores if each.score.metric == SPEED)
        return next(speeds, math.nan)

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the fields of each record of this cell; the last record says how the cell ended."""
        for score, dataset, kind, progress in self.scores:
            yield {"dataset": dataset, "kind": kind, "progress": progress, **asdict(score)}
        end = {"kind": "finished", "status": self.status, "reason": self.reason}
        yield end | (asdict(self.predicted) if self.predicted else {})


def train_and_score(
    cell: Cell, corpus: Corpus, limit: Limit, progress: Progress, folder: Path
) -> CellResult:
    """Return all scores of a cell, or why its training was ended.

    A training of more than a minute writes checkpoints to the folder, and goes on from them.

    Raises:
        DatasetError: the training diverged.
    """
    gc.collect()  # garbage of the previous cell must not count as this cell's memory
    # A trainer without epochs reads the text once.
    words = (1 if "epochs" in cell.ignores else cell.config.epochs) * len(corpus.tokens)
    limited = TimeLimit(progress, words, limit.seconds)
    snapshots = Snapshots(words, cell.curve) if cell.curve > 1 else None
    try:
        with _checkpoints(cell, corpus, folder) as checkpoints:
            embeddings, speed = measure(
                lambda: _prepare(cell, corpus, limited, snapshots, checkpoints),
                words,
                checkpoints.seconds if checkpoints else 0.0,
            )
    except TooSlowError as slow:
        return CellResult(
            status="skipped",
            reason=f"predicted to train for {slow.seconds:,.0f} s, the limit is {limit.seconds:,.0f} s",
            predicted=Score.cost("predicted_seconds", slow.seconds, "s"),
        )
    return _result(cell, corpus, embeddings, snapshots, speed)


def _checkpoints(
    cell: Cell, corpus: Corpus, folder: Path
) -> AbstractContextManager[Checkpoints | None]:
    """Return the checkpoints of a cell; none if it needs snapshots of the whole training."""
    if cell.curve > 1 or not trainers.writes_checkpoints(cell.trainer):
        return nullcontext()
    return open_checkpoints(folder, cell.trainer, corpus, cell.config, CHECKPOINT_SECONDS)


def _prepare(
    cell: Cell,
    corpus: Corpus,
    limited: TimeLimit,
    snapshots: Snapshots | None,
    checkpoints: Checkpoints | None,
) -> Callable[[], Embeddings]:
    """Prepare the training; when it starts, so do the clocks."""
    train = trainers.prepare(
        cell.trainer, corpus, cell.config, cell.device, limited, snapshots, checkpoints
    )

    def timed() -> Embeddings:
        limited.start()
        if snapshots:
            snapshots.start()
        return train()

    return timed


def _result(
    cell: Cell,
    corpus: Corpus,
    embeddings: Embeddings,
    snapshots: Snapshots | None,
    speed: list[Score],
) -> CellResult:
    vectors = embeddings.word_vectors(cell.vectors)  # DatasetError if the training diverged
    tasks = {name: evaluate(vectors, name, cell.methods) for name in cell.score_on}
    training = Training(cell.trainer, corpus, cell.config, cell.device, embeddings)
    points = snapshots.points if snapshots else []
    measured = {name: measures.measure(name, training) for name in cell.measure}
    scores = [
        *(score for point in points for score in _at_point(cell, corpus, point)),
        *(CellScore(score, name) for name, task in tasks.items() for score in task.scores),
        *(
            CellScore(score, name, found.kind)
            for name, found in measured.items()
            for score in found.scores
        ),
        *(CellScore(score, kind="training") for score in [*_loss(snapshots), *speed]),
    ]
    items = [_entry(name, items) for name, task in tasks.items() for items in task.items]
    plots = [{"dataset": name} | found.points for name, found in measured.items() if found.points]
    return CellResult(scores=scores, items=items, points=plots)


def _at_point(cell: Cell, corpus: Corpus, point: Snapshot) -> Iterator[CellScore]:
    """Yield the scores of a training that is not over."""
    embeddings = Embeddings(corpus.vocab, point.input_vectors, point.output_vectors)
    vectors = embeddings.word_vectors(cell.vectors)
    for name in cell.score_on:
        for score in evaluate(vectors, name, cell.methods).scores:
            if not score.section:
                yield CellScore(score, name, progress=point.progress)
    for score in [*_loss(point), Score.cost("train_seconds", point.seconds, "s")]:
        yield CellScore(score, kind="training", progress=point.progress)


def _loss(of: Snapshot | Snapshots | None) -> list[Score]:
    """Return the loss of the latest part of a training, if the trainer measures it."""
    if of is None or math.isnan(of.loss):
        return []
    return [Score.cost("loss", of.loss, "nats/pair")]


def _entry(dataset: str, items: Items) -> dict[str, Any]:
    """Return one line of ``items.jsonl`` as an object."""
    entry = {"dataset": dataset, "metric": items.metric, "items": items.values}
    return entry if items.correct is None else {**entry, "correct": items.correct}


def failure(error: Exception) -> CellResult:
    """Return the result of a cell that raised an error."""
    text = " ".join(str(error).split())
    reason = text if isinstance(error, SgnsBenchError) else f"{type(error).__name__}: {text}"
    return CellResult(status="failed", reason=reason)


def summary(result: CellResult, ratio: str) -> str:
    """Return speed, its ratio to the baseline's and main scores in one line, rounded."""
    if result.status != "ok":
        return f"{result.status}: {result.reason}"
    heads: dict[str, str] = {}
    for score, dataset, *_, progress in result.scores:
        if dataset and not score.section and progress == 1:
            said = "not scored" if math.isnan(score.value) else f"{score.value:6.3f}"
            heads.setdefault(dataset, f"{dataset} {said}")
    speed = f"{float(f'{result.words_per_second:.3g}'):>10,.0f} words/s"
    return "  ".join([speed, ratio, *heads.values()])
