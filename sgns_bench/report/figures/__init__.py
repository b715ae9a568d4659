"""Figures: each module draws one kind, wherever the records have its axes."""

from collections.abc import Iterable
from importlib import import_module
from typing import Final, Protocol, cast

from sgns_bench.report.document import Figure
from sgns_bench.report.results import Results

KINDS: Final = (
    "scaling", "law", "best_k", "heatmap", "effects", "trainers", "curves", "lines", "pareto"
)  # fmt: skip
"""In the order in which to read them: what answers a question comes before what is good to know."""


class Kind(Protocol):
    """What a module of this package has."""

    def figures(self, results: Results) -> Iterable[Figure]:
        """Yield the figures, none where the records do not have the axes."""
        ...

    def findings(self, results: Results) -> Iterable[str]:
        """Yield one sentence with its interval for every question that they answer."""
        ...


def collect(results: Results) -> list[Figure]:
    """Return the figures of a run on one corpus; none is drawn before a page asks for it."""
    return [figure for kind in _kinds() for figure in kind.figures(results)]


def findings(results: Results) -> list[str]:
    """Return what the figures prove, in sentences that may stand alone."""
    return [sentence for kind in _kinds() for sentence in kind.findings(results)]


def _kinds() -> list[Kind]:
    return [cast(Kind, import_module(f"{__name__}.{name}")) for name in KINDS]
