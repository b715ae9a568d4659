import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors, Word2Vec
from safetensors.numpy import load_file, save_file

from sgns_bench.embeddings import Embeddings, WordVectors, read_vectors
from sgns_bench.errors import ConfigError, DatasetError, UnknownName
from sgns_bench.vocab import Vocab

WORDS = ["the", "Zürich", "cat", "kitten", "dog"]
COUNTS = np.array([90, 40, 7, 7, 5])


@pytest.fixture
def embeddings() -> Embeddings:
    rng = np.random.default_rng(1)
    vectors, output_vectors = rng.normal(size=(2, 5, 6)).astype(np.float32)
    vectors[3] = vectors[2] + 0.01  # a kitten is nearly a cat
    return Embeddings(Vocab(WORDS, COUNTS), vectors, output_vectors)


def counts_of(keyed: KeyedVectors) -> list[int]:
    return [keyed.get_vecattr(word, "count") for word in keyed.index_to_key]


def test_keyed_vectors_keep_words_vectors_and_falling_counts(embeddings):
    keyed = embeddings.to_keyed_vectors()

    assert keyed.index_to_key == WORDS
    assert keyed.vectors.dtype == np.float32
    np.testing.assert_array_equal(embeddings.input_vectors, keyed.vectors)
    assert counts_of(keyed) == list(COUNTS)


def test_keyed_vectors_do_not_share_memory_with_the_embeddings(embeddings):
    keyed = embeddings.to_keyed_vectors()
    keyed.vectors[:] = 0
    keyed.set_vecattr("the", "count", 1)

    assert embeddings.input_vectors.any()
    assert embeddings.vocab.counts[0] == 90


def test_average_vectors_are_the_mean_of_both_sides(embeddings):
    both = np.stack([embeddings.vectors("input"), embeddings.vectors("output")])

    average = embeddings.vectors("average")

    np.testing.assert_allclose(average, both.mean(axis=0), rtol=1e-6)
    assert average.dtype == np.float32


def test_an_unknown_side_is_named(embeddings):
    with pytest.raises(UnknownName, match="no kind of vectors named 'inptu'; did you mean 'input'"):
        embeddings.vectors("inptu")


def test_a_word_in_brackets_gives_its_input_vector(embeddings):
    np.testing.assert_array_equal(embeddings.input_vectors[1], embeddings["Zürich"])
    assert "Zürich" in embeddings
    assert "Zurich" not in embeddings


@pytest.mark.parametrize("ask", [Embeddings.__getitem__, Embeddings.most_similar])
def test_an_unknown_word_is_a_key_error_of_one_plain_sentence(embeddings, ask):
    with pytest.raises(KeyError) as caught:
        ask(embeddings, "Zurich")

    assert str(caught.value) == "no word 'Zurich' among the 5 words of the vocabulary"


@pytest.mark.parametrize("which", ["input", "output", "average"])
def test_the_nearest_words_are_those_of_gensim(embeddings, which):
    ours = embeddings.most_similar("cat", 3, which)
    gensims = embeddings.to_keyed_vectors(which).most_similar("cat", topn=3)

    assert [word for word, _ in ours] == [word for word, _ in gensims]
    np.testing.assert_allclose([c for _, c in ours], [c for _, c in gensims], atol=1e-6)


def test_no_more_words_are_similar_than_there_are_others(embeddings):
    assert len(embeddings.most_similar("cat", topn=100)) == 4


def test_a_torch_embedding_looks_up_the_same_vectors_by_its_index(embeddings):
    layer, index = embeddings.to_torch_embedding("output", freeze=True)

    found = layer(torch.tensor([index["cat"]]))
    np.testing.assert_array_equal(embeddings.output_vectors[2:3], found.numpy())
    assert not layer.weight.requires_grad


def test_training_a_torch_embedding_leaves_the_embeddings_as_they_are(embeddings):
    before = embeddings.input_vectors.copy()
    layer, _ = embeddings.to_torch_embedding()

    layer(torch.tensor([0])).sum().backward()
    with torch.no_grad():
        layer.weight -= layer.weight.grad

    np.testing.assert_array_equal(before, embeddings.input_vectors)


def test_what_a_terminal_shows_of_embeddings_is_short(embeddings):
    assert repr(embeddings) == "Embeddings(5 words, 6 dimensions)"
    assert repr(embeddings.word_vectors()) == "WordVectors(5 words, 6 dimensions)"
    assert repr(embeddings.vocab) == "Vocab(5 words: 'the', 'Zürich', 'cat', ...)"


