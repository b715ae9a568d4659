"""Reports as Markdown: the numbers of every figure in a table, legible as plain text too."""

from collections.abc import Iterator, Sequence

from sgns_bench.report.document import Figure, Part, Report, Section, Table


def write(report: Report) -> str:
    """Return a report as Markdown."""
    first, *others = report.answers
    parts = [f"# {report.title}", f"**Question.** {report.question}", f"**Answer.** {first}"]
    parts += others
    for section in report.sections:
        parts += _section(section, level=2)
    return "\n\n".join(parts) + "\n"


def table(table: Table) -> str:
    """Return a table whose columns line up."""
    lines = [table.header, *table.rows]
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


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {section.title}"
    for part in section.parts:
        yield from _part(part, level + 1)


def _part(part: Part, level: int) -> Iterator[str]:
    match part:
        case Section():
            yield from _section(part, level)
        case Figure():
            yield f"{'#' * level} {part.title}"
            yield part.text
            yield table(part.table)
        case Table(detail=False):
            yield table(part)
        case str():
            yield part
