"""A training goes on from its checkpoint as if nothing had happened."""

import json
import shutil

import numpy as np
import pytest

from sgns_bench import SkipGramConfig, corpus_from_sentences, train
from sgns_bench.errors import ConfigError
from sgns_bench.host import files
from sgns_bench.trainers import _checkpoints, _schedule

SENTENCES = [[f"w{(i * j) % 97}" for j in range(60)] for i in range(400)]
CONFIG = SkipGramConfig(vector_size=7, epochs=3, workers=1, min_count=1, sample=0)
ALWAYS = 1e-9  # seconds between checkpoints: one after every job, but while another is written


@pytest.fixture(scope="module")
def corpus():
    return corpus_from_sentences(SENTENCES, min_count=1)


@pytest.fixture(autouse=True)
def every_job(monkeypatch):
    """Report progress after every job, of which the corpus has 3 an epoch."""
    monkeypatch.setattr(_schedule, "REPORT_SECONDS", 0.0)


def interrupting(after):
    """Return a progress callback that is interrupted by more words, if not at the end.

    Args:
        after: words, counted with those of earlier runs.
    """

    def progress(words, loss):
        if after < words < 3 * 60 * len(SENTENCES):
            raise KeyboardInterrupt

    return progress


def words_in_checkpoint(folder):
    newest = max(folder.glob("checkpoint-*"))
    return json.loads((newest / "state.json").read_text())["words"]


def vectors(embeddings):
    return np.stack([embeddings.input_vectors, embeddings.output_vectors])


@pytest.mark.parametrize("trainer", ["sgns", "cbow", "pytorch"])
@pytest.mark.parametrize("seconds", [ALWAYS, 1000.0])
def test_a_training_interrupted_after_every_job_ends_with_the_same_vectors(
    corpus, tmp_path, trainer, seconds
):
    whole = train(corpus, CONFIG, trainer=trainer, device="cpu")
    settings = {"trainer": trainer, "device": "cpu", "checkpoint": tmp_path / "c"}
    interrupts = trained = 0
    while True:
        try:
            resumed = train(
                corpus,
                CONFIG,
                **settings,
                checkpoint_seconds=seconds,
                progress=interrupting(trained),
            )
            break
        except KeyboardInterrupt:
            interrupts += 1
            trained = words_in_checkpoint(tmp_path / "c")

    assert interrupts >= 1
    np.testing.assert_array_equal(vectors(whole), vectors(resumed))


def test_a_finished_training_gives_its_vectors_again_and_trains_nothing(corpus, tmp_path):
    first = train(corpus, CONFIG, checkpoint=tmp_path)
    told = []

    again = train(corpus, CONFIG, checkpoint=tmp_path, progress=lambda *now: told.append(now))

    np.testing.assert_array_equal(vectors(first), vectors(again))
    assert told[-1][0] == 3 * len(corpus.tokens)
    assert all(np.isnan(loss) for _, loss in told)


def test_two_checkpoints_are_kept_and_nothing_else_is_removed(corpus, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "checkpoint-of-mine").mkdir()

    train(corpus, CONFIG, checkpoint=tmp_path, checkpoint_seconds=ALWAYS)

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[-2:] == ["lock", "mine.txt"]
    assert "checkpoint-of-mine" in names
    assert len([name for name in names if name.startswith("checkpoint-0")]) == 2


def test_several_threads_train_every_word_of_a_resumed_training(corpus, tmp_path):
    config, told = CONFIG.replace(workers=3), []
    with pytest.raises(KeyboardInterrupt):
        train(corpus, config, checkpoint=tmp_path, progress=interrupting(20_000))

    train(corpus, config, checkpoint=tmp_path, progress=lambda words, _: told.append(words))

    assert told[-1] == 3 * len(corpus.tokens)


def test_another_number_of_threads_goes_on_from_the_same_checkpoint(corpus, tmp_path):
    train(corpus, CONFIG, checkpoint=tmp_path)

    train(corpus, CONFIG.replace(workers=2), checkpoint=tmp_path)


