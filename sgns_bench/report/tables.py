"""Builds the tables of a report; each function returns a section, empty without data."""

from typing import Final

import numpy as np
import pandas as pd

from sgns_bench.report import format, verdict
from sgns_bench.report.dataframe import POWER, K, at
from sgns_bench.report.document import Section, Table
from sgns_bench.report.results import Results
from sgns_bench.report.selection import speeds

SPEED_NOTE: Final = (
    "Corpus words (in the vocabulary, before subsampling, all epochs) per second of training:"
    " median and range of the rounds. Each ratio is taken within a round: same seed, same settings,"
    " trained one after the other; for a setting that a trainer ignores, the baseline has the"
    " default."
)


def speed_table(results: Results) -> Section:
    """Tabulate speed at each setting: words per second, against the baseline, time and memory."""
    axes, rates = results.grid.axes, speeds(results)
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
        ratios = [] if trainer == results.baseline else list(own["ratio"].dropna())
        lines.append(
            [
                *map(format.number, point),
                str(trainer),
                format.median_and_range(list(own["value"])),
                verdict.speed(ratios),
                *(f"{medians[metric]:.2f}" for metric in ("train_seconds", "prepare_seconds")),
                format.MISSING if pd.isna(memory) else f"{memory / 1e6:,.0f}",
            ]
        )
    header = [*map(format.name, axes), "trainer", "words/s", f"against {results.baseline}"]
    header += ["training, s", "preparing, s", "peak memory, MB"]
    table = Table(header, lines, len(axes) + 1)
    return Section("Speed at every setting", [SPEED_NOTE, table] if lines else [])


def breakdown(results: Results, dataset: str) -> Table:
    """Tabulate all metrics and all sections of an evaluation set, with items and coverage."""
    point, head = results.grid.default(), results.sets[dataset]
    rows = results.everything
    rows = rows[(rows["dataset"] == dataset) & (rows["variant"] == "") & (rows["progress"] == 1)]
    rows = at(rows[(rows["section"] == "") | (rows["metric"] == head.metric)], point)
    lines = []
    for (metric, section), own in rows.groupby(["metric", "section"], sort=False):
        first = own.iloc[0]
        values = {trainer: list(of.dropna()) for trainer, of in own.groupby("trainer")["value"]}
        cells = [format.mean_and_sd(values.get(t, []), first["unit"]) for t in results.trainers]
        what = str(section or format.label(str(metric), first["unit"]))
        lines.append([what, f"{first['n']:,}", f"{first['coverage']:.0%}", *cells])
    header = [dataset, "items scored", "coverage", *results.trainers]
    where = ", ".join(filter(None, [format.settings(point), format.count(results.seeds)]))
    return Table(header, lines, left=1, title=f"Mean ± sd; {where}")


def missing(results: Results) -> Section:
    """Tabulate the cells that failed or were skipped, with the reason."""
    settings = [name for name in (K, POWER, *results.grid.extra_axes) if name in results.missing]
    names = ["trainer", "variant", *settings, "seed", "status", "reason"]
    cells = results.missing[names].astype(object).map(format.number).to_numpy().tolist()
    table = Table([*map(format.name, names)], cells, left=len(names))
    return Section("Not measured", [table] if cells else [])
