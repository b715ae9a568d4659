"""Builds the answer of a report: speed, scores and significant differences of the trainers."""

import math

from sgns_bench.report import format
from sgns_bench.report.dataframe import MAX_WORDS, Point, at
from sgns_bench.report.document import Table
from sgns_bench.report.figures.effects import split, unpaired
from sgns_bench.report.results import Results
from sgns_bench.report.selection import speeds


def answer(results: Results) -> Table | str:
    """Return a table of speed, scores and verdicts with a row per trainer, the baseline first.

    k and power have their :meth:`Grid.default_value`; other varied settings have a row per value.
    """
    grid, rates = results.grid, speeds(results)
    axes = [axis for axis in grid.extra_axes if axis != MAX_WORDS]
    trainers = sorted(results.trainers, key=lambda trainer: trainer != results.baseline)
    rows = []
    for values in grid.points(axes):
        point = {**values, **grid.default(*values)}
        verdicts = [_verdicts(results, dataset, point) for dataset in results.sets]
        for trainer in trainers:
            own = at(rates, {"trainer": trainer, "variant": "", **point})
            if len(own):
                where = [format.number(values[axis]) for axis in axes]
                speed = format.significant(own["value"].median())
                ratio = format.ratio(list(own["ratio"].dropna()))
                cells = [found.get(trainer, "not scored") for found in verdicts]
                rows.append([trainer, *where, speed, ratio, *cells])
    if not rows:
        return f"Nothing could be measured on {results.corpus}; the reasons are below."
    heads = [f"{r.dataset} {format.label(r.metric, r.unit)}" for r in results.sets.values()]
    names = [format.name(axis) for axis in axes]
    header = ["trainer", *names, "words/s", f"times {results.baseline}", *heads]
    point = {axis: value for axis, value in grid.default(*axes).items() if axis != MAX_WORDS}
    seeds = f"seeds: {results.table['seed'].nunique()}"
    title = "; ".join(filter(None, [f"On {results.corpus}", format.settings(point), seeds]))
    return Table(header, rows, left=1 + len(axes), title=title)


def _verdicts(results: Results, dataset: str, point: Point) -> dict[str, str]:
    """Return each trainer's mean score at a point, with its difference from the baseline."""
    head = results.sets[dataset]
    rows = at(results.table, {"dataset": dataset, "metric": head.metric, **point})
    rows = rows.dropna(subset="value")
    found = {str(t): list(own) for t, own in rows.groupby("trainer", sort=False)["value"]}
    cells = {trainer: format.mean(own, head.unit) for trainer, own in found.items()}
    base = found.pop(results.baseline, [])
    both = {trainer: (own, base) for trainer, own in found.items() if base}
    effects = unpaired(both, higher=head.higher_is_better)
    better, worse = split(effects, head)
    for effect in effects:
        says = "better" if effect in better else "worse" if effect in worse else "cannot tell"
        is_known = not math.isnan(effect.gap.low)
        interval = format.interval(effect.gap, head.unit) if is_known else "one seed"
        cells[effect.name] += f" ({says}: {interval})"
    return cells
