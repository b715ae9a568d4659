"""How a report writes numbers, settings and tables."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.config import PROSE
from sgns_bench.report.frames import PREFIX, Point
from sgns_bench.stats import Difference

MISSING: Final = "-"
NAMES: Final = {**PROSE, PREFIX: "corpus size"}


def number(value: Any) -> str:
    """Write a setting's value: 100000 as 100,000, 0.75 as it is, none as a dash."""
    if is_missing(value):
        return MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower()
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def is_missing(value: Any) -> bool:
    """Return whether a cell of a table is empty."""
    return bool(pd.isna(value))


def short(value: float) -> str:
    """Write a number for the axis of a figure: 300k, 1.5M."""
    if 0 < value < 0.001:
        return f"{value:.0e}".replace("e-0", "e-")
    if value < 10_000:
        return f"{value:g}"
    size, letter = next((s, c) for s, c in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if value >= s)
    return f"{value / size:.3g}{letter}"


def seeds(n: int) -> str:
    """Write how many seeds there are."""
    return counted(n, "seed")


def counted(n: int, what: str) -> str:
    """Write how many there are of something: 1 cell, 2,000 cells."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def plain(value: float) -> str:
    """Write a number of any size to four digits."""
    return MISSING if is_missing(value) else f"{value:.4g}"


def p_value(p: float) -> str:
    """Write a p-value to three digits."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


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
    return f"{change(low, unit).removesuffix(' points')} to {change(high, unit)}"


def difference(found: Difference, unit: str) -> str:
    """Write a difference with its interval: -0.4 points, -0.9 to +0.1."""
    if np.isnan(found.low):
        return f"{change(found.mean, unit)}, noise unknown: one seed"
    interval = gap(found.low, found.high, unit).removesuffix(" points")
    return f"{change(found.mean, unit)}, {interval}"


def estimate(value: float, low: float, high: float) -> str:
    """Write a number with its interval, if there is one: 0.98 (0.95 to 1.01)."""
    interval = "" if np.isnan(low) else f" ({low:.2f} to {high:.2f})"
    return f"{value:.2f}{interval}"


def change(value: float, unit: str) -> str:
    """Write a difference with its sign: per cent become points."""
    if np.isnan(value):
        return MISSING
    return f"{100 * value:+.1f} points" if unit == "fraction" else f"{value:+.3f}"


def unscored(counts: Sequence[int]) -> str:
    """Say why there is no score of so many items per seed."""
    unknown = counts and not any(counts)
    return f"not scored{': no item has all its words in the vocabulary' if unknown else ''}"


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
    return ", ".join(f"{name(axis)} = {number(value)}" for axis, value in point.items())


def name(axis: str) -> str:
    """Return what prose calls a setting."""
    return NAMES.get(axis, axis)
