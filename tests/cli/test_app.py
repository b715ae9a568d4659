"""The command line: what it does and prints; wrong inputs are in ``test_wrong_inputs.py``."""

import json
import subprocess
import sys

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath
from typer.testing import CliRunner

from sgns_bench import __version__
from sgns_bench.bench import suite
from sgns_bench.cli.app import app
from sgns_bench.config import SETTINGS
from sgns_bench.tasks.analogy import METRICS
from sgns_bench.tasks.similarity import read_pairs

COMMANDS = ("run", "train", "eval", "fetch", "report", "compare", "list")


def call(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def only_line(text):
    (line,) = text.splitlines()
    return line


def test_no_arguments_print_the_help():
    result = call()

    assert 0 == result.exit_code
    assert all(f"\n  {command} " in result.stdout for command in COMMANDS)
    assert "..." not in result.stdout.partition("Commands:")[2]  # no summary is cut off


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(command):
    lines = call(*command.split(), "--help").stdout.splitlines()

    assert 40 < max(map(len, lines)) <= 80


def test_the_module_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "sgns_bench", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"sgns_bench {__version__}\n" == done.stdout


def test_run_trains_and_reports(suite_file, tmp_path, fakes):
    result = call("run", suite_file, "--out", tmp_path / "out", "--device", "cpu")

    assert 0 == result.exit_code, result.output
    first, *table, last = result.stdout.splitlines()
    assert "10 cells: 10 trained, 0 already there, 0 skipped, 0 failed" == first
    assert len(table) < 15
    assert {"gensim_sgns", "sgns", "full_softmax"} < {*" ".join(table).split()}
    assert f"report: {tmp_path / 'out' / 'report.html'}" == last
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {".lock", "records.jsonl", "results.csv", "report.html", "report.md"} == written


def test_run_goes_on_where_it_stopped(suite_file, tmp_path, fakes):
    arguments = ("run", "--suite", suite_file, "--out", tmp_path / "out")
    call(*arguments)

    result = call(*arguments)

    assert "0 trained, 10 already there" in result.stdout


def test_run_chooses_a_folder_by_suite_corpus_and_settings(
    suite_file, corpus_file, tmp_path, fakes, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    call("run", "--suite", suite_file)
    call("run", "--suite", suite_file, "--set", "window=2")
    call("run", "--suite", suite_file, "--corpus", corpus_file)

    folders = {path.name for path in (tmp_path / "reports" / "runs").iterdir()}
    assert {"tiny", "tiny-window=2", "tiny-tiny"} == folders


def test_run_takes_what_the_command_line_says(suite_file, tmp_path, fakes):
    result = call(
        "run", "--suite", suite_file, "--out", tmp_path / "out", "--trainer", "sgns",
        "--set", "negative=3", "--vector-size", "2,3", "--seeds", 1, "--workers", 1,
    )  # fmt: skip

    seen = [(c.negative, c.vector_size, c.workers, c.seed) for c in fakes.sgns.runs]
    assert 0 == result.exit_code, result.output
    assert [(3, 2, 1, 1), (3, 3, 1, 1)] == seen
    assert (
        "run --suite tiny.toml --trainer sgns --set negative=3 --set vector_size=2,3"
        " --set workers=1 --seeds 1\n" in (tmp_path / "out" / "report.md").read_text("utf-8")
    )


def test_failed_cells_end_in_exit_code_1_and_a_report(suite_file, tmp_path, fakes):
    fakes.sgns.fail(RuntimeError("out of luck"))

    result = call("run", "--suite", suite_file, "--out", tmp_path / "out")

    assert 1 == result.exit_code
    assert "4 failed" in result.stdout
    assert "out of luck" in (tmp_path / "out" / "report.md").read_text("utf-8")


def test_an_interrupted_run_says_how_to_go_on(suite_file, tmp_path, fakes):
    fakes.sgns.fail(KeyboardInterrupt(), after=1)

    result = call("run", "--suite", suite_file, "--out", tmp_path / "out")

    assert 130 == result.exit_code
    assert "interrupted; finished cells are in" in result.stderr
    assert "Traceback" not in result.output


def test_an_interruption_anywhere_is_one_line(monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(suite, "names", interrupt)

    result = call("list", "suites")

    assert 130 == result.exit_code
    assert "interrupted" == only_line(result.stderr)


@pytest.mark.parametrize("kind", ["kv", "text", "binary"])
def test_train_saves_vectors_that_gensim_loads(kind, corpus_file, tmp_path, fakes):
    out = tmp_path / "new" / "vectors"

    result = call("train", corpus_file, "--out", out, "--format", kind, "--vector-size", 3)

    assert 0 == result.exit_code, result.output
    assert "500 words in " in only_line(result.stdout)
    assert str(out) in result.stdout
    if kind == "kv":
        loaded = KeyedVectors.load(str(out))
    else:
        loaded = KeyedVectors.load_word2vec_format(str(out), binary=kind == "binary")
    assert (10, 3) == loaded.vectors.shape


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))


def test_eval_scores_a_file_on_every_set_that_is_here(corpus_file, tmp_path, fakes, own_cache):
    call("train", "--corpus", corpus_file, "--out", tmp_path / "v.txt", "--format", "text")
    words = "king queen man woman tiger cat new old"
    (tmp_path / "v.txt").write_text(
        "8 2\n" + "".join(f"{word} {i} 1\n" for i, word in enumerate(words.split()))
    )

    result = call("eval", tmp_path / "v.txt")

    assert 0 == result.exit_code, result.output
    *table, last = result.stdout.splitlines()
    for name in ("google-analogies", "wordsim353", "simlex999", "95 % interval", "coverage"):
        assert any(name in line for line in table)
    assert not any("bats" in line for line in table)
    assert last.startswith("not fetched: bats, ")
    assert last.endswith("; python -m sgns_bench fetch NAME, or --all")


def test_eval_only_names_a_set_of_which_it_knows_nothing(tmp_path, own_cache):
    (tmp_path / "v.txt").write_text("2 2\ntiger 1 2\ncat 2 1\n")

    asked = ["eval", tmp_path / "v.txt", "--score-on", "simlex999"]

    result = call(*asked)

    assert "no known items: simlex999" in result.stdout
    assert "nan" not in result.stdout.lower()
    (rows,) = json.loads(call(*asked, "--json").stdout)["scores"].values()
    assert [("simlex999", 0, None)] == [(r["set"], r["n"], r["value"]) for r in rows]


def test_eval_leaves_out_sets_of_which_it_knows_nothing(tmp_path, own_cache):
    (tmp_path / "v.txt").write_text("2 2\ntiger 1 2\ncat 2 1\n")

    result = call("eval", tmp_path / "v.txt")

    assert "wordsim353" in result.stdout
    assert "simlex999  " not in result.stdout


def save(path, noise):
    rng = np.random.default_rng(1)
    words = {word for pair in read_pairs(datapath("wordsim353.tsv")) for word in pair[:2]}
    rows = [rng.normal(size=3) + noise * rng.normal(size=3) for _ in words]
    lines = [f"{word} {x} {y} {z}" for word, (x, y, z) in zip(sorted(words), rows, strict=True)]
    path.write_text("\n".join([f"{len(lines)} 3", *lines, ""]))
    return path


def test_eval_compares_the_first_file_with_each_other(tmp_path, own_cache):
    files = [save(tmp_path / name, noise) for name, noise in [("a", 0), ("b", 0), ("c", 0.1)]]

    result = call("eval", *files)

    assert 0 == result.exit_code, result.output
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert "a against b, on the words of both" in lines
    assert "a against c, on the words of both" in lines
    assert "a and b do not differ on wordsim353: n = 353" in lines
    assert any(line.startswith("a and c cannot be told apart on wordsim353: ") for line in lines)


@pytest.mark.parametrize(("method", "metric"), METRICS.items())
def test_eval_answers_analogies_as_it_is_told(method, metric, tmp_path, own_cache):
    lines = ["king 1 1 0", "queen 1 1 1", "man 1 0 0", "woman 1 0 1", "boy 1 0 .1", "girl 0 1 1"]
    files = [tmp_path / "v", tmp_path / "w"]
    for file in files:
        file.write_text("\n".join(["6 3", *lines, ""]))

    result = call("eval", *files, "--method", method)

    assert 0 == result.exit_code, result.output
    rows = [row.split() for row in result.stdout.splitlines() if row.startswith("google-")]
    assert [metric] * 3 == [row[1] for row in rows]  # 2 files, 1 comparison


def test_eval_prints_one_json_document_if_asked(tmp_path, own_cache):
    files = [save(tmp_path / name, noise) for name, noise in [("a", 0), ("b", 0.1)]]

    found = json.loads(call("eval", *files, "--json").stdout)

    assert {str(file) for file in files} == found["scores"].keys()
    scores = {(row["set"], row["metric"]): row for row in found["scores"][str(files[0])]}
    known = scores["wordsim353", "spearman"]
    assert (353, 1) == (known["n"], known["coverage"])
    assert known["low"] < known["value"] < known["high"]
    (pair,) = found["comparisons"]
    assert ("a", "b") == (pair["a"], pair["b"])
    assert "wordsim353" in [row["set"] for row in pair["sets"]]
    assert "bats" in found["not_fetched"]


def test_eval_of_one_file_compares_nothing(tmp_path, own_cache):
    result = call("eval", save(tmp_path / "a", 0))

    assert "against" not in result.stdout
    assert "nothing to" not in result.stdout


def test_eval_says_so_if_there_is_nothing_to_compare(tmp_path, own_cache):
    (tmp_path / "v.txt").write_text("2 2\ntiger 1 2\ncat 2 1\n")

    result = call("eval", tmp_path / "v.txt", tmp_path / "v.txt")

    assert 0 == result.exit_code, result.output
    assert "no evaluation set has three items that both files know" in result.stdout


def test_eval_of_files_without_a_common_word_is_one_line(tmp_path, own_cache):
    (tmp_path / "v.txt").write_text("2 2\ntiger 1 2\ncat 2 1\n")
    (tmp_path / "w.txt").write_text("1 2\ndog 1 2\n")

    result = call("eval", tmp_path / "v.txt", tmp_path / "w.txt")

    assert 2 == result.exit_code
    assert "error: v.txt and w.txt have no word in common; check their spelling" == only_line(
        result.stderr
    )


def test_fetch_says_where_a_set_is(own_cache):
    result = call("fetch", "lee", "wordsim353")

    assert 0 == result.exit_code, result.output
    lee, wordsim = result.stdout.splitlines()
    assert lee.startswith("lee: ")
    assert wordsim.endswith("wordsim353.tsv")


def test_fetch_goes_on_after_one_that_fails(tmp_path, own_cache):
    result = call("fetch", "bats", "lee", "--from", tmp_path)

    assert 1 == result.exit_code
    assert only_line(result.stdout).startswith("lee: ")
    assert only_line(result.stderr).startswith("error: bats: no file below ")


def test_report_writes_the_same_again(suite_file, tmp_path, fakes):
    call("run", "--suite", suite_file, "--out", tmp_path / "out")
    paths = [tmp_path / "out" / name for name in ("report.html", "report.md", "results.csv")]
    before = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()

    result = call("report", tmp_path / "out")

    assert 0 == result.exit_code, result.output
    assert before == [path.read_bytes() for path in paths]


def test_report_writes_tables_for_latex_and_lays_runs_side_by_side(suite_file, tmp_path, fakes):
    call("run", "--suite", suite_file, "--out", tmp_path / "a")
    call("run", "--suite", suite_file, "--out", tmp_path / "b", "--set", "window=2")

    one = call("report", tmp_path / "a", "--latex")
    both = call("report", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "both")

    assert 0 == one.exit_code == both.exit_code, both.output
    assert r"\begin{tabular}" in (tmp_path / "a" / "tables.tex").read_text("utf-8")
    assert "difference to a" in both.stdout
    assert "| window" in (tmp_path / "both" / "report.md").read_text("utf-8")


def test_list_says_size_place_and_licence_of_data_sets(own_cache):
    lines = call("list", "datasets").stdout.splitlines()

    (text8,) = (line.split()[:6] for line in lines if line.startswith("  text8 "))
    (wordsim,) = (line.split() for line in lines if line.startswith("  wordsim353 "))
    assert ["text8", "corpus", "31.3", "MB", "to", "fetch"] == text8
    assert ["7.2", "kB", "in", "gensim", "CC", "BY", "4.0"] == wordsim[2:9]
    assert 1 == len({line.find("corpus ") for line in lines} - {-1})  # aligned


def test_list_names_what_comes_with_the_package():
    result = call("list")

    assert 0 == result.exit_code, result.output
    for name in ("analogy", "gensim_sgns", "eager", "wordsim353"):
        assert f"\n  {name} " in result.stdout
    assert "\n  _" not in result.stdout  # parts of a kernel are none


def test_list_names_every_setting_with_its_default_and_its_meaning():
    _, *lines = call("list", "settings").stdout.splitlines()

    assert list(SETTINGS) == [line.split()[0] for line in lines]
    assert ["window", "5", "w,", "largest", "distance"] == lines[1].split()[:5]
