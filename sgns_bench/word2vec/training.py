"""Trains a gensim model on our kernels, one epoch at a time."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Generator
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import kernels
from sgns_bench.config import SkipGramConfig
from sgns_bench.errors import ConfigError
from sgns_bench.host.threads import AHEAD, in_threads
from sgns_bench.kernels import Loss, Problem, Session, make_problem
from sgns_bench.sampling.compiled import count_kept
from sgns_bench.sampling.rng import TOKEN, stream_key
from sgns_bench.trainers import Checkpoints
from sgns_bench.trainers.sgns import KERNEL_FOR_DEVICE, job_tokens
from sgns_bench.word2vec.encoded import Encoded, Sentences
from sgns_bench.word2vec.jobs import GensimJob, Shuffled, Streamed

logger = logging.getLogger(__name__)

LARGEST_SEED: Final = 2**31 - 1
LARGEST: Final = 1e3  # larger components mean divergence; trained vectors have some 1


class Done(NamedTuple):
    """A trained job, its loss, and the number of its words that subsampling kept."""

    job: GensimJob
    loss: Loss
    kept: int


class Expected(NamedTuple):
    """The sentences and words per epoch as given to ``train``; None if not given."""

    total_examples: int | None
    total_words: int | None

    def progress(self, examples: float, raw_words: float) -> float:
        """Return the share of the epoch done, by sentences if their total is known, as gensim."""
        if self.total_examples:
            return examples / self.total_examples
        return raw_words / (self.total_words or 1)


class Tally:
    """Counts the jobs, words and losses of an epoch so far."""

    def __init__(self) -> None:
        self.jobs = self.kept = 0
        self.examples = self.raw_words = self._nats = self._pairs = 0.0

    def add(self, done: Done) -> None:
        """Add a trained job to the counts."""
        self.jobs += 1
        self.kept += done.kept
        self.examples += done.job.examples
        self.raw_words += done.job.raw_words
        self._nats += done.loss.nats
        self._pairs += done.loss.pairs

    @property
    def loss(self) -> float:
        """Mean nats per pair; NaN before the first measured job."""
        return self._nats / self._pairs if self._pairs else math.nan

    def progress(self, expected: Expected) -> tuple[int, int | None, int, int | None, int]:
        """Return the arguments of gensim's progress log."""
        examples, words = round(self.examples), round(self.raw_words)
        return examples, expected.total_examples, words, expected.total_words, self.kept


