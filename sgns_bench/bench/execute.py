"""One cell: trained, timed and scored."""

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
from sgns_bench.trainers import Progress, Snapshot, Snapshots

Outcome = dict[str, Any]
"""What one number adds to the fields of a :class:`~sgns_bench.record.Record` of its cell."""

FORECAST_AFTER: Final = 5.0  # seconds of training: then it shows how long the whole will take

DONE: Final[Outcome] = {"kind": "finished", "status": "ok"}
"""The last outcome of a cell that succeeded."""


class Findings(NamedTuple):
    """All that a cell says.

    Attributes:
        outcomes: its numbers; the last one says how it ended, and has none.
        items: what became of each item of its evaluation sets, an object per set and metric.
        points: for scatter plots, an object per measure.
    """

    outcomes: list[Outcome]
    items: list[dict[str, Any]]
    points: list[dict[str, Any]]


def train_and_score(cell: Cell, corpus: Corpus, limit: Limit, progress: Progress) -> Findings:
    """Return all numbers of a cell, or the one that says why its training was ended.

    Raises:
        DatasetError: the training diverged.
    """
    gc.collect()  # what the cell before left behind is not this one's memory
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
    """Ends a training that would take so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class _Limited:
    """A ``trainers.Progress`` that ends a training which is going to exceed the suite's limit.

    It forecasts once, at the first report after ``FORECAST_AFTER`` seconds: the time until then,
    divided by the share of the words trained. So a trainer that reports the end of each epoch is
    judged by its first one, and a trainer that reports nothing before it is done is never ended.

    Args:
        progress: what to report to as well.
        words: that the training will read, all epochs together.
        limit: seconds.
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


def _at_point(cell: Cell, corpus: Corpus, point: Snapshot) -> Iterator[Outcome]:
    """Yield what is known of a training that is not over."""
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
    """What to record of the loss of a part of a training, if it was told."""
    if math.isnan(nats):
        return []
    loss = {"metric": "loss", "value": nats, "unit": "nats/pair", "higher_is_better": False}
    return [{"kind": "training", **loss}]


def _entry(dataset: str, items: Items) -> dict[str, Any]:
    """Return a line of the file of items."""
    entry = {"dataset": dataset, "metric": items.metric, "items": items.values}
    return entry if items.correct is None else {**entry, "correct": items.correct}


def failure(error: Exception) -> Outcome:
    """Return what to record of a cell that raised an error."""
    text = " ".join(str(error).split())
    reason = text if isinstance(error, SgnsBenchError) else f"{type(error).__name__}: {text}"
    return {"kind": "finished", "status": "failed", "reason": reason}


def summary(outcomes: list[Outcome]) -> str:
    """Return speed and main scores in one line."""
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
