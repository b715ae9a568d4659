"""Builds the tables of a report; each function returns a section, empty without data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sgns_bench.record import Record
from sgns_bench.report import format
from sgns_bench.report.dataframe import POWER, K, at
from sgns_bench.report.document import Section, Table
from sgns_bench.report.figures import heatmap
from sgns_bench.report.multiple_comparisons import Means
from sgns_bench.report.results import Results
from sgns_bench.report.selection import speeds
from sgns_bench.stats import welch

SPEED_NOTE: Final = (
    "Corpus words (in the vocabulary, before subsampling, all epochs) per second of training: the"
    " median, and in brackets the range, over seeds and powers. Each ratio is taken within a"
    " round: same seed, same settings, trained one after the other; for a setting that a trainer"
    " ignores, the baseline has the default."
)


def score_table(results: Results, dataset: str) -> Section:
    """Tabulate trainer and k (rows) by power (columns): mean and sd over seeds."""
    head = results.sets[dataset]
    if not results.ends.loc[results.ends["dataset"] == dataset, "value"].notna().any():
        return Section(dataset, ["Not scored: no item has all its words in the vocabulary."])
    rows = results.table
    rows = rows[(rows["dataset"] == dataset) & (rows["metric"] == head.metric)]
    axes = [axis for axis in results.grid.axes if axis != POWER]
    powers = results.grid.values(POWER) or [None]
    lines: dict[tuple[Any, ...], dict[Any, str]] = {}
    for power in powers:
        here = rows if power is None else at(rows, {POWER: power})
        # Trainers that ignore a setting have an empty value of it, and so rows of their own.
        for (_, *point), own in here.dropna(subset="value").groupby(
            ["corpus", *axes], dropna=False
        ):
            values = {str(t): list(v) for t, v in own.groupby("trainer", sort=False)["value"]}
            for trainer, cell in with_winner(values, head).items():
                lines.setdefault((*point, trainer), {})[power] = cell
    cells = [
        [*map(format.number, line), *(found.get(power, format.MISSING) for power in powers)]
        for line, found in lines.items()
    ]
    columns = [
        head.metric if power is None else f"power {format.number(power)}" for power in powers
    ]
    header = [*map(format.name, axes), "trainer", *columns]
    note = f"Mean ± sd over seeds; {head.n:,} items scored, coverage {head.coverage:.1%}."
    title = f"{dataset}: {format.label(head.metric, head.unit)}"
    return Section(title, [note, Table(header, cells, left=len(axes) + 1)])


def with_winner(values: Mapping[str, Sequence[float]], head: Record) -> dict[str, str]:
    """Write mean and sd of each; the best is bold if it beats the second significantly."""
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
    """Tabulate the mean score of each power over all k, and of each k over all powers."""
    trainer, *_ = [*heatmap.crossed(results), ""]
    grids = heatmap.grids(results, trainer)
    tables = []
    for part, axis, others in ((1, POWER, "k"), (0, K, "powers")):
        over = {name: means.over(part) for name, means in grids.items()}
        rows = [
            [
                format.number(value),
                *(_to_best(means, value, results.sets[name]) for name, means in over.items()),
            ]
            for value in results.grid.values(axis)
        ]
        title = f"{trainer}, each {format.name(axis)} less the best, means over all {others}"
        tables += [Table([format.name(axis), *over], rows, left=1, title=title)] if over else []
    return Section("k and power, one by one", tables)


def _to_best(means: Means, value: Any, head: Record) -> str:
    if value not in means.mean:
        return format.MISSING
    best = means.best
    return "best" if value == best else format.difference(means.gap(value, best), head.unit)


def speed_table(results: Results) -> Section:
    """Tabulate words per second, the ratio to the baseline, preparation and memory."""
    axes = [axis for axis in results.grid.axes if axis != POWER]
    rates = speeds(results)
    costs = results.table[results.table["kind"] == "training"].pivot_table(
        index="cell", columns="metric", values="value"
    )
    rows = rates[rates["variant"] == ""].join(costs, on="cell")
    lines = []
    for (*point, trainer), own in rows.sort_values(axes, kind="stable").groupby(
        [*axes, "trainer"], sort=False, dropna=False
    ):
        medians = own[costs.columns].median()
        memory = medians.get("peak_bytes", np.nan)
        lines.append(
            [
                *map(format.number, point),
                str(trainer),
                str(len(own)),
                format.median_and_range(list(own["value"])),
                format.ratio(list(own["ratio"].dropna())),
                *(f"{medians[metric]:.2f}" for metric in ("train_seconds", "prepare_seconds")),
                format.MISSING if pd.isna(memory) else f"{memory / 1e6:,.0f}",
            ]
        )
    header = [*map(format.name, axes), "trainer", "runs", "words/s", f"times {results.baseline}"]
    header += ["training, s", "preparing, s", "peak memory, MB"]
    return Section("Speed", [SPEED_NOTE, Table(header, lines, len(axes) + 1)] if lines else [])


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
    """Tabulate main metrics and measures of every seed, with their intervals."""
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
