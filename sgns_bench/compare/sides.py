"""The records of two runs: whether they may be set side by side, and their gates."""

import math
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

from sgns_bench import record
from sgns_bench.compare.judgement import LEAST_REPEATS, Judgement, judge
from sgns_bench.config import PROSE
from sgns_bench.errors import NotComparable
from sgns_bench.record import Record
from sgns_bench.suite import Suite

RECORDS: Final = "records.jsonl"
OWN: Final = "training"  # what gates call the numbers of a training itself: of no dataset

FACTS: Final[dict[str, Callable[[Record], object]]] = {
    "suite": lambda r: r.suite,
    "schema": lambda r: r.schema,
    "device": lambda r: r.device,
}
# Of the machine's class, and of what the references are made of; asked for if a gate is of speed
# or memory. Patch levels of Python and Linux make no class.
MACHINE: Final[dict[str, Callable[[Mapping[str, Any]], object]]] = {
    "processor": lambda m: m["processor"],
    "cores": lambda m: m["cores"],
    "gpu": lambda m: m["gpu"],
    "system": lambda m: m["system"].partition("-")[0],
    "python": lambda m: m["python"].rpartition(".")[0],
    "gensim": lambda m: m["versions"]["gensim"],
    "numpy": lambda m: m["versions"]["numpy"],
    "torch": lambda m: m["versions"]["torch"],
}


class Side(NamedTuple):
    """One of the two runs."""

    path: Path
    records: list[Record]


