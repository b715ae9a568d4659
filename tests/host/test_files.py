"""Files are replaced as a whole or not at all."""

import os
import stat
import threading
import time

import pytest

from sgns_bench.host import files
from sgns_bench.host.files import replacing, write_text


def others(path):
    """Return the names beside a file."""
    return sorted(other.name for other in path.parent.iterdir() if other != path)


def test_a_file_has_its_new_content_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "v.txt"
    write_text(path, "old")

    write_text(path, "new")

    assert path.read_text() == "new"
    assert [] == others(path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_error_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "v.txt"
    write_text(path, "old")

    def fail():
        with replacing(path) as new:
            new.write_text("half")
            raise error

    with pytest.raises(error):
        fail()

    assert path.read_text() == "old"
    assert [] == others(path)


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_whichever_call_of_the_system_fails_the_old_file_is_left(tmp_path, monkeypatch, name):
    path = tmp_path / "v.txt"
    write_text(path, "old")
    monkeypatch.setattr(os, name, failing)

    with pytest.raises(OSError, match="disk is gone"):
        write_text(path, "new")

    assert path.read_text() == "old"
    assert [] == others(path)


def failing(*args, **kwargs):
    raise OSError("disk is gone")


def test_the_new_file_is_on_disk_before_it_is_renamed_and_its_name_after(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(files, "sync", lambda path: calls.append(path.name))
    path = tmp_path / "v.txt"

    with replacing(path) as new:
        new.write_text("x")

    assert [new.name, tmp_path.name] == calls


def test_the_name_of_the_new_file_ends_alike_for_gensim_packs_by_it(tmp_path):
    with replacing(tmp_path / "v.txt.gz") as new:
        new.write_text("")

    assert new.name.endswith("-v.txt.gz")


def test_mode_and_link_stay(tmp_path):
    path, link = tmp_path / "v.txt", tmp_path / "link.txt"
    write_text(path, "old")
    path.chmod(0o640)
    link.symlink_to(path)

    write_text(link, "new")

    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_of_any_other(tmp_path):
    (tmp_path / "any").write_text("")

    write_text(tmp_path / "new", "")

    assert (tmp_path / "any").stat().st_mode == (tmp_path / "new").stat().st_mode


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()

    write_text(pipe, "through")

    reader.join(timeout=10)
    assert ["through"] == read
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_a_killed_process_left_goes_after_a_day(tmp_path):
    old, recent, foreign = (
        tmp_path / name for name in (".unfinished-1-v.txt", ".unfinished-2-v.txt", ".1-v.txt")
    )
    for left in (old, recent, foreign):
        left.write_text("")
    os.utime(old, (time.time() - 2 * 86_400,) * 2)

    write_text(tmp_path / "v.txt", "x")

    assert [foreign.name, recent.name] == others(tmp_path / "v.txt")


def test_threads_that_save_one_file_do_not_disturb_each_other(tmp_path):
    path, errors = tmp_path / "v.txt", []

    def save(number):
        try:
            for _ in range(30):
                write_text(path, str(number) * 1000)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == errors
    assert path.read_text() in {str(number) * 1000 for number in range(3)}
