"""Write files so that neither a crash nor an error loses the old content or half of the new."""

import glob
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

STALE_SECONDS: Final = 86_400  # age at which unfinished files of killed processes are removed
UNFINISHED: Final = ".unfinished-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a new file to write, which takes the place of ``path`` at the end.

    The new file is on disk before it is renamed, and the folder after it; until then, and after any
    exception, the old file is unchanged. The new file takes over the old one's mode and, if
    permitted, its owner. If ``path`` is a symbolic link, the file that it points to is replaced. If
    it is no regular file, such as ``/dev/stdout`` or a pipe, the content is written into it.

    Args:
        path: the file; the name of the new one ends with the same name.

    Raises:
        OSError: the file cannot be written.
    """
    target = path.resolve() if path.is_symlink() else path
    if target.exists() and not target.is_file():
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder, target.name)
            with Path(folder, target.name).open("rb") as new, target.open("wb") as there:
                shutil.copyfileobj(new, there)
        return
    _remove_stale(target)
    unfinished = target.with_name(f"{UNFINISHED}{uuid4().hex}-{target.name}")
    try:
        yield unfinished
        _take_mode_and_owner(unfinished, target)
        sync(unfinished)
        unfinished.replace(target)
        sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def replacing_all(path: Path) -> Iterator[Path]:
    """Yield the path of a new file to write; files whose names begin with its own may come with it.

    At the end all of them, on disk, take their places beside ``path``, and it comes last. Until then,
    and after any exception, the old files are unchanged.

    Raises:
        OSError: a file cannot be written.
    """
    path = path.resolve() if path.is_symlink() else path
    if path.exists() and not path.is_file():
        yield path
        return
    prefix = f"{UNFINISHED}{uuid4().hex}-"
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as folder:
        yield Path(folder, path.name)
        written = sorted(Path(folder).iterdir(), key=lambda new: new.name == path.name)
        for new in written:
            _take_mode_and_owner(new, path.with_name(new.name))
            sync(new)
        for new in written:
            new.replace(path.with_name(new.name))
        sync(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text to a file, in the way of :func:`replacing`."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    if os.name == "nt" and path.is_dir():  # Windows has no handles of folders
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_mode_and_owner(new: Path, old: Path) -> None:
    with suppress(FileNotFoundError):
        state = old.stat()
        new.chmod(stat.S_IMODE(state.st_mode))
        if hasattr(os, "chown") and (state.st_uid, state.st_gid) != (os.getuid(), os.getgid()):
            with suppress(PermissionError):
                os.chown(new, state.st_uid, state.st_gid)


def _remove_stale(target: Path) -> None:
    """Remove old unfinished files of the same name; recent ones may still be written."""
    for left in target.parent.glob(f"{UNFINISHED}*-{glob.escape(target.name)}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                left.unlink()
