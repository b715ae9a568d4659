"""One file per trainer; its name is its registration.

A trainer is a module that satisfies :class:`Trainer`; ``sppmi_svd.py`` is one without helpers. The first
line of its docstring is what ``list trainers`` shows. The harness times only the callable that
``prepare`` returns, so set-up and compilation neither leak into a measurement nor stay hidden:
the time of ``prepare`` is a record of its own.
"""

from collections.abc import Callable
from typing import Final, Protocol

from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import ContractError, UnknownName
from sgns_bench.host import plugins
from sgns_bench.host.machine import resolve_device
from sgns_bench.trainers._snapshots import Snapshot, Snapshots

__all__ = [
    "Progress",
    "Snapshot",
    "Snapshots",
    "Trainer",
    "load",
    "names",
    "prepare",
    "train",
]

CBOW_SETTINGS: Final = frozenset({"cbow_mean", "cbow_gradient"})
"""Settings that only a trainer of CBOW heeds."""

OUR_SETTINGS: Final = CBOW_SETTINGS | {"block_size", "negatives_per_draw", "min_flatness"}
"""Those, and what only a trainer with blocks of centers heeds: all others ignore them."""


class Progress(Protocol):
    """Called now and then while training, from the thread that trains."""

    def __call__(self, words: int, loss: float) -> None:
        """Report raw words trained so far, all epochs together, and recent loss.

        What it raises ends the training: a suite's limit is kept so.

        Args:
            words: of ``config.epochs * len(corpus.tokens)``.
            loss: nats per pair, over a recent stretch; NaN where the trainer has none.
        """


class Trainer(Protocol):
    """What a module in this folder provides."""

    IGNORES: frozenset[str]
    """Settings that make no difference to this trainer; a grid is collapsed over them."""

    def prepare(
        self,
        corpus: Corpus,
        config: SkipGramConfig,
        device: str,
        progress: Progress,
        snapshots: Snapshots | None = None,
    ) -> Callable[[], Embeddings]:
        """Set everything up, compile, warm up; return the training itself.

        Args:
            corpus: the tokens; every trainer gets the same.
            config: the settings.
            device: "cpu" or "cuda", already resolved from "auto".
            progress: see :class:`Progress`.
            snapshots: given only for suites with ``curve``: call its ``keep`` when as many words
                are trained as its ``stops`` say. A trainer that does not has the end of its
                curves alone.

        Returns:
            The training, called once. Its embeddings have ``corpus.vocab`` and a row for each
            word in that order.

        Raises:
            Unavailable: this trainer cannot run on that device.
        """


def names() -> list[str]:
    """Return the names of all trainers."""
    return plugins.names(__path__)


def load(name: str) -> Trainer:
    """Return the trainer of that name.

    Raises:
        UnknownName: there is none.
        ContractError: it is no :class:`Trainer`.
    """
    if name not in names():
        raise UnknownName("trainer", name, names())
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
    """Prepare a training by the trainer of that name, as :class:`Trainer` says.

    Raises:
        ContractError: it returns something else than is asked of it; so may the training.
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
        config: settings; None takes the defaults.
        trainer: one of :func:`names`.
        device: "auto", "cpu" or "cuda".
        progress: called now and then; see :class:`Progress`.

    Raises:
        UnknownName: there is no such trainer or device.
        Unavailable: the device is not there.
    """
    on = resolve_device(device)
    return prepare(trainer, corpus, config or SkipGramConfig(), on, progress or _ignore)()


def _ignore(words: int, loss: float) -> None:
    """Report nothing."""
