"""What a report is made of, whichever way it is written down: Markdown, a page, LaTeX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of text; a cell ``**so**`` is a winner."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int
    """So many columns are aligned to the left, the others to the right."""
    title: str = ""
    detail: bool = False
    """Of interest on demand: the page folds it, the other forms leave it out."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, never without its numbers and a text that says what it shows."""

    title: str
    text: str
    table: Table
    draw: Callable[["Axes"], None]
    height: float = 3.1
    """In inches; every figure is 4.8 wide, which a phone shows without shrinking it."""


Part = Union[str, Table, Figure, "Section"]


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs, tables, figures and sections under a heading."""

    title: str
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A question, its answers and what they rest on.

    Attributes:
        title: of the page.
        question: ends with a question mark.
        answers: one sentence each, the first answers the question.
        sections: in the order in which to read them.
    """

    title: str
    question: str
    answers: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)


def sections(*candidates: Section) -> list[Section]:
    """Return those that have something in them."""
    return [section for section in candidates if section.parts]
