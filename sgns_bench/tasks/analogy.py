"""Is king - man + woman near queen? Questions of the form a is to b as c is to d."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError, UnknownName
from sgns_bench.stats import wilson
from sgns_bench.tasks import Score, read_lines, warn_of_malformed
from sgns_bench.tasks._most_similar import Method, most_similar

DEPTH = 5  # gensim looks no further than the best five words
METRICS: dict[Method, str] = {"3cosadd": "accuracy", "3cosmul": "accuracy_3cosmul"}


class Question(NamedTuple):
    """``first`` is to ``second`` as ``third`` is to ``expected``."""

    section: str
    first: str
    second: str
    third: str
    expected: str


@dataclass(frozen=True, eq=False)
class Answers:
    """What became of each of Q questions.

    Attributes:
        predicted: (Q,) int64, row of the word that came first, -1 if there was none.
        covered: (Q,) bool, whether all four words are known.
        correct: (Q,) bool.
    """

    predicted: npt.NDArray[np.int64]
    covered: npt.NDArray[np.bool_]
    correct: npt.NDArray[np.bool_]


def evaluate(
    vectors: WordVectors, path: str | Path, *, device: str = "cpu", **options: Any
) -> list[Score]:
    """Score vectors on a file of questions by 3CosAdd and 3CosMul; options as for :func:`score`.

    Raises:
        DatasetError: as :func:`read_questions`.
    """
    questions = read_questions(path)
    return [
        result
        for method in get_args(Method)
        for result in score(vectors, questions, method=method, device=device, **options)
    ]


def read_questions(path: str | Path) -> list[Question]:
    """Read a file of four words a line under headers of the form ": section".

    Malformed lines are skipped, and a warning counts them.

    Raises:
        DatasetError: the file cannot be read, a question has no section above it, or there is
            no question.
    """
    path = Path(path)
    questions: list[Question] = []
    malformed: list[int] = []
    section = None
    for number, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if line.startswith(":"):
            section = line.lstrip(": ").strip()
        elif len(words) != 4:
            malformed += [number] if words else []
        elif section is None:
            raise DatasetError(f"{path}: line {number}: no ': section' above the first question")
        else:
            questions.append(Question(section, *words))
    if not questions:
        raise DatasetError(f"{path}: no questions; need ': section' lines and four words a line")
    warn_of_malformed(path, malformed)
    return questions


def score(
    vectors: WordVectors,
    questions: Sequence[Question],
    *,
    method: Method = "3cosadd",
    dummy_for_unknown: bool = False,
    **options: Any,
) -> list[Score]:
    """Return the share of questions answered rightly, over all and then section by section.

    Args:
        vectors: what to score.
        questions: from :func:`read_questions`.
        method: as for :func:`answer`.
        dummy_for_unknown: count questions with unknown words as wrong instead of leaving them
            out (gensim's ``dummy4unknown``).
        options: as for :func:`answer`.
    """
    answers = answer(vectors, questions, method=method, **options)
    counted = np.ones_like(answers.covered) if dummy_for_unknown else answers.covered
    names = np.array([question.section for question in questions], dtype=object)
    parts = [("", np.ones_like(counted))]
    parts += [(name, names == name) for name in dict.fromkeys(names)]
    return [_accuracy(METRICS[method], name, part, counted, answers) for name, part in parts]


def _accuracy(
    metric: str,
    section: str,
    part: npt.NDArray[np.bool_],
    counted: npt.NDArray[np.bool_],
    answers: Answers,
) -> Score:
    n = int(counted[part].sum())
    correct = int(answers.correct[part].sum())
    low, high = wilson(correct, n)
    return Score(
        metric=metric,
        value=correct / n if n else np.nan,
        unit="fraction",
        higher_is_better=True,
        section=section,
        n=n,
        coverage=float(answers.covered[part].mean()),
        low=low,
        high=high,
    )


def answer(
    vectors: WordVectors,
    questions: Sequence[Question],
    *,
    method: Method = "3cosadd",
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    device: str = "cpu",
) -> Answers:
    """Answer each question, as gensim's ``KeyedVectors.evaluate_word_analogies`` does.

    Of the five most similar words other than the three given, the answer is the first that is
    not another spelling of one of those.

    Args:
        vectors: what to score.
        questions: from :func:`read_questions`.
        method: "3cosadd" or "3cosmul" (Levy and Goldberg 2014, eqs. 3 and 4).
        restrict_vocab: know only so many first words, None for all.
        case_insensitive: compare words in upper case; the first of several spellings counts.
        device: where to multiply matrices, any of torch's.

    Raises:
        UnknownName: there is no such method.
    """
    if method not in METRICS:
        raise UnknownName("method", method, METRICS)
    known = vectors.head(restrict_vocab)
    words = [word for question in questions for word in question[1:]]
    distinct = list(dict.fromkeys(words))  # some 900 of 78,000
    rows = known.find([*known.words, *distinct], case_insensitive=case_insensitive)
    same = rows[: len(known.words)]
    row_of = dict(zip(distinct, rows[len(known.words) :].tolist(), strict=True))
    asked = np.array([row_of[word] for word in words]).reshape(-1, 4)
    covered = np.all(asked >= 0, axis=1)
    predicted = np.full(len(questions), -1)
    correct = np.zeros(len(questions), dtype=np.bool_)
    if covered.any():
        has_spellings = np.any(same != np.arange(len(same)))
        depth = DEPTH if has_spellings else 1  # else the best row is the first new one
        best = most_similar(known.vectors, asked[covered, :3], method, device, depth)
        chosen = _first_new(best, same, asked[covered, :3])
        predicted[covered] = chosen
        correct[covered] = (chosen >= 0) & (same[chosen] == asked[covered, 3])
    return Answers(predicted, covered, correct)


def _first_new(
    best: npt.NDArray[np.int64], same: npt.NDArray[np.int64], given: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """(Q,) of the best rows the first that spells no given word; failing that, the last one."""
    absent = best < 0
    spells_given = (same[best][:, :, None] == given[:, None, :]).any(axis=2)
    usable = ~(spells_given | absent)
    last = np.maximum(np.sum(~absent, axis=1) - 1, 0)
    chosen = np.where(usable.any(axis=1), np.argmax(usable, axis=1), last)
    return np.asarray(np.take_along_axis(best, chosen[:, None], axis=1)[:, 0])
