"""Decides which trainings run gensim's own code, and keeps that code from hanging."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench.word2vec.encoded import Sentences

HOOKS: Final = (
    "_do_train_epoch", "_do_train_job", "_get_thread_working_mem", "_job_producer",
    "_log_epoch_progress", "_raw_word_count", "_worker_loop", "_worker_loop_corpusfile",
)  # fmt: skip
"""Private methods of gensim's training that libraries override to train in their own way."""

ROUNDING: Final = 1e-6  # tolerance for a table of 31-bit integers


def why_gensim(model: GensimWord2Vec) -> str | None:
    """Return the reason why a training runs gensim's code; None if it runs ours."""
    if model.hs:
        return "hs=1 asks for hierarchical softmax"
    if model.negative < 1:
        return f"negative={model.negative} turns negative sampling off"
    if model.alpha == 0:
        return "alpha=0 trains nothing"
    if model.workers < 0:
        return f"workers={model.workers} trains nothing"
    for hook in HOOKS:
        if getattr(type(model), hook) is not getattr(GensimWord2Vec, hook):
            return f"{type(model).__name__} has its own {hook}"
    if not np.all(getattr(model.wv, "vectors_lockf", 1) == 1):
        return "wv.vectors_lockf is not 1 for every word"
    if not has_own_noise(model):
        return "cum_table differs from that of the counts and ns_exponent"
    return None


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