class Key(NamedTuple):
    """What makes two numbers repeats of each other."""

    corpus: str
    prefix: int
    trainer: str
    variant: str
    settings: tuple[tuple[str, Any], ...]
    dataset: str
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A gate, and what came of it.

    Attributes:
        corpus: name of the corpus that was trained on.
        gate: metric, with its evaluation set or measure, and what else sets it apart.
        unit: of the number.
        higher_is_better: its direction.
        judgement: of its repeats.
    """

    corpus: str
    gate: str
    unit: str
    higher_is_better: bool
    judgement: Judgement


def read_sides(base: Path, new: Path) -> tuple[Side, Side]:
    """Read two runs: files of records, or folders of ``run``.

    Raises:
        DatasetError: a file cannot be read, or holds something else.
        NotComparable: it is empty, cut short, or of a schema that cannot be read.
    """
    return _read(base), _read(new)


def compare(base: Side, new: Side, suite: Suite) -> list[Comparison]:
    """Judge every gate of a suite: of each trainer but its baseline, and of each setting.

    Args:
        base: the run before the change.
        new: the run after it.
        suite: what they ran.

    Raises:
        NotComparable: they must not be set side by side, a gate has no number, or too few.
    """
    if not suite.gates:
        raise NotComparable(f"suite {suite.name!r} has no [gates]: nothing must not get worse")
    _check_alike(base, new, FACTS)
    if (ran := base.records[0].suite) != suite.name:
        raise NotComparable(f"suite: {ran!r} in {base.path}, not {suite.name!r}; give its own file")
    _check_corpora(base, new)
    kept = [_numbers(side, suite) for side in (base, new)]
    if any(math.isnan(r.coverage) for r in chain(*kept)):  # of no items: of speed or memory
        facts = {name: _of_machine(ask) for name, ask in MACHINE.items()}
        _check_alike(base, new, facts)
    for side, numbers in zip((base, new), kept, strict=True):
        _check_gates(side, suite, numbers)
    repeats = _repeats(*kept)
    if not any(a and b for a, b in repeats.values()):
        raise NotComparable(f"{base.path} and {new.path} have no cell in common; run both alike")
    return [_comparison(key, (base, new), both, suite) for key, both in repeats.items()]


def _read(path: Path) -> Side:
    file = path / RECORDS if path.is_dir() else path
    if file.is_file() and not (content := file.read_bytes()).endswith(b"\n"):
        what = "the last line is cut short" if content else "is empty"
        raise NotComparable(f"{file}: {what}; let the run finish: called again, it goes on")
    return Side(path, record.latest(record.read(file)))


def _of_machine(ask: Callable[[Mapping[str, Any]], object]) -> Callable[[Record], object]:
    return lambda r: ask(r.machine)


def _check_alike(base: Side, new: Side, facts: Mapping[str, Callable[[Record], object]]) -> None:
    for name, of in facts.items():
        a, b = ({of(r): None for r in side.records} for side in (base, new))
        if len({**a, **b}) > 1:
            values = [" and ".join(map(repr, found)) for found in (a, b)]
            raise NotComparable(
                f"{name}: {values[0]} in {base.path}, {values[1]} in {new.path};"
                " run both on one machine, with one suite"
            )


def _check_corpora(base: Side, new: Side) -> None:
    before, after = ({r.corpus: r.corpus_sha256 for r in s.records} for s in (base, new))
    for corpus in before.keys() & after.keys():
        if before[corpus] != after[corpus]:
            raise NotComparable(
                f"corpus {corpus}: sha256 {before[corpus][:12]} in {base.path},"
                f" {after[corpus][:12]} in {new.path}; run both on the same text"
            )


def _numbers(side: Side, suite: Suite) -> list[Record]:
    """Return the records that gates are of."""
    return [
        r
        for r in side.records
        if r.status == "ok"
        and r.metric in suite.gates.get(r.dataset or OWN, {})
        and (r.section, r.progress) == ("", 1.0)
        and r.trainer != suite.baseline
        and math.isfinite(r.value)
    ]


def _check_gates(side: Side, suite: Suite, numbers: Sequence[Record]) -> None:
    found = {(r.dataset or OWN, r.metric) for r in numbers}
    for dataset, margins in suite.gates.items():
        for metric in margins:
            if (dataset, metric) not in found:
                why = next(_failures(side), _absent(side, suite, dataset, metric))
                raise NotComparable(f"{side.path}: no {dataset} {metric}: {why}")


def _absent(side: Side, suite: Suite, dataset: str, metric: str) -> str:
    """Say why a run in which nothing failed has no number for a gate."""
    there = {r.metric: r.trainer for r in side.records if (r.dataset or OWN) == dataset}
    if metric in there:
        return f"gates are of every trainer but the baseline, {suite.baseline}; it ran no other"
    return f"it has {', '.join(sorted(there)) or 'nothing of that name'}; mend [gates] or run again"


def _failures(side: Side) -> Iterator[str]:
    for r in side.records:
        if r.status != "ok":
            yield f"a cell has {r.status}: {r.reason}" if r.status == "failed" else r.reason


def _repeats(*kept: Sequence[Record]) -> dict[Key, tuple[list[Record], ...]]:
    """Sort the numbers of both sides by what they are of."""
    # A setting that one of the versions does not know made no difference to it.
    known = [{name for r in numbers for name in r.config} for numbers in kept]
    shared = set.intersection(*known)
    repeats: dict[Key, tuple[list[Record], ...]] = {}
    for side, numbers in enumerate(kept):
        for r in numbers:
            repeats.setdefault(_key(r, shared), tuple([] for _ in kept))[side].append(r)
    return repeats


def _key(r: Record, shared: Container[str]) -> Key:
    settings = tuple(sorted((k, v) for k, v in r.config.items() if k in shared))
    return Key(r.corpus, r.prefix, r.trainer, r.variant, settings, r.dataset, r.metric)


def _comparison(
    key: Key, sides: Sequence[Side], repeats: Sequence[Sequence[Record]], suite: Suite
) -> Comparison:
    label, first = _label(key, suite), next(iter(chain(*repeats)))
    for side, found in zip(sides, repeats, strict=True):
        if len(found) < LEAST_REPEATS:
            why = next(_failures(side), "run with more --seeds")
            raise NotComparable(
                f"{side.path}: {key.corpus}: {label}: {len(found)} repeats, need {LEAST_REPEATS};"
                f" {why}"
            )
    values = [[r.value for r in found] for found in repeats]
    margin = suite.gates[key.dataset or OWN][key.metric]
    try:
        judgement = judge(*values, margin=margin, higher_is_better=first.higher_is_better)
    except NotComparable as error:
        raise NotComparable(f"{key.corpus}: {label}: {error}") from None
    return Comparison(
        corpus=key.corpus, gate=label, unit=first.unit, higher_is_better=first.higher_is_better,
        judgement=judgement,
    )  # fmt: skip


def _label(key: Key, suite: Suite) -> str:
    settings = dict(key.settings)
    parts = [key.dataset or OWN, key.metric]
    parts += [key.trainer] if len(suite.trainers) > 1 else []
    parts += [f"({key.variant})"] if key.variant else []
    parts += [f"words={key.prefix}"] if key.prefix else []
    parts += [
        f"{PROSE.get(axis, axis)}={settings[axis]}" for axis in suite.grid if axis in settings
    ]
    return " ".join(parts)
