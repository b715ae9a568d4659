"""Effects: what a change makes of a score, drawn and tabled as ranked intervals."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from sgns_bench.record import Record
from sgns_bench.report import svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.stats import Difference, holm, mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Effect(NamedTuple):
    """What one change makes of a score.

    Attributes:
        name: of the change.
        gap: the scores with it less those without.
        p: of no effect, adjusted for the number of effects looked at (Holm 1979).
        seeds: how many there are of it.
    """

    name: str
    gap: Difference
    p: float
    seeds: int

    @property
    def is_real(self) -> bool:
        """Whether it would have been seen by chance less than once in twenty such figures."""
        return self.p <= 0.05


def paired(gaps: Mapping[str, Sequence[float]], *, higher: bool) -> list[Effect]:
    """Return effects of gaps between pairs of seeds, the most helpful first; none of no gaps."""
    gaps = {name: found for name, found in gaps.items() if found}
    p_values = holm([_p(found) for found in gaps.values()])
    effects = []
    for (name, found), p in zip(gaps.items(), p_values, strict=True):
        mean, _, low, high = mean_interval(found)
        effects.append(Effect(name, Difference(mean, low, high), p, len(found)))
    return sorted(effects, key=lambda effect: effect.gap.mean, reverse=higher)


def _p(gaps: Sequence[float]) -> float:
    if len(gaps) < 2:
        return 1.0
    if np.ptp(gaps) == 0:  # no noise at all
        return float(gaps[0] == 0)
    return float(stats.ttest_1samp(gaps, 0).pvalue)


def figure(
    title: str, effects: Sequence[Effect], head: Record, *, what: str, against: str, where: str
) -> Figure:
    """Return a ranking of effects on a metric, against something, of so many of a kind."""
    return Figure(
        title=title,
        text=(
            f"Difference to {against} in {head.metric}{where and f' ({where})'}, mean over"
            f" {_seeds(effects)}, paired, with its 95 % interval"
            f" (Student's t). Filled: real{_corrected(len(effects), what)}. {_ends(effects, head)}"
        ),
        table=table(effects, head, what),
        draw=partial(draw, effects=effects, head=head, against=against),
        height=0.9 + 0.28 * len(effects),
    )


def _seeds(effects: Sequence[Effect]) -> str:
    few, many = (end(e.seeds for e in effects) for end in (min, max))
    return f"{few} to {text.seeds(many)}" if few < many else text.seeds(many)


def _corrected(n: int, what: str) -> str:
    return f", after Holm's correction for {text.counted(n, what)}" if n > 1 else ""


def _ends(effects: Sequence[Effect], head: Record) -> str:
    """The first and the last, if they are two."""
    said = [f"{e.name} ({text.difference(e.gap, head.unit)})" for e in effects]
    return f"At the top: {said[0]}; at the bottom: {said[-1]}." if said[1:] else f"Here: {said[0]}."


def table(effects: Sequence[Effect], head: Record, what: str) -> Table:
    """Return the numbers of a ranking."""
    rows = [
        [
            e.name,
            *(text.change(end, head.unit) for end in e.gap),
            text.p_value(e.p),
            str(e.seeds),
        ]
        for e in effects
    ]
    return Table([what, "difference", "from", "to", "p (Holm)", "seeds"], rows, left=1)


def draw(axes: "Axes", effects: Sequence[Effect], head: Record, against: str) -> None:
    """Draw effects as intervals, the first at the top; those that are real are filled."""
    scale = 100 if head.unit == "fraction" else 1
    for row, effect in enumerate(reversed(effects)):
        mean, low, high = (scale * end for end in effect.gap)
        colour = svg.SERIES[0 if (mean > 0) == head.higher_is_better else 1]
        if np.isfinite(low):
            axes.plot([low, high], [row, row], color=colour, linewidth=1.6)
        face = colour if effect.is_real else "none"
        axes.plot([mean], [row], marker="o", markersize=6, color=colour, markerfacecolor=face)
    axes.axvline(0, color=svg.INK, linewidth=0.8)
    axes.set_yticks(range(len(effects)), [effect.name for effect in reversed(effects)])
    axes.set_ylim(-0.6, len(effects) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    unit = "points" if head.unit == "fraction" else head.metric
    axes.set_xlabel(f"difference to {against}, {unit}")
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x")
