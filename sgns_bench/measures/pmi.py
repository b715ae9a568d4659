"""Fit of u·v to PMI - log k, its optimum if the dimension is large enough.

At the minimum of the loss of skip-gram with negative sampling, each pair of words has (Levy and
Goldberg 2014, Neural Word Embedding as Implicit Matrix Factorization, section 3.1)

    u·v = log( #(w, c) / (k #(c) P_n(w)) ) = PMI(w, c) - log k,    PMI = log( P(w | c) / P_n(w) )

with # the number of pairs in an epoch, w the center and u its output vector, c the context and v
its input vector, P_n the noise distribution. This is the ordinary PMI if P_n is the frequency of
centers; counts to the power 0.75 before subsampling differ slightly. A line u·v = slope PMI +
intercept is fitted by least squares, each pair weighted by its count.
"""

from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import Corpus
from sgns_bench.corpus.cooccurrence import expected_counts
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import DatasetError
from sgns_bench.measures import Measurement, Training
from sgns_bench.sampling.noise import NoiseDistribution
from sgns_bench.tasks import Score

MIN_COUNT: Final = 5.0  # pairs per epoch: the PMI of fewer is mostly chance
SHOWN: Final = 500  # points in a scatter plot
RESAMPLES: Final = 1000
AT_ONCE: Final = 1 << 17  # pairs per batch: their vectors take some 100 MB at D = 100

F64 = npt.NDArray[np.float64]


class Pairs(NamedTuple):
    """Pairs of words that occur at least ``MIN_COUNT`` times per epoch, (n,) each."""

    context: npt.NDArray[np.int64]
    center: npt.NDArray[np.int64]
    weight: F64
    pmi: F64


def measure(training: Training) -> Measurement:
    """Fit a line to u·v as a function of PMI, and sample pairs for a scatter plot.

    Scores: ``r2`` of the line; ``slope``, 1 in theory; ``intercept`` in nats, -log k in theory;
    ``shift``, the mean of u·v - PMI in nats, which is the intercept if the slope is 1. Intervals
    are a bootstrap over center words, because pairs of one center are not independent.
    ``coverage`` is the share of an epoch's pairs that occur at least ``MIN_COUNT`` times.

    Raises:
        DatasetError: no pair occurs that often.
    """
    config = training.config
    reach = (config.window, config.shrink_windows, config.sample)
    pairs, coverage = _pairs(training.corpus, *reach, config.ns_exponent)
    dots = _dots(training.embeddings, pairs)
    moments = _moments(pairs, dots, len(training.corpus.vocab))
    weights = np.random.default_rng(0).multinomial(
        len(moments), np.full(len(moments), 1 / len(moments)), size=RESAMPLES
    )
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may have a single word
        fits, resampled = _fit(moments.sum(axis=0)), _fit(weights @ moments)
    low, high = np.nanquantile(resampled, [0.025, 0.975], axis=1)
    numbers = zip(_NAMES, fits, low, high, strict=True)
    scores = [
        Score(
            metric=metric, value=float(value), unit=unit, higher_is_better=metric == "r2",
            n=len(dots), coverage=coverage, low=float(a), high=float(b),
        )
        for (metric, unit), value, a, b in numbers
    ]  # fmt: skip
    return Measurement(scores, _sample(pairs, dots), "fit")


_NAMES: Final = (("r2", "fraction"), ("slope", ""), ("intercept", "nats"), ("shift", "nats"))


@lru_cache(maxsize=2)  # consecutive cells often differ only in settings that are not used here
def _pairs(
    corpus: Corpus, window: int, shrink_windows: bool, sample: float, ns_exponent: float
) -> tuple[Pairs, float]:
    """Return the frequent pairs, and their share of all pairs."""
    config = SkipGramConfig(window=window, shrink_windows=shrink_windows, sample=sample)
    counts = expected_counts(corpus, config)
    of_context = np.asarray(counts.sum(axis=1)).ravel()
    noise = NoiseDistribution(corpus.vocab.counts, ns_exponent).probabilities
    table = counts.tocoo()
    often = table.data >= MIN_COUNT
    if not often.any():
        raise DatasetError(
            f"pmi: no two words of {corpus.name} are paired {MIN_COUNT:g} times an epoch;"
            " take a larger corpus or window"
        )
    context, center = table.row[often].astype(np.int64), table.col[often].astype(np.int64)
    count = table.data[often]
    pmi = np.log(count / of_context[context] / noise[center])
    return Pairs(context, center, count, pmi), float(count.sum() / of_context.sum())


def _dots(embeddings: Embeddings, pairs: Pairs) -> F64:
    """Return u·v of each pair, (n,) float64."""
    W, C = embeddings.input_vectors, embeddings.output_vectors
    n = len(pairs.weight)
    parts = [slice(first, first + AT_ONCE) for first in range(0, n, AT_ONCE)]
    found = [np.einsum("nd,nd->n", W[pairs.context[p]], C[pairs.center[p]]) for p in parts]
    return np.concatenate(found).astype(np.float64)


def _moments(pairs: Pairs, y: F64, V: int) -> F64:
    """Return weighted sums of 1, x, y, x², xy, y² per center word, (words, 6); x: PMI, y: u·v."""
    x = pairs.pmi
    terms = (np.ones_like(x), x, y, x * x, x * y, y * y)
    sums = [np.bincount(pairs.center, pairs.weight * term, minlength=V) for term in terms]
    moments = np.stack(sums, axis=1)
    return np.asarray(moments[moments[:, 0] > 0])


def _fit(moments: F64) -> tuple[F64, F64, F64, F64]:
    """Return R², slope, intercept and mean y - x of (..., 6) sums, see :func:`_moments`."""
    n, *sums = np.moveaxis(moments, -1, 0)
    x, y, xx, xy, yy = (total / n for total in sums)
    covariance, x_variance, y_variance = xy - x * y, xx - x * x, yy - y * y
    slope = covariance / x_variance
    return covariance**2 / (x_variance * y_variance), slope, y - slope * x, y - x


def _sample(pairs: Pairs, dots: F64) -> dict[str, Any]:
    """Sample pairs by weight, so that every plotted point stands for equally many."""
    drawn = np.random.default_rng(0).choice(
        len(dots), size=SHOWN, p=pairs.weight / pairs.weight.sum()
    )
    return {
        "x_name": "PMI",
        "y_name": "u·v",
        "unit": "nats",
        "x": pairs.pmi[drawn].round(3).tolist(),
        "y": dots[drawn].round(3).tolist(),
    }
