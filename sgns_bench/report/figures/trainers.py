"""Ranked intervals: how every trainer stands against the baseline."""

from collections.abc import Iterator
from typing import Final

from sgns_bench.record import Record
from sgns_bench.report import text
from sgns_bench.report.document import Figure
from sgns_bench.report.effects import Effect, figure, paired
from sgns_bench.report.frames import Point
from sgns_bench.report.results import Results
from sgns_bench.report.verdict import listed

FEW: Final = 3
"""So many trainers have room for a sentence each."""


def figures(results: Results) -> Iterator[Figure]:
    """Yield a ranking for every evaluation set, if there are many trainers."""
    for dataset, effects in _rankings(results).items():
        head = results.sets[dataset]
        title = f"{dataset} {head.metric} of all trainers"
        where = text.settings(results.default())
        yield figure(title, effects, head, what="trainer", against=results.baseline, where=where)


def findings(results: Results) -> Iterator[str]:
    """Yield which trainers are better than the baseline, and which are worse."""
    rankings = _rankings(results)
    if rankings and min(effect.seeds for found in rankings.values() for effect in found) > 1:
        for name, found in rankings.items():
            says = _says(found, results.sets[name])
            yield f"On {results.whole.corpus}, against {_baseline(results)}, for {name}: {says}."


def _baseline(results: Results) -> str:
    """With the values of what varies."""
    point = {axis: value for axis, value in results.default().items() if axis in results.varying}
    return f"{results.baseline}{f' ({text.settings(point)})' if point else ''}"


def _rankings(results: Results) -> dict[str, list[Effect]]:
    if results.baseline not in results.trainers or len(results.trainers) <= FEW:
        return {}
    found = {name: _ranking(results, name) for name in results.sets}
    return {name: effects for name, effects in found.items() if len(effects) > 1}


def _ranking(results: Results, dataset: str) -> list[Effect]:
    """The other trainers at the default point, the best first."""
    head, point = results.sets[dataset], results.default()
    base = _by_seed(results, results.baseline, dataset, point)
    gaps = {
        trainer: [ours[seed] - base[seed] for seed in ours if seed in base]
        for trainer in results.trainers
        if trainer != results.baseline
        for ours in [_by_seed(results, trainer, dataset, point)]
    }
    return paired(gaps, higher=head.higher_is_better)


def _by_seed(results: Results, trainer: str, dataset: str, point: Point) -> dict[int, float]:
    rows = results.numbers(trainer, results.sets[dataset].metric, point, dataset)
    rows = rows.dropna(subset="value")
    return dict(zip(rows["seed"], rows["value"], strict=True))


def _says(effects: list[Effect], head: Record) -> str:
    real = [e for e in effects if e.is_real]
    better = [e for e in real if (e.gap.mean > 0) == head.higher_is_better]
    groups = {
        "better": [f"{e.name} ({text.difference(e.gap, head.unit)})" for e in better],
        "worse": [
            f"{e.name} ({text.difference(e.gap, head.unit)})" for e in real if e not in better
        ],
    }
    clauses = [
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} {how}"
        for how, names in groups.items()
        if names
    ]
    if rest := [e.name for e in effects if not e.is_real]:
        clauses.append(f"{listed(rest)} cannot be told from it")
    return "; ".join(clauses)
