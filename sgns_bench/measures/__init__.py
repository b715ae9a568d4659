"""One file per measure of a training itself; its name is its registration.

A task scores vectors on an evaluation set, whoever trained them. A measure looks at more: at the
corpus, at both matrices, or at what the trainer does elsewhere. Suites ask for it by name. It is a
module that satisfies :class:`Measure`; ``speedups.py`` is the shortest. Cells that are in the
records are not measured again: after a change of a measure, ``run --fresh``.
"""

from typing import Any, NamedTuple, Protocol

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import UnknownName
from sgns_bench.host import plugins
from sgns_bench.record import Kind
from sgns_bench.tasks import Score


class Training(NamedTuple):
    """A training that is over."""

    trainer: str
    corpus: Corpus
    config: SkipGramConfig
    device: str
    embeddings: Embeddings


class Measurement(NamedTuple):
    """What a measure found.

    Attributes:
        scores: the main one comes first.
        points: for a scatter plot, a JSON object; empty where there is none.
        kind: "fit" of scores that are parameters of a line, "scaling" of costs by the size that
            their section gives; see :attr:`sgns_bench.record.Record.kind`.
    """

    scores: list[Score]
    points: dict[str, Any]
    kind: Kind = "score"


class Measure(Protocol):
    """What a module in this folder provides."""

    def measure(self, training: Training) -> Measurement:
        """Measure a training."""


def names() -> list[str]:
    """Return the names of all measures."""
    return plugins.names(__path__)


def load(name: str) -> Measure:
    """Return the measure of that name.

    Raises:
        UnknownName: there is none.
        ContractError: it is no :class:`Measure`.
    """
    if name not in names():
        raise UnknownName("measure", name, names())
    module: Measure = plugins.load(__name__, name, Measure)
    return module


def measure(name: str, training: Training) -> Measurement:
    """Measure a training, by the measure of that name.

    Raises:
        UnknownName: there is none.
        ContractError: it is no :class:`Measure`.
    """
    found = load(name).measure(training)
    what = f"measures/{name}.py: measure returned something"
    return plugins.expect(found, Measurement, what, f"see {__name__}.Measure")
