"""Corpora and evaluation sets: one manifest each in ``datasets/``, its file name is its name."""

import hashlib
import tomllib
from functools import cache
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sgns_bench.errors import DatasetError, UnknownName
from sgns_bench.resources import shipped

Kind = Literal["corpus", "analogy", "similarity"]
Text = Annotated[str, Field(min_length=1)]


class Dataset(BaseModel):
    """What a manifest says of a data set: where it is, whose it is, how to read it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Text
    """The manifest's file name, less ``.toml``."""
    kind: Kind
    title: Text
    package: Text
    """The installed package that ships the file."""
    path: Text
    """The file, relative to the folder of ``package``."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(gt=0)]
    licence: Text
    """As its authors state it, or "not stated"."""
    reference: Text
    """What to cite, or where it comes from."""
    format: Literal["text", "wikipedia-dump", "questions-words", "word-pairs"]
    """``text``: one sentence a line. ``wikipedia-dump``: MediaWiki XML, bzip2. ``questions-words``:
    four words a line, sections begin with a colon. ``word-pairs``: word, word, score between tabs,
    comments begin with #."""

    def local_path(self) -> Path:
        """Return where the file lies, its sha256 checked once per process.

        Raises:
            DatasetError: it is not there, or is another file than the manifest describes.
        """
        path = self._package_folder() / self.path
        if not path.is_file():
            raise DatasetError(f"{self.name}: no file {path}; reinstall {self.package}")
        found = _checked_sha256(path)
        if found != self.sha256:
            raise DatasetError(
                f"{path}: sha256 is {found[:8]}…, datasets/{self.name}.toml says"
                f" {self.sha256[:8]}…; reinstall {self.package}"
            )
        return path

    def _package_folder(self) -> Path:
        spec = find_spec(self.package)  # finds it without importing it
        if spec is None or not spec.submodule_search_locations:
            raise DatasetError(
                f"{self.name}: package {self.package!r}, which ships it, is not installed;"
                f" pip install {self.package}"
            )
        return Path(spec.submodule_search_locations[0])


def names(kind: Kind | None = None) -> list[str]:
    """Return the names of all data sets, or of those of one kind."""
    files = (Path(file.name) for file in shipped("datasets").iterdir())
    known = sorted(file.stem for file in files if file.suffix == ".toml")
    return [name for name in known if kind is None or load(name).kind == kind]


def load(name: str) -> Dataset:
    """Return the manifest of that name.

    Raises:
        UnknownName: there is none.
        DatasetError: it is no valid manifest; the message names file and key.
    """
    if name not in names():
        raise UnknownName("dataset", name, names())
    return _read(name, shipped("datasets") / f"{name}.toml")


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, as 64 hexadecimal digits.

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None


_checked_sha256 = cache(file_sha256)


def _read(name: str, file: Traversable) -> Dataset:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
        if "name" in table:
            raise DatasetError(f"datasets/{name}.toml: name: the file's name is the name; remove")
        return Dataset(name=name, **table)
    except tomllib.TOMLDecodeError as error:
        raise DatasetError(f"datasets/{name}.toml: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise DatasetError(f"datasets/{name}.toml: {key}: {first['msg']}") from None
