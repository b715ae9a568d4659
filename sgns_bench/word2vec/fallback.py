"""Decides which trainings run gensim's own code, and keeps that code from hanging."""

import logging
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import numpy as np
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench.word2vec.encoded import Sentences

logger = logging.getLogger(__name__)

HOOKS: Final = (
    "_do_train_epoch", "_do_train_job", "_get_thread_working_mem", "_job_producer",
    "_log_epoch_progress", "_raw_word_count", "_worker_loop", "_worker_loop_corpusfile",
)  # fmt: skip
"""Private methods of gensim's training that libraries override to train in their own way."""

ROUNDING: Final = 1e-6  # tolerance for a table of 31-bit integers


def why_gensim(model: GensimWord2Vec) -> str | None:
    """Return why a training runs gensim's code and what to change; None if it runs ours."""
    if model.hs:
        return "hs=1 asks for hierarchical softmax; hs=0, negative=5 is accelerated"
    if model.negative < 1:
        return f"negative={model.negative} turns negative sampling off; negative=5 is accelerated"
    if model.alpha == 0:
        return "alpha=0 trains nothing; give a positive one"
    if model.workers < 0:
        return f"workers={model.workers} trains nothing; give a positive number"
    for hook in HOOKS:
        if getattr(type(model), hook) is not getattr(GensimWord2Vec, hook):
            return f"{type(model).__name__} has its own {hook}; without it training is accelerated"
    if not np.all(getattr(model.wv, "vectors_lockf", 1) == 1):
        return "wv.vectors_lockf is not 1 for every word; set it to 1"
    if not has_own_noise(model):
        return "cum_table is not that of the counts and ns_exponent; call make_cum_table()"
    return None


@cache
def warn_of_gensim(why: str) -> None:
    """Log that a training is not accelerated; each reason once, however many models there are."""
    logger.warning("training is gensim's own, not accelerated: %s", why)


def has_own_noise(model: GensimWord2Vec) -> bool:
    """Return whether gensim's noise table is that of the counts and ``ns_exponent``."""
    if model.cum_table is None or len(model.cum_table) == 0:
        return True
    counts = model.wv.expandos.get("count", np.zeros(0))[: len(model.cum_table)]
    if len(counts) < len(model.cum_table):
        return False
    weights = counts ** float(model.ns_exponent)
    table = np.cumsum(weights) / weights.sum() * model.cum_table[-1]
    return bool(np.abs(table - model.cum_table).max() < ROUNDING * model.cum_table[-1])


def harmless(sentences: Sentences, errors: list[Exception]) -> Iterator[Any]:
    """Yield sentences without what makes gensim's threads hang: NumPy arrays and exceptions.

    Arrays become lists. ``errors`` receives an exception of ``sentences``, to be raised when gensim
    is done.
    """
    try:
        for sentence in sentences:
            yield list(sentence) if isinstance(sentence, np.ndarray | np.generic) else sentence
    except Exception as error:
        errors.append(error)
