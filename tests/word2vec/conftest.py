"""Small corpora, and a spy that sees whose code trains."""

import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec as GensimWord2Vec
from gensim.test.utils import datapath

from sgns_bench import Word2Vec
from sgns_bench.word2vec.fallback import warn_of_gensim
from sgns_bench.word2vec.training import ModelTraining

LETTERS = [list("abcd"), list("bcda"), list("cdab"), list("efgh"), list("hgfe")] * 20


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def nothing_said():
    """Forget which reasons for gensim's own training the log has given."""
    warn_of_gensim.cache_clear()


@pytest.fixture
def letters():
    """Return 100 sentences of 4 letters."""
    return [list(sentence) for sentence in LETTERS]


@pytest.fixture(scope="session")
def lee():
    """Return 300 news articles, 59,890 words, as lists."""
    with open(datapath("lee_background.cor"), encoding="utf-8") as file:  # noqa: PTH123
        return [line.split() for line in file]


@pytest.fixture
def lee_file():
    return datapath("lee_background.cor")


@pytest.fixture
def trainers(monkeypatch):
    """Return a list that gains "ours" or "gensim" with each training, or epoch of gensim's."""
    seen = []

    def spy(owner, method, name):
        original = getattr(owner, method)

        def seeing(*args, **kwargs):
            seen.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, method, seeing)

    spy(ModelTraining, "__init__", "ours")
    spy(GensimWord2Vec, "_train_epoch", "gensim")
    spy(GensimWord2Vec, "_train_epoch_corpusfile", "gensim")
    return seen


@pytest.fixture
def model_of():
    """Return a maker of small skip-gram models."""

    def make(*corpus, **arguments):
        settings = {
            "sg": 1,
            "vector_size": 8,
            "min_count": 1,
            "epochs": 2,
            "workers": 2,
            "sample": 0,
        }
        return Word2Vec(*corpus, **settings | arguments)

    return make


@pytest.fixture
def untrained():
    """Return the vectors from which gensim starts a model."""

    def start(model):
        shape = (len(model.wv), model.vector_size)
        uniform = np.random.default_rng(model.seed).random(shape, dtype=np.float32)
        return (uniform * 2 - 1) / model.vector_size

    return start
