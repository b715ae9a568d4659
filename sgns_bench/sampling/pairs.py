"""Generate (center, context) pairs from sentences: subsampling, reduced windows, pairs.

Plain NumPy, vectorised over many sentences. Every draw is a hash of the token's position in the
corpus, so neither the order of sentences nor their grouping changes the pairs.

Throughout, ``tokens`` (T,) integers and ``offsets`` (S+1,) int64 are those of a ``Corpus``,
``sentences`` (s,) integers in [0, S) in any order, ``window`` the largest distance in tokens, >= 1,
and ``shrink`` is ``SkipGramConfig.shrink_windows``.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.sampling.noise import AliasTable
from sgns_bench.sampling.rng import NEGATIVE, TOKEN, below, draw, high32, low32, stream_key

Indices = npt.NDArray[np.int64]

SEGMENT_TOKENS: Final = 1 << 20
POOL_SEGMENTS: Final = 16


class KeptTokens(NamedTuple):
    """The tokens that subsampling kept, sentence after sentence."""

    positions: Indices  # (n,) int64, position of each token in the corpus
    sentence: Indices  # (n,) int64, index of its sentence among the given sentences, ascending
    windows: Indices  # (n,) int64, window of the token as a center


def keep_threshold(keep_probability: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    """Convert keep probabilities to thresholds; a token is kept iff its 32-bit draw is <= that."""
    return (keep_probability * 0xFFFFFFFF).astype(np.uint32)


def reduced_windows(bits: npt.NDArray[np.uint64], window: int, shrink: bool) -> Indices:
    """Return the window of each center: uniform in 1..window, or ``window`` if not ``shrink``.

    The low halves of ``bits`` decide, (n,) uint64, one draw of stream TOKEN per center.
    """
    if not shrink:
        return np.full(len(bits), window, dtype=np.int64)
    return np.asarray(window - below(low32(bits), window))


def pairs_per_token(window: int, shrink: bool) -> int:
    """Return the expected number of pairs of a kept center, far from the ends of its sentence."""
    return window + 1 if shrink else 2 * window


def ordered_chunks(offsets: Indices, tokens: int) -> Iterator[Indices]:
    """Yield all sentences in corpus order, (s,) int64 each, in chunks of about ``tokens`` tokens.

    A chunk ends with the sentence that reaches the next multiple of ``tokens``.
    """
    ends = np.arange(tokens, offsets[-1], tokens)
    cuts = np.unique([0, *(np.searchsorted(offsets, ends)), len(offsets) - 1])
    yield from (np.arange(*bounds) for bounds in pairwise(cuts.tolist()))


def sentence_lengths(offsets: Indices) -> Iterator[Indices]:
    """Yield the lengths of all sentences in chunks, (s,) int64 each, to bound the memory."""
    for begin in range(0, len(offsets) - 1, SEGMENT_TOKENS):
        yield np.diff(offsets[begin : begin + SEGMENT_TOKENS + 1])


def shuffled_chunks(offsets: Indices, key: np.uint64, tokens: int) -> Iterator[Indices]:
    """Yield all sentences in random order, in chunks of about ``tokens`` tokens.

    Pools of ``POOL_SEGMENTS`` random segments of ``SEGMENT_TOKENS`` each are shuffled one by one,
    so memory holds the order of one pool only. A corpus that fits in a pool is shuffled as a whole.

    A chunk, (s,) int64 with s >= 1, ends with the sentence that reaches the next multiple of
    ``tokens`` in its pool, counted before subsampling; ``key`` is ``stream_key(seed, epoch,
    SHUFFLE)``.
    """
    for pool in _pools(offsets, key):
        ends = np.cumsum(offsets[pool + 1] - offsets[pool])
        cuts = np.searchsorted(ends, np.arange(tokens, ends[-1], tokens)) + 1
        yield from (chunk for chunk in np.split(pool, cuts) if len(chunk))


def _pools(offsets: Indices, key: np.uint64) -> Iterator[Indices]:
    """Yield the shuffled sentences of each pool of random segments."""
    starts = np.arange(0, offsets[-1], SEGMENT_TOKENS)
    bounds = np.unique([*np.searchsorted(offsets, starts), len(offsets) - 1])
    segments = np.argsort(draw(key, np.arange(len(bounds) - 1), slot=1))
    for some in np.array_split(segments, -(-len(segments) // POOL_SEGMENTS) or 1):
        sentences = [np.arange(bounds[s], bounds[s + 1]) for s in some]
        if sentences:
            pool = np.concatenate(sentences)
            yield pool[np.argsort(draw(key, pool))]


def token_positions(offsets: Indices, sentences: Indices) -> tuple[Indices, Indices]:
    """Return the position of every token of the given sentences, and its index in ``sentences``."""
    starts = offsets[sentences]
    lengths = offsets[sentences + 1] - starts
    sentence = np.repeat(np.arange(len(sentences)), lengths)
    first = np.cumsum(lengths) - lengths
    return (starts - first)[sentence] + np.arange(len(sentence)), sentence


def keep_tokens(
    tokens: npt.NDArray[Any],
    offsets: Indices,
    sentences: Indices,
    threshold: npt.NDArray[np.uint32],
    key: np.uint64,
    window: int,
    shrink: bool,
) -> KeptTokens:
    """Subsample the given sentences and draw the window of every kept token.

    ``threshold`` is that of :func:`keep_threshold`, ``key`` is ``stream_key(seed, epoch, TOKEN)``.
    """
    positions, sentence = token_positions(offsets, sentences)
    bits = draw(key, positions)
    kept = high32(bits) <= threshold[tokens[positions]]
    windows = reduced_windows(bits[kept], window, shrink)
    return KeptTokens(positions[kept], sentence[kept], windows)


def skip_gram_pairs(windows: Indices, sentence: Indices) -> tuple[Indices, Indices]:
    """Return all pairs (i, j) with 0 < |i - j| <= windows[i] within the same sentence.

    Of n centers, ``windows`` are the windows and ``sentence`` the ascending sentences, (n,) int64.
    Returns (P,) int64 centers i and (P,) int64 contexts j, indices in [0, n), sorted by (i, j).
    """
    n = len(windows)
    widest = int(windows.max(initial=0))
    distances = np.arange(-widest, widest + 1)
    context = np.arange(n)[:, None] + distances  # (n, 2w+1)
    inside = (distances != 0) & (np.abs(distances) <= windows[:, None])
    inside &= (context >= 0) & (context < n)
    inside &= sentence[np.clip(context, 0, max(n - 1, 0))] == sentence[:, None]
    center, column = np.nonzero(inside)
    return center, center + column - widest


class Examples(NamedTuple):
    """Training pairs, each with its own negatives."""

    centers: Indices  # (P,) int64 vocabulary rows
    contexts: Indices  # (P,) int64 vocabulary rows
    negatives: Indices  # (P, k) int64 vocabulary rows
    places: Indices  # (P,) int64, ascending; pairs of the same center token share a number


def examples(
    tokens: npt.NDArray[Any],
    offsets: Indices,
    sentences: Indices,
    threshold: npt.NDArray[np.uint32],
    noise: AliasTable,
    *,
    window: int,
    shrink: bool,
    negative: int,
    seed: int,
    epoch: int,
) -> Examples:
    """Return all pairs of the given sentences with their negatives, sorted by center.

    Arguments are as for :func:`keep_tokens`; ``negative`` is k, the number of negatives per pair,
    drawn from ``noise``. Each ``epoch`` has its own draws.
    """
    token_key, negative_key = (stream_key(seed, epoch, stream) for stream in (TOKEN, NEGATIVE))
    kept = keep_tokens(tokens, offsets, sentences, threshold, token_key, window, shrink)
    center, context = skip_gram_pairs(kept.windows, kept.sentence)
    words = tokens[kept.positions].astype(np.int64)
    slot = context - center + window  # index of the pair among its center's pairs
    slots = slot[:, None] * negative + np.arange(negative)
    negatives = noise.sample(draw(negative_key, kept.positions[center, None], slots))
    return Examples(words[center], words[context], negatives.astype(np.int64), center)


def block_ends(words: Indices, block_size: int, max_repeats: int) -> list[int]:
    """Return the ends of blocks: after ``block_size`` centers, or before a word repeats too often.

    ``words`` are (n,) integers, the centers of all sentences; each multiple of ``block_size`` ends
    a block, and no word occurs more than ``max_repeats`` times in one. The ends ascend in 1..n, the
    last one is n; none if n is 0.
    """
    ends, counts = [], Counter[int]()
    for i, word in enumerate(words.tolist()):
        if i and (i % block_size == 0 or counts[word] == max_repeats):
            ends.append(i)
            counts.clear()
        counts[word] += 1
    return [*ends, len(words)] if len(words) else []
