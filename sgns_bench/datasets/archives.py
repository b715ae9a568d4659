"""Files out of zip and tar archives, whole or not at all, and only where they belong."""

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
    """Write the members that fit a pattern into a folder, under the last part of their names.

    The folder is replaced when all of them are written; an interruption leaves it as it was.
    Links and devices are left out, and no name can lead out of the folder. Two calls for one
    folder at once are not provided for.

    Args:
        archive: a zip or tar file, the latter compressed or not.
        pattern: a name or a pattern such as "*/news-*"; "*" stands for slashes, too.
        folder: where to write.
        write: what to do with each member, given source and target; copies it unless told else.

    Returns:
        The files written, sorted.

    Raises:
        DatasetError: it is no archive, it is damaged, two members have one name, or none fits.
        OSError: a file cannot be read or written.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a call that was killed
    part.mkdir()
    try:
        with _members(archive, pattern) as members:
            for name, source in members:
                with source, (part / PurePosixPath(name).name).open("xb") as target:
                    write(source, target)
        if not any(part.iterdir()):
            raise DatasetError(f"{archive}: has no member {pattern!r}")
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except (EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"{archive}: is damaged or no archive: {reason}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return sorted(folder.iterdir())


@contextmanager
def _members(archive: Path, pattern: str) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Names and contents of the regular files that fit a pattern, in the archive's order."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            names = [info.filename for info in zipped.infolist() if not info.is_dir()]
            yield ((name, zipped.open(name)) for name in names if fnmatchcase(name, pattern))
    else:
        with tarfile.open(archive) as tar:
            files = (info for info in tar if info.isfile() and fnmatchcase(info.name, pattern))
            yield ((info.name, stream) for info in files if (stream := tar.extractfile(info)))
