"""Writes the outcome of a comparison as Markdown."""

from collections.abc import Sequence
from typing import Final

from sgns_bench.regression.runs import GateComparison
from sgns_bench.report import markdown
from sgns_bench.report.document import Table

COLUMNS: Final = (
    "corpus", "gate", "base", "new", "change", "95 % interval", "p", "margin", "verdict"
)  # fmt: skip


def report(comparisons: Sequence[GateComparison]) -> str:
    """Return a table with a row for each gate, then notes, then the outcome."""
    rows = [_cells(comparison) for comparison in comparisons]
    return "\n\n".join(
        [markdown.table(Table(COLUMNS, rows, left=2)), *notes(comparisons), outcome(comparisons)]
    )


def outcome(comparisons: Sequence[GateComparison]) -> str:
    """Return a line with the numbers of worse and unclear gates, and the names of the worse."""
    unclear = sum(c.judgement.verdict == "unclear" for c in comparisons)
    count = f"{len(worse(comparisons))} of {len(comparisons)} gates worse, {unclear} unclear"
    named = "; ".join(f"{c.corpus} {c.gate}" for c in worse(comparisons))
    return f"{count}: {named}" if named else count


def notes(comparisons: Sequence[GateComparison]) -> list[str]:
    """Return one line for each difference in settings that the suite does not set."""
    found = (f"note: {c.corpus}: {c.note}; the suite sets neither" for c in comparisons if c.note)
    return list(dict.fromkeys(found))


def worse(comparisons: Sequence[GateComparison]) -> list[GateComparison]:
    """Return the gates that got worse."""
    return [c for c in comparisons if c.judgement.verdict == "worse"]


def _cells(comparison: GateComparison) -> tuple[str, ...]:
    found = comparison.judgement
    return (
        comparison.corpus,
        comparison.gate,
        *(_number(value, comparison.unit) for value in (found.base, found.new)),
        f"{found.change:+.1%}",
        f"{found.low:+.1%} to {found.high:+.1%}",
        "< 0.001" if found.p < 0.001 else f"{found.p:.3f}",
        f"{found.margin:.1%}",
        found.verdict,
    )


def _number(value: float, unit: str) -> str:
    return f"{value / 1e6:,.1f} MB" if unit == "bytes" else f"{value:,.4g}{'x' * (unit == 'x')}"
