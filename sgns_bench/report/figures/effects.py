"""Plots differences of scores between variants, or runs, as ranked intervals."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from sgns_bench.report import format, plotting
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import variants
from sgns_bench.report.verdict import MARGINS, Effect, paired


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure that ranks the variants' effects, for every evaluation set."""
    grid = results.grid
    point = {axis: value for axis, value in grid.default().items() if axis in grid.varying}
    where = ", ".join(filter(None, [results.first, format.settings(point)]))
    for dataset, head in results.sets.items():
        if effects := paired(variants(results, dataset, head.metric), head):
            title = f"What changes {dataset} {head.metric} ({where})"
            yield figure(title, effects, what="variant", against="the default")


def figure(title: str, effects: Sequence[Effect], *, what: str, against: str) -> Figure:
    """Return a figure of ranked effects, named ``what``, against a reference."""
    unit = effects[0].head.unit
    band = f" Grey band: {MARGINS[unit][1]} or less." if unit in MARGINS else ""
    seeds = format.count(max(effect.seeds for effect in effects))
    return Figure(
        title=title,
        caption=f"Marks: mean differences to {against} over {seeds}; bars: 95 % intervals, adjusted"
        f" for {format.count(len(effects), 'comparison')}.{band} Filled: better or worse; grey: the"
        " same; open: cannot tell; arrows: off the scale.",
        table=_table(effects, what),
        draw=partial(_draw, effects=effects, against=against),
        height=0.9 + 0.28 * len(effects),
    )


def _table(effects: Sequence[Effect], what: str) -> Table:
    rows = [[e.name, format.change(e.gap.mean, e.head.unit), e.says, str(e.seeds)] for e in effects]
    return Table([what, "difference", "verdict", "seeds"], rows, left=1)


def _draw(axes: plotting.Axes, effects: Sequence[Effect], against: str) -> None:
    """Draw effects as intervals, the first at the top; those far off as arrows at the edge."""
    head, scale = effects[0].head, format.scale(effects[0].head.unit)
    margin = scale * MARGINS.get(head.unit, (0.0, ""))[0]
    axes.axvspan(-margin, margin, color=plotting.FAINT, alpha=0.25, linewidth=0)
    axes.axvline(0, color=plotting.INK, linewidth=0.8)
    fences = plotting.fences([0.0, *(scale * effect.gap.mean for effect in effects)], least=margin)
    for row, effect in enumerate(reversed(effects)):
        mean, *ends = (scale * end for end in effect.gap)
        colour = plotting.SERIES[0 if (mean > 0) == head.higher_is_better else 1]
        colour = plotting.SERIES[-1] if effect.verdict == "same" else colour
        if fences[0] <= mean <= fences[1]:
            face = "#ffffff" if effect.verdict == "unclear" else colour
            axes.plot(np.clip(ends, *fences), [row, row], color=colour, linewidth=1.6)
            axes.plot([mean], [row], marker="o", markersize=6, color=colour, markerfacecolor=face)
        else:
            says = format.change(effect.gap.mean, head.unit).removesuffix(" points")
            x, says, side = (1, f"{says} →", "right") if mean > 0 else (0, f"← {says}", "left")
            at_edge = axes.get_yaxis_transform()
            axes.text(x, row, says, ha=side, va="center", color=colour, transform=at_edge)
    axes.set_yticks(range(len(effects)), [effect.name for effect in reversed(effects)])
    axes.set_ylim(-0.6, len(effects) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    unit = "points" if head.unit == "fraction" else head.metric
    axes.set_xlabel(f"difference to {against}, {unit}")
    axes.locator_params(axis="x", nbins=5)
    axes.grid(visible=False, axis="y")
