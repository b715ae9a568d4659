"""Our skip-gram with negative sampling: a kernel, fed with jobs by threads.

A job is some shuffled sentences of about as many tokens as a call of the kernel is worth, trained
at one learning rate. Jobs
are cut and ordered before anybody trains, so they, their draws and their rates do not depend on
the number of workers; only the order in which the threads' updates meet does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench import kernels
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.curve import Curve
from sgns_bench.embeddings import Embeddings
from sgns_bench.kernels import Loss, Problem
from sgns_bench.noise import NoiseDistribution
from sgns_bench.pairs import (
    keep_threshold,
    ordered_chunks,
    pairs_per_token,
    shuffled_chunks,
)
from sgns_bench.rng import SHUFFLE, stream_key
from sgns_bench.threads import in_threads
from sgns_bench.trainers import Progress

IGNORES: Final[frozenset[str]] = frozenset()

JOB_TOKENS: Final = 10_000  # gensim's, too; some 3 ms of work
LEAST_JOBS: Final = 100  # of a training, if they can be larger: alpha falls in so many steps

RELEASE_TOKENS: Final = 1 << 24  # so many tokens stay mapped, however long the corpus

REPORT_SECONDS: Final = 0.2  # whoever draws a report for every job takes the time of the threads

HOT_STEP: Final = 1.0  # of the hottest word in a block, in units of a pair's gradient

LEAST_POOL: Final = 30  # words: with fewer, all pairs of a block are pushed the same few ways

KERNEL_FOR_DEVICE: Final = {"cpu": "cpu", "cuda": "gpu"}

# Of the cpu kernel, fitted to 4 and 2 million words/s and thread at D = 100 and 300 (w = k = 5).
_SECONDS_PER_WORD: Final = 1e-7
_SECONDS_PER_WORD_AND_DIMENSION: Final = 1.5e-9
_WORDS_PER_SECOND_ON_A_CARD: Final = 50e6  # a cautious guess


class Job(NamedTuple):
    """Sentences to train once."""

    sentences: npt.NDArray[np.int64]
    epoch: int
    alpha: float
    words: int


def predicted_seconds(corpus: Corpus, config: SkipGramConfig, device: str) -> float:
    """Return a rough forecast of the training time, within a factor of three or so."""
    words = config.epochs * len(corpus.tokens)
    if device == "cuda":
        return words / _WORDS_PER_SECOND_ON_A_CARD
    per_word = _SECONDS_PER_WORD + _SECONDS_PER_WORD_AND_DIMENSION * config.vector_size
    return words * per_word / config.workers


def prepare(
    corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Compile the device's kernel; return the training."""
    return prepare_kernel(KERNEL_FOR_DEVICE[device], corpus, config, device, progress)


def prepare_kernel(
    name: str, corpus: Corpus, config: SkipGramConfig, device: str, progress: Progress
) -> Callable[[], Embeddings]:
    """Do as ``prepare`` with the kernel of that name."""
    kernel = kernels.load(name)
    initial = initial_vectors(len(corpus.vocab), config)
    session = kernel.start(make_problem(corpus, config), *initial, device)
    session.train(np.zeros(0, dtype=np.int64), 0, config.alpha)  # compiles, and trains nothing
    workers = config.workers if kernel.CONCURRENT else 1

    def train() -> Embeddings:
        size = job_tokens(kernel.JOB_TOKENS, corpus, config)
        run_jobs(jobs(corpus, config, size), session.train, workers, progress, session.vectors)
        return Embeddings(corpus.vocab, *session.vectors())

    return train


def make_problem(corpus: Corpus, config: SkipGramConfig) -> Problem:
    """Return what a kernel needs of a corpus and its settings."""
    keep = corpus.vocab.keep_probability(config.sample)
    noise = NoiseDistribution(corpus.vocab.counts, config.ns_exponent)
    hot = corpus.vocab.counts * keep, noise.probabilities, config
    T = block_size(*hot)
    return Problem(
        tokens=corpus.tokens,
        offsets=corpus.offsets,
        keep_threshold=keep_threshold(keep),
        frequency=corpus.vocab.counts * keep / (corpus.vocab.counts @ keep),
        noise=noise.alias_table,
        window=config.window,
        shrink_windows=config.shrink_windows,
        negative=config.negative,
        block_size=T,
        pool_size=pool_size(config.negative * T * _pairs(config), config.sharing),
        seed=config.seed,
        most_repeats=most_repeats(config),
        most_alpha=most_alpha(*hot),
        skip_center=config.skip_center,
    )


def block_size(
    kept_counts: npt.NDArray[np.float64],
    noise: npt.NDArray[np.float64],
    config: SkipGramConfig,
) -> int:
    """Return T, ``config.block_size`` or as few centers as the hottest word allows.

    Pairs of a block do not see each other's updates. A word that is center or negative in n of
    them takes a step of n * alpha at once; where that overshoots, and it does for frequent words
    with a large alpha, k or power, vectors grow without bound: on 106 Wikipedia articles (alpha
    0.05, k = 20, power 0.75) steps of 1 score as pair by pair does (SimLex .187), steps of 2 lose
    a quarter of it, steps of 4 end in NaN.

    Args:
        kept_counts: (V,) float64, expected tokens of each word that subsampling leaves.
        noise: (V,) float64, the noise distribution.
        config: the settings.
    """
    most = most_alpha(kept_counts, noise, config)
    return max(1, min(config.block_size, int(most / config.alpha)))


def most_repeats(config: SkipGramConfig) -> int:
    """Return how often a word may be a center of one block.

    What ``block_size`` expects of the whole corpus need not hold of a sentence: a walk through two
    nodes of a graph that have no other neighbours is nothing but them. On PPI's walks, of which
    3 % are like that, steps of 1 score as pair by pair does, steps of 4 cost a tenth of F1, and
    without a limit all vectors grow beyond 1e9.
    """
    return max(1, int(HOT_STEP / (config.alpha * _pairs(config))))