@pytest.mark.parametrize("which", ["input", "output", "average"])
def test_a_kv_file_loads_with_gensim(embeddings, tmp_path, which):
    embeddings.save(tmp_path / "v.kv", which=which)

    keyed = KeyedVectors.load(str(tmp_path / "v.kv"))
    np.testing.assert_array_equal(embeddings.vectors(which), keyed.vectors)
    assert counts_of(keyed) == list(COUNTS)
    assert keyed.most_similar("cat", topn=None).shape == (5,)


@pytest.mark.parametrize("format", ["text", "binary"])
def test_word2vec_files_load_with_gensim_bit_for_bit(embeddings, tmp_path, format):
    embeddings.save(tmp_path / "v", format=format)

    keyed = KeyedVectors.load_word2vec_format(str(tmp_path / "v"), binary=format == "binary")
    assert keyed.index_to_key == WORDS
    np.testing.assert_array_equal(embeddings.input_vectors, keyed.vectors)
    assert keyed.most_similar("cat")[0][0] == "kitten"


def test_a_safetensors_file_holds_words_counts_and_vectors(embeddings, tmp_path):
    embeddings.save(tmp_path / "v.safetensors", which="output")  # the name says the format

    tensors = load_file(tmp_path / "v.safetensors")
    assert tensors["words"].tobytes().decode().split("\n") == WORDS
    np.testing.assert_array_equal(COUNTS, tensors["counts"])
    np.testing.assert_array_equal(embeddings.output_vectors, tensors["vectors"])


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("v.txt", b"5 6\nthe "),
        ("v.vec", b"5 6\nthe "),
        ("v.bin", b"5 6\nthe "),
        ("v.kv", b"\x80"),
        ("v", b"\x80"),
        ("v.vec.gz", b"\x1f\x8b"),
    ],
)
def test_the_name_of_a_file_says_its_format(embeddings, tmp_path, name, start):
    embeddings.save(tmp_path / name)

    assert (tmp_path / name).read_bytes().startswith(start)
    assert list(read_vectors(tmp_path / name).words) == WORDS


def test_a_word_of_two_lines_cannot_be_saved_as_safetensors(tmp_path):
    vocab = Vocab(["a\nb", "c"], np.array([2, 1]))
    broken = Embeddings(vocab, np.ones((2, 2), np.float32), np.ones((2, 2), np.float32))

    with pytest.raises(DatasetError, match="contains a line break; save it in the format kv"):
        broken.save(tmp_path / "v.safetensors")

    assert [] == list(tmp_path.iterdir())


def test_a_safetensors_file_of_something_else_is_one_clear_line(tmp_path):
    save_file({"weight": np.zeros((2, 2), np.float32)}, tmp_path / "v")

    with pytest.raises(DatasetError, match="v: not word vectors: it has no tensor vectors and wor"):
        read_vectors(tmp_path / "v")


def test_a_large_matrix_is_saved_in_one_file(tmp_path):
    large = np.zeros((1100, 10_000), dtype=np.float32)  # gensim splits from 10 Mi numbers
    vocab = Vocab([str(row) for row in range(1100)], np.ones(1100, dtype=np.int64))

    Embeddings(vocab, large, large).save(tmp_path / "v.kv")

    assert [file.name for file in tmp_path.iterdir()] == ["v.kv"]


def test_a_diverged_training_does_not_overwrite_a_file(embeddings, tmp_path):
    path = tmp_path / "vectors.kv"
    embeddings.save(path)
    before = path.read_bytes()
    embeddings.input_vectors[1, 2] = np.nan

    with pytest.raises(DatasetError, match="the training diverged; lower alpha"):
        embeddings.save(path)

    assert before == path.read_bytes()


@pytest.mark.parametrize("format", ["kv", "text", "binary"])
def test_an_interrupted_save_leaves_the_old_file(embeddings, tmp_path, monkeypatch, format):
    def die_half_way(self, target, **options):
        Path(target).write_text("half")
        raise KeyboardInterrupt

    path = tmp_path / "v"
    path.write_text("old")
    monkeypatch.setattr(KeyedVectors, "save", die_half_way)
    monkeypatch.setattr(KeyedVectors, "save_word2vec_format", die_half_way)

    with pytest.raises(KeyboardInterrupt):
        embeddings.save(path, format=format)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_saving_where_nothing_can_be_written_is_one_clear_line(embeddings, tmp_path):
    with pytest.raises(ConfigError, match=r"absent/v.kv: cannot be written: No such file"):
        embeddings.save(tmp_path / "absent" / "v.kv")


def test_an_unknown_format_is_named(embeddings, tmp_path):
    with pytest.raises(UnknownName, match="no format named 'txt'; did you mean 'text'"):
        embeddings.save(tmp_path / "v", format="txt")


