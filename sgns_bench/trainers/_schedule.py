"""Schedules a training: jobs of some sentences, their order and learning rate, run in threads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
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
from sgns_bench.trainers._checkpoints import Checkpoints
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
    raw_words: int  # words of the sentences, before subsampling


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
    checkpoints: Checkpoints | None = None,
) -> None:
    """Train jobs in threads, started in their order, and report progress from this thread.

    Snapshots are taken at their stops, while no thread trains. With checkpoints there are none, and
    jobs that earlier runs have trained are passed over.
    """
    stops = snapshots.stops if snapshots else []
    words, recent = 0, _RecentLoss()

    def work(job: Job) -> tuple[int, Loss]:
        return job.raw_words, session.train(job.sentences, job.epoch, job.alpha)

    def skip(job: Job) -> tuple[int, Loss]:
        return job.raw_words, Loss(0.0, 0)

    for stop in [*stops, math.inf]:
        part, some = _RecentLoss(), _first(all_jobs, stop - words)
        running = (
            checkpoints.run(some, work, skip, workers, session.vectors)
            if checkpoints
            else in_threads(some, work, workers)
        )
        with closing(running) as results:
            for trained, loss in results:
                words += trained
                recent.add(loss)
                part.add(loss)
                if recent.seconds > REPORT_SECONDS:
                    progress(words, recent.read())
        if snapshots:
            snapshots.loss = part.read()
            if stop < math.inf:
                snapshots.keep(snapshots.loss, *session.vectors())
    progress(words, recent.read())


def _first(all_jobs: Iterator[Job], words: float) -> Iterator[Job]:
    """Yield jobs until they have at least this number of words."""
    while words > 0 and (job := next(all_jobs, None)):
        yield job
        words -= job.raw_words


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
