"""A command that is asked to end does so in order."""

import os
import signal
import subprocess
import sys
import time

import pytest


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_training_that_is_ended_writes_a_last_checkpoint(tmp_path, number, code):
    text, folder = tmp_path / "text.txt", tmp_path / "c"
    text.write_text("\n".join(" ".join(f"w{(i * j) % 97}" for j in range(50)) for i in range(500)))
    command = [sys.executable, "-m", "sgns_bench", "train", text, "--out", tmp_path / "v.kv"]
    command += ["--epochs", "100000", "--checkpoint", folder, "--checkpoint-seconds", "0.1"]

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as training:
        while not list(folder.glob("checkpoint-*")):
            time.sleep(0.05)
            assert training.poll() is None
        training.send_signal(number)
        _, shown = training.communicate(timeout=60)

    assert training.returncode == code
    assert f"{folder}: has what is trained, the same command goes on\ninterrupted\n" in shown
    assert not list(folder.glob(".unfinished-*"))
    assert not (tmp_path / "v.kv").exists()
