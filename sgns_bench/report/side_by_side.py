"""Several runs side by side: what they have in common is compared, what differs is listed."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sgns_bench.errors import NotComparable
from sgns_bench.record import FILE, Record, latest, read
from sgns_bench.report import effects, text
from sgns_bench.report.conditions import facts
from sgns_bench.report.document import Figure, Part, Report, Section, Table
from sgns_bench.report.frames import PREFIX, SETTINGS, frame
from sgns_bench.report.results import by_corpus
from sgns_bench.report.verdict import listed
from sgns_bench.stats import holm, welch

SPEED: Final = "words_per_second"
NOTE: Final = """\
- A row is a setting that at least two of the runs have, settings apart in which they differ
  throughout: those are listed under Conditions.
- A score in **bold** beats the next best run by more than the noise of the seeds (Welch's t).
- Differences are real after Holm's correction for all settings of an evaluation set.
- Speeds of different machines, or hours, say nothing of the trainers."""


class Row(NamedTuple):
    """One setting, with the values that the seeds of each run have there."""

    name: str
    values: Mapping[str, Sequence[float]]


class Match(NamedTuple):
    """Settings that runs have in common, by corpus and metric; the first run is the reference."""

    corpus: str
    head: Record
    rows: Sequence[Row]


def load(folders: Sequence[Path]) -> dict[str, list[Record]]:
    """Read the records of several runs, by the names of their folders.

    Raises:
        DatasetError: there are none, or they cannot be read.
    """
    short = [folder.resolve().name for folder in folders]
    names = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    paths = [folder / FILE for folder in folders]
    return {name: latest(read(path)) for name, path in zip(names, paths, strict=True)}


def build(runs: Mapping[str, Sequence[Record]]) -> Report:
    """Lay several runs side by side.

    Args:
        runs: records of the last attempt of every cell, by the name of the run.

    Raises:
        DatasetError: a run has no records.
        NotComparable: the records of one run are of several, or no two runs have a setting and a
            metric in common.
    """
    matches = list(_matches(runs))
    if not matches:
        raise NotComparable(f"{listed([*runs])} have no trainer, setting and metric in common")
    names = [*runs]
    parts = [Section(_title(match), [*_parts(match, names)]) for match in matches]
    return Report(
        title=f"{listed(names)} side by side",
        question=f"What is different between {listed(names)}?",
        answers=[line for match in matches for line in _answers(match, names)],
        sections=[*parts, _conditions(runs), Section("How to read this", [NOTE])],
    )


def _matches(runs: Mapping[str, Sequence[Record]]) -> Iterator[Match]:
    """Yield what runs have in common: scores first, then speed, corpus by corpus."""
    rows = pd.concat([_rows(name, records) for name, records in runs.items()])
    if rows.groupby("run")["corpus"].nunique().max() == 1:
        rows["corpus"] = " or ".join(dict.fromkeys(rows["corpus"]))  # each was trained on one
    heads = {(r.dataset, r.metric): r for records in runs.values() for r in records}
    axes = _axes(rows)
    for (corpus, dataset, metric), group in rows.groupby(
        ["corpus", "dataset", "metric"], sort=False
    ):
        found = [
            Row(_name(dict(zip(["trainer", "variant", *axes], key, strict=True))), values)
            for key, own in group.groupby(["trainer", "variant", *axes], sort=False, dropna=False)
            if len(values := {str(run): list(v) for run, v in own.groupby("run")["value"]}) > 1
        ]
        if found:
            yield Match(str(corpus), heads[str(dataset), str(metric)], found)


def _rows(name: str, records: Sequence[Record]) -> pd.DataFrame:
    """The main metrics of a run, and its speed."""
    mains = {
        d: head.metric for results in by_corpus(records) for d, head in results.headlines.items()
    }
    rows = frame(records)
    rows = rows[(rows["status"] == "ok") & (rows["section"] == "") & (rows["progress"] == 1)]
    is_main = rows["dataset"].map(mains | {"": SPEED}) == rows["metric"]
    return rows[is_main].dropna(subset="value").assign(run=name)


def _axes(rows: pd.DataFrame) -> list[str]:
    """Settings of which any one run has several values."""
    settings = [name for name in (*SETTINGS, PREFIX) if name in rows]
    return [name for name in settings if rows.groupby("run")[name].nunique().max() > 1]


def _name(point: Mapping[str, object]) -> str:
    trainer, variant, *_ = point.values()
    axes = {axis: value for axis, value in [*point.items()][2:] if not text.is_missing(value)}
    return ", ".join(filter(None, [str(trainer), str(variant), text.settings(axes)]))


def _title(match: Match) -> str:
    what = f"{match.head.dataset} {match.head.metric}" if match.head.dataset else "words/s"
    return f"On {match.corpus}: {what}"


def _parts(match: Match, names: Sequence[str]) -> Iterator[Part]:
    if match.head.metric != SPEED:
        for name in names[1:]:
            found = _effects(match, name, names[0])
            if found:
                yield _figure(match, found, name, names[0])
    rows = [[row.name, *_cells(row, names, match.head)] for row in match.rows]
    yield Table(["setting", *names], rows, left=1, title="Mean ± sd over seeds; speed: the median")


def _cells(row: Row, names: Sequence[str], head: Record) -> list[str]:
    if head.metric == SPEED:
        return [
            text.median_and_range(v) if (v := row.values.get(n)) else text.MISSING for n in names
        ]
    cells = {n: text.mean_and_sd(list(row.values.get(n, [])), head.unit) for n in names}
    ranked = sorted(row.values, key=lambda n: np.mean(row.values[n]), reverse=head.higher_is_better)
    if welch(row.values[ranked[0]], row.values[ranked[1]]).is_real:
        cells[ranked[0]] = f"**{cells[ranked[0]]}**"
    return [cells[name] for name in names]


def _effects(match: Match, name: str, reference: str) -> list[effects.Effect]:
    """What a run changes at each setting, the most helpful first."""
    both = _both(match, name, reference)
    p_values = holm([_p(row.values[name], row.values[reference]) for row in both])
    found = [
        effects.Effect(
            row.name, welch(row.values[name], row.values[reference]), p, len(row.values[name])
        )
        for row, p in zip(both, p_values, strict=True)
    ]
    return sorted(found, key=lambda e: e.gap.mean, reverse=match.head.higher_is_better)


def _p(a: Sequence[float], b: Sequence[float]) -> float:
    """Of Welch's t test; 1 where the noise is unknown."""
    if min(len(a), len(b)) < 2:
        return 1.0
    if np.ptp(a) == np.ptp(b) == 0:
        return float(a[0] == b[0])
    return float(stats.ttest_ind(a, b, equal_var=False).pvalue)


def _figure(match: Match, found: list[effects.Effect], name: str, reference: str) -> Figure:
    return Figure(
        title=f"{name} less {reference}, {match.head.dataset} {match.head.metric}",
        text=f"{_answer(match, name, reference)} Intervals: 95 %, Welch; filled: real.",
        table=effects.table(found, match.head, "setting"),
        draw=partial(effects.draw, effects=found, head=match.head, against=reference),
        height=0.9 + 0.28 * len(found),
    )


def _answers(match: Match, names: Sequence[str]) -> list[str]:
    reference, *others = names
    return [_answer(match, name, reference) for name in others if _both(match, name, reference)]


def _both(match: Match, name: str, reference: str) -> list[Row]:
    return [row for row in match.rows if name in row.values and reference in row.values]


def _answer(match: Match, name: str, reference: str) -> str:
    both = [row.values for row in _both(match, name, reference)]
    start = f"{_title(match)} of {name} against {reference}, {text.counted(len(both), 'common setting')}:"
    if match.head.metric == SPEED:
        ratios = [float(np.median(row[name]) / np.median(row[reference])) for row in both]
        return f"{start} {text.ratio(ratios)} times."
    found = _effects(match, name, reference)
    better = [e for e in found if e.is_real and (e.gap.mean > 0) == match.head.higher_is_better]
    worse = [e for e in found if e.is_real and e not in better]
    mean = text.change(float(np.mean([e.gap.mean for e in found])), match.head.unit)
    return (
        f"{start} {mean} on average; better at {len(better)}, worse at {len(worse)} beyond noise."
    )


def _conditions(runs: Mapping[str, Sequence[Record]]) -> Section:
    """What is the same in all runs, and a table of what is not."""
    by_run = {name: _facts(records) for name, records in runs.items()}
    questions = dict.fromkeys(q for found in by_run.values() for q in found)
    rows = [[q, *(found.get(q, text.MISSING) for found in by_run.values())] for q in questions]
    same = [row for row in rows if len(set(row[1:])) == 1]
    different = [row for row in rows if row not in same]
    table = Table(["", *by_run], different, left=1 + len(runs), title="What differs")
    shared = "\n".join(f"- {question}: {answer}" for question, answer, *_ in same)
    return Section("Conditions", [table, "The same in all:", shared])


def _facts(records: Sequence[Record]) -> dict[str, str]:
    corpora = by_corpus(records)
    values: dict[str, dict[str, None]] = {}
    for record in records:
        if not record.variant:
            for setting, value in record.config.items():
                values.setdefault(text.name(setting), {})[text.number(value)] = None
    found = facts(corpora) | {name: ", ".join(seen) for name, seen in values.items()}
    return {"command": records[-1].run["command"]} | {
        q: f for q, f in found.items() if q != "settings"
    }
