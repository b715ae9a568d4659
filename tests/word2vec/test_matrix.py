"""The guide's table of gensim's arguments and methods says what the code does."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from gensim import utils
from gensim.models.callbacks import CallbackAny2Vec
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec
from sgns_bench.word2vec.training import ModelTraining

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "gensim.md"
VERDICTS = {"accelerated", "taken over", "falls back"}


def rows():
    """Return names, verdict and explanation of each row."""
    text = PAGE.read_text("utf-8").partition("argument by argument\n")[2]
    lines = re.findall(r"^\| (`.*?`) \| (.*?) \| (.*) \|$", text.partition("\n## ")[0], re.M)
    return [(re.findall(r"`(.*?)`", names), verdict, how) for names, verdict, how in lines]


def names(verdict, *, methods):
    """Return all arguments, or all methods, with that verdict."""
    found = [name for of_row, said, _ in rows() for name in of_row if said == verdict]
    return [name.removesuffix("()") for name in found if name.endswith("()") == methods]


SETTINGS = {"sg": 1, "vector_size": 8, "window": 3, "min_count": 1, "epochs": 2, "workers": 1}

CHANGED = {
    "vector_size": 9, "alpha": 0.05, "min_alpha": 0.01, "window": 1, "shrink_windows": False,
    "sample": 0, "negative": 2, "ns_exponent": -0.5, "epochs": 3, "seed": 2, "compute_loss": True,
    "workers": 3, "sg": 0,
}  # fmt: skip
"""Arguments that are said to be accelerated, with a value that makes a difference."""

TAKEN = {
    "min_count": 30, "max_final_vocab": 200, "max_vocab_size": 300, "sorted_vocab": 0,
    "null_word": 1, "trim_rule": lambda word, *_: len(word) % 3 or utils.RULE_DEFAULT,
    "callbacks": [CallbackAny2Vec()], "cbow_mean": 0, "batch_words": 10, "hashfxn": len,
    "comment": "a comment",
}  # fmt: skip
"""Arguments that are said to be taken over, with a value that is not the default."""

FALLING = {"hs": 1}


@pytest.fixture(scope="module")
def sentences(lee):
    return lee[:30]


def test_every_argument_and_public_method_of_gensims_class_has_one_row_and_no_row_is_stale():
    methods = [
        name
        for name, value in inspect.getmembers(GensimWord2Vec, callable)
        if not name.startswith("_")
    ]

    found = [name for of_row, _, _ in rows() for name in of_row]

    arguments = inspect.signature(GensimWord2Vec).parameters
    assert sorted([*arguments, *(f"{method}()" for method in methods)]) == sorted(found)
    assert {verdict for _, verdict, _ in rows()} == VERDICTS


def test_every_row_about_an_argument_is_tried_below():
    corpora = ["sentences", "corpus_file"]

    assert sorted([*corpora, *CHANGED]) == sorted(names("accelerated", methods=False))
    assert sorted(TAKEN) == sorted(names("taken over", methods=False))
    assert sorted(FALLING) == sorted(names("falls back", methods=False))


@pytest.mark.parametrize("argument", ["sentences", "corpus_file"])
def test_an_accelerated_corpus_trains_on_our_kernels_and_is_not_read_by_gensim(
    sentences, lee_file, trainers, monkeypatch, argument
):
    monkeypatch.delattr(GensimWord2Vec, "_scan_vocab")
    corpus = {"sentences": sentences, "corpus_file": lee_file}

    Word2Vec(**{argument: corpus[argument]}, **SETTINGS)

    assert ["ours"] == trainers


@pytest.mark.parametrize("argument", [name for name in CHANGED if name != "workers"])
def test_an_accelerated_argument_makes_a_difference_to_our_kernels(sentences, trainers, argument):
    usual = Word2Vec(sentences, **SETTINGS)

    changed = Word2Vec(sentences, **SETTINGS | {argument: CHANGED[argument]})

    assert ["ours", "ours"] == trainers
    same_vectors = np.array_equal(usual.wv.vectors, changed.wv.vectors)
    same_loss = usual.get_latest_training_loss() == changed.get_latest_training_loss()
    assert (argument == "compute_loss", argument != "compute_loss") == (same_vectors, same_loss)


def test_workers_are_threads(sentences, monkeypatch):
    trainings = []
    original = ModelTraining.__init__

    def spy(self, *args):
        original(self, *args)
        trainings.append(self)

    monkeypatch.setattr(ModelTraining, "__init__", spy)

    Word2Vec(sentences, **SETTINGS | {"workers": 3}, device="cpu")

    assert [3] == [training.workers for training in trainings]


@pytest.mark.parametrize("argument", TAKEN)
def test_an_argument_that_is_taken_over_does_what_it_does_in_gensim_and_our_kernels_train(
    sentences, trainers, argument
):
    settings = SETTINGS | {argument: TAKEN[argument]}
    gensims = GensimWord2Vec(sentences, **settings)
    trainers.clear()

    ours = Word2Vec(sentences, **settings)

    assert ["ours"] == trainers
    assert gensims.wv.index_to_key == ours.wv.index_to_key
    np.testing.assert_array_equal(gensims.wv.expandos["count"], ours.wv.expandos["count"])
    assert getattr(gensims, argument, None) == getattr(ours, argument, None)


@pytest.mark.parametrize("argument", FALLING)
def test_an_argument_that_falls_back_trains_in_gensims_code(sentences, trainers, argument):
    ours = Word2Vec(sentences, **SETTINGS | {argument: FALLING[argument]})
    gensims = GensimWord2Vec(sentences, **SETTINGS | {argument: FALLING[argument]})

    assert {"gensim"} == set(trainers)
    np.testing.assert_array_equal(gensims.wv.vectors, ours.wv.vectors)


def test_accelerated_methods_leave_nothing_to_gensims_loops(sentences, monkeypatch):
    assert ["build_vocab", "scan_vocab", "train"] == sorted(names("accelerated", methods=True))
    for loop in ("_scan_vocab", "_train_epoch", "_train_epoch_corpusfile"):
        monkeypatch.delattr(GensimWord2Vec, loop)
    model = Word2Vec(**SETTINGS)

    model.scan_vocab(sentences)
    model.build_vocab(sentences)
    model.train(sentences, total_examples=len(sentences), epochs=1)

    assert model.wv.vectors.any()


def test_methods_said_to_be_gensims_own_code_are_and_no_others():
    own = [name for of_row, _, how in rows() for name in of_row if "gensim's own code" in how]

    unchanged = [
        name
        for verdict in ("taken over", "falls back")
        for name in names(verdict, methods=True)
        if inspect.getattr_static(Word2Vec, name) is inspect.getattr_static(GensimWord2Vec, name)
    ]

    assert sorted(f"{name}()" for name in unchanged) == sorted(own)
