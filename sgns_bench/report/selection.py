"""Selects rows of results by trainer, point or setting."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from sgns_bench.report import format
from sgns_bench.report.dataframe import at
from sgns_bench.report.results import Results

SPEED: Final = "words_per_second"


def samples(
    results: Results, trainer: str, dataset: str, axes: Sequence[str]
) -> dict[tuple[Any, ...], list[float]]:
    """Return values of the main metric, one per seed, by values of some axes.

    Other axes have their default value; combinations without a result are left out.
    """
    what = {"trainer": trainer, "dataset": dataset, "metric": results.sets[dataset].metric}
    rows = at(results.table, {**what, **results.grid.default(*axes)}).dropna(subset="value")
    if rows.empty or any(axis not in rows or rows[axis].isna().any() for axis in axes):
        return {}
    return {tuple(key): list(group["value"]) for key, group in rows.groupby(list(axes), sort=True)}


def speeds(results: Results) -> pd.DataFrame:
    """Return the rows of speed, each with its ratio to the baseline's speed.

    The baseline's run has the same seed and settings; for settings that the trainer ignores, the
    default value.
    """
    rows = results.ends[results.ends["metric"] == SPEED]
    base = rows[rows["trainer"] == results.baseline]
    axes = [axis for axis in results.grid.all_axes if axis in rows and base[axis].notna().all()]
    parts = []
    for _, own in rows.groupby("trainer", sort=False):
        known = [axis for axis in axes if own[axis].notna().all()]
        default = {a: v for a, v in results.grid.default(*known).items() if a in axes}
        on = ["variant", "seed", *known]
        same = at(base, default).groupby(on)["value"].median().rename("base")
        parts.append(own.merge(same, on=on, how="left"))
    found = pd.concat(parts) if parts else rows.assign(base=rows["value"])
    return found.assign(ratio=found["value"] / found["base"])


def along(results: Results, rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    """Return the rows of trainings that differ from the default at most in one setting."""
    variants = results.grid.one_setting_variants
    names = ["", *(name for name, setting in variants.items() if setting == axis)]
    return at(rows[rows["variant"].isin(names)], results.grid.default(axis))


def at_default(results: Results, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows at the default point, except for settings that a variant overrides."""
    point = results.grid.default()
    parts = [
        at(own, {a: v for a, v in point.items() if not name or (own[a] == v).any()})
        for name, own in rows.groupby("variant", sort=False)
    ]
    return pd.concat(parts) if parts else rows


def name_of(results: Results, row: "pd.Series[Any]") -> str:
    """Return the trainer's name, with the variant's change if any: "sgns (k = 10)"."""
    axis = results.grid.one_setting_variants.get(row["variant"])
    change = format.settings({axis: row[axis]}) if axis else row["variant"]
    return f"{row['trainer']} ({change})" if change else str(row["trainer"])
