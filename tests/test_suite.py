"""Suites: what they accept, what they refuse, and the cells they plan."""

import pytest

from sgns_bench import datasets, suite
from sgns_bench.errors import ConfigError, UnknownName

MINIMAL = 'title = "T"\nquestion = "Q?"\ncorpus = "lee"\ntrainers = ["sgns", "gensim_sgns"]\n'


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return str(path)


def planned(chosen, sha256="00"):
    return suite.cells(chosen, corpus_sha256=sha256, device="cpu")


@pytest.mark.parametrize("name", suite.names())
def test_every_shipped_suite_is_sound(name, fakes):
    shipped = suite.load(name)

    cells = planned(shipped)

    assert datasets.load(shipped.corpus).kind == "corpus"
    assert shipped.question.endswith("?")
    assert len(cells) > 1


def test_the_default_suites_are_shipped():
    assert {"smoke", "analogy", "similarity", "throughput"} <= set(suite.names())


@pytest.mark.parametrize("name", ["analogy", "similarity"])
def test_all_trainers_cross_several_k_and_powers(name, fakes):
    shipped = suite.load(name)

    assert ["sgns", "gensim_sgns", "full_softmax"] == shipped.trainers
    assert all(len(shipped.grid[axis]) > 1 for axis in ("negative", "ns_exponent"))


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ('corpsu = "x"', "no key named 'corpsu'; did you mean 'corpus'?"),
        ('name = "x"', "the file's name is the name"),
        ("seeds = 0", "seeds: Input should be greater than or equal to 1"),
        ('baseline = "gensim"', "no trainer named 'gensim'; did you mean 'gensim_sgns'?"),
        ('score_on = ["wordsim"]', "no dataset named 'wordsim'; did you mean 'wordsim353'?"),
        ('score_on = ["lee"]', "score_on: 'lee' is a corpus"),
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
    source = written(tmp_path, f"{MINIMAL}{added}\n")

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


def test_cells_cross_the_grid_and_trainers_take_turns(tmp_path, fakes):
    chosen = suite.load(
        written(tmp_path, f"{MINIMAL}seeds = 2\n[grid]\nnegative = [2, 5]\nwindow = [1, 3]\n")
    )

    cells = planned(chosen)

    order = [(c.config.seed, c.config.negative, c.config.window, c.trainer) for c in cells]
    expected = [
        (seed, negative, window, trainer)
        for seed in (1, 2)
        for negative in (2, 5)
        for window in (1, 3)
        for trainer in ("sgns", "gensim_sgns")
    ]
    assert expected == order


def test_a_trainer_runs_once_for_all_values_of_a_setting_it_ignores(suite_file, fakes):
    cells = planned(suite.load(str(suite_file)))

    softmax = [c for c in cells if c.trainer == "full_softmax"]
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
