"""Reports several runs side by side: compares settings they share, lists the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from sgns_bench import report
from sgns_bench.errors import NotComparable
from sgns_bench.host.resources import output_folder
from sgns_bench.record import Record, clash
from sgns_bench.regression.sides import Key, label, read_sides, repeats, varied
from sgns_bench.report import format, verdict
from sgns_bench.report.conditions import facts, tried
from sgns_bench.report.document import Part, Report, Section, Table
from sgns_bench.report.figures import effects
from sgns_bench.report.verdict import Effect

SPEED: Final = "words_per_second"
NOTE: Final = """\
- A row is a combination of settings that at least two runs share. Settings in which whole runs
  differ are not in the rows; Conditions lists them.
- Better and worse: the interval of the difference excludes zero, and is not all within the margin
  of equivalence; the intervals hold for all settings of an evaluation set at once (Šidák).
- Speeds measured on different machines, or at different hours, do not compare trainers."""

Runs = Mapping[str, Sequence[Record]]
"""Records of every cell's last attempt, by the name of the run."""


class SharedSettings(NamedTuple):
    """The values of one metric on one corpus, in all settings that runs share."""

    title: str  # names of corpus and metric
    head: Record  # a record with the metric's name, unit and direction
    rows: dict[str, dict[str, list[float]]]  # values of all seeds, by setting and by run


def write(folders: Sequence[Path], out: Path, *, with_latex: bool = False) -> str:
    """Write ``report.html`` and ``report.md`` of several runs side by side; return the answer.

    The first run is the reference of the others. With ``with_latex``, write ``tables.tex`` too.

    Raises:
        ConfigError: ``out`` cannot be written.
        DatasetError: there are no records, or they cannot be read.
        NotComparable: the runs have no setting and metric in common.
    """
    short = [folder.resolve().name for folder in folders]
    names = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    sides = read_sides(*folders)
    found = build({name: side.records for name, side in zip(names, sides, strict=True)})
    with output_folder(out):
        return report.save(found, out, with_latex=with_latex)


def build(runs: Runs) -> Report:
    """Return the report of several runs, each compared with the first.

    Raises:
        NotComparable: one entry has records of several runs, or no two runs have a setting and a
            metric in common.
    """
    for name, records in runs.items():
        if found := clash(records):
            raise NotComparable(f"{name}: has records of {found[0]} and of {found[1]}; split them")
    names = [*runs]
    matches = list(_matches(runs))
    if not matches:
        raise NotComparable(
            f"{format.listed(names)} have no trainer, setting and metric in common; run one suite"
        )
    header = ["", "run", "settings", f"difference to {names[0]}", "better at", "worse at"]
    rows = [row for match in matches for row in _answer(match, names)]
    return Report(
        title=f"{format.listed(names)} side by side",
        question=f"What is different between {format.listed(names)}?",
        answer=Section("Answer", [Table(header, rows, left=2)]),
        sections=[
            *(Section(match.title, [*_parts(match, names)]) for match in matches),
            _conditions(runs),
            Section("How to read this", [NOTE]),
        ],
    )


def _matches(runs: Runs) -> Iterator[SharedSettings]:
    """Yield the values of each metric on each corpus that at least two runs share."""
    kept = {name: _main_numbers(records) for name, records in runs.items()}
    if max(len({r.corpus for r in records}) for records in kept.values()) == 1:
        # Each run has one corpus: compare the runs even if the corpora have different names.
        corpus = " or ".join(dict.fromkeys(r.corpus for records in kept.values() for r in records))
        kept = {n: [replace(r, corpus=corpus) for r in records] for n, records in kept.items()}
    axes = set().union(*map(varied, kept.values()))
    found: dict[Key, dict[str, list[Record]]] = {}
    for name, records in kept.items():
        for key, own in repeats(records, axes).items():
            found.setdefault(key, {})[name] = own
    keys = [key for key, by_run in found.items() if len(by_run) > 1]
    for what in dict.fromkeys((key.corpus, key.dataset, key.metric) for key in keys):
        alike = [key for key in keys if (key.corpus, key.dataset, key.metric) == what]
        head = next(iter(found[alike[0]].values()))[0]
        title = f"{head.dataset} {head.metric}" if head.dataset else "words/s"
        rows = {
            label(key, keys) or key.trainer: {
                n: [r.value for r in v] for n, v in found[key].items()
            }
            for key in alike
        }
        yield SharedSettings(f"On {what[0]}: {title}", head, rows)


