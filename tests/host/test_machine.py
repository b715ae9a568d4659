import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sgns_bench.errors import Unavailable, UnknownName
from sgns_bench.host import machine
from sgns_bench.host.machine import PeakMemory, describe_machine, resolve_device

MIB = 2**20


@pytest.fixture
def cuda(monkeypatch):
    return lambda there: monkeypatch.setattr(machine, "has_cuda", lambda: there)


@pytest.mark.parametrize(
    ("name", "there", "expected"),
    [("auto", True, "cpu"), ("auto", False, "cpu"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_device_is_resolved(cuda, name, there, expected):
    cuda(there)

    assert expected == resolve_device(name)


def test_without_a_driver_devices_are_resolved_without_loading_torch(monkeypatch):
    monkeypatch.setattr(machine, "has_nvidia_driver", lambda: False)
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it would raise

    assert resolve_device("auto") == "cpu"


def test_asking_for_an_absent_gpu_says_what_to_do(cuda):
    cuda(False)

    with pytest.raises(Unavailable, match='use device="cpu"'):
        resolve_device("cuda")


def test_an_unknown_device_names_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'cuda'"):
        resolve_device("cudo")


def test_the_description_is_complete():
    described = describe_machine()

    assert described["cores"] >= 1
    assert described["processor"]
    assert described["versions"]["numpy"] == np.__version__


def test_outside_a_checkout_there_is_no_commit(tmp_path):
    assert {"commit": None, "dirty": None} == machine._checkout(tmp_path)


def test_a_checkout_gives_its_commit_and_says_when_it_is_dirty(tmp_path):
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    git("init")
    git("commit", "--allow-empty", "-m", "first")
    clean = machine._checkout(tmp_path)
    (tmp_path / "new").touch()

    assert {"commit": git("rev-parse", "HEAD"), "dirty": False} == clean
    assert machine._checkout(tmp_path)["dirty"]


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux resets the mark")
def test_peak_memory_counts_what_is_freed_inside_but_not_what_was_freed_before():
    with PeakMemory() as large:
        np.ones(64 * MIB, dtype=np.uint8)
    with PeakMemory() as nothing:
        pass

    assert 48 * MIB < large.peak_bytes - nothing.peak_bytes < 100 * MIB


@pytest.mark.parametrize(
    ("said", "expected"), [("NVIDIA H100\nNVIDIA H100\n", "NVIDIA H100"), ("", None)]
)
def test_the_card_has_the_name_that_its_driver_says(monkeypatch, said, expected):
    monkeypatch.setattr(machine, "has_nvidia_driver", lambda: True)
    done = subprocess.CompletedProcess([], 0, stdout=said)
    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: done)

    assert expected == machine._gpu()
