"""Records: each is one measured number with its full context, stored as one line of JSON."""

import json
import logging
import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, get_origin

import numpy as np

from sgns_bench.errors import DatasetError, NotComparable

SCHEMA: Final = 4
READABLE: Final = (2, 3, SCHEMA)  # schema 2 had neither ``kind`` nor "finished" records
RENAMED_IN_4: Final = {"prefix": "max_words", "sharing": "negatives_per_draw"}
FILE: Final = "records.jsonl"  # file name in the folder of a run

Kind = Literal["score", "fit", "scaling", "training", "finished"]
Status = Literal["ok", "failed", "skipped"]
KINDS_OF_2: Final[dict[str, Kind]] = {"": "training", "pmi": "fit", "cost": "scaling"}

logger = logging.getLogger("sgns_bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One number measured in one cell; the last record of a cell says how the cell ended."""

    cell: str  # id of the cell; see :attr:`sgns_bench.bench.plan.Cell.id`
    suite: str  # name of the suite
    trainer: str  # name of the trainer
    corpus: str  # name of the corpus
    corpus_sha256: str  # sha256 of the bytes that the corpus was read from
    corpus_words: int  # tokens in one epoch, before subsampling
    vocabulary: int  # V, number of words in the vocabulary
    config: dict[str, Any]  # the settings that the trainer uses, without the seed
    seed: int  # seed of all draws
    device: str  # "cpu" or "cuda"
    # "score": a result on an evaluation set or of a measure; "fit": a parameter of a line that a
    # measure fitted; "scaling": a cost at the problem size in ``section``; "training": speed,
    # memory or loss; "finished": no number, marks a complete cell
    kind: Kind = "score"
    variant: str = ""  # name of the suite's variant, "" for the suite's own settings
    max_words: int = 0  # number of leading words of the corpus that were trained on; 0 means all
    # share of the training done at the time of measurement, in (0, 1]; below 1 the record is a
    # point of a learning curve
    progress: float = 1.0
    dataset: str = ""  # name of the evaluation set, "" for speed and memory
    metric: str = ""  # for instance "accuracy" or "words_per_second"; "" for a failed cell
    section: str = ""  # part of the evaluation set, "" for the whole
    value: float = math.nan  # the number; NaN if there is none, null in JSON
    unit: str = ""  # for instance "fraction" or "words/s"
    higher_is_better: bool = True
    n: int = 0  # number of items scored
    # share of the items whose words are all in the vocabulary; NaN if undefined
    coverage: float = math.nan
    low: float = math.nan  # lower end of the 95 % interval; NaN if there is none
    high: float = math.nan  # upper end of the 95 % interval; NaN if there is none
    # how the cell ended: "ok"; "failed": it raised an error; "skipped": its predicted time, in
    # ``value``, exceeded the suite's limit
    status: Status = "ok"
    reason: str = ""  # why the cell failed or was skipped, in one line
    utc: str  # when the cell was complete, ISO 8601; the same in all records of one attempt
    # title, question and baseline of the suite, title of the corpus, and the command
    run: dict[str, str]
    # hardware, versions, commit; from :func:`sgns_bench.host.machine.describe_machine`
    machine: dict[str, Any]
    schema: int = SCHEMA  # version of the record format

    @property
    def setup(self) -> str:
        """Suite, corpus and device in one line, for messages."""
        return f"{self.suite} on {self.corpus} ({self.corpus_sha256[:12]}), {self.device}"


TYPES: Final = {field.name: get_origin(field.type) or field.type for field in fields(Record)}
FLOATS: Final = tuple(name for name, kind in TYPES.items() if kind is float)


def append(path: Path, records: Iterable[Record]) -> None:
    """Append records to a file in one write, and wait until they are on disk.

    An incomplete last line, left by a killed process, is removed first.
    """
    append_lines(path, (_to_line(record) for record in records))


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Append lines to a file in the way that :func:`append` appends records."""
    content = "".join(lines).encode()
    with path.open("ab+") as file:
        file.truncate(path.read_bytes().rfind(b"\n") + 1)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def to_line(entry: dict[str, Any]) -> str:
    """Return an entry as a line of JSON; NumPy scalars become Python numbers.

    Raises:
        TypeError: a value cannot be written as JSON.
        ValueError: a number is not finite.
    """
    text = json.dumps(
        entry, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_plain
    )
    return text + "\n"


def read(path: Path) -> list[Record]:
    """Return the records of a file; an incomplete last line is skipped with a warning.

    Raises:
        DatasetError: the file cannot be read, or a line is not a record.
        NotComparable: the file was written with an unknown schema.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None
    *lines, rest = content.split(b"\n")
    if rest:
        logger.warning("%s: the last line is cut short and left out", path)
    found = (_from_line(line, f"{path}: line {i}") for i, line in enumerate(lines, start=1))
    return [record for each in found for record in _upgraded(each)]


def latest(records: Iterable[Record]) -> list[Record]:
    """Return only the records of each cell's last attempt."""
    records = list(records)
    last = {record.cell: record.utc for record in records}
    return [record for record in records if record.utc == last[record.cell]]


def clash(records: Iterable[Record]) -> tuple[str, str] | None:
    """Return the setups of two records that cannot share a report, or None if all records can.

    All records of a report need the same suite and device, and the same content of each corpus.
    """
    first: dict[str, Record] = {}
    for record in records:
        one = next(iter(first.values()), record)
        same = first.setdefault(record.corpus, record)
        if (record.suite, record.device) != (one.suite, one.device):
            return one.setup, record.setup
        if record.corpus_sha256 != same.corpus_sha256:
            return same.setup, record.setup
    return None


def _to_line(record: Record) -> str:
    data = asdict(record)
    data |= {name: None for name in FLOATS if math.isnan(data[name])}
    return to_line(data)


def _plain(value: Any) -> Any:
    """Return a NumPy scalar as a Python number."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} cannot be recorded; give numbers, words or None")


def _from_line(line: bytes, where: str) -> Record:
    try:
        data = json.loads(line)
        schema = data["schema"]
    except (ValueError, KeyError, TypeError):
        raise DatasetError(f"{where}: is no record; was the file edited by hand?") from None
    if schema not in READABLE:
        raise NotComparable(
            f"{where}: schema {schema!r}, this version reads {READABLE}; run again with --fresh"
        )
    if schema != SCHEMA:
        data = _renamed(data)
    data |= {name: math.nan for name in FLOATS if name in data and data[name] is None}
    for name, value in data.items():
        if not _fits(value, TYPES.get(name)):
            raise DatasetError(f"{where}: is no record: {name} is {value!r}")
    try:
        return Record(**data)
    except TypeError as error:
        raise DatasetError(f"{where}: is no record: {error}") from None


def _upgraded(record: Record) -> list[Record]:
    """Convert a record to today's schema; the last of a schema-2 cell gets a "finished" record."""
    if record.schema == SCHEMA:
        return [record]
    old, record = record.schema, replace(record, config=_renamed(record.config), schema=SCHEMA)
    if old == 3:
        return [record]
    if record.status != "ok":
        return [replace(record, kind="finished")]
    record = replace(record, kind=KINDS_OF_2.get(record.dataset, "score"))
    if (record.metric, record.progress) != ("train_seconds", 1):
        return [record]
    return [record, replace(record, kind="finished", metric="", value=math.nan, unit="", n=0)]


def _renamed(data: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with today's names for those of schema 3."""
    return {RENAMED_IN_4.get(name, name): value for name, value in data.items()}


def _fits(value: object, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, (int, float))
    return not isinstance(kind, type) or isinstance(value, kind)
