"""The script of CI measures both sides in turns, and neither goes first each time."""

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "regression.py"
if not SCRIPT.exists():  # in an sdist
    pytest.skip("needs the repository", allow_module_level=True)


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("regression", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def started(script, monkeypatch):
    """Return what would have been measured, instead of measuring it."""
    started = []

    def start(code, suite, out, cache, seeds):
        started.append((out.parent.name, out.name, cache.name, seeds))
        return SimpleNamespace(wait=lambda: 0)

    monkeypatch.setattr(script, "start", start)
    return started


@pytest.fixture
def measure(script, tmp_path):
    """Return a function that measures some sides."""

    def measure(*sides, repeats=4):
        codes = {name: tmp_path / name for name in sides}
        script.measure(codes, tmp_path / "s.toml", tmp_path / "out", tmp_path / "caches", repeats)

    return measure


def write_code(folder, content):
    (folder / "sgns_bench").mkdir(parents=True, exist_ok=True)
    (folder / "sgns_bench" / "a.py").write_text(content)


def test_sides_take_turns_and_neither_trains_on_what_the_other_read(started, measure):
    measure("base", "new")

    warm, timed = started[:2], started[2:]
    assert [("warm-up", "base", "base", 1), ("warm-up", "new", "new", 1)] == warm
    names = [name for _, name, *_ in timed]
    assert ["base", "new", "new", "base", "base", "new", "new", "base"] == names
    assert [1, 1, 2, 2, 3, 3, 4, 4] == [seeds for *_, seeds in timed]
    assert all(name == cache for _, name, cache, _ in started)


def test_a_measurement_goes_on_with_the_same_code_alone(started, measure, script, tmp_path):
    write_code(tmp_path / "new", "x = 1")
    measure("new")
    measure("new")
    assert 10 == len(started)
    write_code(tmp_path / "new", "x = 2")

    with pytest.raises(script.NotComparableError, match="records of other code"):
        measure("new")


def test_a_side_that_fails_ends_it(script, measure, monkeypatch):
    monkeypatch.setattr(script, "start", lambda *_: SimpleNamespace(wait=lambda: 1))

    with pytest.raises(script.NotComparableError, match="warm-up failed"):
        measure("new")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--base", "nonsense"], "error: no commit 'nonsense'"),
        (["--repeats", "6"], "--repeats 6: from fewer than 8"),
        (["--repeast", "8"], "--repeast"),
    ],
)
def test_a_wrong_argument_is_told_before_anything_is_measured(
    words, message, script, started, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "argv", ["regression.py", *words])

    with pytest.raises(SystemExit) as end:
        sys.exit(script.main())

    assert 2 == end.value.code
    assert message in capsys.readouterr().err
    assert [] == started


@pytest.mark.parametrize(("ruler", "noted"), [("x = 1", False), ("x = 2", True)])
def test_a_ruler_that_changed_is_noted(
    ruler, noted, script, started, monkeypatch, tmp_path, capsys
):
    for side, content in {"base": "x = 1", "new": ruler}.items():
        (tmp_path / side / "evals").mkdir(parents=True)
        (tmp_path / side / "evals" / "regression.toml").touch()
        (tmp_path / side / "sgns_bench" / "tasks").mkdir(parents=True)
        (tmp_path / side / "sgns_bench" / "tasks" / "a.py").write_text(content)
    monkeypatch.setattr(script, "compare", lambda *_: 0)
    sides = ["--base", str(tmp_path / "base"), "--new", str(tmp_path / "new")]
    monkeypatch.setattr(sys, "argv", ["regression.py", *sides, "--out", str(tmp_path / "out")])

    assert 0 == script.main()

    found = capsys.readouterr().err
    assert ("note: sgns_bench/tasks differs" in found) == noted


def test_a_folder_is_taken_for_a_checkout_as_it_is(script, tmp_path):
    with script.checkout(str(tmp_path), tmp_path / "unused") as code:
        assert tmp_path == code

    assert not (tmp_path / "unused").exists()


def test_a_baseline_is_of_a_commit(script, monkeypatch, tmp_path):
    monkeypatch.setattr(script, "git", lambda *_: " M README.md")

    with pytest.raises(script.NotComparableError, match="has changes"):
        script.record(tmp_path, tmp_path, None)
