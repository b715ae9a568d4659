import copy
import inspect
import logging
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import gensim.models
import numpy as np
import pytest
from gensim.models import FastText
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec, accelerate_gensim
from sgns_bench.config import SkipGramConfig
from sgns_bench.corpus import load_corpus
from sgns_bench.errors import Unavailable, UnknownName
from sgns_bench.host import machine
from sgns_bench.trainers._gensim import build

SMALL = {"sg": 1, "min_count": 1, "vector_size": 8, "epochs": 1}

CLIENTS = {
    "attribute of the package": """
        import gensim
        def fit(walks, **settings):
            return gensim.models.Word2Vec(walks, **settings)
        """,
    "name": """
        from gensim.models import Word2Vec
        def fit(walks, **settings):
            return Word2Vec(walks, **settings)
        """,
    "default argument": """
        from gensim.models import Word2Vec
        def fit(walks, model=Word2Vec, **settings):
            return model(walks, **settings)
        """,
    "partial": """
        from functools import partial
        from gensim.models import Word2Vec
        skip_gram = partial(Word2Vec, sg=1)
        def fit(walks, **settings):
            return skip_gram(walks, **settings)
        """,
    "arguments by position": """
        from gensim.models import Word2Vec
        def fit(walks, vector_size, epochs, **settings):
            return Word2Vec(walks, None, vector_size, 0.025, 5, **settings, epochs=epochs)
        """,
    "steps one by one": """
        from gensim.models import Word2Vec
        def fit(walks, **settings):
            model = Word2Vec()
            for name, value in settings.items():
                setattr(model, name, value)
            model.build_vocab(walks)
            model.train(walks, total_examples=len(walks), epochs=1)
            return model
        """,
}
"""How a library gets at gensim's class."""


def imported(way):
    module = ModuleType("client")
    exec(inspect.cleandoc(CLIENTS[way]), module.__dict__)
    return module


@pytest.fixture(autouse=True)
def left_behind():
    """Assert that gensim's class is afterwards what it was."""
    init = GensimWord2Vec.__init__
    yield
    assert init is GensimWord2Vec.__init__
    assert "__new__" not in vars(GensimWord2Vec)
    assert GensimWord2Vec is gensim.models.Word2Vec is gensim.models.word2vec.Word2Vec


@pytest.mark.parametrize("when", ["before", "inside"])
@pytest.mark.parametrize("way", CLIENTS)
def test_however_a_library_gets_at_the_class_it_trains_with_ours_inside_and_with_gensims_after(
    letters, trainers, way, when
):
    client = imported(way)
    with accelerate_gensim(device="cpu"):
        client = imported(way) if when == "inside" else client
        names = dict(vars(client))
        inside = client.fit(letters, **SMALL)
        assert isinstance(inside, gensim.models.Word2Vec)
    after = client.fit(letters, **SMALL)

    assert (Word2Vec, GensimWord2Vec) == (type(inside), type(after))
    assert ["ours", "gensim"] == trainers
    assert isinstance(inside, gensim.models.Word2Vec)
    assert names == vars(client)


def test_a_plain_call_lasts_until_it_is_restored(letters):
    acceleration = accelerate_gensim()

    assert Word2Vec is type(GensimWord2Vec(letters, **SMALL))

    acceleration.restore()
    acceleration.restore()  # changes nothing

    assert GensimWord2Vec is type(GensimWord2Vec(letters, **SMALL))


@pytest.mark.parametrize("base", [GensimWord2Vec, FastText])
def test_a_class_that_derives_from_gensims_stays_so_and_the_log_says_so(
    letters, trainers, caplog, base
):
    caplog.set_level(logging.INFO, logger="sgns_bench")

    with accelerate_gensim():
        derived = type("Derived", (base,), {})
        model = derived(letters, **SMALL)

    assert derived is type(model)
    assert not isinstance(model, Word2Vec)
    assert ["gensim"] == trainers
    assert [
        "training is gensim's own, not accelerated: Derived derives from gensim's class; derive it from sgns_bench.Word2Vec"
    ] == caplog.messages


