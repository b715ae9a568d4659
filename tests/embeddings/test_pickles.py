"""Pickles of gensim's are read, and others run nothing."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors, Word2Vec

from sgns_bench import Word2Vec as OurWord2Vec
from sgns_bench import evaluate
from sgns_bench.embeddings import read_vectors
from sgns_bench.errors import DatasetError

SENTENCES = [["a", "b", "c"]] * 20


class Command:
    """Runs a command when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("name", ["glove.6B.50d.txt", "vectors.kv"])
def test_a_command_in_a_pickle_is_not_run_whatever_the_name(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Command(tmp_path / "ran")))

    with pytest.raises(DatasetError, match=r"names 'posix.system', neither gensim's nor NumPy's"):
        evaluate(tmp_path / name)

    assert not (tmp_path / "ran").exists()


def test_a_dotted_name_reaches_nothing_through_gensims_own_modules(tmp_path):
    code = b"\x80\x04\x8c\x1agensim.models.keyedvectors\x8c\x10pickle.Unpickler\x93."
    (tmp_path / "v").write_bytes(code)

    with pytest.raises(DatasetError, match=r"names 'gensim.models.keyedvectors.pickle.Unpickler'"):
        read_vectors(tmp_path / "v")


def test_a_function_of_gensims_modules_is_not_called(tmp_path):
    code = b"\x80\x04\x8c\x1agensim.models.keyedvectors\x8c\x0cprep_vectors\x93."
    (tmp_path / "v").write_bytes(code)

    with pytest.raises(DatasetError, match="which is no class"):
        read_vectors(tmp_path / "v")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_vectors_of_every_protocol_are_read(tmp_path, protocol):
    keyed = KeyedVectors(2)
    keyed.add_vectors(["a", "b"], np.eye(2, dtype=np.float32))
    keyed.save(str(tmp_path / "v.kv"), pickle_protocol=protocol)

    assert read_vectors(tmp_path / "v.kv").vectors.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("kind", [Word2Vec, OurWord2Vec, FastText])
@pytest.mark.parametrize("limit", [10 * 1024**2, 0])  # of bytes of an array saved apart
def test_whole_models_are_read(tmp_path, kind, limit):
    model = kind(SENTENCES, vector_size=4, min_count=1)
    model.save(str(tmp_path / "model"), sep_limit=limit)

    read = read_vectors(tmp_path / "model")

    assert list(read.words) == model.wv.index_to_key
    np.testing.assert_array_equal(model.wv.vectors, read.vectors)
