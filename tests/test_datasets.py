import hashlib
import subprocess
import sys

import pytest

from sgns_bench import datasets
from sgns_bench.errors import DatasetError, UnknownName

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
    monkeypatch.setattr(datasets, "shipped", lambda kind: tmp_path)
    return lambda text: (tmp_path / "mine.toml").write_text(text, "utf-8")


def test_every_shipped_file_is_what_its_manifest_says():
    for name in datasets.names():
        dataset = datasets.load(name)

        path = dataset.local_path()

        assert dataset.bytes == path.stat().st_size
        assert dataset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_names_are_those_of_a_kind():
    assert ["gensim-wiki", "lee"] == datasets.names("corpus")
    assert ["google-analogies"] == datasets.names("analogy")
    assert ["simlex999", "wordsim353"] == datasets.names("similarity")


def test_names_without_a_kind_are_all_of_them():
    every = [name for kind in ("corpus", "analogy", "similarity") for name in datasets.names(kind)]

    assert sorted(every) == datasets.names()


def test_a_misspelt_name_is_answered_by_the_nearest():
    with pytest.raises(UnknownName, match="no dataset named 'simlex99'; did you mean 'simlex999'"):
        datasets.load("simlex99")


def test_finding_a_file_inside_gensim_does_not_import_gensim():
    code = (
        "import sys; from sgns_bench import datasets; datasets.load('lee').local_path();"
        "print('gensim' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False\n" == done.stdout


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "corpus"', 'kind = "corps"', "datasets/mine.toml: kind: "),
        ('title = "A corpus"', "", "datasets/mine.toml: title: "),
        ('title = "A corpus"', 'title = ""', "datasets/mine.toml: title: "),
        ("bytes = 1", 'bytes = "1"', "datasets/mine.toml: bytes: "),
        ("bytes = 1", "bytes = 1\nlicense = 1", "datasets/mine.toml: license: "),
        ("bytes = 1", 'bytes = 1\nname = "other"', "datasets/mine.toml: name: "),
        ("bytes = 1", "bytes = ", "datasets/mine.toml: Invalid value"),
        (OF_NOTHING, "abc", "datasets/mine.toml: sha256: "),
    ],
)
def test_a_broken_manifest_names_file_and_key(write, old, new, message):
    write(MANIFEST.format(sha256=OF_NOTHING).replace(old, new))

    with pytest.raises(DatasetError, match=f"^{message}") as caught:
        datasets.load("mine")

    assert "\n" not in str(caught.value)


def test_a_file_with_another_hash_is_refused(write):
    write(MANIFEST.format(sha256="0" * 64))

    with pytest.raises(DatasetError, match=r"sha256 is e3b0c442…, datasets/mine.toml says 0000"):
        datasets.load("mine").local_path()


def test_a_hash_is_computed_once_per_process(monkeypatch):
    lee = datasets.load("lee")
    lee.local_path()
    monkeypatch.setattr("pathlib.Path.open", lambda *args: pytest.fail("read again"))

    assert lee.local_path().name == "lee_background.cor"


def test_a_file_that_is_gone_is_one_line(write):
    write(MANIFEST.format(sha256=OF_NOTHING).replace("py.typed", "nowhere.txt"))

    with pytest.raises(DatasetError, match=r"^mine: no file .*nowhere.txt; reinstall pytest$"):
        datasets.load("mine").local_path()


def test_a_package_that_is_not_installed_is_one_line(write):
    write(MANIFEST.format(sha256=OF_NOTHING).replace('"pytest"', '"no_such_package"'))

    with pytest.raises(DatasetError, match=r"is not installed; pip install no_such_package$"):
        datasets.load("mine").local_path()
