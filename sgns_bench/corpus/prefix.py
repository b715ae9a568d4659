"""Truncate a corpus to its first words, for experiments with corpus size."""

import numpy as np

from sgns_bench.corpus import Corpus
from sgns_bench.corpus.writer import token_type
from sgns_bench.errors import DatasetError
from sgns_bench.vocab import Vocab


def first_words(corpus: Corpus, words: int, *, min_count: int) -> Corpus:
    """Return a corpus of the first ``words`` >= 1 tokens, with its own vocabulary.

    The last sentence may be cut. Words with fewer than ``min_count`` occurrences in these tokens
    are removed.

    Raises:
        DatasetError: no word is left.
    """
    tokens = corpus.tokens[:words]
    counts = np.bincount(tokens, minlength=len(corpus.vocab))
    frequent = np.flatnonzero(counts >= min_count)
    if len(frequent) == 0:
        raise DatasetError(
            f"{corpus.name}: no word occurs min_count = {min_count} times in the first"
            f" {words:,} words; lower min_count, or use more words"
        )
    order = frequent[np.argsort(-counts[frequent], kind="stable")]
    rows = np.full(len(counts), -1)
    rows[order] = np.arange(len(order))
    kept = rows[tokens] >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    return Corpus(
        corpus.name,
        corpus.sha256,
        Vocab([corpus.vocab.words[row] for row in order], counts[order]),
        rows[tokens[kept]].astype(token_type(len(order))),
        # An emptied sentence ends where it begins; np.unique removes it.
        np.unique(before[np.minimum(corpus.offsets, len(tokens))]),
        min_count=min_count,
    )
