"""Ranked intervals: what each variant of the training gains or loses against the default."""

from collections.abc import Iterator

from sgns_bench.record import Record
from sgns_bench.report import text
from sgns_bench.report.document import Figure
from sgns_bench.report.effects import Effect, figure, paired
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import listed


def figures(results: Results) -> Iterator[Figure]:
    """Yield a ranking of the variants for every evaluation set."""
    for dataset, head in results.sets.items():
        if effects := _effects(results, dataset):
            title = f"What changes {dataset} {head.metric}"
            yield figure(
                title, effects, head, what="variant", against="the default", where=_where(results)
            )


def findings(results: Results) -> Iterator[str]:
    """Yield which variants matter, and which do not, for every evaluation set."""
    found = {name: effects for name in results.sets if (effects := _effects(results, name))}
    if found and all(effects[0].seeds < 2 for effects in found.values()):
        on = f"On {results.whole.corpus} ({_where(results)})"
        yield f"{on}, no variant can be told from the default with one seed."
    elif found:
        for name, effects in found.items():
            says = _says(effects, results.sets[name])
            yield f"On {results.whole.corpus} ({_where(results)}), for {name}, {says}."


def _where(results: Results) -> str:
    """The trainer whose variants these are, and the values of what varies."""
    shown = {axis: value for axis, value in results.default().items() if axis in results.varying}
    return ", ".join(filter(None, [results.first, text.settings(shown)]))


def _effects(results: Results, dataset: str) -> list[Effect]:
    """Variants from the most helpful to the most harmful."""
    gaps = {name: _gaps(results, name, dataset) for name in results.ablations}
    return paired(gaps, higher=results.headlines[dataset].higher_is_better)


def _gaps(results: Results, variant: str, dataset: str) -> list[float]:
    """Scores of a variant less those of the default, of the same seeds."""
    metric = results.headlines[dataset].metric
    rows = results.at_default(results.variants)
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == metric)].set_index("seed")
    ours, theirs = rows[rows["variant"] == variant], rows[rows["variant"] == ""]
    trainers = [*ours["trainer"]]
    trainer = results.first if results.first in trainers else next(iter(trainers), "")
    base = trainer if trainer in results.trainers else results.first
    both = (
        own.loc[own["trainer"] == name, "value"] for own, name in ((ours, trainer), (theirs, base))
    )
    return [float(gap) for gap in next(both).sub(next(both)).dropna()]


def _says(effects: list[Effect], head: Record) -> str:
    real = [f"{e.name} ({text.difference(e.gap, head.unit)})" for e in effects if e.is_real]
    rest = [e.name for e in effects if not e.is_real and e.seeds > 1]
    alone = [f"{e.name} ({text.change(e.gap.mean, head.unit)})" for e in effects if e.seeds == 1]
    clauses = {
        f"matter{'s' if len(real) == 1 else ''}": real,
        "cannot be told from the default": rest,
        "had one seed, noise unknown": alone,
    }
    return "; ".join(f"{listed(names)} {says}" for says, names in clauses.items() if names)
