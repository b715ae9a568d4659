"""Find the folders of shipped TOML files and of the cache, and make output folders."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import platformdirs

from sgns_bench.errors import ConfigError

Kind = Literal["evals", "datasets"]


def shipped(kind: Kind) -> Traversable:
    """Return the folder of shipped ``evals`` or ``datasets`` files.

    An installed wheel has them at ``sgns_bench/_data/<kind>``; a checkout or an editable install
    has them beside the package.
    """
    in_wheel = files("sgns_bench") / "_data" / kind
    if in_wheel.is_dir():
        return in_wheel
    return Path(__file__).resolve().parents[2] / kind


def names(kind: Kind) -> list[str]:
    """Return the names of all shipped files of a kind, without ``.toml``."""
    files = (Path(file.name) for file in shipped(kind).iterdir())
    return sorted(file.stem for file in files if file.suffix == ".toml")


def cache_folder() -> Path:
    """Return ``$SGNS_BENCH_CACHE``, or the platform's cache folder for this package."""
    return Path(os.environ.get("SGNS_BENCH_CACHE") or platformdirs.user_cache_dir("sgns_bench"))


def cannot_write(folder: Path, error: OSError) -> str:
    """Return the error message for a cache folder that is read-only or full."""
    return (
        f"{folder}: cannot be written: {error.strerror or error}; make room, or set"
        " SGNS_BENCH_CACHE to another folder"
    )


@contextmanager
def output_folder(folder: Path) -> Iterator[None]:
    """Create a folder that can be written, and remove it again if an error leaves it empty.

    Raises:
        ConfigError: the folder cannot be written.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        _check_writable(folder)
        yield
    except BaseException:
        with suppress(OSError):  # not empty
            for each in made:
                each.rmdir()
        raise


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"--out {folder}: cannot be written: {reason}; choose another") from None
