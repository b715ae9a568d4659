"""How many centers and negatives a block may have, and all else that a kernel needs to know.

Pairs of a block do not see each other's updates. A word that is center or negative in n of them
takes a step of n * alpha at once; where that overshoots, and it does for frequent words with a large
alpha, k or power, vectors grow without bound: on 106 Wikipedia articles (alpha 0.05, k = 20, power
0.75) steps of 1 score as pair by pair does (SimLex .187), steps of 2 lose a quarter of it, steps of 4
end in NaN.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sgns_bench.config import SkipGramConfig
from sgns_bench.kernels._problem import MAX_WORD_STEP, NO_LIMIT, Cbow, Problem
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.sampling.pairs import pairs_per_token, sentence_lengths

CBOW_NEGATIVES_PER_DRAW: Final = 15  # most negatives for which a drawn word stands in CBOW
MIN_POOL: Final = 30  # words: with fewer, all pairs of a block are pushed the same few ways
MIN_CBOW_POOL: Final = 12  # words, likewise; planted text in blocks of 8: 3 answer 64 %, 13 78 %

# What follows was chosen on item sessions: reports/kernels.md, "Negatives of their own".
MIN_OWN_WORDS: Final = 1000  # of a vocabulary: of fewer a pool is a tenth, and as good or better
CENTER_PAIRS: Final = 16  # of a center at once: with more, its step and the half step overshoot
CONTEXT_PAIRS: Final = 5.5  # of a context at once, where it has negatives of its own; likewise
NARROW_CONTEXTS: Final = 32  # of a block, where a center has more pairs than that
CENTERS: Final = 12  # a block limited by CONTEXT_PAIRS has a multiple of so many: whole tiles


def make_problem(
    tokens: npt.NDArray[Any],
    offsets: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    keep_threshold: npt.NDArray[np.uint32],
    config: SkipGramConfig,
    like: npt.NDArray[np.int64] | None = None,
    cbow: bool = False,
) -> Problem:
    """Return what a kernel needs of a corpus and its settings.

    Args:
        tokens: (T,) integers in [0, V), as in ``Corpus``.
        offsets: (S+1,) int64, as in ``Corpus``.
        counts: (V,) integers >= 1.
        keep_threshold: (V,) uint32, from ``pairs.keep_threshold``.
        config: the settings.
        like: offsets of sentences of such lengths as will come, if those are of a stream that has
            yet to begin.
        cbow: a window's words predict its center together, instead of each by itself.
    """
    token_pairs = expected_pairs(offsets if like is None else like, config)
    noise = NoiseDistribution(counts, config.ns_exponent)
    kept = counts * np.maximum(keep_threshold / 0xFFFFFFFF, np.finfo(np.float32).tiny)
    frequency = kept / kept.sum()
    flat = len(counts) >= MIN_OWN_WORDS and flatness(counts) >= config.min_flatness
    pairs = token_pairs if cbow else min(token_pairs, CENTER_PAIRS)
    hottest = (frequency + config.negative * noise.probabilities).max()
    # A block of CBOW moves a word once for each center that it predicts, and once as a center.
    most = MAX_WORD_STEP / float(max(hottest, pairs * frequency.max()) if cbow else pairs * hottest)
    T = max(1, min(config.block_size, int(most / config.alpha)))
    if flat:
        T = min(T, CENTERS if cbow else centers_for(config.window, token_pairs))
    if cbow:
        per_draw = 1 if flat else min(config.negatives_per_draw, CBOW_NEGATIVES_PER_DRAW)
        N = pool_size(config.negative * T, per_draw, MIN_CBOW_POOL)
    else:
        negatives = round(config.negative * T * pairs)
        N = pool_size(negatives, config.negatives_per_draw, MIN_POOL)
    return Problem(
        tokens=tokens,
        offsets=offsets,
        keep_threshold=keep_threshold,
        frequency=frequency,
        noise=noise.alias_table,
        window=config.window,
        shrink_windows=config.shrink_windows,
        negative=config.negative,
        block_size=T,
        pool_size=N,
        seed=config.seed,
        max_repeats=max_repeats(pairs, config.alpha),
        max_alpha=most,
        reach=reach(offsets),
        skip_center=config.skip_center,
        half_step=config.half_step,
        max_contexts=NARROW_CONTEXTS if token_pairs > CENTER_PAIRS and not cbow else NO_LIMIT,
        own_negatives=flat and not cbow,
        cbow=Cbow(config.cbow_mean, config.cbow_gradient == "corrected") if cbow else None,
    )


def flatness(counts: npt.NDArray[np.int64]) -> float:
    """Return the perplexity of the words' frequencies, exp(entropy), as a share of the vocabulary.

    It tells items and nodes from words: 0.3 to 0.8 for sessions of items and walks on graphs, 0.02
    to 0.13 for text, whose few frequent and many rare words make a pool of shared negatives better
    than negatives of one's own.

    Args:
        counts: (V,) integers >= 1.
    """
    frequency = counts / counts.sum()
    return float(np.exp(-(frequency @ np.log(frequency))) / len(counts))


def centers_for(window: int, pairs: float) -> int:
    """Return the number of centers with which each context of a block has ``CONTEXT_PAIRS`` pairs.

    Each of T centers has its pairs among T + 2 ``window`` contexts, which do not see each other's
    updates: on item sessions, with a window of 20, T = 12 is level with pair by pair, T = 36 loses
    3 % of hits.

    Args:
        window: the largest distance.
        pairs: mean number of pairs per token; short sentences have fewer than the window allows.
    """
    if pairs <= CONTEXT_PAIRS:
        return NO_LIMIT
    T = CONTEXT_PAIRS * 2 * min(window, pairs) / (pairs - CONTEXT_PAIRS)
    return max(1, int(T / CENTERS)) * CENTERS


def expected_pairs(offsets: npt.NDArray[np.int64], config: SkipGramConfig) -> float:
    """Return the mean number of pairs per token, at least 1; short sentences have fewer pairs."""
    words = pairs = 0.0
    for lengths in sentence_lengths(offsets):
        words += float(lengths.sum())
        pairs += float(lengths @ (lengths - 1))
    most = pairs_per_token(config.window, config.shrink_windows)
    return max(1.0, min(most, pairs / words)) if words else float(most)


def reach(offsets: npt.NDArray[np.int64]) -> int:
    """Return the largest distance that there is in a sentence."""
    longest = max((int(lengths.max()) for lengths in sentence_lengths(offsets)), default=0)
    return max(1, longest - 1) if longest else NO_LIMIT  # a stream that has yet to begin


def max_repeats(pairs: float, alpha: float) -> int:
    """Return how often a word may be a center of one block.

    A word that is rare in the corpus may fill a sentence: a walk on a graph that enters two nodes
    without other neighbours alternates between them. On PPI, where 1 % of the nodes are like that,
    steps of 1 score as pair by pair does, steps of 4 cost a tenth of F1, and without a limit all
    vectors grow beyond 1e9.

    Args:
        pairs: mean number of pairs per token.
        alpha: learning rate.
    """
    return max(1, int(MAX_WORD_STEP / (alpha * pairs)))


def pool_size(negatives: int, negatives_per_draw: int, min_pool: int) -> int:
    """Return N, words to draw for a block.

    Small blocks draw more than ``negatives_per_draw`` asks for. On a text of 1,000 words, one of
    them 9 % of it, which makes blocks of 16 centers, pools of 13 answer 88 % of its analogies after
    3 epochs, pools of 27 95 %, as gensim does.

    Args:
        negatives: expected in a block, k for each pair, or for each center of CBOW.
        negatives_per_draw: as in ``SkipGramConfig``.
        min_pool: smallest N, where a block has as many negatives.
    """
    return max(round(negatives / negatives_per_draw), min(min_pool, negatives))
