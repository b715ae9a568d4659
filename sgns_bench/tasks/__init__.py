"""One file per task: what vectors are scored by. Its name is its registration.

Evaluation sets of ``kind = "NAME"`` are scored by ``tasks/NAME.py``, which satisfies :class:`Task`;
``categorization.py`` is the shortest. Cells that are in the records are not scored again: after a
change of a task or of a set, ``run --fresh``.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import ContractError, DatasetError, UnknownName
from sgns_bench.host import plugins
from sgns_bench.tasks._methods import METRICS

__all__ = [
    "METRICS",
    "Evaluation",
    "Items",
    "Score",
    "Task",
    "evaluate",
    "load",
    "names",
    "read_lines",
    "warn_of_malformed",
]

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
        metric: of the score that the items make up, as that has it.
        values: what each item got: an answer, as of analogies, or a number, as the cosine of a
            pair; None where a word of the item is unknown, or there is no answer.
        correct: whether each answer is right, None where a word is unknown; None alone where
            there are ratings instead.
        ratings: what each number is to be correlated with, as the judgements of people.
        groups: (n,) numbers of the group that each item is of, once or several times: items that
            share one, as questions a pair of words, are not independent.
    """

    metric: str
    values: list[str | None] | list[float | None]
    correct: list[bool | None] | None = None
    ratings: list[float] | None = None
    groups: Sequence[npt.NDArray[np.int64]] = ()


class Evaluation(NamedTuple):
    """All that one evaluation set says of vectors.

    Attributes:
        scores: the main metric over the whole set comes first.
        items: what they were made of, an entry for each way of answering; that of the main metric
            comes first. Without any, two sets of vectors are not compared on this set.
    """

    scores: list[Score]
    items: list[Items]


class Task(Protocol):
    """What a module in this folder provides.

    One that has ``METRICS``, a metric for each method of answering, also takes ``methods``.
    """

    def evaluate(self, vectors: WordVectors, path: Path) -> Evaluation:
        """Score vectors on an evaluation set.

        Args:
            vectors: what to score.
            path: its file, or the folder of its files; checked by sha256.

        Raises:
            DatasetError: it cannot be read.
        """


def names() -> list[str]:
    """Return the names of all tasks."""
    return plugins.names(__path__)


def load(name: str) -> Task:
    """Return the task of that name.

    Raises:
        UnknownName: there is none.
        ContractError: it is no :class:`Task`.
    """
    if name not in names():
        raise UnknownName("task", name, names())
    task: Task = plugins.load(__name__, name, Task)
    return task


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
        ContractError: its task returns something else than is asked of it.
    """
    from sgns_bench import datasets  # pydantic, which no training should wait for

    manifest = datasets.load(dataset)
    task = load(manifest.kind)
    options: dict[str, Any] = {"methods": methods} if methods and hasattr(task, "METRICS") else {}
    found = task.evaluate(vectors, manifest.local_path(), **options)
    where = f"tasks/{manifest.kind}.py: evaluate returned"
    plugins.expect(found, Evaluation, f"{where} something", f"see {__name__}.Task")
    if not found.scores:
        raise ContractError(f"{where} an Evaluation without scores, of {dataset}; give it one")
    return found
