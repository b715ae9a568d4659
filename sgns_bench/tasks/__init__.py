"""Evaluation tasks, one module each; the file name registers the task.

``tasks/NAME.py`` implements :class:`Task` and scores the evaluation sets of ``kind = "NAME"``;
``categorization.py`` is a short example. Recorded cells are not scored again: after changing a task
or an evaluation set, use ``run --fresh``.
"""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import ContractError, DatasetError
from sgns_bench.host import plugins

Item = TypeVar("Item")

RESTRICT_VOCAB: Final = 300_000  # evaluations use only this many most frequent words, as in gensim

Formula = Literal["3cosadd", "3cosmul", "pairdirection"]
Method = Literal[Formula, "lrcos"]

METRICS: Final[dict[Method, str]] = {  # the metric of each method of answering analogies
    "3cosadd": "accuracy",
    "3cosmul": "accuracy_3cosmul",
    "pairdirection": "accuracy_pairdirection",
    "lrcos": "accuracy_lrcos",
}

logger = logging.getLogger("sgns_bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One evaluation result: a metric's value with its interval and coverage."""

    metric: str  # for instance "accuracy" or "spearman"
    value: float  # the number; NaN if no item could be scored
    unit: str  # for instance "fraction", "correlation" or "words/s"
    higher_is_better: bool
    section: str = ""  # part of the evaluation set, "" for the whole
    n: int = 0  # number of items scored
    # share of the items whose words are all in the vocabulary, in [0, 1]; NaN if the metric has no
    # such items
    coverage: float = math.nan
    low: float = math.nan  # lower end of the 95 % interval over items; NaN if there is none
    high: float = math.nan  # upper end of the 95 % interval; NaN if there is none

    @classmethod
    def cost(cls, metric: str, value: float, unit: str, n: int = 0, section: str = "") -> Self:
        """Return a cost, such as seconds or bytes: lower is better, and there is no coverage."""
        return cls(
            metric=metric, value=value, unit=unit, higher_is_better=False, n=n, section=section
        )


class Items(NamedTuple):
    """Results for the single items of an evaluation set, in order, for paired comparisons."""

    metric: str  # ``Score.metric`` of the score computed from these items
    # the result for each item: an answer (analogies) or a number (cosine of a pair); None if a word
    # is unknown or there is no answer
    values: list[str | None] | list[float | None]
    # whether each answer is right; None for an item with an unknown word. None instead of a list if
    # the items have ratings
    correct: list[bool | None] | None = None
    # the human judgement of each item, to be correlated with ``values``
    ratings: list[float] | None = None
    # arrays (n,) of group numbers. Items of one group, such as analogy questions that share a pair
    # of words, are not independent
    groups: Sequence[npt.NDArray[np.int64]] = ()


class Evaluation(NamedTuple):
    """The results of word vectors on one evaluation set."""

    scores: list[Score]  # all scores; the main metric over the whole set comes first
    # results of single items, an entry for each method; the main metric comes first. If empty, the
    # set is not used to compare two sets of vectors
    items: list[Items]


class Task(Protocol):
    """The interface of a task module.

    If the module defines ``METRICS``, a metric for each method of answering, then ``evaluate`` also
    takes the argument ``methods``.
    """

    def evaluate(self, vectors: WordVectors, path: Path) -> Evaluation:
        """Score vectors on an evaluation set.

        Args:
            vectors: the word vectors to score.
            path: the file or folder of the evaluation set, already verified by sha256.

        Raises:
            DatasetError: the evaluation set cannot be read.
        """


def names() -> list[str]:
    """Return the names of all tasks."""
    return plugins.names(__path__)


def load(name: str) -> Task:
    """Import and return a task; raises as :func:`sgns_bench.host.plugins.load`."""
    task: Task = plugins.load(__name__, name, Task)
    return task


def read_lines(path: str | Path) -> list[str]:
    """Return the lines of a UTF-8 text file; replace invalid bytes, drop a byte order mark.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error


def read_items(
    path: str | Path, parse: Callable[[str], Item | None], *, comments: bool = True
) -> list[Item]:
    """Return the item of each line; malformed lines are skipped with one warning.

    Args:
        path: a UTF-8 text file; blank lines are left out.
        parse: returns the item of a line, or None if the line is malformed.
        comments: whether to leave out lines that begin with "#".

    Raises:
        DatasetError: the file cannot be read.
    """
    lines = enumerate(read_lines(path), start=1)
    items = ((n, x) for n, x in lines if x.strip() and not (comments and x.startswith("#")))
    return well_formed(path, (parse(line) or number for number, line in items))


def well_formed(path: str | Path, parts: Iterable[Item | int]) -> list[Item]:
    """Return the items among ``parts``, and warn of the malformed lines, given by number.

    There is no warning if there are no items, as the caller then raises an error.
    """
    items: list[Item] = []
    malformed: list[int] = []
    for part in parts:
        if isinstance(part, int):
            malformed.append(part)
        else:
            items.append(part)
    if items and malformed:
        lines = "1 malformed line" if len(malformed) == 1 else f"{len(malformed)} malformed lines"
        logger.warning("%s: %s skipped, first at line %d", Path(path).name, lines, malformed[0])
    return items


def evaluate(vectors: WordVectors, dataset: str, methods: Sequence[str] = ()) -> Evaluation:
    """Score vectors on a shipped evaluation set, with the task named by its ``kind``.

    Without ``methods`` of answering analogies, the task's default is used.

    Raises:
        UnknownName: the evaluation set or a method does not exist.
        DatasetError: the evaluation set cannot be read.
        ContractError: the task returns a wrong type, or no scores.
    """
    from sgns_bench import datasets  # pydantic, which no training should wait for

    manifest = datasets.load(dataset)
    task = load(manifest.kind)
    options: dict[str, Any] = {"methods": methods} if methods and hasattr(task, "METRICS") else {}
    found = task.evaluate(vectors, manifest.local_path(), **options)
    where = f"tasks/{manifest.kind}.py: evaluate returned"
    plugins.expect(found, Evaluation, f"{where} something", f"see {__name__}.Task")
    if not found.scores:
        raise ContractError(f"{where} no scores for {dataset}; return at least one Score")
    return found