def save_model(embeddings: Embeddings, path: Path) -> None:
    model = Word2Vec(vector_size=6, min_count=1)
    model.build_vocab_from_freq(dict(zip(WORDS, COUNTS.tolist(), strict=True)))
    model.wv = embeddings.to_keyed_vectors()
    model.save(str(path))


def save_glove(embeddings: Embeddings, path: Path) -> None:
    embeddings.to_keyed_vectors().save_word2vec_format(str(path), write_header=False)


WRITERS = {
    "vectors.kv": lambda embeddings, path: embeddings.save(path),
    "vectors.model": save_model,
    "vectors.txt": lambda embeddings, path: embeddings.save(path, format="text"),
    "vectors.bin": lambda embeddings, path: embeddings.save(path, format="binary"),
    "glove.txt": save_glove,
    "vectors.safetensors": lambda embeddings, path: embeddings.save(path),
    "safetensors named.kv": lambda embeddings, path: embeddings.save(path, format="safetensors"),
    "vectors.kv.gz": lambda embeddings, path: embeddings.save(path),
    "vectors.txt.gz": lambda embeddings, path: embeddings.save(path, format="text"),
    "vectors.bin.gz": lambda embeddings, path: embeddings.save(path, format="binary"),
    "binary named.txt": lambda embeddings, path: embeddings.save(path, format="binary"),
    "text named.kv": lambda embeddings, path: embeddings.save(path, format="text"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_any_file_of_vectors_is_read_by_its_content(embeddings, tmp_path, name):
    WRITERS[name](embeddings, tmp_path / name)

    read = read_vectors(tmp_path / name)

    assert list(read.words) == WORDS
    assert read.vectors.dtype == np.float32
    np.testing.assert_array_equal(embeddings.input_vectors, read.vectors)


def test_a_gz_file_is_really_compressed(embeddings, tmp_path):
    embeddings.save(tmp_path / "v.txt.gz", format="text")

    assert gzip.decompress((tmp_path / "v.txt.gz").read_bytes()).startswith(b"5 6\n")


def test_a_word_cut_inside_a_character_is_read_all_the_same(tmp_path):
    (tmp_path / "v").write_bytes(b"2 2\nZ\xc3 1 2\ncat 3 4\n")

    read = read_vectors(tmp_path / "v")

    assert list(read.words) == ["Z\ufffd", "cat"]


def test_a_word_of_glove_may_hold_spaces(tmp_path):
    (tmp_path / "v").write_bytes(b"cat 3 4\n. . . 1 2\n")

    read = read_vectors(tmp_path / "v")

    assert list(read.words) == ["cat", ". . ."]
    assert read.vectors.tolist() == [[3, 4], [1, 2]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"nothing\n",
        b"to see here\n",
        b"3 2\na 1 2\n",  # three words announced, one there
        b"1 2\na 1 nan\n",
        b"0 2\n",
        b"99999999999 99999\na 1 2\n",
        b"1000000000000 300\na \x00\x00\x80\x3f\x00\x00\x00\x40",
        b"\xff\xff\xff\xff\xff\xff\xff\x7f{}",
        b"\x40\x42\x0f\x00\x00\x00\x00\x00{}",  # safetensors, its header cut short
        b"a 1 2\nb 1\n",
        b"a 1 2\n\n",
        b"\x80\x04not a pickle",
        b"\x80\x04K\x01.",  # the pickle of a number
        b"\x1f\x8b\x08not gzip",
    ],
)
def test_a_file_without_vectors_is_one_clear_line(tmp_path, content):
    path = tmp_path / "v"
    path.write_bytes(content)

    with pytest.raises(DatasetError) as caught:
        read_vectors(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("row", [[np.nan, 4], [np.inf, -np.inf]])
def test_vectors_that_are_not_finite_are_refused(row):
    with pytest.raises(DatasetError, match=r"NaN or infinite.*training diverged; lower alpha"):
        WordVectors(["a", "b"], np.array([[1, 2], row], dtype=np.float32))


def test_each_word_needs_one_vector():
    with pytest.raises(DatasetError, match=r"2 words, vectors of shape \(3, 4\)"):
        WordVectors(["a", "b"], np.zeros((3, 4), dtype=np.float32))


def test_the_first_of_several_spellings_is_found():
    vectors = WordVectors(["us", "US", "Us", "it"], np.zeros((4, 1), dtype=np.float32))

    assert vectors.find(["US", "It", "no"], case_insensitive=True).tolist() == [0, 3, -1]
    assert vectors.find(["US", "It", "no"], case_insensitive=False).tolist() == [1, -1, -1]
