import logging
import tempfile
from pathlib import Path

import numpy as np
import pytest

from sgns_bench import trainers
from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.corpus import Corpus, corpus_from_sentences
from sgns_bench.trainers import Snapshots, _gensim, gensim_sgns

CONFIG = SkipGramConfig(vector_size=16, window=3, epochs=3, sample=0.0, workers=2)


@pytest.fixture
def two_islands() -> Corpus:
    """Sentences of either fruits or metals, with more of some words than of others."""
    rng = np.random.default_rng(0)
    islands = (["apple", "pear", "plum", "fig", "kiwi"], ["iron", "gold", "tin", "lead", "zinc"])
    p = [0.4, 0.25, 0.15, 0.15, 0.05]
    sentences = [list(rng.choice(islands[i % 2], 20, p=p)) for i in range(1500)]
    return corpus_from_sentences(sentences, min_count=1)


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def silent(words: int, loss: float) -> None:
    pass


def train(corpus, config=CONFIG, progress=silent):
    return gensim_sgns.prepare(corpus, config, "cpu", progress)()


def cosines(vectors) -> np.ndarray:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def test_it_is_a_trainer_that_ignores_the_block_settings():
    assert {
        "shuffle",
        "skip_center",
        "half_step",
        "block_size",
        "sharing",
        "min_flatness",
    } == trainers.load("gensim_sgns").IGNORES


def test_words_that_occur_together_end_up_close(two_islands):
    embeddings = train(two_islands)

    fruit = np.array([word in "apple pear plum fig kiwi" for word in two_islands.vocab.words])
    similarity = cosines(embeddings.input_vectors)
    assert similarity[fruit][:, fruit].min() > similarity[fruit][:, ~fruit].max()


def test_vectors_are_float32_in_the_rows_of_the_corpus(two_islands):
    embeddings = train(two_islands)

    assert embeddings.vocab is two_islands.vocab
    for matrix in (embeddings.input_vectors, embeddings.output_vectors):
        assert (10, 16) == matrix.shape
        assert np.float32 == matrix.dtype


def test_gensim_gets_every_setting_and_our_rows(two_islands):
    config = CONFIG.replace(
        negative=7, ns_exponent=-0.5, alpha=0.05, min_alpha=0.01, seed=2**32 + 9,
        shrink_windows=False, sample=0.01,
    )  # fmt: skip
    words = [f"w{row}" for row in range(10)]

    model = _gensim.build(two_islands, config, words, sg=1, hs=0)

    unlike = {"min_count", "workers", "seed", *gensim_sgns.IGNORES}
    for name in set(SETTINGS) - unlike:
        assert getattr(config, name) == getattr(model, name), name
    assert (1, 2) == (model.min_count, model.workers)
    assert (1, 0, 9) == (model.sg, model.hs, model.seed)
    assert words == model.wv.index_to_key
    assert two_islands.vocab.counts.tolist() == model.wv.expandos["count"].tolist()
    expected = two_islands.vocab.keep_probability(0.01) * 0xFFFFFFFF
    np.testing.assert_allclose(model.wv.expandos["sample_int"], expected, rtol=1e-6)


@pytest.mark.parametrize("sample", [0.0, 1.0])
def test_sample_zero_and_one_keep_every_token(two_islands, sample):
    model = _gensim.build(two_islands, CONFIG.replace(sample=sample), list("abcdefghij"))

    assert {0xFFFFFFFF} == set(model.wv.expandos["sample_int"].tolist())


@pytest.mark.parametrize("workers", [1, 2])
def test_gensim_trains_all_words_and_few_of_them_twice(two_islands, monkeypatch, workers):
    trained = []

    class Recording(_gensim.Word2Vec):
        def train(self, *args, **kwargs):
            trained.append(super().train(*args, **kwargs))

    monkeypatch.setattr(_gensim, "Word2Vec", Recording)

    train(two_islands, CONFIG.replace(workers=workers))

    ((effective, raw),) = trained
    words = CONFIG.epochs * len(two_islands.tokens)
    lost_sentences, job = CONFIG.epochs * 3 * 20, CONFIG.epochs * 10_020  # one in each of 3 jobs
    assert words - lost_sentences <= raw <= words + (workers - 1) * job
    # A worker that starts within a word skips the rest of that word, once an epoch.
    assert raw - (workers - 1) * CONFIG.epochs <= effective <= raw


def test_a_curve_has_a_point_where_an_epoch_ends(two_islands):
    config = CONFIG.replace(epochs=2)
    snapshots = Snapshots(2 * len(two_islands.tokens), parts=4)

    trained = gensim_sgns.prepare(two_islands, config, "cpu", silent, snapshots)()

    (point,) = snapshots.points
    assert 0.5 == point.progress
    assert 0 < np.abs(point.input_vectors - trained.input_vectors).max()


def test_a_worker_is_told_its_share_of_the_sentences(two_islands):
    share = _gensim.share(two_islands, CONFIG.replace(workers=4))

    assert 375 == share


def test_progress_is_reported_after_each_epoch(two_islands):
    reports = []

    train(two_islands, progress=lambda words, loss: reports.append((words, np.isnan(loss))))

    assert [(30_000, True), (60_000, True), (90_000, True)] == reports


def test_the_file_is_gone_after_training(two_islands, scratch):
    run = gensim_sgns.prepare(two_islands, CONFIG, "cpu", silent)
    (folder,) = scratch.iterdir()

    run()

    assert "corpus.txt" not in {path.name for path in scratch.rglob("*")}
    assert not folder.exists()


def test_the_file_is_gone_after_an_error(two_islands, scratch):
    def fail(words: int, loss: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(two_islands, progress=fail)

    assert [] == list(scratch.iterdir())


def test_gensim_is_quiet(two_islands, caplog):
    train(two_islands)

    assert [] == [r.message for r in caplog.records if r.levelno >= logging.WARNING]


def test_words_of_equal_count_keep_their_rows():
    corpus = corpus_from_sentences([list("abcdefg")], min_count=1)
    words = [f"w{row}" for row in range(7)]

    model = _gensim.build(corpus, CONFIG, words)

    assert words == model.wv.index_to_key


def test_a_worker_that_starts_within_a_word_meets_no_other_word(scratch):
    corpus = corpus_from_sentences([[str(i) for i in range(30)]], min_count=1)
    run = gensim_sgns.prepare(corpus, CONFIG, "cpu", silent)
    (file,) = scratch.rglob("corpus.txt")

    words = set(file.read_text().split())

    assert len(words) == 30
    assert not words & {word[cut:] for word in words for cut in range(1, len(word))}
    run()


@pytest.mark.parametrize("ns_exponent", [-1.0, 0.0, 0.75, 1.5])
@pytest.mark.parametrize("negative", [1, 15])
def test_any_power_and_number_of_negatives_trains(two_islands, ns_exponent, negative):
    config = CONFIG.replace(ns_exponent=ns_exponent, negative=negative, epochs=1)

    embeddings = train(two_islands, config)

    assert np.isfinite(embeddings.input_vectors).all()
    assert embeddings.output_vectors.any()
