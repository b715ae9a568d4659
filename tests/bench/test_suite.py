"""Suites: what they accept, and what they refuse."""

import pytest

from sgns_bench import datasets
from sgns_bench.bench import suite
from sgns_bench.errors import ConfigError, UnknownName

MINIMAL = """
title = "T"
question = "Q?"
trainers = ["sgns", "gensim_sgns"]
"""
LEE = '[[corpora]]\nname = "lee"\n'


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", suite.names())
def test_every_shipped_suite_is_sound(name):
    shipped = suite.load(name)

    assert {"corpus"} == {datasets.load(corpus.name).kind for corpus in shipped.corpora}
    assert shipped.question.endswith("?")
    assert len(list(shipped.points())) > 1 or shipped.gates


@pytest.mark.parametrize("name", ["analogy", "similarity"])
def test_all_trainers_cross_several_k_and_powers(name, fakes):
    shipped = suite.load(name)

    assert ["sgns", "gensim_sgns", "full_softmax"] == shipped.trainers
    assert all(len(shipped.grid[axis]) > 1 for axis in ("negative", "ns_exponent"))


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ('corpoar = "x"', "no key named 'corpoar'; did you mean 'corpora'?"),
        ('[[corpora]]\nname = "lee"', "'lee' is there twice; keep one of them"),
        ("[[corpora]]\nscore_on = []", "corpora.1.name: is missing"),
        ('name = "x"', "the file's name is the name"),
        ("seeds = 0", "seeds = 0: must be greater than or equal to 1"),
        ("[limit]\nseconds = 0", "limit.seconds = 0: must be greater than 0"),
        ('vectors = "outer"', "vectors = 'outer': must be 'input', 'output' or 'average'"),
        ('baseline = "gensim"', "no trainer named 'gensim'; did you mean 'gensim_sgns'?"),
        ('[[corpora]]\nname = "x"\nscore_on = ["wordsim"]', "no dataset named 'wordsim'; did you"),
        ('[[corpora]]\nname = "x"\nscore_on = ["lee"]', "corpora.1.score_on.0: 'lee' is a corpus"),
        ('[[corpora]]\nname = "x"\nmeasure = ["pmj"]', "no measure named 'pmj'; did you mean"),
        ('[[corpora]]\nname = "x"\nmethods = ["lcos"]', "no method named 'lcos'; did you mean"),
        ("[config]\nnegatve = 5", "no setting named 'negatve'; did you mean 'negative'?"),
        ("[config]\nnegative = 0", "[config] negative = 0: must be a whole number, at least 1"),
        ("[config]\nseed = 3", "seed: seeds are counted from 1"),
        ("[config]\nalpha = 0.01\nmin_alpha = 0.02", "min_alpha = 0.02: must be in [0, alpha]"),
        ("[grid]\nnegative = [5, 0]", "[grid] negative = 0: must be a whole number"),
        ("[grid]\nnegative = []", "[grid] negative = []: give it a value"),
        ("[config]\nwindow = 2\n[grid]\nwindow = [2, 3]", "[grid] window: it is in [config] too"),
        ("[variants.a]\nnegatve = 5", "[variants.a] no key named 'negatve'; did you mean"),
        ("[variants.a]\nnegative = [5, 0]", "[variants.a] negative = 0: must be a whole number"),
        ('[variants.a]\ntrainer = "sgn"', "no trainer named 'sgn'; did you mean 'sgns'?"),
        ("[gates.simlex99]\nspearman = 0.1", "[gates]: no evaluation set"),
        ("[gates.training]\npeak_bytes = 1", "gates.training.peak_bytes"),
        ("[config", "cannot be read as TOML"),
    ],
)
def test_a_wrong_suite_is_refused_in_one_line_that_starts_with_the_file(
    added, message, tmp_path, fakes
):
    table = added.startswith("[")
    source = written(tmp_path, f"{MINIMAL}{LEE}{added}" if table else f"{MINIMAL}{added}\n{LEE}")

    with pytest.raises(ConfigError) as caught:
        suite.load(source)

    assert str(caught.value).startswith(f"{source}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_suite_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match=r"no suite named 'anlogy'; did you mean 'analogy'\?"):
        suite.load("anlogy")


def test_a_missing_file_is_refused():
    with pytest.raises(ConfigError, match=r"no suite file none\.toml; give a path"):
        suite.load("none.toml")


def test_a_single_value_from_the_command_line_replaces_a_grid_axis(suite_file, fakes):
    chosen = suite.load(str(suite_file)).override(settings={"negative": [7]})

    assert {} == chosen.grid
    assert 7 == chosen.config["negative"]


def test_several_values_from_the_command_line_become_a_grid_axis(suite_file, fakes):
    chosen = suite.load(str(suite_file)).override(settings={"vector_size": [3, 4]})

    assert {"negative": [2, 5], "vector_size": [3, 4]} == chosen.grid
    assert "vector_size" not in chosen.config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trainers": ["sgn"]}, "no trainer named 'sgn'; did you mean 'sgns'?"),
        ({"settings": {"window": [0]}}, "window = 0: must be a whole number, at least 1"),
        ({"seeds": 0}, "seeds = 0: must be greater than or equal to 1"),
    ],
)
def test_a_wrong_override_is_refused(changes, message, suite_file, fakes):
    with pytest.raises(ConfigError) as caught:
        suite.load(str(suite_file)).override(**changes)

    assert message in str(caught.value)


