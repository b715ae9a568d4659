"""What a user gets from ``pip install``."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

import sgns_bench

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")))
    with ZipFile(path) as archive:
        yield archive


@pytest.mark.parametrize("kind", ["evals", "datasets"])
def test_the_wheel_carries_every_toml_file(wheel, kind):
    expected = {f"sgns_bench/_data/{kind}/{file.name}" for file in (ROOT / kind).iterdir()}

    assert expected == {name for name in wheel.namelist() if f"/_data/{kind}/" in name}


def test_the_wheel_carries_every_module(wheel):
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "sgns_bench").rglob("*.py")}

    assert expected == {name for name in wheel.namelist() if name.endswith(".py")}


def test_the_wheel_carries_what_pages_are_made_of(wheel):
    folder = ROOT / "sgns_bench" / "report" / "templates"

    expected = {f"sgns_bench/report/templates/{file.name}" for file in folder.iterdir()}

    assert len(expected) > 1
    assert expected == {name for name in wheel.namelist() if "/templates/" in name}


def test_the_wheel_adds_one_package_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {"sgns_bench", f"sgns_bench-{sgns_bench.__version__}.dist-info"} == tops


@pytest.mark.parametrize("kind", ["evals", "datasets"])
def test_the_wheel_shadows_no_package_named_as_its_data_folders(wheel, kind, tmp_path):
    wheel.extractall(tmp_path)
    code = f"""
import sys
sys.path.append({str(tmp_path)!r})
from importlib.util import find_spec
print(find_spec("sgns_bench") is not None, find_spec({kind!r}))
"""

    # Without site-packages, where others may have a package of that name.
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "True None\n" == done.stdout


def test_the_wheel_says_that_it_is_typed(wheel):
    assert "sgns_bench/py.typed" in wheel.namelist()


def test_the_wheel_installs_a_command(wheel):
    (scripts,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    assert "sgns-bench = sgns_bench.cli:main" in wheel.read(scripts).decode()


@pytest.mark.parametrize("kind", ["evals", "datasets"])
def test_data_folders_hold_no_python_and_so_shadow_no_package(kind):
    assert [] == list((ROOT / kind).rglob("*.py"))
