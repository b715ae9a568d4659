"""Plots speed and scores against one setting, others at defaults; costs against a size."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from sgns_bench.report import format, plotting
from sgns_bench.report.dataframe import MAX_WORDS, POWER, K
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import along, name_of, speeds
from sgns_bench.stats import slope_interval

Write = Callable[[list[float]], str]
"""Formats the values of all seeds as one table cell."""


def figures(results: Results) -> Iterator[Figure]:
    """Yield costs by size, then speed and scores by every setting with three or more values."""
    yield from _costs(results)
    grid = results.grid
    has_heat_maps = len(grid.values(K)) > 1 and len(grid.values(POWER)) > 1
    for axis in grid.all_axes:
        if axis != POWER:  # no trainer's speed depends on the power
            yield from _speed(results, axis)
        if axis != MAX_WORDS and not (axis in (K, POWER) and has_heat_maps):
            yield from _scores(results, axis)


def _with_three_values(rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    """Return the rows of names that have at least three values of a setting."""
    if axis not in rows:
        return rows[:0]
    rows = rows.dropna(subset=["value", axis])
    return rows[rows.groupby("name")[axis].transform("nunique") > 2]


def _power_laws(rows: pd.DataFrame, axis: str) -> str:
    """Return a sentence with the fitted exponent of each name's values in a setting."""
    says = [f"{power} for {name}" for name, power in _exponents(rows, axis).items()]
    return f"Goes as {format.name(axis)} to the power {format.listed(says)}."


def _power_laws_figure(
    title: str, rows: pd.DataFrame, axis: str, *, label: str, write: Write, finding: str
) -> Figure:
    """Return a figure with a line for each name, on two logarithmic axes."""
    cells = _cells(rows, axis, write)
    if "ratio" in rows:
        others = rows[rows["trainer"] != rows["baseline"]].dropna(subset="ratio")
        names = others["name"] + ", times " + others["baseline"]
        cells |= _cells(others.assign(name=names, value=others["ratio"]), axis, format.ratio)
    return Figure(
        title=title,
        caption="Medians over seeds. A power of 1: twice the setting, twice the value; 0: no change.",
        table=_table(axis, cells, _exponents(rows, axis)),
        draw=partial(_draw, rows=rows, axis=axis, label=label, scale=1, is_power_law=True),
        finding=finding,
    )


def _exponents(rows: pd.DataFrame, axis: str) -> dict[str, str]:
    found = {}
    for name, own in rows.groupby("name", sort=False):
        x, y = (np.log(own[of].to_numpy(np.float64)).tolist() for of in (axis, "value"))
        value, _, low, high = slope_interval(x, y)
        found[str(name)] = format.estimate(value, low, high)
    return found


def _costs(results: Results) -> Iterator[Figure]:
    """Yield a figure of each cost that was measured at three or more vocabulary sizes."""
    rows = results.everything
    rows = rows[(rows["kind"] == "scaling") & (rows["section"] != "") & (rows["value"] > 0)]
    names = [name_of(results, row) for _, row in rows.iterrows()]
    rows = rows.assign(name=names, V=rows["section"].replace("", "0").astype(int))
    for (metric, unit), group in rows.groupby(["metric", "unit"], sort=False):
        lines = _with_three_values(group, "V")
        if len(lines):
            prose = str(metric).replace("_", " ")
            yield _power_laws_figure(
                f"{prose.capitalize()} against V",
                lines,
                "V",
                label=format.label(prose, str(unit)),
                write=lambda costs: f"{np.median(costs):.3g}",
                finding=_power_laws(lines, "V"),
            )


def _speed(results: Results, axis: str) -> Iterator[Figure]:
    rows = along(results, speeds(results), axis)
    rows = rows.assign(name=rows["trainer"], baseline=results.baseline)
    rows = _with_three_values(rows, axis)
    if len(rows):
        yield _power_laws_figure(
            f"Words per second, by {format.name(axis)}",
            rows,
            axis,
            label="words/s",
            write=format.median_and_range,
            finding="" if results.sets or results.fits else _power_laws(rows, axis),
        )


def _scores(results: Results, axis: str) -> Iterator[Figure]:
    rows = along(results, results.ends, axis)
    rows = rows.assign(name=rows["trainer"])
    for dataset, head in results.sets.items():
        own = rows[(rows["dataset"] == dataset) & (rows["metric"] == head.metric)]
        own = _with_three_values(own, axis)
        label, scale = format.label(head.metric, head.unit), format.scale(head.unit)
        if len(own):
            yield Figure(
                title=f"{dataset} {head.metric}, by {format.name(axis)}",
                caption="Means over seeds, all else at the default.",
                table=_table(axis, _cells(own, axis, partial(format.mean_and_sd, unit=head.unit))),
                draw=partial(_draw, rows=own, axis=axis, label=label, scale=scale),
            )


def _cells(rows: pd.DataFrame, axis: str, write: Write) -> dict[str, dict[float, str]]:
    """Return the table cell of each name at each value of the setting."""
    return {
        str(name): {float(str(x)): write(list(at["value"])) for x, at in own.groupby(axis)}
        for name, own in rows.groupby("name", sort=False)
    }


def _table(
    axis: str, columns: dict[str, dict[float, str]], last: dict[str, str] | None = None
) -> Table:
    xs = sorted({x for cells in columns.values() for x in cells})
    rows = [[format.number(x), *(c.get(x, format.MISSING) for c in columns.values())] for x in xs]
    rows += [["power", *(last.get(name, "") for name in columns)]] if last else []
    return Table([format.name(axis), *columns], rows, left=1)


def _draw(
    axes: plotting.Axes,
    rows: pd.DataFrame,
    axis: str,
    label: str,
    scale: int,
    *,
    is_power_law: bool = False,
) -> None:
    for i, (name, own) in enumerate(rows.groupby("name", sort=False)):
        style, by = plotting.style(i), own.groupby(axis)["value"]
        middles = scale * (by.median() if is_power_law else by.mean())
        axes.plot(middles.index, middles, label=name, linewidth=1.3, **style)
        axes.plot(own[axis], scale * own["value"], "_", color=style["color"], markersize=5)
    plotting.setting(axes, axis, sorted(rows[axis].unique()))
    if is_power_law:
        plotting.logarithmic(axes.yaxis)
    axes.set_ylabel(label)
