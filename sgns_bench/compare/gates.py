"""The gates of a suite: the repeats of each in two runs, and what came of it."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, NamedTuple

from sgns_bench.bench.suite import Suite
from sgns_bench.compare.judgement import LEAST_REPEATS, Judgement, judge
from sgns_bench.compare.sides import MACHINE, RUN, TEXT, Side, check_alike
from sgns_bench.config import PROSE
from sgns_bench.errors import NotComparable
from sgns_bench.record import Record

OWN: Final = "training"  # what gates call the numbers of a training itself: of no dataset


class Key(NamedTuple):
    """What makes two numbers repeats of each other, if their seeds differ."""

    corpus: str
    prefix: int
    trainer: str
    variant: str
    settings: tuple[tuple[str, Any], ...]
    dataset: str = ""
    metric: str = ""


class Repeats(NamedTuple):
    """What a run has of its gates.

    Attributes:
        side: the run.
        numbers: the records of each gate.
        lost: why a cell of such a key, of no dataset and metric, has no numbers.
    """

    side: Side
    numbers: dict[Key, list[Record]]
    lost: dict[Key, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A gate, and what came of it.

    Attributes:
        corpus: name of the corpus that was trained on.
        gate: metric, with its evaluation set or measure, and what else sets it apart.
        unit: of the number.
        higher_is_better: its direction.
        judgement: of its repeats.
        note: settings that the suite leaves to the code, and that differ; "" if none do.
    """

    corpus: str
    gate: str
    unit: str
    higher_is_better: bool
    judgement: Judgement
    note: str = ""


def compare(base: Side, new: Side, suite: Suite) -> list[Comparison]:
    """Judge every gate of a suite: of each trainer but its baseline, and of each setting.

    Args:
        base: the run before the change.
        new: the run after it.
        suite: what they ran.

    Raises:
        NotComparable: they must not be set side by side; or a gate has too few numbers, or one
            that is none, or lost some with a cell that failed.
    """
    if not suite.gates:
        raise NotComparable(f"suite {suite.name!r} has no [gates]: nothing must not get worse")
    check_alike(base, new, RUN)
    if (ran := base.records[0].suite) != suite.name:
        raise NotComparable(f"suite: {ran!r} in {base.path}, not {suite.name!r}; give its own file")
    kept = _numbers(base, suite), _numbers(new, suite)
    if any(math.isnan(r.coverage) for side in kept for r in side.records):
        check_alike(*kept, MACHINE)  # of no items: of speed or memory
    axes = _axes(suite, kept)
    before, after = _repeats(base, kept[0], axes), _repeats(new, kept[1], axes)
    if not before.numbers.keys() & after.numbers.keys():
        (one, *_), (other, *_) = before.numbers, after.numbers
        raise NotComparable(
            f"{base.path} and {new.path} have no cell in common: {_difference(one, other)};"
            " run both alike"
        )
    keys = {**before.numbers, **after.numbers}
    return [
        _comparison(
            key,
            _label(key, keys, suite),
            before,
            after,
            suite.gates[key.dataset or OWN][key.metric],
        )
        for key in keys
    ]


def _numbers(side: Side, suite: Suite) -> Side:
    """Return the records that gates are of, of every gate some."""
    numbers = [
        r
        for r in side.records
        if r.status == "ok"
        and r.metric in suite.gates.get(r.dataset or OWN, {})
        and (r.section, r.progress) == ("", 1.0)
        and r.trainer != suite.baseline
    ]
    _check_gates(side, suite, numbers)
    return Side(side.path, numbers)


def _check_gates(side: Side, suite: Suite, numbers: Sequence[Record]) -> None:
    found = {(r.dataset or OWN, r.metric) for r in numbers}
    failures = (_why(r) for r in side.records if r.status != "ok")
    for dataset, margins in suite.gates.items():
        for metric in margins:
            if (dataset, metric) not in found:
                why = next(failures, _absent(side, suite, dataset, metric))
                raise NotComparable(f"{side.path}: no {dataset} {metric}: {why}")


def _absent(side: Side, suite: Suite, dataset: str, metric: str) -> str:
    """Say why a run in which nothing failed has no number for a gate."""
    there = {r.metric: r.trainer for r in side.records if (r.dataset or OWN) == dataset}
    if metric in there:
        return f"gates are of every trainer but the baseline, {suite.baseline}; it ran no other"
    return f"it has {', '.join(sorted(there)) or 'nothing of that name'}; mend [gates] or run again"


def _why(r: Record) -> str:
    return f"a cell has {r.status}: {r.reason}" if r.status == "failed" else r.reason


