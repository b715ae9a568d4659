import bz2
import gzip
import hashlib
import lzma
import os
import random
import sys
import tarfile
import tempfile
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sgns_bench.corpus import textfiles
from sgns_bench.corpus.textfiles import STDIN, TextFiles, can_be_read_again, find, zstd
from sgns_bench.corpus.tokenizer import BLANKS, WIDE_BLANKS
from sgns_bench.corpus.word_table import PADDING
from sgns_bench.errors import DatasetError

BOM = b"\xef\xbb\xbf"
PACKERS = {
    ".txt": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": partial(zstd.compress, options={zstd.CompressionParameter.checksum_flag: 1}),
}
PIECES = [BOM, b"a", b"long" * 9, b"\n", b"\r\n", b"\0", b"\xe2\x80", b"\xc2", b"\x80", b"\xe3\x80"]
PIECES += [blank.encode() for blank in (*BLANKS, *WIDE_BLANKS)]
PACKED = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"(\xb5/\xfd", b"PK\3\4"  # no text begins so
TEXTS = (
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30)
    .map(b"".join)
    .filter(lambda text: not text.startswith(PACKED))
)


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write_file(name, content=b"a b\n"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write_file


def chunks_of(files):
    """Return all chunks, their text as bytes."""
    with closing(files):
        chunks = iter(files.next, None)
        return [chunk._replace(text=chunk.text[:-PADDING].tobytes()) for chunk in chunks]


def read(*paths, chunk_bytes=1 << 23):
    """Return the text of each file, put together from its chunks."""
    chunks = chunks_of(TextFiles(paths, chunk_bytes))
    return [b"".join(c.text for c in chunks if c.file == number) for number in range(len(paths))]


def test_a_folder_means_all_its_files_in_order_of_their_names(write, tmp_path):
    expected = [write(name) for name in ("a/2.gz", "a/b/1.txt", "c.txt")]
    for hidden in (".hidden", ".git/config", "a/.DS_Store"):
        write(hidden)

    assert expected == find(tmp_path)


def test_a_folder_below_a_hidden_one_is_as_good_as_any(write, tmp_path):
    path = write(".cache/a.txt")

    assert [path] == find(tmp_path / ".cache")


def test_a_file_whose_name_looks_like_a_pattern_is_found(write):
    path = write("part[1].txt")
    write("part1.txt")

    assert [path] == find(path)


def test_an_empty_folder_is_one_line(tmp_path, write):
    write(".hidden")

    with pytest.raises(DatasetError, match=f"^{tmp_path}: the folder holds no text files;"):
        find(tmp_path)


def test_an_empty_path_is_not_the_folder_one_works_in(write, tmp_path, monkeypatch):
    path = write("a.txt")
    monkeypatch.chdir(tmp_path)

    assert [path.relative_to(tmp_path)] == find(".")
    with pytest.raises(DatasetError, match=r"^the path of a text file is empty; give '\.' for"):
        find("")


def test_a_folder_that_cannot_be_opened_is_not_passed_over(write, tmp_path, monkeypatch):
    write("a.txt")
    locked = write("locked/b.txt").parent
    scandir = os.scandir

    def refuse(path):
        if Path(path) == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(DatasetError, match=f"^{locked}: cannot be read: Permission denied$"):
        find(tmp_path)


def test_a_path_that_cannot_be_looked_up_is_one_line():
    with pytest.raises(DatasetError, match=r"aaa: cannot be read: File name too long$"):
        find("a" * 5000)


def test_closed_standard_input_is_one_line(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(DatasetError, match=r"^standard input is closed; pipe text into it, or"):
        TextFiles([STDIN]).next()


def test_standard_input_and_pipes_are_read_once(write, tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert [STDIN] == find("-")
    assert can_be_read_again(write("a.txt"))
    assert not can_be_read_again(STDIN)
    assert not can_be_read_again(tmp_path / "pipe")


@given(texts=st.lists(TEXTS, min_size=1, max_size=3), chunk_bytes=st.integers(1, 64))
@example(texts=[BOM + b"a b", BOM], chunk_bytes=1)
@example(texts=[BOM + BOM + b"a"], chunk_bytes=2)
@example(texts=["日本\u3000".encode() * 40], chunk_bytes=5)
def test_chunks_are_the_text_without_its_byte_order_mark_cut_between_words(texts, chunk_bytes):
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(number) for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_bytes(text)
        files = TextFiles(paths, chunk_bytes)
        chunks = chunks_of(files)

    assert [hashlib.sha256(text).hexdigest() for text in texts] == files.sha256
    assert sum(map(len, texts)) == files.bytes_read
    for number, text in enumerate(texts):
        own = [chunk for chunk in chunks if chunk.file == number]
        assert list(range(len(own))) == [chunk.number for chunk in own]
        assert [False] * (len(own) - 1) + [True] == [chunk.is_last for chunk in own]
        assert text.removeprefix(BOM) == b"".join(chunk.text for chunk in own)
        words = [word for c in own for word in c.text.decode("utf-8", "replace").split()]
        assert text.removeprefix(BOM).decode("utf-8", "replace").split() == words


def test_chunks_are_about_as_long_as_asked(write):
    path = write("a.txt", b"1234567 " * 1000)

    lengths = [len(chunk.text) for chunk in chunks_of(TextFiles([path], 100))]

    assert 8000 == sum(lengths)
    assert max(lengths) <= 108
    assert len(lengths) <= 81


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("chunk_bytes", [1, 100, 1 << 23])
def test_packed_files_read_as_plain_ones(write, suffix, chunk_bytes):
    text = BOM + b"a b\nc d\n" * 200
    path = write("a" + suffix, PACKERS[suffix](text))
    files = TextFiles([path], chunk_bytes)

    chunks = chunks_of(files)

    assert text.removeprefix(BOM) == b"".join(chunk.text for chunk in chunks)
    assert [hashlib.sha256(path.read_bytes()).hexdigest()] == files.sha256
    assert path.stat().st_size == files.bytes_read


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_a_packed_file_is_known_by_its_first_bytes_too(write, suffix):
    path = write("a.part", PACKERS[suffix](b"a b\nc"))

    assert [b"a b\nc"] == read(path)


def test_a_text_may_begin_like_a_packed_file():
    assert not any(text.startswith(tuple(textfiles._MAGIC)) for text in (b"BZh and so on", b"(x"))


@pytest.mark.parametrize("name", ["a.zip", "a", "a.tar.gz", "a.tgz", "a.tar"])
def test_an_archive_of_files_is_refused(write, name):
    archive = b"PK\x03\x04..." if name == "a" else b"whatever"

    with pytest.raises(
        DatasetError, match=f"{name}: is an archive; unpack it, and give the folder"
    ):
        find(write(name, archive))


RANDOM = random.Random(1).randbytes(300)


@pytest.mark.parametrize(
    "content", [RANDOM, gzip.compress(RANDOM), "a few words".encode("utf-16"), bytes(9)]
)
def test_a_binary_file_is_refused(write, content):
    path = write("a.txt", content)

    with pytest.raises(DatasetError, match=f"^{path}: looks binary; give UTF-8 text$"):
        find(path)


@pytest.mark.parametrize(
    "content",
    [b"", "Å ŷ\t\r\n 語".encode(), "déjà vu élève".encode("latin-1"), gzip.compress(b"text")],
)
def test_text_in_other_languages_and_packed_text_are_taken_for_text(write, content):
    path = write("a.txt", content)

    assert [path] == find(path)


def test_binary_files_of_a_folder_are_skipped_and_named(write, tmp_path, caplog):
    text, *_ = write("a/b.txt"), write("a/c.png", RANDOM), write("d.zip", b"PK\3\4")

    assert [text] == find(tmp_path)
    (line,) = caplog.messages
    assert f"skipped, as binary or an archive: {tmp_path}/a/c.png, {tmp_path}/d.zip" == line


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_packed_files_put_end_to_end_are_one_text(write, suffix):
    path = write("A" + suffix.upper(), PACKERS[suffix](b"a ") + PACKERS[suffix](b"b"))

    assert [b"a b"] == read(path)


def test_what_follows_the_packed_text_belongs_to_the_checksum(write):
    content = bz2.compress(b"a b") + bytes(3_000_000)
    files = TextFiles([write("a.bz2", content)])

    chunks_of(files)

    assert [hashlib.sha256(content).hexdigest()] == files.sha256


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:3],
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:-1],
        lambda packed: b"not " + packed,
        lambda packed: packed[:20] + b"\xff" * 20 + packed[40:],
    ],
    ids=["begun", "half", "but one", "other", "corrupt"],
)
def test_a_truncated_or_corrupt_file_is_one_line(write, suffix, damage):
    path = write("mine" + suffix, damage(PACKERS[suffix](bytes(range(33, 99)) * 100)))

    with pytest.raises(DatasetError, match=f"mine{suffix}: cannot be read: .*; check") as caught:
        read(path)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(PermissionError(13, "Permission denied"), "Permission denied"), (OSError("gone"), "gone")],
)
def test_a_file_that_cannot_be_opened_is_one_line(write, monkeypatch, error, reason):
    path = write("a.txt")
    monkeypatch.setattr(textfiles, "_open", lambda path: (_ for _ in ()).throw(error))

    with pytest.raises(DatasetError, match=f"^{path}: cannot be read: {reason}; check that"):
        read(path)


