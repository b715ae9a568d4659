"""How often words are expected to be paired: the counts that skip-gram factorises.

Training draws which tokens subsampling keeps and how far each window reaches. The expectation
over all these draws needs none of them; it is a sum over pairs of tokens in the text. Two tokens
with B kept ones between them are at distance B + 1, which a window drawn from 1..w reaches with
probability (w - B) / w, a fixed one up to w with 1. B is a sum of independent coins, whose
distribution is carried along from token to token.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

SLICE_TOKENS: Final = 1 << 18  # some 3 million pairs at a time, 100 MB
NEGLIGIBLE: Final = 1e-4  # probability: a run of words that are hardly ever kept has no other end


def expected_counts(corpus: Corpus, config: SkipGramConfig) -> Any:
    """Count the pairs of an epoch, in expectation over subsampling and windows.

    Pairs of tokens that are paired with a probability below ``NEGLIGIBLE`` are left out.

    Args:
        corpus: the tokens.
        config: window, shrink_windows and sample are used.

    Returns:
        (V, V) float64 ``scipy.sparse.csr_matrix``, symmetric: pairs of each context word (row,
        its input vector) with each center word (column, its output vector).
    """
    V = len(corpus.vocab)
    one_way = sparse.csr_matrix((V, V))
    for begin in range(0, len(corpus.tokens), SLICE_TOKENS):
        slice_ = np.arange(begin, min(begin + SLICE_TOKENS, len(corpus.tokens)))
        found = list(zip(*_pairs(corpus, config, slice_), strict=True))
        if found:
            left, right, pairs = map(np.concatenate, found)
            one_way = one_way + sparse.csr_matrix((pairs, (left, right)), (V, V))
    return sparse.csr_matrix(one_way + one_way.T)


def _pairs(
    corpus: Corpus, config: SkipGramConfig, left: I64
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any], F64]]:
    """Yield the words of tokens, those at distance 1, 2 .. on their right, and expected pairs."""
    tokens = corpus.tokens
    keep = corpus.vocab.keep_probability(config.sample)
    reach = _reach(config.window, config.shrink_windows)
    ends = corpus.offsets[np.searchsorted(corpus.offsets, left, side="right")]
    between = np.zeros((len(left), len(reach)))  # P(left is kept, and B of those passed so far)
    between[:, 0] = keep[tokens[left]]
    for distance in range(1, len(tokens)):
        alive = (left + distance < ends) & (between @ reach > NEGLIGIBLE)
        if not alive.any():
            return
        left, ends, between = left[alive], ends[alive], between[alive]
        right = tokens[left + distance]
        p = keep[right]
        yield tokens[left], right, p * (between @ reach)
        passed = between * p[:, None]
        between -= passed
        between[:, 1:] += passed[:, :-1]  # beyond w - 1 they are out of reach


def _reach(window: int, shrink: bool) -> F64:
    """(w,) float64, how probably a window reaches beyond 0 to w - 1 tokens."""
    return 1 - np.arange(window) / window if shrink else np.ones(window)
