"""Plots a score over k and power as a heat map that marks the best cells."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import numpy as np

from sgns_bench.record import Record
from sgns_bench.report import format, multiple_comparisons, plotting
from sgns_bench.report.dataframe import POWER, K
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.multiple_comparisons import Means
from sgns_bench.report.results import Results
from sgns_bench.report.selection import samples

AXES: Final = (K, POWER)


def figures(results: Results) -> Iterator[Figure]:
    """Yield a heat map for every evaluation set and every trainer that uses k and power."""
    for i, trainer in enumerate(crossed(results)):
        for dataset, means in grids(results, trainer).items():
            head = results.sets[dataset]
            marks = dict.fromkeys(means.level, "cannot be told from it") | {means.best: "best"}
            yield Figure(
                title=f"{dataset} {head.metric} of {trainer}, by k and power",
                caption="Solid frame: the best; dashed: those that cannot be told from it.",
                table=_table(means, marks, head),
                draw=partial(_draw, means=means, marks=marks, head=head),
                height=0.9 + 0.36 * len({k for k, _ in means.mean}),
                finding="" if i else _finding(means),
            )


def crossed(results: Results) -> list[str]:
    """Return the trainers that use k."""
    return [t for t in results.trainers if not results.grid.ignores(t, K)]


def grids(results: Results, trainer: str) -> dict[str, Means]:
    """Return mean scores by (k, power) for every evaluation set in which both vary."""
    found = {name: samples(results, trainer, name, AXES) for name in results.sets}
    return {
        name: multiple_comparisons.means(cells, higher=results.sets[name].higher_is_better)
        for name, cells in found.items()
        if all(len({key[i] for key in cells}) > 1 for i in (0, 1))
    }


def _finding(means: Means) -> str:
    says = f"Best at {format.settings(dict(zip(AXES, means.best, strict=True)))}"
    if not means.freedom:
        return f"{says}; one seed, the noise is unknown."
    others = f"{len(means.level)} of the other {len(means.mean) - 1}"
    return f"{says}; {others} cannot be told from it."


def _table(means: Means, marks: dict[Any, str], head: Record) -> Table:
    rows = [
        [
            format.number(k),
            format.number(power),
            format.quantity(mean, head.unit),
            marks.get((k, power), ""),
        ]
        for (k, power), mean in means.mean.items()
    ]
    return Table(["k", "power", format.label(head.metric, head.unit), "best"], rows, left=2)


def _draw(axes: plotting.Axes, means: Means, marks: dict[Any, str], head: Record) -> None:
    from matplotlib.patches import Rectangle

    ks, powers = (sorted({key[i] for key in means.mean}) for i in (0, 1))
    grid = np.array([[means.mean.get((k, power), np.nan) for power in powers] for k in ks])
    low, high = np.nanmin(grid), np.nanmax(grid)
    axes.pcolormesh(grid, cmap="cividis", vmin=low, vmax=high)
    for (row, column), mean in np.ndenumerate(grid):
        ink = "#ffffff" if mean < (low + high) / 2 else "#000000"  # contrasts with the cell
        value = "" if np.isnan(mean) else format.quantity(mean, head.unit)
        axes.text(column + 0.5, row + 0.5, value, ha="center", va="center", color=ink, fontsize=9)
        if mark := marks.get((ks[row], powers[column])):
            line: dict[str, Any] = {"linewidth": 2.2}
            if mark != "best":
                line = {"linewidth": 1, "linestyle": (0, (3, 2))}
            frame = Rectangle((column + 0.06, row + 0.08), 0.88, 0.84, fill=False, ec=ink, **line)
            axes.add_patch(frame)
    axes.set_xticks(np.arange(len(powers)) + 0.5, [format.number(power) for power in powers])
    axes.set_yticks(np.arange(len(ks)) + 0.5, [format.number(k) for k in ks])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="power", ylabel="k")
