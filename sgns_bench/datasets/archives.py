"""Extract files from zip and tar archives, atomically and only into one folder."""

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from sgns_bench.errors import DatasetError

Write = Callable[[IO[bytes], IO[bytes]], object]


def unpack(
    archive: Path, pattern: str, folder: Path, write: Write = shutil.copyfileobj
) -> list[Path]:
    """Extract the members that match a pattern into a folder, under the last part of their names.

    The folder is replaced after all members are written; an interruption leaves it unchanged.
    Links and devices are skipped, and no member can be written outside the folder. Concurrent
    calls for one folder are not supported. In the pattern "*" also matches slashes. ``write`` is
    called with the source and target stream of each member. Returns the files written, sorted.

    Raises:
        DatasetError: the archive is damaged or of another format, or no member matches.
        OSError: a file cannot be read or written, or two members have the same name.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # left by a killed call
    part.mkdir()
    try:
        with _members(archive, pattern) as members:
            for name, source in members:
                with source, (part / PurePosixPath(name).name).open("xb") as target:
                    write(source, target)
        if not any(part.iterdir()):
            raise DatasetError(f"{archive}: has no member {pattern!r}; correct the manifest")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except (EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(
            f"{archive}: is damaged or not an archive: {reason}; give the url of a zip or tar file"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return sorted(folder.iterdir())


@contextmanager
def _members(archive: Path, pattern: str) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Iterate over (name, stream) of the regular files that match a pattern, in archive order."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            names = [info.filename for info in zipped.infolist() if not info.is_dir()]
            yield ((name, zipped.open(name)) for name in names if fnmatchcase(name, pattern))
    else:
        with tarfile.open(archive) as tar:
            files = (info for info in tar if info.isfile() and fnmatchcase(info.name, pattern))
            yield ((info.name, stream) for info in files if (stream := tar.extractfile(info)))
