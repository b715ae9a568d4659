"""Scores of word vectors of every kind, as a table of pandas."""

import numpy as np
import pytest
from gensim.models import Word2Vec

from sgns_bench import datasets, evaluate
from sgns_bench.datasets import planted
from sgns_bench.embeddings import Embeddings
from sgns_bench.errors import ConfigError, DatasetError, UnknownName
from sgns_bench.evaluation.scorecard import COLUMNS
from sgns_bench.vocab import Vocab

PLANTED = planted.planted_vectors()


@pytest.fixture(scope="module")
def embeddings():
    counts = np.arange(len(PLANTED.words), 0, -1)
    return Embeddings(Vocab(PLANTED.words, counts), PLANTED.vectors, PLANTED.vectors)


def as_model(embeddings):
    model = Word2Vec(vector_size=embeddings.input_vectors.shape[1])
    model.wv = embeddings.to_keyed_vectors()
    return model


@pytest.mark.parametrize(
    "kind", [lambda e: e, Embeddings.word_vectors, Embeddings.to_keyed_vectors, as_model]
)
def test_vectors_of_every_kind_get_the_same_scores(embeddings, kind):
    scores = evaluate(kind(embeddings), "planted-similarity")

    assert list(scores.columns) == COLUMNS
    first = scores.iloc[0]
    assert (first["set"], first.metric) == ("planted-similarity", "spearman")
    assert first.low < first.value < first.high
    assert first.value > 0.97
    assert first.coverage == 1


@pytest.mark.parametrize("name", ["v.kv", "v.safetensors"])
def test_a_file_is_scored_by_its_path(embeddings, tmp_path, name):
    embeddings.save(tmp_path / name)

    scores = evaluate(tmp_path / name, "planted-similarity")

    assert scores.equals(evaluate(embeddings, "planted-similarity"))


def test_sets_are_scored_in_the_order_given(embeddings):
    scores = evaluate(embeddings, "wordsim353", "planted-similarity")

    assert list(dict.fromkeys(scores["set"])) == ["wordsim353", "planted-similarity"]


def test_a_set_without_a_known_word_has_no_value_but_a_row(embeddings):
    (row,) = evaluate(embeddings, "wordsim353").itertuples()

    assert (row.n, row.coverage) == (0, 0)
    assert np.isnan(row.value)


def test_without_names_every_set_of_which_something_is_known_is_scored(embeddings):
    datasets.load("planted").local_path()  # generates the sets, too
    found = set(evaluate(embeddings)["set"])

    assert {"planted-analogies", "planted-similarity"} <= found
    assert not {"wordsim353", "google-analogies"} & found


def test_one_method_of_answering_analogies_may_be_asked_for(embeddings):
    scores = evaluate(embeddings, "planted-analogies", method="3cosmul")

    assert scores.metric.str.contains("3cosmul").all()


@pytest.mark.parametrize(
    ("vectors", "names", "error", "message"),
    [
        ([1, 2], [], ConfigError, "vectors are of type list; give KeyedVectors, a Word2Vec model"),
        ("absent.kv", [], DatasetError, "absent.kv: cannot be read: No such file"),
        (
            PLANTED,
            [["wordsim353"]],
            ConfigError,
            r"evaluation set \['wordsim353'\] is no name; give",
        ),
        (PLANTED, ["wordsim"], UnknownName, "no dataset named 'wordsim'; did you mean"),
    ],
)
def test_what_cannot_be_scored_is_named(vectors, names, error, message):
    with pytest.raises(error, match=message):
        evaluate(vectors, *names)
