"""From sentences to (center, context) pairs: subsampling, reduced windows, neighbours.

NumPy only, and vectorised over many sentences at once. Every draw is a hash of the token's
position in the corpus, so neither the order of sentences nor their grouping changes the pairs.
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
    """The tokens that subsampling left, sentence after sentence.

    Attributes:
        positions: (n,) int64, where each token stands in the corpus.
        sentence: (n,) int64, which of the given sentences it belongs to, rising.
        windows: (n,) int64, its window as a center.
    """

    positions: Indices
    sentence: Indices
    windows: Indices


def keep_threshold(keep_probability: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    """Turn keep probabilities into thresholds: a token stays iff its 32-bit draw is at most this.

    Args:
        keep_probability: (V,) float64 in (0, 1], from ``Vocab.keep_probability``.
    """
    return (keep_probability * 0xFFFFFFFF).astype(np.uint32)


def subsample(
    tokens: npt.NDArray[Any],
    bits: npt.NDArray[np.uint64],
    threshold: npt.NDArray[np.uint32],
) -> npt.NDArray[np.bool_]:
    """Return which tokens stay.

    Args:
        tokens: (n,) integers.
        bits: (n,) uint64, one draw of stream TOKEN per token; the high half decides.
        threshold: (V,) uint32, from :func:`keep_threshold`.
    """
    return np.asarray(high32(bits) <= threshold[tokens])


def reduced_windows(bits: npt.NDArray[np.uint64], window: int, shrink: bool) -> Indices:
    """Return the window of each center: uniform in 1..window, or ``window`` if not ``shrink``.

    Args:
        bits: (n,) uint64, the draws that :func:`subsample` saw; the low half decides.
        window: largest distance.
        shrink: as ``SkipGramConfig.shrink_windows``.
    """
    if not shrink:
        return np.full(len(bits), window, dtype=np.int64)
    return np.asarray(window - below(low32(bits), window))


def pairs_per_token(window: int, shrink: bool) -> int:
    """Return the expected pairs of a token left by subsampling, away from its sentence's ends."""
    return window + 1 if shrink else 2 * window


def ordered_chunks(offsets: Indices, tokens: int) -> Iterator[Indices]:
    """Yield all sentences in the order of the corpus, in chunks of about so many tokens.

    Args:
        offsets: (S+1,) int64, as in ``Corpus``.
        tokens: a chunk ends with the sentence that reaches the next multiple of this.

    Yields:
        (s,) sentences, s >= 1.
    """
    ends = np.arange(tokens, offsets[-1], tokens)
    cuts = np.unique([0, *(np.searchsorted(offsets, ends)), len(offsets) - 1])
    yield from (np.arange(*bounds) for bounds in pairwise(cuts.tolist()))


def sentence_lengths(offsets: Indices) -> Iterator[Indices]:
    """Yield the lengths of all sentences, some at a time: there may be more than fit in memory.

    Args:
        offsets: (S+1,) int64, as in ``Corpus``.
    """
    for begin in range(0, len(offsets) - 1, SEGMENT_TOKENS):
        yield np.diff(offsets[begin : begin + SEGMENT_TOKENS + 1])


def shuffled_chunks(offsets: Indices, key: np.uint64, tokens: int) -> Iterator[Indices]:
    """Yield all sentences in random order, in chunks of about so many tokens before subsampling.

    Segments of ``SEGMENT_TOKENS`` are drawn at random, ``POOL_SEGMENTS`` at a time, and their
    sentences shuffled. So memory holds the order of one pool only; a corpus no longer than that
    is shuffled as a whole.

    Args:
        offsets: (S+1,) int64, as in ``Corpus``.
        key: ``stream_key(seed, epoch, SHUFFLE)``.
        tokens: a chunk ends with the sentence that reaches the next multiple of this in its pool.

    Yields:
        (s,) sentences, s >= 1.
    """
    for pool in _pools(offsets, key):
        ends = np.cumsum(offsets[pool + 1] - offsets[pool])
        cuts = np.searchsorted(ends, np.arange(tokens, ends[-1], tokens)) + 1
        yield from (chunk for chunk in np.split(pool, cuts) if len(chunk))


