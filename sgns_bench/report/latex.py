"""The tables of a report as LaTeX, to be included in a paper that loads booktabs."""

from collections.abc import Iterable, Iterator
from typing import Final

from sgns_bench.report.document import Figure, Part, Report, Section, Table

_ESCAPES: Final = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
    | {"±": r"$\pm$", "·": r"$\cdot$", "²": r"$^2$"}
)
_TABLE: Final = r"""\begin{table}
  \centering
  \caption{%s}
  \begin{tabular}{%s}
    \toprule
    %s \\
    \midrule
%s    \bottomrule
  \end{tabular}
\end{table}"""


def write(report: Report) -> str:
    r"""Return every table but the details, each a ``table`` of its own, for ``\input``."""
    head = f"% {report.title}\n% needs \\usepackage{{booktabs}}"
    return "\n\n".join([head, *_tables(report.sections, "")]) + "\n"


def escape(text: str) -> str:
    """Return text that LaTeX prints as it is; a cell ``**so**`` is bold."""
    if text.startswith("**") and text.endswith("**"):
        return rf"\textbf{{{escape(text[2:-2])}}}"
    return text.translate(_ESCAPES)


def _tables(parts: Iterable[Part], caption: str) -> Iterator[str]:
    for part in parts:
        match part:
            case Section():
                yield from _tables(part.parts, _joined(caption, part.title))
            case Figure():
                yield _table(part.table, _joined(caption, part.title))
            case Table(detail=False):
                yield _table(part, _joined(caption, part.title))


def _joined(caption: str, title: str) -> str:
    return ": ".join(filter(None, [caption, title]))


def _table(table: Table, caption: str) -> str:
    columns = "l" * table.left + "r" * (len(table.header) - table.left)
    header, *rows = (" & ".join(map(escape, line)) for line in [table.header, *table.rows])
    return _TABLE % (escape(caption), columns, header, "".join(f"    {row} \\\\\n" for row in rows))
