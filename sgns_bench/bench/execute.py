"""Trains, times and scores one cell."""

import gc
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from time import perf_counter
from typing import Any, Final, NamedTuple

import numpy as np

from sgns_bench import measures, trainers
from sgns_bench.bench.plan import Cell
from sgns_bench.bench.suite import Limit
from sgns_bench.bench.timing import measure
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import DatasetError, SgnsBenchError
from sgns_bench.measures import Training
from sgns_bench.record import Kind
from sgns_bench.tasks import Items, Score, evaluate
from sgns_bench.trainers import Point, Progress, Snapshots

Outcome = dict[str, Any]
"""Fields of a :class:`~sgns_bench.record.Record` that differ between the numbers of a cell."""

FORECAST_AFTER: Final = 5.0  # seconds of training before its total time is forecast

DONE: Final[Outcome] = {"kind": "finished", "status": "ok"}
"""The last outcome of a cell that succeeded."""


class Findings(NamedTuple):
    """All results of one cell.

    Attributes:
        outcomes: one entry per number; the last entry has no number, but the cell's status.
        items: the result of each evaluation item, one JSON object per set and metric.
        points: points of scatter plots, one JSON object per measure.
    """

    outcomes: list[Outcome]
    items: list[dict[str, Any]]
    points: list[dict[str, Any]]


def train_and_score(cell: Cell, corpus: Corpus, limit: Limit, progress: Progress) -> Findings:
    """Train and score a cell; return its results, or a skip if it would exceed the limit.

    Raises:
        DatasetError: the training diverged.
    """
    gc.collect()  # garbage of the previous cell must not count as this cell's memory
    # A trainer without epochs reads the text once.
    words = (1 if "epochs" in cell.ignores else cell.config.epochs) * len(corpus.tokens)
    limited = _Limited(progress, words, limit.seconds)
    snapshots = Snapshots(words, cell.curve) if cell.curve > 1 else None

    def prepare() -> Callable[[], Embeddings]:
        what = cell.trainer, corpus, cell.config, cell.device
        train = trainers.prepare(*what, limited, snapshots)

        def timed() -> Embeddings:
            limited.start()
            if snapshots:
                snapshots.start()
            return train()

        return timed

    try:
        embeddings, speed = measure(prepare, words)
    except _TooSlowError as forecast:
        return Findings([_skip(forecast.seconds, limit.seconds)], [], [])
    _check_finite(embeddings)
    return _findings(cell, corpus, embeddings, snapshots, speed)


class _TooSlowError(Exception):
    """Raised to end a training whose forecast exceeds the limit."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class _Limited:
    """A ``trainers.Progress`` that ends a training if its forecast exceeds the suite's limit.

    It forecasts once, at the first report after ``FORECAST_AFTER`` seconds: elapsed time divided by
    the share of words trained. A trainer that reports only at the end of an epoch is therefore
    judged by its first epoch, and one that reports only when it is done is never ended.

    Args:
        progress: receives every report too.
        words: raw words of the whole training, all epochs together.
        limit: most seconds that the training may take.
    """

    def __init__(self, progress: Progress, words: int, limit: float) -> None:
        self._progress, self._words, self._limit = progress, words, limit
        self._judged = False
        self.start()

    def start(self) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def __call__(self, words: int, loss: float) -> None:
        """See ``trainers.Progress``."""
        self._progress(words, loss)
        seconds = perf_counter() - self._start
        if self._judged or seconds < min(FORECAST_AFTER, self._limit):
            return
        self._judged = True
        if 0 < words < self._words and (forecast := seconds * self._words / words) > self._limit:
            raise _TooSlowError(forecast)


def _findings(
    cell: Cell,
    corpus: Corpus,
    embeddings: Embeddings,
    snapshots: Snapshots | None,
    speed: list[Score],
) -> Findings:
    vectors = embeddings.word_vectors(cell.vectors)
    tasks = {name: evaluate(vectors, name, cell.methods) for name in cell.score_on}
    training = Training(cell.trainer, corpus, cell.config, cell.device, embeddings)
    points = snapshots.points if snapshots else []
    measured = {name: measures.measure(name, training) for name in cell.measure}
    outcomes = [
        *(outcome for point in points for outcome in _at_point(cell, corpus, point)),
        *(_number(score, name) for name, task in tasks.items() for score in task.scores),
        *(
            _number(score, name, found.kind)
            for name, found in measured.items()
            for score in found.scores
        ),
        *(_loss(snapshots.loss) if snapshots else []),
        *(_number(score, kind="training") for score in speed),
        DONE,
    ]
    items = [_entry(name, items) for name, task in tasks.items() for items in task.items]
    plots = [{"dataset": name} | found.points for name, found in measured.items() if found.points]
    return Findings(outcomes, items, plots)


def _at_point(cell: Cell, corpus: Corpus, point: Point) -> Iterator[Outcome]:
    """Yield the scores, loss and time of an unfinished training."""
    embeddings = Embeddings(corpus.vocab, point.input_vectors, point.output_vectors)
    vectors = embeddings.word_vectors(cell.vectors)
    scores = [
        _number(score, name)
        for name in cell.score_on
        for score in evaluate(vectors, name, cell.methods).scores
        if not score.section
    ]
    seconds = {"metric": "train_seconds", "value": point.seconds, "unit": "s"}
    time = {"kind": "training", **seconds, "higher_is_better": False}
    for outcome in [*scores, *_loss(point.loss), time]:
        yield outcome | {"progress": point.progress}


def _number(score: Score, dataset: str = "", kind: Kind = "score") -> Outcome:
    return {"kind": kind, "dataset": dataset, **asdict(score)}


def _loss(nats: float) -> list[Outcome]:
    """Return an outcome with the mean loss, or none if the loss is NaN."""
    if math.isnan(nats):
        return []
    loss = {"metric": "loss", "value": nats, "unit": "nats/pair", "higher_is_better": False}
    return [{"kind": "training", **loss}]


def _entry(dataset: str, items: Items) -> dict[str, Any]:
    """Return one line of ``items.jsonl`` as an object."""
    entry = {"dataset": dataset, "metric": items.metric, "items": items.values}
    return entry if items.correct is None else {**entry, "correct": items.correct}


def failure(error: Exception) -> Outcome:
    """Return the outcome of a cell that raised an error."""
    text = " ".join(str(error).split())
    reason = text if isinstance(error, SgnsBenchError) else f"{type(error).__name__}: {text}"
    return {"kind": "finished", "status": "failed", "reason": reason}


def summary(outcomes: list[Outcome]) -> str:
    """Return one line with the cell's speed and main scores, or why it has none."""
    *numbers, end = outcomes
    if end["status"] != "ok":
        return f"{end['status']}: {end['reason']}"
    numbers = [number for number in numbers if number.get("progress", 1.0) == 1.0]
    heads: dict[str, str] = {}
    for outcome in numbers:
        if outcome.get("dataset") and not outcome["section"]:
            value = outcome["value"]
            said = "not scored" if math.isnan(value) else f"{value:.3f}"
            heads.setdefault(outcome["dataset"], f"{outcome['dataset']} {said}")
    speed = {outcome["metric"]: outcome["value"] for outcome in numbers}
    rate = f"{speed['words_per_second']:,.0f} words/s, {speed['train_seconds']:,.1f} s"
    return ", ".join([rate, *heads.values()])


def _skip(predicted: float, limit: float) -> Outcome:
    return {
        "kind": "finished",
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
