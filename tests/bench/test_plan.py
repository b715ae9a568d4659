"""Cells: what a suite plans, and in which order."""

from collections import defaultdict

from sgns_bench.bench import suite
from sgns_bench.bench.plan import cells

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
    return cells(
        chosen,
        corpus_sha256=defaultdict(lambda: sha256),
        corpus_words=defaultdict(lambda: 1000),
        device="cpu",
    )


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
        for trainer in ("gensim_sgns", "sgns")  # the baseline first
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

    plan = cells(
        chosen,
        corpus_sha256={"a": "00", "b": "01"},
        corpus_words={"a": 9, "b": 9},
        device="cpu",
    )

    half = len(plan) // 2
    assert ["a"] * half + ["b"] * half == [cell.corpus for cell in plan]
    assert [((), "00"), (("wordsim353",), "01")] == [
        (cell.score_on, cell.corpus_sha256) for cell in (plan[0], plan[-1])
    ]
    assert len(plan) == len({cell.id for cell in plan})


VARIANTS = f"""{MINIMAL}
[variants.narrow]
window = 2
[variants."as ever"]
window = 5
[variants.average]
vectors = "average"
"""


def test_variants_are_trained_beside_the_suites_own_settings_with_the_same_seeds(tmp_path, fakes):
    plan = planned(
        suite.load(written(tmp_path, f"seeds = 2\n{VARIANTS}")).override(trainers=["sgns"])
    )

    actual = [(c.config.seed, c.variant, c.config.window, c.vectors) for c in plan]
    expected = [
        (seed, *rest)
        for seed in (1, 2)
        for rest in [("", 5, "input"), ("narrow", 2, "input"), ("average", 5, "average")]
    ]
    assert expected == actual  # and "as ever" is the suite's own


def test_the_name_of_a_variant_makes_no_other_cell(tmp_path, fakes):
    text = written(tmp_path, VARIANTS)
    before = {cell.id for cell in planned(suite.load(text))}
    renamed = written(tmp_path, VARIANTS.replace("narrow", "small"))

    assert before == {cell.id for cell in planned(suite.load(renamed))}


LADDER = MINIMAL.replace('name = "lee"', 'name = "lee", words = [10, 500, 0, 4000]')


def test_a_corpus_is_trained_on_up_to_each_rung_of_its_ladder(tmp_path, fakes):
    plan = planned(suite.load(written(tmp_path, LADDER)))

    assert [10, 500, 0] == list(dict.fromkeys(cell.max_words for cell in plan))
    assert len(plan) == len({cell.id for cell in plan}) == 3 * 3 * 2


def test_what_is_measured_belongs_to_the_id_of_a_cell(tmp_path, fakes):
    texts = [MINIMAL, f"curve = 4\n{MINIMAL}", f'vectors = "output"\n{MINIMAL}']
    texts += [
        MINIMAL.replace('"lee"', f'"lee", {asked}')
        for asked in ('measure = ["pmi"]', 'methods = ["lrcos"]')
    ]

    ids = [planned(suite.load(written(tmp_path, text)))[0].id for text in texts]

    assert len(texts) == len(set(ids))
