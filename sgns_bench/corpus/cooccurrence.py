"""Expected co-occurrence counts of words, the matrix that skip-gram factorises.

Training draws which tokens subsampling keeps and how far each window reaches. The expectation
over these draws is a sum over pairs of tokens in the text, computed without drawing. Two tokens
with B kept tokens between them are at distance B + 1. A window drawn from 1..w reaches that far
with probability (w - B) / w, a fixed window with probability 1 if B < w. B is a sum of independent
Bernoulli variables; its distribution is updated from token to token.
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

SLICE_TOKENS: Final = 1 << 18  # about 3 million pairs at a time, 100 MB
NEGLIGIBLE: Final = 1e-4  # probability; bounds the search through words that are rarely kept


def expected_counts(corpus: Corpus, config: SkipGramConfig) -> Any:
    """Return the expected number of pairs per epoch, over subsampling and reduced windows.

    It is a (V, V) float64 ``scipy.sparse.csr_matrix``, symmetric; rows are context words (input
    vectors), columns are center words (output vectors). Pairs of tokens with a probability below
    ``NEGLIGIBLE`` are ignored.
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
    """Yield (left words, right words, expected pairs) for distances 1, 2, ... in the text."""
    tokens = corpus.tokens
    keep = corpus.vocab.keep_probability(config.sample)
    window = config.window  # reach: P(window > B) for B in 0..w-1
    reach = 1 - np.arange(window) / window if config.shrink_windows else np.ones(window)
    ends = corpus.offsets[np.searchsorted(corpus.offsets, left, side="right")]
    between = np.zeros((len(left), len(reach)))  # P(left kept, B kept since); (n, w)
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
        between[:, 1:] += passed[:, :-1]  # B >= w is out of reach
