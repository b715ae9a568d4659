import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec
from sgns_bench.host import files


def check_same(expected, model):
    np.testing.assert_array_equal(expected.wv.vectors, model.wv.vectors)
    np.testing.assert_array_equal(expected.syn1neg, model.syn1neg)
    assert expected.wv.key_to_index == model.wv.key_to_index


def check_goes_on(model, sentences):
    """Assert that it can be trained further, and is."""
    before = model.wv.vectors.copy()
    model.train(sentences, total_examples=len(sentences), epochs=2)
    assert not np.array_equal(before, model.wv.vectors)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_is_of_our_class_and_goes_on(letters, model_of, trainers, how):
    model = model_of(letters)

    copied = how(model)

    assert type(copied) is Word2Vec
    check_same(model, copied)
    check_goes_on(copied, letters)
    assert ["ours", "ours"] == trainers


@pytest.mark.parametrize("mmap", [None, "r"])
@pytest.mark.parametrize("sep_limit", [0, 10 * 1024**2])
def test_a_saved_model_is_loaded_and_goes_on(
    letters, model_of, trainers, tmp_path, mmap, sep_limit
):
    model, path = model_of(letters), str(tmp_path / "m.model")
    model.save(path, sep_limit=sep_limit)

    loaded = Word2Vec.load(path, mmap=mmap)

    assert type(loaded) is Word2Vec
    assert loaded.wv.vectors.flags.writeable == (mmap is None or sep_limit > 0)
    check_same(model, loaded)
    check_goes_on(loaded, letters)
    assert ["ours", "ours"] == trainers


def test_a_model_of_gensims_is_loaded_and_goes_on_accelerated(letters, trainers, tmp_path):
    gensims = GensimWord2Vec(letters, sg=1, vector_size=8, min_count=1, epochs=1)
    gensims.save(str(tmp_path / "m.model"))
    trainers.clear()

    loaded = Word2Vec.load(str(tmp_path / "m.model"))

    check_same(gensims, loaded)
    check_goes_on(loaded, letters)
    assert ["ours"] == trainers


def test_the_device_of_a_model_is_kept(letters, model_of, tmp_path):
    model_of(letters, device="cpu").save(str(tmp_path / "m"))

    assert "cpu" == Word2Vec.load(str(tmp_path / "m")).device


def test_a_model_becomes_one_of_gensims_that_shares_its_arrays(letters, model_of, trainers):
    model = model_of(letters)

    gensims = model.to_gensim()

    assert type(gensims) is GensimWord2Vec
    assert gensims.wv is model.wv
    check_goes_on(gensims, letters)
    assert ["ours", "gensim", "gensim"] == trainers


WITHOUT_US = """
import sys
sys.modules["sgns_bench"] = None  # importing it is an error
from gensim.models import Word2Vec
for path in sys.argv[1:]:
    model = Word2Vec.load(path)
    model.train([["a", "b"]], total_examples=1, epochs=1)
    model.save(path)
    print(type(model).__module__, len(model.wv))
"""


def test_a_saved_model_loads_where_only_gensim_is(letters, model_of, tmp_path):
    paths = [str(tmp_path / name) for name in ("saved.model", "exported.model")]
    model = model_of(letters, compute_loss=True, device="cpu")
    model.save(paths[0])
    model.to_gensim().save(paths[1])

    found = subprocess.run(
        [sys.executable, "-c", WITHOUT_US, *paths],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert ["gensim.models.word2vec 8"] * 2 == found.stdout.splitlines()
    for path in paths:
        check_goes_on(Word2Vec.load(path), letters)


class Walks(Word2Vec):
    """A library's own, which has more to it."""

    def __init__(self, *args, walk_length=5, **kwargs):
        self.walk_length = walk_length
        super().__init__(*args, **kwargs)


def test_a_subclass_is_saved_as_what_it_is(letters, tmp_path):
    Walks(letters, sg=1, min_count=1, walk_length=9).save(str(tmp_path / "w"))

    loaded = Walks.load(str(tmp_path / "w"))

    assert (Walks, 9) == (type(loaded), loaded.walk_length)
    check_goes_on(loaded, letters)


def test_saving_leaves_the_model_as_it_is(letters, model_of, tmp_path):
    model = model_of(letters)
    before = set(vars(model))

    model.save(str(tmp_path / "m"))

    assert before == set(vars(model))
    check_goes_on(model, letters)


@pytest.mark.parametrize("limit", [10 * 1024**2, 0], ids=["one file", "arrays apart"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_save_leaves_the_older_model(letters, tmp_path, monkeypatch, limit, error):
    path = tmp_path / "model"
    Word2Vec(letters, vector_size=8, min_count=1, seed=1).save(str(path), sep_limit=limit)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    other = Word2Vec(letters, vector_size=9, min_count=1, seed=2)

    def die(path):
        raise error

    monkeypatch.setattr(files, "sync", die)
    with pytest.raises(error):
        other.save(str(path), sep_limit=limit)

    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir()}


def test_a_model_is_saved_through_an_open_file(letters, tmp_path):
    model = Word2Vec(letters, vector_size=8, min_count=1)
    with (tmp_path / "model").open("wb") as file:
        model.save(file)

    assert len(Word2Vec.load(str(tmp_path / "model")).wv) == len(model.wv)
