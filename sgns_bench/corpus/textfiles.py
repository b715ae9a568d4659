"""Find text files by path, folder or pattern, decompress them, and read them in several threads."""

import bz2
import glob
import gzip
import hashlib
import logging
import lzma
import os
import re
import select
import sys
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import numpy as np

from sgns_bench.corpus.tokenizer import BLANKS, WIDE_BLANKS
from sgns_bench.corpus.word_table import PADDING, Bytes
from sgns_bench.errors import DatasetError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STDIN: Final = Path("-")
CHUNK_BYTES: Final = 1 << 23
MAX_WORD_BYTES: Final = 1 << 20  # more of them without white space are no word, nor text
PATIENCE_MS: Final = 100  # wait for a pipe this long before checking whether to stop
_NEAR: Final = 1 << 16  # bytes to search first for white space
_HEAD: Final = 10  # bytes that identify the format of a file
_SNIFFED: Final = 1 << 13  # bytes that tell text from other files
_NO_TEXT: Final = re.compile("[\0-\x08\x0e-\x1b\x7f\N{REPLACEMENT CHARACTER}]")
_MAGIC: Final = {  # first bytes of compressed files; no text begins with them
    b"\x1f\x8b\x08": ".gz",
    **{b"BZh%d1AY&SY" % level: ".bz2" for level in range(1, 10)},
    b"\xfd7zXZ\0": ".xz",
    b"(\xb5/\xfd": ".zst",
}
_TAR: Final = b"ustar"
_TAR_AT: Final = 257  # where it stands in the first header of a tar
_ARCHIVES: Final = {".tar", ".tgz", ".zip"}
_BOM: Final = b"\xef\xbb\xbf"
_CUTS: Final = [blank.encode() for blank in ("\n", *BLANKS)]
_WIDE_CUTS: Final = [blank.encode() for blank in WIDE_BLANKS]
_UNREADABLE: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError)
_log = logging.getLogger("sgns_bench")


def find(source: str | Path) -> list[Path]:
    """Return the file at a path, all files in a folder, or all files that match a pattern, by name.

    Folders are searched recursively, without hidden files and folders. Of several files, binary
    ones and archives are skipped with a warning. The list is empty if the path does not exist.

    Raises:
        DatasetError: the path is empty or cannot be read, the file is no text, or the folder
            contains no text file.
    """
    if source == "":
        raise DatasetError("the path of a text file is empty; give '.' for the folder you are in")
    try:
        return _find(source)
    except OSError as error:
        raise DatasetError(f"{error.filename}: cannot be read: {error.strerror}") from None


def _find(source: str | Path) -> list[Path]:
    path = Path(source)
    if path == STDIN or (path.exists() and not path.is_dir()):
        if flaw := _flaw(path):
            raise DatasetError(f"{path}: {flaw}")
        return [path]
    if path.is_dir():
        files = _texts(file for file in _below(path) if file.is_file())
        if not files:
            raise DatasetError(f"{path}: the folder holds no text files; give one with text files")
        return files
    matches = map(Path, glob.glob(str(source), recursive=True))  # noqa: PTH207  # the pattern may be absolute
    return _texts(match for match in matches if not match.is_dir())


def _texts(files: Iterable[Path]) -> list[Path]:
    """Return the files that may be text, in order of name, after a warning about the others."""
    flaws = {file: _flaw(file) for file in sorted(files)}
    if skipped := [str(file) for file, flaw in flaws.items() if flaw]:
        _log.warning("skipped, as binary or an archive: %s", ", ".join(skipped))
    return [file for file, flaw in flaws.items() if not flaw]


def _flaw(path: Path) -> str:
    """Return why a file is no text, packed or not; "" for text."""
    if not can_be_read_again(path):
        return ""
    with path.open("rb") as file:
        head = file.read(_SNIFFED)
    if head.startswith(b"PK\3\4") or _ARCHIVES & set(path.suffixes):
        return "is an archive; unpack it, and give the folder"
    if _packing(head, path):
        head = _unpacked_head(path)
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return "is an archive; unpack it, and give the folder"
    text = head.decode("utf-8", "replace")
    return "looks binary; give UTF-8 text" if 3 * len(_NO_TEXT.findall(text)) > len(text) else ""


def _unpacked_head(path: Path) -> bytes:
    """Return the first bytes in a packed file; none if it is damaged, which reading it will say."""
    with suppress(*_UNREADABLE), BufferedReader(path.open("rb", buffering=0)) as file:
        return _unpacked(file, path).read(_SNIFFED)
    return b""


