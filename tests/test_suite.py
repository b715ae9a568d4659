"""Suites: what they accept, and what they refuse."""

import pytest

from sgns_bench import datasets, suite
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
def test_every_shipped_suite_is_sound(name, fakes):
    shipped = suite.load(name)

    assert {"corpus"} == {datasets.load(corpus.name).kind for corpus in shipped.corpora}
    assert shipped.question.endswith("?")
    assert len(list(shipped.points())) > 1


def test_the_default_suites_are_shipped():
    assert {"smoke", "analogy", "similarity", "throughput"} <= set(suite.names())


@pytest.mark.parametrize("name", ["analogy", "similarity"])
def test_all_trainers_cross_several_k_and_powers(name, fakes):
    shipped = suite.load(name)

    assert ["sgns", "gensim_sgns", "full_softmax"] == shipped.trainers
    assert all(len(shipped.grid[axis]) > 1 for axis in ("negative", "ns_exponent"))


@pytest.mark.parametrize("name", ["analogy", "similarity"])
def test_a_text_with_known_answers_stands_beside_a_real_one(name):
    corpora = {corpus.name: corpus.score_on for corpus in suite.load(name).corpora}

    assert ["gensim-wiki", "planted"] == list(corpora)
    assert all(entry.startswith("planted") for entry in corpora["planted"])


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ('corpsu = "x"', "no key named 'corpsu'; did you mean 'corpora'?"),
        ('[[corpora]]\nname = "lee"', "[[corpora]] 'lee' is there twice; keep one of them"),
        ('[[corpora]]\nnmae = "lee"', "no key named 'nmae'; did you mean 'name'?"),
        ("[[corpora]]\nscore_on = []", "corpora.1.name: Field required"),
        ('name = "x"', "the file's name is the name"),
        ("seeds = 0", "seeds: Input should be greater than or equal to 1"),
        ('baseline = "gensim"', "no trainer named 'gensim'; did you mean 'gensim_sgns'?"),
        (
            '[[corpora]]\nname = "x"\nscore_on = ["wordsim"]',
            "no dataset named 'wordsim'; did you mean 'wordsim353'?",
        ),
        ('[[corpora]]\nname = "x"\nscore_on = ["lee"]', "score_on: 'lee' is a corpus"),
        ("[config]\nnegatve = 5", "no setting named 'negatve'; did you mean 'negative'?"),
        ("[config]\nnegative = 0", "[config] negative = 0: must be at least 1"),
        ("[config]\nvector_size = [5]", "[config] vector_size = [5]: must be of type int"),
        ("[config]\nseed = 3", "seed: seeds are counted from 1"),
        ("[grid]\nnegative = [5, 0]", "[grid] negative = 0: must be at least 1"),
        ("[grid]\nnegative = []", "grid.negative: List should have at least 1 item"),
        ("[grid]\nns_exponent = [nan]", "[grid] ns_exponent = nan: must be a finite number"),
        ("[config]\nwindow = 2\n[grid]\nwindow = [2, 3]", "[grid] window: it is in [config] too"),
        ("[limit]\nsecond = 3", "no key named 'second'; did you mean 'seconds'?"),
        ("[limit]\nseconds = 0", "limit.seconds: Input should be greater than 0"),
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
    with pytest.raises(ConfigError, match=r"--suite none\.toml: no such file"):
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
        ({"settings": {"window": [0]}}, "window = 0: must be at least 1"),
        ({"seeds": 0}, "seeds = 0: must be at least 1"),
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
