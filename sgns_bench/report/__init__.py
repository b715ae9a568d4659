"""Reports: a page and Markdown for people, CSV for spreadsheets, from the records of a run alone."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sgns_bench.host.resources import writable_folder
from sgns_bench.record import FILE, Record, latest, read
from sgns_bench.report import figures, latex, markdown, page, side_by_side, tables
from sgns_bench.report.answer import answers
from sgns_bench.report.conditions import conditions
from sgns_bench.report.document import Report, Section, sections
from sgns_bench.report.figures.trainers import FEW
from sgns_bench.report.frames import Points, frame
from sgns_bench.report.results import Results, by_corpus

HOW_TO_READ: Final = """\
- All trainers get the same tokens and the same vocabulary; *k* is the number of negatives per
  pair, *power* the exponent of the noise distribution.
- A score in **bold** beats the runner-up by more than the noise of the seeds: the 95 % interval
  of the difference (Welch's t) excludes zero. Over many comparisons, one in twenty does so by
  chance. With one seed nothing is bold, for its noise is unknown.
- Of a heat map, and of k by corpus size, the cells that cannot be told from the best are found
  with the noise of seeds pooled over all cells, and a critical value for all comparisons at once
  (Dunnett's); "level" in the answer means that the interval includes zero.
- Variants are compared with the default seed by seed (paired t, Holm's correction within an
  evaluation set); slopes of speed and cost are fitted to logarithms by least squares.
- The intervals speak of other seeds on these very items, not of other items; those of slope and
  intercept of u·v against PMI speak of other words.
- Speeds hold for this machine; ratios carry over better than words per second.
- `results.csv` has every number of this report, and the other metrics; `records.jsonl` has
  also where each came from."""


def write(folder: Path, *, with_latex: bool = False) -> str:
    """Write ``report.html``, ``report.md`` and ``results.csv`` beside ``records.jsonl``.

    Args:
        folder: of a run.
        with_latex: write ``tables.tex`` too.

    Returns:
        The answer.

    Raises:
        DatasetError: there are no records, or they cannot be read.
        NotComparable: another version of this package wrote them.
    """
    records = latest(read(folder / FILE))
    report = build(records, _points(folder / "points.jsonl"))
    save(report, folder, with_latex=with_latex)
    frame(records).to_csv(folder / "results.csv", index=False, lineterminator="\n")
    return "\n".join(report.answers)


def write_comparison(folders: Sequence[Path], out: Path, *, with_latex: bool = False) -> str:
    """Write ``report.html`` and ``report.md`` of several runs side by side; return the answer.

    Args:
        folders: of runs; the others are compared with the first.
        out: folder, made if needed.
        with_latex: write ``tables.tex`` too.

    Raises:
        ConfigError: ``out`` cannot be written.
        DatasetError: there are no records, or they cannot be read.
        NotComparable: the runs have nothing in common.
    """
    report = side_by_side.build(side_by_side.load(folders))
    writable_folder(out)
    save(report, out, with_latex=with_latex)
    return "\n".join(report.answers)


def save(report: Report, folder: Path, *, with_latex: bool = False) -> None:
    """Write a report as ``report.html`` and ``report.md``, its tables as ``tables.tex``."""
    (folder / "report.md").write_text(markdown.write(report), encoding="utf-8")
    (folder / "report.html").write_text(page.write(report), encoding="utf-8")
    if with_latex:
        (folder / "tables.tex").write_text(latex.write(report), encoding="utf-8")


def build(records: Sequence[Record], points: Points = MappingProxyType({})) -> Report:
    """Return what there is to report; the same records give the same report.

    Args:
        records: of a run.
        points: of scatter plots, by cell and measure; they are not drawn without.

    Raises:
        DatasetError: there are no records.
        NotComparable: they are of several runs.
    """
    corpora = by_corpus(latest(records), points)
    run = corpora[-1].records[-1].run
    return Report(
        title=run["title"],
        question=run["question"],
        answers=_answers(corpora),
        sections=[
            *map(_part, corpora),
            conditions(corpora),
            Section("How to read this", [HOW_TO_READ]),
        ],
    )


def _points(path: Path) -> Points:
    """The last points of each cell and measure; none if there is no such file."""
    if not path.exists():
        return {}
    lines = map(json.loads, path.read_text("utf-8").split("\n")[:-1])  # the rest is cut short
    return {(line["cell"], line["dataset"]): line for line in lines}


def _answers(corpora: Sequence[Results]) -> list[str]:
    """What figures prove comes first, unless the question is which of few trainers is better."""
    compared = [line for results in corpora for line in answers(results)]
    found = [line for results in corpora for line in figures.findings(results)]
    few = any(1 < len(results.trainers) <= FEW for results in corpora)
    is_duel = few and not any(results.costs for results in corpora)
    return [*compared, *found] if is_duel else [*found, *compared]


def _part(results: Results) -> Section:
    last = results.records[-1]
    title = last.run.get("corpus_title", "")
    parts = sections(
        *(tables.scores(results, dataset) for dataset in results.sets),
        tables.speed(results),
        tables.coverage(results),
        *(tables.metrics(results, dataset) for dataset in results.sets),
        *(tables.sections(results, dataset) for dataset in results.sets),
        tables.measures(results),
        tables.missing(results),
    )
    return Section(f"On {last.corpus}", [*filter(None, [title]), *figures.collect(results), *parts])
