"""Lists show what is there, and what is broken."""

from sgns_bench.cli import listing


def test_a_module_that_is_no_python_is_listed_with_its_error(tmp_path, monkeypatch):
    (tmp_path / "trainers").mkdir()
    (tmp_path / "trainers" / "good.py").write_text('"""Trains."""')
    (tmp_path / "trainers" / "bad.py").write_text("def f(:")
    monkeypatch.setattr(listing, "__file__", str(tmp_path / "cli" / "listing.py"))

    bad, good = listing.LINES["trainers"]()

    assert bad.startswith("bad   broken: SyntaxError: invalid syntax")
    assert "good  Trains." == good


def test_every_task_and_measure_says_in_a_line_what_it_asks():
    for line in [*listing.LINES["tasks"](), *listing.LINES["measures"]()]:
        name, text = line.split(maxsplit=1)

        assert name.isidentifier()
        assert len(text) > 10
