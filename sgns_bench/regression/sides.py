"""Reads the records of runs, checks that they are comparable, and groups repeats."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from sgns_bench import record
from sgns_bench.errors import NotComparable
from sgns_bench.record import Record
from sgns_bench.report import format

Facts = Mapping[str, Callable[[Record], object]]

RUN: Final[Facts] = {"suite": lambda r: r.suite, "device": lambda r: r.device}
# Equal for all repeats of a number: a reader that loses half of the text would only seem faster.
TEXT: Final[Facts] = {
    "sha256": lambda r: r.corpus_sha256[:12],
    "words": lambda r: r.corpus_words,
    "vocabulary": lambda r: r.vocabulary,
    "coverage": lambda r: str(r.coverage),  # NaN is itself
}
# Equal if a gate measures speed or memory: hardware, and versions of the reference libraries.
# Patch levels of Python and Linux may differ.
MACHINE: Final[Facts] = {
    "processor": lambda r: r.machine.get("processor"),
    "cores": lambda r: r.machine.get("cores"),
    "gpu": lambda r: r.machine.get("gpu"),
    "system": lambda r: r.machine.get("system", "").partition("-")[0],
    "python": lambda r: r.machine.get("python", "").rpartition(".")[0],
    "gensim": lambda r: r.machine.get("versions", {}).get("gensim"),
    "numpy": lambda r: r.machine.get("versions", {}).get("numpy"),
    "torch": lambda r: r.machine.get("versions", {}).get("torch"),
}


class Side(NamedTuple):
    """The records of one run, or some of them."""

    path: Path
    records: list[Record]


class Key(NamedTuple):
    """Identifies a number: numbers with equal keys and different seeds are repeats."""

    corpus: str
    max_words: int
    trainer: str
    variant: str
    settings: tuple[tuple[str, Any], ...]
    dataset: str = ""
    metric: str = ""

    @property
    def cell(self) -> "Key":
        """The key of the cell: this key without dataset and metric."""
        return self._replace(dataset="", metric="")


def read_sides(*paths: Path) -> list[Side]:
    """Read the records of runs, from files of records or from result folders.

    Raises:
        DatasetError: a file cannot be read, or is not a file of records.
        NotComparable: a file is empty, cut short, or of an unknown schema.
    """
    return [_read(path) for path in paths]


def check_alike(base: Side, new: Side, facts: Facts, where: str = "") -> None:
    """Raise NotComparable, with a message after ``where``, if records differ in a fact."""
    for name, of in facts.items():
        a, b = ({of(r): None for r in side.records} for side in (base, new))
        if len({**a, **b}) > 1:
            values = [" and ".join(map(repr, found)) for found in (a, b)]
            raise NotComparable(
                f"{where}{name}: {values[0]} in {base.path}, {values[1]} in {new.path};"
                " run both alike: on one machine, with one suite, on the same text"
            )


def varied(records: Iterable[Record]) -> set[str]:
    """Return the settings that have several values within one trainer and variant."""
    values: dict[tuple[str, str, str], set[str]] = {}
    for r in records:
        for name, value in r.config.items():
            values.setdefault((r.trainer, r.variant, name), set()).add(repr(value))
    return {name for (*_, name), found in values.items() if len(found) > 1}


def key_of(r: Record, axes: Collection[str]) -> Key:
    """Return the key of a record; of its settings, only the axes tell cells apart."""
    settings = tuple(sorted((k, v) for k, v in r.config.items() if k in axes))
    return Key(r.corpus, r.max_words, r.trainer, r.variant, settings, r.dataset, r.metric)


def repeats(records: Iterable[Record], axes: Collection[str]) -> dict[Key, list[Record]]:
    """Return the records of each key, one per seed."""
    by_seed: dict[Key, dict[int, Record]] = {}
    for r in records:  # an edited suite may have run twice: the last record counts
        by_seed.setdefault(key_of(r, axes), {})[r.seed] = r
    return {key: list(found.values()) for key, found in by_seed.items()}


def label(key: Key, keys: Sequence[Key]) -> str:
    """Return the name of a cell: its trainer, variant, max_words and settings where they vary."""
    alike = [dict(k.settings) for k in keys if (k.trainer, k.variant) == (key.trainer, key.variant)]
    varying = {n: v for n, v in key.settings if any(other.get(n) != v for other in alike)}
    parts = [key.trainer] if len({k.trainer for k in keys}) > 1 else []
    parts += [key.variant] if key.variant else []
    parts += [f"{key.max_words:,} words"] if key.max_words else []
    return ", ".join(filter(None, [*parts, format.settings(varying)]))


def _read(path: Path) -> Side:
    file = path if path.is_file() else path / record.FILE
    if file.is_file() and not (content := file.read_bytes()).endswith(b"\n"):
        what = "the last line is cut short" if content else "is empty"
        raise NotComparable(f"{file}: {what}; start the run again, and it goes on")
    return Side(path, record.latest(record.read(file)))
