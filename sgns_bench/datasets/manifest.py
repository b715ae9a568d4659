"""Manifests of corpora and evaluation sets: one TOML file each, named after the data set."""

import hashlib
import logging
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sgns_bench.errors import DatasetError, UnknownName
from sgns_bench.host import plugins, resources
from sgns_bench.host.checksum import checked_sha256
from sgns_bench.host.resources import cache_folder, cannot_write, shipped

Text = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

SOURCES: Final = ("package", "url", "generator")
UNPACKED: Final = "unpacked"  # folder of the extracted members of an archive
SUMS: Final = "SHA256SUMS"  # their checksums for ``sha256sum -c``; written last
_log = logging.getLogger("sgns_bench")


def kinds() -> list[str]:
    """Return the kinds of data sets: "corpus", and the names of all tasks."""
    tasks = plugins.names([str(Path(__file__).parents[1] / "tasks")])  # imports none of them
    return ["corpus", *tasks]


def _check_kind(kind: str) -> str:
    if kind not in kinds():
        unknown = UnknownName("kind of data set", kind, kinds())
        raise ValueError(f"{unknown} (or write sgns_bench/tasks/{kind}.py)")
    return kind


def _check_inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if ".." in parts or PurePosixPath(path).is_absolute() or "\\" in path or ":" in path:
        raise ValueError(f"{path!r} must name a file below the data set's folder")
    return path


Inside = Annotated[Text, AfterValidator(_check_inside)]


