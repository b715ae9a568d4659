from pathlib import Path

import pytest

from sgns_bench.host import resources


@pytest.mark.parametrize("kind", ["evals", "datasets"])
def test_shipped_folders_hold_toml_files_and_nothing_else(kind):
    files = [Path(file.name) for file in resources.shipped(kind).iterdir()]

    assert {".toml"} == {file.suffix for file in files}


@pytest.mark.parametrize("kind", ["evals", "datasets"])
def test_a_wheel_reads_its_own_files(kind, tmp_path, monkeypatch):
    folder = tmp_path / "_data" / kind
    folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)

    assert folder == resources.shipped(kind)


@pytest.mark.parametrize("kind", ["evals", "datasets"])
def test_a_checkout_reads_the_folders_beside_the_package(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)

    assert Path(resources.__file__).parents[2] / kind == resources.shipped(kind)


def test_the_cache_is_otherwise_where_the_platform_says(monkeypatch):
    monkeypatch.setenv("SGNS_BENCH_CACHE", "")

    assert "sgns_bench" in resources.cache_folder().parts
    assert resources.cache_folder().is_absolute()
