"""What ``import sgns_bench`` offers."""

import logging

import numpy as np
import pytest

import sgns_bench
from sgns_bench import SkipGramConfig, corpus_from_sentences, run_suite, train
from sgns_bench.errors import ConfigError
from sgns_bench.host.machine import usable_cores
from sgns_bench.trainers import sgns


@pytest.mark.parametrize("name", sgns_bench.__all__)
def test_every_public_name_can_be_imported(name):
    assert name == getattr(sgns_bench, name).__name__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Word3Vec'"):
        _ = sgns_bench.Word3Vec


def test_train_goes_from_sentences_to_gensim_vectors():
    corpus = corpus_from_sentences([["a", "b", "c"]] * 20, min_count=1)

    vectors = train(corpus, SkipGramConfig(vector_size=4, workers=1)).to_keyed_vectors()

    assert {"b", "c"} == {word for word, _ in vectors.most_similar("a")}


CORPUS = [["a", "b", "c"]] * 20
SMALL = SkipGramConfig(vector_size=4, workers=1, epochs=2, min_count=1, sample=0)


def test_a_corpus_shows_its_size_not_its_text():
    corpus = corpus_from_sentences(CORPUS, min_count=1, name="letters")

    assert repr(corpus) == "Corpus('letters', 60 tokens, 3 words)"


def test_words_are_left_out_below_five_occurrences_as_in_gensim():
    corpus = corpus_from_sentences([*CORPUS, ["rare"] * 4, ["known"] * 5])

    assert "rare" not in corpus.vocab.index
    assert "known" in corpus.vocab.index


@pytest.mark.parametrize(("min_count", "lines"), [(1, 0), (2, 1)])
def test_a_min_count_that_the_corpus_was_not_loaded_with_is_a_warning(min_count, lines, caplog):
    corpus = corpus_from_sentences(CORPUS, min_count=1)

    train(corpus, SMALL.replace(min_count=min_count))

    assert [
        "min_count = 2 has no effect: sentences was loaded with min_count = 1; give both the same"
    ] * lines == caplog.messages


def test_as_many_threads_train_as_the_process_may_use_cores():
    assert SkipGramConfig().workers == usable_cores()


def test_progress_is_told_to_a_function_and_to_the_log(caplog, monkeypatch):
    caplog.set_level(logging.INFO, logger="sgns_bench")
    monkeypatch.setattr("sgns_bench.host.progress.LOG_SECONDS", 0.0)
    told = []

    train(corpus_from_sentences(CORPUS, min_count=1), SMALL, progress=lambda *now: told.append(now))

    words, loss = told[-1]
    assert words == 120
    assert 0 < loss < 10
    assert "sgns on sentences: 100.0% of 120 words, loss" in caplog.text
    assert "sgns: trained 120 words in" in caplog.text


def test_progress_without_a_terminal_is_one_line_at_the_end(capsys):
    train(corpus_from_sentences(CORPUS, min_count=1), SMALL, progress=True)

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("sgns on sentences: 120 words in ")
    assert shown.err.count("\n") == 1


def test_a_suite_of_ones_own_runs_from_python(suite_file, fakes, tmp_path):
    results = run_suite(suite_file, tmp_path / "out", device="cpu", progress=False)

    assert {"sgns", "gensim_sgns", "full_softmax"} == set(results.trainer)
    assert {"words_per_second"} <= set(results.metric)
    assert (tmp_path / "out" / "report.html").exists()


def test_a_training_that_diverged_is_a_warning(caplog, monkeypatch):
    corpus = corpus_from_sentences(CORPUS, min_count=1)
    infinite = np.full((3, 4), np.inf, np.float32)
    monkeypatch.setattr(sgns, "initial_vectors", lambda *_: (infinite, infinite))

    train(corpus, SMALL)

    assert "training diverged: vectors are not finite; lower alpha and train anew" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("my.txt",), "corpus is of type str; make one with load_corpus"),
        ((CORPUS,), "corpus is of type list; make one with load_corpus"),
        ((None, {"epochs": 1}), "config is of type dict; give SkipGramConfig"),
    ],
)
def test_what_is_no_corpus_or_no_settings_is_named(arguments, message):
    corpus = corpus_from_sentences(CORPUS, min_count=1)

    with pytest.raises(ConfigError, match=message):
        train(arguments[0] or corpus, *arguments[1:])
