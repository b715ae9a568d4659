"""Download data sets with retries, verify their checksums, and unpack them."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from filelock import FileLock
from rich.console import Console
from rich.progress import TaskID

from sgns_bench.datasets.archives import unpack
from sgns_bench.datasets.manifest import SUMS, UNPACKED, Dataset
from sgns_bench.errors import DatasetError, SgnsBenchError
from sgns_bench.host import plugins
from sgns_bench.host.checksum import checked_sha256
from sgns_bench.host.progress import downloads
from sgns_bench.host.resources import cannot_write

RETRIES: Final = 2  # further attempts to download, after 1 and 2 seconds
TIMEOUT: Final = 30  # seconds without a byte
CHUNK: Final = 1 << 16  # bytes

Tick = Callable[[int], object]


def fetch(dataset: Dataset, *, folder: Path | None = None, tick: Tick = lambda done: None) -> Path:
    """Download the missing files of a data set into the cache; return its ``local_path()``.

    Files that are already in the cache are only verified. With ``folder``, files from below it are
    copied instead; they are found by size and checksum, under any name. ``tick`` is called with the
    number of bytes downloaded so far, out of ``dataset.bytes``.

    Raises:
        DatasetError: a file cannot be downloaded, found below ``folder``, written or unpacked, or
            its checksum differs from the manifest's; a wrong file is deleted.
    """
    if not dataset.url or _is_complete(dataset):
        return dataset.local_path()
    try:
        dataset.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(dataset.folder / ".lock"):  # waits for another process to finish
            if not _is_complete(dataset):
                _bring(dataset, folder, tick)
                if dataset.member:
                    _unpack(dataset, dataset.member)
    except OSError as error:
        raise DatasetError(f"{dataset.name}: {cannot_write(dataset.folder, error)}") from error
    return dataset.local_path()


def fetch_all(chosen: Sequence[Dataset], *, folder: Path | None, console: Console) -> list[str]:
    """Fetch data sets one after another, each with a progress bar, and print their paths.

    After one fails, the next is still fetched. Returns the error messages.
    """
    errors = []
    with downloads(console) as bars:
        for dataset in chosen:
            bar = bars.add_task(dataset.name, total=dataset.bytes)

            def show(done: int, bar: TaskID = bar) -> None:
                bars.update(bar, completed=done)

            try:
                path = fetch(dataset, folder=folder, tick=show)
                console.print(f"{dataset.name}: {path}", highlight=False, soft_wrap=True)
            except SgnsBenchError as error:
                errors.append(str(error))
            bars.remove_task(bar)
    return errors


def _is_complete(dataset: Dataset) -> bool:
    try:
        return bool(dataset.local_path())
    except DatasetError:
        return False


def _bring(dataset: Dataset, folder: Path | None, tick: Tick) -> None:
    found = {} if folder is None else _by_checksum(dataset, folder)
    before = 0
    for name, sha256 in dataset.downloads().items():
        target = dataset.folder / name
        if target.is_file() and checked_sha256(target) == sha256:
            pass  # fetched before, or put there by hand
        elif folder is None:
            _download(dataset, name, sha256, _Bar(tick, before, dataset.bytes))
        elif sha256 in found:
            part = target.with_name(f"{target.name}.part")
            shutil.copyfile(found[sha256], part).replace(target)  # nobody finds half a file
        else:
            raise DatasetError(
                f"{dataset.name}: no file below {folder} matches {name} ({_size(dataset)}, sha256"
                f" {sha256[:8]}…); give the folder that holds it"
            )
        before += target.stat().st_size


def _by_checksum(dataset: Dataset, folder: Path) -> dict[str, Path]:
    """Return the files below a folder whose size fits a data set, by their sha256."""
    if not folder.is_dir():
        raise DatasetError(f"--from {folder}: is not a folder; give one that holds the files")
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    least = 1 if dataset.files else dataset.bytes  # for several files only the total size is known
    fitting = [path for path, size in sizes.items() if least <= size <= dataset.bytes]
    return {checked_sha256(path): path for path in fitting}


def _download(dataset: Dataset, name: str, sha256: str, bar: "_Bar") -> None:
    """Download a file with pooch, which verifies the checksum and deletes a wrong file."""
    import pooch
    from requests import RequestException

    pooch.get_logger().setLevel("WARNING")
    url = str(dataset.url) + name if dataset.files else str(dataset.url)
    downloader = pooch.HTTPDownloader(
        progressbar=bar,
        chunk_size=CHUNK,
        timeout=TIMEOUT,
        headers={"Accept-Encoding": "identity"},  # no transfer compression: the bytes of the file
    )
    try:
        pooch.create(
            dataset.folder, "", registry={name: sha256}, urls={name: url}, retry_if_failed=RETRIES
        ).fetch(name, downloader=downloader)
    except RequestException as error:
        raise DatasetError(
            f"{dataset.name}: {url}: {_reason(error)}; fetch again, or put the file as {name}"
            f" ({_size(dataset)}) into {dataset.folder}, or use fetch {dataset.name} --from DIR"
        ) from error
    except _TooLongError:
        raise DatasetError(
            f"{dataset.name}: {url}: is longer than the {_size(dataset)} of"
            f" datasets/{dataset.name}.toml, file deleted; correct the manifest"
        ) from None
    except ValueError as error:  # replaces pooch's long message
        raise DatasetError(
            f"{dataset.name}: {url}: sha256 differs from datasets/{dataset.name}.toml"
            f" ({sha256[:8]}…), file deleted; fetch again, or correct the manifest"
        ) from error


class _TooLongError(Exception):
    """A download exceeds the manifest's ``bytes``; pooch would try again after a ValueError."""