def most_alpha(
    kept_counts: npt.NDArray[np.float64],
    noise: npt.NDArray[np.float64],
    config: SkipGramConfig,
) -> float:
    """Return the largest learning rate that the hottest word allows a block of one center.

    A hub that is every second word of all sentences, and with k = 20 most of the noise as well,
    allows 0.015; arguments are those of :func:`block_size`.
    """
    hottest = float((kept_counts / kept_counts.sum() + config.negative * noise).max())
    return HOT_STEP / (_pairs(config) * hottest)


def _pairs(config: SkipGramConfig) -> int:
    return pairs_per_token(config.window, config.shrink_windows)


def pool_size(negatives: int, sharing: int) -> int:
    """Return N, words to draw for a block.

    Small blocks draw more than ``sharing`` asks for. On a text of 1,000 words, one of them 9 % of
    it, which makes blocks of 16 centers, pools of 13 answer 88 % of its analogies after 3 epochs,
    pools of 27 95 %, as gensim does.

    Args:
        negatives: expected in a block, k for each pair.
        sharing: as in ``SkipGramConfig``.
    """
    return max(round(negatives / sharing), min(LEAST_POOL, negatives))


def initial_vectors(
    vocab_size: int, config: SkipGramConfig
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return W uniform in [-1/D, 1/D) and C zero, as gensim does.

    word2vec.c draws W from half that range.
    """
    shape = (vocab_size, config.vector_size)
    uniform = np.random.default_rng(config.seed).random(shape, dtype=np.float32)
    return (uniform * 2 - 1) / np.float32(config.vector_size), np.zeros(shape, dtype=np.float32)


def job_tokens(worthwhile: int, corpus: Corpus, config: SkipGramConfig) -> int:
    """Return the size of a job: what is worth a call, but no fewer than ``LEAST_JOBS`` of them."""
    share = config.epochs * len(corpus.tokens) // LEAST_JOBS
    return min(worthwhile, max(JOB_TOKENS, share))


def jobs(corpus: Corpus, config: SkipGramConfig, tokens: int | None = None) -> Iterator[Job]:
    """Yield all epochs' jobs; alpha falls from job to job with the words trained before it.

    word2vec.c reads sentences in the file's order in every epoch; here it is shuffled, unless
    ``config.shuffle`` is off. word2vec.c
    lets alpha fall to a fraction of itself; it ends at ``min_alpha`` here, as in gensim.
    """
    offsets = corpus.offsets
    done, total, released = 0, config.epochs * len(corpus.tokens), 0
    for epoch in range(config.epochs):
        for sentences in _order(offsets, config, epoch, tokens or JOB_TOKENS):
            alpha = config.alpha - (config.alpha - config.min_alpha) * done / total
            words = int((offsets[sentences + 1] - offsets[sentences]).sum())
            yield Job(sentences, epoch, alpha, words)
            done += words
            if done - released >= RELEASE_TOKENS:
                corpus.release()
                released = done


def _order(
    offsets: npt.NDArray[np.int64], config: SkipGramConfig, epoch: int, tokens: int
) -> Iterator[npt.NDArray[np.int64]]:
    if not config.shuffle:
        return ordered_chunks(offsets, tokens)
    return shuffled_chunks(offsets, stream_key(config.seed, epoch, SHUFFLE), tokens)


def run_jobs(
    all_jobs: Iterator[Job],
    train: Callable[[npt.NDArray[np.int64], int, float], Loss],
    workers: int,
    progress: Progress,
    vectors: Callable[[], tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]] | None = None,
) -> None:
    """Let threads work through the jobs, as ``in_threads``; report progress from this thread.

    Args:
        all_jobs: to train, in this order.
        train: trains sentences of an epoch at a learning rate.
        workers: threads.
        progress: a :class:`~sgns_bench.curve.Curve` keeps vectors while no thread trains.
        vectors: W and C so far; without it a curve keeps none.
    """
    curve = progress if isinstance(progress, Curve) else None
    stops = curve.stops if curve and vectors else []
    words, meter = 0, _Meter()

    def work(job: Job) -> tuple[int, Loss]:
        return job.words, train(job.sentences, job.epoch, job.alpha)

    for stop in [*stops, math.inf]:
        part = _Meter()
        with closing(in_threads(_first(all_jobs, stop - words), work, workers)) as results:
            for trained, loss in results:
                words += trained
                meter.add(loss)
                part.add(loss)
                if meter.seconds > REPORT_SECONDS:
                    progress(words, meter.read())
        if curve:
            curve.loss = part.read()
        if curve and vectors and stop < math.inf:
            curve.keep(curve.loss, *vectors())
    progress(words, meter.read())


def _first(all_jobs: Iterator[Job], words: float) -> Iterator[Job]:
    """Yield the next jobs, until they have so many words."""
    while words > 0 and (job := next(all_jobs, None)):
        yield job
        words -= job.words


class _Meter:
    """The loss since it was read last."""

    def __init__(self) -> None:
        self._begin = perf_counter()
        self._nats = self._pairs = 0.0
        self._last = math.nan

    @property
    def seconds(self) -> float:
        return perf_counter() - self._begin

    def add(self, loss: Loss) -> None:
        self._nats += loss.nats
        self._pairs += loss.pairs

    def read(self) -> float:
        """Return nats per pair; those of the last time if none were measured since."""
        if self._pairs:
            self._last = self._nats / self._pairs
        self._begin, self._nats, self._pairs = perf_counter(), 0.0, 0.0
        return self._last
