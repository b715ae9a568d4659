"""Is king - man + woman near queen? Questions of the form a is to b as c is to d."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import UnknownName
from sgns_bench.stats import grouped_wilson
from sgns_bench.tasks import Evaluation, Items, Score
from sgns_bench.tasks._lrcos import complete_by_relation
from sgns_bench.tasks._methods import METRICS, Formula, Method
from sgns_bench.tasks._most_similar import most_similar
from sgns_bench.tasks._questions import Question, Words, pair_numbers, read_questions

__all__ = [
    "METRICS",
    "Answers",
    "Question",
    "answer",
    "evaluate",
    "pair_numbers",
    "read_questions",
    "score",
]

DEPTH: Final = 5  # gensim looks no further than the best five words


@dataclass(frozen=True, eq=False)
class Answers:
    """What became of each of Q questions.

    Attributes:
        predicted: (Q,) int64, row of the word that came first, -1 if there was none.
        covered: (Q,) bool, whether all four words are known; of alternatives one is enough.
        correct: (Q,) bool.
    """

    predicted: npt.NDArray[np.int64]
    covered: npt.NDArray[np.bool_]
    correct: npt.NDArray[np.bool_]


def evaluate(
    vectors: WordVectors,
    path: str | Path,
    *,
    methods: Sequence[Method] = get_args(Formula),
    **options: Any,
) -> Evaluation:
    """Score vectors on a file of questions, by each of some methods; options as for :func:`answer`.

    LRCos only if it is among the methods: it takes as long as ten of the others.

    Raises:
        DatasetError: as :func:`read_questions`.
        UnknownName: there is no such method.
    """
    questions = read_questions(path)
    evaluation, groups = Evaluation([], []), pair_numbers(questions)
    for method in methods:
        answers = answer(vectors, questions, method=method, **options)
        evaluation.scores.extend(score(answers, questions, METRICS[method]))
        evaluation.items.append(_items(answers, vectors.words, METRICS[method], groups))
    return evaluation


def _items(
    answers: Answers,
    words: Sequence[str],
    metric: str,
    groups: Sequence[npt.NDArray[np.int64]],
) -> Items:
    correct = zip(answers.covered.tolist(), answers.correct.tolist(), strict=True)
    return Items(
        metric,
        [words[row] if row >= 0 else None for row in answers.predicted],
        [right if covered else None for covered, right in correct],
        groups=groups,
    )


def score(answers: Answers, questions: Sequence[Question], metric: str) -> list[Score]:
    """Return the share of known questions that are right, over all and then section by section.

    Intervals heed that questions share pairs of words: they are about twice as wide as if
    each question had words of its own.

    Args:
        answers: from :func:`answer`.
        questions: the same.
        metric: what to call it.
    """
    names = np.array([question.section for question in questions], dtype=object)
    parts = [("", np.ones_like(answers.covered))]
    parts += [(name, names == name) for name in dict.fromkeys(names)]
    pairs = pair_numbers(questions)
    return [_accuracy(metric, name, part, answers, pairs) for name, part in parts]


def _accuracy(
    metric: str,
    section: str,
    part: npt.NDArray[np.bool_],
    answers: Answers,
    pairs: Sequence[npt.NDArray[np.int64]],
) -> Score:
    scored = part & answers.covered
    n = int(scored.sum())
    correct = int(answers.correct[scored].sum())
    low, high = grouped_wilson(answers.correct[scored], [numbers[scored] for numbers in pairs])
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
) -> Answers:
    """Answer each question, as gensim's ``KeyedVectors.evaluate_word_analogies`` does.

    Of the five most similar words other than the three given, the answer is the first that is
    not another spelling of one of those.

    Where a question has alternatives (BATS), the first known one is the second word that is
    given, and each known one is a right answer. The authors of BATS and their library vecto do
    not ask where the very first alternative is unknown, and bar all alternatives of the second
    word from the answer; here only the three words given are barred.

    Args:
        vectors: what to score.
        questions: from :func:`read_questions`.
        method: "3cosadd", "3cosmul" or "pairdirection" (Levy and Goldberg 2014, eqs. 3, 4
            and 2): the last asks for the direction from the third word that is nearest to that
            from the first to the second. Or "lrcos" (Drozd et al. 2016), to which a section is a
            relation: of its pairs, all but the third and the expected word teach it, and the
            third word alone is barred from the answer.
        restrict_vocab: know only so many first words, None for all.
        case_insensitive: compare words in upper case; the first of several spellings counts.

    Raises:
        UnknownName: there is no such method.
    """
    if method not in METRICS:
        raise UnknownName("method", method, METRICS)
    known = vectors.head(restrict_vocab)
    fields = [field for question in questions for field in question[1:]]
    distinct = {field: slot for slot, field in enumerate(dict.fromkeys(fields))}  # 900 of 78,000
    slots = np.array([distinct[field] for field in fields]).reshape(-1, 4)
    same, owners, rows = _find(known, distinct, case_insensitive)
    first = np.full(len(distinct), -1)
    first[owners[::-1]] = rows[::-1]  # of several words the first that is known
    asked = first[slots]
    covered = np.all(asked >= 0, axis=1)
    predicted = np.full(len(questions), -1)
    correct = np.zeros(len(questions), dtype=np.bool_)
    if covered.any():
        has_spellings = np.any(same != np.arange(len(same)))
        depth = DEPTH if has_spellings else 1  # else the best row is the first new one
        if method == "lrcos":
            sections = np.array([question.section for question in questions], dtype=object)
            barred = asked[covered, 2:3]
            best = complete_by_relation(known.vectors, asked[covered], sections[covered], depth)
        else:
            barred = asked[covered, :3]
            best = most_similar(known.vectors, barred, method, depth)
        chosen = _first_new(best, same, barred)
        predicted[covered] = chosen
        right = owners * len(same) + rows  # one number for a field and a word of it
        given = slots[covered, 3] * len(same) + same[chosen]
        correct[covered] = (chosen >= 0) & np.isin(given, right)
    return Answers(predicted, covered, correct)


def _find(
    known: WordVectors, fields: Iterable[Words], case_insensitive: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(V,) the first row spelled as each; and for each known word of a field its number, its row."""
    choices = [(field,) if isinstance(field, str) else field for field in fields]
    words = [word for choice in choices for word in choice]
    rows = known.find([*known.words, *words], case_insensitive=case_insensitive)
    same, rows = np.split(rows, [len(known.words)])
    owners = np.repeat(np.arange(len(choices)), [len(choice) for choice in choices])
    return same, owners[rows >= 0], rows[rows >= 0]


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
