"""Cells: what a suite plans, and in which order."""

from collections import defaultdict

from sgns_bench import suite
from sgns_bench.cell import cells

MINIMAL = """
title = "T"
question = "Q?"
trainers = ["sgns", "gensim_sgns"]
corpora = [{name = "lee"}]
"""


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return str(path)


def planned(chosen, sha256="00"):
    return cells(chosen, corpus_sha256=defaultdict(lambda: sha256), device="cpu")


def test_cells_cross_the_grid_and_trainers_take_turns(tmp_path, fakes):
    chosen = suite.load(
        written(tmp_path, f"{MINIMAL}seeds = 2\n[grid]\nnegative = [2, 5]\nwindow = [1, 3]\n")
    )

    plan = planned(chosen)

    order = [(c.config.seed, c.config.negative, c.config.window, c.trainer) for c in plan]
    expected = [
        (seed, negative, window, trainer)
        for seed in (1, 2)
        for negative in (2, 5)
        for window in (1, 3)
        for trainer in ("sgns", "gensim_sgns")
    ]
    assert expected == order


def test_a_trainer_runs_once_for_all_values_of_a_setting_it_ignores(suite_file, fakes):
    plan = planned(suite.load(str(suite_file)))

    softmax = [c for c in plan if c.trainer == "full_softmax"]
    assert [1, 2] == [c.config.seed for c in softmax]
    assert "negative" not in softmax[0].settings


def test_the_id_of_a_cell_depends_on_what_it_trains_and_on_nothing_else(suite_file, fakes):
    chosen = suite.load(str(suite_file))
    ids = {cell.id for cell in planned(chosen)}

    again = {cell.id for cell in planned(chosen.override(trainers=chosen.trainers[::-1]))}
    other_text = {cell.id for cell in planned(chosen, sha256="01")}
    other_size = {cell.id for cell in planned(chosen.override(settings={"vector_size": [5]}))}

    assert len(planned(chosen)) == len(ids)
    assert ids == again
    assert not ids & other_text
    assert not ids & other_size


def test_power_1_and_power_1_0_are_the_same_cell(tmp_path, fakes):
    whole = suite.load(written(tmp_path, f"{MINIMAL}[config]\nns_exponent = 1\n"))
    real = suite.load(written(tmp_path, f"{MINIMAL}[config]\nns_exponent = 1.0\n"))

    assert [c.id for c in planned(whole)] == [c.id for c in planned(real)]


def test_the_whole_grid_is_trained_on_one_corpus_after_the_other(tmp_path, fakes):
    added = '[[corpora]]\nname = "a"\n[[corpora]]\nname = "b"\nscore_on = ["wordsim353"]\n'
    text = MINIMAL.replace('corpora = [{name = "lee"}]\n', added)
    chosen = suite.load(written(tmp_path, f"{text}[grid]\nwindow = [1, 3]\n"))

    plan = cells(chosen, corpus_sha256={"a": "00", "b": "01"}, device="cpu")

    half = len(plan) // 2
    assert ["a"] * half + ["b"] * half == [cell.corpus for cell in plan]
    assert [((), "00"), (("wordsim353",), "01")] == [
        (cell.score_on, cell.corpus_sha256) for cell in (plan[0], plan[-1])
    ]
    assert len(plan) == len({cell.id for cell in plan})
