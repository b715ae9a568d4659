"""Measured slope and intercept beside those that theory has: u·v = PMI - log k, for instance."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sgns_bench.report import svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.frames import K
from sgns_bench.report.results import Results
from sgns_bench.stats import Estimate, mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METRICS = ("slope", "intercept", "shift", "r2")
NAMES = {metric: metric for metric in METRICS} | {"r2": "R²"}
NOTE = "Theory: slope 1, intercept and shift -log k."


class Fit(NamedTuple):
    """The lines that were fitted at one value of a setting, as means over seeds."""

    x: float
    k: float
    found: dict[str, Estimate]

    @property
    def theory(self) -> float:
        """Of the intercept."""
        return -float(np.log(self.k))


def figures(results: Results) -> Iterator[Figure]:
    """Yield the scatter of every law, and its slope and intercept along every setting."""
    for dataset in results.laws:
        if fit := _default(results, dataset):
            yield from _scatter(results, dataset, fit)
        for axis in results.all_axes:
            rows = results.along(axis)
            if len(fits := _fits(rows, dataset, axis)) > 1:
                yield _along(axis, fits, ("slope", "r2"), f"{dataset}: slope and R²")
                yield _along(axis, fits, ("intercept", "shift"), f"{dataset}: intercept and shift")


def findings(results: Results) -> Iterator[str]:
    """Yield slope and intercept at the default point."""
    for dataset in results.laws:
        if fit := _default(results, dataset):
            yield f"On {results.whole.corpus}, {dataset}: {_says(fit)}."


def _default(results: Results, dataset: str) -> Fit | None:
    rows = results.at_default(results.table)
    fits = _fits(rows[rows["trainer"] == results.first], dataset, K)
    return fits[0] if fits else None


def _fits(rows: pd.DataFrame, dataset: str, axis: str) -> list[Fit]:
    if axis not in rows:
        return []
    rows = rows[(rows["dataset"] == dataset) & rows["metric"].isin(METRICS)]
    return [
        Fit(
            float(str(x)),
            float(own[K].iloc[0]),
            {str(metric): _estimate(values) for metric, values in own.groupby("metric")},
        )
        for x, own in rows.groupby(axis)
    ]


def _estimate(rows: pd.DataFrame) -> Estimate:
    """The mean over seeds; its interval is that over words, which is the wider one."""
    mean, sd, *_ = mean_interval(list(rows["value"]))
    return Estimate(mean, sd, float(rows["low"].mean()), float(rows["high"].mean()))


def _says(fit: Fit) -> str:
    slope, intercept, r2 = (fit.found[metric] for metric in ("slope", "intercept", "r2"))
    return (
        f"the slope is {_interval(slope)} where theory says 1, the intercept {_interval(intercept)}"
        f" where it says -log {fit.k:g} = {fit.theory:.2f}, and R² is {_interval(r2)}"
    )


def _interval(estimate: Estimate) -> str:
    return text.estimate(estimate.value, estimate.low, estimate.high)


def _scatter(results: Results, dataset: str, fit: Fit) -> Iterator[Figure]:
    rows = results.at_default(results.table)
    cells = rows.loc[(rows["dataset"] == dataset) & (rows["trainer"] == results.first), "cell"]
    points = next((p for cell in cells if (p := results.scatter.get((cell, dataset)))), None)
    if points:
        x, y = points["x_name"], points["y_name"]
        yield Figure(
            title=f"{dataset}: {y} against {x}",
            text=f"{len(points['x']):,} pairs of words, drawn as often as they were trained;"
            f" solid: the fit, dashed: theory. Here {_says(fit)}.",
            table=_table(K, [fit]),
            draw=partial(_draw_scatter, points=points, fit=fit),
            height=3.6,
        )


def _along(axis: str, fits: list[Fit], metrics: Sequence[str], title: str) -> Figure:
    first, last = fits[0], fits[-1]
    ends = "; ".join(
        f"{NAMES[metric]} {first.found[metric].value:.2f} at {text.number(first.x)},"
        f" {last.found[metric].value:.2f} at {text.number(last.x)}"
        for metric in metrics
    )
    return Figure(
        title=f"{title}, by {text.name(axis)}",
        text=f"Means over seeds with 95 % intervals over words: {ends}. {NOTE}",
        table=_table(axis, fits),
        draw=partial(_draw_along, axis=axis, fits=fits, metrics=metrics),
        height=2.7,
    )


def _table(axis: str, fits: list[Fit]) -> Table:
    rows = [
        [text.number(f.x), *(_interval(f.found[metric]) for metric in METRICS), f"{f.theory:.2f}"]
        for f in fits
    ]
    return Table([text.name(axis), *NAMES.values(), "-log k"], rows, left=1)


def _draw_scatter(axes: "Axes", points: Mapping[str, Any], fit: Fit) -> None:
    axes.plot(points["x"], points["y"], ".", color=svg.SERIES[0], alpha=0.45, markersize=4)
    ends = np.array([min(points["x"]), max(points["x"])])
    slope, intercept = fit.found["slope"].value, fit.found["intercept"].value
    axes.plot(ends, slope * ends + intercept, color=svg.SERIES[1], label="fit", linewidth=1.6)
    axes.plot(ends, ends + fit.theory, "--", color=svg.INK, label="theory", linewidth=1)
    axes.set_xlabel(f"{points['x_name']}, {points['unit']}")
    axes.set_ylabel(f"{points['y_name']}, {points['unit']}")
    axes.grid()


def _draw_along(axes: "Axes", axis: str, fits: list[Fit], metrics: Sequence[str]) -> None:
    xs = [fit.x for fit in fits]
    for i, metric in enumerate(metrics):
        found = [fit.found[metric] for fit in fits]
        for x, estimate in zip(xs, found, strict=True):
            axes.plot([x, x], estimate[2:], color=svg.SERIES[i], linewidth=1)
        means = [estimate.value for estimate in found]
        axes.plot(xs, means, label=NAMES[metric], markersize=4, linewidth=1.3, **svg.style(i))
    theory = [fit.theory if "intercept" in metrics else 1 for fit in fits]
    axes.plot(xs, theory, "--", color=svg.INK, label="theory", linewidth=1)
    if min(xs) > 0:
        axes.set_xscale("log")
    axes.set_xticks(xs, [text.short(x) for x in xs])
    axes.minorticks_off()
    axes.set_xlabel(text.name(axis))
    axes.set_ylabel("nats" if "intercept" in metrics else "")
    axes.grid()
