import sys
from types import ModuleType

import gensim.models
import pytest
from gensim.models.word2vec import Word2Vec as GensimWord2Vec

from sgns_bench import Word2Vec, accelerate_gensim, machine
from sgns_bench.errors import Unavailable, UnknownName


@pytest.fixture(autouse=True)
def always_restored():
    yield
    gensim.models.Word2Vec = GensimWord2Vec
    Word2Vec.auto_device = "auto"


@pytest.fixture
def client(monkeypatch):
    """Return a library that took the class from gensim when it was imported."""
    module = ModuleType("client")
    exec(
        "from gensim.models import Word2Vec\n"
        "import gensim\n"
        "def fit(walks):\n"
        "    return Word2Vec(walks, sg=1, min_count=1, vector_size=8)\n"
        "def fit_late(walks):\n"
        "    return gensim.models.Word2Vec(walks, sg=1, min_count=1, vector_size=8)\n",
        module.__dict__,
    )
    monkeypatch.setitem(sys.modules, "client", module)
    return module


@pytest.mark.parametrize("fit", ["fit", "fit_late"])
def test_libraries_train_with_ours_inside_and_with_gensims_after(letters, client, fit):
    with accelerate_gensim():
        inside = getattr(client, fit)(letters)
    after = getattr(client, fit)(letters)

    assert (Word2Vec, GensimWord2Vec) == (type(inside), type(after))


def test_a_plain_call_lasts_until_it_is_restored(letters, client):
    acceleration = accelerate_gensim()

    assert Word2Vec is type(client.fit(letters))

    acceleration.restore()
    acceleration.restore()  # changes nothing

    assert GensimWord2Vec is type(client.fit(letters))
    assert GensimWord2Vec is gensim.models.Word2Vec


def test_gensims_module_is_never_touched(letters, client):
    with accelerate_gensim():
        assert GensimWord2Vec is gensim.models.word2vec.Word2Vec
        assert GensimWord2Vec is sys.modules["gensim.models.doc2vec"].Word2Vec


def test_models_can_be_saved_and_loaded_inside(letters, client, tmp_path):
    with accelerate_gensim():
        client.fit(letters).save(str(tmp_path / "m"))
        loaded = gensim.models.Word2Vec.load(str(tmp_path / "m"))

    assert Word2Vec is type(loaded)
    assert GensimWord2Vec is type(gensim.models.Word2Vec.load(str(tmp_path / "m")))


def test_the_inner_of_two_leaves_the_outer_in_place():
    with accelerate_gensim():
        with accelerate_gensim():
            assert Word2Vec is gensim.models.Word2Vec
        assert Word2Vec is gensim.models.Word2Vec
    assert GensimWord2Vec is gensim.models.Word2Vec


def test_an_error_inside_is_raised_and_gensims_class_is_back():
    with pytest.raises(KeyError), accelerate_gensim():
        raise KeyError("of the library")

    assert GensimWord2Vec is gensim.models.Word2Vec


def test_a_library_that_derives_its_own_class_inside_derives_it_from_ours(letters):
    with accelerate_gensim():
        derived = type("Derived", (gensim.models.Word2Vec,), {})

    assert issubclass(derived, Word2Vec)
    assert 8 == len(derived(letters, sg=1, min_count=1).wv)


def test_models_train_on_the_device_that_was_asked_for():
    with accelerate_gensim(device="cpu"):
        assert "cpu" == Word2Vec.auto_device
        with accelerate_gensim():
            assert "auto" == Word2Vec.auto_device
        assert "cpu" == Word2Vec.auto_device
    assert "auto" == Word2Vec.auto_device


def test_a_device_that_is_not_there_is_refused_and_nothing_is_replaced(monkeypatch):
    monkeypatch.setattr(machine, "has_cuda", lambda: False)

    with pytest.raises(Unavailable, match="cuda"):
        accelerate_gensim(device="cuda")
    with pytest.raises(UnknownName, match="tpu"):
        accelerate_gensim(device="tpu")

    assert GensimWord2Vec is gensim.models.Word2Vec


def test_what_a_library_imports_inside_is_gensims_again_after(monkeypatch):
    late = ModuleType("late")
    with accelerate_gensim():
        monkeypatch.setitem(sys.modules, "late", late)
        exec("from gensim.models import Word2Vec", late.__dict__)
        assert Word2Vec is late.Word2Vec

    assert GensimWord2Vec is late.Word2Vec


def test_modules_that_are_blocked_or_odd_do_not_disturb(monkeypatch):
    class Odd:
        __slots__ = ()

    monkeypatch.setitem(sys.modules, "blocked", None)  # as Python has it
    monkeypatch.setitem(sys.modules, "odd", Odd())

    with accelerate_gensim():
        assert Word2Vec is gensim.models.Word2Vec
