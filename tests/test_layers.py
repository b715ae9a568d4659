"""Modules import only from layers below their own."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sgns_bench"
LAYERS = [
    {"errors"},
    {
        "config",
        "curve",
        "machine",
        "plugins",
        "progress",
        "resources",
        "rng",
        "stats",
        "threads",
        "word_table",
    },
    {"archives", "checksum", "noise", "scan", "simd", "wikifil", "wikipedia"},
    {"collector", "draws", "pairs", "sessions", "textfiles", "walks"},
    {"datasets", "kernels", "softmax", "vocab"},  # kernels see arrays only: no Vocab, no Corpus
    {"_fused_softmax", "blocks", "embeddings", "encoding", "fetching"},
    {"corpus", "fused_softmax", "planted"},
    {"cooccurrence", "prefix", "pytorch", "tables"},
    {"tasks", "trainers"},
    {"measures", "throughput"},
    {"record", "suite"},
    {"cell", "compare", "listing", "paired", "report", "scorecard", "word2vec"},
    {"trial"},
    {"runner"},
    {"cli"},
    {"__main__"},
]
RANK = {unit: rank for rank, layer in enumerate(LAYERS) for unit in layer}
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__"
)


def unit_of(path: Path) -> str:
    """Return 'kernels' for sgns_bench/kernels/cpu.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_units(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module="sgns_bench"):
                yield from (alias.name for alias in node.names if alias.name in RANK)
            case ast.ImportFrom(module=str(module)) if module.startswith("sgns_bench."):
                yield module.split(".")[1]
            case ast.Import():
                parts = (alias.name.split(".") for alias in node.names)
                yield from (p[1] for p in parts if p[0] == "sgns_bench" and len(p) > 1)


def test_every_module_has_a_layer():
    assert set(RANK) == {unit_of(path) for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    unit = unit_of(path)

    upward = [
        f"{path.relative_to(PACKAGE)} imports {used}"
        for used in imported_units(path.read_text("utf-8"))
        if used != unit and RANK[used] >= RANK[unit]
    ]

    assert [] == upward


@pytest.mark.parametrize(
    "source",
    [
        "from sgns_bench import corpus",
        "from sgns_bench.corpus import Corpus",
        "import sgns_bench.corpus",
        "def f():\n    from sgns_bench.corpus import load_corpus",
    ],
)
def test_every_form_of_import_is_seen(source):
    assert ["corpus"] == list(imported_units(source))


@pytest.mark.parametrize("module", ["cli", "compare", "listing", "report"])
def test_the_command_line_starts_without_slow_packages(module):
    slow = {"torch", "gensim", "pooch", "requests", "matplotlib", "jinja2"}
    code = f"import sys, sgns_bench.{module}; print({slow} & sys.modules.keys())"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()\n" == done.stdout
