"""Groups the records of a run by corpus, as tables of numbers for reports."""

import json
from collections.abc import Sequence
from functools import cached_property
from types import MappingProxyType

from sgns_bench.errors import DatasetError, NotComparable
from sgns_bench.record import Kind, Record, clash
from sgns_bench.report.dataframe import MAX_WORDS, Scatter, frame
from sgns_bench.report.grid import Grid


def by_corpus(
    records: Sequence[Record], scatter: Scatter = MappingProxyType({})
) -> list["Results"]:
    """Split records of every cell's last attempt by corpus, in the order of training.

    Raises:
        DatasetError: there are no records.
        NotComparable: the records belong to several runs.
    """
    if not records:
        raise DatasetError("there are no records to report; run a suite first")
    if found := clash(records):
        raise NotComparable(f"records of {found[0]} and of {found[1]} in one file; split them")
    names = dict.fromkeys(record.corpus for record in records)
    return [
        Results([record for record in records if record.corpus == name], scatter) for name in names
    ]


class Results:
    """The numbers of a run on one corpus.

    A prefix of 0 in the records, the whole corpus, becomes the number of its words here.

    Attributes:
        records: records of every cell's last attempt.
        scatter: points of scatter plots.
        everything: one row per number, with variants, curves and sections; "training" is the same
            in all rows of trainings that differ only in their seed.
        ends: the rows of ``everything`` at the end of a training, without sections.
        table: the rows of ``ends`` without variants.
        missing: one row per failed or skipped cell.
        grid: the settings that were varied.
    """

    def __init__(self, records: Sequence[Record], scatter: Scatter = MappingProxyType({})) -> None:
        self.records = records
        self.scatter = scatter
        rows = frame(records)
        rows["training"] = rows["cell"].map({r.cell: _training(r) for r in records})
        rows[MAX_WORDS] = rows[MAX_WORDS].where(rows[MAX_WORDS] > 0, rows["corpus_words"])
        self.everything = rows[rows["kind"] != "finished"]
        self.missing = rows[rows["status"] != "ok"]
        is_end = (self.everything["progress"] == 1) & (self.everything["section"] == "")
        self.ends = self.everything[is_end]
        self.table = self.ends[self.ends["variant"] == ""]
        self.grid = Grid(records, self.ends)

    @property
    def whole(self) -> Record:
        """A record of the whole corpus, or of its longest prefix."""
        return max(reversed(self.records), key=lambda record: record.corpus_words)

    @property
    def corpus(self) -> str:
        """Name and size of the corpus, for titles."""
        last = self.whole
        return f"{last.corpus} ({last.corpus_words:,} words, V = {last.vocabulary:,})"

    @property
    def baseline(self) -> str:
        """The trainer that others are compared with."""
        return self.records[-1].run["baseline"]

    @cached_property
    def trainers(self) -> list[str]:
        """The trainers with results, in the order of the suite."""
        return list(dict.fromkeys(self.table["trainer"]))

    @property
    def first(self) -> str:
        """The first trainer, whose default the variants are compared with; "" if none."""
        return self.trainers[0] if self.trainers else ""

    @property
    def seeds(self) -> int:
        """The number of seeds."""
        return int(self.ends["seed"].nunique())

    @cached_property
    def same_training(self) -> set[str]:
        """The variants that train as the main grid does, and score other vectors or measures."""
        known = {*self.table["training"]}
        found = self.ends[self.ends["variant"] != ""].groupby("variant")["training"]
        return {str(variant) for variant, trainings in found if {*trainings} <= known}

    @cached_property
    def sets(self) -> dict[str, Record]:
        """The evaluation sets, each with a record of its main metric."""
        return self._heads("score")

    @cached_property
    def fits(self) -> list[str]:
        """The measures that fit a line."""
        return [*self._heads("fit")]

    def _heads(self, kind: Kind) -> dict[str, Record]:
        """Return a record of each dataset's first metric, from the longest prefix."""
        firsts: dict[str, Record] = {}
        for record in sorted(self.records, key=lambda record: -record.corpus_words):
            if record.kind == kind and not record.section:
                firsts.setdefault(record.dataset, record)
        return firsts


def _training(record: Record) -> str:
    """Return what a training is made of, except its seed."""
    return json.dumps([record.trainer, record.max_words, record.config], sort_keys=True)
