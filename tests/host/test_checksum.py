import hashlib
import os

import pytest

from sgns_bench.errors import DatasetError
from sgns_bench.host import checksum
from sgns_bench.host.checksum import checked_sha256, known_sha256, remember_sha256, stamp_of


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file that has not changed for a minute and counts as large, and a cache of its own."""
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(checksum, "SMALL", 0)
    monkeypatch.setattr(checksum, "SETTLED", -1)
    path = tmp_path / "text"
    path.write_bytes(b"a b")
    return path


def sha256(text):
    return hashlib.sha256(text).hexdigest()


def forget_what_this_process_knows():
    checksum._sha256_as_of.cache_clear()


def forbid_reading(monkeypatch):
    monkeypatch.setattr(checksum, "_digest", lambda path: pytest.fail("read again"))


def test_a_file_is_read_once_per_process(file, monkeypatch):
    checked_sha256(file)
    forbid_reading(monkeypatch)

    assert sha256(b"a b") == checked_sha256(file)


def test_a_large_file_is_not_read_by_a_later_process_either(file, monkeypatch):
    before = known_sha256(file)
    checked_sha256(file)
    forget_what_this_process_knows()
    forbid_reading(monkeypatch)

    assert before is None
    assert sha256(b"a b") == known_sha256(file) == checked_sha256(file)


def test_nothing_is_remembered_on_disk_of_a_small_file(file, monkeypatch):
    monkeypatch.setattr(checksum, "SMALL", 4)

    checked_sha256(file)

    assert not (file.parent / "cache").exists()


@pytest.mark.parametrize("process", ["the same process", "a later process"])
@pytest.mark.parametrize("change", ["size", "time"])
def test_a_file_that_changed_is_read_again(file, change, process):
    checked_sha256(file)
    text = b"a b c" if change == "size" else b"c d"
    state = file.stat()
    file.write_bytes(text)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns + (change == "time")))
    if process == "a later process":
        forget_what_this_process_knows()

    assert sha256(text) == checked_sha256(file)


def test_a_file_that_changed_a_moment_ago_is_not_remembered(file, monkeypatch):
    monkeypatch.setattr(checksum, "SETTLED", 60)
    checked_sha256(file)
    times = file.stat()
    file.write_bytes(b"c d")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a coarse clock would show it

    assert sha256(b"c d") == checked_sha256(file)


def test_a_damaged_remark_is_ignored(file):
    checked_sha256(file)
    forget_what_this_process_knows()
    (remark,) = (file.parent / "cache" / "checksums").iterdir()
    remark.write_text("[1, 2")

    assert sha256(b"a b") == checked_sha256(file)


def test_a_cache_that_cannot_be_written_does_no_harm(file, monkeypatch):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(file))

    assert sha256(b"a b") == checked_sha256(file)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(DatasetError, match=r"absent: cannot be read: No such file or directory$"):
        checked_sha256(tmp_path / "absent")


def test_what_another_reader_found_is_remembered(file, monkeypatch):
    forbid_reading(monkeypatch)

    remember_sha256(file, stamp_of(file), "f" * 64)

    assert "f" * 64 == known_sha256(file) == checked_sha256(file)


@pytest.mark.parametrize("change", ["during the reading", "a moment before", "since"])
def test_what_another_reader_found_is_not_remembered_of_a_file_that_changed(
    file, monkeypatch, change
):
    stamp = stamp_of(file)
    if change == "a moment before":
        monkeypatch.setattr(checksum, "SETTLED", 60)
    if change == "during the reading":
        file.write_bytes(b"a b c")

    remember_sha256(file, stamp, "f" * 64)
    if change == "since":
        file.write_bytes(b"a b c")

    assert known_sha256(file) is None
