"""Downloads of data sets: checked, tried again, unpacked, and nothing half done."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from filelock import FileLock
from rich.console import Console
from rich.progress import Progress, TaskID

from sgns_bench.datasets.archives import unpack
from sgns_bench.datasets.manifest import SUMS, UNPACKED, Dataset
from sgns_bench.errors import DatasetError, SgnsBenchError
from sgns_bench.host import plugins
from sgns_bench.host.checksum import checked_sha256
from sgns_bench.host.progress import downloads
from sgns_bench.host.resources import cannot_write

RETRIES: Final = 2  # of a download, after 1 and 2 seconds
TIMEOUT: Final = 30  # seconds without a byte
CHUNK: Final = 1 << 16  # bytes

Tick = Callable[[int], object]


def fetch(dataset: Dataset, *, folder: Path | None = None, tick: Tick = lambda done: None) -> Path:
    """Bring the files of a data set into the cache, if they are not there, and say where they are.

    What is there already is only checked.

    Args:
        dataset: from :func:`sgns_bench.datasets.load`.
        folder: copy files from anywhere below this folder instead of downloading; they are known
            by their size and checksum, whatever their names.
        tick: is called with the bytes of ``dataset.bytes`` that have been downloaded.

    Returns:
        What ``dataset.local_path()`` returns.

    Raises:
        DatasetError: a file cannot be downloaded, found below ``folder``, written or unpacked, or
            it is not what the manifest describes; what is wrong is not kept.
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
    """Fetch one after the other with a bar for each, and print where it is.

    Args:
        chosen: what to fetch; one that fails does not keep the next from being fetched.
        folder: as for :func:`fetch`.
        console: where to draw and print.

    Returns:
        What went wrong, one line each.
    """
    errors = []
    with downloads(console) as bars:
        for dataset in chosen:
            bar = bars.add_task(dataset.name, total=dataset.bytes)
            try:
                path = fetch(dataset, folder=folder, tick=partial(_move, bars, bar))
                console.print(f"{dataset.name}: {path}", highlight=False, soft_wrap=True)
            except SgnsBenchError as error:
                errors.append(str(error))
            bars.remove_task(bar)
    return errors


def _move(bars: Progress, bar: TaskID, done: int) -> None:
    bars.update(bar, completed=done)


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
            _download(dataset, name, sha256, partial(_add, tick, before))
        elif sha256 in found:
            _copy(found[sha256], target, sha256)
        else:
            raise DatasetError(
                f"{dataset.name}: no file below {folder} is {name} ({_size(dataset)}, sha256"
                f" {sha256[:8]}…)"
            )
        before += target.stat().st_size


def _add(tick: Tick, before: int, done: int) -> object:
    return tick(before + done)


def _by_checksum(dataset: Dataset, folder: Path) -> dict[str, Path]:
    """Files anywhere below a folder that may be those of a data set, by their sha256."""
    if not folder.is_dir():
        raise DatasetError(f"--from {folder}: is no folder")
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    least = 1 if dataset.files else dataset.bytes  # of a set only the total is known
    fitting = [path for path, size in sizes.items() if least <= size <= dataset.bytes]
    return {checked_sha256(path): path for path in fitting}


def _copy(source: Path, target: Path, sha256: str) -> None:
    with TemporaryDirectory(dir=target.parent, ignore_cleanup_errors=True) as scratch:
        copied = Path(shutil.copyfile(source, Path(scratch) / target.name))
        if checked_sha256(copied) != sha256:
            raise DatasetError(f"{source}: has changed while it was copied")
        copied.replace(target)


def _download(dataset: Dataset, name: str, sha256: str, tick: Tick) -> None:
    """Let pooch check the sum and move the file into place; a wrong one it deletes."""
    import pooch
    from requests import RequestException

    pooch.get_logger().setLevel("WARNING")
    url = str(dataset.url) + name if dataset.files else str(dataset.url)
    downloader = pooch.HTTPDownloader(
        progressbar=_Bar(tick),
        chunk_size=CHUNK,
        timeout=TIMEOUT,
        headers={"Accept-Encoding": "identity"},  # the bytes of the file, not packed on the way
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
    except ValueError as error:  # pooch's; its message has two checksums and three sentences
        raise DatasetError(
            f"{dataset.name}: {url}: has another sha256 than datasets/{dataset.name}.toml says"
            f" ({sha256[:8]}…), and was deleted; fetch again, or the source has changed"
        ) from error


class _Bar:
    """A progress bar as pooch wants one, which passes on how many bytes have come."""

    def __init__(self, tick: Tick) -> None:
        self._tick, self._done, self._total = tick, 0, 0

    @property
    def total(self) -> int:
        return self._total

    @total.setter
    def total(self, total: int) -> None:  # at each attempt
        self._total, self._done = total, 0

    def update(self, more: int) -> None:
        self._done = min(self._done + more, self._total)  # pooch counts whole chunks
        self._tick(self._done)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def _reason(error: Any) -> str:
    """One short clause of what requests wraps in three exceptions."""
    if error.response is not None:
        return f"{error.response.status_code} {error.response.reason}"
    return f"no answer ({type(error).__name__})"


def _size(dataset: Dataset) -> str:
    return f"{'together ' if dataset.files else ''}{dataset.bytes:,} bytes"


def _unpack(dataset: Dataset, pattern: str) -> None:
    """Take members out of the archive, and delete it; their list of checksums comes last."""
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
