"""Schedules a training: jobs of some sentences, their order and learning rate, run in threads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.host.threads import in_threads
from sgns_bench.kernels import Loss, Session
from sgns_bench.sampling.pairs import ordered_chunks, shuffled_chunks
from sgns_bench.sampling.rng import SHUFFLE, stream_key
from sgns_bench.trainers import Progress
from sgns_bench.trainers._checkpoints import Checkpoints, State
from sgns_bench.trainers._snapshots import Snapshots

JOB_TOKENS: Final = 10_000  # as in gensim; some 3 ms of work
MIN_JOBS: Final = 100  # alpha falls in at least this many steps, if jobs exceed JOB_TOKENS

RELEASE_TOKENS: Final = 1 << 24  # most tokens that stay mapped, however long the corpus

REPORT_SECONDS: Final = 0.2  # drawing a report for every job would slow the training threads


class Job(NamedTuple):
    """Sentences to train once, at one learning rate."""

    sentences: npt.NDArray[np.int64]  # (s,) int64, rows of the corpus's offsets
    epoch: int  # number of the epoch, from 0
    alpha: float  # learning rate
    words: int  # raw words of the sentences


def job_tokens(worthwhile: int, tokens: int) -> int:
    """Return the tokens per job of a training of ``tokens`` tokens, all epochs together.

    They are ``worthwhile``, enough for an efficient call of the kernel, or fewer to have
    ``MIN_JOBS`` jobs.
    """
    return min(worthwhile, max(JOB_TOKENS, tokens // MIN_JOBS))


def jobs(corpus: Corpus, config: SkipGramConfig, tokens: int | None = None) -> Iterator[Job]:
    """Yield the jobs of all epochs; alpha falls linearly with the words of earlier jobs.

    Sentences are shuffled in every epoch unless ``config.shuffle`` is off; word2vec.c reads them in
    the order of the file. Alpha ends at ``min_alpha``, as in gensim; in word2vec.c it ends at a
    fraction of its start. A job has about ``tokens`` tokens, by default ``JOB_TOKENS``.
    """
    offsets, size = corpus.offsets, tokens or JOB_TOKENS
    done, total, released = 0, config.epochs * len(corpus.tokens), 0
    for epoch in range(config.epochs):
        key = stream_key(config.seed, epoch, SHUFFLE)
        ordered = ordered_chunks(offsets, size)
        for sentences in shuffled_chunks(offsets, key, size) if config.shuffle else ordered:
            alpha = config.alpha - (config.alpha - config.min_alpha) * done / total
            words = int((offsets[sentences + 1] - offsets[sentences]).sum())
            yield Job(sentences, epoch, alpha, words)
            done += words
            if done - released >= RELEASE_TOKENS:
                corpus.release()
                released = done


def run_jobs(
    all_jobs: Iterator[Job],
    session: Session,
    workers: int,
    progress: Progress,
    snapshots: Snapshots | None = None,
) -> None:
    """Train jobs in threads, started in their order, and report progress from this thread.

    Snapshots are taken at their stops, while no thread trains.
    """
    run = _Run(session, workers, progress)
    for stop in [*(snapshots.stops if snapshots else []), math.inf]:
        loss = run.part(_first(all_jobs, stop - run.words))
        if snapshots:
            snapshots.loss = loss
            if stop < math.inf:
                snapshots.keep(loss, *session.vectors())
    run.report()


def run_with_checkpoints(
    all_jobs: Iterator[Job],
    session: Session,
    workers: int,
    progress: Progress,
    checkpoints: Checkpoints,
    begin: State | None,
) -> None:
    """Train jobs as :func:`run_jobs`, with checkpoints in between, at the end and at an interruption.

    Threads stop for each checkpoint until the matrices are copied.

    Args:
        all_jobs: the jobs of the whole training.
        session: starts with the vectors of ``begin``, if there is one.
        workers: number of threads.
        progress: see ``trainers.Progress``.
        checkpoints: where to write them.
        begin: the checkpoint to go on from.
    """
    run = _Run(session, workers, progress, begin.words if begin else 0)
    first, earlier = (begin.next_job, begin.seconds) if begin else (0, 0.0)
    start = perf_counter()

    def state() -> State:
        seconds = earlier + perf_counter() - start
        return State(first + run.jobs, run.words, seconds, *session.vectors())

    rest = islice(all_jobs, first, None)
    try:
        while (job := next(rest, None)) is not None:
            run.part(checkpoints.until_due(chain([job], rest)))
            checkpoints.save(state())
    except (
        BaseException
    ):  # also Ctrl-C: what is trained so far is whole once the threads have ended
        if run.is_whole:
            checkpoints.finish(state())
        raise
    checkpoints.finish(state())
    run.report()


def _first(all_jobs: Iterator[Job], words: float) -> Iterator[Job]:
    """Yield jobs until they have at least this number of words."""
    while words > 0 and (job := next(all_jobs, None)):
        yield job
        words -= job.words


class _Run:
    """Trains parts of a schedule in threads, and counts what is trained.

    Attributes:
        jobs: jobs trained; jobs start in order, so that these are the first ones.
        words: raw words trained.
    """

    def __init__(self, session: Session, workers: int, progress: Progress, words: int = 0) -> None:
        self._session, self._workers, self._progress = session, workers, progress
        self._earlier, self._recent = words, _RecentLoss()
        self._started, self._trained = list[int](), list[int]()  # words of jobs; append is atomic

    @property
    def jobs(self) -> int:
        return len(self._trained)

    @property
    def is_whole(self) -> bool:
        """Whether every job that was started is trained, so that the vectors are between jobs."""
        return len(self._started) == len(self._trained)

    @property
    def words(self) -> int:
        return self._earlier + sum(self._trained)

    def part(self, jobs: Iterator[Job]) -> float:
        """Train some jobs; return the mean loss of a pair in nats, NaN if none was measured."""
        part, words = _RecentLoss(), self.words
        with closing(in_threads(jobs, self._train, self._workers)) as results:
            for trained, loss in results:
                words += trained
                part.add(loss)
                self._recent.add(loss)
                if self._recent.seconds > REPORT_SECONDS:
                    self._progress(words, self._recent.read())
        return part.read()

    def report(self) -> None:
        """Report the progress at the end."""
        self._progress(self.words, self._recent.read())

    def _train(self, job: Job) -> tuple[int, Loss]:
        self._started.append(job.words)
        loss = self._session.train(job.sentences, job.epoch, job.alpha)
        self._trained.append(job.words)
        return job.words, loss


class _RecentLoss:
    """Averages the loss since it was last read."""

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
        """Return mean nats per pair since the last read, or the last value if there are none."""
        if self._pairs:
            self._last = self._nats / self._pairs
        self._begin, self._nats, self._pairs = perf_counter(), 0.0, 0.0
        return self._last