class Dataset(BaseModel):
    """The manifest of a data set: its source, checksum, format, licence and reference."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Text
    """File name of the manifest without ``.toml``."""
    kind: Annotated[str, AfterValidator(_check_kind)]
    """"corpus", or the name of the task that reads the evaluation set."""
    title: Text
    package: Text | None = None
    """Source 1 of 3: the installed package that ships the file."""
    url: Annotated[str, Field(pattern="^https?://.")] | None = None
    """Source 2 of 3: the address to download; ends in "/" if the names in ``files`` follow it. A
    local file needs some address, too; ``fetch NAME --from DIR`` then finds it by its sha256."""
    generator: Text | None = None
    """Source 3 of 3: a module of ``sgns_bench.datasets`` that writes the files; see
    :class:`~sgns_bench.host.plugins.Generator`."""
    path: Inside | None = None
    """Path of the file, relative to the folder of ``package`` or ``generator``."""
    member: Text | None = None
    """Members to extract from an archive at ``url``: a name or a pattern."""
    filter: Text | None = None
    """A module of ``sgns_bench.datasets`` that turns ``member`` into text; see
    :class:`~sgns_bench.host.plugins.Filter`."""
    files: dict[Inside, Sha256] = {}
    """Names and checksums of several files under ``url``."""
    sha256: Sha256
    """Checksum of the file or archive; with ``files``, of their lines "sha256  name"."""
    bytes: Annotated[int, Field(gt=0)]
    """Size in bytes of the file, of the archive, or of all ``files`` together, > 0."""
    licence: Text
    """The licence as its authors state it, or "not stated"."""
    reference: Text
    """The publication or address to cite."""
    format: Text
    """Name of the file format. ``text``: one sentence per line. ``wikipedia-dump``: MediaWiki XML,
    bzip2. ``questions-words``: four words per line, section headers begin with a colon. ``msr``:
    analogy questions as CSV. ``bats``: a folder with one file per relation. ``word-pairs``: word,
    word, score, separated by tabs or blanks; comments begin with #. ``word-category``: word, tab,
    category. ``sessions``: the items of a session per line, the last one is asked for. A custom
    task may define its own format."""

    @model_validator(mode="before")
    @classmethod
    def _sum_files(cls, table: dict[str, Any]) -> dict[str, Any]:
        match table:
            case {"files": dict() as files} if "sha256" not in table:
                lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(files.items()))
                return {**table, "sha256": hashlib.sha256(lines.encode()).hexdigest()}
        return table

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        chosen = [source for source in SOURCES if getattr(self, source)]
        if len(chosen) != 1:
            raise ValueError(f"need exactly one of {', '.join(SOURCES)}, not {len(chosen)}")
        wanted = {"package": {"path"}, "generator": {"path"}, "url": set[str]()}[chosen[0]]
        given = {key for key in ("path", "member", "files") if getattr(self, key)}
        if chosen == ["url"]:
            wanted = {"files"} if str(self.url).endswith("/") else given & {"member"}
        if given != wanted:
            raise ValueError(f"with {chosen[0]}, need {_all(wanted)}, not {_all(given)}")
        if self.filter and not self.member:
            raise ValueError("with filter, need member")
        return self

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        """The cache folder for downloaded or generated files; it may not exist yet."""
        return cache_folder() / "datasets" / (self.generator or self.name)

    def downloads(self) -> Mapping[str, str]:
        """Return the sha256 of each file to download, by file name."""
        return self.files or {str(self.url).rpartition("/")[2]: self.sha256} if self.url else {}

    def is_here(self) -> bool:
        """Return whether the files exist, without reading, verifying or generating them."""
        try:
            base = self._package_folder() if self.package else self.folder
        except DatasetError:
            return False
        names = [self.path] if self.path else [SUMS] if self.member else self.downloads()
        return all((base / str(name)).is_file() for name in names)

    def local_path(self) -> Path:
        """Return the path of the file, or of the folder of several files, verified by sha256.

        The first call for a generated data set writes its files.

        Raises:
            DatasetError: a file is missing, or its checksum differs from the manifest's.
        """
        if self.package:
            path = self._package_folder() / str(self.path)
            _check(path, self.sha256, self.name, f"reinstall {self.package}")
            return path
        if self.generator:
            return self._generated()
        contents = self._contents()
        for path, sha256 in contents.items():
            _check(path, sha256, self.name, self._remedy())
        first = next(iter(contents))
        return first if len(contents) == 1 and not self.files else first.parent

    def _contents(self) -> dict[Path, str]:
        """Return the sha256 of every file of the data set, by path."""
        if not self.member:
            return {self.folder / name: sha256 for name, sha256 in self.downloads().items()}
        try:
            lines = (self.folder / SUMS).read_text("utf-8").splitlines()
        except OSError:
            raise DatasetError(f"{self.name}: not fetched yet; {self._remedy()}") from None
        return {self.folder / line[66:]: line[:64] for line in lines}

    def _remedy(self) -> str:
        return f"python -m sgns_bench fetch {self.name}"

    def _generated(self) -> Path:
        path = self.folder / str(self.path)
        if not path.is_file() or checked_sha256(path) != self.sha256:
            _generate(str(self.generator), self.folder)
        _check(path, self.sha256, self.name, "this is a bug: it should be the same everywhere")
        return path

    def _package_folder(self) -> Path:
        spec = find_spec(str(self.package))  # finds it without importing it
        if spec is None or not spec.submodule_search_locations:
            raise DatasetError(
                f"{self.name}: package {self.package!r}, which ships it, is not installed;"
                f" pip install {self.package}"
            )
        return Path(spec.submodule_search_locations[0])


def names(kind: str | None = None) -> list[str]:
    """Return the names of all data sets, or of the data sets of one kind."""
    if kind is None:
        return resources.names("datasets")
    return [dataset.name for dataset in readable() if dataset.kind == kind]


def load(name: str) -> Dataset:
    """Return the manifest of a data set.

    Raises:
        UnknownName: no data set has this name.
        DatasetError: the manifest is not valid; the message names file and key.
    """
    if name not in names():
        raise UnknownName("dataset", name, names())
    return _read(name, shipped("datasets") / f"{name}.toml")


def readable() -> list[Dataset]:
    """Return all valid manifests; an invalid manifest is skipped with a warning."""
    found = []
    for name in names():
        try:
            found.append(load(name))
        except DatasetError as error:
            _log.warning("%s; left out", error)
    return found


def _read(name: str, file: Traversable) -> Dataset:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
        if "name" in table:
            raise DatasetError(f"datasets/{name}.toml: name: the file's name is used; remove it")
        return Dataset(name=name, **table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DatasetError(f"datasets/{name}.toml: {error}") from None
    except ValidationError as error:
        raise DatasetError(f"datasets/{name}.toml: {_reason(error)}") from None


def _reason(error: ValidationError) -> str:
    # Report an unknown key first: it is often a misspelling of a missing key.
    first = min(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return str(UnknownName("key", key, {*Dataset.model_fields} - {"name"}))
    what = "missing" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
    if key == "url":
        what = "must begin with http:// or https://; for a local file, fetch NAME --from DIR"
    if key == "sha256":
        what += "; `sha256sum FILE` prints it"
    return f"{key}: {what}" if key else what


def _all(keys: set[str]) -> str:
    return " and ".join(sorted(keys)) or "nothing"


def _check(path: Path, sha256: str, name: str, remedy: str) -> None:
    if not path.is_file():
        raise DatasetError(f"{name}: no file {path}; {remedy}")
    found = checked_sha256(path)
    if found != sha256:
        raise DatasetError(
            f"{path}: sha256 is {found[:8]}…, datasets/{name}.toml says {sha256[:8]}…; {remedy}"
        )


def _generate(generator: str, folder: Path) -> None:
    """Run a generator in a scratch folder, then move its files, so that readers see whole files."""
    _log.info("%s: generating %s", generator, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as scratch:
            plugins.load("sgns_bench.datasets", generator, plugins.Generator).write(Path(scratch))
            for file in Path(scratch).iterdir():
                file.replace(folder / file.name)
    except OSError as error:
        raise DatasetError(cannot_write(folder, error)) from error
