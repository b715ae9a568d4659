"""Downloads from a server on this machine, which behaves as badly as it is told to."""

import gc
import hashlib
import io
import sys
import tarfile
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from sgns_bench.datasets import Dataset
from sgns_bench.datasets.fetching import CHUNK, fetch
from sgns_bench.errors import DatasetError
from sgns_bench.host import plugins

# Where a download breaks off, pooch leaves the connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket")

TEXT = bytes(range(256)) * 4000  # one megabyte: a few chunks


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        fault = self.server.faults.pop(0) if self.server.faults else None
        content = self.server.contents.get(self.path)
        if content is None or fault == "busy":
            return self.send_error(404 if content is None else 503)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        stop = fault if isinstance(fault, int) else len(content)
        return self.wfile.write(content[:stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    """A server with ``contents`` by path; it notes what was ``asked``, and commits its ``faults``.

    A fault is "busy", or where in the file the connection breaks off.
    """
    monkeypatch.setenv("no_proxy", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.contents, running.asked, running.faults = {}, [], []
        running.url = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()
    gc.collect()  # here, where the warning of such a connection is expected


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own, and no waiting."""
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return tmp_path / "cache"


def serve(server, content=TEXT, file="text", **changes):
    """Put a file on the server and return its manifest."""
    server.contents[f"/{file}"] = content
    fields = {"url": f"{server.url}/{file}", "sha256": sha256(content), "bytes": len(content)}
    return manifest(**(fields | changes))


def manifest(**fields):
    about = {"title": "Mine", "licence": "MIT", "reference": "nobody", "format": "text"}
    return Dataset(name="mine", kind="corpus", **about, **fields)


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def files_in(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return sorted(str(path.relative_to(folder)) for path in files)


def test_a_file_is_downloaded_once(server, cache):
    dataset = serve(server)
    assert not dataset.is_here()

    path = fetch(dataset)

    assert path == fetch(dataset) == dataset.local_path()
    assert TEXT == path.read_bytes()
    assert dataset.is_here()
    assert ["/text"] == server.asked
    assert ["text"] == files_in(dataset.folder)


def test_two_that_fetch_at_once_do_not_harm_each_other(server):
    dataset = serve(server, zipped({"text": TEXT}), file="text.zip", member="text")

    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(fetch, [dataset] * 2))

    assert [TEXT] * 2 == [path.read_bytes() for path in paths]
    assert 1 == len(server.asked)


def test_what_was_not_fetched_says_how_to(server):
    with pytest.raises(
        DatasetError, match=r"mine: no file .*text; python -m sgns_bench fetch mine"
    ):
        serve(server).local_path()


def test_another_checksum_is_an_error_that_keeps_nothing(server):
    dataset = serve(server, sha256=sha256(b"else"))

    with pytest.raises(DatasetError, match=r"mine: http.*text: sha256 differs from") as caught:
        fetch(dataset)

    assert "\n" not in str(caught.value)
    assert [] == files_in(dataset.folder)


def test_an_answer_longer_than_the_manifest_says_is_cut_off_and_keeps_nothing(server):
    dataset = serve(server, bytes=len(TEXT) // 2)

    with pytest.raises(DatasetError, match=r"mine: http.* is longer than the [\d,]+ bytes of"):
        fetch(dataset)

    assert [] == files_in(dataset.folder)


@pytest.mark.parametrize("faults", [[4 * CHUNK, 10 * CHUNK], ["busy", "busy"]], ids=str)
def test_a_server_that_fails_is_asked_again(server, faults):
    server.faults = faults

    assert TEXT == fetch(serve(server)).read_bytes()


def test_a_connection_that_breaks_too_often_is_one_line_and_keeps_nothing(server):
    server.faults = [CHUNK] * 3
    dataset = serve(server)

    with pytest.raises(DatasetError, match=r"mine: http.*: no answer .*; fetch again, or put"):
        fetch(dataset)

    assert [] == files_in(dataset.folder)
    assert TEXT == fetch(dataset).read_bytes()


def test_an_interruption_leaves_nothing_that_looks_complete(server):
    def interrupt(done):
        if done > 300_000:
            raise KeyboardInterrupt

    dataset = serve(server)
    with pytest.raises(KeyboardInterrupt):
        fetch(dataset, tick=interrupt)

    assert not dataset.is_here()
    assert [] == files_in(dataset.folder)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("{server}/absent", "404 Not Found"),
        ("http://127.0.0.1:9/text", "no answer (ConnectionError)"),  # discard: nobody listens
    ],
)
def test_a_file_that_cannot_be_had_is_one_line_that_says_where_to_put_it(server, url, reason):
    dataset = serve(server, url=url.format(server=server.url))

    with pytest.raises(DatasetError) as caught:
        fetch(dataset)

    (name,) = dataset.downloads()
    assert (
        f"mine: {dataset.url}: {reason}; fetch again, or put the file as {name}"
        f" (1,024,000 bytes) into {dataset.folder}, or use fetch mine --from DIR"
    ) == str(caught.value)


def test_a_file_put_there_by_hand_is_taken(server):
    dataset = serve(server, zipped({"text": b"a b"}), file="text.zip", member="text")
    dataset.folder.mkdir(parents=True)
    (dataset.folder / "text.zip").write_bytes(server.contents["/text.zip"])

    assert b"a b" == fetch(dataset).read_bytes()
    assert [] == server.asked


@pytest.mark.parametrize("packed", [{}, {"file": "text.zip", "member": "text"}])
def test_a_file_that_changed_is_fetched_again(server, packed):
    dataset = serve(server, zipped({"text": TEXT}) if packed else TEXT, **packed)
    fetch(dataset).write_bytes(b"changed")
    with pytest.raises(DatasetError, match=r"sha256 is .* python -m sgns_bench fetch mine"):
        dataset.local_path()

    assert TEXT == fetch(dataset).read_bytes()


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_member_of_an_archive_is_unpacked_and_the_archive_deleted(server, pack):
    archive = pack({"deep/other": b"no", "deep/text": b"a b"})
    dataset = serve(server, archive, file="archive", member="deep/text")

    path = fetch(dataset)

    assert b"a b" == path.read_bytes()
    assert path == dataset.local_path() == fetch(dataset)
    assert ["SHA256SUMS", "unpacked/text"] == files_in(dataset.folder)
    assert 1 == len(server.asked)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_pattern_unpacks_several_files_into_a_folder(server, pack):
    archive = pack({"x/news-1": b"a", "x/news-2": b"b", "x/heldout-1": b"c"})
    dataset = serve(server, archive, file="archive", member="*/news-*")

    folder = fetch(dataset)

    assert folder == dataset.local_path()
    assert ["news-1", "news-2"] == files_in(folder)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_cannot_write_outside_its_folder(server, cache, pack):
    archive = pack({"../../../evil": b"a", "/tmp/evil-too": b"b"})
    dataset = serve(server, archive, file="archive", member="*")

    folder = fetch(dataset)

    assert ["evil", "evil-too"] == files_in(folder)
    assert {"mine"} == {path.name for path in (cache / "datasets").iterdir()}


def test_links_in_an_archive_are_left_out(server):
    buffer = io.BytesIO(tarred({"text": b"a b"}))
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("text")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    dataset = serve(server, buffer.getvalue(), file="archive", member="text")

    with pytest.raises(
        DatasetError, match=r"mine/archive: has no member 'text'; correct the manifest$"
    ):
        fetch(dataset)


def test_members_of_one_name_are_an_error_and_nothing_is_there(server):
    dataset = serve(server, tarred({"x/a": b"a", "y/a": b"b"}), file="archive", member="*")

    with pytest.raises(DatasetError, match="File exists"):
        fetch(dataset)

    assert not dataset.is_here()


def test_what_a_killed_process_left_is_cleared_away(server):
    dataset = serve(server, zipped({"text": b"a b"}), file="text.zip", member="*")
    left = dataset.folder / "unpacked.part"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"a")

    path = fetch(dataset)

    assert ["text"] == files_in(path.parent)
    assert not left.exists()


def test_an_archive_that_is_none_is_one_line(server):
    dataset = serve(server, TEXT, file="archive", member="text")

    with pytest.raises(
        DatasetError, match=r"mine/archive: is damaged or not an archive: file could"
    ) as caught:
        fetch(dataset)

    assert "\n" not in str(caught.value)


def test_a_filter_makes_the_corpus_of_the_member(server, monkeypatch):
    upper = SimpleNamespace(write=lambda source, target: target.write(source.read().upper()))
    monkeypatch.setitem(sys.modules, "sgns_bench.datasets.upper", upper)
    monkeypatch.setattr(plugins, "names", lambda folders: ["upper"])
    archive = zipped({"raw": b"a b"})
    dataset = serve(server, archive, file="raw.zip", member="raw", filter="upper")

    path = fetch(dataset)

    assert b"A B" == path.read_bytes()


def serve_set(server):
    contents = {"one.txt": b"1" * 1000, "two.txt": b"2" * 500}
    server.contents = {f"/set/{name}": content for name, content in contents.items()}
    files = {name: sha256(content) for name, content in contents.items()}
    return manifest(url=f"{server.url}/set/", files=files, bytes=1500)


def test_a_set_of_files_is_one_folder(server):
    told = []
    dataset = serve_set(server)

    folder = fetch(dataset, tick=told.append)

    assert folder == dataset.local_path()
    assert ["one.txt", "two.txt"] == files_in(folder)
    assert [1000, 1500] == sorted(set(told))


def test_only_the_missing_files_of_a_set_are_downloaded(server):
    dataset = serve_set(server)
    (fetch(dataset) / "two.txt").unlink()
    assert not dataset.is_here()
    server.asked.clear()

    fetch(dataset)

    assert ["/set/two.txt"] == server.asked


@pytest.fixture
def shelf(tmp_path):
    """A folder with one file deep inside it, and one of the same size."""
    folder = tmp_path / "shelf" / "deep"
    folder.mkdir(parents=True)
    (folder / "unlike.bin").write_bytes(TEXT)
    (folder / "text").write_bytes(b"x" * len(TEXT))
    return folder.parent


def test_a_local_file_is_found_by_its_checksum_whatever_its_name(server, shelf):
    told = []
    dataset = serve(server)

    path = fetch(dataset, folder=shelf, tick=told.append)

    assert TEXT == path.read_bytes()
    assert dataset.folder == path.parent
    assert [] == server.asked
    assert (shelf / "deep" / "unlike.bin").exists()


def test_files_of_a_set_are_found_by_their_checksums(server, shelf):
    dataset = serve_set(server)
    (shelf / "a").write_bytes(b"2" * 500)
    (shelf / "b").write_bytes(b"1" * 1000)

    folder = fetch(dataset, folder=shelf)

    assert ["one.txt", "two.txt"] == files_in(folder)


def test_a_file_that_is_not_in_the_folder_is_one_line(server, tmp_path, shelf):
    dataset = serve(server, b"other")

    with pytest.raises(DatasetError, match=rf"mine: no file below {shelf} matches text \(5 bytes"):
        fetch(dataset, folder=shelf)
    with pytest.raises(
        DatasetError, match=r"^--from .*nowhere: is not a folder; give one that holds the files$"
    ):
        fetch(dataset, folder=tmp_path / "nowhere")


def test_a_cache_that_cannot_be_written_is_one_line(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "file"))

    with pytest.raises(DatasetError, match=r"mine: cannot be written: Not a directory; make room"):
        fetch(serve(server))
