"""Converts records to a pandas DataFrame with a row for each number."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import pandas as pd

from sgns_bench.config import SkipGramConfig
from sgns_bench.record import Record

Point = Mapping[str, Any]
"""Values of some settings."""
Scatter = Mapping[tuple[str, str], Mapping[str, Any]]
"""Points of scatter plots, by cell and measure."""

K: Final = "negative"
POWER: Final = "ns_exponent"
MAX_WORDS: Final = "max_words"
DEFAULTS: Final = SkipGramConfig(workers=2).as_dict()  # on whatever machine the report is written
SETTINGS: Final = [name for name in DEFAULTS if name != "seed"]


def frame(records: Sequence[Record]) -> pd.DataFrame:
    """Return one row per number, and one row per failed or skipped cell.

    Settings are columns, empty where a trainer ignores them.
    """
    rows = []
    for record in records:
        if (record.kind, record.status) != ("finished", "ok"):
            row = asdict(record)
            config, machine = row.pop("config"), row.pop("machine")
            del row["run"], row["schema"]
            rows.append({**row, **config, "commit": machine.get("commit")})
    return pd.DataFrame(rows).convert_dtypes()


def at(rows: pd.DataFrame, point: Point) -> pd.DataFrame:
    """Return the rows with the settings of a point; an empty setting matches every value."""
    for axis, value in point.items():
        rows = rows[((rows[axis] == value) | rows[axis].isna()).astype(bool)]
    return rows
