"""Our skip-gram with negative sampling: threads that call a kernel with jobs.

Jobs are cut and ordered before training, so sentences, draws and learning rates do not depend on
the number of workers; only the interleaving of the threads' updates does.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from sgns_bench import kernels
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.embeddings import Embeddings
from sgns_bench.kernels import Problem
from sgns_bench.sampling.pairs import keep_threshold
from sgns_bench.trainers import CBOW_SETTINGS, Progress, Snapshots
from sgns_bench.trainers._checkpoints import Checkpoints
from sgns_bench.trainers._schedule import job_tokens as job_tokens  # word2vec cuts its jobs alike
from sgns_bench.trainers._schedule import jobs, run_jobs

IGNORES: Final = CBOW_SETTINGS

KERNEL_FOR_DEVICE: Final = {"cpu": "cpu", "cuda": "gpu"}


def prepare(
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    progress: Progress,
    snapshots: Snapshots | None = None,
    checkpoints: Checkpoints | None = None,
) -> Callable[[], Embeddings]:
    """Compile the device's kernel; return a function that trains."""
    name = KERNEL_FOR_DEVICE[device]
    return prepare_kernel(name, corpus, config, device, progress, snapshots, checkpoints)


def prepare_kernel(
    name: str,
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    progress: Progress,
    snapshots: Snapshots | None = None,
    checkpoints: Checkpoints | None = None,
    cbow: bool = False,
) -> Callable[[], Embeddings]:
    """Compile the kernel with this name; return a function that trains skip-gram or CBOW."""
    kernel = kernels.load(name)
    initial = checkpoints.start_vectors() if checkpoints else None
    initial = initial or initial_vectors(len(corpus.vocab), config)
    session = kernel.start(make_problem(corpus, config, cbow), *initial, device)
    session.train(np.zeros(0, dtype=np.int64), 0, config.alpha)  # compiles, and trains nothing
    workers = config.workers if kernel.CONCURRENT else 1

    def train() -> Embeddings:
        size = job_tokens(kernel.JOB_TOKENS, config.epochs * len(corpus.tokens))
        schedule = jobs(corpus, config, size)
        run_jobs(schedule, session, workers, progress, snapshots, checkpoints)
        return Embeddings(corpus.vocab, *session.vectors())

    return train


def make_problem(corpus: Corpus, config: SkipGramConfig, cbow: bool = False) -> Problem:
    """Return a corpus and its settings in the form that kernels take."""
    keep, counts = keep_threshold(corpus.vocab.keep_probability(config.sample)), corpus.vocab.counts
    return kernels.make_problem(corpus.tokens, corpus.offsets, counts, keep, config, cbow=cbow)


def initial_vectors(
    vocab_size: int, config: SkipGramConfig
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return W uniform in [-1/D, 1/D) and C zero, (V, D) float32 each, as gensim does.

    word2vec.c draws W from [-0.5/D, 0.5/D).
    """
    shape = (vocab_size, config.vector_size)
    uniform = np.random.default_rng(config.seed).random(shape, dtype=np.float32)
    return (uniform * 2 - 1) / np.float32(config.vector_size), np.zeros(shape, dtype=np.float32)
