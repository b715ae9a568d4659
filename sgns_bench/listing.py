"""What comes with the package: names, and one line about each."""

import ast
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from sgns_bench import datasets, suite

Titles = list[tuple[str, str]]


def _suites() -> Titles:
    return [(name, suite.load(name).title) for name in suite.names()]


def _datasets() -> Titles:
    return [(name, datasets.load(name).title) for name in datasets.names()]


def _modules(package: str) -> Titles:
    """Modules and the first lines of their docstrings; importing them would take seconds."""
    folder = Path(__file__).with_name(package)
    names = sorted(module.name for module in iter_modules([str(folder)]))
    return [(name, _first_line(folder / f"{name}.py")) for name in names]


def _first_line(source: Path) -> str:
    return (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").partition("\n")[0]


TITLES: Final[dict[str, Callable[[], Titles]]] = {
    "suites": _suites,
    "trainers": partial(_modules, "trainers"),
    "kernels": partial(_modules, "kernels"),
    "datasets": _datasets,
}
