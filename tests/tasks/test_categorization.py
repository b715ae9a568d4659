"""Categories: purity of clusters."""

import logging

import numpy as np
import pytest

from sgns_bench.datasets import planted
from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.tasks import categorization
from sgns_bench.tasks.categorization import Member, evaluate, name_clusters, read_members

ANIMALS = [Member(word, "animal") for word in ("cat", "dog", "cow")]
TOOLS = [Member(word, "tool") for word in ("saw", "axe", "file")]
WORDS = WordVectors(
    ["cat", "dog", "cow", "saw", "axe", "file"],
    np.array([[9, 1], [1, 0], [2, 0.5], [0, 1], [0.5, 3], [0.1, 0.2]], dtype=np.float32),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    planted.write(folder)
    return folder / "planted-categories.tsv"


def write(path, members):
    path.write_text("".join(f"{word}\t{category}\n" for word, category in members))
    return path


def test_a_word_among_others_counts_as_one_of_them(tmp_path):
    path = write(tmp_path / "members", [*ANIMALS, *TOOLS[:2], Member("file", "animal")])

    (score,), (items,) = evaluate(WORDS, path)

    assert ("purity", 5 / 6, 6, 1.0) == (score.metric, score.value, score.n, score.coverage)
    assert score.low < score.value < score.high
    assert ["animal"] * 3 + ["tool"] * 3 == items.values
    assert [True] * 5 + [False] == items.correct


def test_unknown_words_are_left_out_and_lower_the_coverage(tmp_path):
    path = write(
        tmp_path / "members", [Member("gnu", "animal"), *ANIMALS, *TOOLS, Member("x", "y")]
    )

    (score,), (items,) = evaluate(WORDS, path)

    assert (1.0, 6, 0.75) == (score.value, score.n, score.coverage)
    assert None is items.values[0] is items.correct[0] is items.correct[-1]


@pytest.mark.parametrize("known", [0, 1])
def test_next_to_nothing_known_scores_no_error(known, tmp_path):
    path = write(tmp_path / "members", ANIMALS + TOOLS)

    (score,), _ = evaluate(WORDS.head(known), path)

    assert known == score.n
    assert np.isnan(score.value) == (known == 0)


def blurred(much, seed):
    """The planted vectors with so much noise of their own size."""
    vectors = planted.planted_vectors()
    noise = np.random.default_rng(seed).normal(size=vectors.vectors.shape)
    blur = vectors.vectors + much * vectors.vectors.std() * noise
    return WordVectors(vectors.words, blur.astype(np.float32))


@pytest.mark.parametrize("seed", range(4))
def test_the_planted_vectors_lie_in_their_categories(file, seed):
    (score,), _ = evaluate(blurred(0.4, seed), file)

    assert (1.0, 200) == (score.value, score.n)


def test_the_more_noise_the_less_purity(file):
    pure = [evaluate(blurred(much, seed=1), file).scores[0].value for much in (0.5, 2, 100)]

    assert pure[0] > pure[1] + 0.1 > pure[2] + 0.1
    assert pure[2] < 0.3  # ten clusters of vectors that mean nothing


def test_the_same_vectors_get_the_same_clusters(file):
    noise = np.random.default_rng(1).normal(size=(300, 10)).astype(np.float32)
    vectors = WordVectors(planted.planted_vectors().words, noise)

    assert evaluate(vectors, file) == evaluate(vectors, file)


def test_a_start_that_loses_a_cluster_is_no_obstacle(monkeypatch):
    kmeans2 = categorization.kmeans2
    starts = []

    def lose_the_first(*arguments, **options):
        starts.append(options["seed"])
        if len(starts) == 1:
            raise categorization.ClusterError
        return kmeans2(*arguments, **options)

    monkeypatch.setattr(categorization, "kmeans2", lose_the_first)

    assert ["animal"] * 3 + ["tool"] * 3 == name_clusters(WORDS, ANIMALS + TOOLS)
    assert categorization.STARTS == len(starts)


def test_words_with_the_same_vector_are_no_obstacle():
    vectors = WordVectors(WORDS.words, np.ones((6, 2), dtype=np.float32))

    assert 6 == len(name_clusters(vectors, ANIMALS + TOOLS))


def test_comments_and_malformed_lines_are_skipped(tmp_path, caplog):
    path = tmp_path / "members"
    path.write_text("# word\tcategory\ncat\tanimal\n\nsaw tool\naxe\ttool\ta\nsaw\ttool\n")

    with caplog.at_level(logging.WARNING, "sgns_bench"):
        members = read_members(path)

    assert [Member("cat", "animal"), Member("saw", "tool")] == members
    assert ["members: 2 malformed lines skipped, first at line 4"] == caplog.messages


@pytest.mark.parametrize("content", ["", "cat\tanimal\ndog\tanimal\n", "cat animal\n"])
def test_a_file_without_two_categories_is_one_clear_line(tmp_path, content):
    path = tmp_path / "members"
    path.write_text(content)

    with pytest.raises(DatasetError, match="members: need two categories; word, tab"):
        read_members(path)
