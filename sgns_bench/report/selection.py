"""Selects rows of results by trainer, point or setting."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from sgns_bench.report import format
from sgns_bench.report.dataframe import Point, at
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import Values

SPEED: Final = "words_per_second"

Pairs = dict[str, tuple[Values, Values]]
"""Values of each trainer or variant, and of what it is compared with."""


def samples(
    results: Results, trainer: str, dataset: str, metric: str, axes: Sequence[str]
) -> dict[tuple[Any, ...], list[float]]:
    """Return values of a metric, one per seed, by values of some axes; none unless all axes vary.

    Other axes have their default value; combinations without a result are left out.
    """
    what = {"trainer": trainer, "dataset": dataset, "metric": metric}
    rows = at(results.table, {**what, **results.grid.default(*axes)}).dropna(subset="value")
    if any(
        axis not in rows or rows[axis].isna().any() or rows[axis].nunique() < 2 for axis in axes
    ):
        return {}
    return {tuple(key): list(group["value"]) for key, group in rows.groupby(list(axes), sort=True)}


def speeds(results: Results) -> pd.DataFrame:
    """Return the rows of speed, each with its ratio to the baseline's speed.

    The baseline's run has the same seed and settings; for settings that the trainer ignores, the
    default value.
    """
    rows = results.ends[results.ends["metric"] == SPEED]
    base = rows[rows["trainer"] == results.baseline]
    axes = [axis for axis in results.grid.all_axes if axis in base and base[axis].notna().all()]
    known = rows.fillna({axis: v for axis, v in results.grid.default().items() if axis in axes})
    on = ["variant", "seed", *axes]
    same = known[known["trainer"] == results.baseline].groupby(on)["value"].median()
    return rows.assign(ratio=rows["value"] / known.join(same.rename("base"), on=on)["base"])


def trainers(results: Results, dataset: str, metric: str, point: Point) -> Pairs:
    """Return each trainer's values at a point, and the baseline's; of the baseline itself, none."""
    rows = at(results.table, {"dataset": dataset, "metric": metric, **point})
    own = _by_seed(rows, "trainer")
    base = own.get(results.baseline, pd.Series(dtype=float))
    return {t: (values, base[:0] if t == results.baseline else base) for t, values in own.items()}


def variants(results: Results, dataset: str, metric: str) -> Pairs:
    """Return values of the first trainer's default, as "", and of each variant.

    A variant is compared with the default of its own trainer, or else of the first one. Of several
    trainers with the variant, all but the first are named beside it. Variants with several values
    of a setting are left out; without any other variant the result is empty.
    """
    rows = at_default(results, results.ends)
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == metric)]
    default = _by_seed(rows[rows["variant"] == ""], "trainer")
    rows = rows[~rows["variant"].isin(["", *results.grid.one_setting_variants])]
    if results.first not in default or rows.empty:
        return {}
    found = {"": (default[results.first], pd.Series(dtype=float))}
    for variant, own in rows.groupby("variant", sort=False):
        by_trainer = _by_seed(own, "trainer")
        for trainer in sorted(by_trainer, key=lambda name: name != results.first):
            name = f"{variant}, {trainer}" if str(variant) in found else str(variant)
            found[name] = by_trainer[trainer], default.get(trainer, default[results.first])
    return found


def values_of(results: Results, trainer: str, axis: str, dataset: str, metric: str) -> Pairs:
    """Return a trainer's values for each value of a setting, and those for its default value.

    Other settings have their default values; the default value itself is compared with none.
    """
    what = {"trainer": trainer, "dataset": dataset, "metric": metric}
    rows = at(results.table, {**what, **results.grid.default(axis)})
    own = {value: _values(at(rows, {axis: value})) for value in results.grid.values(axis)}
    default = results.grid.default_value(axis)
    base = own[default]
    return {
        format.number(value): (values, base[:0] if value == default else base)
        for value, values in own.items()
        if len(values)
    }


def _values(rows: pd.DataFrame) -> Values:
    return rows.dropna(subset="value").set_index("seed")["value"].astype(float)


def _by_seed(rows: pd.DataFrame, name: str) -> dict[str, Values]:
    groups = rows.dropna(subset="value").groupby(name, sort=False)
    return {str(key): own.set_index("seed")["value"].astype(float) for key, own in groups}


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
