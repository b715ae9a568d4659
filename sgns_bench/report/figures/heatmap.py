"""Plots scores and speed over two settings as heat maps; marks the best scores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from sgns_bench.report import format, multiple_comparisons, plotting
from sgns_bench.report.dataframe import POWER, K
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.multiple_comparisons import Means
from sgns_bench.report.results import Results
from sgns_bench.report.selection import SPEED, samples

AXES: Final = (K, POWER)

Cells = Mapping[tuple[Any, ...], tuple[float, str]]
"""Number and text by the settings of row and column; bold: the best, with ≈: level with it."""


def figures(results: Results) -> Iterator[Figure]:
    """Yield the heat maps of every evaluation set, and of the speed; colours are shared.

    Those of the first trainer that uses k are no details.
    """
    every = {trainer: grids(results, trainer) for trainer in crossed(results)}
    rates = {trainer: samples(results, trainer, "", SPEED, AXES) for trainer in every}
    for i, trainer in enumerate(every):
        for dataset, means in every[trainer].items():
            span = [m for g in every.values() if dataset in g for m in g[dataset].mean.values()]
            yield replace(_scores(results, trainer, dataset, means, span), is_detail=i > 0)
        if rates[trainer]:
            span = [_rate(values)[0] for own in rates.values() for values in own.values()]
            yield replace(_speed(results, trainer, rates[trainer], span), is_detail=i > 0)


def crossed(results: Results) -> list[str]:
    """Return the trainers that use k."""
    return [t for t in results.trainers if not results.grid.ignores(t, K)]


def grids(results: Results, trainer: str) -> dict[str, Means]:
    """Return mean scores by (k, power) for every evaluation set in which both vary."""
    return {
        name: multiple_comparisons.means(cells, higher=head.higher_is_better)
        for name, head in results.sets.items()
        if (cells := samples(results, trainer, name, head.metric, AXES))
    }


def marked(means: Means, unit: str) -> dict[Any, tuple[float, str]]:
    """Return each mean and its text: the best bold, those that cannot be told from it with ≈."""
    texts = {key: format.quantity(mean, unit) for key, mean in means.mean.items()}
    texts |= {key: f"{texts[key]} ≈" for key in means.level}
    texts[means.best] = f"**{texts[means.best]}**"
    return {key: (mean, texts[key]) for key, mean in means.mean.items()}


def figure(
    title: str,
    caption: str,
    cells: Cells,
    span: Sequence[float],
    *,
    names: tuple[str, str] = AXES,
    finding: str = "",
    is_log: bool = False,
) -> Figure:
    """Return a heat map of two settings, ``names``; its colours span some values."""
    rows, columns = (sorted(set(values)) for values in zip(*cells, strict=True))
    header = [f"{format.name(names[1])} {format.number(column)}" for column in columns]
    found = {key: text for key, (_, text) in cells.items()}
    texts = [[found.get((row, column), format.MISSING) for column in columns] for row in rows]
    return Figure(
        title=title,
        caption=caption,
        table=Table(
            [format.name(names[0]), *header],
            [[format.number(row), *line] for row, line in zip(rows, texts, strict=True)],
            left=1,
        ),
        draw=partial(_draw, cells=cells, names=names, span=(min(span), max(span)), is_log=is_log),
        height=0.9 + 0.36 * len(rows),
        finding=finding,
    )


def _scores(
    results: Results, trainer: str, dataset: str, means: Means, span: Sequence[float]
) -> Figure:
    head, n = results.sets[dataset], len(means.mean) - 1
    best = format.settings(dict(zip(AXES, means.best, strict=True)))
    level = f"{len(means.level)} of the other {n} cannot be told from it (dashed, ≈)"
    return figure(
        f"{format.heading(head)} of {trainer}, by k and power",
        f"Means over {format.count(results.seeds)}. Best (solid, bold): {best};"
        f" {level if means.freedom else 'the noise is unknown'}. All trainers share the colours.",
        marked(means, head.unit),
        span,
    )


def _speed(
    results: Results, trainer: str, rates: Mapping[Any, Sequence[float]], span: Sequence[float]
) -> Figure:
    return figure(
        f"Words per second of {trainer}, by k and power",
        f"Medians over {format.count(results.seeds)}; some differences are the machine's drift."
        " Colours are logarithmic, and shared by all trainers.",
        {key: _rate(values) for key, values in rates.items()},
        span,
        is_log=True,
    )


def _rate(values: Sequence[float]) -> tuple[float, str]:
    rate = float(np.median(values))
    return rate, format.short(float(f"{rate:.3g}"))


def _draw(
    axes: plotting.Axes,
    cells: Cells,
    names: tuple[str, str],
    span: tuple[float, float],
    *,
    is_log: bool,
) -> None:
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.patches import Rectangle

    norm = (LogNorm if is_log else Normalize)(*span)
    rows, columns = (sorted(set(values)) for values in zip(*cells, strict=True))
    grid = [[cells.get((row, column), (np.nan, ""))[0] for column in columns] for row in rows]
    axes.pcolormesh(np.array(grid), cmap="cividis", norm=norm)
    for (row, column), (number, text) in cells.items():
        ink = "#ffffff" if norm(number) < 0.5 else "#000000"  # contrasts with the cell
        x, y, says = columns.index(column), rows.index(row), text.strip("* ≈")
        axes.text(x + 0.5, y + 0.5, says, ha="center", va="center", color=ink, fontsize=9)
        if says != text:
            line: Any = {"lw": 2.2} if text.startswith("**") else {"lw": 1, "ls": (0, (3, 2))}
            axes.add_patch(Rectangle((x + 0.06, y + 0.08), 0.88, 0.84, fill=False, ec=ink, **line))
    axes.set_xticks(np.arange(len(columns)) + 0.5, [format.short(value) for value in columns])
    axes.set_yticks(np.arange(len(rows)) + 0.5, [format.short(value) for value in rows])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set(ylabel=format.name(names[0]), xlabel=format.name(names[1]))
