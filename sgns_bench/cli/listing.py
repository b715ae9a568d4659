"""Lists the package's suites, settings, trainers, kernels, tasks, measures and datasets."""

import ast
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from rich.filesize import decimal

from sgns_bench import datasets
from sgns_bench.bench import suite
from sgns_bench.cli.options import descriptions
from sgns_bench.config import SkipGramConfig
from sgns_bench.datasets import Dataset
from sgns_bench.host import plugins
from sgns_bench.host.columns import aligned


def _suites() -> list[str]:
    return aligned((name, suite.load(name).title) for name in suite.names())


def _settings() -> list[str]:
    """List each setting with its default and its meaning."""
    defaults = SkipGramConfig().as_dict() | {"workers": "all cores"}
    said = descriptions()
    return aligned((name, str(defaults[name]).lower(), said[name]) for name in defaults)


def _datasets() -> list[str]:
    return aligned((*_facts(dataset), dataset.title) for dataset in datasets.readable())


def _facts(dataset: Dataset) -> tuple[str, ...]:
    licence = re.split("[;,(]", dataset.licence)[0].strip()
    if dataset.package:
        place = f"in {dataset.package}"
    else:
        place = "cached" if dataset.is_here() else "to make" if dataset.generator else "to fetch"
    return dataset.name, dataset.kind, decimal(dataset.bytes), place, licence


def _modules(package: str) -> list[str]:
    """List modules with the first line of their docstrings, without slow imports."""
    folder = Path(__file__).parents[1] / package
    names = plugins.names([str(folder)])
    return aligned((name, _first_line(folder / f"{name}.py")) for name in names)


def _first_line(source: Path) -> str:
    try:
        text = ast.get_docstring(ast.parse(source.read_bytes(), source.name))
    except SyntaxError as error:
        return f"broken: SyntaxError: {error}"
    return (text or "").partition("\n")[0]


LINES: Final[dict[str, Callable[[], list[str]]]] = {
    "suites": _suites,
    "settings": _settings,
    "trainers": partial(_modules, "trainers"),
    "kernels": partial(_modules, "kernels"),
    "tasks": partial(_modules, "tasks"),
    "measures": partial(_modules, "measures"),
    "datasets": _datasets,
}
