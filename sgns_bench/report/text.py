"""How a report writes numbers, settings and tables."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.config import PROSE
from sgns_bench.report.results import Point

MISSING: Final = "-"


def number(value: Any) -> str:
    """Write a setting's value: 100000 as 100,000, 0.75 as it is, none as a dash."""
    if pd.isna(value):
        return MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def significant(value: float) -> str:
    """Write three significant digits with thousands separators."""
    return f"{float(f'{value:.3g}'):,.0f}"


def quantity(value: float, unit: str) -> str:
    """Write a score: fractions in per cent."""
    return f"{100 * value:.1f}" if unit == "fraction" else f"{value:.3f}"


def mean(values: Sequence[float], unit: str) -> str:
    """Write the mean with its unit."""
    if not values:
        return MISSING
    return quantity(float(np.mean(values)), unit) + (" %" if unit == "fraction" else "")


def mean_and_sd(values: Sequence[float], unit: str) -> str:
    """Write mean ± standard deviation, the mean alone if there is one value."""
    if not values:
        return MISSING
    sd = f" ± {quantity(float(np.std(values, ddof=1)), unit)}" if len(values) > 1 else ""
    return quantity(float(np.mean(values)), unit) + sd


def gap(low: float, high: float, unit: str) -> str:
    """Write an interval of differences: per cent become points."""
    scale, digits, points = (100, 1, " points") if unit == "fraction" else (1, 3, "")
    return f"{scale * low:+.{digits}f} to {scale * high:+.{digits}f}{points}"


def median_and_range(values: Sequence[float]) -> str:
    """Write the median and, if there are several values, the range."""
    spread = (
        f" ({significant(min(values))} to {significant(max(values))})" if len(values) > 1 else ""
    )
    return significant(float(np.median(values))) + spread


def ratio(values: Sequence[float]) -> str:
    """Write the median ratio and, if there are several, their range."""
    if not values:
        return MISSING
    spread = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
    return f"{np.median(values):.3g}{spread}"


def settings(point: Point) -> str:
    """Write settings as prose: k = 5, power = 0.75."""
    return ", ".join(f"{PROSE.get(name, name)} = {number(v)}" for name, v in point.items())


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> str:
    """Return a Markdown table that is legible as plain text too.

    Args:
        header: names of the columns.
        rows: cells, as many as the header has.
        left: so many columns are aligned to the left, the others to the right.
    """
    widths = [max(3, *(len(row[i]) for row in [header, *rows])) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [":".rjust(w, "-") if i >= left else "-" * w for i, w in enumerate(widths)]
    return "\n".join([line(header), line(rule), *map(line, rows)])
