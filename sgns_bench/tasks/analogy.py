"""Analogy task: king - man + woman = queen. Accuracy on questions "a is to b as c is to d"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import numpy as np
import numpy.typing as npt

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import UnknownName
from sgns_bench.stats import grouped_wilson
from sgns_bench.tasks import METRICS as METRICS
from sgns_bench.tasks import RESTRICT_VOCAB, Evaluation, Formula, Items, Method, Score
from sgns_bench.tasks._analogy_formulas import most_similar
from sgns_bench.tasks._analogy_lrcos import complete_by_relation
from sgns_bench.tasks._analogy_questions import Question as Question
from sgns_bench.tasks._analogy_questions import Words
from sgns_bench.tasks._analogy_questions import pair_numbers as pair_numbers
from sgns_bench.tasks._analogy_questions import read_questions as read_questions
from sgns_bench.tasks._scoring import fraction

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]

DEPTH: Final = 5  # gensim considers the best five words only


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to Q questions."""

    predicted: I64  # (Q,) int64, row of the answer, -1 if there is none
    # (Q,) bool, whether all four words are known; one known alternative is enough
    covered: Bools
    correct: Bools  # (Q,) bool, whether the answer is right


def evaluate(
    vectors: WordVectors,
    path: str | Path,
    *,
    methods: Sequence[Method] = get_args(Formula),
) -> Evaluation:
    """Score vectors on analogy questions with each method.

    By default without LRCos, which takes about ten times as long as another method.
    """
    questions = read_questions(path)
    evaluation, groups = Evaluation([], []), pair_numbers(questions)
    for method in methods:
        answers = answer(vectors, questions, method)
        evaluation.scores.extend(score(answers, questions, METRICS[method]))
        correct = zip(answers.covered.tolist(), answers.correct.tolist(), strict=True)
        items = Items(
            METRICS[method],
            [vectors.words[row] if row >= 0 else None for row in answers.predicted],
            [right if covered else None for covered, right in correct],
            groups=groups,
        )
        evaluation.items.append(items)
    return evaluation


def score(answers: Answers, questions: Sequence[Question], metric: str) -> list[Score]:
    """Return the accuracy on the covered questions, first over all, then for each section.

    Intervals are clustered by word pairs, because questions share them. They are about twice as
    wide as for independent questions.
    """
    names = np.array([question.section for question in questions], dtype=object)
    pairs = pair_numbers(questions)

    def accuracy(section: str, part: Bools) -> Score:
        scored = part & answers.covered
        right = answers.correct[scored]
        interval = grouped_wilson(right, [numbers[scored] for numbers in pairs])
        return fraction(metric, int(right.sum()), len(right), int(part.sum()), interval, section)

    sections = [accuracy(name, names == name) for name in dict.fromkeys(names)]
    return [accuracy("", np.ones_like(answers.covered)), *sections]


def answer(
    vectors: WordVectors, questions: Sequence[Question], method: Method = "3cosadd"
) -> Answers:
    """Answer each question in the same way as gensim's ``KeyedVectors.evaluate_word_analogies``.

    Words are compared in upper case; the first of several spellings is found. The three given words
    are excluded. Among the five best other words, the answer is the first that is not another
    spelling of a given word.

    For questions with alternatives (BATS), the first known alternative serves as the given second
    word, and each known alternative of the expected word is correct. The authors' library vecto
    differs: it skips a question whose very first alternative is unknown, and excludes all
    alternatives of the second word from the answers.

    Args:
        vectors: the word vectors to score.
        questions: Q questions from :func:`read_questions`.
        method: "3cosadd", "3cosmul" or "pairdirection" (Levy and Goldberg 2014, eqs. 3, 4 and 2),
            or "lrcos" (Drozd et al. 2016). "lrcos" takes a section as a relation, trains on all its
            pairs but the asked one, and excludes only the third word from the answers.

    Raises:
        UnknownName: the method does not exist.
    """
    if method not in METRICS:
        raise UnknownName("method", method, METRICS)
    known = vectors.head(RESTRICT_VOCAB)
    fields = [field for question in questions for field in question[1:]]
    distinct = {field: slot for slot, field in enumerate(dict.fromkeys(fields))}  # 900 of 78,000
    slots = np.array([distinct[field] for field in fields]).reshape(-1, 4)
    same, owners, rows = _find(known, distinct)
    first = np.full(len(distinct), -1)
    first[owners[::-1]] = rows[::-1]  # the first known alternative
    asked = first[slots]
    covered = np.all(asked >= 0, axis=1)
    predicted = np.full(len(questions), -1)
    correct = np.zeros(len(questions), dtype=np.bool_)
    if covered.any():
        sections = np.array([question.section for question in questions], dtype=object)[covered]
        chosen = _choose(known, asked[covered], sections, same, method)
        right = owners * len(same) + rows  # encodes (field, row of a right word)
        given = slots[covered, 3] * len(same) + same[chosen]
        predicted[covered], correct[covered] = chosen, (chosen >= 0) & np.isin(given, right)
    return Answers(predicted, covered, correct)


def _choose(
    known: WordVectors,
    asked: I64,
    sections: npt.NDArray[np.object_],
    same: I64,
    method: Method,
) -> I64:
    """Return the (Q,) vocabulary rows of the answers to questions, (Q, 4) rows ``asked``."""
    has_spellings = np.any(same != np.arange(len(same)))
    depth = DEPTH if has_spellings else 1  # without spellings the best row is the answer
    if method == "lrcos":
        best = complete_by_relation(known.vectors, asked, sections, depth)
        return _first_new(best, same, asked[:, 2:3])
    given = np.ascontiguousarray(asked[:, :3])
    return _first_new(most_similar(known.vectors, given, method, depth), same, given)


def _find(known: WordVectors, fields: Iterable[Words]) -> tuple[I64, I64, I64]:
    """Return the first row spelled as each row, (V,); fields and rows of known alternatives."""
    choices = [(field,) if isinstance(field, str) else field for field in fields]
    words = [word for choice in choices for word in choice]
    rows = known.find([*known.words, *words], case_insensitive=True)
    same, rows = np.split(rows, [len(known.words)])
    owners = np.repeat(np.arange(len(choices)), [len(choice) for choice in choices])
    return same, owners[rows >= 0], rows[rows >= 0]


def _first_new(best: I64, same: I64, given: I64) -> I64:
    """Return the first of the best rows that does not spell a given word, else the last: (Q,)."""
    absent = best < 0
    spells_given = (same[best][:, :, None] == given[:, None, :]).any(axis=2)
    usable = ~(spells_given | absent)
    last = np.maximum(np.sum(~absent, axis=1) - 1, 0)
    chosen = np.where(usable.any(axis=1), np.argmax(usable, axis=1), last)
    return np.asarray(np.take_along_axis(best, chosen[:, None], axis=1)[:, 0])