@pytest.mark.parametrize("damage", ["truncated", "no state", "no vectors", "other shape"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before_it(
    corpus, tmp_path, caplog, damage
):
    whole = train(corpus, CONFIG, checkpoint=tmp_path, checkpoint_seconds=ALWAYS)
    older, newest = sorted(tmp_path.glob("checkpoint-*"))
    tensors, state = newest / "vectors.safetensors", newest / "state.json"
    if damage == "truncated":
        tensors.write_bytes(tensors.read_bytes()[:-1])
    elif damage == "no state":
        state.write_text("{")
    elif damage == "no vectors":
        tensors.unlink()
    else:
        content = state.read_text().replace('"words": ', '"words": "many')
        state.write_text(content)

    again = train(corpus, CONFIG, checkpoint=tmp_path)

    np.testing.assert_array_equal(vectors(whole), vectors(again))
    assert f"{newest}: cannot be read, the one before it is tried" in caplog.text
    assert older.exists()


def test_what_a_killed_training_left_unfinished_is_removed(corpus, tmp_path):
    (tmp_path / f"{files.UNFINISHED}1").mkdir()

    train(corpus, CONFIG, checkpoint=tmp_path)

    assert not list(tmp_path.glob(f"{files.UNFINISHED}*"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"alpha": 0.05}, "alpha = 0.025, not 0.05"),
        ({"vector_size": 8}, "vector_size = 7, not 8"),
        ({"seed": 2}, "seed = 1, not 2"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused_with_the_difference(
    corpus, tmp_path, change, named
):
    train(corpus, CONFIG, checkpoint=tmp_path)

    with pytest.raises(ConfigError, match=f"is of another training: {named}; give another folder"):
        train(corpus, CONFIG.replace(**change), checkpoint=tmp_path)


def test_a_checkpoint_of_another_corpus_is_refused(corpus, tmp_path):
    train(corpus, CONFIG, checkpoint=tmp_path)
    other = corpus_from_sentences(SENTENCES[:-1], min_count=1)

    with pytest.raises(ConfigError, match="is of another training: corpus_sha256 = "):
        train(other, CONFIG, checkpoint=tmp_path)


def test_a_refused_folder_is_free_for_its_own_training(corpus, tmp_path):
    train(corpus, CONFIG, checkpoint=tmp_path)
    with pytest.raises(ConfigError):
        train(corpus, CONFIG.replace(seed=2), checkpoint=tmp_path)

    train(corpus, CONFIG, checkpoint=tmp_path)


def test_two_trainings_do_not_share_a_folder(corpus, tmp_path):
    def train_another(words, loss):
        with pytest.raises(ConfigError, match="another training writes its checkpoints here"):
            train(corpus, CONFIG, checkpoint=tmp_path)

    train(corpus, CONFIG, checkpoint=tmp_path, progress=train_another)


def test_a_trainer_without_checkpoints_says_so_before_it_trains(corpus, tmp_path):
    with pytest.raises(ConfigError, match="'gensim_sgns' writes no checkpoints; "):
        train(corpus, CONFIG, trainer="gensim_sgns", checkpoint=tmp_path / "c")

    assert not (tmp_path / "c").exists()


def test_a_disk_that_is_full_costs_neither_the_training_nor_the_checkpoints_before(
    corpus, tmp_path, monkeypatch, caplog
):
    whole = train(corpus, CONFIG)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, CONFIG, checkpoint=tmp_path, progress=interrupting(20_000))
    before = sorted(tmp_path.glob("checkpoint-*"))

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_checkpoints, "sync", full)
    resumed = train(corpus, CONFIG, checkpoint=tmp_path)

    np.testing.assert_array_equal(vectors(whole), vectors(resumed))
    assert f"{tmp_path}: a checkpoint could not be written: No space left" in caplog.text
    assert sorted(tmp_path.glob("checkpoint-*")) == before


def test_a_checkpoint_of_a_later_version_is_refused(corpus, tmp_path):
    train(corpus, CONFIG, checkpoint=tmp_path)
    for state in tmp_path.glob("*/state.json"):
        state.write_text(json.dumps(json.loads(state.read_text()) | {"format": 99}))

    with pytest.raises(ConfigError, match="format 99, this version reads 1"):
        train(corpus, CONFIG, checkpoint=tmp_path)


def test_a_copied_folder_goes_on_elsewhere(corpus, tmp_path):
    whole = train(corpus, CONFIG)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, CONFIG, checkpoint=tmp_path / "a", progress=interrupting(30_000))
    shutil.copytree(tmp_path / "a", tmp_path / "b")

    resumed = train(corpus, CONFIG, checkpoint=tmp_path / "b")

    np.testing.assert_array_equal(vectors(whole), vectors(resumed))
