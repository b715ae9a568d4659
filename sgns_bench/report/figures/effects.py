"""Ranked intervals: what each variant of the training gains or loses against the default."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy import stats

from sgns_bench.record import Record
from sgns_bench.report import text
from sgns_bench.report.document import Figure
from sgns_bench.report.effects import Effect, draw, table
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import listed
from sgns_bench.stats import Difference, holm, mean_interval


def figures(results: Results) -> Iterator[Figure]:
    """Yield a ranking of the variants for every evaluation set."""
    for dataset, head in results.sets.items():
        if effects := _effects(results, dataset):
            yield Figure(
                title=f"What changes {dataset} {head.metric}",
                text=_text(effects, head),
                table=table(effects, head, "variant"),
                draw=partial(draw, effects=effects, head=head, against="the default"),
                height=0.9 + 0.28 * len(effects),
            )


def findings(results: Results) -> Iterator[str]:
    """Yield which variants matter, and which do not, for every evaluation set."""
    found = {name: effects for name in results.sets if (effects := _effects(results, name))}
    if found and all(effects[0].seeds < 2 for effects in found.values()):
        yield f"On {results.whole.corpus}, no variant can be told from the default with one seed."
    elif found:
        says = [f"for {n}, {_says(e, results.sets[n])}" for n, e in found.items()]
        yield f"On {results.whole.corpus}, {'; '.join(says)}."


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
    real = [f"{e.name} ({text.difference(e.gap, head.unit)})" for e in effects if e.is_real]
    rest = [e.name for e in effects if not e.is_real]
    matter = f"{listed(real)} matter{'s' if len(real) == 1 else ''}"
    nothing = f"{listed(rest)} {'has' if len(rest) == 1 else 'have'} no effect beyond seed noise"
    return ", ".join([matter] * bool(real) + [nothing] * bool(rest))


def _text(effects: list[Effect], head: Record) -> str:
    return (
        f"Difference to the default in {head.metric}, mean over {text.seeds(effects[0].seeds)}, paired,"
        " with its 95 % interval (Student's t). Filled: real, after Holm's correction for"
        f" {len(effects)} variants. At the top: {effects[0].name}"
        f" ({text.difference(effects[0].gap, head.unit)}); at the bottom: {effects[-1].name}"
        f" ({text.difference(effects[-1].gap, head.unit)})."
    )
