"""Plots speed and scores against one setting, others at defaults; costs against a size."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from sgns_bench.report import format, plotting, verdict
from sgns_bench.report.dataframe import MAX_WORDS, POWER, K
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import along, name_of, speeds
from sgns_bench.stats import slope_interval

Columns = dict[str, dict[float, str]]
"""The cells of a table's columns, by the value of the setting."""
POWER_LAW = " A power of 1: twice the setting, twice the value; 0: no change."


def figures(results: Results) -> Iterator[Figure]:
    """Yield costs by size, then speed and scores by every setting with three or more values."""
    yield from _costs(results)
    grid = results.grid
    has_heat_maps = len(grid.values(K)) > 1 and len(grid.values(POWER)) > 1
    for axis in grid.all_axes:
        if axis != POWER:  # powers may be zero or less, which have no logarithm
            yield from _speed(results, axis)
        if axis != MAX_WORDS and not (axis in (K, POWER) and has_heat_maps):
            yield from _scores(results, axis)


def columns(rows: pd.DataFrame, axis: str, write: Callable[[list[float]], str]) -> Columns:
    """Write the values of each name at each value of the setting."""
    return {
        str(name): {float(str(x)): write(list(at["value"])) for x, at in own.groupby(axis)}
        for name, own in rows.groupby("name", sort=False)
    }


def table(axis: str, cells: Columns, last: Mapping[str, str] | None = None) -> Table:
    """Tabulate cells by the setting; ``last`` is the row of powers."""
    xs = sorted({x for column in cells.values() for x in column})
    rows = [[format.number(x), *(c.get(x, format.MISSING) for c in cells.values())] for x in xs]
    rows += [["power", *(last.get(name, "") for name in cells)]] if last else []
    return Table([format.name(axis), *cells], rows, left=1)


def draw(
    axes: plotting.Axes, rows: pd.DataFrame, axis: str, label: str, *, is_log: bool = False
) -> None:
    """Draw a line through the medians of each name, and a dash for each value."""
    for i, (name, own) in enumerate(rows.groupby("name", sort=False)):
        style, middles = plotting.style(i), own.groupby(axis)["value"].median()
        axes.plot(middles.index, middles, label=name, linewidth=1.3, **style)
        axes.plot(own[axis], own["value"], "_", color=style["color"], markersize=5)
    plotting.setting(axes, axis, sorted(rows[axis].unique()))
    if is_log:
        plotting.logarithmic(axes.yaxis)
    axes.set_ylabel(label)


def _with_three_values(rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    """Return the rows of names that have at least three values of a setting."""
    if axis not in rows:
        return rows[:0]
    rows = rows.dropna(subset=["value", axis])
    return rows[rows.groupby("name")[axis].transform("nunique") > 2]


def _caption(rows: pd.DataFrame) -> str:
    return f"Marks: medians of {format.count(rows['seed'].nunique())}; dashes: single seeds."


def _power_laws(
    title: str, rows: pd.DataFrame, axis: str, cells: Columns, *, label: str, is_answer: bool
) -> Figure:
    """Return a figure on two logarithmic axes, with the exponent of each name's values."""
    powers = {}
    for name, own in rows.groupby("name", sort=False):
        x, y = (np.log(own[of].to_numpy(np.float64)).tolist() for of in (axis, "value"))
        value, _, low, high = slope_interval(x, y)
        powers[str(name)] = format.estimate(value, low, high)
    says = format.listed([f"{power} for {name}" for name, power in powers.items()])
    return Figure(
        title=title,
        caption=_caption(rows) + POWER_LAW,
        table=table(axis, cells, powers),
        draw=partial(draw, rows=rows, axis=axis, label=label, is_log=True),
        finding=f"Goes as {format.name(axis)} to the power {says}." if is_answer else "",
    )


def _costs(results: Results) -> Iterator[Figure]:
    """Yield a figure of each cost that was measured at three or more vocabulary sizes."""
    rows = results.everything
    rows = rows[(rows["kind"] == "scaling") & (rows["section"] != "") & (rows["value"] > 0)]
    names = [name_of(results, row) for _, row in rows.iterrows()]
    rows = rows.assign(name=names, V=rows["section"].replace("", "0").astype(int))
    for (metric, unit), group in rows.groupby(["metric", "unit"], sort=False):
        own, what = _with_three_values(group, "V"), str(metric).replace("_", " ")
        if len(own):
            cells = columns(own, "V", lambda costs: f"{np.median(costs):.3g}")
            title, label = f"{what.capitalize()} against V", format.label(what, str(unit))
            yield _power_laws(title, own, "V", cells, label=label, is_answer=True)


def _speed(results: Results, axis: str) -> Iterator[Figure]:
    rows = along(results, speeds(results), axis)
    rows = _with_three_values(rows.assign(name=rows["trainer"]), axis)
    if len(rows):
        others = rows[rows["trainer"] != results.baseline].dropna(subset="ratio")
        names = others["name"] + f" against {results.baseline}"
        ratios = others.assign(name=names, value=others["ratio"])
        cells = columns(rows, axis, format.median_and_range) | columns(ratios, axis, verdict.speed)
        title, is_answer = (
            f"Words per second, by {format.name(axis)}",
            not (results.sets or results.fits),
        )
        yield _power_laws(title, rows, axis, cells, label="words/s", is_answer=is_answer)


def _scores(results: Results, axis: str) -> Iterator[Figure]:
    rows = along(results, results.ends, axis)
    rows = rows.assign(name=rows["trainer"])
    for dataset, head in results.sets.items():
        own = rows[(rows["dataset"] == dataset) & (rows["metric"] == head.metric)]
        own = _with_three_values(own, axis)
        if len(own):
            scaled = own.assign(value=format.scale(head.unit) * own["value"])
            label = format.label(head.metric, head.unit)
            yield Figure(
                title=f"{dataset} {head.metric}, by {format.name(axis)}",
                caption=_caption(own),
                table=table(axis, columns(own, axis, partial(format.mean_and_sd, unit=head.unit))),
                draw=partial(draw, rows=scaled, axis=axis, label=label),
            )
