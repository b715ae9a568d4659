"""Machine code on disk is of the sources as they are."""

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from numba.core import caching

PACKAGE = Path(__file__).parents[1] / "sgns_bench"

BELOW = """
import numba
FACTOR = {factor}

@numba.njit
def scaled(x):
    return FACTOR * x
"""
ABOVE = """
import below_it
from below_it import scaled
from sgns_bench.compilation import cached_njit

@cached_njit(depends_on=[below_it])
def scaled_and_one_more(x):
    return scaled(x) + 1
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Return a function that loads a compiled function as a new process does."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "above_it.py").write_text(ABOVE)

    def load(factor):
        (tmp_path / "below_it.py").write_text(BELOW.format(factor=factor))
        for name in ("above_it", "below_it"):
            sys.modules.pop(name, None)
        return importlib.import_module("above_it").scaled_and_one_more

    yield load
    for name in ("above_it", "below_it"):
        sys.modules.pop(name, None)


def test_an_edit_of_a_module_that_is_compiled_in_renews_the_machine_code(load):
    before, unchanged, edited = [(f(3), f.stats) for f in map(load, (2, 2, 5))]

    assert [7, 7, 16] == [before[0], unchanged[0], edited[0]]
    assert [0, 1, 0] == [sum(stats.cache_hits.values()) for _, stats in (before, unchanged, edited)]


def test_compiling_is_said_once_and_machine_code_from_the_disk_is_not_compiled(tmp_path):
    code = (
        "import logging; logging.basicConfig(level=logging.INFO, format='%(message)s');"
        "from sgns_bench.sampling.compiled import count_kept; import numpy as np;"
        "none = np.zeros(0, dtype=np.int64);"
        "count_kept(none.astype(np.int32), np.zeros(1, dtype=np.int64), none,"
        " np.zeros(0, dtype=np.uint32), 1)"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}

    first, second = (
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        ).stderr
        for _ in range(2)
    )

    assert first == "compiling, for some seconds; the machine code is kept for the next time\n"
    assert second == ""


@pytest.mark.parametrize("content", [b"", b"not a pickle", None], ids=["empty", "text", "cut"])
def test_damaged_machine_code_is_compiled_anew(load, tmp_path, content):
    assert load(2)(3) == 7
    for file in (tmp_path / "cache").rglob("*.nb?"):
        file.write_bytes(file.read_bytes()[:-9] if content is None else content)

    assert load(2)(3) == 7  # and is cached again
    again = load(2)
    assert again(3) == 7
    assert sum(again.stats.cache_hits.values()) == 1


def test_without_a_folder_beside_the_package_the_cache_is_among_our_own(
    load, tmp_path, monkeypatch
):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "own"))
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    classes = caching.CacheImpl._locator_classes
    asked = [kind for kind in classes if "UserProvided" in kind.__name__]  # by CACHE_DIR
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", asked)

    first, second = load(2), load(2)

    assert [7, 7] == [first(3), second(3)]
    assert sum(second.stats.cache_hits.values()) == 1
    assert list((tmp_path / "own" / "numba").rglob("*.nbi"))
    assert numba.config.CACHE_DIR == ""


def test_without_any_folder_each_process_compiles_for_itself(load, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "file" / "below"))
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    assert load(2)(3) == 7


def own_imports(tree):
    """Yield the modules of this package that a module imports, as files."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sgns_bench"):
            folder = PACKAGE.joinpath(*node.module.split(".")[1:])
            yield folder.with_suffix(".py")
            yield from (folder / f"{alias.name}.py" for alias in node.names)


def compiled_in(path):
    """Return the modules that a module's machine code is made of; of rng it has the constants."""
    found = set()
    for used in filter(Path.is_file, own_imports(ast.parse(path.read_text("utf-8")))):
        if used.stem == "rng" or re.search(
            r"@(numba\.)?\w*jit|@intrinsic", used.read_text("utf-8")
        ):
            found |= {used.stem} | compiled_in(used)
    return found


@pytest.mark.parametrize(
    "path", [path for path in PACKAGE.rglob("*.py") if "@cached_njit" in path.read_text("utf-8")]
)
def test_all_that_is_compiled_in_is_named(path):
    tree = ast.parse(path.read_text("utf-8"))
    named = [
        {element.id for element in call.keywords[0].value.elts}
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "cached_njit"
    ]

    assert [compiled_in(path)] * len(named) == named
