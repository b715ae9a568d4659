"""The records of a run as a table, and the few statistics that a report needs of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sgns_bench.config import SkipGramConfig
from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import Record, clash

Point = Mapping[str, Any]

K: Final = "negative"
POWER: Final = "ns_exponent"
DEFAULTS: Final = SkipGramConfig().as_dict()


class Difference(NamedTuple):
    """Mean of one sample less that of another, with its 95 % interval (NaN below two values)."""

    mean: float
    low: float
    high: float

    @property
    def is_real(self) -> bool:
        """Whether the interval excludes zero; False where there is no interval."""
        return self.low > 0 or self.high < 0


def difference(a: Sequence[float], b: Sequence[float]) -> Difference:
    """Compare the means of two samples of seeds, of unequal variance (Welch 1947)."""
    mean = float(np.mean(a) - np.mean(b))
    if min(len(a), len(b)) < 2:
        return Difference(mean, np.nan, np.nan)
    squared_a, squared_b = (float(np.var(x, ddof=1)) / len(x) for x in (a, b))
    squared = squared_a + squared_b
    if squared == 0:  # no noise at all
        return Difference(mean, mean, mean)
    freedom = squared**2 / (squared_a**2 / (len(a) - 1) + squared_b**2 / (len(b) - 1))
    margin = float(stats.t.ppf(0.975, freedom)) * squared**0.5
    return Difference(mean, mean - margin, mean + margin)


def frame(records: Sequence[Record]) -> pd.DataFrame:
    """Return one row per record; settings are columns, empty where a trainer ignores them."""
    rows = []
    for record in records:
        row = asdict(record)
        config, machine = row.pop("config"), row.pop("machine")
        del row["run"], row["schema"]
        rows.append({**row, **config, "commit": machine.get("commit")})
    return pd.DataFrame(rows).convert_dtypes()


def by_corpus(records: Sequence[Record]) -> list["Results"]:
    """Part the records of a run by corpus, in the order in which they were trained on.

    Args:
        records: of the last attempt of every cell.

    Raises:
        DatasetError: there are none.
        NotComparable: they are of several runs.
    """
    if not records:
        raise DatasetError("there are no records to report; run a suite first")
    if found := clash(records):
        raise NotComparable(f"records of {found[0]} and of {found[1]} in one file; part them")
    names = dict.fromkeys(record.corpus for record in records)
    return [Results([record for record in records if record.corpus == name]) for name in names]


class Results:
    """What a run found on one corpus, ready to be reported.

    Attributes:
        records: of the last attempt of every cell.
        table: one row per number of the successful cells, sections left out.
        sections: the rows of sections.
        missing: one row per failed or skipped cell.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        everything = frame(records)
        done = everything[everything["status"] == "ok"]
        self.table = done[done["section"] == ""]
        self.sections = done[done["section"] != ""]
        self.missing = everything[everything["status"] != "ok"]

    @property
    def corpus(self) -> str:
        """Its name and size."""
        last = self.records[-1]
        return f"{last.corpus} ({last.corpus_words:,} words, V = {last.vocabulary:,})"

    @property
    def baseline(self) -> str:
        """The trainer that others are compared with."""
        return self.records[-1].run["baseline"]

    @cached_property
    def trainers(self) -> list[str]:
        """Those with results, in the order of the suite."""
        return list(dict.fromkeys(self.table["trainer"]))

    @cached_property
    def varying(self) -> list[str]:
        """Settings of which more than one value was tried."""
        values: dict[str, set[str]] = {}
        for record in self.records:
            for name, value in record.config.items():
                values.setdefault(name, set()).add(json.dumps(value))
        return [name for name, seen in values.items() if len(seen) > 1]

    @property
    def axes(self) -> list[str]:
        """Negatives, power, then the other settings that vary."""
        return [K, POWER, *self.extra_axes]

    @cached_property
    def extra_axes(self) -> list[str]:
        """Settings that vary, k and power apart."""
        return [name for name in self.varying if name not in (K, POWER)]

    @cached_property
    def headlines(self) -> dict[str, Record]:
        """The first record of each evaluation set as a whole: its main metric."""
        firsts: dict[str, Record] = {}
        for record in self.records:
            if record.dataset and not record.section:
                firsts.setdefault(record.dataset, record)
        return firsts

    def values(self, axis: str) -> list[Any]:
        """Values of a setting that were tried, rising."""
        return sorted(self.table[axis].dropna().unique().tolist()) if axis in self.table else []

    def focus(self, axis: str) -> Any:
        """The value to speak of where there is room for one: gensim's default, or the middle."""
        values = self.values(axis)
        return DEFAULTS[axis] if DEFAULTS[axis] in values else values[len(values) // 2]

    def points(self, axes: Sequence[str]) -> Iterator[Point]:
        """Yield every combination of the values of some axes."""
        axes = [axis for axis in axes if self.values(axis)]
        for values in product(*map(self.values, axes)):
            yield dict(zip(axes, values, strict=True))

    def numbers(self, trainer: str, metric: str, point: Point, dataset: str = "") -> pd.DataFrame:
        """Return the rows of one trainer and metric at a point.

        A setting that the trainer ignores is no obstacle.
        """
        table = self.table
        rows = table[
            (table["trainer"] == trainer)
            & (table["metric"] == metric)
            & (table["dataset"] == dataset)
        ]
        return at(rows, point)

    def scores(self, trainer: str, dataset: str, point: Point) -> list[float]:
        """Values of the main metric at a point, one per seed; NaN left out."""
        metric = self.headlines[dataset].metric
        return list(self.numbers(trainer, metric, point, dataset)["value"].dropna())

    def ignores(self, trainer: str, axis: str) -> bool:
        """Whether a setting makes no difference to a trainer."""
        rows = self.table[self.table["trainer"] == trainer]
        return axis not in rows or bool(rows[axis].isna().all())

    def ratios(self, trainer: str, point: Point) -> list[float]:
        """Words per second over the baseline's of the same round: same seed, same settings."""
        metric = "words_per_second"
        ratios = []
        for _, row in self.numbers(trainer, metric, point).iterrows():
            same = {a: row[a] for a in self.axes if a in row and pd.notna(row[a])}
            base = self.numbers(self.baseline, metric, {**point, **same, "seed": row["seed"]})
            if len(base):
                ratios.append(float(row["value"] / base["value"].median()))
        return ratios


def at(rows: pd.DataFrame, point: Point) -> pd.DataFrame:
    """Return the rows at a point; an empty setting agrees with every value."""
    for axis, value in point.items():
        rows = rows[((rows[axis] == value) | rows[axis].isna()).astype(bool)]
    return rows
