"""Builds the answer of a report: tables of who won, by how much, and how sure that is."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final

from sgns_bench.record import Record
from sgns_bench.report import format, verdict
from sgns_bench.report.dataframe import MAX_WORDS, POWER, K, at
from sgns_bench.report.document import Table
from sgns_bench.report.figures import heatmap
from sgns_bench.report.multiple_comparisons import Means
from sgns_bench.report.results import Results
from sgns_bench.report.selection import SPEED, Pairs, trainers, values_of, variants
from sgns_bench.report.verdict import Effect, paired, unpaired

BRACKETS: Final = "In brackets: of scores, the 95 % interval of the difference; of speed, the range of the rounds."


def answer(results: Results) -> list[Table | str]:
    """Return tables that compare trainers, variants, values of power and of k, as there are.

    A cell is a number and, in a second line, the verdict on it.
    """
    others = [axis for axis in results.grid.extra_axes if axis != MAX_WORDS]
    tables = [
        _trainers(results),
        _variants(results),
        *(_setting(results, axis) for axis in others),
        _each(results, POWER),
        _each(results, K),
    ]
    told = [table for table in tables if len(table.rows) > 1] or [t for t in tables if t.rows]
    if not told:
        return [f"Nothing could be measured on {results.corpus}; the reasons are below."]
    known = [f"{name} {head.n:,} ({head.coverage:.0%})" for name, head in results.sets.items()]
    return [*told, *([f"Items whose words are all known: {', '.join(known)}."] if known else [])]


def _trainers(results: Results) -> Table:
    """Return a row per trainer, the baseline first, and per value of other settings that vary."""
    axes = [axis for axis in results.grid.extra_axes if axis != MAX_WORDS]
    found = sorted(results.trainers, key=lambda trainer: trainer != results.baseline)
    rows = []
    for values in results.grid.points(axes):
        point = {**values, **results.grid.default(*values)}
        columns = [_speeds(trainers(results, "", SPEED, point))]
        for dataset, head in results.sets.items():
            pairs = trainers(results, dataset, head.metric, point)
            columns.append(_scores(pairs, unpaired(pairs, head), head.unit))
        where = [format.number(values[axis]) for axis in axes]
        cells = [[column.get(trainer, "not scored") for column in columns] for trainer in found]
        rows += [[t, *where, *own] for t, own in zip(found, cells, strict=True) if t in columns[0]]
    header = ["trainer", *map(format.name, axes), *_heads(results)]
    is_compared = len(found) > 1 and results.baseline in found
    against = f"compared with {results.baseline}" if is_compared else ""
    return Table(header, rows, left=1 + len(axes), title=_title(results, against, *axes))


def _variants(results: Results) -> Table:
    """Return a row for the default of the first trainer and each variant, what matters first."""
    columns = [_speeds(variants(results, "", SPEED), results.same_training)]
    told: Counter[str] = Counter()
    for dataset, head in results.sets.items():
        pairs = variants(results, dataset, head.metric)
        effects = paired(pairs, head)
        told.update(effect.name for effect in effects if effect.verdict in ("better", "worse"))
        columns.append(_scores(pairs, effects, head.unit))
    names = dict.fromkeys(name for cells in columns for name in cells)
    rows = [
        [name or "default", *(cells.get(name, format.MISSING) for cells in columns)]
        for name in sorted(names, key=lambda name: (name != "", -told[name]))
    ]
    title = _title(results, f"changes compared with the default of {results.first}")
    return Table(["change", *_heads(results)], rows, left=1, title=title)


def _setting(results: Results, axis: str) -> Table:
    """Return a row per trainer and value of a setting, compared with its default value by seed."""
    rows = []
    for trainer in results.trainers:
        if results.grid.ignores(trainer, axis):
            continue
        columns = [_speeds(values_of(results, trainer, axis, "", SPEED))]
        for dataset, head in results.sets.items():
            pairs = values_of(results, trainer, axis, dataset, head.metric)
            judged = {name: each for name, each in pairs.items() if len(each[1])}
            columns.append(_scores(pairs, paired(judged, head), head.unit))
        for name in columns[0]:
            rows.append([trainer, name, *(cells.get(name, "not scored") for cells in columns)])
    default = format.settings({axis: results.grid.default_value(axis)})
    title = _title(results, f"each {format.name(axis)} compared with {default}", axis)
    return Table(["trainer", format.name(axis), *_heads(results)], rows, left=2, title=title)


def _title(results: Results, what: str, *but: str) -> str:
    point = {a: v for a, v in results.grid.default(*but).items() if a != MAX_WORDS}
    parts = [f"On {results.corpus}", format.settings(point), format.count(results.seeds)]
    return ": ".join(filter(None, [", ".join(filter(None, parts)), what]))


def _heads(results: Results) -> list[str]:
    return ["words/s", *map(format.heading, results.sets.values())]


def _speeds(pairs: Pairs, same_training: Collection[str] = ()) -> dict[str, str]:
    cells = {}
    for name, (own, base) in pairs.items():
        says = verdict.speed(list((own / base).dropna())) if len(base) else ""
        if name in same_training:
            own, says = base, "same training"
        cells[name] = _cell(format.significant(own.median()), says)
    return cells


def _scores(pairs: Pairs, effects: Sequence[Effect], unit: str) -> dict[str, str]:
    says = {effect.name: effect.says for effect in effects}
    return {
        name: _cell(format.mean(list(own), unit), says.get(name, ""))
        for name, (own, _) in pairs.items()
    }


def _cell(number: str, says: str) -> str:
    return "\n".join(filter(None, [number, says]))


def _each(results: Results, axis: str) -> Table:
    """Return a row per value of k over all powers, or of power over all k; winners first."""
    trainer = next(iter(heatmap.crossed(results)), "")
    part = heatmap.AXES.index(axis)
    grids = heatmap.grids(results, trainer)
    over = [(results.sets[name], means.over(part)) for name, means in grids.items()]
    speeds = at(results.table, {"trainer": trainer, "metric": SPEED})
    rows = [
        [
            format.settings({axis: value}),
            format.significant(at(speeds, {axis: value})["value"].median()),
            *(_to_best(results, head, means, value) for head, means in over),
        ]
        for value in results.grid.values(axis)
    ]
    rows.sort(key=lambda row: (str(row).count("*worse*"), -str(row).count("**best**")))
    other = format.name(heatmap.AXES[1 - part])
    what = f"each {format.name(axis)} of {trainer}, over every {other}, compared with the best"
    title = f"On {results.corpus}, {format.count(results.seeds)}: {what}"
    header = [format.name(axis), "words/s", *(format.heading(head) for head, _ in over)]
    return Table(header, rows if over else [], left=1, title=title)


def _to_best(results: Results, head: Record, means: Means, value: Any) -> str:
    if value not in means.mean:
        return format.MISSING
    effect = Effect("", means.gap(value, means.best), results.seeds, head)
    says = "**best**" if value == means.best else effect.says
    return _cell(format.quantity(means.mean[value], head.unit), says)
