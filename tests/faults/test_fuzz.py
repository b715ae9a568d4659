"""Whatever a file holds, it is read or refused in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzz.py")
FAST = {"text": 100, "vectors": 100, "manifests": 200, "suites": 200, "records": 8, "corpora": 100}


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    ("kind", "cases"),
    [
        *FAST.items(),
        ("checkpoints", 40),
        *(pytest.param(kind, 3000, marks=pytest.mark.slow) for kind in FAST if kind != "records"),
        pytest.param("records", 300, marks=pytest.mark.slow),
    ],
)
def test_a_mutated_file_is_read_or_refused_in_one_line(kind, cases):
    done = subprocess.run(
        [sys.executable, SCRIPT, kind, str(cases), "7"], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{kind}: {cases} cases" in done.stdout