def _below(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder; a folder that cannot be opened raises OSError."""
    for base, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(base, name) for name in names if not name.startswith("."))


def _raise(error: OSError) -> None:
    raise error


def can_be_read_again(path: Path) -> bool:
    """Return whether the path is a regular file, not standard input or a pipe."""
    return path != STDIN and path.is_file()


class TextChunk(NamedTuple):
    """A piece of text that begins and ends between words."""

    file: int  # number of the file, from 0
    number: int  # number of the chunk in its file, from 0
    # (n + PADDING,) uint8, n bytes of UTF-8 and padding for ``scan``; valid until the same thread
    # asks for its next chunk
    text: Bytes
    is_last: bool  # whether this is the last chunk of its file


class TextFiles:
    """Read text files (plain, .gz, .bz2, .xz or .zst) in chunks, from several threads.

    A thread takes the next chunk of the first open file that no other thread is reading, or else
    opens the next file. Chunks of different files may interleave; chunks of one file keep their
    order. Chunk boundaries do not depend on threads.
    """

    def __init__(self, paths: Sequence[Path], chunk_bytes: int = CHUNK_BYTES) -> None:
        self._files = [_File(path, number, chunk_bytes) for number, path in enumerate(paths)]
        self._open: list[_File] = []
        self._next = 0
        self._dropped_bytes = 0
        self._lock = threading.Lock()
        self._own = threading.local()

    def next(self) -> TextChunk | None:
        """Return the calling thread's next chunk, None when all are taken; or raise DatasetError."""
        if not hasattr(self._own, "buffer"):
            self._own.buffer = bytearray()
        while file := self._claim():
            try:
                chunk = file.read(self._own)
            finally:
                file.lock.release()
            if chunk:
                return chunk
            self._drop(file)
        return None

    def stop(self) -> None:
        """Make :meth:`next` return None in every thread, also in one that waits for a pipe."""
        for file in self._files:
            file.stopped = True
        with self._lock:
            self._next = len(self._files)
            self._open.clear()

    def close(self) -> None:
        """Close all files that no thread is reading; after Ctrl-C one may still wait for a pipe."""
        for file in self._files:
            if file.lock.acquire(blocking=False):
                file.close()
                file.lock.release()

    @property
    def sha256(self) -> list[str]:
        """The sha256 of each file as stored on disk; valid after all files are read."""
        return [file.digest.hexdigest() for file in self._files]

    @property
    def bytes_read(self) -> int:
        """The number of bytes read so far, as stored on disk."""
        with self._lock:  # called for each chunk, so sum over the open files only
            return self._dropped_bytes + sum(file.bytes_read for file in self._open)

    def _claim(self) -> "_File | None":
        """Lock a file for this thread and return it; None if no file is left."""
        with self._lock:
            for file in self._open:
                if file.lock.acquire(blocking=False):
                    return file
            if self._next < len(self._files):
                file = self._files[self._next]
                self._next += 1
                self._open.append(file)
                file.lock.acquire()
                return file
            waiting = self._open[:1]
        for file in waiting:
            file.lock.acquire()
            return file
        return None

    def _drop(self, file: "_File") -> None:
        with self._lock:
            if file in self._open:
                self._open.remove(file)
                self._dropped_bytes += file.bytes_read


class _File:
    """One text file; reading it hashes the bytes, decompresses them and cuts between words."""

    def __init__(self, path: Path, number: int, chunk_bytes: int) -> None:
        self.path, self.number, self.chunk_bytes = path, number, chunk_bytes
        self.lock = threading.Lock()
        self.digest = hashlib.sha256()
        self.bytes_read = 0
        self.stopped = False
        self._chunks = 0
        self._rest = b""
        self._raw: Any = None  # stream of the bytes on disk
        self._text: Any = None  # stream of the decompressed text
        self._done = False

    def read(self, own: Any) -> TextChunk | None:
        """Read the next chunk into the calling thread's buffer; return None at the end."""
        if self._done:
            return None
        try:
            return self._read(own)
        except _UNREADABLE as error:
            reason = getattr(error, "strerror", None) or error
            raise DatasetError(
                f"{self.path}: cannot be read: {reason}; check that the file is complete"
            ) from None

    def _read(self, own: Any) -> TextChunk:
        if self._text is None:
            self._raw = BufferedReader(_Hashed(self, _open(self.path)), 1 << 20)
            self._text = _unpacked(self._raw, self.path)
            self._rest = self._text.read(len(_BOM)).removeprefix(_BOM)
        filled = cut = 0
        while not cut and not self._done:
            filled = self._fill(own, filled)
            cut = filled if self._done else _last_cut(own.buffer, filled)
            if not cut and filled > MAX_WORD_BYTES:
                raise DatasetError(
                    f"{self.path}: has more than {MAX_WORD_BYTES:,} bytes without white space; give"
                    " UTF-8 text with words"
                )
        self._rest = bytes(memoryview(own.buffer)[cut:filled])
        text = np.frombuffer(own.buffer, dtype=np.uint8)[: cut + PADDING]
        self._chunks += 1
        return TextChunk(self.number, self._chunks - 1, text, self._done)

    def _fill(self, own: Any, filled: int) -> int:
        """Read more bytes into the buffer; return the number of bytes that it then holds."""
        size = max(self.chunk_bytes, 2 * filled)  # grows for a word longer than a chunk
        room = size + len(self._rest) + PADDING
        if len(own.buffer) < room:
            own.buffer = own.buffer[:filled] + bytes(room - filled)
        if not filled:
            filled = len(self._rest)
            own.buffer[:filled] = self._rest
            size += filled
        with memoryview(own.buffer) as view:
            while filled < size and (got := self._text.readinto(view[filled:size])):
                filled += got
        if filled < size:
            self._finish()
        return filled

    def _finish(self) -> None:
        self._done = True
        while self._raw.read(1 << 20):  # hash any bytes after the compressed text, too
            pass
        self.close()

    def close(self) -> None:
        """Close the open streams."""
        for stream in (self._text, self._raw):
            if stream is not None:
                stream.close()


class _Hashed(RawIOBase):
    """A raw file that hashes and counts its bytes as they are read."""

    def __init__(self, file: _File, raw: Any) -> None:
        self._file, self._raw = file, raw
        self._readinto = getattr(raw, "readinto1", raw.readinto)  # does not wait for a full buffer
        self._pipe = _poll(raw) if not can_be_read_again(file.path) else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._pipe and not self._pipe.poll(PATIENCE_MS):
            if self._file.stopped:
                return 0
        got = int(self._readinto(buffer))
        self._file.digest.update(memoryview(buffer)[:got])
        self._file.bytes_read += got
        return got

    def close(self) -> None:
        if self._file.path != STDIN:
            self._raw.close()
        super().close()


def _poll(raw: Any) -> Any:
    """Return a poll object for a pipe, or None if the platform cannot poll it."""
    try:
        poll = select.poll()
        poll.register(raw.fileno(), select.POLLIN)
    except (AttributeError, OSError):  # Windows, or a stream without a file descriptor
        return None
    return poll


def _open(path: Path) -> BinaryIO:
    if path != STDIN:
        return path.open("rb", buffering=0)
    if sys.stdin is None:  # Python sets this if the process started without stdin
        raise DatasetError("standard input is closed; pipe text into it, or give a file")
    return sys.stdin.buffer


def _unpacked(file: Any, path: Path) -> BinaryIO:
    """Return the decompressed text of a file; its suffix or its first bytes give the format."""
    match _packing(file.peek(_HEAD), path):
        case ".gz":
            return cast(BinaryIO, gzip.open(file))
        case ".bz2":
            return cast(BinaryIO, bz2.open(file))
        case ".xz":
            return cast(BinaryIO, lzma.open(file))
        case ".zst":
            return cast(BinaryIO, zstd.open(file))
    return cast(BinaryIO, file)


def _packing(head: bytes, path: Path) -> str:
    """Return the suffix of a packed file's format, "" for a plain file."""
    suffix = path.suffix.lower()
    if suffix in _MAGIC.values():
        return suffix
    return next((suffix for magic, suffix in _MAGIC.items() if head.startswith(magic)), "")


def _last_cut(text: bytearray, end: int) -> int:
    """Return the end of the last white space before ``end``, 0 if there is none."""
    for begin in (max(0, end - _NEAR), 0):
        if cut := 1 + max(text.rfind(blank, begin, end) for blank in _CUTS):
            return cut
    wide = ((text.rfind(blank, 0, end), len(blank)) for blank in _WIDE_CUTS)
    return max((at + size for at, size in wide if at >= 0), default=0)
