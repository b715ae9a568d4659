"""Next-item task: whether a session's last item is among the nearest to its other items."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.tasks import Evaluation, Items, read_items
from sgns_bench.tasks._scoring import share_correct, unit_rows

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]

NEAREST: Final = 20  # largest rank that counts as a hit
METRIC: Final = f"hit_rate_at_{NEAREST}"
ROUNDING: Final = np.float32(1e-6)  # cosines that differ by less count as equal
TABLE_SIZE: Final = 1 << 24  # cosines at a time, 64 MiB


class NextItemQuestion(NamedTuple):
    """The given items of a session, and the item to predict."""

    given: tuple[str, ...]
    expected: str


def evaluate(vectors: WordVectors, path: str | Path) -> Evaluation:
    """Score vectors on sessions by the hit rate at 20 of the last item.

    A question is a hit if the expected item is among the 20 nearest items, as usual for item2vec.
    The value of each item is the rank of the expected item. The interval is Wilson's.
    """
    questions = read_questions(path)
    values: list[float | None] = [place or None for place in places(vectors, questions).tolist()]
    correct = [None if value is None else value <= NEAREST for value in values]
    return Evaluation([share_correct(METRIC, correct)], [Items(METRIC, values, correct)])


def read_questions(path: str | Path) -> list[NextItemQuestion]:
    """Read sessions: items separated by white space, one session per line; the last item is asked.

    Lines with fewer than two items, or that repeat the last item, are skipped with one warning.

    Raises:
        DatasetError: the file cannot be read, or has no valid line.
    """
    questions = read_items(path, _parse, comments=False)
    if not questions:
        raise DatasetError(f"{path}: no questions; need two or more different items per line")
    return questions


def _parse(line: str) -> NextItemQuestion | None:
    *given, expected = line.split()
    return NextItemQuestion(tuple(given), expected) if given and expected not in given else None


def places(vectors: WordVectors, questions: Sequence[NextItemQuestion]) -> I64:
    """Return the rank of each expected item, 1 for the nearest: (n,) int64, 0 if unknown.

    Items are ranked by cosine with the mean of the given items' unit vectors. Given items are not
    ranked, and ties count against the expected item. Unknown given items are ignored; if all are
    unknown, the rank is 0. Names must match exactly.
    """
    asked = vectors.find([question.expected for question in questions])
    given = vectors.find([item for question in questions for item in question.given])
    owner = np.repeat(np.arange(len(questions)), [len(question.given) for question in questions])
    owner, given = owner[given >= 0], given[given >= 0]
    covered = np.flatnonzero((asked >= 0) & (np.bincount(owner, minlength=len(questions)) > 0))
    found = np.zeros(len(questions), dtype=np.int64)
    units = unit_rows(vectors.vectors)
    size = TABLE_SIZE // max(len(units), 1) + 1
    for part in (covered[start : start + size] for start in range(0, len(covered), size)):
        here = np.isin(owner, part)
        slots = np.searchsorted(part, owner[here])
        found[part] = _places(units, slots, given[here], asked[part])
    return found


def _places(units: F32, slots: I64, given: I64, asked: I64) -> I64:
    """Return the rank of each answer, row ``asked`` (n,), by its cosine with the question's items.

    Row ``given[i]`` is an item of question ``slots[i]``.
    """
    queries = np.zeros((len(asked), units.shape[1]), dtype=np.float32)
    np.add.at(queries, slots, units[given])
    cosines = unit_rows(queries) @ units.T  # (n, V)
    least = cosines[np.arange(len(asked)), asked] - ROUNDING
    cosines[slots, given] = -np.inf
    return np.asarray(np.count_nonzero(cosines >= least[:, None], axis=1))
