import tempfile
from pathlib import Path

import numpy as np
import pytest

from sgns_bench import trainers
from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.corpus import corpus_from_sentences
from sgns_bench.trainers import Snapshots, _gensim, gensim_sgns

CONFIG = SkipGramConfig(vector_size=16, window=3, epochs=3, sample=0.0, workers=2)


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def silent(words: int, loss: float) -> None:
    pass


def train(corpus, config=CONFIG, progress=silent):
    return gensim_sgns.prepare(corpus, config, "cpu", progress)()


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


@pytest.fixture
def models(monkeypatch) -> list:
    """The models that are trained in a test, each with what its ``train`` returns."""
    trained = []

    class Recording(_gensim.PlainWord2Vec):
        def train(self, *args, **kwargs):
            trained.append((self, super().train(*args, **kwargs)))

    monkeypatch.setattr(_gensim, "PlainWord2Vec", Recording)
    return trained


@pytest.mark.parametrize("workers", [1, 2])
def test_gensim_trains_all_words_and_few_of_them_twice(models, workers):
    sentences = [[str(i % 10) for i in range(s, s + 20)] for s in range(1500)]
    corpus = corpus_from_sentences(sentences, min_count=1)

    train(corpus, CONFIG.replace(workers=workers))

    ((_, (effective, raw)),) = models
    words = CONFIG.epochs * len(corpus.tokens)
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


def test_hierarchical_softmax_draws_no_negatives_and_its_output_vectors_are_no_words(
    two_islands, models
):
    trainer = trainers.load("gensim_hs")

    embeddings = trainer.prepare(two_islands, CONFIG, "cpu", silent)()

    ((model, _),) = models
    assert (1, 1, 0) == (model.sg, model.hs, model.negative)
    assert gensim_sgns.IGNORES | {"negative", "ns_exponent"} == trainer.IGNORES
    assert embeddings.input_vectors.shape == embeddings.output_vectors.shape
    assert not embeddings.output_vectors.any()


def test_cbow_predicts_the_center_from_the_mean_of_its_window(two_islands, models):
    trainer = trainers.load("gensim_cbow")

    embeddings = trainer.prepare(two_islands, CONFIG.replace(negative=7), "cpu", silent)()

    ((model, _),) = models
    assert (0, 0, 1, 7) == (model.sg, model.hs, model.cbow_mean, model.negative)
    assert {"cbow_mean"} == gensim_sgns.IGNORES - trainer.IGNORES
    assert embeddings.output_vectors.any(axis=1).all()