class _Bar:
    """A bar with pooch's interface; ``tick`` gets its bytes, and those ``before`` this file.

    It ends a download that exceeds ``limit`` bytes, which might never end by itself.
    """

    def __init__(self, tick: Tick, before: int, limit: int) -> None:
        self._tick, self._before, self._done, self._total = tick, before, 0, 0
        self._limit, self._received = limit, 0

    @property
    def total(self) -> int:
        return self._total

    @total.setter
    def total(self, total: int) -> None:  # set at the start of each attempt
        self._total, self._done, self._received = total, 0, 0

    def update(self, more: int) -> None:
        self._received += more
        if self._received - CHUNK > self._limit:
            raise _TooLongError
        self._done = min(self._done + more, self._total)  # pooch counts whole chunks
        self._tick(self._before + self._done)

    def reset(self) -> None:
        self._done = self._received = 0

    def close(self) -> None:
        pass


def _reason(error: Any) -> str:
    """Return a short reason for a failed request: the HTTP status or the kind of error."""
    if error.response is not None:
        return f"{error.response.status_code} {error.response.reason}"
    return f"no answer ({type(error).__name__})"


def _size(dataset: Dataset) -> str:
    return f"{'together ' if dataset.files else ''}{dataset.bytes:,} bytes"


def _unpack(dataset: Dataset, pattern: str) -> None:
    """Extract the members of the archive, write their checksums, and delete the archive."""
    archive = dataset.folder / next(iter(dataset.downloads()))
    sums, part = dataset.folder / SUMS, dataset.folder / f"{SUMS}.part"
    if dataset.filter:
        write = plugins.load("sgns_bench.datasets", dataset.filter, plugins.Filter).write
        files = unpack(archive, pattern, dataset.folder / UNPACKED, write)
    else:
        files = unpack(archive, pattern, dataset.folder / UNPACKED)
    lines = [f"{checked_sha256(file)}  {UNPACKED}/{file.name}\n" for file in files]
    part.write_text("".join(lines), "utf-8")
    part.replace(sums)
    archive.unlink()
