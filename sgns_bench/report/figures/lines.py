"""Speed and scores along one setting, all others at their defaults."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sgns_bench.report import svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.frames import POWER, PREFIX, K
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import listed
from sgns_bench.stats import Estimate, slope_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Line(NamedTuple):
    """Values of one trainer, a list of seeds for every value of the setting."""

    trainer: str
    values: dict[float, list[float]]

    @property
    def exponent(self) -> Estimate:
        """Slope of the logarithms over all seeds."""
        points = [(x, y) for x, ys in self.values.items() for y in ys]
        x, y = np.log(points).T
        return slope_interval(list(x), list(y))


def figures(results: Results) -> Iterator[Figure]:
    """Yield speed, and then every evaluation set, along every setting with three values."""
    for axis in results.all_axes:
        rows = results.along(axis)
        if lines := _speeds(rows, axis):
            yield _speed(axis, lines, results.baseline)
        if not (axis in (K, POWER) and _is_crossed(results)) and axis != PREFIX:
            for dataset, head in results.sets.items():
                if lines := _lines(rows, axis, dataset, head.metric):
                    yield _scores(axis, lines, f"{dataset} {head.metric}", head.unit)


def findings(results: Results) -> Iterator[str]:
    """Yield how speed grows along each setting, if speed is all that was asked for."""
    if results.headlines:
        return
    found = {axis: _speeds(results.along(axis), axis) for axis in results.all_axes}
    if says := [_grow(lines, axis) for axis, lines in found.items() if lines]:
        yield f"On {results.whole.corpus}, words/s go {'; '.join(says)}."


def _is_crossed(results: Results) -> bool:
    """Whether heat maps show the scores already."""
    return len(results.values(K)) > 1 and len(results.values(POWER)) > 1


def _speeds(rows: pd.DataFrame, axis: str) -> list[Line]:
    """Lines of speed; none along power, of which no trainer's work depends."""
    return _lines(rows, axis, "", "words_per_second") if axis != POWER else []


def _lines(rows: pd.DataFrame, axis: str, dataset: str, metric: str) -> list[Line]:
    if axis not in rows:
        return []
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == metric)]
    rows = rows.dropna(subset=["value", axis]).sort_values("seed")
    lines = [
        Line(str(trainer), {float(str(x)): list(ys["value"]) for x, ys in own.groupby(axis)})
        for trainer, own in rows.groupby("trainer", sort=False)
    ]
    return [line for line in lines if len(line.values) > 2]


def _grow(lines: list[Line], axis: str) -> str:
    exponents = [
        f"{text.estimate(value, low, high)} for {line.trainer}"
        for line in lines
        for value, _, low, high in [line.exponent]
    ]
    return f"as {text.name(axis)} to the power {listed(exponents)}"


def _speed(axis: str, lines: list[Line], baseline: str) -> Figure:
    table = _table(axis, lines, text.median_and_range)
    for line in lines:
        for base in [other for other in lines if other.trainer == baseline != line.trainer]:
            table = _with_ratios(table, line, base)
    return Figure(
        title=f"Words per second, by {text.name(axis)}",
        text=f"Median over seeds; words/s go {_grow(lines, axis)}. An exponent of -1 halves the"
        " speed where the setting doubles.",
        table=table,
        draw=partial(_draw, axis=axis, lines=lines, label="words/s", logarithmic=True),
    )


def _with_ratios(table: Table, line: Line, base: Line) -> Table:
    """The table with how many times as fast as the baseline a trainer is."""
    ratios = {
        text.number(x): text.ratio(_ratios(rates, base.values[x]))
        for x, rates in line.values.items()
        if x in base.values
    }
    header = [*table.header, f"{line.trainer}, times {base.trainer}"]
    rows = [[*row, ratios.get(row[0], text.MISSING)] for row in table.rows]
    return replace(table, header=header, rows=rows)


def _ratios(rates: list[float], base: list[float]) -> list[float]:
    """Seed by seed; of the medians, if not all seeds have succeeded."""
    if len(rates) != len(base):
        return [float(np.median(rates) / np.median(base))]
    return [rate / other for rate, other in zip(rates, base, strict=True)]


def _scores(axis: str, lines: list[Line], metric: str, unit: str) -> Figure:
    scale = 100 if unit == "fraction" else 1
    scaled = [
        line._replace(values={x: [scale * y for y in ys] for x, ys in line.values.items()})
        for line in lines
    ]
    label = metric.split()[-1] + (", %" if unit == "fraction" else "")
    ends = listed([f"{line.trainer} {_span(line, axis, unit)}" for line in lines])
    return Figure(
        title=f"{metric}, by {text.name(axis)}",
        text=f"Mean over seeds, all else at the default: {ends}.",
        table=_table(axis, lines, lambda ys: text.mean_and_sd(ys, unit)),
        draw=partial(_draw, axis=axis, lines=scaled, label=label, logarithmic=False),
    )


def _span(line: Line, axis: str, unit: str) -> str:
    first, *_, last = line.values
    ends = [f"{text.mean(line.values[x], unit)} at {text.number(x)}" for x in (first, last)]
    return " to ".join(ends)


def _table(axis: str, lines: list[Line], write: Callable[[list[float]], str]) -> Table:
    xs = sorted({x for line in lines for x in line.values})
    rows = [
        [text.number(x), *(write(line.values[x]) if x in line.values else "-" for line in lines)]
        for x in xs
    ]
    return Table([text.name(axis), *(line.trainer for line in lines)], rows, left=1)


def _draw(axes: "Axes", axis: str, lines: list[Line], label: str, *, logarithmic: bool) -> None:
    for i, line in enumerate(lines):
        middles = [np.median(ys) if logarithmic else np.mean(ys) for ys in line.values.values()]
        axes.plot([*line.values], middles, label=line.trainer, linewidth=1.3, **svg.style(i))
        for x, ys in line.values.items():
            axes.plot([x] * len(ys), ys, "_", color=svg.SERIES[i % len(svg.SERIES)], markersize=5)
    xs = sorted({x for line in lines for x in line.values})
    if min(xs) > 0:
        axes.set_xscale("log")
    if logarithmic:
        svg.logarithmic(
            axes.yaxis, [y for line in lines for ys in line.values.values() for y in ys]
        )
    axes.set_xticks(xs, [text.short(x) for x in xs])
    axes.minorticks_off()
    axes.set_xlabel(text.name(axis))
    axes.set_ylabel(label)
    axes.grid()
