"""Writes reports as Markdown that is legible as plain text; figures become tables, details are left out."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sgns_bench.report.document import Figure, Part, Report, Section, Table

_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")  # in the name of a corpus or a variant


def write(report: Report) -> str:
    """Return a report as Markdown."""
    parts = [f"# {report.title}", f"**Question.** {report.question}"]
    parts += [part for each in [report.answer, *report.sections] for part in section(each)]
    return _TAG.sub(r"\\<", "\n\n".join(parts)) + "\n"


def section(part: Section, level: int = 2) -> Iterator[str]:
    """Yield heading, paragraphs and tables of a section."""
    yield f"{'#' * level} {part.title}"
    for inner in part.parts:
        yield from _part(inner, level + 1)


def _part(part: Part, level: int) -> Iterator[str]:
    match part:
        case Section(folded=False):
            yield from section(part, level)
        case Figure():
            yield f"{'#' * level} {part.title}"
            yield part.text
            yield table(part.table)
        case Table():
            yield from filter(None, [part.title])
            yield table(part)
        case str():
            yield part


def table(table: Table) -> str:
    """Return a table as Markdown with aligned columns."""
    lines = [
        [cell.replace("\n", "; ").replace("|", "\\|") for cell in row]
        for row in (table.header, *table.rows)
    ]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(table.header))]
    left = table.left
    rule = [":".rjust(w, "-") if i >= left else "-" * w for i, w in enumerate(widths)]
    header, *rows = (_line(cells, widths, left) for cells in lines)
    return "\n".join([header, _line(rule, widths, left), *rows])


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    padded = [
        cell.ljust(width) if i < left else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"
