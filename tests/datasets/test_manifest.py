import hashlib
import logging
import re
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

from sgns_bench import datasets
from sgns_bench.datasets import manifest
from sgns_bench.errors import DatasetError, UnknownName
from sgns_bench.host import plugins

MANIFEST = """
kind = "corpus"
title = "A corpus"
package = "pytest"
path = "py.typed"
sha256 = "{sha256}"
bytes = 1
licence = "MIT"
reference = "nobody"
format = "text"
"""
OF_NOTHING = hashlib.sha256(b"").hexdigest()


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that replaces the shipped manifests by one of the given text."""
    monkeypatch.setattr("sgns_bench.host.resources.shipped", lambda kind: tmp_path)
    monkeypatch.setattr(manifest, "shipped", lambda kind: tmp_path)
    return lambda text: (tmp_path / "mine.toml").write_text(text, "utf-8")


ALL = [datasets.load(name) for name in datasets.names()]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Let all generators write into one cache, each once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SGNS_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize("dataset", [dataset for dataset in ALL if not dataset.url], ids=str)
def test_every_file_of_a_package_or_generator_is_what_its_manifest_says(dataset, cache):
    path = dataset.local_path()

    assert dataset.is_here()
    assert dataset.bytes == path.stat().st_size
    assert dataset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("dataset", [dataset for dataset in ALL if dataset.url], ids=str)
def test_every_file_on_github_is_pinned_to_a_commit(dataset):
    _, _, host, *place = str(dataset.url).split("/")

    if host == "raw.githubusercontent.com":
        assert re.fullmatch("[0-9a-f]{8,40}", place[2])


@pytest.mark.parametrize(
    "dataset", [dataset for dataset in ALL if dataset.package is None], ids=str
)
def test_every_generator_and_filter_can_be_imported(dataset):
    for module in filter(None, (dataset.generator, dataset.filter)):
        assert callable(import_module(f"sgns_bench.datasets.{module}").write)


def test_every_kind_but_corpora_is_a_task():
    kinds = datasets.kinds()

    assert {"corpus", "analogy", "categorization", "next_item", "similarity"} <= set(kinds)
    for kind in kinds[1:]:
        assert import_module(f"sgns_bench.tasks.{kind}")


def test_a_misspelt_name_is_answered_by_the_nearest():
    with pytest.raises(UnknownName, match="no dataset named 'simlex99'; did you mean 'simlex999'"):
        datasets.load("simlex99")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'kind = "corpus"',
            'kind = "corps"',
            "datasets/mine.toml: kind: no kind of data set named 'corps'; did you mean"
            r" 'corpus'\? \(or write sgns_bench/tasks/corps\.py\)$",
        ),
        ('title = "A corpus"', "", "datasets/mine.toml: title: missing$"),
        (
            f'sha256 = "{OF_NOTHING}"',
            "",
            "datasets/mine.toml: sha256: missing; `sha256sum FILE` prints it$",
        ),
        ('licence = "MIT"', 'license = "MIT"', "datasets/mine.toml: no key named 'license'; did"),
        ("bytes = 1", 'bytes = 1\nname = "other"', "datasets/mine.toml: name: "),
        ("bytes = 1", "bytes = ", "datasets/mine.toml: Invalid value"),
        ('package = "pytest"', "", "datasets/mine.toml: need exactly one of package, url, gen"),
        (
            'package = "pytest"',
            'url = "http://a/b"',
            "datasets/mine.toml: with url, need nothing",
        ),
        (
            'package = "pytest"',
            'url = "file:///b"',
            "datasets/mine.toml: url: must begin with http",
        ),
        ('path = "py.typed"', "", "datasets/mine.toml: with package, need path, not nothing"),
        (
            'package = "pytest"\npath = "py.typed"',
            'url = "http://a/b.zip"\nfilter = "wikifil"',
            "datasets/mine.toml: with filter, need member",
        ),
        (
            'package = "pytest"\npath = "py.typed"',
            'url = "http://a/"',
            "datasets/mine.toml: with url, need files",
        ),
        *(
            ('path = "py.typed"', f"path = '{path}'", "datasets/mine.toml: path: .* must name a")
            for path in ("../../etc/passwd", "/etc/passwd", "a/../../b", "..\\b", "C:/b")
        ),
        (
            'package = "pytest"\npath = "py.typed"',
            f'url = "http://a/"\nfiles = {{"../x" = "{OF_NOTHING}"}}',
            r"datasets/mine.toml: files.* must name a file below",
        ),
    ],
)
def test_a_broken_manifest_names_file_and_key(write, old, new, message):
    write(MANIFEST.format(sha256=OF_NOTHING).replace(old, new))

    with pytest.raises(DatasetError, match=f"^{message}") as caught:
        datasets.load("mine")

    assert "\n" not in str(caught.value)


def test_a_broken_manifest_keeps_no_other_from_being_read(write, tmp_path, caplog):
    write(MANIFEST.format(sha256=OF_NOTHING))
    (tmp_path / "bad.toml").write_text("kind = 1", "utf-8")

    found = datasets.names("corpus")

    assert ["mine"] == found
    assert ["datasets/bad.toml: kind: Input should be a valid string; left out"] == caplog.messages


def test_a_file_with_another_hash_is_refused(write):
    write(MANIFEST.format(sha256="0" * 64))

    with pytest.raises(DatasetError, match=r"sha256 is e3b0c442…, datasets/mine.toml says 0000"):
        datasets.load("mine").local_path()


def test_a_file_that_is_gone_is_one_line(write):
    write(MANIFEST.format(sha256=OF_NOTHING).replace("py.typed", "nowhere.txt"))

    with pytest.raises(DatasetError, match=r"^mine: no file .*nowhere.txt; reinstall pytest$"):
        datasets.load("mine").local_path()


def test_a_package_that_is_not_installed_is_one_line(write):
    write(MANIFEST.format(sha256=OF_NOTHING).replace('"pytest"', '"no_such_package"'))

    with pytest.raises(DatasetError, match=r"is not installed; pip install no_such_package$"):
        datasets.load("mine").local_path()


GENERATED = """
kind = "corpus"
title = "Words that are made"
generator = "maker"
path = "words.txt"
sha256 = "{sha256}"
bytes = 3
licence = "MIT"
reference = "nobody"
format = "text"
"""


@pytest.fixture
def maker(tmp_path, monkeypatch):
    """A generator of two files, which counts its calls; and its own cache."""
    calls = []

    def write(folder):
        calls.append(folder)
        (folder / "words.txt").write_text("a b")
        (folder / "questions.txt").write_text(": none")

    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "sgns_bench.datasets.maker", SimpleNamespace(write=write))
    monkeypatch.setattr(plugins, "names", lambda folders: ["maker"])
    return calls


def test_a_generated_file_is_written_once_and_then_found(write, maker, caplog):
    write(GENERATED.format(sha256=hashlib.sha256(b"a b").hexdigest()))
    made = datasets.load("mine")
    assert not made.is_here()

    with caplog.at_level(logging.INFO, "sgns_bench"):
        paths = {made.local_path() for _ in range(2)}

    (path,) = paths
    assert "a b" == path.read_text()
    assert made.is_here()
    assert 1 == len(maker)
    assert [f"maker: generating {path.parent}"] == caplog.messages
    assert ["questions.txt", "words.txt"] == sorted(file.name for file in path.parent.iterdir())


def test_a_generated_file_of_another_version_is_written_again(write, maker):
    write(GENERATED.format(sha256=hashlib.sha256(b"a b").hexdigest()))
    path = datasets.load("mine").local_path()
    path.write_text("old")

    assert "a b" == datasets.load("mine").local_path().read_text()


def test_a_generator_that_writes_something_else_is_one_line(write, maker):
    write(GENERATED.format(sha256=OF_NOTHING))

    with pytest.raises(DatasetError, match=r"words.txt: sha256 is c8687a08…, .* this is a bug"):
        datasets.load("mine").local_path()


def test_a_cache_that_cannot_be_written_is_one_line(write, maker, tmp_path, monkeypatch):
    write(GENERATED.format(sha256=OF_NOTHING))
    (tmp_path / "file").touch()
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "file"))

    message = "cannot be written: Not a directory; make room, or set SGNS_BENCH_CACHE to another"
    with pytest.raises(DatasetError, match=message):
        datasets.load("mine").local_path()


def test_an_interrupted_generator_leaves_nothing(write, maker, monkeypatch):
    def interrupt(folder):
        (folder / "words.txt").write_text("a")
        raise KeyboardInterrupt

    write(GENERATED.format(sha256=hashlib.sha256(b"a b").hexdigest()))
    monkeypatch.setattr(sys.modules["sgns_bench.datasets.maker"], "write", interrupt)

    with pytest.raises(KeyboardInterrupt):
        datasets.load("mine").local_path()

    assert [] == list(datasets.load("mine").folder.iterdir())
