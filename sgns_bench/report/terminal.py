"""Writes the answer of a report as plain lines for a terminal."""

from collections.abc import Iterator, Sequence

from sgns_bench.report.document import Section, Table


def lines(answer: Section) -> Iterator[str]:
    """Yield the tables and paragraphs that are not folded, with an empty line between them."""
    parts = [part for part in answer.parts if isinstance(part, str | Table)]
    for i, part in enumerate(parts):
        yield from [""] * (i > 0)
        yield from _table(part) if isinstance(part, Table) else [part.replace("*", "")]


def _table(table: Table) -> Iterator[str]:
    """Yield the title, then a line for each number: whose it is, what it is, and the verdict."""
    yield from filter(None, [table.title])
    cells = [cells for row in table.rows for cells in _numbers(table, row)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for name, what, value, says in cells:
        line = f"{name:{widths[0]}}  {what:{widths[1]}}  {value:>{widths[2]}}  {says}"
        yield line.rstrip()


def _numbers(table: Table, row: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    settings = zip(table.header[1 : table.left], row[1 : table.left], strict=True)
    name = ", ".join([row[0], *(f"{setting} = {value}" for setting, value in settings)])
    for what, cell in zip(table.header[table.left :], row[table.left :], strict=True):
        value, _, says = cell.replace("*", "").partition("\n")
        yield name, what, value, says
        name = ""  # once
