"""Records of runs that never were, with what is to be seen in them known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sgns_bench.record import Record

CONFIG = {"window": 5, "vector_size": 100, "negative": 5, "ns_exponent": 0.75, "epochs": 5}
MACHINE = {
    "processor": "A chip", "cores": 2, "memory_bytes": 8e9, "system": "Linux",
    "python": "3.11", "versions": {"torch": "2"}, "commit": "c" * 40, "dirty": False,
}  # fmt: skip
RUN = {
    "title": "Tiny",
    "question": "Is it faster?",
    "baseline": "gensim_sgns",
    "command": "python -m sgns_bench run --suite tiny",
}
WHOLE = 400_000


def _cell(trainer="sgns", seed=1, *, variant="", max_words=0, config=None, rate=1e6, numbers=()):
    """Return the records of one cell: its speed and the numbers given as dictionaries."""
    config = CONFIG | (config or {})
    words = max_words or WHOLE
    shared = {
        "cell": f"{trainer} {variant} {max_words} {sorted(config.items())} {seed}",
        "suite": "tiny", "trainer": trainer, "corpus": "text", "corpus_sha256": "ab" * 32,
        "corpus_words": words, "vocabulary": 900, "config": config, "seed": seed,
        "device": "cpu", "utc": "2026-01-01T00:00:00.000+00:00", "run": RUN, "machine": MACHINE,
        "variant": variant, "max_words": max_words,
    }  # fmt: skip
    speed = [
        _training("words_per_second", rate, "words/s"),
        _training("prepare_seconds", 0.5, "s"),
        _training("train_seconds", words / rate, "s"),
        {"kind": "finished"},
    ]
    return [Record(**shared | number) for number in [*numbers, *speed]]


def _training(metric, value, unit, **changes):
    return {"kind": "training", "metric": metric, "value": value, "unit": unit} | changes


@pytest.fixture
def duel():
    """Return a function that makes records of two trainers, and perhaps of a third without k."""

    def duel(ours=0.6, theirs=0.5, *, noise=0.001, seeds=3, reference=False, config=None, **score):
        records = []
        for seed in range(1, seeds + 1):
            e = noise * (2 - seed)
            for name, value, rate in (("sgns", ours + e, 5e6), ("gensim_sgns", theirs - e, 5e5)):
                numbers = [
                    _score(value, **SPEARMAN | score),
                    _score(value / 2, **SPEARMAN | score | {"n": 7, "section": "capitals"}),
                    _training("peak_bytes", 2e8, "bytes"),
                ]
                records += _cell(name, seed, config=config, rate=rate * seed, numbers=numbers)
            if reference:
                numbers = [_score(0.4, **SPEARMAN | score)]
                found = _cell("full_softmax", seed, rate=1e5 * seed, numbers=numbers)
                records += [replace(r, config={"window": 5}) for r in found]
        return records

    return duel


SPEARMAN = {"dataset": "wordsim353", "metric": "spearman", "unit": "correlation", "coverage": 0.127}


def _score(value, dataset="analogies", **changes):
    fraction = {"metric": "accuracy", "unit": "fraction", "n": 100, "coverage": 0.5}
    return fraction | {"dataset": dataset, "value": value} | changes


def _noise(*key):
    return np.random.default_rng([abs(hash(k)) % 1000 for k in map(float, key)]).normal() / 1000


@pytest.fixture(scope="session")
def grid():
    """k x power, three seeds: k = 5 with power 0.75 is best, and power 1 is a little worse."""
    return [
        record
        for seed in (1, 2, 3)
        for k in (2, 5, 15)
        for power in (0.0, 0.75, 1.0)
        for value in [0.3 - 0.02 * abs(k - 5) ** 0.5 - 0.2 * abs(power - 0.75)]
        for record in _cell(
            seed=seed,
            rate=1e7 / k,
            config={"negative": k, "ns_exponent": power},
            numbers=[_score(value + _noise(seed, k, power))],
        )
    ]


@pytest.fixture(scope="session")
def ladder():
    """The best k is 15 for the shortest prefix, 5 for the next, 2 for the whole corpus."""
    best = {25_000: 15, 100_000: 5, 0: 2}
    return [
        record
        for seed in (1, 2, 3)
        for max_words, at in best.items()
        for k in (2, 5, 15)
        for value in [0.3 - 0.05 * abs(math.log(k / at))]
        for record in _cell(
            seed=seed,
            max_words=max_words,
            config={"negative": k},
            numbers=[_score(value + _noise(seed, k, max_words))],
        )
    ]


@pytest.fixture(scope="session")
def practice():
    """One variant ruins, one helps, one does nothing, one tries three window sizes."""
    effects = {"no decay": -0.1, "a trick": 0.05, "no shuffling": 0.0}
    records = []
    for seed in (1, 2, 3, 4):
        for variant, effect in {"": 0.0, **effects}.items():
            config = {"min_alpha": 0.025} if variant == "no decay" else None
            value = 0.3 + effect + _noise(seed, 7 * len(variant))
            records += _cell(seed=seed, variant=variant, config=config, numbers=[_score(value)])
        for window in (1, 2, 10):
            config, numbers = {"window": window}, [_score(0.3 + window / 100)]
            records += _cell(
                seed=seed, variant="w", config=config, numbers=numbers, rate=5e6 / window
            )
    return records


@pytest.fixture(scope="session")
def half():
    """Two trainers at two k; a variant of both scores other vectors, and has the same settings."""
    return [
        record
        for seed in (1, 2)
        for trainer in ("sgns", "gensim_sgns")
        for k in (2, 5)
        for variant, gain in (("", 0.0), ("an average", 0.1))
        for record in _cell(
            trainer,
            seed,
            variant=variant,
            config={"negative": k},
            rate=1e6 / k,
            numbers=[_score(0.3 + gain + _noise(seed, k, gain))],
        )
    ]


@pytest.fixture(scope="session")
def softmax():
    """Cost at four vocabularies, of softmax as V and of sgns as 1; and curves of quality."""
    records = []
    for seed in (1, 2):
        for trainer, exponent, rate in (("sgns", 0, 1e6), ("full_softmax", 1, 1e4)):
            costs = [
                {
                    "kind": "scaling", "dataset": "cost", "section": str(size),
                    "metric": "seconds_per_pair", "unit": "s/pair", "value": 1e-8 * size**exponent * (1 + _noise(seed, size)),
                    "higher_is_better": False, "n": 50,
                }
                for size in (1000, 10_000, 100_000, 1_000_000)
            ]  # fmt: skip
            total = {
                "kind": "scaling", "dataset": "cost", "metric": "seconds_exponent",
                "value": float(exponent), "n": 4, "higher_is_better": False,
            }  # fmt: skip
            curve = [
                moment
                for progress in (0.25, 0.5, 0.75)
                for moment in (
                    _score(0.2 * progress, progress=progress),
                    _training("train_seconds", progress * WHOLE / rate, "s", progress=progress),
                )
            ]
            end = [_score(0.2 + _noise(seed))]
            records += _cell(trainer, seed, rate=rate, numbers=[*curve, *end, total, *costs])
    return records


@pytest.fixture(scope="session")
def pmi():
    """A law with a slope of 0.8 and an intercept that is -log k, for three values of k."""

    def fit(k):
        found = {"r2": (0.6, "fraction"), "slope": (0.8, ""), "intercept": (-math.log(k), "nats"),
                 "shift": (-math.log(k) + 0.1, "nats")}  # fmt: skip
        return [
            {"kind": "fit", "dataset": "pmi", "metric": metric, "value": value, "unit": unit, "n": 9,
             "coverage": 0.5, "low": value - 0.1, "high": value + 0.1}
            for metric, (value, unit) in found.items()
        ]  # fmt: skip

    records = []
    for seed in (1, 2):
        records += _cell(seed=seed, numbers=fit(5))
        for k in (1, 20):
            records += _cell(seed=seed, variant="k", config={"negative": k}, numbers=fit(k))
    return records


@pytest.fixture(scope="session")
def points(pmi):
    """The scatter plot of one cell of that run."""
    x = np.linspace(-2, 6, 50)
    axes = {"x_name": "PMI", "y_name": "u·v", "unit": "nats"}
    return {(pmi[0].cell, "pmi"): axes | {"x": list(x), "y": list(0.8 * x - math.log(5))}}
