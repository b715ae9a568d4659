"""Measures of a training, one per file; the file's name is the measure's name in suites.

A task scores only word vectors, on an evaluation set. A measure may also use the corpus, both
matrices, or train again with the same trainer. It is a module that satisfies :class:`Measure`;
``speedups.py`` is the shortest. Cells in the records are not measured again: after a change of a
measure, use ``run --fresh``.
"""

from typing import Any, NamedTuple, Protocol

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.host import plugins
from sgns_bench.record import Kind
from sgns_bench.tasks import Score


class Training(NamedTuple):
    """A finished training: its inputs and the embeddings it returned."""

    trainer: str
    corpus: Corpus
    config: SkipGramConfig
    device: str
    embeddings: Embeddings


class Measurement(NamedTuple):
    """The result of a measure."""

    scores: list[Score]  # all scores, the main one first
    points: dict[str, Any]  # points of a scatter plot, as a JSON object; empty: no plot
    # "fit" if the scores are parameters of a fitted line, "scaling" if they are costs whose section
    # is a size, else "score"; see :attr:`sgns_bench.record.Record.kind`
    kind: Kind = "score"


class Measure(Protocol):
    """The interface of every module in this folder."""

    def measure(self, training: Training) -> Measurement:
        """Measure a finished training."""


def names() -> list[str]:
    """Return the names of all measures."""
    return plugins.names(__path__)


def load(name: str) -> Measure:
    """Return the measure with this name; raises as :func:`sgns_bench.host.plugins.load`."""
    module: Measure = plugins.load(__name__, name, Measure)
    return module


def measure(name: str, training: Training) -> Measurement:
    """Measure a training with the measure of this name; raises as :func:`load`."""
    found = load(name).measure(training)
    what = f"measures/{name}.py: measure returned something"
    return plugins.expect(found, Measurement, what, f"see {__name__}.Measure")
