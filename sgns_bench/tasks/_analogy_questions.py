"""Read analogy questions in the formats of Google, Microsoft (MSR) and BATS."""

import csv
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.errors import DatasetError
from sgns_bench.tasks import read_lines, well_formed

Words = str | tuple[str, ...]  # one word, or several alternatives
MSR_HEADER: Final = ["", "type", "word1", "word2", "word3", "target"]


class Question(NamedTuple):
    """An analogy question: ``first`` is to ``second`` as ``third`` is to ``expected``."""

    section: str
    first: str
    second: Words
    third: str
    expected: Words


def read_questions(path: str | Path) -> list[Question]:
    """Read analogy questions in the format of Google, Microsoft (MSR) or BATS.

    Google: four words per line, under headers ": section". MSR: a file ``*.csv`` with the columns
    number, type, word1, word2, word3, target. BATS (Gladkova et al. 2016): a folder of ``*.txt``,
    one per relation; each line has two words separated by a tab, the second perhaps with
    alternatives separated by slashes; all ordered pairs of lines are questions.

    Malformed lines are skipped with one warning.

    Raises:
        DatasetError: a file cannot be read, a question precedes all section headers, or there are
            no questions.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(path.glob("*.txt"), key=lambda file: (file.stem[:1], len(file.stem), file))
        questions = [question for file in files for question in well_formed(file, _bats(file))]
        need = "files *.txt of pairs of words between tabs"
    elif path.suffix == ".csv":
        questions = well_formed(path, _msr(path))
        need = f"the header {','.join(MSR_HEADER)}, and such lines"
    else:
        questions = well_formed(path, _google(path))
        need = "': section' lines and four words per line"
    if not questions:
        raise DatasetError(f"{path}: no questions; need {need}")
    return questions


def pair_numbers(questions: Sequence[Question]) -> list[npt.NDArray[np.int64]]:
    """Number the word pairs of the questions; questions that share a pair are not independent.

    Returns:
        (Q,) int64 numbers of the first pairs, and (Q,) int64 of the second pairs. A pair has the
        same number in both; equal pairs of different sections have different numbers.
    """
    pairs = [(each.section, each.first, each.second) for each in questions]
    pairs += [(each.section, each.third, each.expected) for each in questions]
    number = {pair: at for at, pair in enumerate(dict.fromkeys(pairs))}
    return np.split(np.array([number[pair] for pair in pairs], dtype=np.int64), 2)


def _google(path: Path) -> Iterator[Question | int]:
    section = None
    for number, line in enumerate(read_lines(path), start=1):
        words = line.split()
        if line.startswith(":"):
            section = line.lstrip(": ").strip()
        elif len(words) != 4:
            yield from [number] if words else []
        elif section is None:
            raise DatasetError(f"{path}: line {number}: question before the first ': section' line")
        else:
            yield Question(section, *words)


def _msr(path: Path) -> Iterator[Question | int]:
    rows = csv.reader(read_lines(path))
    if next(rows, None) != MSR_HEADER:
        return
    for number, row in enumerate(rows, start=2):
        if len(row) == len(MSR_HEADER) and all(row):
            yield Question(*row[1:])
        elif row:
            yield number


def _bats(path: Path) -> Iterator[Question | int]:
    pairs = []
    for number, line in enumerate(read_lines(path), start=1):
        match line.split("\t" if "\t" in line else None):
            case [first, second] if first.strip() and (words := _alternatives(second)):
                pairs.append((first.strip(), words))
            case fields if any(fields):
                yield number
    for (a, b), (c, d) in permutations(pairs, 2):
        yield Question(path.stem, a, b, c, d)


def _alternatives(field: str) -> tuple[str, ...]:
    return tuple(word for part in field.split("/") if (word := part.strip()))
