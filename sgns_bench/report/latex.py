"""Writes the tables of a report as LaTeX for a document that loads booktabs."""

import re
from collections.abc import Iterable, Iterator

import pandas as pd

from sgns_bench.report.document import Figure, Part, Report, Section, Table


def write(report: Report) -> str:
    r"""Return all tables that are not folded, each in its own ``table`` environment, for ``\input``."""
    head = f"% {report.title}\n% needs \\usepackage{{booktabs}}"
    return "\n\n".join([head, *_tables([report.answer, *report.sections], "")]) + "\n"


def _tables(parts: Iterable[Part], caption: str) -> Iterator[str]:
    for part in parts:
        match part:
            case Section(folded=False):
                yield from _tables(part.parts, _joined(caption, part.title))
            case Figure():
                yield _table(part.table, _joined(caption, part.title))
            case Table():
                yield _table(part, _joined(caption, part.title))


def _joined(caption: str, title: str) -> str:
    return ": ".join(filter(None, [caption, title]))


def _table(table: Table, caption: str) -> str:
    caption = caption.translate({ord(c): f"\\{c}" for c in "&%$#_"})
    style = pd.DataFrame(table.rows, columns=list(table.header)).style.hide(axis="index")
    style = style.format(_bold, escape="latex").format_index(escape="latex", axis="columns")
    columns = "l" * table.left + "r" * (len(table.header) - table.left)
    return style.to_latex(
        hrules=True, column_format=columns, caption=caption, position_float="centering"
    ).rstrip()


def _bold(cell: object) -> str:
    return re.sub(r"\*(.+?)\*", r"\\emph{\1}", re.sub(r"\*\*(.+?)\*\*", r"\\textbf{\1}", str(cell)))
