"""A model's training goes on from its checkpoint as if nothing had happened."""

import numpy as np
import pytest
from gensim.models.callbacks import CallbackAny2Vec

from sgns_bench import Word2Vec
from sgns_bench.errors import ConfigError
from sgns_bench.word2vec import training

SENTENCES = [[f"w{(i * j) % 97}" for j in range(60)] for i in range(700)]
SETTINGS = {"vector_size": 7, "epochs": 3, "workers": 1, "min_count": 1, "sample": 0}


class Restartable:
    def __iter__(self):
        return iter(SENTENCES)


class EpochEnd(CallbackAny2Vec):
    """Does nothing; but with a callback the model gets its vectors after every epoch."""

    def on_epoch_end(self, model):
        pass


def interrupt_after(monkeypatch, jobs):
    """Interrupt the next trainings after some jobs."""
    add, left = training.Tally.add, [jobs]

    def interrupting(self, done):
        add(self, done)
        left[0] -= done.loss.kept is not None  # not those that are passed over
        if left[0] == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.Tally, "add", interrupting)


def both(model):
    return np.stack([model.wv.vectors, model.syn1neg])


@pytest.fixture(params=["list", "corpus_file"])
def corpus(request, tmp_path):
    if request.param == "list":
        return {"sentences": SENTENCES}
    path = tmp_path / "text.txt"
    path.write_text("\n".join(map(" ".join, SENTENCES)))
    return {"corpus_file": str(path)}


@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize("jobs", [1, 7])
@pytest.mark.parametrize("callbacks", [[], [EpochEnd()]], ids=["", "callbacks"])
def test_an_interrupted_training_ends_with_the_same_vectors(
    corpus, tmp_path, monkeypatch, sg, jobs, callbacks
):
    settings = SETTINGS | corpus | {"sg": sg, "callbacks": callbacks}
    whole = Word2Vec(**settings)
    with monkeypatch.context() as patch:
        interrupt_after(patch, jobs)
        with pytest.raises(KeyboardInterrupt):
            Word2Vec(**settings, checkpoint=tmp_path / "c")

    resumed = Word2Vec(**settings, checkpoint=tmp_path / "c")

    np.testing.assert_array_equal(both(whole), both(resumed))


def test_a_finished_training_gives_its_vectors_again(tmp_path, caplog):
    first = Word2Vec(SENTENCES, **SETTINGS, checkpoint=tmp_path)

    again = Word2Vec(SENTENCES, **SETTINGS, checkpoint=tmp_path)

    np.testing.assert_array_equal(both(first), both(again))
    assert "empty iterator" not in caplog.text


def test_checkpoints_are_written_on_the_way(tmp_path, monkeypatch):
    settings = SETTINGS | {"sentences": SENTENCES, "checkpoint": tmp_path}
    with monkeypatch.context() as patch:
        patch.setattr(training.Tally, "add", lambda *_: None)
        Word2Vec(**settings, checkpoint_seconds=1e-9)

    assert len(list(tmp_path.glob("checkpoint-*"))) == 2


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"alpha": 0.05}, "alpha"),
        ({"sg": 1}, "sg"),
        ({"sentences": SENTENCES[1:]}, "corpus_sha256"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(tmp_path, change, named):
    settings = SETTINGS | {"sentences": SENTENCES, "checkpoint": tmp_path}
    Word2Vec(**settings)

    with pytest.raises(ConfigError, match=f"is of another training: {named} = "):
        Word2Vec(**settings | change)


def test_a_second_training_of_a_model_is_another_training(tmp_path):
    model = Word2Vec(SENTENCES, **SETTINGS, checkpoint=tmp_path)

    with pytest.raises(ConfigError, match=r"is of another training: train_count = 0\.0, not 1\.0"):
        model.train(SENTENCES, total_examples=len(SENTENCES), epochs=3)


def test_sentences_that_are_read_anew_cannot_be_resumed(tmp_path):
    with pytest.raises(ConfigError, match="of type Restartable they are read anew in every epoch"):
        Word2Vec(Restartable(), **SETTINGS, checkpoint=tmp_path)


def test_gensims_own_training_has_no_checkpoints(tmp_path):
    with pytest.raises(ConfigError, match="gensim's own training writes none: hs=1 asks for"):
        Word2Vec(SENTENCES, **SETTINGS, hs=1, checkpoint=tmp_path)


def test_a_saved_model_does_not_hold_on_to_its_checkpoints(tmp_path):
    model = Word2Vec(SENTENCES, **SETTINGS, checkpoint=tmp_path / "c")
    model.save(str(tmp_path / "model"))

    loaded = Word2Vec.load(str(tmp_path / "model"))

    loaded.train(SENTENCES, total_examples=len(SENTENCES), epochs=1)
