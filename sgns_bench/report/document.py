"""The parts of a report, independent of its format: Markdown, HTML or LaTeX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text; ``**bold**`` is good news, ``*emphasis*`` bad; a cell may have two lines."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int  # number of columns aligned to the left; the others are aligned to the right
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the table of its numbers."""

    title: str
    caption: str  # how to read it
    table: Table
    draw: Callable[["Axes"], None]
    height: float = 3.1  # inches; the width is 4.8, which fits a phone's screen
    finding: str = ""  # conclusion for the report's answer
    is_detail: bool = False  # whether it belongs into a folded section

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
    folded: bool = False  # a detail: HTML folds it, the other formats leave it out


@dataclass(frozen=True, slots=True)
class Report:
    """A question, its answer, and sections with the evidence."""

    title: str
    question: str
    answer: Section
    sections: Sequence[Section] = ()
