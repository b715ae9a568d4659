"""Finds the repeats of each gate of a suite in two runs, and has them judged."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from sgns_bench.bench.suite import Suite
from sgns_bench.errors import NotComparable
from sgns_bench.record import Record
from sgns_bench.regression.gates import MIN_REPEATS, Judgement, judge
from sgns_bench.regression.sides import (
    MACHINE,
    RUN,
    TEXT,
    Key,
    Side,
    check_alike,
    key_of,
    label,
    repeats,
    varied,
)

OWN: Final = "training"  # name in [gates] of metrics without a dataset, such as speed


@dataclass(frozen=True, slots=True, kw_only=True)
class GateComparison:
    """A gate and its judgement."""

    corpus: str  # name of the training corpus
    gate: str  # evaluation set or measure, metric, and label of the cell
    unit: str  # unit of the metric
    judgement: Judgement  # the change and the verdict
    note: str = ""  # settings that differ between the runs and are not set by the suite; "" if none


def compare(base: Side, new: Side, suite: Suite) -> list[GateComparison]:
    """Judge every gate of two runs' suite, for each setting and each trainer but the baseline.

    Raises:
        NotComparable: the runs are not comparable; or a gate has too few repeats, a repeat that is
            not finite, or a failed cell.
    """
    if not suite.gates:
        raise NotComparable(f"suite {suite.name!r} has no [gates]; add gates to compare")
    check_alike(base, new, RUN)
    if (ran := base.records[0].suite) != suite.name:
        raise NotComparable(f"suite: {ran!r} in {base.path}, not {suite.name!r}; set --suite")
    kept = Side(base.path, _numbers(base, suite)), Side(new.path, _numbers(new, suite))
    if any(math.isnan(r.coverage) for side in kept for r in side.records):
        check_alike(*kept, MACHINE)  # metrics without coverage measure speed or memory
    axes = _axes(suite, kept)
    before, after = (repeats(side.records, axes) for side in kept)
    if not before.keys() & after.keys():
        (one, *_), (other, *_) = before, after
        raise NotComparable(
            f"{base.path} and {new.path} have no cell in common: {_difference(one, other)};"
            " run both alike"
        )
    keys = [*{**before, **after}]
    lost = _lost((base, new), axes)
    sides = {
        key: (Side(base.path, before.get(key, [])), Side(new.path, after.get(key, [])))
        for key in keys
    }
    return [_comparison(key, keys, sides[key], lost, suite) for key in keys]


def _numbers(side: Side, suite: Suite) -> list[Record]:
    """Return the records of all gated metrics; raise NotComparable if a gate has none."""
    numbers = [
        r
        for r in side.records
        if r.status == "ok"
        and r.metric in suite.gates.get(r.dataset or OWN, {})
        and (r.section, r.progress) == ("", 1.0)
        and r.trainer != suite.baseline
    ]
    found = {(r.dataset or OWN, r.metric) for r in numbers}
    failures = (_why(r) for r in side.records if r.status != "ok")
    for dataset, margins in suite.gates.items():
        for metric in margins:
            if (dataset, metric) not in found:
                why = next(failures, _absent(side, suite, dataset, metric))
                raise NotComparable(f"{side.path}: no {dataset} {metric}: {why}")
    return numbers


def _absent(side: Side, suite: Suite, dataset: str, metric: str) -> str:
    """Return why a run without failed cells has no number for a gate."""
    there = {r.metric for r in side.records if (r.dataset or OWN) == dataset} - {""}
    if metric in there:
        return f"only the baseline {suite.baseline} ran, and it has no gates; run another trainer"
    return f"it has {', '.join(sorted(there)) or 'nothing of that name'}; fix [gates] or run again"


def _why(r: Record) -> str:
    why = f"a cell has {r.status}: {r.reason}" if r.status == "failed" else r.reason
    return f"{why}; run again to get the missing repeats"


def _axes(suite: Suite, kept: Sequence[Side]) -> set[str]:
    """Return the settings that tell cells apart: those the suite names or a run varies.

    Other settings are defaults, which a change of the code may change. A setting that one of the
    runs does not have cannot tell cells apart.
    """
    named = {*suite.config, *suite.grid, *chain(*(v.axes for v in suite.variants.values()))}
    known = [{name for r in side.records for name in r.config} for side in kept]
    return set.intersection(*known) & named.union(*(varied(side.records) for side in kept))


def _lost(sides: Sequence[Side], axes: Collection[str]) -> dict[tuple[Path, Key], str]:
    """Return the reasons of cells that failed or were skipped, by run and key of the cell."""
    return {
        (side.path, key_of(r, axes).cell): _why(r)
        for side in sides
        for r in side.records
        if r.status != "ok"
    }


def _lack(repeats: Sequence[Record]) -> str:
    """Return why repeats of a run cannot be judged; "" if they can."""
    if not repeats:
        return "no cell has its settings; run both alike"
    if none := sum(not math.isfinite(r.value) for r in repeats):
        return f"{none} of {len(repeats)} repeats are not finite; remove the gate or run again"
    if len(repeats) < MIN_REPEATS:
        return f"{len(repeats)} repeats, need {MIN_REPEATS}; run with more --seeds"
    return ""


def _comparison(
    key: Key,
    keys: Sequence[Key],
    sides: tuple[Side, Side],
    lost: Mapping[tuple[Path, Key], str],
    suite: Suite,
) -> GateComparison:
    gate = " ".join(filter(None, [key.dataset or OWN, key.metric, label(key, keys)]))
    where = f"{key.corpus}: {gate}: "
    _check_whole(sides, key, lost, where)
    check_alike(*sides, TEXT, where)
    (one, *_), (other, *_) = (side.records for side in sides)
    margin = suite.gates[key.dataset or OWN][key.metric]
    before, after = ([r.value for r in side.records] for side in sides)
    try:
        found = judge(before, after, margin=margin, higher_is_better=other.higher_is_better)
    except NotComparable as error:
        raise NotComparable(f"{where}{error}") from None
    note = _note(one.config, other.config)
    return GateComparison(corpus=key.corpus, gate=gate, unit=other.unit, judgement=found, note=note)


def _check_whole(
    sides: tuple[Side, Side], key: Key, lost: Mapping[tuple[Path, Key], str], where: str
) -> None:
    """Raise NotComparable if repeats of a side are missing."""
    for side in sides:
        if why := lost.get((side.path, key.cell)) or _lack(side.records):
            raise NotComparable(f"{side.path}: {where}{why}")


def _difference(one: Key, other: Key) -> str:
    a, b = ({**key._asdict(), **dict(key.settings), "settings": None} for key in (one, other))
    return ", ".join(
        f"{name} {a.get(name)!r} and {b.get(name)!r}"
        for name in {**a, **b}
        if a.get(name) != b.get(name)
    )


def _note(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return the settings that differ between two records, with both values."""
    changed = (name for name in before if after.get(name, before[name]) != before[name])
    return ", ".join(f"{name} {before[name]!r} in BASE, {after[name]!r} in NEW" for name in changed)
