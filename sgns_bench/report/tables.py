"""The tables of a report; each function returns a section, empty where there is nothing to say."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.report import text
from sgns_bench.report.document import Part, Section, Table
from sgns_bench.report.frames import POWER, Point, at
from sgns_bench.report.results import Results
from sgns_bench.stats import welch

SPEED_NOTE: Final = (
    "Corpus words (in the vocabulary, before subsampling, all epochs) per second of training: the"
    " median, and in brackets the range, over seeds and powers. Each ratio is taken within a"
    " round: same seed, same settings, trained one after the other; a trainer without k is set"
    " beside the row above it."
)


def scores(results: Results, dataset: str) -> Section:
    """Trainer x k (rows) x power (columns): mean and sd over seeds."""
    head = results.headlines[dataset]
    if not results.is_scored(dataset):
        return Section(dataset, [f"{text.unscored([head.n]).capitalize()}."])
    crossed = [t for t in results.trainers if not results.ignores(t, POWER)]
    powers = results.values(POWER)
    row_axes = [axis for axis in results.axes if axis != POWER and results.values(axis)]
    rows = []
    for point in results.points(row_axes):
        columns = [_scores_at(results, dataset, {**point, POWER: p}, crossed) for p in powers]
        rows += [[*_values(point), t, *(column[t] for column in columns)] for t in crossed]
    header = [*_names(row_axes), "trainer", *(f"power {text.number(p)}" for p in powers)]
    unit = ", %" if head.unit == "fraction" else ""
    parts: list[Part] = [
        f"Mean ± sd over seeds; {head.n:,} items scored, coverage {head.coverage:.1%}.",
        *([Table(header, rows, left=len(row_axes) + 1)] if rows else []),
        *_references(results, dataset, crossed),
        _seeds(results, dataset),
    ]
    return Section(f"{dataset}: {head.metric}{unit}", parts)


def _scores_at(
    results: Results, dataset: str, point: Point, trainers: Sequence[str]
) -> dict[str, str]:
    """What each trainer scores at a point; a winner beyond seed noise is bold."""
    head = results.headlines[dataset]
    values = {t: results.scores(t, dataset, point) for t in trainers}
    cells = {t: text.mean_and_sd(values[t], head.unit) for t in trainers}
    ranked = sorted(
        (t for t in trainers if values[t]),
        key=lambda t: float(np.mean(values[t])),
        reverse=head.higher_is_better,
    )
    if len(ranked) > 1 and welch(values[ranked[0]], values[ranked[1]]).is_real:
        cells[ranked[0]] = f"**{cells[ranked[0]]}**"
    return cells


def _references(results: Results, dataset: str, crossed: Sequence[str]) -> list[str]:
    """One line for each trainer that has neither k nor power, hence no row."""
    unit = results.headlines[dataset].unit
    lines = []
    for trainer in results.trainers:
        if trainer not in crossed:
            for point in results.points(results.extra_axes):
                where = f" ({text.settings(point)})" if point else ""
                value = text.mean_and_sd(results.scores(trainer, dataset, point), unit)
                lines.append(f"For reference, {trainer}{where}, which has no power: {value}.")
    return lines


def measures(results: Results) -> Section:
    """Every number that was measured of the training itself."""
    found = results.everything[results.everything["progress"] == 1]
    found = found[found["dataset"].isin([*results.laws, *results.costs])]
    axes = [axis for axis in results.all_axes if axis in found]
    rows = [
        [
            *_values(row[axes]),
            *row[["trainer", "variant", "dataset", "metric", "section"]],
            str(row["seed"]),
            *(text.plain(row[name]) for name in ("value", "low", "high")),
        ]
        for _, row in found.iterrows()
    ]
    header = [*_names(axes), "trainer", "variant", "measure", "metric", "section", "seed"]
    table = Table([*header, "value", "from", "to"], rows, left=len(header) - 1, detail=True)
    return Section("Every measurement", [table] if rows else [])


def _seeds(results: Results, dataset: str) -> Table:
    """Every number of an evaluation set, with the interval that its items give it."""
    head = results.headlines[dataset]
    table = results.table[results.table["dataset"] == dataset]
    axes = [axis for axis in results.axes if results.values(axis)]
    rows = [
        [*_values(row[axes]), row["trainer"], str(row["seed"]), *_interval(row, head.unit)]
        for _, row in table[table["metric"] == head.metric].iterrows()
    ]
    header = [*_names(axes), "trainer", "seed", head.metric, "from", "to"]
    title = "Every seed, with the 95 % interval over items"
    return Table(header, rows, left=len(axes) + 1, title=title, detail=True)


def _interval(row: Any, unit: str) -> list[str]:
    return [
        text.MISSING if pd.isna(row[name]) else text.quantity(row[name], unit)
        for name in ("value", "low", "high")
    ]


def speed(results: Results) -> Section:
    """Words per second, the ratio to the baseline, preparation and memory."""
    axes = [axis for axis in results.axes if axis != POWER and results.values(axis)]
    rows = [
        _speed_row(results, trainer, point)
        for point in results.points(axes)
        for trainer in results.trainers
        # A trainer without k comes once, beside the baseline's most usual k.
        if all(not results.ignores(trainer, a) or point[a] == results.focus(a) for a in point)
    ]
    header = [*_names(axes), "trainer", "runs", "words/s", f"times {results.baseline}"]
    header += ["training, s", "preparing, s", "peak memory, MB"]
    rows = [row for row in rows if row]
    return Section("Speed", [SPEED_NOTE, Table(header, rows, left=len(axes) + 1)] if rows else [])


def _speed_row(results: Results, trainer: str, point: Point) -> list[str]:
    def values(metric: str) -> list[float]:
        return list(results.numbers(trainer, metric, point)["value"].dropna())

    rates, memory = values("words_per_second"), values("peak_bytes")
    if not rates:
        return []
    return [
        *(text.MISSING if results.ignores(trainer, a) else text.number(point[a]) for a in point),
        trainer,
        str(len(rates)),
        text.median_and_range(rates),
        "1" if trainer == results.baseline else text.ratio(results.ratios(trainer, point)),
        f"{np.median(values('train_seconds')):.2f}",
        f"{np.median(values('prepare_seconds')):.2f}",
        f"{np.median(memory) / 1e6:,.0f}" if memory else text.MISSING,
    ]


def coverage(results: Results) -> Section:
    """Share of each evaluation set that the corpus has words for."""
    heads = results.sets
    rows = [[d, r.metric, f"{r.n:,}", f"{r.coverage:.1%}"] for d, r in heads.items()]
    header = ["evaluation set", "metric", "items scored", "coverage"]
    note = "An item is scored if all its words are in the vocabulary; the others are left out."
    return Section("Coverage", [note, Table(header, rows, left=2)] if rows else [])


def sections(results: Results, dataset: str) -> Section:
    """The parts of an evaluation set, at the default point."""
    point = results.default()
    head = results.headlines[dataset]
    table = results.sections[results.sections["dataset"] == dataset]
    rows = []
    for section, lines in table[table["metric"] == head.metric].groupby("section", sort=False):
        first = lines.iloc[0]
        means = [
            text.mean(list(at(lines[lines["trainer"] == t], point)["value"].dropna()), head.unit)
            for t in results.trainers
        ]
        rows.append([str(section), f"{first['n']:,}", f"{first['coverage']:.0%}", *means])
    if not rows:
        return Section(dataset)
    header = ["section", "items scored", "coverage", *results.trainers]
    note = f"Means over seeds at {text.settings(point)}."
    return Section(f"{dataset} by section", [note, Table(header, rows, left=1)])


def metrics(results: Results, dataset: str) -> Section:
    """All that one evaluation set says, where that is more than its main metric."""
    point = results.default()
    table = results.table[results.table["dataset"] == dataset]
    rows = []
    for metric, lines in table.groupby("metric", sort=False):
        unit = lines["unit"].iloc[0]
        values = [at(lines[lines["trainer"] == t], point)["value"] for t in results.trainers]
        means = [text.mean_and_sd(list(found.dropna()), unit) for found in values]
        rows.append([f"{metric}{', %' if unit == 'fraction' else ''}", *means])
    header = ["metric", *results.trainers]
    note = f"Mean ± sd over seeds at {text.settings(point)}."
    parts: list[Part] = [note, Table(header, rows, left=1)]
    is_more = len(rows) > 1 and results.is_scored(dataset)
    return Section(f"{dataset} by metric", parts if is_more else [])


def missing(results: Results) -> Section:
    """Cells that failed or were skipped, with the reason."""
    if results.missing.empty:
        return Section("Not measured")
    axes = [axis for axis in results.axes if axis in results.missing]
    groups = results.missing.groupby(["trainer", *axes, "status"], sort=False, dropna=False)
    rows = []
    for _, cells in groups:
        first = cells.iloc[0]
        seeds = ", ".join(map(str, cells["seed"]))
        rows.append(
            [first["trainer"], *_values(first[axes]), seeds, first["status"], first["reason"]]
        )
    header = ["trainer", *_names(axes), "seeds", "status", "reason"]
    return Section("Not measured", [Table(header, rows, left=len(header))])


def _names(axes: Sequence[str]) -> list[str]:
    return [text.name(axis) for axis in axes]


def _values(point: Any) -> list[str]:
    return [text.number(value) for value in dict(point).values()]
