"""Checksums of files, cached so that large files are not read again at each use."""

import hashlib
import json
import os
import time
from functools import cache
from pathlib import Path
from typing import Final

from sgns_bench.errors import DatasetError
from sgns_bench.host.resources import cache_folder

SMALL: Final = 1 << 20  # bytes; hashing a smaller file is faster than caching its checksum
SETTLED: Final = 2.0  # seconds; a coarse file clock does not show two changes closer than this

Stamp = tuple[int, int, int]


def checked_sha256(path: Path) -> str:
    """Return the sha256 of a file, as 64 hexadecimal digits.

    A file with unchanged size and times is not read again: in this process, and for a large file
    also in later ones.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        stamp = stamp_of(path)
        return _sha256_as_of(path.resolve(), stamp) if _is_settled(stamp) else _digest(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None


def known_sha256(path: Path) -> str | None:
    """Return the sha256 of a file if it is cached or the file is small, else None.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        stamp = stamp_of(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None
    if stamp[0] < SMALL:
        return checked_sha256(path)
    return _recall(_remark(path.resolve()), stamp) if _is_settled(stamp) else None


def remember_sha256(path: Path, stamp: Stamp, sha256: str) -> None:
    """Cache the sha256 of a file that the caller has read as a whole.

    ``stamp`` is from :func:`stamp_of` before reading; if it has changed, nothing is cached.
    """
    if stamp[0] >= SMALL and _is_settled(stamp) and stamp == stamp_of(path):
        _remember(_remark(path.resolve()), stamp, sha256)


def stamp_of(path: Path) -> Stamp:
    """Return a file's size in bytes and its modification and change times in nanoseconds."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _is_settled(stamp: Stamp) -> bool:
    return time.time() - max(stamp[1:]) / 1e9 > SETTLED


@cache
def _sha256_as_of(path: Path, stamp: Stamp) -> str:
    if stamp[0] < SMALL:
        return _digest(path)
    remark = _remark(path)
    return _recall(remark, stamp) or _remember(remark, stamp, _digest(path))


def _remark(path: Path) -> Path:
    name = hashlib.sha256(os.fsencode(path)).hexdigest()
    return cache_folder() / "checksums" / f"{name}.json"


def _recall(remark: Path, stamp: Stamp) -> str | None:
    try:
        *found, sha256 = json.loads(remark.read_text("utf-8"))
    except (OSError, ValueError):
        return None  # missing or damaged
    return str(sha256) if tuple(found) == stamp else None


def _remember(remark: Path, stamp: Stamp, sha256: str) -> str:
    unfinished = remark.with_suffix(f".{os.getpid()}")
    try:
        remark.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps([*stamp, sha256]), "utf-8")
        unfinished.replace(remark)
    except OSError:
        pass  # without the cache only time is lost
    return sha256


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
