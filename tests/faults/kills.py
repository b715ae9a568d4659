"""Kills a training, an encoding or a run at random moments, calls it again until it ends, and checks.

    python tests/faults/kills.py training 200

Each attempt is a fork of this process, which has imported and compiled everything before.
"""

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sgns_bench import SkipGramConfig, corpus_from_sentences, load_corpus, record, train
from sgns_bench.bench import runner, suite

SENTENCES = [[f"w{(i * j) % 997}" for j in range(60)] for i in range(3000)]
CONFIG = SkipGramConfig(vector_size=50, epochs=3, workers=1, min_count=1, sample=0)
SUITE = """
title = "Tiny"
question = "Is every cell there once?"
trainers = ["sgns", "cbow"]
seeds = 3

[[corpora]]
name = "{text}"
score_on = ["wordsim353"]

[config]
vector_size = 8
epochs = 1
min_count = 1

[grid]
negative = [2, 5]
"""


class Training:
    """A training with checkpoints ends with the vectors of one that ran through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpus = corpus_from_sentences(SENTENCES, min_count=1)
        self.expected = train(self.corpus, CONFIG).input_vectors

    def attempt(self) -> None:
        checkpoint = self.folder / "checkpoints"
        found = train(self.corpus, CONFIG, checkpoint=checkpoint, checkpoint_seconds=0.02)
        np.save(self.folder / "found.npy", found.input_vectors)

    def check(self) -> None:
        np.testing.assert_array_equal(self.expected, np.load(self.folder / "found.npy"))
        assert not list((self.folder / "checkpoints").glob(".unfinished-*"))


class Encoding:
    """A text is encoded whole, or not at all."""

    def __init__(self, folder: Path) -> None:
        os.environ["SGNS_BENCH_CACHE"] = str(folder / "cache")
        self.text = folder / "text.txt"
        self.text.write_text("\n".join(map(" ".join, SENTENCES * 20)))
        self.expected = load_corpus(self.text, cache=folder / "elsewhere").tokens.copy()

    def attempt(self) -> None:
        corpus = load_corpus(self.text)
        np.testing.assert_array_equal(self.expected, corpus.tokens)

    def check(self) -> None:
        self.attempt()


class Run:
    """A run has every cell once, with all its numbers."""

    def __init__(self, folder: Path) -> None:
        os.environ["SGNS_BENCH_CACHE"] = str(folder / "cache")
        text, toml = folder / "text.txt", folder / "tiny.toml"
        words = ["tiger", "cat", "book", "paper", "computer", "king", "queen", "man", "woman"]
        text.write_text("\n".join(" ".join(words[i:] + words[:i]) for i in range(9)) + "\n")
        toml.write_text(SUITE.format(text=text))
        self.suite, self.out = suite.load(str(toml)), folder / "out"
        runner.run(self.suite, folder / "elsewhere", device="cpu")
        self.expected = self.numbers(folder / "elsewhere")

    @staticmethod
    def numbers(out: Path) -> Counter[tuple[str, ...]]:
        records = record.latest(record.read(out / record.FILE))
        return Counter((r.cell, r.kind, r.dataset, r.metric, r.section) for r in records)

    def attempt(self) -> None:
        runner.run(self.suite, self.out, device="cpu")

    def check(self) -> None:
        assert self.expected == self.numbers(self.out)


SUBJECTS: dict[str, Callable[[Path], Training | Encoding | Run]] = {
    "training": Training,
    "encoding": Encoding,
    "run": Run,
}


def attempt(subject: Training | Encoding | Run, seconds: float | None) -> bool:
    """Run one attempt in a fork, killed after some seconds; return whether it ended by itself."""
    child = os.fork()
    if child == 0:
        subject.attempt()
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, f"died of signal {os.WTERMSIG(status)}"
        return False
    assert os.WEXITSTATUS(status) == 0, "an attempt failed; its traceback is above"
    return True


def main(name: str, kills: int, seed: int = 1) -> None:
    """Kill ``kills`` attempts, in as many rounds as it takes, and check the end of each round."""
    draw, killed, rounds = random.Random(seed), 0, 0
    while killed < kills:
        with tempfile.TemporaryDirectory() as folder:
            subject = SUBJECTS[name](Path(folder))
            begin = time.perf_counter()
            subject.attempt()  # how long does it take?
            usual = time.perf_counter() - begin
        with tempfile.TemporaryDirectory() as folder:
            subject = SUBJECTS[name](Path(folder))
            while killed < kills and not attempt(subject, draw.uniform(0, 0.4 * usual)):
                killed += 1
            attempt(subject, None)
            subject.check()
        rounds += 1
    print(  # noqa: T201
        f"{name}: {killed} kills in {rounds} rounds, each ended as it should"
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
