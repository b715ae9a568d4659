"""The n-th call of the system fails, for n = 1, 2, ... until none does: nothing is lost by it."""

import os
from collections import Counter
from pathlib import Path

import numpy as np

from sgns_bench import SkipGramConfig, corpus_from_sentences, load_corpus, record, train
from sgns_bench.bench import runner, suite
from sgns_bench.errors import SgnsBenchError

SENTENCES = [[f"w{(i * j) % 53}" for j in range(30)] for i in range(400)]
CONFIG = SkipGramConfig(vector_size=5, epochs=2, min_count=1, workers=1, sample=0)
CALLS = [(os, "fsync"), (os, "replace"), (os, "rename"), (os, "mkdir"), (Path, "write_text")]


class Full:
    """Lets the n-th of all calls fail as on a full disk."""

    def __init__(self, patch, n):
        self.left = n
        for module, name in CALLS:
            patch.setattr(module, name, self.failing(getattr(module, name)))

    def failing(self, call):
        def count(*args, **kwargs):
            self.left -= 1
            if self.left == 0:
                raise OSError(28, "No space left on device", str(args[0]))
            return call(*args, **kwargs)

        return count


def fail_each(monkeypatch, attempt, check):
    """Let the n-th call fail, then try again without a failure, and check; until none fails."""
    for n in range(1, 200):
        with monkeypatch.context() as patch:
            full = Full(patch, n)
            try:
                attempt(n)
            except (SgnsBenchError, OSError) as error:
                assert "\n" not in str(error)  # noqa: PT017  # which of both, none knows
        if full.left > 0:
            return n - 1
        attempt(n)
        check(n)
    raise AssertionError("there is no end of calls")


def test_encoding(tmp_path, monkeypatch):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(map(" ".join, SENTENCES)))
    expected = load_corpus(text, min_count=1, cache=tmp_path / "0").tokens.copy()
    found = {}

    def attempt(n):
        found[n] = load_corpus(text, min_count=1, cache=tmp_path / str(n)).tokens

    def check(n):
        np.testing.assert_array_equal(expected, found[n])

    assert fail_each(monkeypatch, attempt, check) > 4


def test_training_with_checkpoints(tmp_path, monkeypatch):
    corpus = corpus_from_sentences(SENTENCES, min_count=1)
    expected = train(corpus, CONFIG).input_vectors
    found = {}

    def attempt(n):
        folder = tmp_path / str(n)
        embeddings = train(corpus, CONFIG, checkpoint=folder, checkpoint_seconds=1e-9)
        found[n] = embeddings.input_vectors
        embeddings.save(folder / "v.kv")

    def check(n):
        np.testing.assert_array_equal(expected, found[n])
        assert not list((tmp_path / str(n)).glob(".unfinished-*"))

    assert fail_each(monkeypatch, attempt, check) > 10


def test_a_run(tmp_path, monkeypatch, suite_file, fakes):
    tiny = suite.load(str(suite_file))

    def numbers(folder):
        records = record.latest(record.read(folder / record.FILE))
        return Counter((r.cell, r.kind, r.status, r.dataset, r.metric) for r in records)

    runner.run(tiny, tmp_path / "0", device="cpu")

    def attempt(n):
        runner.run(tiny, tmp_path / str(n), device="cpu")

    def check(n):
        assert numbers(tmp_path / "0") == numbers(tmp_path / str(n))

    assert fail_each(monkeypatch, attempt, check) > 10
