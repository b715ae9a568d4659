"""The parts of a report, independent of its format: Markdown, HTML or LaTeX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text; cells in ``**asterisks**`` are bold."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int
    """Number of columns aligned to the left; the others are aligned to the right."""
    title: str = ""
    detail: bool = False
    """Whether the table is a detail: HTML folds it, the other formats leave it out."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the table of its numbers.

    Attributes:
        title: title of the figure.
        caption: how to read the figure.
        table: numbers of the figure.
        draw: draws the figure on matplotlib axes.
        height: in inches; the width is 4.8, which fits a phone's screen.
        finding: conclusion for the report's answer; "": none.
    """

    title: str
    caption: str
    table: Table
    draw: Callable[["Axes"], None]
    height: float = 3.1
    finding: str = ""

    @property
    def text(self) -> str:
        """The finding, then the caption."""
        return f"{self.finding} {self.caption}".strip()


Part = Union[str, Table, Figure, "Section"]


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs, tables, figures and sections under a heading."""

    title: str
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A question, its answer, and sections with the evidence.

    Attributes:
        title: title of the report.
        question: a sentence that ends with a question mark.
        answer: tables, and a list of findings.
        sections: sections in reading order.
    """

    title: str
    question: str
    answer: Section
    sections: Sequence[Section] = ()
