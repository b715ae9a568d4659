"""Sessions: is the item to come among those nearest to the items that are known?"""

import logging

import numpy as np
import pytest

from sgns_bench.embeddings import WordVectors
from sgns_bench.errors import DatasetError
from sgns_bench.stats import wilson
from sgns_bench.tasks import next_item
from sgns_bench.tasks.next_item import NextItemQuestion, evaluate, places, read_questions

# At 0, 10, 20, 40, 80 and 180 degrees, of several lengths.
ANGLES = np.radians([0, 10, 20, 40, 80, 180])
LENGTHS = np.array([5, 0.1, 1, 3, 1, 2])
DIAL = WordVectors(
    list("abcdef"),
    (LENGTHS[:, None] * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)).astype(np.float32),
)


def question(line):
    *given, expected = line.split()
    return NextItemQuestion(tuple(given), expected)


def ask(vectors, *lines):
    return places(vectors, [question(line) for line in lines]).tolist()


def on_a_line(count):
    """Items x0, x1, ... which turn away from x0, one by one."""
    angles = np.linspace(0, 3, count)
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return WordVectors([f"x{i}" for i in range(count)], rows)


@pytest.fixture
def file(tmp_path):
    def write(*lines):
        path = tmp_path / "questions"
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


def test_the_nearest_by_angle_is_first_whatever_the_lengths():
    assert [1, 2, 3, 5] == ask(DIAL, "a b", "a c", "a d", "a f")


def test_given_items_take_no_place():
    assert [1, 1] == ask(DIAL, "a b c d", "c b a d")


def test_several_given_items_count_alike_whatever_their_lengths():
    # The mean of a, at 0, and e, at 80 degrees, is at 40: there d is, c 20 off, b 30, f 140.
    assert [1, 2, 3, 4] == ask(DIAL, "a e d", "a e c", "e a b", "e a f")


def test_an_item_given_twice_counts_twice():
    # Mean of a, a and e: at 26 degrees; c is at 20, and would be second to d at 40 without.
    assert [1] == ask(DIAL, "a a e c")


def test_of_items_as_near_all_others_come_first():
    alike = WordVectors(DIAL.words, np.ones((6, 2), dtype=np.float32))

    assert [5, 3] == ask(alike, "a b", "a b c d")


def test_a_vector_of_zeros_is_no_obstacle():
    zero = WordVectors(["a", "b", "c"], np.array([[0, 0], [1, 0], [0, 1]], dtype=np.float32))

    assert [2, 2] == ask(zero, "a b", "b a")


def test_the_20th_is_a_hit_and_the_21st_is_none(file):
    (score,), (items,) = evaluate(on_a_line(40), file("x0 x20", "x0 x21", "x0 x1"))

    assert ("hit_rate_at_20", 2 / 3, 3, 1.0) == (
        score.metric,
        score.value,
        score.n,
        score.coverage,
    )
    assert ("fraction", True) == (score.unit, score.higher_is_better)
    assert wilson(2, 3) == (score.low, score.high)
    assert [20, 21, 1] == items.values
    assert [True, False, True] == items.correct
    assert score.metric == items.metric


def test_unknown_items_are_left_out_of_the_mean():
    assert ask(DIAL, "a d c") == ask(DIAL, "a gnu d emu c")


def test_a_question_of_which_too_little_is_known_lowers_the_coverage(file):
    (score,), (items,) = evaluate(DIAL, file("a b", "a gnu", "gnu a", "gnu emu"))

    assert (1.0, 1, 0.25) == (score.value, score.n, score.coverage)
    assert [1, None, None, None] == items.values
    assert [True, None, None, None] == items.correct


def test_nothing_known_scores_no_error(file):
    (score,), _ = evaluate(DIAL.head(0), file("a b"))

    assert 0 == score.n
    assert np.isnan(score.value)


def test_items_that_differ_in_case_are_two():
    both = WordVectors(["a", "B", "b"], np.array([[1, 0], [0, 1], [1, 0.1]], dtype=np.float32))

    assert [2, 1] == ask(both, "a B", "a b")


@pytest.mark.parametrize("size", [1, 50, 100])
def test_tables_of_any_size_give_the_same_places(size, monkeypatch):
    rng = np.random.default_rng(1)
    vectors = WordVectors([f"x{i}" for i in range(30)], rng.normal(size=(30, 5)).astype(np.float32))
    sessions = [rng.permutation(30)[: rng.integers(2, 9)] for _ in range(20)]
    lines = [" ".join(f"x{i}" for i in session) for session in sessions]
    expected = ask(vectors, *lines)
    monkeypatch.setattr(next_item, "TABLE_SIZE", size)

    assert expected == ask(vectors, *lines)
    assert len(set(expected)) > 5


def test_malformed_lines_are_skipped(file, caplog):
    with caplog.at_level(logging.WARNING, "sgns_bench"):
        questions = read_questions(file("a b c", "", "a", "c\td", "a b a"))

    assert [NextItemQuestion(("a", "b"), "c"), NextItemQuestion(("c",), "d")] == questions
    assert ["questions: 2 malformed lines skipped, first at line 3"] == caplog.messages


def test_a_file_without_questions_is_one_clear_line(file):
    with pytest.raises(DatasetError, match="questions: no questions; need two or more"):
        read_questions(file("a", "b"))
