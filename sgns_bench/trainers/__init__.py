"""Trainers, one per file; the file's name is the trainer's name.

A trainer is a module that satisfies :class:`Trainer`; ``sppmi_svd.py`` is one without helpers.
``list trainers`` shows the first line of its docstring. The harness times the callable that
``prepare`` returns, and ``prepare`` itself separately, so that set-up and compilation are not part
of the training time.
"""

from collections.abc import Callable
from typing import Final, Protocol

from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import ContractError, UnknownName
from sgns_bench.host import plugins
from sgns_bench.host.machine import resolve_device
from sgns_bench.trainers._snapshots import Snapshot as Snapshot
from sgns_bench.trainers._snapshots import Snapshots as Snapshots

CBOW_SETTINGS: Final = frozenset({"cbow_mean", "cbow_gradient"})
"""Settings that only CBOW trainers use."""

OUR_SETTINGS: Final = CBOW_SETTINGS | {"block_size", "negatives_per_draw", "min_flatness"}
"""Settings that only CBOW trainers or trainers with blocks of centers use."""


class Progress(Protocol):
    """A callback that the training thread calls with its progress from time to time."""

    def __call__(self, words: int, loss: float) -> None:
        """Report the words trained so far and the recent loss.

        An exception raised here ends the training; a suite's time limit works this way.

        Args:
            words: raw words so far, at most ``config.epochs * len(corpus.tokens)``.
            loss: mean nats per pair of recent training; NaN if the trainer has none.
        """


class Trainer(Protocol):
    """The interface of every module in this folder."""

    IGNORES: frozenset[str]
    """Settings that make no difference to this trainer; a grid trains one value of them."""

    def prepare(
        self,
        corpus: Corpus,
        config: SkipGramConfig,
        device: str,
        progress: Progress,
        snapshots: Snapshots | None = None,
    ) -> Callable[[], Embeddings]:
        """Set up, compile and warm up; return a function that trains.

        Args:
            corpus: the tokens; every trainer gets the same.
            config: the settings.
            device: "cpu" or "cuda", already resolved from "auto".
            progress: see :class:`Progress`.
            snapshots: given only for suites with ``curve``: call its ``keep`` at each number of
                words in its ``stops``. A trainer that never calls it has only the last point of
                a curve.

        Returns:
            A function to be called once. Its embeddings have ``corpus.vocab`` and one row per word
            in the order of the vocabulary.

        Raises:
            Unavailable: the trainer cannot run on this device.
        """


def names() -> list[str]:
    """Return the names of all trainers."""
    return plugins.names(__path__)


def load(name: str) -> Trainer:
    """Return the trainer with this name; raises as :func:`sgns_bench.host.plugins.load`."""
    trainer: Trainer = plugins.load(__name__, name, Trainer)
    for setting in sorted(map(str, trainer.IGNORES - set(SETTINGS))):
        unknown = UnknownName("setting", setting, SETTINGS)
        raise ContractError(f"trainers/{name}.py: IGNORES: {unknown}")
    return trainer


def prepare(
    name: str,
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    progress: Progress,
    snapshots: Snapshots | None = None,
) -> Callable[[], Embeddings]:
    """Call ``prepare`` of the trainer with this name, see :class:`Trainer`.

    It and the function it returns raise ContractError if they return something else.
    """
    where, help_ = f"trainers/{name}.py", f"see {__name__}.Trainer"
    training = load(name).prepare(corpus, config, device, progress, *[snapshots] * bool(snapshots))
    plugins.expect(training, Callable, f"{where}: prepare returned something", help_)

    def train() -> Embeddings:
        what = f"{where}: the training returned something"
        return plugins.expect(training(), Embeddings, what, help_)

    return train


def train(
    corpus: Corpus,
    config: SkipGramConfig | None = None,
    *,
    trainer: str = "sgns",
    device: str = "auto",
    progress: Progress | None = None,
) -> Embeddings:
    """Train embeddings on a corpus.

    Args:
        corpus: from ``load_corpus`` or ``corpus_from_sentences``.
        config: settings; None: the defaults.
        trainer: one of :func:`names`.
        device: "auto", "cpu" or "cuda".
        progress: called from time to time; see :class:`Progress`.

    Raises:
        UnknownName: no trainer or device has this name.
        Unavailable: the device is not available.
    """
    on = resolve_device(device)
    return prepare(trainer, corpus, config or SkipGramConfig(), on, progress or ignore_progress)()


def ignore_progress(words: int, loss: float) -> None:
    """Do nothing: a :class:`Progress` for who needs none."""
