"""Singular vectors of the matrix that negative sampling factorises, without training.

Levy and Goldberg 2014, Neural Word Embedding as Implicit Matrix Factorization. With #(j, c) the
number of pairs of context word j and center c, #(j) the sum of row j, and k and P_n those of
negative sampling,

    M[j, c] = max(0, log(#(j, c) / (#(j) P_n(c))) - log k)          (shifted positive PMI, section 4.1)

    M ≈ U Σ Vᵀ of rank D,  input vectors U √Σ,  output vectors V √Σ          (section 4.2)

Counts are expectations over subsampling and windows, see :mod:`sgns_bench.corpus.cooccurrence`, so
epochs make no difference and the seed only starts the solver. P_n is proportional to the counts of
the text to the power of ``ns_exponent``, which Levy, Goldberg and Dagan 2015 call context
distribution smoothing. It runs on the CPU whatever the device.

Shift and cut at 0 keep only pairs that occur much more often than by chance. The 300 words of
``planted`` have few: k = 5 leaves 295 of 90,000 entries and no correct analogy; k = 1 answers 86 %.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.corpus.cooccurrence import expected_counts
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import DatasetError
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.trainers import OUR_SETTINGS, Progress, Snapshots

IGNORES: Final = OUR_SETTINGS | {
    "epochs", "alpha", "min_alpha", "workers", "shuffle", "skip_center", "half_step",
}  # fmt: skip

DENSE_WORDS: Final = 1_000  # largest V for a dense SVD, which takes a second or less


def prepare(
    corpus: Corpus,
    config: SkipGramConfig,
    device: str,
    progress: Progress,
    snapshots: Snapshots | None = None,
) -> Callable[[], Embeddings]:
    """Return a function that factorises the matrix; nothing is prepared.

    That function raises DatasetError if no pair of words is k times as frequent as by chance.
    """

    def train() -> Embeddings:
        M = shifted_positive_pmi(corpus, config)
        if M.nnz == 0:
            raise DatasetError(
                f"{corpus.name}: no two words meet {config.negative} times as often as by chance;"
                " lower negative"
            )
        # The products are so small that two threads take several times as long as one.
        with threadpool_limits(1, user_api="blas"):
            vectors = factors(M, config.vector_size, config.seed)
        progress(config.epochs * len(corpus.tokens), float("nan"))
        return Embeddings(corpus.vocab, *vectors)

    return train


def shifted_positive_pmi(corpus: Corpus, config: SkipGramConfig) -> Any:
    """Return M, a (V, V) float64 ``scipy.sparse.csr_matrix`` of context words by centers."""
    counts = expected_counts(corpus, config).tocoo()
    noise = NoiseDistribution(corpus.vocab.counts, config.ns_exponent).probabilities
    rows = np.bincount(counts.row, counts.data, len(noise))
    with np.errstate(divide="ignore"):  # a noise probability may be too small for a float
        log_odds = np.log(counts.data) - np.log(rows[counts.row] * noise[counts.col])
    values = log_odds - np.log(config.negative)
    kept = (values > 0) & np.isfinite(values)
    return csr_matrix((values[kept], (counts.row[kept], counts.col[kept])), counts.shape)


def factors(
    M: Any, vector_size: int, seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return U √Σ and V √Σ, (V, D) float32 each; dimensions beyond the rank of M are 0."""
    V = M.shape[0]
    if max(DENSE_WORDS, vector_size + 1) < V:
        start = np.random.default_rng(seed).normal(size=V)
        U, S, Vt = svds(M, k=vector_size, v0=start)
        U, S, Vt = U[:, ::-1], S[::-1], Vt[::-1]
    else:
        U, S, Vt = np.linalg.svd(M.toarray(), full_matrices=False)
    scale = np.sqrt(S[:vector_size])
    room = ((0, 0), (0, max(0, vector_size - V)))
    W, C = (np.pad(side[:, :vector_size] * scale, room) for side in (U, Vt.T))
    return W.astype(np.float32), C.astype(np.float32)