def test_a_pipe_is_read_to_its_end(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = b"one two\n" * 50_000  # more than a pipe holds
    writer = threading.Thread(target=pipe.write_bytes, args=[text])
    writer.start()

    actual = read(pipe, chunk_bytes=1000)

    writer.join()
    assert [text] == actual


@pytest.mark.parametrize("files", [1, 5])
def test_threads_share_out_the_same_chunks_that_one_would_get(write, files):
    paths = [write(f"{n}.txt", b"%d words of file\n" % n * 500) for n in range(files)]
    expected = chunks_of(TextFiles(paths, 64))
    shared = TextFiles(paths, 64)
    parts = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=lambda part=part: part.extend(chunks_of(shared))) for part in parts
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(expected) == sorted(chunk for part in parts for chunk in part)


def test_nothing_comes_after_a_stop(write):
    files = TextFiles([write("a.txt", b"a b " * 100), write("b.txt")], 10)
    files.next()

    files.stop()

    assert files.next() is None
    files.close()


def test_files_are_closed_though_they_were_not_read_to_their_end(write, monkeypatch):
    file = write("a.txt", b"a b " * 100).open("rb", buffering=0)
    monkeypatch.setattr(textfiles, "_open", lambda path: file)
    files = TextFiles([Path(file.name)], 10)
    files.next()

    files.close()

    assert file.closed


