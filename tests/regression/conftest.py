from pathlib import Path

import numpy as np
import pytest

from sgns_bench import record
from sgns_bench.bench.suite import Suite
from sgns_bench.record import Record

GATES = {
    "speedups": {"kernel": 0.07, "end_to_end_bytes": 0.1},
    "planted-analogies": {"accuracy": 0.03},
}
NUMBERS = {  # unit, higher is better, typical value, coverage
    ("speedups", "kernel"): ("x", True, 8.0, np.nan),
    ("speedups", "end_to_end_bytes"): ("bytes", False, 40e6, np.nan),
    ("planted-analogies", "accuracy"): ("fraction", True, 0.9, 1.0),
}
MACHINE = {
    "processor": "P", "cores": 2, "gpu": None, "system": "Linux-6.1", "python": "3.11.7",
    "versions": {"gensim": "4.4.0", "numpy": "2.4.0", "torch": "2.13.0"},
}  # fmt: skip


@pytest.fixture
def suite():
    return Suite(
        name="regression", title="T", question="Q?", trainers=["sgns"], gates=GATES,
        corpora=[{"name": "planted", "score_on": ["planted-analogies"], "measure": ["speedups"]}],
        config={"epochs": 1},
    )  # fmt: skip


@pytest.fixture
def write(tmp_path):
    """Return a function that writes the records of a run and returns their folder."""

    def write(name, *, seeds=8, times=None, noise=0.01, **changes) -> Path:
        """Write so many repeats, of some metrics so many times what is typical."""
        folder = tmp_path / name
        folder.mkdir()
        rng = np.random.default_rng(sum(name.encode()))
        records = []
        for seed in range(1, seeds + 1):
            for (dataset, metric), (unit, higher, value, coverage) in NUMBERS.items():
                value *= (times or {}).get(metric, 1.0) * np.exp(rng.normal(scale=noise))
                fields = {
                    "cell": f"c{seed}", "suite": "regression", "trainer": "sgns", "corpus": "planted",
                    "corpus_sha256": "ab" * 32, "corpus_words": 10, "vocabulary": 3,
                    "config": {"epochs": 1, "negative": 5}, "seed": seed, "device": "cpu", "dataset": dataset,
                    "metric": metric, "value": value, "unit": unit, "higher_is_better": higher,
                    "coverage": coverage, "utc": "2026-01-01T00:00:00.000+00:00", "run": {},
                    "machine": MACHINE,
                }  # fmt: skip
                records.append(Record(**fields | changes))
        record.append(folder / "records.jsonl", records)
        return folder

    return write
