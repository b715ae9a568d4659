"""Trainers that train nothing, for tests of the harness."""

import gc
import os
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import settings

from sgns_bench import trainers
from sgns_bench.embeddings import Embeddings
from sgns_bench.host import machine

if not machine.has_cuda():  # to be set before anybody imports triton
    os.environ["TRITON_INTERPRET"] = "1"

settings.register_profile("same", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("same")  # the same examples each time, as fast as the machine happens to be


def pytest_configure(config):
    asked = ("benchmark_autosave", "benchmark_save", "benchmark_compare", "benchmark_only")
    if any(config.getoption(name) for name in asked):  # to keep timings is to want some
        config.option.benchmark_enable = True


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu") and not machine.has_cuda():
        pytest.skip("needs a CUDA device")


WORDS = "tiger cat book paper computer keyboard king queen man woman"  # all in WordSim-353


class FakeTrainer(SimpleNamespace):
    """Returns random vectors at once; counts its runs; raises what it is told to."""

    def __init__(self, ignores=()):
        super().__init__(IGNORES=frozenset(ignores), error=None, runs=[])

    def prepare(self, corpus, config, device, progress, snapshots=None):
        def train():
            if self.error is not None and len(self.runs) >= self.fail_after:
                raise self.error
            self.runs.append(config)
            progress(config.epochs * len(corpus.tokens), 1.0)
            shape = (len(corpus.vocab), config.vector_size)
            vectors = np.random.default_rng(config.seed).normal(size=shape).astype(np.float32)
            if snapshots:
                for _ in snapshots.stops:
                    snapshots.keep(2.0, vectors, vectors)
                snapshots.loss = 1.0
            return Embeddings(corpus.vocab, vectors, vectors)

        return train

    def fail(self, error, after=0):
        self.error, self.fail_after = error, after


@pytest.fixture
def fakes(monkeypatch):
    """Put fake trainers in the place of all trainers."""
    shared = {"block_size", "negatives_per_draw"}
    by_name = {
        "sgns": FakeTrainer(),
        "gensim_sgns": FakeTrainer(shared),
        "full_softmax": FakeTrainer(shared | {"negative", "ns_exponent"}),
    }
    monkeypatch.setattr(gc, "collect", lambda: 0)  # takes 0.1 s beside torch, for every cell
    monkeypatch.setattr(trainers, "names", lambda: sorted(by_name))
    monkeypatch.setattr(trainers, "load", by_name.__getitem__)
    return SimpleNamespace(**by_name)


@pytest.fixture
def corpus_file(tmp_path, monkeypatch):
    """Return a small text of words that the similarity sets know."""
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "tiny.txt"
    path.write_text(f"{WORDS}\n" * 10)
    return path


@pytest.fixture
def suite_file(tmp_path, corpus_file):
    """Return a suite over the small text, scored by speed alone: scoring takes its time."""
    path = tmp_path / "tiny.toml"
    path.write_text(
        f"""
        title = "Tiny"
        question = "Does it run?"
        corpora = [{{name = "{corpus_file}"}}]
        trainers = ["sgns", "gensim_sgns", "full_softmax"]
        seeds = 2
        [config]
        vector_size = 4
        epochs = 1
        [grid]
        negative = [2, 5]
        """
    )
    return path
