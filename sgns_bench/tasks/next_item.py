"""Do items of a session lie together? Hits among the items nearest to those that are known."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.tasks import Evaluation, Items, read_lines, warn_of_malformed
from sgns_bench.tasks._scoring import share_correct, unit_rows

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]

NEAREST: Final = 20  # places in which the held-out item is a hit
METRIC: Final = f"hit_rate_at_{NEAREST}"
ROUNDING: Final = np.float32(1e-6)  # cosines that differ by less are the same
TABLE_SIZE: Final = 1 << 24  # cosines at a time, 64 MiB


class NextItemQuestion(NamedTuple):
    """What is known of a session, and the item to come."""

    given: tuple[str, ...]
    expected: str


def evaluate(vectors: WordVectors, path: str | Path) -> Evaluation:
    """Score vectors on a file of sessions, each with its last item to be found.

    The score is the share of questions whose item is among the 20 nearest, as item2vec and its
    kin are scored. What each question got is its item's place. The interval is Wilson's.

    Raises:
        DatasetError: as :func:`read_questions`.
    """
    questions = read_questions(path)
    values: list[float | None] = [place or None for place in places(vectors, questions).tolist()]
    correct = [None if value is None else value <= NEAREST for value in values]
    return Evaluation([share_correct(METRIC, correct)], [Items(METRIC, values, correct)])


def read_questions(path: str | Path) -> list[NextItemQuestion]:
    """Read a file of a session a line, items between white space, of which the last is asked for.

    Lines without two items, or whose last is among the others, are skipped; a warning counts them.

    Raises:
        DatasetError: the file cannot be read, or no line of it is a question.
    """
    path = Path(path)
    questions: list[NextItemQuestion] = []
    malformed: list[int] = []
    for number, line in enumerate(read_lines(path), start=1):
        match line.split():
            case []:
                continue
            case [*given, expected] if given and expected not in given:
                questions.append(NextItemQuestion(tuple(given), expected))
            case _:
                malformed.append(number)
    if not questions:
        raise DatasetError(f"{path}: no questions; need items of a session and another one a line")
    warn_of_malformed(path, malformed)
    return questions


def places(vectors: WordVectors, questions: Sequence[NextItemQuestion]) -> I64:
    """Return the place of each expected item, 1 for the nearest: (n,), 0 where it is unknown.

    The nearer an item is to the mean of the given items' vectors of length 1, by its cosine, the
    better its place; given items have none, and of items as near as the expected one all come
    before it. Given items that are unknown are left out of the mean; if all are, so is the place.

    Args:
        vectors: where to look items up, spelled as they are.
        questions: from :func:`read_questions`.
    """
    asked = _rows(vectors, [question.expected for question in questions])
    given = _rows(vectors, [item for question in questions for item in question.given])
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
    """(n,) places: of rows ``asked``, after rows ``given`` of questions ``slots``."""
    queries = np.zeros((len(asked), units.shape[1]), dtype=np.float32)
    np.add.at(queries, slots, units[given])
    cosines = unit_rows(queries) @ units.T  # (n, V)
    least = cosines[np.arange(len(asked)), asked] - ROUNDING
    cosines[slots, given] = -np.inf
    return np.asarray(np.count_nonzero(cosines >= least[:, None], axis=1))


def _rows(vectors: WordVectors, items: Sequence[str]) -> I64:
    return vectors.find(items, case_insensitive=False)
