"""Nothing is lost, and nothing half written is believed, when a process is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kills.py")


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
@pytest.mark.parametrize("kills", [5, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("subject", ["training", "encoding", "run"])
def test_what_is_killed_at_any_moment_ends_as_if_it_had_not_been(subject, kills):
    done = subprocess.run(
        [sys.executable, SCRIPT, subject, str(kills)], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert f"{kills} kills" in done.stdout
