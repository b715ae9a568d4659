"""The numbers of a run on one corpus, ready to be reported."""

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
    """Part the records of a run by corpus, in the order in which they were trained on.

    Args:
        records: of the last attempt of every cell.
        scatter: points of scatter plots.

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
        Results([record for record in records if record.corpus == name], scatter) for name in names
    ]


class Results:
    """The numbers of a run on one corpus.

    A prefix of 0 words stands for the whole corpus in the records, for its words here.

    Attributes:
        records: of the last attempt of every cell.
        scatter: points of scatter plots.
        everything: one row per number: variants, curves and sections too.
        ends: those at the end of a training, sections left out.
        table: those of no variant.
        missing: one row per failed or skipped cell.
        grid: the settings that were varied.
    """

    def __init__(self, records: Sequence[Record], scatter: Scatter = MappingProxyType({})) -> None:
        self.records = records
        self.scatter = scatter
        rows = frame(records)
        rows[MAX_WORDS] = rows[MAX_WORDS].where(rows[MAX_WORDS] > 0, rows["corpus_words"])
        self.everything = rows[rows["kind"] != "finished"]
        self.missing = rows[rows["status"] != "ok"]
        is_end = (self.everything["progress"] == 1) & (self.everything["section"] == "")
        self.ends = self.everything[is_end]
        self.table = self.ends[self.ends["variant"] == ""]
        self.grid = Grid(records, self.ends)

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
    def sets(self) -> dict[str, Record]:
        """The evaluation sets, each with a record of its main metric."""
        return self._heads("score")

    @cached_property
    def fits(self) -> list[str]:
        """The measures that fit a line."""
        return [*self._heads("fit")]

    def _heads(self, kind: Kind) -> dict[str, Record]:
        """The first metric of each dataset, a record of the longest prefix."""
        firsts: dict[str, Record] = {}
        for record in sorted(self.records, key=lambda record: -record.corpus_words):
            if record.kind == kind and not record.section:
                firsts.setdefault(record.dataset, record)
        return firsts
