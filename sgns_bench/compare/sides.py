"""The records of two runs, and whether they may be set side by side."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from sgns_bench import record
from sgns_bench.errors import NotComparable
from sgns_bench.record import Record

Facts = Mapping[str, Callable[[Record], object]]

RUN: Final[Facts] = {
    "suite": lambda r: r.suite,
    "device": lambda r: r.device,
}
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
    """One of the two runs, or some of its records."""

    path: Path
    records: list[Record]


def read_sides(base: Path, new: Path) -> tuple[Side, Side]:
    """Read two runs: files of records, or folders of ``run``.

    Raises:
        DatasetError: a file cannot be read, or holds something else.
        NotComparable: it is empty, cut short, or of a schema that cannot be read.
    """
    return _read(base), _read(new)


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


def _version(r: Record, package: str) -> object:
    return r.machine.get("versions", {}).get(package)


def _read(path: Path) -> Side:
    file = path / record.FILE if path.is_dir() else path
    if file.is_file() and not (content := file.read_bytes()).endswith(b"\n"):
        what = "the last line is cut short" if content else "is empty"
        raise NotComparable(f"{file}: {what}; let the run finish: called again, it goes on")
    return Side(path, record.latest(record.read(file)))