class ModelTraining:
    """The state of one call of ``train``: jobs, workers and the kernel's session.

    The corpus is encoded, or sentences to read anew in every epoch. Without ``checkpoints`` none are
    written.
    """

    def __init__(
        self,
        model: GensimWord2Vec,
        device: str,
        corpus: Encoded | Sentences,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.kernel = kernels.load(KERNEL_FOR_DEVICE[device] if model.sg else "cpu")
        self.device = device
        self.seed = int(model.random.randint(LARGEST_SEED))
        self.workers = model.workers if self.kernel.CONCURRENT else 1
        words = len(corpus.tokens) if isinstance(corpus, Encoded) else model.corpus_total_words
        size = job_tokens(self.kernel.JOB_TOKENS, model.epochs * words)
        self.jobs: Shuffled | Streamed
        if isinstance(corpus, Encoded):
            self.jobs = Shuffled(corpus, size, self.seed)
        else:
            self.jobs = Streamed(corpus, model.wv.key_to_index, size, AHEAD * self.workers)
        self.session: Session | None = None
        self.checkpoints = checkpoints
        logger.info(
            "training %s accelerated, on the %s, threads: %d",
            "skip-gram" if model.sg else "CBOW", device if model.sg else "cpu", self.workers,
        )  # fmt: skip

    def epoch(
        self, model: GensimWord2Vec, number: int, expected: Expected
    ) -> Generator[Done, None, None]:
        """Train epoch ``number`` of the constructor's model; yield the trained jobs in order.

        Alpha falls by the progress in what is ``expected``.
        """

        def alpha(examples: float, raw_words: float) -> float:
            rate: float = model._get_next_alpha(expected.progress(examples, raw_words), number)
            return rate

        if self.session is None:
            self.problem = _problem(model, self.jobs, self.seed)
            start = self.checkpoints.start_vectors() if self.checkpoints else None
            W, C = start or (_float32(model.wv.vectors), _float32(model.syn1neg))
            self.session = self.kernel.start(self.problem, W, C, self.device)
        train, jobs = _trainer(self.problem, self.session), self.jobs.epoch(number, alpha)
        if self.checkpoints is None:
            return in_threads(jobs, train, self.workers)
        return self.checkpoints.run(jobs, train, _skip, self.workers, self.session.vectors)

    def close(self, model: GensimWord2Vec) -> None:
        """Copy the vectors into the model, and leave the folder of checkpoints to others."""
        self.hand_over(model)
        if self.checkpoints:
            self.checkpoints.close()

    def finish(self, model: GensimWord2Vec) -> None:
        """Write the last checkpoint of a training that is over."""
        if self.checkpoints:
            current = self.session.vectors if self.session else lambda: _copies(model)
            self.checkpoints.finish(current)

    def hand_over(self, model: GensimWord2Vec) -> None:
        """Copy the vectors into the model and end the session; the next epoch starts a new one."""
        if self.session is None:
            return
        W, C = self.session.vectors()
        self.session = None
        if not np.abs(W).max(initial=0) < LARGEST:  # true for NaN too
            logger.warning(
                "training diverged: vectors are far too large; lower alpha and train anew"
            )
        model.wv.vectors = _written(model.wv.vectors, W)
        model.syn1neg = _written(model.syn1neg, C)
        model.wv.norms = None


def check_rows(model: GensimWord2Vec) -> None:
    """Check that a model's arrays have a row for each word, since kernels do not check.

    Raises:
        ConfigError: an array has another shape, as after adding words to ``wv`` by hand.
    """
    V, D = len(model.wv), model.wv.vector_size
    needed: dict[str, tuple[int, ...]] = {"vectors": (V, D), "count": (V,), "sample_int": (V,)}
    needed |= {"syn1neg": (V, D)} if model.negative else {}
    needed |= {"syn1": (V, D)} if model.hs else {}
    arrays = vars(model) | vars(model.wv) | model.wv.expandos
    for name, shape in needed.items():
        if np.shape(arrays.get(name)) != shape:
            raise ConfigError(
                f"{name} has the shape {np.shape(arrays.get(name))}, not {shape}: words that were"
                " added to wv by hand cannot be trained; add them by build_vocab(..., update=True) instead"
            )


def _problem(model: GensimWord2Vec, jobs: Shuffled | Streamed, seed: int) -> Problem:
    """Return a gensim model with a vocabulary in the form that kernels take."""
    check_rows(model)  # once more, since callbacks may have changed the model
    V = len(model.wv)
    config = SkipGramConfig(
        vector_size=int(model.wv.vector_size),  # may be a NumPy number
        window=int(model.window),
        shrink_windows=bool(model.shrink_windows),
        negative=int(model.negative),
        ns_exponent=float(model.ns_exponent),
        alpha=float(model.alpha),
        min_alpha=min(float(model.min_alpha), float(model.alpha)),
        seed=seed,
        cbow_mean=bool(model.cbow_mean),
    )
    counts = np.maximum(model.wv.expandos["count"][:V], 1)  # users may set counts of 0
    threshold = np.asarray(model.wv.expandos["sample_int"][:V], dtype=np.uint32)
    if not model.sample:  # switched off since the vocabulary was built
        threshold = np.full_like(threshold, 0xFFFFFFFF)
    like = _typical(model, jobs)
    return make_problem(
        jobs.tokens, jobs.offsets, counts, threshold, config, like, cbow=not model.sg
    )


def _typical(model: GensimWord2Vec, jobs: Shuffled | Streamed) -> npt.NDArray[np.int64] | None:
    """Return the offsets of a sentence of twice the mean length for streams, otherwise None."""
    if isinstance(jobs, Shuffled) or not (model.corpus_count and model.corpus_total_words):
        return None
    return np.array([0, -(-2 * model.corpus_total_words // model.corpus_count)])


def _trainer(problem: Problem, session: Session) -> Callable[[GensimJob], Done]:
    def train(job: GensimJob) -> Done:
        loss = session.train(job.sentences, job.number, job.alpha)
        kept = loss.kept
        if kept is None:  # reading it from a GPU would wait for the GPU
            p, key = problem, stream_key(problem.seed, job.number, TOKEN)
            kept = count_kept(p.tokens, p.offsets, job.sentences, p.keep_threshold, key)
        return Done(job, loss, kept)

    return train


def _skip(job: GensimJob) -> Done:
    """Return a job that an earlier run has trained, for the counts of the epoch."""
    return Done(job, Loss(0.0, 0), 0)


def _copies(model: GensimWord2Vec) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    return np.array(model.wv.vectors, np.float32), np.array(model.syn1neg, np.float32)


def _float32(vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _written(old: npt.NDArray[np.float32], new: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Copy the new values into the old array if possible; return the array that has them."""
    if not old.flags.writeable or old.shape != new.shape:
        return new
    old[...] = new
    return old
