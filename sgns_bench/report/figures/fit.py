"""Plots measured slope and intercept against the theory: u·v = PMI - log k."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.report import format, plotting
from sgns_bench.report.dataframe import K
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import along, at_default
from sgns_bench.stats import Difference

NAMES: Final = {
    "slope": "slope", "intercept": "intercept", "shift": "shift", "r2": "R²", "theory": "-log k",
}  # fmt: skip

Fit = dict[str, Difference]
"""Parameters of a line (means over seeds, intervals over words), and -log k as "theory"."""


def figures(results: Results) -> Iterator[Figure]:
    """Yield the scatter plot of every fit, and its parameters against every setting."""
    for dataset in results.fits:
        yield from _scatter(results, dataset)
        for axis in results.grid.all_axes:
            fits = _fits(along(results, results.ends, axis), dataset, axis)
            for names in (("slope", "r2"), ("intercept", "shift", "theory")):
                if len(fits) > 1:
                    what = format.listed([NAMES[name] for name in names])
                    yield Figure(
                        title=f"{dataset}: {what}, by {format.name(axis)}",
                        caption="Means over seeds, 95 % intervals over words. In theory the slope"
                        " is 1, and the intercept -log k.",
                        table=_table(axis, fits, names),
                        draw=partial(_draw_along, axis=axis, fits=fits, names=names),
                        height=2.7,
                    )


def _fits(rows: pd.DataFrame, dataset: str, axis: str) -> dict[float, Fit]:
    rows = rows[(rows["dataset"] == dataset) & rows["metric"].isin(NAMES)]
    fits = {}
    for x, own in rows.groupby(axis) if axis in rows else ():
        means = own.groupby("metric")[["value", "low", "high"]].mean()
        theory = Difference(-float(np.log(own[K].iloc[0])), np.nan, np.nan)
        fits[float(str(x))] = {str(m): Difference(*ends) for m, ends in means.iterrows()}
        fits[float(str(x))]["theory"] = theory
    return fits


def _scatter(results: Results, dataset: str) -> Iterator[Figure]:
    rows = at_default(results, results.table)
    rows = rows[(rows["dataset"] == dataset) & (rows["trainer"] == results.first)]
    points = next((p for c in rows["cell"] if (p := results.scatter.get((c, dataset)))), None)
    for fit in _fits(rows, dataset, K).values():
        if not points:
            break
        says = {name: format.estimate(*ends) for name, ends in fit.items()}
        yield Figure(
            title=f"{dataset}: {points['y_name']} against {points['x_name']}",
            caption="Pairs of words, drawn as often as they were trained.",
            table=_table(K, {rows[K].iloc[0]: fit}, [*NAMES]),
            draw=partial(_draw_scatter, points=points, fit=fit),
            height=3.6,
            finding=f"Slope {says['slope']}, in theory 1; intercept {says['intercept']}, in theory"
            f" -log k = {says['theory']}; R² {says['r2']}.",
        )


def _table(axis: str, fits: Mapping[float, Fit], names: Sequence[str]) -> Table:
    rows = [
        [format.number(x), *(format.estimate(*fit[name]) for name in names)]
        for x, fit in fits.items()
    ]
    return Table([format.name(axis), *(NAMES[name] for name in names)], rows, left=1)


def _draw_scatter(axes: plotting.Axes, points: Mapping[str, Any], fit: Fit) -> None:
    axes.plot(points["x"], points["y"], ".", color=plotting.SERIES[0], alpha=0.45, markersize=4)
    ends = np.array([min(points["x"]), max(points["x"])])
    fitted = fit["slope"].mean * ends + fit["intercept"].mean
    axes.plot(ends, fitted, color=plotting.SERIES[1], label="fit", linewidth=1.6)
    axes.plot(ends, ends + fit["theory"].mean, "--", color=plotting.INK, label="theory")
    axes.set(
        xlabel=f"{points['x_name']}, {points['unit']}",
        ylabel=f"{points['y_name']}, {points['unit']}",
    )


def _draw_along(
    axes: plotting.Axes, axis: str, fits: Mapping[float, Fit], names: Sequence[str]
) -> None:
    for i, name in enumerate(names):
        means, low, high = zip(*(fit[name] for fit in fits.values()), strict=True)
        style = plotting.style(i) if name != "theory" else {"color": plotting.INK, "ls": "--"}
        axes.plot([*fits], means, label=NAMES[name], markersize=4, linewidth=1.3, **style)
        axes.vlines([*fits], low, high, style["color"])
    plotting.setting(axes, axis, [*fits])
    axes.set_ylabel("nats" if "intercept" in names else "")