def _axes(suite: Suite, kept: Sequence[Side]) -> set[str]:
    """Return the settings that tell cells apart: those that the suite names, or that a run varies.

    Others are the code's own, which a change of the code may change; and what one of the versions
    does not know made no difference to it.
    """
    named = {*suite.config, *suite.grid, *chain(*(v.axes for v in suite.variants.values()))}
    known = [{name for r in side.records for name in r.config} for side in kept]
    return set.intersection(*known) & named.union(*(_varied(side.records) for side in kept))


def _varied(numbers: Sequence[Record]) -> set[str]:
    values: dict[tuple[str, str, str], set[str]] = {}
    for r in numbers:
        for name, value in r.config.items():
            values.setdefault((r.trainer, r.variant, name), set()).add(repr(value))
    return {name for (*_, name), found in values.items() if len(found) > 1}


def _repeats(side: Side, kept: Side, axes: Collection[str]) -> Repeats:
    by_seed: dict[Key, dict[int, Record]] = {}
    for r in kept.records:
        key = _key(r, axes)._replace(dataset=r.dataset, metric=r.metric)
        by_seed.setdefault(key, {})[r.seed] = r  # the last, where a suite that was edited ran again
    lost = {_key(r, axes): _why(r) for r in side.records if r.status != "ok"}
    return Repeats(side, {key: list(found.values()) for key, found in by_seed.items()}, lost)


def _key(r: Record, axes: Collection[str]) -> Key:
    settings = tuple(sorted((k, v) for k, v in r.config.items() if k in axes))
    return Key(r.corpus, r.prefix, r.trainer, r.variant, settings)


def _comparison(key: Key, label: str, base: Repeats, new: Repeats, margin: float) -> Comparison:
    where = f"{key.corpus}: {label}: "
    for run in (base, new):
        _check_repeats(run, key, where)
    before, after = base.numbers[key], new.numbers[key]
    check_alike(Side(base.side.path, before), Side(new.side.path, after), TEXT, where)
    first = after[0]
    try:
        judgement = judge(
            [r.value for r in before], [r.value for r in after],
            margin=margin, higher_is_better=first.higher_is_better,
        )  # fmt: skip
    except NotComparable as error:
        raise NotComparable(f"{where}{error}") from None
    return Comparison(
        corpus=key.corpus, gate=label, unit=first.unit, higher_is_better=first.higher_is_better,
        judgement=judgement, note=_note(before[0].config, first.config),
    )  # fmt: skip


def _check_repeats(run: Repeats, key: Key, where: str) -> None:
    """Raise NotComparable if a run lacks repeats of a gate, or what they are is not known."""
    found, path = run.numbers.get(key, []), run.side.path
    if why := run.lost.get(key._replace(dataset="", metric="")):
        raise NotComparable(
            f"{path}: {where}{why}; run again: of the missing repeats nobody can tell"
        )
    if not found:
        raise NotComparable(f"{path}: {where}no cell has its settings; run both alike")
    if none := sum(not math.isfinite(r.value) for r in found):
        raise NotComparable(f"{path}: {where}{none} of {len(found)} repeats are no numbers")
    if len(found) < LEAST_REPEATS:
        raise NotComparable(
            f"{path}: {where}{len(found)} repeats, need {LEAST_REPEATS}; run with more --seeds"
        )


def _difference(one: Key, other: Key) -> str:
    a, b = ({**key._asdict(), **dict(key.settings), "settings": None} for key in (one, other))
    return ", ".join(
        f"{name} {a.get(name)!r} and {b.get(name)!r}"
        for name in {**a, **b}
        if a.get(name) != b.get(name)
    )


def _note(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say which settings differ: none of those that a key has."""
    changed = (name for name in before if after.get(name, before[name]) != before[name])
    return ", ".join(f"{name} {before[name]!r} in BASE, {after[name]!r} in NEW" for name in changed)


def _label(key: Key, keys: Collection[Key], suite: Suite) -> str:
    others = [
        dict(k.settings) for k in keys if (k.trainer, k.variant) == (key.trainer, key.variant)
    ]
    parts = [key.dataset or OWN, key.metric]
    parts += [key.trainer] if len(suite.trainers) > 1 else []
    parts += [f"({key.variant})"] if key.variant else []
    parts += [f"words={key.prefix}"] if key.prefix else []
    parts += [
        f"{PROSE.get(name, name)}={value}"
        for name, value in key.settings
        if any(other.get(name) != value for other in others)
    ]
    return " ".join(parts)
