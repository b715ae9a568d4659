"""The tables of a report; each function returns a section, empty where there is nothing to say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report import format
from sgns_bench.report.dataframe import POWER, K, Point, at
from sgns_bench.report.document import Section, Table
from sgns_bench.report.figures import heatmap
from sgns_bench.report.results import Results
from sgns_bench.report.selection import numbers, scores, speeds
from sgns_bench.stats import welch

SPEED_NOTE: Final = (
    "Corpus words (in the vocabulary, before subsampling, all epochs) per second of training: the"
    " median, and in brackets the range, over seeds and powers. Each ratio is taken within a"
    " round: same seed, same settings, trained one after the other; of a setting that a trainer"
    " ignores, the baseline has the default."
)


def score_table(results: Results, dataset: str) -> Section:
    """Tabulate trainer and k (rows) by power (columns): mean and sd over seeds."""
    head = results.sets[dataset]
    if not results.ends.loc[results.ends["dataset"] == dataset, "value"].notna().any():
        return Section(dataset, ["Not scored: no item has all its words in the vocabulary."])
    axes = [axis for axis in results.grid.axes if axis != POWER]
    powers = results.grid.values(POWER)
    rows = []
    for point, trainers in _placed(results, axes):
        columns = [
            with_winner({t: scores(results, t, dataset, full) for t in trainers}, head)
            for full in ([{**point, POWER: power} for power in powers] or [{**point}])
        ]
        rows += [[*_point(results, t, point), t, *(c[t] for c in columns)] for t in trainers]
    left = [*map(format.name, axes), "trainer"]
    header = [*left, *([f"power {format.number(power)}" for power in powers] or [head.metric])]
    note = f"Mean ± sd over seeds; {head.n:,} items scored, coverage {head.coverage:.1%}."
    title = f"{dataset}: {format.label(head.metric, head.unit)}"
    return Section(title, [note, Table(header, rows, left=len(left))])


def with_winner(values: Mapping[str, Sequence[float]], head: Record) -> dict[str, str]:
    """Write mean and sd of each; one that beats the next by more than seed noise is bold."""
    cells = {name: format.mean_and_sd(found, head.unit) for name, found in values.items()}
    ranked = sorted(
        (name for name in values if values[name]),
        key=lambda name: float(np.mean(values[name])),
        reverse=head.higher_is_better,
    )
    if len(ranked) > 1 and welch(values[ranked[0]], values[ranked[1]]).is_real:
        cells[ranked[0]] = f"**{cells[ranked[0]]}**"
    return cells


def margins(results: Results) -> Section:
    """Tabulate what each power is worth over all k, and each k over all powers."""
    trainer, *_ = [*heatmap.crossed(results), ""]
    grids = heatmap.grids(results, trainer)
    tables = []
    for axis, others in ((POWER, "k"), (K, "powers")):
        over = {name: heatmap.over_other(means, axis) for name, means in grids.items()}
        over = {name: means for name, means in over.items() if means.mean}
        rows = [
            [
                format.number(value),
                *(means.gap_to_best(value, results.sets[name]) for name, means in over.items()),
            ]
            for value in results.grid.values(axis)
        ]
        title = f"{trainer}, each {format.name(axis)} less the best, means over all {others}"
        tables += [Table([format.name(axis), *over], rows, left=1, title=title)] if over else []
    return Section("k and power, one by one", tables)


def speed_table(results: Results) -> Section:
    """Tabulate words per second, the ratio to the baseline, preparation and memory."""
    axes = [axis for axis in results.grid.axes if axis != POWER]
    rates = speeds(results)
    rows = [
        [*_point(results, trainer, point), trainer, *cells]
        for point, trainers in _placed(results, axes)
        for trainer in trainers
        if (cells := _speed_cells(results, trainer, point, rates))
    ]
    names = [*map(format.name, axes), "trainer"]
    header = [*names, "runs", "words/s", f"times {results.baseline}"]
    header += ["training, s", "preparing, s", "peak memory, MB"]
    return Section("Speed", [SPEED_NOTE, Table(header, rows, left=len(names))] if rows else [])


def _speed_cells(results: Results, trainer: str, point: Point, rates: pd.DataFrame) -> list[str]:
    def median(metric: str) -> Any:
        return numbers(results, trainer, metric, point)["value"].median()

    own = at(rates, {"trainer": trainer, "variant": "", **point})
    if own.empty:
        return []
    memory = median("peak_bytes")
    return [
        str(len(own)),
        format.median_and_range(list(own["value"])),
        format.ratio(list(own["ratio"].dropna())),
        f"{median('train_seconds'):.2f}",
        f"{median('prepare_seconds'):.2f}",
        format.MISSING if pd.isna(memory) else f"{memory / 1e6:,.0f}",
    ]


def _placed(results: Results, axes: Sequence[str]) -> Iterator[tuple[Point, list[str]]]:
    """Yield points, each with its trainers; one that ignores a setting is at its default alone."""
    grid = results.grid
    for point in grid.points(axes):
        usual = {axis for axis, value in point.items() if value == grid.default_value(axis)}
        yield (
            point,
            [
                t
                for t in results.trainers
                if all(a in usual or not grid.ignores(t, a) for a in axes)
            ],
        )


def _point(results: Results, trainer: str, point: Point) -> list[str]:
    return [
        format.MISSING if results.grid.ignores(trainer, axis) else format.number(value)
        for axis, value in point.items()
    ]


def breakdown(results: Results, dataset: str, by: str) -> Section:
    """Tabulate an evaluation set by "metric", if it has several, or by "section"."""
    point = results.grid.default()
    rows = results.everything
    rows = rows[(rows["dataset"] == dataset) & (rows["variant"] == "") & (rows["progress"] == 1)]
    is_part = (rows["section"] != "") & (rows["metric"] == results.sets[dataset].metric)
    rows = at(rows[is_part if by == "section" else rows["section"] == ""], point)
    lines = []
    for name, own in rows.dropna(subset="value").groupby(by, sort=False):
        first = own.iloc[0]
        values = {trainer: list(of["value"]) for trainer, of in own.groupby("trainer")}
        cells = [format.mean_and_sd(values.get(t, []), first["unit"]) for t in results.trainers]
        what = format.label(str(name), first["unit"]) if by == "metric" else str(name)
        lines.append([what, f"{first['n']:,}", f"{first['coverage']:.0%}", *cells])
    table = Table([by, "items scored", "coverage", *results.trainers], lines, left=1)
    note = f"Mean ± sd over seeds at {format.settings(point)}."
    return Section(f"{dataset} by {by}", [note, table] if len(lines) > (by == "metric") else [])


def every_seed(results: Results) -> Section:
    """Tabulate every number of main metrics and of measures, with its interval."""
    mains = [(name, head.metric, "", "") for name, head in results.sets.items()]
    rows = results.everything[results.everything["progress"] == 1]
    is_main = pd.MultiIndex.from_frame(rows[["dataset", "metric", "section", "variant"]]).isin(
        mains
    )
    rows = rows[is_main | rows["kind"].isin(["fit", "scaling"])]
    axes = [axis for axis in results.grid.all_axes if axis in rows]
    names = ["trainer", "variant", "dataset", "metric", "section", "seed"]
    table = _plain(rows, [*axes, *names, "value", "low", "high"], left=len(axes) + 5, detail=True)
    title = "Every seed, with the 95 % interval over items"
    return Section(title, [table] if table.rows else [])


def missing(results: Results) -> Section:
    """Tabulate the cells that failed or were skipped, with the reason."""
    settings = [name for name in (K, POWER, *results.grid.extra_axes) if name in results.missing]
    names = ["trainer", "variant", *settings, "seed", "status", "reason"]
    table = _plain(results.missing, names, left=len(names))
    return Section("Not measured", [table] if table.rows else [])


def _plain(rows: pd.DataFrame, columns: list[str], left: int, *, detail: bool = False) -> Table:
    cells = rows[columns].astype(object).map(format.number).to_numpy().tolist()
    return Table([*map(format.name, columns)], cells, left, detail=detail)
