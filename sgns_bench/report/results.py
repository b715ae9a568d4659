"""What a run found on one corpus: its numbers, by trainer, setting and evaluation set."""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from types import MappingProxyType
from typing import Any

import pandas as pd

from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import Record, clash
from sgns_bench.report import text
from sgns_bench.report.frames import DEFAULTS, POWER, PREFIX, SETTINGS, K, Point, Points, at, frame


def by_corpus(records: Sequence[Record], points: Points = MappingProxyType({})) -> list["Results"]:
    """Part the records of a run by corpus, in the order in which they were trained on.

    Args:
        records: of the last attempt of every cell.
        points: of scatter plots, by cell and measure.

    Raises:
        DatasetError: there are none.
        NotComparable: they are of several runs.
    """
    if not records:
        raise DatasetError("there are no records to report; run a suite first")
    if found := clash(records):
        raise NotComparable(f"records of {found[0]} and of {found[1]} in one file; part them")
    names = dict.fromkeys(record.corpus for record in records)
    return [
        Results([record for record in records if record.corpus == name], points) for name in names
    ]


class Results:
    """What a run found on one corpus, ready to be reported.

    A prefix of 0 words stands for the whole corpus in the records, for its words here.

    Attributes:
        records: of the last attempt of every cell.
        everything: one row per number of the successful cells: variants, curves and sections too.
        variants: one row per number at the end of a training, sections left out.
        table: those of no variant.
        sections: the rows of sections at the end of a training, of no variant.
        missing: one row per failed or skipped cell.
        scatter: points of scatter plots, by cell and measure.
    """

    def __init__(self, records: Sequence[Record], points: Points = MappingProxyType({})) -> None:
        self.records = records
        self.scatter = points
        rows = frame(records)
        rows[PREFIX] = rows[PREFIX].where(rows[PREFIX] > 0, rows["corpus_words"])
        self.everything = rows[rows["status"] == "ok"]
        ends = self.everything[self.everything["progress"] == 1]
        self.variants = ends[ends["section"] == ""]
        self.table = self.variants[self.variants["variant"] == ""]
        self.sections = ends[(ends["section"] != "") & (ends["variant"] == "")]
        self.missing = rows[rows["status"] != "ok"]

    @property
    def whole(self) -> Record:
        """A record of the whole corpus, or of the longest prefix that was trained on."""
        return max(reversed(self.records), key=lambda record: record.corpus_words)

    @property
    def corpus(self) -> str:
        """Its name and size."""
        last = self.whole
        return f"{last.corpus} ({last.corpus_words:,} words, V = {last.vocabulary:,})"

    @property
    def baseline(self) -> str:
        """The trainer that others are compared with."""
        return self.records[-1].run["baseline"]

    @cached_property
    def trainers(self) -> list[str]:
        """Those with results, in the order of the suite."""
        return list(dict.fromkeys(self.table["trainer"]))

    @property
    def first(self) -> str:
        """The trainer whose default the variants are compared with."""
        return self.trainers[0] if self.trainers else ""

    @cached_property
    def varying(self) -> list[str]:
        """Settings of which more than one value was tried, variants apart; and the prefix."""
        values: dict[str, set[str]] = {}
        for record in self.records:
            if not record.variant:
                for name, value in {**record.config, PREFIX: record.prefix}.items():
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
        """The main metric of each evaluation set, a record of the longest prefix."""
        firsts: dict[str, Record] = {}
        for record in sorted(self.records, key=lambda record: -record.corpus_words):
            if record.dataset and not record.section:
                firsts.setdefault(record.dataset, record)
        return firsts

    @cached_property
    def sets(self) -> dict[str, Record]:
        """The headlines of evaluation sets; what measures the training itself is left out."""
        return {
            name: head
            for name, head in self.headlines.items()
            if name not in self.laws and name not in self.costs
        }

    @cached_property
    def laws(self) -> list[str]:
        """Measures that fit a line: they have a slope."""
        rows = self.variants[self.variants["metric"] == "slope"]
        return [str(name) for name in rows["dataset"].unique()]

    @cached_property
    def costs(self) -> list[str]:
        """Measures of something that grows: their sections are sizes."""
        rows = self.everything[self.everything["section"].str.isdecimal()]
        return [str(name) for name in rows["dataset"].unique()]

    def values(self, axis: str) -> list[Any]:
        """Values of a setting that were tried, rising."""
        return sorted(self.table[axis].dropna().unique().tolist()) if axis in self.table else []

    def focus(self, axis: str) -> Any:
        """The value to speak of where there is room for one.

        It is gensim's default, or else the middle; of a corpus, all that there is.
        """
        values = self.values(axis)
        if axis == PREFIX:
            return values[-1]
        return DEFAULTS[axis] if DEFAULTS[axis] in values else values[len(values) // 2]

    def default(self, *but: str) -> dict[str, Any]:
        """Return the point to speak of, with all values of some axes."""
        return {a: self.focus(a) for a in self.axes if a not in but and self.values(a)}

    def points(self, axes: Sequence[str]) -> Iterator[Point]:
        """Yield every combination of the values of some axes."""
        axes = [axis for axis in axes if self.values(axis)]
        for values in product(*map(self.values, axes)):
            yield dict(zip(axes, values, strict=True))

    def numbers(self, trainer: str, metric: str, point: Point, dataset: str = "") -> pd.DataFrame:
        """Return the rows of one trainer and metric at a point.

        A setting that the trainer ignores is no obstacle.
        """
        what = {"trainer": trainer, "metric": metric, "dataset": dataset}
        return at(self.table, {**what, **point})

    def scores(self, trainer: str, dataset: str, point: Point) -> list[float]:
        """Values of the main metric at a point, one per seed; NaN left out."""
        metric = self.headlines[dataset].metric
        return list(self.numbers(trainer, metric, point, dataset)["value"].dropna())

    def is_scored(self, dataset: str) -> bool:
        """Whether an evaluation set has any number: none has if all its items are unknown."""
        own = self.variants["dataset"] == dataset
        return bool(self.variants.loc[own, "value"].notna().any())

    def samples(
        self, trainer: str, dataset: str, axes: Sequence[str]
    ) -> dict[tuple[Any, ...], list[float]]:
        """Return values of the main metric, one per seed, by values of some axes.

        Other axes have the value to speak of; combinations without a result are left out.
        """
        metric = self.headlines[dataset].metric
        rows = self.numbers(trainer, metric, self.default(*axes), dataset).dropna(subset="value")
        if rows.empty or any(axis not in rows or rows[axis].isna().any() for axis in axes):
            return {}
        return {
            tuple(key): list(group["value"]) for key, group in rows.groupby(list(axes), sort=True)
        }

    @cached_property
    def ladders(self) -> dict[str, str]:
        """Variants that try several values of one setting, an axis of its own; and the setting."""
        found = {}
        for name, rows in self.variants[self.variants["variant"] != ""].groupby("variant"):
            for axis in (*SETTINGS, PREFIX):
                if axis in rows and rows[axis].nunique() > 1 and axis not in self.varying:
                    found[str(name)] = axis
        return found

    @cached_property
    def ablations(self) -> list[str]:
        """Variants that differ from the default in one way, in the order of the suite."""
        names = map(str, self.variants["variant"].unique())
        return [name for name in names if name and name not in self.ladders]

    @property
    def all_axes(self) -> list[str]:
        """The axes, and those of variants."""
        return list(dict.fromkeys([*self.axes, *self.ladders.values()]))

    def along(self, axis: str) -> pd.DataFrame:
        """Return the rows of trainings that differ from the default in one setting at most."""
        names = ["", *(name for name, setting in self.ladders.items() if setting == axis)]
        return at(self.variants[self.variants["variant"].isin(names)], self.default(axis))

    def at_default(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows at the point to speak of; variants agree with their own values."""
        default = at(rows[rows["variant"] == ""], self.default())
        others = [
            at(own, {a: v for a, v in self.default().items() if (own[a] == v).any()})
            for name, own in rows.groupby("variant", sort=False)
            if name
        ]
        return pd.concat([default, *others])

    def name_of(self, row: pd.Series) -> str:
        """Return trainer and, of a variant, what it changes: "sgns (k = 10)"."""
        axis = self.ladders.get(row["variant"])
        change = text.settings({axis: row[axis]}) if axis else row["variant"]
        return f"{row['trainer']} ({change})" if change else str(row["trainer"])

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