def _main_numbers(records: Sequence[Record]) -> list[Record]:
    """Return the records of each dataset's main metric, and of the speed."""
    numbers = [r for r in records if r.metric and (r.section, r.progress) == ("", 1.0)]
    mains = {"": SPEED}
    for r in numbers:
        mains.setdefault(r.dataset, r.metric)
    return [r for r in numbers if r.metric == mains[r.dataset] and np.isfinite(r.value)]


def _answer(match: SharedSettings, names: Sequence[str]) -> Iterator[list[str]]:
    reference, *others = names
    for name in others:
        both = [row for row in match.rows.values() if name in row and reference in row]
        if match.head.metric == SPEED and both:
            ratios = [float(np.median(row[name]) / np.median(row[reference])) for row in both]
            says = [verdict.speed(ratios), format.MISSING, format.MISSING]
            yield [match.title, name, str(len(both)), *says]
        elif both:
            found = _effects(match, name, reference)
            mean = float(np.mean([effect.gap.mean for effect in found]))
            says = [format.change(mean, match.head.unit)]
            verdicts = [effect.verdict for effect in found]
            says += [str(verdicts.count(what)) for what in ("better", "worse")]
            yield [match.title, name, str(len(both)), *says]


def _effects(match: SharedSettings, name: str, reference: str) -> list[Effect]:
    """Return the difference between a run and the reference at each setting, best first."""
    both = {
        setting: (row[name], row[reference])
        for setting, row in match.rows.items()
        if name in row and reference in row
    }
    return verdict.unpaired(both, match.head)


def _parts(match: SharedSettings, names: Sequence[str]) -> Iterator[Part]:
    head, (reference, *others) = match.head, names
    says: dict[tuple[str, str], str] = {}
    is_speed = head.metric == SPEED
    for name in () if is_speed else others:
        if found := _effects(match, name, reference):
            title = f"{name} less {reference}, {head.dataset} {head.metric}"
            yield effects.figure(title, found, what="setting", against=reference)
            says |= {(effect.name, name): f"\n{effect.says}" for effect in found}
    write = format.median_and_range if is_speed else partial(format.mean_and_sd, unit=head.unit)
    rows = [
        [s, *(write(row[n]) + says.get((s, n), "") if n in row else format.MISSING for n in names)]
        for s, row in match.rows.items()
    ]
    yield Table(["setting", *names], rows, left=1, title="Mean ± sd over seeds; speed: the median")


def _conditions(runs: Runs) -> Section:
    """Return the conditions: a table of those that differ, a list of those that all share."""
    by_run = {}
    for name, records in runs.items():
        settings = tried(record for record in records if not record.variant)
        found = {setting: ", ".join(values) for setting, values in settings.items()}
        by_run[name] = {"command": records[-1].run["command"], **facts(records), **found}
    questions = dict.fromkeys(question for found in by_run.values() for question in found)
    rows = [[q, *(found.get(q, format.MISSING) for found in by_run.values())] for q in questions]
    same = [row for row in rows if len(set(row[1:])) == 1]
    different = [row for row in rows if row not in same]
    table = Table(["", *by_run], different, left=1 + len(runs), title="What differs")
    shared = "\n".join(f"- {question}: {answer}" for question, answer, *_ in same)
    return Section("Conditions", [table, "The same in all:", shared])
