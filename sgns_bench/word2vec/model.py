"""The class ``Word2Vec``: gensim's class with training on our kernels where they apply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from timeit import default_timer
from typing import Any, Final, Self

import numpy as np
from gensim.models import KeyedVectors
from gensim.models.word2vec import MAX_WORDS_IN_BATCH, LineSentence
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench.errors import ConfigError
from sgns_bench.host.files import replacing_all
from sgns_bench.host.machine import resolve_device
from sgns_bench.trainers import SECONDS
from sgns_bench.word2vec.arguments import (
    ARGUMENTS,
    TRAIN_ARGUMENTS,
    initial_vectors,
    is_packed,
)
from sgns_bench.word2vec.checkpoints import open_checkpoints
from sgns_bench.word2vec.encoded import Counted, Encoded, Sentences, count, count_files, encode
from sgns_bench.word2vec.fallback import harmless, has_own_noise, warn_of_gensim, why_gensim
from sgns_bench.word2vec.training import Expected, ModelTraining, Tally, check_rows

logger = logging.getLogger(__name__)

Counts = tuple[int, int, int]

EMPTY: Final = (
    "train() called with an empty iterator (if not intended, be sure to provide a corpus that"
    " offers restartable iteration = an iterable)."
)


@dataclass(slots=True)
class _Context:
    """The state of a model between its constructor and the end of a training."""

    initial: KeyedVectors | None = None  # vectors that words start from; None: random
    constructing: bool = False  # whether the constructor is running
    # the corpus that the constructor has counted and not yet trained
    counted: Counted | None = None
    accelerating: bool = False  # whether the current training runs on our kernels
    training: ModelTraining | None = None  # the current training; None before its first epoch
    checkpoint: str | Path | None = None  # folder
    checkpoint_seconds: float = SECONDS

    def encoded(self, corpus: Any, key_to_index: Mapping[Any, int]) -> Encoded | Sentences:
        """Return a file, or what has a length, as token ids; any other corpus unchanged."""
        if counted := self.counted:
            self.counted = None
            return counted.in_vocabulary(key_to_index)
        if hasattr(corpus, "__len__"):
            return encode(corpus, key_to_index)
        counted = count_files(corpus)
        return counted.in_vocabulary(key_to_index) if counted else corpus


class Word2Vec(GensimWord2Vec):  # type: ignore[misc]  # gensim is untyped
    """Train word vectors as ``gensim.models.Word2Vec`` does, on our kernels where they apply.

    Departures from gensim, each of which corrects a fault:

    * alpha falls by global progress, also with ``corpus_file`` and several workers;
    * no word of a long sentence or of a large ``batch_words`` is dropped;
    * the loss is the mean of the epoch so far, in nats per pair, in float64;
    * an error in a thread or in the user's sentences is raised;
    * words that are integers are never taken for row numbers;
    * a second call of ``build_vocab`` without ``update`` starts anew.

    Files, and sentences that have a length (a list, a pandas Series), are encoded once and shuffled in
    every epoch.

    gensim's arguments come in gensim's order. ``corpus_file`` may be compressed.

    Args:
        device: "auto", "cpu" or "cuda"; "auto" is the CPU for now.
        init_vectors: KeyedVectors or the path of a file of vectors to start from; other words
            start as in gensim.
        checkpoint: folder for checkpoints of the training, if it runs on our kernels. The same call
            goes on from the newest one there: with one worker to the same vectors, bit for bit.
            Needs sentences that have a length, or a ``corpus_file``.
        checkpoint_seconds: time between two checkpoints; there is another when the training ends or
            is interrupted.

    Raises:
        TypeError, ValueError, RuntimeError: as in gensim.
        Unavailable: the device is not available.
        ConfigError: ``init_vectors`` has another dimension; the checkpoint is of another training;
            or, in training, an array of the model does not have a row per word.
    """

    device: str = "auto"

    def __init__(
        self,
        sentences: Any = None,
        corpus_file: Any = None,
        vector_size: int = 100,
        alpha: float = 0.025,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        sample: float = 1e-3,
        seed: int | None = 1,
        workers: int = 3,
        min_alpha: float = 0.0001,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Callable[..., int] = hash,
        epochs: int = 5,
        null_word: int = 0,
        trim_rule: Callable[..., int] | None = None,
        sorted_vocab: int = 1,
        batch_words: int = MAX_WORDS_IN_BATCH,
        compute_loss: bool = False,
        callbacks: Iterable[Any] = (),
        comment: str | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        *,
        device: str = "auto",
        init_vectors: KeyedVectors | str | Path | None = None,
        checkpoint: str | Path | None = None,
        checkpoint_seconds: float = SECONDS,
    ) -> None:
        given = locals()
        arguments = {name: given[name] for name in ARGUMENTS}
        if device != "auto":
            resolve_device(device)  # fail on a missing device before reading anything
        self.device = device
        context = self._context
        context.initial = initial_vectors(init_vectors, arguments["vector_size"])
        context.checkpoint, context.checkpoint_seconds = checkpoint, checkpoint_seconds
        context.constructing = True
        try:
            super().__init__(**arguments)
        finally:
            context.constructing, context.counted = False, None

    @property
    def _context(self) -> _Context:
        context: _Context = self.__dict__.setdefault("_context", _Context())
        return context

    def train(
        self,
        corpus_iterable: Any = None,
        corpus_file: Any = None,
        total_examples: int | None = None,
        total_words: int | None = None,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        word_count: int = 0,
        queue_factor: int = 2,
        report_delay: float = 1.0,
        compute_loss: bool = False,
        callbacks: Iterable[Any] = (),
        **kwargs: Any,
    ) -> tuple[int, int]:
        """Train the vectors, with the arguments of ``gensim.models.Word2Vec.train``.

        After Ctrl-C or an error the model keeps the vectors trained so far.
        """
        arguments = {name: value for name, value in locals().items() if name in TRAIN_ARGUMENTS}
        why = why_gensim(self)
        context = self._context
        if why and context.checkpoint:
            raise ConfigError(f"checkpoint: gensim's own training writes none: {why}")
        if why and (self.hs or self.negative > 0):  # else gensim raises an error
            warn_of_gensim(why)
        # Set if a callback of another train() calls this.
        outer = context.accelerating, context.training
        context.accelerating, context.training = not why, None
        try:
            trained: tuple[int, int] = super().train(**arguments, **kwargs)
            if context.training:
                context.training.finish(self)
        finally:
            if context.training:
                context.training.close(self)
            context.accelerating, context.training = outer
        return trained

    def _train_epoch(self, data_iterable: Sentences, **kwargs: Any) -> Counts:
        """Train one epoch on sentences; gensim calls this."""
        if self._context.accelerating:
            return self._epoch(data_iterable, from_file=False, **kwargs)
        errors: list[Exception] = []
        counts: Counts = super()._train_epoch(harmless(data_iterable, errors), **kwargs)
        if errors:
            raise errors[0]
        return counts

    def _train_epoch_corpusfile(self, corpus_file: str, **kwargs: Any) -> Counts:
        """Train one epoch on a file; gensim calls this, and raises an error without total_words."""
        if self._context.accelerating and kwargs["total_words"]:
            return self._epoch(LineSentence(corpus_file), from_file=True, **kwargs)
        counts: Counts = super()._train_epoch_corpusfile(corpus_file, **kwargs)
        return counts

    def _epoch(
        self,
        corpus: Any,
        *,
        from_file: bool,
        cur_epoch: int,
        total_examples: int | None,
        total_words: int | None,
        callbacks: Iterable[Any],
        queue_factor: int = 2,
        report_delay: float = 1.0,
    ) -> Counts:
        """Train one epoch; return numbers of words after subsampling, raw words and jobs."""
        context, expected = self._context, Expected(total_examples, total_words)
        if context.training is None:  # this is the first epoch
            encoded = context.encoded(corpus, self.wv.key_to_index)
            context.training = self._new_training(encoded)
        start, next_report = default_timer() - 1e-5, 1.0
        tally, no_queue = Tally(), Queue[Any]()
        with closing(context.training.epoch(self, cur_epoch, expected)) as finished:
            for done in finished:
                tally.add(done)
                if self.compute_loss:
                    self.running_training_loss = tally.loss
                elapsed = default_timer() - start
                if elapsed >= next_report:
                    counts = tally.progress(expected)
                    self._log_progress(None, no_queue, cur_epoch, *counts, elapsed)
                    next_report = elapsed + report_delay
        if callbacks:  # they may read the vectors, or change them
            context.training.hand_over(self)
        if tally.jobs == 0 and self.train_count == 0:
            logger.warning(EMPTY)
        elapsed = default_timer() - start
        self._log_epoch_end(cur_epoch, *tally.progress(expected), elapsed, from_file)
        self.total_train_time += elapsed
        return tally.kept, round(tally.raw_words), tally.jobs

    def _new_training(self, corpus: Encoded | Sentences) -> ModelTraining:
        context, device = self._context, resolve_device(self.device)
        if context.checkpoint is None:
            return ModelTraining(self, device, corpus)
        found = open_checkpoints(context.checkpoint, context.checkpoint_seconds, self, corpus)
        return ModelTraining(self, device, corpus, found)

    def scan_vocab(
        self,
        corpus_iterable: Any = None,
        corpus_file: Any = None,
        progress_per: int = 10000,
        workers: int | None = None,
        trim_rule: Callable[..., int] | None = None,
    ) -> tuple[int, int]:
        """Count the words of a corpus, with gensim's arguments and result."""
        counted = self._count(LineSentence(corpus_file) if corpus_file else corpus_iterable)
        if counted is None:
            scanned: tuple[int, int] = super().scan_vocab(
                corpus_iterable, corpus_file, progress_per, workers, trim_rule
            )
            return scanned
        if self._context.constructing:
            self._context.counted = counted
        self.raw_vocab = counted.raw_vocab()
        _, _, examples, raw_words = counted.encoded
        logger.info(
            "collected %i word types from a corpus of %i raw words and %i sentences",
            len(self.raw_vocab), raw_words, examples,
        )  # fmt: skip
        return raw_words, examples

    def _count(self, corpus: Any) -> Counted | None:
        """Count the words of a file or a sized corpus; return None if gensim must count them."""
        if why_gensim(self) or self.max_vocab_size:  # gensim drops rare words while it reads
            return None
        if not hasattr(corpus, "__len__"):
            return count_files(corpus)
        # gensim warns if sentences are strings.
        return None if isinstance(next(iter(corpus), None), str) else count(corpus)

    def prepare_vocab(
        self, update: bool = False, *args: Any, dry_run: bool = False, **kwargs: Any
    ) -> dict[str, int]:
        """Choose the words to train, as gensim does, but drop the vectors of an old vocabulary."""
        if not update and not dry_run:  # gensim would give the old vectors to other words
            self.wv.vectors = np.zeros((0, self.vector_size), dtype=np.float32)
            self.wv.expandos = {}
        known = self.wv.key_to_index.__contains__  # gensim takes new integers for row numbers
        with _instead(self.wv, has_index_for=known) if update else nullcontext():
            report: dict[str, int] = super().prepare_vocab(update, *args, dry_run=dry_run, **kwargs)
        return report

    def make_cum_table(self, domain: int = 2**31 - 1) -> None:
        """Tabulate the noise by row, as gensim does, but also if words are integers."""
        with _instead(self.wv, get_index=int):
            super().make_cum_table(domain)

    def create_binary_tree(self) -> None:
        """Give each row its Huffman code, as gensim does, but also if words are integers."""
        with _instead(self.wv, get_index=int):
            super().create_binary_tree()

    def init_weights(self) -> None:
        """Initialise all vectors; gensim keeps existing ones."""
        self.wv.vectors = np.zeros((0, self.vector_size), dtype=np.float32)
        super().init_weights()
        self._take_initial_vectors(0)

    def update_weights(self) -> None:
        """Add vectors for new words, as gensim does."""
        before = len(self.wv.vectors)
        super().update_weights()
        self._take_initial_vectors(before)

    def _take_initial_vectors(self, first: int) -> None:
        """Copy ``init_vectors`` to rows ``first`` and above, if they have the row's word."""
        initial = self._context.initial
        if initial is None:
            return
        known = initial.key_to_index
        words = list(enumerate(self.wv.index_to_key))[first:]
        rows = [(row, known[word]) for row, word in words if word in known]
        for row, source in rows:
            self.wv.vectors[row] = initial.vectors[source]
        logger.info("%i of %i words start from init_vectors", len(rows), len(words))

    def _check_corpus_sanity(
        self, corpus_iterable: Any = None, corpus_file: Any = None, passes: int = 1
    ) -> None:
        if self.workers == 0:
            raise ConfigError("workers = 0: must be at least 1; os.cpu_count() gives all cores")
        if corpus_iterable is None and not why_gensim(self) and is_packed(corpus_file):
            return
        super()._check_corpus_sanity(corpus_iterable, corpus_file, passes)

    def _check_training_sanity(self, *args: Any, **kwargs: Any) -> None:
        super()._check_training_sanity(*args, **kwargs)
        check_rows(self)

    def to_gensim(self) -> GensimWord2Vec:
        """Return this model as gensim's own class, sharing its arrays."""
        model = GensimWord2Vec.__new__(GensimWord2Vec)
        model.__dict__.update(self.__getstate__())
        return model

    def save(self, fname_or_handle: Any, *args: Any, **kwargs: Any) -> None:
        """Save the model as gensim's class, so that it loads where only gensim is installed.

        An interrupted save leaves an older model at the same path as it was.
        """
        # A subclass may have more attributes, so save it as itself.
        save = self.to_gensim().save if type(self) is Word2Vec else super().save
        if not isinstance(fname_or_handle, str | Path) or "://" in str(fname_or_handle):
            save(fname_or_handle, *args, **kwargs)
            return
        with replacing_all(Path(fname_or_handle)) as new:
            save(str(new), *args, **kwargs)
        logger.info("%s: saved, in the place of the unfinished file", fname_or_handle)

    @classmethod
    def load(cls, *args: Any, **kwargs: Any) -> Self:
        """Load a model saved by this class or by gensim's."""
        model = super().load(*args, **kwargs)
        if type(model) is GensimWord2Vec:
            model.__class__ = cls
            if not has_own_noise(model):  # gensim made the table while loading
                model.make_cum_table()
        return model  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_context"}


@contextmanager
def _instead(vectors: KeyedVectors, **methods: Callable[..., Any]) -> Iterator[None]:
    """Replace methods of one KeyedVectors object within a ``with`` block."""
    vars(vectors).update(methods)
    try:
        yield
    finally:
        for name in methods:
            del vars(vectors)[name]
