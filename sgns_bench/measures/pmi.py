"""How near u·v comes to PMI - log k, which is where it would be if dimensions were no limit.

Where the loss of skip-gram with negative sampling is least, each pair of words has (Levy and
Goldberg 2014, Neural Word Embedding as Implicit Matrix Factorization, section 3.1)

    u·v = log( #(w, c) / (k #(c) P_n(w)) ) = PMI(w, c) - log k,    PMI = log( P(w | c) / P_n(w) )

with # the pairs of an epoch, w the center and u its output vector, c the context and v its input
vector, P_n the noise. It is the ordinary PMI where the noise is how often words are centers;
counts to the power 0.75 before subsampling are not quite that. A line u·v = slope PMI + intercept
is fitted by least squares, every pair weighing what it weighs in training.
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

MIN_COUNT: Final = 5.0  # pairs an epoch: a PMI of fewer says more of chance than of the words
SHOWN: Final = 500  # points in a scatter plot
RESAMPLES: Final = 1000
AT_ONCE: Final = 1 << 17  # pairs, whose vectors take some 100 MB at D = 100

F64 = npt.NDArray[np.float64]


class Pairs(NamedTuple):
    """Pairs of words that were trained often, (n,) each."""

    context: npt.NDArray[np.int64]
    center: npt.NDArray[np.int64]
    weight: F64
    pmi: F64


def measure(training: Training) -> Measurement:
    """Fit the line, and draw some points for a plot.

    Scores: ``r2`` of the line; ``slope``, 1 in theory; ``intercept`` in nats, -log k in theory;
    ``shift``, the mean of u·v - PMI in nats, the intercept if the slope were 1. Intervals are of a
    bootstrap over center words, whose pairs are no independent ones; ``coverage`` is the share of
    an epoch's pairs that were seen often enough to be among those compared.

    Raises:
        DatasetError: no pair was.
    """
    config = training.config
    reach = (config.window, config.shrink_windows, config.sample)
    pairs, coverage = _pairs(training.corpus, *reach, config.ns_exponent)
    dots = _dots(training.embeddings, pairs)
    moments = _moments(pairs, dots, len(training.corpus.vocab))
    weights = np.random.default_rng(0).multinomial(
        len(moments), np.full(len(moments), 1 / len(moments)), size=RESAMPLES
    )
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may have one word alone
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


@lru_cache(maxsize=2)  # cells that differ in what is no matter here come one after the other
def _pairs(
    corpus: Corpus, window: int, shrink_windows: bool, sample: float, ns_exponent: float
) -> tuple[Pairs, float]:
    """Return the frequent pairs, and their share of all."""
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
    """(n,) u·v of each pair."""
    W, C = embeddings.input_vectors, embeddings.output_vectors
    n = len(pairs.weight)
    parts = [slice(first, first + AT_ONCE) for first in range(0, n, AT_ONCE)]
    found = [np.einsum("nd,nd->n", W[pairs.context[p]], C[pairs.center[p]]) for p in parts]
    return np.concatenate(found).astype(np.float64)


def _moments(pairs: Pairs, y: F64, V: int) -> F64:
    """(words, 6): of each center word's pairs, weighted sums of 1, x, y, x², xy, y²; y is u·v."""
    x = pairs.pmi
    terms = (np.ones_like(x), x, y, x * x, x * y, y * y)
    sums = [np.bincount(pairs.center, pairs.weight * term, minlength=V) for term in terms]
    moments = np.stack(sums, axis=1)
    return np.asarray(moments[moments[:, 0] > 0])


def _fit(moments: F64) -> tuple[F64, F64, F64, F64]:
    """Return R², slope, intercept and mean y - x, for (..., 6) sums."""
    n, *sums = np.moveaxis(moments, -1, 0)
    x, y, xx, xy, yy = (total / n for total in sums)
    covariance, x_variance, y_variance = xy - x * y, xx - x * x, yy - y * y
    slope = covariance / x_variance
    return covariance**2 / (x_variance * y_variance), slope, y - slope * x, y - x


def _sample(pairs: Pairs, dots: F64) -> dict[str, Any]:
    """Draw pairs by weight: in a plot, each stands for as many."""
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
