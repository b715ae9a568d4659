"""Two files of vectors on the same items: who is better, and who cannot be told apart."""

import numpy as np
import pytest

import sgns_bench
from sgns_bench import datasets
from sgns_bench.datasets import planted
from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import NotComparable
from sgns_bench.evaluation.significance import (
    Comparison,
    compare_all,
    compare_items,
    in_common,
    match,
)
from sgns_bench.stats import Difference, Paired, compare_accuracies
from sgns_bench.tasks import Evaluation, Items, evaluate
from sgns_bench.tasks.analogy import read_questions

SETS = ["planted-analogies", "planted-similarity"]
PLANTED = planted.planted_vectors()


@pytest.fixture(scope="module", autouse=True)
def sets(tmp_path_factory):
    """Write the planted sets once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SGNS_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        datasets.load("planted").local_path()
        yield


def blurred(vectors, noise, seed):
    """Vectors with so much noise of their own size."""
    drawn = np.random.default_rng(seed).normal(size=vectors.vectors.shape)
    scale = noise * PLANTED.vectors.std()
    return WordVectors(vectors.words, (vectors.vectors + scale * drawn).astype(np.float32))


def contest(a, b, sets=SETS):
    return compare_all(match(("a", "b"), a, b, sets))


def comparison(mean, p, low=-0.02, high=0.03):
    paired = Paired(Difference(mean, low, high), p / 2, 0.034, 998)
    return Comparison(
        names=("a", "b"),
        dataset="simlex999",
        metric="spearman",
        scores=(0.3, 0.3),
        paired=paired,
        p=p,
    )


def items(*correct):
    return Items("accuracy", [None] * len(correct), list(correct))


@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_two_files_that_are_the_same_are_never_different(noise):
    vectors = blurred(PLANTED, noise, seed=1)

    found = contest(vectors, WordVectors(list(vectors.words), vectors.vectors.copy()))

    assert SETS == [each.dataset for each in found]
    for each in found:
        assert (1.0, 1.0, 0.0) == (each.p, each.paired.p, each.paired.difference.mean)
        assert not each.is_real
        assert not each.paired.difference.is_real


@pytest.mark.parametrize(
    ("name", "much", "little"),
    [("planted-analogies", 0.25, 0.05), ("planted-similarity", 0.6, 0.1)],
)
def test_a_perturbed_file_is_told_apart_where_the_difference_is_a_detectable_one(
    name, much, little
):
    found = {}
    for noise in (much, little):
        originals = [blurred(PLANTED, 1.0, seed) for seed in range(100, 108)]
        found[noise] = [
            contest(vectors, blurred(vectors, noise, seed), [name])[0]
            for seed, vectors in enumerate(originals)
        ]

    def mean(noise, what):
        return np.mean([what(each) for each in found[noise]])

    assert mean(much, lambda each: each.paired.difference.mean - each.paired.detectable) > 0
    assert mean(much, lambda each: each.is_real) >= 0.8
    assert mean(little, lambda each: 2 * each.paired.difference.mean - each.paired.detectable) < 0
    assert mean(little, lambda each: each.is_real) <= 0.2


def test_each_knows_only_the_words_that_both_know():
    a = WordVectors(["x", "y", "z"], np.array([[1], [2], [3]], dtype=np.float32))
    b = WordVectors(["q", "z", "x", "x"], np.array([[4], [5], [6], [7]], dtype=np.float32))

    of_a, of_b = in_common(a, b)

    assert ["x", "z"] == of_a.words == of_b.words
    assert [1, 3] == of_a.vectors[:, 0].tolist()
    assert [6, 5] == of_b.vectors[:, 0].tolist()


def test_order_and_words_that_the_other_lacks_make_no_difference():
    vectors = blurred(PLANTED, 1.0, seed=1)
    order = np.random.default_rng(2).permutation(len(vectors.words))[:-30]
    part = WordVectors([vectors.words[row] for row in order], vectors.vectors[order])

    found = contest(vectors, part)

    for each in found:
        assert 0 < each.paired.n < evaluate(vectors, each.dataset).scores[0].n
        assert each.scores[0] == each.scores[1]
        assert 1.0 == each.p


def test_nothing_in_common_is_one_clear_line():
    other = WordVectors(["a", "b"], np.eye(2, dtype=np.float32))

    with pytest.raises(NotComparable, match="a and b have no word in common"):
        match(("a", "b"), PLANTED, other, SETS)


def test_sets_of_which_both_know_next_to_nothing_are_left_out():
    head = PLANTED.head(2)

    assert [] == match(("a", "b"), PLANTED, head, SETS)


def test_a_set_whose_task_tells_of_no_items_is_left_out(monkeypatch):
    scores = evaluate(PLANTED, SETS[0]).scores
    monkeypatch.setattr("sgns_bench.tasks.evaluate", lambda *asked: Evaluation(scores, []))

    assert [] == match(("a", "b"), PLANTED, PLANTED, SETS[:1])


def test_all_matches_are_one_family():
    vectors = blurred(PLANTED, 1.0, seed=1)
    others = [blurred(vectors, 0.15, seed) for seed in (2, 3)]
    matches = [found for other in others for found in match(("a", "b"), vectors, other, SETS)]

    together = compare_all(matches)

    alone = [compare_all([each])[0] for each in matches]
    least = min(range(4), key=lambda i: alone[i].paired.p)
    assert pytest.approx(4 * alone[least].p) == together[least].p
    for one, other in zip(alone, together, strict=True):
        assert one.paired.p == other.paired.p <= other.p
        assert one.paired.detectable < other.paired.detectable


def test_only_items_that_both_know_are_compared():
    found = compare_items(
        "any",
        items(True, True, False, None, True, True),
        items(False, True, False, True, None, False),
    )

    both = np.array([[True, True, False, True], [False, True, False, False]])
    assert compare_accuracies(*both) == found


def test_questions_depend_on_each_other_through_their_pairs():
    vectors = [blurred(PLANTED, 1.0, seed) for seed in (1, 2)]
    of_a, of_b = (evaluate(each, SETS[0], ["3cosadd"]).items[0] for each in vectors)
    questions = read_questions(datasets.load(SETS[0]).local_path())
    first, third = (  # no word is in two relations
        np.unique([question[at] for question in questions], return_inverse=True)[1] for at in (1, 3)
    )

    found = compare_items(SETS[0], of_a, of_b)

    sides = np.array(of_a.correct), np.array(of_b.correct)
    expected = compare_accuracies(*sides, groups=[first, third])
    assert expected.difference == pytest.approx(found.difference)  # groups are numbered otherwise,
    assert expected.p == pytest.approx(found.p)  # so sums round otherwise
    assert found.p > compare_accuracies(*sides).p


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (items(True, True), "different items; rescore both"),
        (items(True, True, None), "any: 2 items known to both; need at least 3"),
        (items(True, True, True)._replace(metric="spearman"), "accuracy and spearman"),
    ],
)
def test_items_that_do_not_fit_are_one_clear_line(other, message):
    with pytest.raises(NotComparable, match=message):
        compare_items("any", items(True, True, True), other)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            comparison(0.004, 0.64),
            "a and b cannot be told apart on simlex999: difference +0.004 (-0.020 to +0.030),"
            " p = 0.640; n = 998 could have shown 0.034",
        ),
        (
            comparison(-0.1, 0.0004, -0.15, -0.05),
            "b is better than a on simlex999: difference -0.100 (-0.150 to -0.050), p < 0.001",
        ),
        (
            comparison(0.1, 0.04, 0.05, 0.15),
            "a is better than b on simlex999: difference +0.100 (+0.050 to +0.150), p = 0.040",
        ),
        (comparison(0.0, 1.0, 0.0, 0.0), "a and b do not differ on simlex999: n = 998"),
    ],
)
def test_a_comparison_is_a_sentence(found, sentence):
    assert sentence == str(found)


def test_a_difference_that_does_not_outlast_the_correction_is_none():
    found = comparison(0.02, 0.06, 0.001, 0.039)

    assert found.paired.p == 0.03
    assert not found.is_real
    assert "cannot be told apart" in str(found)


def test_a_table_says_who_is_better_on_which_set():
    near, far = blurred(PLANTED, 0.2, seed=1), blurred(PLANTED, 2.0, seed=2)

    ahead, behind = sgns_bench.compare(near, far, *SETS), sgns_bench.compare(far, near, *SETS)

    assert ["a", "a"] == list(ahead.better)
    assert ["b", "b"] == list(behind.better)
    np.testing.assert_allclose(ahead.difference, -behind.difference)
    assert (ahead.a - ahead.b - ahead.difference).abs().max() < 1e-9


def test_a_table_does_not_call_equal_what_it_cannot_tell_apart():
    one, other = blurred(PLANTED, 0.2, seed=1), blurred(PLANTED, 0.2, seed=2)

    found = sgns_bench.compare(one, other, "planted-similarity")

    assert ["cannot tell"] == list(found.better)
    assert found.p[0] > 0.05
