"""The script of CI measures both sides in turns, and neither goes first each time."""

import importlib.util
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

    def start(code, suite, out, seeds):
        started.append((out.parent.name, out.name, seeds))
        return SimpleNamespace(wait=lambda: 0)

    monkeypatch.setattr(script, "start", start)
    return started


def test_sides_take_turns(script, started, tmp_path):
    sides = {"base": tmp_path / "a", "new": tmp_path / "b"}

    script.measure(sides, tmp_path / "s.toml", tmp_path / "out", 4)

    warm, timed = started[:2], started[2:]
    assert [("warm-up", "base", 1), ("warm-up", "new", 1)] == warm
    names = [name for _, name, _ in timed]
    assert ["base", "new", "new", "base", "base", "new", "new", "base"] == names
    assert [1, 1, 2, 2, 3, 3, 4, 4] == [seeds for *_, seeds in timed]


def test_a_side_that_fails_ends_it(script, monkeypatch, tmp_path):
    monkeypatch.setattr(script, "start", lambda *_: SimpleNamespace(wait=lambda: 1))

    with pytest.raises(SystemExit) as end:
        script.measure({"new": tmp_path}, tmp_path, tmp_path, 1)

    assert 2 == end.value.code


def test_a_folder_is_taken_for_a_checkout_as_it_is(script, tmp_path):
    with script.checkout(str(tmp_path), tmp_path / "unused") as code:
        assert tmp_path == code

    assert not (tmp_path / "unused").exists()


def test_a_baseline_is_of_a_commit(script, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(script, "git", lambda *_: " M README.md")

    assert 2 == script.record(tmp_path, 10)
    assert "has changes" in capsys.readouterr().err