def test_a_class_that_derives_from_ours_is_accelerated_inside_as_outside(letters, trainers):
    derived = type("Derived", (Word2Vec,), {})

    with accelerate_gensim():
        assert derived is type(derived(letters, **SMALL))

    assert ["ours"] == trainers


COPIES = {
    "deepcopy": lambda model, path: copy.deepcopy(model),
    "pickle": lambda model, path: pickle.loads(pickle.dumps(model)),
    "save and load": lambda model, path: (model.save(path), type(model).load(path))[1],
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("cls", [Word2Vec, GensimWord2Vec])
def test_a_model_that_is_not_made_anew_stays_of_its_class(letters, tmp_path, cls, how):
    model = cls(letters, **SMALL)

    with accelerate_gensim():
        copied = COPIES[how](model, str(tmp_path / "m"))

    assert cls is type(copied)
    np.testing.assert_array_equal(model.wv.vectors, copied.wv.vectors)


def test_the_baseline_of_a_benchmark_stays_gensims(letters, tmp_path):
    path = tmp_path / "letters.txt"
    path.write_text("\n".join(map(" ".join, letters)))
    corpus = load_corpus(path, min_count=1)

    with accelerate_gensim():
        model = build(corpus, SkipGramConfig(vector_size=8), [*corpus.vocab.words])

    assert not isinstance(model, Word2Vec)


def test_each_of_several_has_its_own_device_and_the_latest_counts():
    def device():
        return GensimWord2Vec(sg=1).device

    with accelerate_gensim(device="cpu"):
        assert "cpu" == device()
        with accelerate_gensim():
            assert "auto" == device()
            assert "cpu" == GensimWord2Vec(sg=1, device="cpu").device
        assert "cpu" == device()
    assert not hasattr(GensimWord2Vec(), "device")


def test_a_model_keeps_the_device_that_it_was_made_for(letters):
    with accelerate_gensim(device="cpu"):
        model = GensimWord2Vec(letters, **SMALL)
        ours = Word2Vec(letters, **SMALL)

    assert ("cpu", "auto") == (model.device, ours.device)


def test_what_another_library_has_put_into_the_class_is_there_again(monkeypatch):
    def wrapped(self, *args, original=GensimWord2Vec.__init__, **kwargs):
        original(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(GensimWord2Vec, "__init__", wrapped)
        with accelerate_gensim():
            assert Word2Vec is type(GensimWord2Vec())

        assert wrapped is GensimWord2Vec.__init__


def test_an_error_inside_is_raised_and_gensims_class_is_back():
    with pytest.raises(KeyError), accelerate_gensim():
        raise KeyError("of the library")

    assert GensimWord2Vec is type(GensimWord2Vec())


def test_a_device_that_is_not_there_is_refused_and_nothing_is_replaced(monkeypatch):
    monkeypatch.setattr(machine, "has_cuda", lambda: False)

    with pytest.raises(Unavailable, match="cuda"):
        accelerate_gensim(device="cuda")
    with pytest.raises(UnknownName, match="tpu"):
        accelerate_gensim(device="tpu")

    assert GensimWord2Vec is type(GensimWord2Vec())


def test_three_threads_train_as_one_does_while_another_one_accelerates_and_restores(
    letters, trainers
):
    def train(_):
        return Word2Vec(letters, **SMALL, workers=1, device="cpu")

    alone, interval = train(0), sys.getswitchinterval()
    with ThreadPoolExecutor(4) as pool:
        sys.setswitchinterval(1e-5)
        ours, others = pool.map(train, range(12)), pool.map(GensimWord2Vec, [None] * 50)
        for _ in range(200):
            with accelerate_gensim(), accelerate_gensim():
                pass
        sys.setswitchinterval(interval)

    assert {Word2Vec, GensimWord2Vec} >= {type(model) for model in others}
    for model in ours:
        assert Word2Vec is type(model)
        np.testing.assert_array_equal(alone.wv.vectors, model.wv.vectors)
    assert {"ours"} == set(trainers)
