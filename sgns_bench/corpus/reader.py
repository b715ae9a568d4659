"""Open the folder of an encoded corpus, after a check that it is what its encoder wrote.

Kernels read and write where tokens and offsets point, without looking; so a damaged folder must not
reach them. Of every folder each file's size is checked. The content is checked once, which reads
all of it, and ``checked.json`` then holds the sizes and times of the files, by which later calls see
that nothing has changed.
"""

import json
import mmap
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sgns_bench.corpus.writer import CONTENT, token_type
from sgns_bench.host.checksum import stamp_of
from sgns_bench.host.files import write_text
from sgns_bench.vocab import Vocab

MANIFEST: Final = "manifest.json"
CHECKED: Final = "checked.json"
PART: Final = 1 << 20  # tokens or offsets that are checked at a time


def read_folder(folder: Path) -> dict[str, Any] | None:
    """Return the content of an encoded corpus, or None if the folder is missing or damaged.

    Returns:
        The fields of ``Corpus`` but its name.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        vocab = json.loads((folder / "vocab.json").read_text("utf-8", "surrogatepass"))
        words, counts = vocab["words"], np.array(vocab["counts"], dtype=np.int64)
        tokens = _mapped(folder / "tokens.bin", token_type(len(words)), manifest["tokens"])
        offsets = _mapped(folder / "offsets.bin", np.dtype("<i8"), manifest["sentences"] + 1)
        if _remembered(folder) != _stamps(folder):
            _check_words(words, counts)
            _check_offsets(offsets, len(tokens))
            _check_tokens(tokens, counts)
            mark_checked(folder)
        return {
            "sha256": str(manifest["sha256"]),
            "vocab": Vocab(words, counts),
            "tokens": tokens,
            "offsets": offsets,
            "replaced": int(manifest["replaced"]),
            "pruned": int(manifest["pruned"]),
            "min_count": int(manifest["min_count"]),
        }
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None


def _mapped(path: Path, dtype: "np.dtype[Any]", n: int) -> npt.NDArray[Any]:
    """Map a file of n numbers into memory, read-only."""
    if path.stat().st_size != n * dtype.itemsize:
        raise ValueError(f"{path} has not the size of {n} numbers")
    with path.open("rb") as file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype)


def _stamps(folder: Path) -> list[list[int]]:
    return [list(stamp_of(folder / name)) for name in (*CONTENT, MANIFEST)]


def _remembered(folder: Path) -> Any:
    with suppress(OSError, ValueError, RecursionError):
        return json.loads((folder / CHECKED).read_text("utf-8"))
    return None


def mark_checked(folder: Path) -> None:
    """Mark a folder as checked, or as written by this process."""
    with suppress(OSError):  # then the next call checks again
        write_text(folder / CHECKED, json.dumps(_stamps(folder)))


def _check_words(words: Any, counts: npt.NDArray[np.int64]) -> None:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("the words are no list of texts")
    if len(words) != len(set(words)) or counts.shape != (len(words),):
        raise ValueError("words and counts do not match")
    if counts.min(initial=1) < 1 or (np.diff(counts) > 0).any():
        raise ValueError("the counts do not fall")


def _check_offsets(offsets: npt.NDArray[np.int64], tokens: int) -> None:
    if offsets[0] != 0 or offsets[-1] != tokens:
        raise ValueError("the offsets do not span the tokens")
    for first in range(0, len(offsets), PART):
        if (np.diff(offsets[first : first + PART + 1]) <= 0).any():
            raise ValueError("the offsets do not rise")


def _check_tokens(tokens: npt.NDArray[Any], counts: npt.NDArray[np.int64]) -> None:
    """Raise ValueError unless each row of the vocabulary occurs as often as its count says."""
    found = np.zeros(len(counts), dtype=np.int64)
    for first in range(0, len(tokens), PART):
        part = np.bincount(
            tokens[first : first + PART], minlength=len(counts)
        )  # negative: ValueError
        found += part  # ValueError if a token is beyond the vocabulary
    if (found != counts).any():
        raise ValueError("the tokens are not as frequent as the counts say")
