"""LRCos: a relation's other pairs teach what kind of word is asked for."""

import numpy as np
import pytest
from scipy.optimize import minimize

from sgns_bench.embeddings import WordVectors
from sgns_bench.tasks import _analogy_lrcos
from sgns_bench.tasks._analogy_lrcos import complete_pairs
from sgns_bench.tasks.analogy import Question, answer, evaluate

N, D = 12, 8  # pairs of a relation, dimensions


@pytest.fixture(scope="module")
def relation():
    """N pairs that differ by an offset of their own length and noise, among other words."""
    rng = np.random.default_rng(1)
    first = rng.normal(size=(N, D))
    second = first + 2 * rng.normal(size=D) + 0.7 * rng.normal(size=(N, D))
    vectors = np.concatenate([first, second, 1.5 * rng.normal(size=(100, D))]).astype(np.float32)
    return vectors, np.stack([np.arange(N), np.arange(N, 2 * N)], axis=1)


def questions():
    """Every pair asks for every other one."""
    return [
        Question("relation", f"a{i}", f"b{i}", f"a{j}", f"b{j}")
        for i in range(N)
        for j in range(N)
        if i != j
    ]


def words(vectors):
    rest = [f"c{i}" for i in range(len(vectors) - 2 * N)]
    return WordVectors([f"{x}{i}" for x in "ab" for i in range(N)] + rest, vectors)


def test_each_model_is_the_regression_on_all_other_pairs():
    units = _analogy_lrcos.unit_rows(np.random.default_rng(2).normal(size=(3 * N, D)))
    left_out = 3
    kept = np.delete(np.arange(3 * N), [left_out, N + left_out])
    x, y = units[kept], kept < N
    counts = np.repeat([1.0, 4.0, 1.0], N)[kept]
    balance = np.where(y, counts.sum() / counts[y].sum(), counts.sum() / counts[~y].sum()) / 2

    def loss(model):
        z = x @ model[:-1] + model[-1]
        return model[:-1] @ model[:-1] / 2 + balance * counts @ (np.logaddexp(0, z) - y * z)

    model = _analogy_lrcos._fit_all_but_each(units, N)[left_out]

    assert minimize(loss, np.zeros(D + 1), tol=1e-9).x == pytest.approx(model, abs=1e-5)


def test_the_answer_is_the_likeliest_near_word(relation):
    vectors, pairs = relation
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    drawn = np.random.default_rng(len(vectors)).integers(len(vectors), size=N)
    rows = np.concatenate([pairs[:, 1], pairs[:, 0], drawn])

    best = complete_pairs(vectors, pairs, depth=3)

    models = _analogy_lrcos._fit_all_but_each(_analogy_lrcos.unit_rows(vectors[rows]), N)
    for model, (first, _), found in zip(models, pairs, best, strict=True):
        scores = units @ units[first] / (1 + np.exp(-(units @ model[:-1] + model[-1])))
        scores[first] = -np.inf
        assert np.argsort(-scores)[:3].tolist() == found.tolist()


def test_what_a_relation_teaches_finds_more_than_nearness(relation):
    vectors, pairs = relation
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = units[pairs[:, 0]] @ units.T
    cosines[np.arange(N), pairs[:, 0]] = -1

    best = complete_pairs(vectors, pairs, depth=1)[:, 0]

    assert np.mean(best == pairs[:, 1]) > np.mean(cosines.argmax(axis=1) == pairs[:, 1]) + 0.2


def test_the_length_of_a_vector_plays_no_part(relation):
    vectors, pairs = relation
    lengths = np.random.default_rng(3).uniform(0.1, 10, size=(len(vectors), 1))

    stretched = complete_pairs((vectors * lengths).astype(np.float32), pairs, depth=2)

    assert np.array_equal(complete_pairs(vectors, pairs, depth=2), stretched)


def test_many_pairs_are_completed_as_few(relation, monkeypatch):
    whole = complete_pairs(*relation, depth=2)
    monkeypatch.setattr(_analogy_lrcos, "AT_ONCE", 5)

    assert np.array_equal(whole, complete_pairs(*relation, depth=2))


def test_all_questions_after_a_word_get_the_same_answer(relation):
    vectors, pairs = relation
    asked = questions()

    found = answer(words(vectors), asked, method="lrcos")

    best = complete_pairs(vectors, pairs, depth=1)[:, 0]
    assert [best[int(question.third[1:])] for question in asked] == found.predicted.tolist()
    assert 0 < found.correct.sum() < len(asked)


def test_each_section_is_a_relation_of_its_own(relation):
    vectors, _ = relation
    known = words(vectors)
    asked = questions()
    others = [question._replace(section="other") for question in asked if question.first < "a5"]

    together = answer(known, asked + others, method="lrcos").predicted

    parts = [answer(known, part, method="lrcos").predicted for part in (asked, others)]
    assert np.concatenate(parts).tolist() == together.tolist()


def test_unknown_words_leave_a_pair_out(relation):
    vectors, pairs = relation
    known = words(vectors)
    known = WordVectors(["gone" if word == "b0" else word for word in known.words], vectors)

    found = answer(known, questions(), method="lrcos")

    best = complete_pairs(vectors, pairs[1:], depth=1)[:, 0]
    expected = [
        -1 if "b0" in question else best[int(question.third[1:]) - 1] for question in questions()
    ]
    assert expected == found.predicted.tolist()


def test_one_pair_and_nothing_else_still_gets_an_answer():
    vectors = WordVectors(["a", "b", "c"], np.eye(3, dtype=np.float32))

    found = answer(vectors, [Question("", "a", "b", "a", "b")], method="lrcos")

    assert found.covered.tolist() == [True]
    assert found.predicted[0] in (1, 2)


def test_it_runs_only_where_it_is_asked_for(relation, tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(
        ": relation\n" + "".join(" ".join(question[1:]) + "\n" for question in questions())
    )
    known = words(relation[0])

    default = evaluate(known, path).items
    (asked,) = evaluate(known, path, methods=["lrcos"]).items

    assert "accuracy_lrcos" not in [entry.metric for entry in default]
    assert "accuracy_lrcos" == asked.metric
