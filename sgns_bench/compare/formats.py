"""The outcome as people and programs read it: a table, Markdown, JUnit XML, JSON for charts."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from rich.table import Table

from sgns_bench.compare.gates import Comparison
from sgns_bench.errors import ConfigError

COLUMNS = ("corpus", "gate", "base", "new", "change", "95 % interval", "p", "margin", "verdict")


def table(comparisons: Sequence[Comparison]) -> Table:
    """Return a table for a terminal, a line for each gate."""
    shown = Table(*COLUMNS)
    for comparison in comparisons:
        shown.add_row(*_cells(comparison))
    return shown


def markdown(comparisons: Sequence[Comparison]) -> str:
    """Return the same table for a page, under a line that says how it ended."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_cells, comparisons)]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n\n".join([f"### {outcome(comparisons)}", lines, *notes(comparisons)]) + "\n"


def outcome(comparisons: Sequence[Comparison]) -> str:
    """Return how many gates got worse, and which, and of how many nobody can tell."""
    unclear = sum(c.judgement.verdict == "unclear" for c in comparisons)
    count = f"{len(worse(comparisons))} of {len(comparisons)} gates worse, {unclear} unclear"
    named = "; ".join(f"{c.corpus} {c.gate}" for c in worse(comparisons))
    return f"{count}: {named}" if named else count


def notes(comparisons: Sequence[Comparison]) -> list[str]:
    """Return what to know besides: which settings differ that the suite leaves to the code."""
    found = {
        f"note: {c.corpus}: {c.note}; the suite sets neither": None for c in comparisons if c.note
    }
    return list(found)


def worse(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return the gates that got worse."""
    return [c for c in comparisons if c.judgement.verdict == "worse"]


def to_junit(comparisons: Sequence[Comparison]) -> str:
    """Return a JUnit test suite: a test for each gate, which fails if it got worse."""
    failed = worse(comparisons)
    counts = {"tests": str(len(comparisons)), "failures": str(len(failed)), "errors": "0"}
    suite = ET.Element("testsuite", {"name": "regression", **counts})
    for comparison in comparisons:
        names = {"classname": comparison.corpus, "name": comparison.gate}
        case = ET.SubElement(suite, "testcase", names)
        text = ", ".join(map(": ".join, zip(COLUMNS, _cells(comparison), strict=True)))
        if comparison in failed:
            ET.SubElement(case, "failure", {"message": text})
        else:
            ET.SubElement(case, "system-out").text = text
    return ET.tostring(suite, "unicode", xml_declaration=True)


def benchmark_json(comparisons: Sequence[Comparison], *, higher_is_better: bool) -> str:
    """Return NEW's medians as github-action-benchmark reads them, those of one direction.

    Its tools ``customBiggerIsBetter`` and ``customSmallerIsBetter`` take a file each.
    """
    chosen = [c for c in comparisons if c.higher_is_better == higher_is_better]
    return json.dumps(list(map(_entry, chosen)), indent=1, ensure_ascii=False)


def write(
    comparisons: Sequence[Comparison],
    *,
    junit: Path | None = None,
    summary: Path | None = None,
    benchmark: Path | None = None,
) -> None:
    """Write what is asked for; a summary is appended to, as a step of a GitHub workflow does.

    Raises:
        ConfigError: a file cannot be written.
    """
    contents = {junit: to_junit(comparisons)}
    if benchmark:
        smaller = benchmark.with_stem(f"{benchmark.stem}-smaller")
        contents[benchmark] = benchmark_json(comparisons, higher_is_better=True)
        contents[smaller] = benchmark_json(comparisons, higher_is_better=False)
    for path, content in contents.items():
        if path:
            _write(path, content, "w")
    if summary:
        _write(summary, markdown(comparisons), "a")


def _write(path: Path, content: str, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def _entry(comparison: Comparison) -> dict[str, Any]:
    return {
        "name": f"{comparison.corpus}: {comparison.gate}",
        "unit": comparison.unit,
        "value": comparison.judgement.new,
        "extra": f"{comparison.judgement.change:+.1%} against {comparison.judgement.base:.4g}",
    }


def _cells(comparison: Comparison) -> tuple[str, ...]:
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
