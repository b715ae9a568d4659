"""Trainers, one per file; the file's name is the trainer's name.

A trainer is a module that satisfies :class:`Trainer`; ``sppmi_svd.py`` is one without helpers.
``list trainers`` shows the first line of its docstring. The harness times the callable that
``prepare`` returns, and ``prepare`` itself separately, so that set-up and compilation are not part
of the training time.
"""

import logging
import math
from collections.abc import Callable
from contextlib import ExitStack
from inspect import signature
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Protocol

from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import ConfigError, ContractError, UnknownName
from sgns_bench.host import plugins
from sgns_bench.host.machine import resolve_device
from sgns_bench.host.progress import Progress as Progress
from sgns_bench.host.progress import training_progress
from sgns_bench.trainers._checkpoints import SECONDS as SECONDS
from sgns_bench.trainers._checkpoints import Checkpoints as Checkpoints
from sgns_bench.trainers._checkpoints import open_checkpoints as open_checkpoints
from sgns_bench.trainers._snapshots import Snapshot as Snapshot
from sgns_bench.trainers._snapshots import Snapshots as Snapshots

logger = logging.getLogger("sgns_bench")

CBOW_SETTINGS: Final = frozenset({"cbow_mean", "cbow_gradient"})
"""Settings that only CBOW trainers use."""

OUR_SETTINGS: Final = CBOW_SETTINGS | {"block_size", "negatives_per_draw", "min_flatness"}
"""Settings that only CBOW trainers or trainers with blocks of centers use."""


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

        A trainer that also takes ``checkpoints`` (:class:`Checkpoints`)
        begins with their newest one and writes others; ``sgns.py`` does.

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
    checkpoints: Checkpoints | None = None,
) -> Callable[[], Embeddings]:
    """Call ``prepare`` of the trainer with this name, see :class:`Trainer`.

    It and the function it returns raise ContractError if they return something else.
    """
    where, help_ = f"trainers/{name}.py", f"see {__name__}.Trainer"
    options = {"snapshots": snapshots, "checkpoints": checkpoints}
    given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    training = load(name).prepare(corpus, config, device, progress, **given)
    plugins.expect(training, Callable, f"{where}: prepare returned something", help_)

    def train() -> Embeddings:
        what = f"{where}: the training returned something"
        return plugins.expect(training(), Embeddings, what, help_)

    return train


def writes_checkpoints(name: str) -> bool:
    """Return whether the trainer with this name can write checkpoints."""
    return "checkpoints" in signature(load(name).prepare).parameters


def _check_types(corpus: object, config: object) -> None:
    if not isinstance(corpus, Corpus):
        raise ConfigError(
            f"corpus is of type {type(corpus).__name__}; make one with load_corpus(path) or"
            " corpus_from_sentences(sentences)"
        )
    if not isinstance(config, SkipGramConfig | None):
        raise ConfigError(f"config is of type {type(config).__name__}; give SkipGramConfig(...)")


def train(
    corpus: Corpus,
    config: SkipGramConfig | None = None,
    *,
    trainer: str = "sgns",
    device: str = "auto",
    progress: bool | Progress = False,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = SECONDS,
) -> Embeddings:
    """Train embeddings on a corpus.

    The logger ``sgns_bench`` tells the progress once a second, at INFO.

    Args:
        corpus: from ``load_corpus`` or ``corpus_from_sentences``.
        config: settings; None: the defaults. ``min_count`` has its effect on loading a corpus;
            a warning is logged if the two differ.
        trainer: one of :func:`names`.
        device: "auto", "cpu" or "cuda".
        progress: True shows a progress bar, on a terminal or in Jupyter; a function is called from
            time to time, see :class:`Progress`.
        checkpoint: folder for checkpoints. Where there is one already, of the same corpus and
            settings, training goes on from it: with one worker to the same vectors, bit for bit.
        checkpoint_seconds: time between two checkpoints; there is another when the training ends or is
            interrupted.

    Raises:
        ConfigError: the trainer writes no checkpoints, or those in the folder are of another training.
        UnknownName: no trainer or device has this name.
        Unavailable: the device is not available.
    """
    _check_types(corpus, config)
    on = resolve_device(device)
    if config and config.min_count != corpus.min_count:
        logger.warning(
            "min_count = %d has no effect: %s was loaded with min_count = %d; give both the same",
            config.min_count, corpus.name, corpus.min_count,
        )  # fmt: skip
    config = config or SkipGramConfig()
    words = config.epochs * len(corpus.tokens)
    with ExitStack() as stack:
        checkpoints = None
        if checkpoint is not None:
            if not writes_checkpoints(trainer):
                able = ", ".join(filter(writes_checkpoints, names()))
                raise ConfigError(f"trainer {trainer!r} writes no checkpoints; {able} do")
            opened = open_checkpoints(checkpoint, trainer, corpus, config, checkpoint_seconds)
            checkpoints = stack.enter_context(opened)
        label = f"{trainer} on {corpus.name}"
        update = stack.enter_context(training_progress(label, words, progress))
        training = prepare(trainer, corpus, config, on, update, checkpoints=checkpoints)
        begin = perf_counter()
        embeddings = training()
        seconds = perf_counter() - begin
        if checkpoints:
            checkpoints.finish(lambda: (embeddings.input_vectors, embeddings.output_vectors))
    logger.info(
        "%s: trained %d words in %.1f s, %.0f words/s", trainer, words, seconds, words / seconds
    )
    if not math.isfinite(float(embeddings.input_vectors.sum(dtype="float64"))):
        logger.warning("training diverged: vectors are not finite; lower alpha and train anew")
    return embeddings
