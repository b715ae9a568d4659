"""Cost against size, on two logarithmic axes: a straight line there is a power law."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sgns_bench.report import svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import listed
from sgns_bench.stats import Estimate, slope_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOTE = "An exponent of 1: twice the size, twice the cost; 0: the size does not matter."


class Line(NamedTuple):
    """What one trainer costs at several sizes, all seeds, and the exponent of the fit."""

    name: str
    sizes: list[float]
    costs: list[float]
    exponent: Estimate


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure for everything that was measured at three sizes or more."""
    for metric, unit, lines in _measured(results):
        yield Figure(
            title=f"{_prose(metric)} against V",
            text=f"{_prose(metric)} {_says(lines)}. Dashed: the fits. {NOTE}",
            table=_table(lines, unit),
            draw=partial(_draw, metric=metric, unit=unit, lines=lines),
        )


def findings(results: Results) -> Iterator[str]:
    """Yield the exponents, one sentence for each kind of cost."""
    for metric, _, lines in _measured(results):
        yield f"{_prose(metric)} {_says(lines)}."


def _measured(results: Results) -> Iterator[tuple[str, str, list[Line]]]:
    rows = results.everything[results.everything["dataset"].isin(results.costs)]
    rows = rows[rows["section"].str.isdecimal() & (rows["value"] > 0)]
    for (metric, unit), group in rows.groupby(["metric", "unit"], sort=False):
        named = group.assign(name=[results.name_of(row) for _, row in group.iterrows()])
        lines = [_line(str(name), own) for name, own in named.groupby("name", sort=False)]
        yield str(metric), str(unit), [line for line in lines if len(set(line.sizes)) > 2]


def _line(name: str, rows: pd.DataFrame) -> Line:
    rows = rows.assign(size=rows["section"].astype(float)).sort_values("size")
    sizes, costs = list(rows["size"]), [float(cost) for cost in rows["value"]]
    if len(set(sizes)) < 3:
        return Line(name, sizes, costs, Estimate(np.nan, np.nan, np.nan, np.nan))
    return Line(name, sizes, costs, slope_interval(list(np.log(sizes)), list(np.log(costs))))


def _says(lines: list[Line]) -> str:
    return "grow as V to the power " + listed(
        [f"{_exponent(line)} for {line.name}" for line in lines]
    )


def _exponent(line: Line) -> str:
    value, _, low, high = line.exponent
    return text.estimate(value, low, high)


def _prose(metric: str) -> str:
    return metric.replace("_", " ").capitalize()


def _table(lines: list[Line], unit: str) -> Table:
    sizes = sorted({size for line in lines for size in line.sizes})
    rows = [
        [line.name, *(_median(line, size) for size in sizes), _exponent(line)] for line in lines
    ]
    return Table(
        [f"median {unit}", *(f"V = {size:,.0f}" for size in sizes), "exponent"], rows, left=1
    )


def _median(line: Line, size: float) -> str:
    costs = [cost for x, cost in zip(line.sizes, line.costs, strict=True) if x == size]
    return f"{np.median(costs):.3g}" if costs else text.MISSING


def _draw(axes: "Axes", metric: str, unit: str, lines: list[Line]) -> None:
    for i, line in enumerate(lines):
        style = svg.style(i)
        axes.plot(line.sizes, line.costs, linestyle="", markersize=4, label=line.name, **style)
        ends = np.array([min(line.sizes), max(line.sizes)])
        middle = np.exp([np.mean(np.log(line.sizes)), np.mean(np.log(line.costs))])
        fit = middle[1] * (ends / middle[0]) ** line.exponent.value
        axes.plot(ends, fit, color=style["color"], linewidth=1, linestyle="--")
    svg.logarithmic(axes.xaxis, [size for line in lines for size in line.sizes])
    svg.logarithmic(axes.yaxis, [cost for line in lines for cost in line.costs])
    axes.set_xlabel("V, words in the vocabulary")
    axes.set_ylabel(f"{_prose(metric).lower()}, {unit.split('/')[0]}" if unit else _prose(metric))
    axes.grid()
