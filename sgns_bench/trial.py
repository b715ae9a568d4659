"""One cell: trained, timed and scored."""

import gc
import math
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from sgns_bench import trainers
from sgns_bench.cell import Cell
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import DatasetError, SgnsBenchError
from sgns_bench.suite import Limit
from sgns_bench.tasks import evaluate
from sgns_bench.tasks.throughput import measure
from sgns_bench.trainers import Progress

Outcome = dict[str, Any]
"""What one number adds to the fields of a :class:`~sgns_bench.record.Record` of its cell."""

LAST_METRIC: Final = "train_seconds"
"""The last outcome of a cell: a cell that has it on disk has all of them."""


def train_and_score(cell: Cell, corpus: Corpus, limit: Limit, progress: Progress) -> list[Outcome]:
    """Return all numbers of a cell, or the one that says why it was skipped.

    Raises:
        DatasetError: the training diverged.
    """
    trainer = trainers.load(cell.trainer)
    if limit.seconds < math.inf:
        predicted = trainer.predicted_seconds(corpus, cell.config, cell.device)
        if predicted > limit.seconds:
            return [_skip(predicted, limit.seconds)]
    gc.collect()  # what the cell before left behind is not this one's memory
    embeddings, speed = measure(
        lambda: trainer.prepare(corpus, cell.config, cell.device, progress),
        words=cell.config.epochs * len(corpus.tokens),
    )
    _check_finite(embeddings)
    vectors = embeddings.word_vectors("input")
    quality = [
        {"dataset": name, **asdict(score)}
        for name in cell.score_on
        for score in evaluate(vectors, name).scores
    ]
    return [{"status": "ok", **outcome} for outcome in [*quality, *map(asdict, speed)]]


def failure(error: Exception) -> Outcome:
    """Return what to record of a cell that raised an error."""
    text = " ".join(str(error).split())
    expected = isinstance(error, SgnsBenchError)
    return {"status": "failed", "reason": text if expected else f"{type(error).__name__}: {text}"}


def summary(outcomes: list[Outcome]) -> str:
    """Return speed and main scores in one line."""
    if outcomes[0]["status"] != "ok":
        return f"{outcomes[0]['status']}: {outcomes[0]['reason']}"
    heads: dict[str, str] = {}
    for outcome in outcomes:
        if outcome.get("dataset") and not outcome["section"]:
            heads.setdefault(outcome["dataset"], f"{outcome['dataset']} {outcome['value']:.3f}")
    speed = {outcome["metric"]: outcome["value"] for outcome in outcomes}
    rate = f"{speed['words_per_second']:,.0f} words/s, {speed['train_seconds']:,.1f} s"
    return ", ".join([rate, *heads.values()])


def _skip(predicted: float, limit: float) -> Outcome:
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
