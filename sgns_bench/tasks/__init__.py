"""One file per task: what a training run is scored by."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError

logger = logging.getLogger("sgns_bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number that says how good vectors are.

    Attributes:
        metric: for instance "accuracy", "spearman".
        value: the number; NaN where nothing could be scored.
        unit: for instance "fraction", "correlation", "words/s".
        higher_is_better: direction of the metric.
        section: part of the evaluation set, "" for the whole.
        n: items scored.
        coverage: share of the items whose words are all in the vocabulary.
        low: lower end of the 95 % interval over items; NaN where there is none.
        high: its upper end.
    """

    metric: str
    value: float
    unit: str
    higher_is_better: bool
    section: str = ""
    n: int
    coverage: float
    low: float = math.nan
    high: float = math.nan


class Items(NamedTuple):
    """What became of each item of an evaluation set, in its order: two of them compare paired.

    Attributes:
        metric: of the score that the items make up.
        values: the word that an analogy was answered with, or the cosine of a pair; None where
            a word of the item is unknown, or there is no answer.
        correct: whether an answer is right, None where a word is unknown; None for similarity.
    """

    metric: str
    values: list[str | None] | list[float | None]
    correct: list[bool | None] | None = None


class Evaluation(NamedTuple):
    """All that one evaluation set says of vectors.

    Attributes:
        scores: the main metric over the whole set comes first.
        items: what they were made of, an entry for each way of answering.
    """

    scores: list[Score]
    items: list[Items]


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 text file, invalid bytes replaced, a byte order mark dropped.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error


def warn_of_malformed(path: Path, numbers: Sequence[int]) -> None:
    """Log one warning that counts skipped lines, if there were any."""
    if numbers:
        lines = "1 malformed line" if len(numbers) == 1 else f"{len(numbers)} malformed lines"
        logger.warning("%s: %s skipped, first at line %d", path.name, lines, numbers[0])


def evaluate(vectors: WordVectors, dataset: str, methods: Sequence[str] = ()) -> Evaluation:
    """Score vectors on a shipped evaluation set, by the task that bears the name of its kind.

    Args:
        vectors: what to score.
        dataset: name of the set.
        methods: of answering analogies, in place of the task's own choice.

    Raises:
        UnknownName: there is no such set, or no such method.
        DatasetError: it cannot be read.
    """
    from sgns_bench import datasets  # pydantic, which no training should wait for

    manifest = datasets.load(dataset)
    options = {"methods": methods} if methods and manifest.kind == "analogy" else {}
    task = import_module(f"{__name__}.{manifest.kind}")
    evaluation: Evaluation = task.evaluate(vectors, manifest.local_path(), **options)
    return evaluation
