"""The records of runs, whether they may be set side by side, and which numbers are repeats."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from sgns_bench import record
from sgns_bench.errors import NotComparable
from sgns_bench.record import Record
from sgns_bench.report import format

Facts = Mapping[str, Callable[[Record], object]]

RUN: Final[Facts] = {"suite": lambda r: r.suite, "device": lambda r: r.device}
# Of repeats of one number: a reader of text that loses half of it is faster, and no worse for it.
TEXT: Final[Facts] = {
    "sha256": lambda r: r.corpus_sha256[:12],
    "words": lambda r: r.corpus_words,
    "vocabulary": lambda r: r.vocabulary,
    "coverage": lambda r: str(r.coverage),  # NaN is itself
}
# Of the machine's class, and of what the references are made of; asked for if a gate is of speed
# or memory. Patch levels of Python and Linux make no class.
MACHINE: Final[Facts] = {
    "processor": lambda r: r.machine.get("processor"),
    "cores": lambda r: r.machine.get("cores"),
    "gpu": lambda r: r.machine.get("gpu"),
    "system": lambda r: r.machine.get("system", "").partition("-")[0],
    "python": lambda r: r.machine.get("python", "").rpartition(".")[0],
    "gensim": lambda r: _version(r, "gensim"),
    "numpy": lambda r: _version(r, "numpy"),
    "torch": lambda r: _version(r, "torch"),
}


class Side(NamedTuple):
    """One of the runs, or some of its records."""

    path: Path
    records: list[Record]


class Key(NamedTuple):
    """What makes two numbers repeats of each other, if their seeds differ."""

    corpus: str
    max_words: int
    trainer: str
    variant: str
    settings: tuple[tuple[str, Any], ...]
    dataset: str = ""
    metric: str = ""

    @property
    def cell(self) -> "Key":
        """The key of all numbers of such cells, of no dataset and metric."""
        return self._replace(dataset="", metric="")


def read_sides(*paths: Path) -> list[Side]:
    """Read runs: files of records, or folders of ``run``.

    Raises:
        DatasetError: a file cannot be read, or holds something else.
        NotComparable: it is empty, cut short, or of a schema that cannot be read.
    """
    return [_read(path) for path in paths]


def check_alike(base: Side, new: Side, facts: Facts, where: str = "") -> None:
    """Raise NotComparable, with what ``where`` says first, if a fact differs within both sides."""
    for name, of in facts.items():
        a, b = ({of(r): None for r in side.records} for side in (base, new))
        if len({**a, **b}) > 1:
            values = [" and ".join(map(repr, found)) for found in (a, b)]
            raise NotComparable(
                f"{where}{name}: {values[0]} in {base.path}, {values[1]} in {new.path};"
                " run both alike: on one machine, with one suite, on the same text"
            )


def varied(records: Iterable[Record]) -> set[str]:
    """Return the settings of which a run has several values, for one trainer and variant."""
    values: dict[tuple[str, str, str], set[str]] = {}
    for r in records:
        for name, value in r.config.items():
            values.setdefault((r.trainer, r.variant, name), set()).add(repr(value))
    return {name for (*_, name), found in values.items() if len(found) > 1}


def key_of(r: Record, axes: Collection[str]) -> Key:
    """Return the key of a number; the settings that tell cells apart are the axes."""
    settings = tuple(sorted((k, v) for k, v in r.config.items() if k in axes))
    return Key(r.corpus, r.max_words, r.trainer, r.variant, settings, r.dataset, r.metric)


def repeats(records: Iterable[Record], axes: Collection[str]) -> dict[Key, list[Record]]:
    """Return the records of each key, one for each seed."""
    by_seed: dict[Key, dict[int, Record]] = {}
    for r in records:  # the last, where a suite that was edited ran again
        by_seed.setdefault(key_of(r, axes), {})[r.seed] = r
    return {key: list(found.values()) for key, found in by_seed.items()}


def label(key: Key, keys: Sequence[Key]) -> str:
    """Return what tells a cell from the others: trainer, variant, words, settings that vary."""
    alike = [dict(k.settings) for k in keys if (k.trainer, k.variant) == (key.trainer, key.variant)]
    varying = {n: v for n, v in key.settings if any(other.get(n) != v for other in alike)}
    parts = [key.trainer] if len({k.trainer for k in keys}) > 1 else []
    parts += [key.variant] if key.variant else []
    parts += [f"{key.max_words:,} words"] if key.max_words else []
    return ", ".join(filter(None, [*parts, format.settings(varying)]))


def _version(r: Record, package: str) -> object:
    return r.machine.get("versions", {}).get(package)


def _read(path: Path) -> Side:
    file = path if path.is_file() else path / record.FILE
    if file.is_file() and not (content := file.read_bytes()).endswith(b"\n"):
        what = "the last line is cut short" if content else "is empty"
        raise NotComparable(f"{file}: {what}; let the run finish: called again, it goes on")
    return Side(path, record.latest(record.read(file)))