def test_a_corpus_from_the_command_line_that_the_suite_has_keeps_its_own_sets(tmp_path, fakes):
    chosen = suite.load("analogy").override(corpus="planted")

    assert [suite.load("analogy").corpora[1]] == chosen.corpora


def test_any_other_corpus_from_the_command_line_is_scored_as_the_first(tmp_path, fakes):
    (corpus,) = suite.load("analogy").override(corpus="my.txt").corpora

    assert "my.txt" == corpus.name
    assert suite.load("analogy").corpora[0].score_on == corpus.score_on


def points(chosen):
    return [(p.variant, p.config.negative, p.config.window) for p in chosen.points()]


VARIANTS = f"""{MINIMAL}{LEE}
[config]
window = 4
[grid]
negative = [2, 5]
[variants.wide]
window = 9
[variants."more k"]
negative = [10, 20]
[variants.mean]
trainer = "full_softmax"
vectors = "average"
measure = []
"""


def test_variants_replace_settings_of_the_whole_grid_and_may_be_lists(tmp_path, fakes):
    chosen = suite.load(written(tmp_path, VARIANTS))

    expected = [
        ("", 2, 4), ("", 5, 4), ("wide", 2, 9), ("wide", 5, 9), ("more k", 10, 4),
        ("more k", 20, 4), ("mean", 2, 4), ("mean", 5, 4),
    ]  # fmt: skip
    assert expected == points(chosen)


def test_a_variant_may_have_its_own_trainer_vectors_and_measures(tmp_path, fakes):
    chosen = suite.load(written(tmp_path, VARIANTS))

    first, *_, last = chosen.points()

    assert (["sgns", "gensim_sgns"], "input", None) == first[2:]
    assert (["full_softmax"], "average", []) == last[2:]


def test_a_setting_from_the_command_line_replaces_that_of_variants_and_leaves_out_empty_ones(
    tmp_path, fakes
):
    chosen = suite.load(written(tmp_path, VARIANTS)).override(settings={"window": [7]})

    assert {7} == {window for *_, window in points(chosen)}
    assert ["more k", "mean"] == list(chosen.variants)


def test_trainers_from_the_command_line_leave_out_variants_with_others(tmp_path, fakes):
    chosen = suite.load(written(tmp_path, VARIANTS)).override(trainers=["sgns"])

    assert ["wide", "more k"] == list(chosen.variants)
