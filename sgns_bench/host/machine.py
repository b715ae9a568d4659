"""The machine of a run: devices, hardware description, and memory use of the process."""

import ctypes
import gc
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal, Self

from sgns_bench.errors import Unavailable, UnknownName

Device = Literal["cpu", "cuda"]

DEVICES: Final = ("auto", "cpu", "cuda")
LIBRARIES: Final = ("sgns-bench", "torch", "triton", "numpy", "scipy", "numba", "gensim")


def resolve_device(name: str) -> Device:
    """Return the device to train on.

    "auto" is "cpu" until our GPU kernel has run on a GPU and its results are as good.

    Raises:
        UnknownName: ``name`` is not "auto", "cpu" or "cuda".
        Unavailable: ``name`` is "cuda", and torch finds no CUDA device.
    """
    if name not in DEVICES:
        raise UnknownName("device", name, DEVICES)
    if name in ("auto", "cpu"):
        return "cpu"
    if not has_cuda():
        raise Unavailable(
            "device 'cuda': torch finds no CUDA device here; use device=\"cpu\", "
            "or install a torch build with CUDA on a machine with an NVIDIA GPU"
        )
    return "cuda"


def has_nvidia_driver() -> bool:
    """Return whether this machine has an NVIDIA driver, without importing torch."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def has_cuda() -> bool:
    """Return whether torch can use an NVIDIA GPU; imports torch only if there is a driver."""
    if not has_nvidia_driver():  # saves the seconds of importing torch
        return False
    import torch

    return torch.cuda.is_available()


def usable_cores() -> int:
    """Return the number of CPU cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe_machine() -> dict[str, Any]:
    """Return hardware, operating system, package versions and commit, as context of a measurement.

    Versions come from package metadata; nothing is imported. ``commit`` and ``dirty`` are None
    outside a git checkout, ``gpu`` without an NVIDIA GPU, ``memory_bytes`` if unknown.
    """
    return {
        "processor": _processor(),
        "cores": usable_cores(),
        "memory_bytes": _memory_bytes(),
        "gpu": _gpu(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in LIBRARIES},
        **_checkout(Path(__file__).resolve().parents[2]),
    }


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    with suppress(AttributeError, OSError, ValueError):  # no sysconf on Windows
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _gpu() -> str | None:
    """Return the name of the first NVIDIA GPU, or None."""
    if not has_nvidia_driver():
        return None
    try:
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.partition("\n")[0].strip() or None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _checkout(root: Path) -> dict[str, Any]:
    """Return the commit of the git checkout at ``root``, and whether files differ from it."""
    # Only if root itself is a repository: git would also find the one of an enclosing project.
    if not (root / ".git").exists():
        return {"commit": None, "dirty": None}

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
        return done.stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": git("status", "--porcelain") != ""}
    except (OSError, subprocess.SubprocessError):  # no git, or no commit yet
        return {"commit": None, "dirty": None}


class PeakMemory:
    """Measure the peak resident memory of this process inside a ``with`` block.

    On Linux the kernel's high-water mark is reset on entry and read on exit. Elsewhere, or if the
    reset is not allowed, the result is the peak since the process started, an upper bound.

    Attributes:
        peak_bytes: the peak in bytes; NaN before the block ends, and on Windows.
    """

    def __init__(self) -> None:
        self.peak_bytes = float("nan")

    def __enter__(self) -> Self:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # man 5 proc: resets VmHWM
        return self

    def __exit__(self, *_: object) -> None:
        self.peak_bytes = self.so_far()

    def so_far(self) -> float:
        """Return the peak since entry, in bytes; right after entry, the current memory."""
        with suppress(OSError):
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return float(line.split()[1]) * 1024
        if sys.platform == "win32":
            return float("nan")
        import resource

        unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, others kibibytes
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def release_memory() -> None:
    """Return memory that this process has freed to the system, if the C library is glibc.

    A later measurement of the peak would otherwise miss allocations that reuse this memory.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Limit torch to one thread inside a ``with`` block.

    Small operations gain nothing from more threads; on a busy machine, synchronisation can make
    them a hundred times slower.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
