"""Formats numbers, settings and lists for reports."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.config import PROSE
from sgns_bench.record import Record
from sgns_bench.report.dataframe import MAX_WORDS, Point
from sgns_bench.stats import Difference

MISSING: Final = "-"
NAMES: Final = {**PROSE, MAX_WORDS: "corpus size"}


def number(value: Any) -> str:
    """Write a setting's value: 100000 as 100,000, 0.75 as 0.75, a missing one as a dash."""
    if pd.isna(value):
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def short(value: float) -> str:
    """Write a number for the axis of a figure: 300k, 1.5M."""
    if 0 < value < 0.001:
        return f"{value:.0e}".replace("e-0", "e-")
    if value < 10_000:
        return f"{value:g}"
    size, letter = next((s, c) for s, c in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if value >= s)
    return f"{value / size:.3g}{letter}"


def listed(words: Sequence[str]) -> str:
    """Write words as prose: a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def significant(value: float) -> str:
    """Write three significant digits with thousands separators."""
    return MISSING if pd.isna(value) else f"{float(f'{value:.3g}'):,.0f}"


def scale(unit: str) -> int:
    """Return the factor by which to show numbers of a unit: 100 for fractions, otherwise 1."""
    return 100 if unit == "fraction" else 1


def label(metric: str, unit: str) -> str:
    """Write a metric with its unit, for a heading or an axis: accuracy, %."""
    shown = {"fraction": "%", "correlation": ""}.get(unit, unit)
    return f"{metric}, {shown}" if shown else metric


def count(n: int, noun: str = "seed") -> str:
    """Write a number of things: 1 seed, 3 seeds."""
    return f"{n:,} {noun}{'s' * (n != 1)}"


def heading(head: Record) -> str:
    """Write evaluation set, metric and unit of a record."""
    return f"{head.dataset} {label(head.metric, head.unit)}"


def quantity(value: float, unit: str) -> str:
    """Write a score; fractions as per cent."""
    if pd.isna(value):
        return MISSING
    return f"{100 * value:.1f}" if unit == "fraction" else f"{value:.3f}"


def mean(values: Sequence[float], unit: str) -> str:
    """Write the mean of scores; a dash if there are none."""
    return quantity(float(np.mean(values)), unit) if values else MISSING


def mean_and_sd(values: Sequence[float], unit: str) -> str:
    """Write mean ± standard deviation; only the mean if there is one value."""
    sd = f" ± {quantity(float(np.std(values, ddof=1)), unit)}" if len(values) > 1 else ""
    return mean(values, unit) + sd


def change(value: float, unit: str) -> str:
    """Write a difference with its sign; fractions as percentage points."""
    if np.isnan(value):
        return MISSING
    return f"{100 * value:+.1f} points" if unit == "fraction" else f"{value:+.3f}"


def interval(found: Difference, unit: str) -> str:
    """Write the interval of a difference: -0.9 to +0.1."""
    low, high = (change(end, unit).removesuffix(" points") for end in found[1:])
    return f"{low} to {high}"


def estimate(value: float, low: float, high: float) -> str:
    """Write a number with its interval, if there is one: 0.98 (0.95 to 1.01)."""
    interval = "" if np.isnan(low) else f" ({low:.2f} to {high:.2f})"
    return f"{value:.2f}{interval}"


def median_and_range(values: Sequence[float]) -> str:
    """Write the median and, if there are several values, the range."""
    middle = significant(float(np.median(values)))
    if len(values) < 2:
        return middle
    return f"{middle} ({significant(min(values))} to {significant(max(values))})"


def settings(point: Point) -> str:
    """Write settings as prose, empty ones left out: k = 5, power = 0.75."""
    return ", ".join(f"{name(a)} = {number(v)}" for a, v in point.items() if not pd.isna(v))


def name(axis: str) -> str:
    """Return the name of a setting in prose."""
    return NAMES.get(axis, axis)