def _pools(offsets: Indices, key: np.uint64) -> Iterator[Indices]:
    """Yield the sentences of some random segments, shuffled."""
    starts = np.arange(0, offsets[-1], SEGMENT_TOKENS)
    bounds = np.unique([*np.searchsorted(offsets, starts), len(offsets) - 1])
    segments = np.argsort(draw(key, np.arange(len(bounds) - 1), slot=1))
    for some in np.array_split(segments, -(-len(segments) // POOL_SEGMENTS) or 1):
        sentences = [np.arange(bounds[s], bounds[s + 1]) for s in some]
        if sentences:
            pool = np.concatenate(sentences)
            yield pool[np.argsort(draw(key, pool))]


def token_positions(offsets: Indices, sentences: Indices) -> tuple[Indices, Indices]:
    """Return the corpus position of every token of some sentences, and its sentence.

    Args:
        offsets: (S+1,) int64, as in ``Corpus``.
        sentences: (s,) integers in [0, S), in the order wanted.

    Returns:
        (n,) int64 positions, and (n,) int64 places in ``sentences``.
    """
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
    """Subsample some sentences of a corpus and draw the window of every token left.

    Args:
        tokens: (T,) integers, as in ``Corpus``.
        offsets: (S+1,) int64, as in ``Corpus``.
        sentences: (s,) integers in [0, S).
        threshold: (V,) uint32, from :func:`keep_threshold`.
        key: ``stream_key(seed, epoch, TOKEN)``.
        window: largest distance.
        shrink: as ``SkipGramConfig.shrink_windows``.
    """
    positions, sentence = token_positions(offsets, sentences)
    bits = draw(key, positions)
    kept = subsample(tokens[positions], bits, threshold)
    windows = reduced_windows(bits[kept], window, shrink)
    return KeptTokens(positions[kept], sentence[kept], windows)


def skip_gram_pairs(windows: Indices, sentence: Indices) -> tuple[Indices, Indices]:
    """Return all pairs (i, j) with 0 < |i - j| <= windows[i] in one sentence.

    Args:
        windows: (n,) int64, the window of each center.
        sentence: (n,) int64, rising.

    Returns:
        (P,) int64 centers i and (P,) int64 contexts j, places in 0..n-1, sorted by (i, j).
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
    """Pairs of words, with negatives private to each pair.

    Attributes:
        centers: (P,) int64 words.
        contexts: (P,) int64 words.
        negatives: (P, k) int64 words.
        places: (P,) int64, rising: pairs with the same number have the same token as their center.
    """

    centers: Indices
    contexts: Indices
    negatives: Indices
    places: Indices


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
    """Return all pairs of some sentences, a center's side by side.

    Args:
        tokens: (T,) integers, as in ``Corpus``.
        offsets: (S+1,) int64, as in ``Corpus``.
        sentences: (s,) integers in [0, S).
        threshold: (V,) uint32, from :func:`keep_threshold`.
        noise: the alias table of the noise distribution.
        window: largest distance.
        shrink: as ``SkipGramConfig.shrink_windows``.
        negative: k.
        seed: of every draw.
        epoch: from 0; each has its own draws.
    """
    token_key, negative_key = (stream_key(seed, epoch, stream) for stream in (TOKEN, NEGATIVE))
    kept = keep_tokens(tokens, offsets, sentences, threshold, token_key, window, shrink)
    center, context = skip_gram_pairs(kept.windows, kept.sentence)
    words = tokens[kept.positions].astype(np.int64)
    slot = context - center + window  # of the pair, among those of its center
    slots = slot[:, None] * negative + np.arange(negative)
    negatives = noise.sample(draw(negative_key, kept.positions[center, None], slots))
    return Examples(words[center], words[context], negatives.astype(np.int64), center)


def block_ends(words: Indices, block_size: int, max_repeats: int) -> list[int]:
    """Return where blocks end: after ``block_size`` centers, and before a word comes too often.

    Args:
        words: (n,) integers, the centers, end to end.
        block_size: T; a multiple of it always ends a block.
        max_repeats: of a word in a block.

    Returns:
        Places in 1..n, rising, the last one n; none if n is 0.
    """
    ends, counts = [], Counter[int]()
    for i, word in enumerate(words.tolist()):
        if i and (i % block_size == 0 or counts[word] == max_repeats):
            ends.append(i)
            counts.clear()
        counts[word] += 1
    return [*ends, len(words)] if len(words) else []
