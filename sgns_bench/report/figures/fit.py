"""Plots measured slope and intercept against the theory: u·v = PMI - log k."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.report import format, plotting
from sgns_bench.report.dataframe import K
from sgns_bench.report.document import Figure
from sgns_bench.report.figures import lines
from sgns_bench.report.results import Results
from sgns_bench.report.selection import along, at_default

NAMES: Final = {"slope": "slope", "intercept": "intercept", "shift": "shift", "r2": "R²"}
THEORY: Final = "-log k"
PANELS: Final = (("slope", "R²"), ("intercept", "shift", THEORY))


def figures(results: Results) -> Iterator[Figure]:
    """Yield the scatter plot of every fit, and its parameters against every setting."""
    for dataset in results.fits:
        yield from _scatter(results, dataset)
        for axis in results.grid.all_axes:
            rows = _parameters(along(results, results.ends, axis), dataset, axis)
            for names in PANELS if rows[axis].nunique() > 1 else ():
                own = rows[rows["name"].isin(names)]
                label = "nats" if THEORY in names else ""
                yield Figure(
                    title=f"{dataset}: {format.listed(names)}, by {format.name(axis)}",
                    caption="Marks: means over seeds; dashes: ends of the 95 % intervals over"
                    " words. In theory the slope is 1, and the intercept -log k.",
                    table=lines.table(axis, lines.columns(own, axis, _written)),
                    draw=partial(lines.draw, rows=own, axis=axis, label=label),
                    height=2.7,
                )


def _parameters(rows: pd.DataFrame, dataset: str, axis: str) -> pd.DataFrame:
    """Return means over seeds of each parameter and of the ends of its interval, and -log k."""
    rows = rows[(rows["dataset"] == dataset) & rows["metric"].isin(NAMES)]
    if axis not in rows:
        return pd.DataFrame({"name": [], axis: [], "value": []})
    means = rows.groupby([axis, "metric"])[["value", "low", "high"]].mean().reset_index()
    means = means.rename(columns={"value": "mean"}).melt([axis, "metric"])
    means = means.assign(name=means["metric"].map(NAMES))
    ks = rows.groupby(axis)[[K]].first().astype(float)
    theory = pd.DataFrame({axis: ks.index, "value": -np.log(ks[K].to_numpy()), "name": THEORY})
    return pd.concat([means, theory])


def _written(ends: list[float]) -> str:
    low, value, high = np.quantile(ends, [0, 0.5, 1])
    return format.estimate(value, *((low, high) if len(ends) > 1 else (np.nan, np.nan)))


def _scatter(results: Results, dataset: str) -> Iterator[Figure]:
    rows = at_default(results, results.table)
    rows = rows[(rows["dataset"] == dataset) & (rows["trainer"] == results.first)]
    points = next((p for c in rows["cell"] if (p := results.scatter.get((c, dataset)))), None)
    if not points:
        return
    found = _parameters(rows, dataset, K)
    says = {str(name): _written(list(own)) for name, own in found.groupby("name")["value"]}
    middles = {str(name): own.median() for name, own in found.groupby("name")["value"]}
    yield Figure(
        title=f"{dataset}: {points['y_name']} against {points['x_name']}",
        caption="Pairs of words, drawn as often as they were trained.",
        table=lines.table(K, lines.columns(found, K, _written)),
        draw=partial(_draw, points=points, middles=middles),
        height=3.6,
        finding=f"Slope {says['slope']}, in theory 1; intercept {says['intercept']}, in theory"
        f" {THEORY} = {says[THEORY]}; R² {says['R²']}.",
    )


def _draw(axes: plotting.Axes, points: Mapping[str, Any], middles: Mapping[str, float]) -> None:
    axes.plot(points["x"], points["y"], ".", color=plotting.SERIES[0], alpha=0.45, markersize=4)
    ends = np.array([min(points["x"]), max(points["x"])])
    fitted = middles["slope"] * ends + middles["intercept"]
    axes.plot(ends, fitted, color=plotting.SERIES[1], label="fit", linewidth=1.6)
    axes.plot(ends, ends + middles[THEORY], "--", color=plotting.INK, label="theory")
    axes.set(
        xlabel=f"{points['x_name']}, {points['unit']}",
        ylabel=f"{points['y_name']}, {points['unit']}",
    )
