"""Writes reports from the records of a run: HTML, Markdown, CSV and LaTeX."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sgns_bench.errors import DatasetError, SgnsBenchError
from sgns_bench.host.files import write_text
from sgns_bench.record import FILE, Record, latest, read
from sgns_bench.report import figures, latex, markdown, page, tables, terminal
from sgns_bench.report.answer import BRACKETS, answer
from sgns_bench.report.conditions import conditions
from sgns_bench.report.dataframe import Scatter, frame
from sgns_bench.report.document import Figure, Part, Report, Section, Table
from sgns_bench.report.results import Results, by_corpus
from sgns_bench.report.verdict import MARGINS

HOW_TO_READ: Final = f"""\
- All trainers get the same tokens and the same vocabulary; *k* is the number of negatives per
  pair, *power* the exponent of the noise distribution.
- "Same": the whole interval of the difference is within a margin, even if it excludes zero. "Better"
  and "worse": it excludes zero otherwise. "Cannot tell": the rest; more seeds would tell.
- The margins: {MARGINS["fraction"][1]} of per cent and {MARGINS["correlation"][1]} of a correlation,
  by which two trainings often differ that have only another seed; {MARGINS["words/s"][1]} of speed,
  which few would notice.
- All intervals of an evaluation set hold at once with 95 % (Šidák): of trainers by Welch's t, of
  variants by Student's t seed by seed, of k and power with the noise of seeds pooled over all cells.
  They cover other seeds with the same evaluation items, not other items.
- Intervals of slope and intercept of u·v against PMI cover other words.
- Ranges of speed are those of the rounds. Speeds hold for this machine, which may drift; ratios carry
  over to other machines better than words per second.
- `results.csv` has every number of this report, and the other metrics; `records.jsonl` has
  also where each came from."""


def write(folder: Path, *, with_latex: bool = False) -> str:
    """Write ``report.html``, ``report.md`` and ``results.csv`` beside ``records.jsonl``.

    Args:
        folder: result folder of a run.
        with_latex: write ``tables.tex`` too.

    Returns:
        The answer for a terminal, as :func:`summary`.

    Raises:
        DatasetError: there are no records, or they cannot be read.
        NotComparable: another version of this package wrote them.
    """
    records = latest(read(folder / FILE))
    try:
        report = build(records, _scatter(folder / "points.jsonl"))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, SgnsBenchError):
            raise
        raise DatasetError(
            f"{folder / FILE}: the records do not fit together ({type(error).__name__}: {error});"
            " run again with --fresh, or report a bug if nobody has edited them"
        ) from error
    write_text(folder / "results.csv", frame(records).to_csv(index=False, lineterminator="\n"))
    return save(report, folder, with_latex=with_latex)


def save(report: Report, folder: Path, *, with_latex: bool = False) -> str:
    """Write ``report.html``, ``report.md`` and optionally ``tables.tex``; return the answer."""
    write_text(folder / "report.md", markdown.write(report))
    write_text(folder / "report.html", page.write(report))
    if with_latex:
        write_text(folder / "tables.tex", latex.write(report))
    return "\n".join(terminal.lines(report.answer))


def summary(records: Sequence[Record]) -> list[str]:
    """Return the answer of a report as lines for a terminal, without figures and details.

    Each line has four aligned columns: trainer, variant, k or power; evaluation set or speed; the
    number in three digits; the verdict. Errors are those of :func:`build`.
    """
    return [*terminal.lines(build(records).answer)]


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
    return Report(
        title=run["title"],
        question=run["question"],
        answer=_answer(corpora, drawn),
        sections=[
            *map(_part, corpora, drawn),
            conditions(corpora),
            Section("How to read this", [HOW_TO_READ]),
        ],
    )


def _answer(corpora: Sequence[Results], drawn: Sequence[Sequence[Figure]]) -> Section:
    """Return the tables of all corpora, then what figures found: folded if a table has verdicts."""
    parts: list[Part] = [part for results in corpora for part in answer(results)]
    found = [
        f"- {results.whole.corpus}, {figure.title}: {figure.finding}"
        for results, own in zip(corpora, drawn, strict=True)
        for figure in own
        if figure.finding
    ]
    sentences = ["\n".join(found)] if found else []
    tables = [part for part in parts if isinstance(part, Table) and len(part.rows) > 1]
    if not tables:
        return Section("Answer", sentences or parts)
    folded = [Section("In sentences", sentences, folded=True)] if found else []
    return Section("Answer", [*parts, BRACKETS, *folded])


def _scatter(path: Path) -> Scatter:
    """Return the last points of each cell and measure; none if the file does not exist."""
    if not path.exists():
        return {}
    lines = map(json.loads, path.read_text("utf-8").split("\n")[:-1])  # the rest is incomplete
    return {(line["cell"], line["dataset"]): line for line in lines}


def _part(results: Results, drawn: Sequence[Figure]) -> Section:
    last = results.records[-1]
    sets = [tables.breakdown(results, dataset) for dataset in results.sets]
    parts: list[Part] = [
        *filter(None, [last.run.get("corpus_title", "")]),
        *(figure for figure in drawn if not figure.is_detail),
        tables.speed_table(results),
        Section("Metrics, sections and coverage", sets, folded=True),
        Section("Heat maps of other trainers", [f for f in drawn if f.is_detail], folded=True),
        tables.missing(results),
    ]
    there = [part for part in parts if not isinstance(part, Section) or part.parts]
    return Section(f"On {last.corpus}", there)
