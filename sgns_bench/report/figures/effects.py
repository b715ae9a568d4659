"""Plots differences of scores between variants, or runs, as ranked intervals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sgns_bench.record import Record
from sgns_bench.report import format, plotting
from sgns_bench.report.document import Figure, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import at_default
from sgns_bench.stats import Difference, holm, mean_interval, welch

Sample = Sequence[float]


class Effect(NamedTuple):
    """The effect of one change on a score.

    Attributes:
        name: name of the change.
        gap: mean score with the change less that without, and its 95 % interval.
        p: p-value of no effect, adjusted for multiple comparisons (Holm 1979).
        seeds: number of seeds with the change.
    """

    name: str
    gap: Difference
    p: float
    seeds: int

    @property
    def is_real(self) -> bool:
        """Whether the effect is significant at the family-wise level of 5 %."""
        return self.p <= 0.05


def figures(results: Results) -> Iterator[Figure]:
    """Yield a figure that ranks the variants' effects, for every evaluation set."""
    grid = results.grid
    point = {axis: value for axis, value in grid.default().items() if axis in grid.varying}
    where = ", ".join(filter(None, [results.first, format.settings(point)]))
    for dataset, head in results.sets.items():
        if ranked := _variants(results, dataset):
            title = f"What changes {dataset} {head.metric} ({where})"
            says = finding(ranked, head, "the default")
            yield figure(title, ranked, head, what="variant", against="the default", finding=says)


def _variants(results: Results, dataset: str) -> list[Effect]:
    """Return each variant's difference to the default of its trainer, or of the first trainer."""
    head = results.sets[dataset]
    rows = at_default(results, results.ends)
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == head.metric)]
    by_seed: dict[tuple[str, str], pd.Series[float]] = {
        (str(variant), str(trainer)): own.set_index("seed")["value"]
        for (variant, trainer), own in rows.groupby(["variant", "trainer"], sort=False)
    }
    gaps = {}
    for variant in dict.fromkeys(variant for variant, _ in by_seed):
        if variant and variant not in results.grid.one_setting_variants:
            trainers = [trainer for name, trainer in by_seed if name == variant]
            trainer = results.first if results.first in trainers else trainers[0]
            base = ("", trainer if ("", trainer) in by_seed else results.first)
            if base in by_seed:
                gaps[variant] = list(by_seed[variant, trainer].sub(by_seed[base]).dropna())
    return paired(gaps, higher=head.higher_is_better)


def paired(gaps: Mapping[str, Sample], *, higher: bool) -> list[Effect]:
    """Test differences seed by seed with Student's t test; rank them, the best first."""
    found = []
    for name, sample in gaps.items():
        if sample:
            mean, _, low, high = mean_interval(sample)
            gap = Difference(mean, low, high)
            found.append(Effect(name, gap, _p(gap, sample), len(sample)))
    return _ranked(found, higher=higher)


def unpaired(samples: Mapping[str, tuple[Sample, Sample]], *, higher: bool) -> list[Effect]:
    """Test differences of two samples (first less second) with Welch's t test; rank them."""
    gaps = {name: welch(*both) for name, both in samples.items()}
    found = [
        Effect(name, gaps[name], _p(gaps[name], *both), len(both[0]))
        for name, both in samples.items()
    ]
    return _ranked(found, higher=higher)


def _p(gap: Difference, *samples: Sample) -> float:
    if min(map(len, samples)) < 2:  # the noise is unknown
        return 1.0
    if not any(map(np.ptp, samples)):  # no noise at all
        return float(gap.mean == 0)
    if len(samples) == 1:
        return float(stats.ttest_1samp(samples[0], 0).pvalue)
    moments = ((np.mean(s), np.std(s, ddof=1), len(s)) for s in samples)
    return float(stats.ttest_ind_from_stats(*chain(*moments), equal_var=False).pvalue)


def _ranked(effects: Iterable[Effect], *, higher: bool) -> list[Effect]:
    effects = list(effects)
    adjusted = holm([effect.p for effect in effects])
    effects = [effect._replace(p=p) for effect, p in zip(effects, adjusted, strict=True)]
    return sorted(effects, key=lambda effect: effect.gap.mean, reverse=higher)


def split(effects: Sequence[Effect], head: Record) -> tuple[list[Effect], list[Effect]]:
    """Return the effects that are significantly better, and those significantly worse."""
    real = [effect for effect in effects if effect.is_real]
    better = [e for e in real if (e.gap.mean > 0) == head.higher_is_better]
    return better, [e for e in real if e not in better]


def figure(
    title: str,
    effects: Sequence[Effect],
    head: Record,
    *,
    what: str,
    against: str,
    finding: str = "",
) -> Figure:
    """Return a figure of ranked effects, named ``what``, against a reference."""
    return Figure(
        title=title,
        caption=f"Differences to {against} with their 95 % intervals; filled: real, after Holm's"
        " correction.",
        table=_table(effects, head, what),
        draw=partial(_draw, effects=effects, head=head, against=against),
        height=0.9 + 0.28 * len(effects),
        finding=finding,
    )


def finding(effects: Sequence[Effect], head: Record, against: str) -> str:
    """Return sentences that list the better, worse and insignificant effects."""
    better, worse = (
        [f"{e.name} ({format.change(e.gap.mean, head.unit)})" for e in some]
        for some in split(effects, head)
    )
    alike = [f"{e.name}{' (one seed)' if e.seeds == 1 else ''}" for e in effects if not e.is_real]
    groups = {"Better": better, "Worse": worse, f"Not told from {against}": alike}
    return " ".join(f"{says}: {format.listed(names)}." for says, names in groups.items() if names)


def _table(effects: Sequence[Effect], head: Record, what: str) -> Table:
    rows = [
        [
            e.name,
            *(format.change(end, head.unit) for end in e.gap),
            "< 0.001" if e.p < 0.001 else f"{e.p:.3f}",
            str(e.seeds),
        ]
        for e in effects
    ]
    return Table([what, "difference", "from", "to", "p (Holm)", "seeds"], rows, left=1)


def _draw(axes: plotting.Axes, effects: Sequence[Effect], head: Record, against: str) -> None:
    """Draw effects as intervals, the first at the top; filled marks are significant."""
    for row, effect in enumerate(reversed(effects)):
        mean, low, high = (format.scale(head.unit) * end for end in effect.gap)
        colour = plotting.SERIES[0 if (mean > 0) == head.higher_is_better else 1]
        if np.isfinite(low):
            axes.plot([low, high], [row, row], color=colour, linewidth=1.6)
        face = colour if effect.is_real else "none"
        axes.plot([mean], [row], marker="o", markersize=6, color=colour, markerfacecolor=face)
    axes.axvline(0, color=plotting.INK, linewidth=0.8)
    axes.set_yticks(range(len(effects)), [effect.name for effect in reversed(effects)])
    axes.set_ylim(-0.6, len(effects) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    unit = "points" if head.unit == "fraction" else head.metric
    axes.set_xlabel(f"difference to {against}, {unit}")
    axes.locator_params(axis="x", nbins=5)
    axes.grid(visible=False, axis="y")
