"""Finds the settings that a run varied, their values, and a default value of each."""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report.dataframe import DEFAULTS, MAX_WORDS, POWER, SETTINGS, K, Point


class Grid:
    """The settings that a run varied, and their values.

    Attributes:
        varying: settings, or the prefix, with several values in the cells of the main grid.
        one_setting_variants: the setting of each variant that tries several values of one setting.
    """

    def __init__(self, records: Sequence[Record], ends: pd.DataFrame) -> None:
        self._own = ends[ends["variant"] == ""]
        self.varying = _varying(records)
        self.one_setting_variants = {
            str(variant): axis
            for variant, rows in ends[ends["variant"] != ""].groupby("variant")
            for axis in (*SETTINGS, MAX_WORDS)
            if axis in rows and rows[axis].nunique() > 1 and axis not in self.varying
        }

    @property
    def extra_axes(self) -> list[str]:
        """The settings that vary, except k and power."""
        return [name for name in self.varying if name not in (K, POWER)]

    @property
    def axes(self) -> list[str]:
        """K and power, if any trainer uses them, then the other settings that vary."""
        return [axis for axis in (K, POWER, *self.extra_axes) if self.values(axis)]

    @property
    def all_axes(self) -> list[str]:
        """The axes of the main grid, then those of variants."""
        return list(dict.fromkeys([*self.axes, *self.one_setting_variants.values()]))

    def values(self, axis: str) -> list[Any]:
        """Return the values of a setting in the main grid, rising."""
        return sorted(self._own[axis].dropna().unique().tolist()) if axis in self._own else []

    def default_value(self, axis: str) -> Any:
        """Return the value of a setting for plots and tables that show only one.

        It is gensim's default if that was tried, otherwise the middle value; for the prefix, the
        largest.
        """
        values = self.values(axis)
        if axis == MAX_WORDS:
            return values[-1]
        return DEFAULTS[axis] if DEFAULTS[axis] in values else values[len(values) // 2]

    def default(self, *but: str) -> dict[str, Any]:
        """Return the default value of every axis except those given."""
        return {axis: self.default_value(axis) for axis in self.axes if axis not in but}

    def points(self, axes: Sequence[str]) -> Iterator[Point]:
        """Yield all combinations of the values of some axes."""
        for values in product(*map(self.values, axes)):
            yield dict(zip(axes, values, strict=True))

    def ignores(self, trainer: str, axis: str) -> bool:
        """Return whether a setting makes no difference to a trainer."""
        rows = self._own[self._own["trainer"] == trainer]
        return axis not in rows or bool(rows[axis].isna().all())


def _varying(records: Sequence[Record]) -> list[str]:
    values: dict[str, set[str]] = {}
    for record in records:
        if not record.variant:
            for name, value in {**record.config, MAX_WORDS: record.max_words}.items():
                values.setdefault(name, set()).add(json.dumps(value))
    return [name for name, seen in values.items() if len(seen) > 1]