def test_a_pipe_that_a_thread_waits_for_does_not_hold_up_those_who_close_files(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    files = TextFiles([pipe])
    reader = threading.Thread(target=files.next)
    reader.start()

    with pipe.open("wb"):
        files.close()

        assert reader.is_alive()
    reader.join(60)
    files.close()


def test_a_thread_that_waits_for_a_pipe_finds_the_stop(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    files = TextFiles([pipe])
    reader = threading.Thread(target=chunks_of, args=[files])
    reader.start()

    with pipe.open("wb", buffering=0) as writer:
        writer.write(b"a b")
        files.stop()
        reader.join(60)

        assert not reader.is_alive()


def test_standard_input_may_be_begun_by_others(monkeypatch):
    out, in_ = os.pipe()
    os.write(in_, b"first line\na b\n")
    stdin = os.fdopen(out, "r")
    monkeypatch.setattr(sys, "stdin", stdin)
    stdin.buffer.readline()
    os.write(in_, b"c d\n")
    os.close(in_)

    assert [b"a b\nc d\n"] == read(STDIN)
    assert not stdin.closed
    stdin.close()


def tar_bytes(folder):
    (folder / "inner.txt").write_text("some words\n" * 100)
    with tarfile.open(folder / "t.tar", "w") as tar:
        tar.add(folder / "inner.txt", "inner.txt")
    content = (folder / "t.tar").read_bytes()
    (folder / "t.tar").unlink()
    return content


@pytest.mark.parametrize("name", ["text.gz", "text.txt"])
def test_a_tar_by_another_name_is_an_archive(tmp_path, name):
    content = tar_bytes(tmp_path)
    (tmp_path / name).write_bytes(gzip.compress(content) if name == "text.gz" else content)

    with pytest.raises(DatasetError, match="is an archive; unpack it, and give the folder"):
        textfiles.find(tmp_path / name)


@pytest.mark.parametrize("word", [b"\0", b"x"], ids=["zeros", "letters"])
def test_megabytes_without_white_space_are_one_short_line(tmp_path, word):
    path = tmp_path / "text.txt"
    path.write_bytes(word * 2 * textfiles.CHUNK_BYTES)

    files = TextFiles([path])
    with (
        closing(files),
        pytest.raises(DatasetError, match=r"1,048,576 bytes without white space; give") as caught,
    ):
        list(iter(files.next, None))

    assert len(str(caught.value)) < 300
