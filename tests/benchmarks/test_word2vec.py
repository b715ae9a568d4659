"""The drop-in beside gensim's class, from the constructor to the vectors, taking turns.

Trains on the Lee corpus; SGNS_BENCH_TEXT names a text file to take instead. Ratios are in the
extra info of the JSON file, and printed with -s.
"""

import os
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from gensim.models import Word2Vec as Gensim
from gensim.test.utils import datapath

from sgns_bench import Word2Vec

SENTENCE = 1000  # words
ROUNDS = 3
SETTINGS = {"sg": 1, "workers": 2, "epochs": 1}  # one, to weigh the look at the words the most


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Return the path of a text whose lines gensim reads whole."""
    source = os.environ.get("SGNS_BENCH_TEXT") or datapath("lee_background.cor")
    words = Path(source).read_text("utf-8").split()
    path = tmp_path_factory.mktemp("text") / "lines.txt"
    with path.open("w", encoding="utf-8") as file:
        for begin in range(0, len(words), SENTENCE):
            print(*words[begin : begin + SENTENCE], file=file)
    return path


@pytest.fixture
def compare(benchmark, monkeypatch, tmp_path):
    return partial(timed, benchmark, monkeypatch, tmp_path)


def timed(benchmark, monkeypatch, tmp_path, what, *arguments, **corpus):
    """Let gensim train before each round of ours; compilation is not timed, nothing is cached."""
    Word2Vec([["a", "b"]], sg=1, min_count=1)
    enabled = benchmark.enabled
    gensim_seconds, seconds = [], []

    def gensim():
        monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / str(len(seconds))))
        begin = perf_counter()
        Gensim(*arguments, **corpus, **SETTINGS)
        gensim_seconds.append(perf_counter() - begin)

    def ours():
        begin = perf_counter()
        model = Word2Vec(*arguments, **corpus, **SETTINGS)
        seconds.append(perf_counter() - begin)
        return model

    model = benchmark.pedantic(ours, setup=gensim, rounds=ROUNDS if enabled else 1)
    ratios = [theirs / ours for theirs, ours in zip(gensim_seconds, seconds, strict=True)]
    benchmark.extra_info |= {
        "words": model.corpus_total_words,
        "gensim_seconds": gensim_seconds,
        "times_gensim": ratios,
    }
    print(  # noqa: T201  # what it is run for
        f"{what}: {median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}) times gensim,"
        f" {median(seconds):.2f} s against {median(gensim_seconds):.2f} s"
    )
    return model


def test_list_of_lists(compare, text):
    sentences = [line.split() for line in text.read_text("utf-8").splitlines()]

    model = compare("list of lists", sentences)

    assert len(model.wv) > 1


def test_corpus_file(compare, text):
    model = compare("corpus_file", corpus_file=str(text))

    assert len(model.wv) > 1
