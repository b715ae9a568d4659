"""Ranked intervals: what each variant of the training gains or loses against the default."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from sgns_bench.record import Record
from sgns_bench.report import svg, text
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import listed
from sgns_bench.stats import Difference, holm, mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Effect(NamedTuple):
    """What a variant changes, seed by seed.

    Attributes:
        variant: its name.
        gap: its scores less those of the default.
        p: of the paired t test, adjusted for the number of variants (Holm 1979).
        seeds: how many pairs.
    """

    variant: str
    gap: Difference
    p: float
    seeds: int

    @property
    def is_real(self) -> bool:
        """Whether it would have been seen by chance less than once in twenty such figures."""
        return self.p <= 0.05


def figures(results: Results) -> Iterator[Figure]:
    """Yield a ranking of the variants for every evaluation set."""
    for dataset, head in results.sets.items():
        if effects := _effects(results, dataset):
            yield Figure(
                title=f"What changes {dataset} {head.metric}",
                text=_text(effects, head),
                table=_table(effects, head),
                draw=partial(_draw, effects=effects, head=head),
                height=0.9 + 0.28 * len(effects),
            )


def findings(results: Results) -> Iterator[str]:
    """Yield which variants matter, and which do not, for every evaluation set."""
    for dataset, head in results.sets.items():
        if effects := _effects(results, dataset):
            yield f"On {results.whole.corpus}, {dataset}: {_says(effects, head)}."


def _effects(results: Results, dataset: str) -> list[Effect]:
    """Variants from the most helpful to the most harmful."""
    found = {name: _paired(results, name, dataset) for name in results.ablations}
    found = {name: gaps for name, gaps in found.items() if gaps}
    p_values = holm([_p(gaps) for gaps in found.values()])
    effects = []
    for (name, gaps), p in zip(found.items(), p_values, strict=True):
        mean, _, low, high = mean_interval(gaps)
        effects.append(Effect(name, Difference(mean, low, high), p, len(gaps)))
    better = 1 if results.headlines[dataset].higher_is_better else -1
    return sorted(effects, key=lambda effect: -better * effect.gap.mean)


def _paired(results: Results, variant: str, dataset: str) -> list[float]:
    """Scores of a variant less those of the default, of the same seeds."""
    rows = results.at_default(results.variants)
    metric = results.headlines[dataset].metric
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == metric)].set_index("seed")
    ours, theirs = rows[rows["variant"] == variant], rows[rows["variant"] == ""]
    trainer = next((t for t in ours["trainer"] if t in results.trainers), results.first)
    theirs = theirs[theirs["trainer"] == trainer]
    return [float(gap) for gap in (ours["value"] - theirs["value"]).dropna()]


def _p(gaps: list[float]) -> float:
    if len(gaps) < 2:
        return 1.0
    if np.ptp(gaps) == 0:  # no noise at all
        return float(gaps[0] == 0)
    return float(stats.ttest_1samp(gaps, 0).pvalue)


def _says(effects: list[Effect], head: Record) -> str:
    real = [f"{e.variant} ({text.difference(e.gap, head.unit)})" for e in effects if e.is_real]
    rest = [e.variant for e in effects if not e.is_real]
    if effects[0].seeds < 2:
        return "one seed, so no variant can be told from the default"
    nothing = f"no effect beyond seed noise of {listed(rest)}" if rest else ""
    return "; ".join(filter(None, [f"{listed(real)} matter" if real else "", nothing]))


def _text(effects: list[Effect], head: Record) -> str:
    return (
        f"Difference to the default in {head.metric}, mean over {effects[0].seeds} seeds, paired,"
        " with its 95 % interval (Student's t). Filled: real, after Holm's correction for"
        f" {len(effects)} variants. At the top: {effects[0].variant}"
        f" ({text.difference(effects[0].gap, head.unit)}); at the bottom: {effects[-1].variant}"
        f" ({text.difference(effects[-1].gap, head.unit)})."
    )


def _table(effects: list[Effect], head: Record) -> Table:
    rows = [
        [
            e.variant,
            *(text.change(end, head.unit) for end in e.gap),
            text.p_value(e.p),
            str(e.seeds),
        ]
        for e in effects
    ]
    return Table(["variant", "difference", "from", "to", "p (Holm)", "seeds"], rows, left=1)


def _draw(axes: "Axes", effects: list[Effect], head: Record) -> None:
    scale = 100 if head.unit == "fraction" else 1
    for row, effect in enumerate(reversed(effects)):
        mean, low, high = (scale * end for end in effect.gap)
        colour = svg.SERIES[0 if (mean > 0) == head.higher_is_better else 1]
        if np.isfinite(low):
            axes.plot([low, high], [row, row], color=colour, linewidth=1.6)
        face = colour if effect.is_real else "none"
        axes.plot([mean], [row], marker="o", markersize=6, color=colour, markerfacecolor=face)
    axes.axvline(0, color=svg.INK, linewidth=0.8)
    axes.set_yticks(range(len(effects)), [effect.variant for effect in reversed(effects)])
    axes.set_ylim(-0.6, len(effects) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    unit = "points" if head.unit == "fraction" else head.metric
    axes.set_xlabel(f"difference to the default, {unit}")
    axes.grid(axis="x")
