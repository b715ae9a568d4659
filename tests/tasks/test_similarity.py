import logging

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.tasks import similarity
from sgns_bench.tasks.similarity import Pair, cosines, evaluate, read_pairs, score

FILES = {name: datapath(name) for name in ("wordsim353.tsv", "simlex999.txt")}


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    """Four in five words of both files, every third also capitalised, in mixed order."""
    rng = np.random.default_rng(1)
    pairs = [pair for path in FILES.values() for pair in read_pairs(path)]
    words = sorted({word for pair in pairs for word in pair[:2]})
    words = [word for word in words if rng.random() < 0.8]
    words = list(dict.fromkeys(words + [word.capitalize() for word in words[::3]]))
    rng.shuffle(words)
    return WordVectors(words, rng.normal(size=(len(words), 30)).astype(np.float32))


def scored(vectors, pairs):
    return score(cosines(vectors, pairs), pairs)


def keyed(vectors: WordVectors) -> KeyedVectors:
    result = KeyedVectors(vectors.vectors.shape[1])
    result.add_vectors(list(vectors.words), vectors.vectors)
    return result


@pytest.mark.parametrize("restrict_vocab", [300_000, 700])
@pytest.mark.parametrize("file", FILES)
def test_correlations_equal_gensims(vectors, file, restrict_vocab, monkeypatch):
    monkeypatch.setattr(similarity, "RESTRICT_VOCAB", restrict_vocab)
    pearson, spearman, unknown_percent = keyed(vectors).evaluate_word_pairs(
        FILES[file], restrict_vocab=restrict_vocab
    )

    ours = scored(vectors, read_pairs(FILES[file]))

    assert [result.metric for result in ours] == ["spearman", "pearson"]
    assert ours[0].value == pytest.approx(spearman[0], abs=1e-12)
    assert ours[1].value == pytest.approx(pearson[0], abs=1e-7)  # gensim's cosines are float32
    assert ours[0].coverage == pytest.approx(1 - unknown_percent / 100)
    assert ours[0].low < ours[0].value < ours[0].high


def test_a_vector_of_zeros_is_similar_to_nothing():
    vectors = WordVectors(["a", "b", "c"], np.array([[0, 0], [1, 0], [1, 1]], dtype=np.float32))
    pairs = [Pair("a", "b", 0), Pair("b", "c", 1), Pair("b", "b", 2)]

    assert scored(vectors, pairs)[0].value == pytest.approx(1)


def test_no_known_pair_scores_nan():
    vectors = WordVectors(["x"], np.ones((1, 2), dtype=np.float32))

    spearman, pearson = scored(vectors, [Pair("a", "b", 1), Pair("c", "d", 2)])

    for result in (spearman, pearson):
        assert (result.n, result.coverage) == (0, 0)
        assert np.isnan([result.value, result.low, result.high]).all()


def test_evaluate_says_the_cosine_of_each_pair(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("b d 1\na dog 2\na b 3\n")
    vectors = WordVectors(["a", "b", "d"], np.array([[1, 0], [3, 4], [0, 2]], dtype=np.float32))

    (items,) = evaluate(vectors, path).items

    assert "spearman" == items.metric
    assert [pytest.approx(0.8), None, pytest.approx(0.6)] == items.values
    assert items.correct is None


def test_tabs_spaces_comments_and_further_columns_are_understood(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("# two words, rating\na\tNew York \t1.5\t7\t8\n\nc d 2\r\n")

    assert read_pairs(path) == [Pair("a", "New York", 1.5), Pair("c", "d", 2)]


def test_malformed_lines_are_skipped_and_counted(tmp_path, caplog):
    path = tmp_path / "pairs.txt"
    path.write_text("a b 1\nword1 word2 score\nc d\ne f 2\n")

    with caplog.at_level(logging.WARNING, "sgns_bench"):
        pairs = read_pairs(path)

    assert pairs == [Pair("a", "b", 1), Pair("e", "f", 2)]
    assert caplog.messages == ["pairs.txt: 2 malformed lines skipped, first at line 2"]


@pytest.mark.parametrize("content", ["", "# nothing\n", "a b\n"])
def test_a_file_without_pairs_is_one_clear_line(tmp_path, content):
    path = tmp_path / "pairs.txt"
    path.write_text(content)

    with pytest.raises(
        DatasetError, match=r"pairs.txt: no word pairs; need two words and a number"
    ):
        read_pairs(path)


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(DatasetError, match=r"absent: cannot be read: No such file or directory"):
        read_pairs(tmp_path / "absent")
