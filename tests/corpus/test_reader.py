"""What reaches a kernel is what an encoder wrote: of a damaged folder nothing does."""

import json
import os
import random
import shutil

import numpy as np
import pytest

from sgns_bench import load_corpus
from sgns_bench.corpus import reader
from sgns_bench.corpus.reader import CHECKED, MANIFEST, read_folder
from sgns_bench.corpus.writer import CONTENT

TEXT = "\n".join(" ".join(f"w{(i * j) % 37}" for j in range(20)) for i in range(30))


@pytest.fixture
def folder(tmp_path):
    """Return the folder of an encoded corpus, without the mark that it was checked."""
    (tmp_path / "text.txt").write_text(TEXT)
    load_corpus(tmp_path / "text.txt", min_count=1, cache=tmp_path / "cache")
    (found,) = (tmp_path / "cache" / "corpora").iterdir()
    (found / CHECKED).unlink()
    return found


def set_array(folder, name, dtype, index, value):
    """Change one number of a file."""
    array = np.fromfile(folder / name, dtype)
    array[index] = value
    array.tofile(folder / name)


def set_json(folder, name, **changes):
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


DAMAGE = {
    "a token beyond the vocabulary": lambda f: set_array(f, "tokens.bin", "<u2", 5, 60_000),
    "another token": lambda f: set_array(f, "tokens.bin", "<u2", 5, 36),
    "an offset beyond the tokens": lambda f: set_array(f, "offsets.bin", "<i8", -1, 10**12),
    "an offset before its sentence": lambda f: set_array(f, "offsets.bin", "<i8", 3, -5),
    "an offset that does not rise": lambda f: set_array(f, "offsets.bin", "<i8", 3, 0),
    "a file cut short": lambda f: os.truncate(f / "tokens.bin", 7),
    "a file too long": lambda f: os.truncate(f / "offsets.bin", 10**6),
    "more tokens announced": lambda f: set_json(f, MANIFEST, tokens=10**15),
    "fewer sentences announced": lambda f: set_json(f, MANIFEST, sentences=3),
    "a number that is a text": lambda f: set_json(f, MANIFEST, tokens="600"),
    "a number that is negative": lambda f: set_json(f, MANIFEST, tokens=-1),
    "a word twice": lambda f: set_json(f, "vocab.json", words=["a"] * 37),
    "fewer words": lambda f: set_json(f, "vocab.json", words=["a", "b"]),
    "words that are numbers": lambda f: set_json(f, "vocab.json", words=list(range(37))),
    "a count beyond 64 bits": lambda f: set_json(f, "vocab.json", counts=[2**70] * 37),
    "a count of nothing": lambda f: set_json(f, "vocab.json", counts=[0] * 37),
    "no vocabulary": lambda f: (f / "vocab.json").unlink(),
    "nested without end": lambda f: (f / MANIFEST).write_text("[" * 10**5),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_folder_is_not_read(folder, damage):
    assert read_folder(folder) is not None
    (folder / CHECKED).unlink()

    damage(folder)

    assert read_folder(folder) is None


def test_a_folder_is_checked_once_and_again_when_a_file_has_changed(folder, monkeypatch):
    checks = []
    monkeypatch.setattr(reader, "_check_tokens", lambda tokens, counts: checks.append(len(tokens)))

    for _ in range(3):
        read_folder(folder)
    os.utime(folder / "tokens.bin")
    read_folder(folder)

    assert checks == [600, 600]


def test_a_damaged_mark_is_no_mark(folder):
    (folder / CHECKED).write_text("[[")
    set_array(folder, "tokens.bin", "<u2", 5, 60_000)

    assert read_folder(folder) is None


def test_a_folder_that_cannot_be_marked_is_read_all_the_same(folder, monkeypatch):
    def read_only(path, text):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(reader, "write_text", read_only)

    assert len(read_folder(folder)["tokens"]) == 600


def test_of_bytes_changed_at_random_none_reaches_a_kernel(folder, tmp_path):
    before, draw = read_folder(folder), random.Random(1)
    (folder / CHECKED).unlink()
    for number in range(150):
        copy = shutil.copytree(folder, tmp_path / str(number))
        path = copy / draw.choice((*CONTENT, MANIFEST))
        content = bytearray(path.read_bytes())
        for _ in range(draw.choice([1, 3, 30])):
            content[draw.randrange(len(content))] = draw.randrange(256)
        path.write_bytes(content)

        after = read_folder(copy)

        if after is not None:  # a change of a word, of a name in the manifest, or of nothing
            assert after["offsets"][-1] == len(after["tokens"])
            assert (np.diff(after["offsets"]) > 0).all()
            assert after["tokens"].max() < len(after["vocab"])
    assert len(before["tokens"]) == 600
