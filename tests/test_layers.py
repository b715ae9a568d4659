"""Imports point downwards only, and to what a room offers."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sgns_bench"
LAYERS = [  # rooms and files that may not import each other share a row
    {"errors"},
    {"host", "record", "stats", "vocab"},
    {"compilation", "config", "embeddings"},
    {"sampling"},
    {"datasets", "kernels", "report"},  # kernels see arrays only: no Vocab, no Corpus
    {"corpus", "tasks"},
    {"evaluation", "pytorch", "trainers"},
    {"measures", "word2vec"},
    {"bench"},
    {"regression"},
    {"cli"},
    {"__main__"},
]
RANK = {room: rank for rank, row in enumerate(LAYERS) for room in row}
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__"
)


def room_of(path: Path) -> str:
    """Return 'kernels' for sgns_bench/kernels/cpu.py, 'vocab' for sgns_bench/vocab.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(source: str) -> Iterator[list[str]]:
    """Yield ['trainers', 'sgns', 'prepare'] for from sgns_bench.trainers.sgns import prepare."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module=str(module)):
                names = [f"{module}.{alias.name}" for alias in node.names]
            case ast.Import():
                names = [alias.name for alias in node.names]
            case _:
                continue
        yield from (n.split(".")[1:] for n in names if n.startswith("sgns_bench."))


def upward(room: str, source: str) -> list[str]:
    """Return what a module of a room imports of its own row, from above, or from the very top."""
    below = {"__version__", room} | {other for other in RANK if RANK[other] < RANK[room]}
    return [".".join(parts) for parts in imports(source) if parts[0] not in below]


def private(room: str, source: str) -> list[str]:
    """Return what a module of a room imports of other rooms that begins with "_"."""
    foreign = (parts for parts in imports(source) if parts[0] != room)
    return [".".join(p) for p in foreign if any(name.startswith("_") for name in p[1:])]


def test_every_room_has_a_row():
    assert set(RANK) == {room_of(path) for path in MODULES}
    assert len(RANK) == sum(map(len, LAYERS))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards_and_to_what_is_public(path):
    source = path.read_text("utf-8")

    assert [] == upward(room_of(path), source)
    assert [] == private(room_of(path), source)


@pytest.mark.parametrize(
    "source",
    [
        "from sgns_bench import corpus",
        "from sgns_bench.corpus import Corpus",
        "import sgns_bench.corpus.encoder",
        "def f():\n    from sgns_bench.corpus import load_corpus",
        "from sgns_bench import Corpus",  # as its users write it
    ],
)
def test_every_form_of_upward_import_is_seen(source):
    assert upward("kernels", source)
    assert upward("tasks", source)  # of the same row
    assert [] == private("kernels", source)


@pytest.mark.parametrize(
    "source",
    [
        "from sgns_bench.trainers import _schedule",
        "from sgns_bench.trainers._schedule import run_jobs",
        "import sgns_bench.trainers._schedule",
        "from sgns_bench.trainers.sgns import _SECONDS_PER_WORD",
        "def f():\n    from sgns_bench.trainers._schedule import run_jobs",
    ],
)
def test_every_form_of_private_import_is_seen(source):
    assert private("word2vec", source)
    assert [] == upward("word2vec", source)
    assert [] == private("trainers", source)


SLOW = {"torch", "gensim", "pooch", "requests", "matplotlib", "jinja2"}


@pytest.mark.parametrize(
    ("code", "others"),
    [
        *[
            (f"import sgns_bench.{module}", ())
            for module in ("cli", "cli.listing", "regression", "report")
        ],
        ("import sgns_bench", ["numba"]),
        ("from sgns_bench import kernels; kernels.names()", []),
        ("from sgns_bench import datasets; datasets.load('lee').local_path()", ["numba"]),
        ("from sgns_bench.host import machine; machine.describe_machine()", ["numba", "scipy"]),
    ],
)
def test_the_command_line_starts_without_slow_packages(code, others):
    code += f"; import sys; print({SLOW.union(others)} & sys.modules.keys())"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()\n" == done.stdout
