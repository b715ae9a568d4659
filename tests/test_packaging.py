"""What a user gets from ``pip install``."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
DATA = ["evals", "datasets"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")))
    with ZipFile(path) as archive:
        yield archive


def test_the_wheel_carries_every_file_of_the_package_and_of_the_data_folders(wheel):
    folders = {"sgns_bench": "sgns_bench"} | {kind: f"sgns_bench/_data/{kind}" for kind in DATA}
    expected = {
        f"{there}/{path.relative_to(ROOT / here).as_posix()}"
        for here, there in folders.items()
        for path in (ROOT / here).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert expected == {name for name in wheel.namelist() if ".dist-info/" not in name}


@pytest.mark.parametrize("kind", DATA)
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


def test_the_wheel_installs_a_command(wheel):
    (scripts,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    assert "sgns-bench = sgns_bench.cli:main" in wheel.read(scripts).decode()
