"""The parts of a report, whichever way it is written: Markdown, a page, LaTeX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """A picture, never without its numbers.

    Attributes:
        title: of the figure.
        caption: how to read it.
        table: its numbers.
        draw: draws it.
        height: in inches; every figure is 4.8 wide, which a phone shows without shrinking it.
        finding: what it shows, a part of the report's answer; "" where a table says more.
    """

    title: str
    caption: str
    table: Table
    draw: Callable[["Axes"], None]
    height: float = 3.1
    finding: str = ""

    @property
    def text(self) -> str:
        """Finding and caption."""
        return f"{self.finding} {self.caption}".strip()


Part = Union[str, Table, Figure, "Section"]


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs, tables, figures and sections under a heading."""

    title: str
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A question, its answer and what that rests on.

    Attributes:
        title: of the page.
        question: ends with a question mark.
        answer: tables, and a list of sentences.
        sections: in the order in which to read them.
    """

    title: str
    question: str
    answer: Section
    sections: Sequence[Section] = ()
