"""Time per pair and temporary memory of an update, as functions of the vocabulary size V.

The trainer trains with the same settings on random words, drawn by Zipf's law from vocabularies of
1,000 to 1,000,000. Each text is long enough to be timed. In theory the cost of a softmax over all
words is proportional to V and that of k negatives is constant; in practice larger matrices also
miss the caches more often.
"""

from collections.abc import Sequence
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench import trainers
from sgns_bench.corpus import Corpus
from sgns_bench.corpus.writer import token_type
from sgns_bench.host.machine import PeakMemory, release_memory
from sgns_bench.measures import Measurement, Training
from sgns_bench.sampling.pairs import pairs_per_token
from sgns_bench.stats import Estimate, slope_interval
from sgns_bench.tasks import Score
from sgns_bench.vocab import Vocab

VOCABULARIES: Final = (1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000)
SHIFT: Final = 2.7  # added to ranks, in Mandelbrot's form of Zipf's law
SENTENCE: Final = 1_000  # words: long, so that few pairs are lost at the ends

SECONDS: Final = 0.4  # shortest training time that counts
MIN_WORDS: Final = 1_000
MAX_WORDS: Final = 8_000_000
MAX_GROWTH: Final = 16  # of the text from one try to the next: short trainings are slow
BACK: Final = 4  # the first try has 1/4 of the words that the next smaller vocabulary took

MIN_POINTS: Final = 3  # needed for the interval of a slope
RESOLUTION: Final = 1 << 25  # bytes: smaller amounts drown in what malloc keeps and returns


class Cost(NamedTuple):
    """The cost of training on one vocabulary: words, pairs, seconds and bytes."""

    words: int
    pairs: float
    seconds: float
    bytes: float  # peak memory less that at the start of training


def measure(training: Training) -> Measurement:
    """Time the trainer on growing vocabularies, and fit exponents.

    Scores: ``seconds_exponent`` and ``bytes_exponent``, slopes of log cost against log V; and for
    each V, as the section, ``seconds_per_pair`` and ``step_bytes``, the peak memory of training
    less the memory after preparation, which has the matrices. ``bytes_exponent`` is fitted to the
    vocabularies whose bytes exceed ``RESOLUTION``, or to all if none do.
    """
    costs: list[Cost] = []
    for V in VOCABULARIES:
        words = costs[-1].words // BACK if costs else MIN_WORDS
        costs.append(cost(training, V, max(words, MIN_WORDS)))
    seconds = [c.seconds / c.pairs for c in costs]
    scores = [
        _exponent("seconds_exponent", VOCABULARIES, seconds),
        _exponent("bytes_exponent", *_above_resolution(costs)),
    ]
    for V, c, each in zip(VOCABULARIES, costs, seconds, strict=True):
        scores.append(Score.cost("seconds_per_pair", each, "s/pair", round(c.pairs), str(V)))
        scores.append(Score.cost("step_bytes", c.bytes, "bytes", round(c.pairs), str(V)))
    return Measurement(scores, {}, "scaling")


def cost(training: Training, vocab_size: int, words: int) -> Cost:
    """Train on ever longer texts until one takes ``SECONDS``; return the cost of that one."""
    while True:
        found = _train(training, zipf_corpus(vocab_size, words, training.config.seed))
        if found.seconds >= SECONDS or words >= MAX_WORDS:
            return found
        growth = min(MAX_GROWTH, max(2.0, 1.5 * SECONDS / found.seconds))
        words = min(MAX_WORDS, int(words * growth))


def zipf_corpus(vocab_size: int, words: int, seed: int) -> Corpus:
    """Return a corpus of words drawn independently by Zipf's law."""
    shares = 1 / (np.arange(vocab_size) + 1 + SHIFT)
    counts = np.ceil(shares / shares[-1]).astype(np.int64)
    drawn = np.random.default_rng(seed).random(words) * counts.sum()
    tokens = np.searchsorted(np.cumsum(counts), drawn, side="right")
    return Corpus(
        "zipf",
        "",
        Vocab([str(row) for row in range(vocab_size)], counts),
        tokens.astype(token_type(vocab_size)),
        np.unique([*range(0, words, SENTENCE), words]),
    )


def _train(training: Training, corpus: Corpus) -> Cost:
    config = training.config.replace(epochs=1)
    memory = PeakMemory()
    end = most = 0.0

    def progress(words: int, loss: float) -> None:
        nonlocal end, most  # the last report comes before the vectors are copied
        end, most = perf_counter(), memory.so_far()

    train = trainers.load(training.trainer).prepare(corpus, config, training.device, progress)
    release_memory()
    with memory:
        before = memory.so_far()
        start = perf_counter()
        train()
    kept: npt.NDArray[np.float64] = corpus.vocab.keep_probability(config.sample)[corpus.tokens]
    pairs = float(kept.sum()) * pairs_per_token(config.window, config.shrink_windows)
    return Cost(len(corpus.tokens), pairs, end - start, max(0.0, most - before))


def _above_resolution(costs: Sequence[Cost]) -> tuple[Sequence[int], Sequence[float]]:
    """Return vocabulary sizes and bytes where bytes exceed ``RESOLUTION``, or all if none do."""
    sizes = [(V, max(1.0, c.bytes)) for V, c in zip(VOCABULARIES, costs, strict=True)]
    large = [(V, size) for V, size in sizes if size > RESOLUTION] or sizes
    return [V for V, _ in large], [size for _, size in large]


def _exponent(metric: str, sizes: Sequence[int], values: Sequence[float]) -> Score:
    if len(sizes) < MIN_POINTS:
        slope = Estimate(np.nan, np.nan, np.nan, np.nan)
    else:
        slope = slope_interval(np.log(sizes).tolist(), np.log(values).tolist())
    return Score(
        metric=metric, value=slope.value, unit="", higher_is_better=False, n=len(values),
        low=slope.low, high=slope.high,
    )  # fmt: skip
