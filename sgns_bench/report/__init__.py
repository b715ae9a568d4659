"""Writes reports from the records of a run: HTML, Markdown, CSV and LaTeX."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sgns_bench.record import FILE, Record, latest, read
from sgns_bench.report import figures, latex, markdown, page, tables
from sgns_bench.report.answer import answer
from sgns_bench.report.conditions import conditions
from sgns_bench.report.dataframe import Scatter, frame
from sgns_bench.report.document import Figure, Report, Section
from sgns_bench.report.results import Results, by_corpus

HOW_TO_READ: Final = """\
- All trainers get the same tokens and the same vocabulary; *k* is the number of negatives per
  pair, *power* the exponent of the noise distribution.
- "Better" and "worse" mean beyond the noise of the seeds: of trainers by Welch's t test, of variants
  by a t test seed by seed, each after Holm's correction within an evaluation set. Intervals: 95 %.
- A score in **bold** beats the runner-up by Welch's t test; one in twenty does so by chance. With
  one seed the noise is unknown, and nothing is bold.
- In heat maps and plots of the best k, settings "cannot be told from the best" by Dunnett's critical
  value for all comparisons at once, with the noise of seeds pooled over all cells.
- Intervals cover other seeds with the same evaluation items, not other items; intervals of slope and
  intercept of u·v against PMI cover other words. Speeds hold for this machine; ratios carry over to
  other machines better than words per second.
- `results.csv` has every number of this report, and the other metrics; `records.jsonl` has
  also where each came from."""


def write(folder: Path, *, with_latex: bool = False) -> str:
    """Write ``report.html``, ``report.md`` and ``results.csv`` beside ``records.jsonl``.

    Args:
        folder: result folder of a run.
        with_latex: write ``tables.tex`` too.

    Returns:
        The answer in Markdown.

    Raises:
        DatasetError: there are no records, or they cannot be read.
        NotComparable: another version of this package wrote them.
    """
    records = latest(read(folder / FILE))
    report = build(records, _scatter(folder / "points.jsonl"))
    frame(records).to_csv(folder / "results.csv", index=False, lineterminator="\n")
    return save(report, folder, with_latex=with_latex)


def save(report: Report, folder: Path, *, with_latex: bool = False) -> str:
    """Write ``report.html``, ``report.md`` and optionally ``tables.tex``; return the answer."""
    (folder / "report.md").write_text(markdown.write(report), encoding="utf-8")
    (folder / "report.html").write_text(page.write(report), encoding="utf-8")
    if with_latex:
        (folder / "tables.tex").write_text(latex.write(report), encoding="utf-8")
    return "\n\n".join(markdown.section(report.answer))


def build(records: Sequence[Record], scatter: Scatter = MappingProxyType({})) -> Report:
    """Return the report of a run; equal records give equal reports.

    Args:
        records: all records of the run.
        scatter: points of scatter plots; without them these plots are left out.

    Raises:
        DatasetError: there are no records.
        NotComparable: the records belong to several runs.
    """
    corpora = by_corpus(latest(records), scatter)
    run = corpora[-1].records[-1].run
    drawn = [figures.collect(results) for results in corpora]
    found = [
        f"- {results.whole.corpus}, {figure.title}: {figure.finding}"
        for results, own in zip(corpora, drawn, strict=True)
        for figure in own
        if figure.finding
    ]
    return Report(
        title=run["title"],
        question=run["question"],
        answer=Section("Answer", [*map(answer, corpora), *(["\n".join(found)] if found else [])]),
        sections=[
            *map(_part, corpora, drawn),
            conditions(corpora),
            Section("How to read this", [HOW_TO_READ]),
        ],
    )


def _scatter(path: Path) -> Scatter:
    """Return the last points of each cell and measure; none if the file does not exist."""
    if not path.exists():
        return {}
    lines = map(json.loads, path.read_text("utf-8").split("\n")[:-1])  # the rest is incomplete
    return {(line["cell"], line["dataset"]): line for line in lines}


def _part(results: Results, drawn: Sequence[Figure]) -> Section:
    last = results.records[-1]
    parts = [
        tables.margins(results),
        *(tables.score_table(results, dataset) for dataset in results.sets),
        tables.speed_table(results),
        *(
            tables.breakdown(results, dataset, by)
            for dataset in results.sets
            for by in ("metric", "section")
        ),
        tables.every_seed(results),
        tables.missing(results),
    ]
    title = filter(None, [last.run.get("corpus_title", "")])
    return Section(f"On {last.corpus}", [*title, *drawn, *(part for part in parts if part.parts)])
