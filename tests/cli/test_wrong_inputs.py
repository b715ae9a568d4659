"""Each wrong input gets one line that says what is wrong, and an exit code: never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sgns_bench import datasets
from sgns_bench.bench import suite
from sgns_bench.cli.app import app

SUITES = ", ".join(suite.names())
CORPORA = ", ".join(datasets.names("corpus"))
VECTORS = "need gensim's .kv or .model, word2vec or GloVe"
TRAIN = "train words.txt --out v.kv"
RUN = "run tiny.toml"

WRONG = {
    # settings
    f"{RUN} --set negatve=1": "no setting named 'negatve'; did you mean 'negative'?",
    f"{RUN} --set negative": "--set negative: must be of the form key=value or key=value,value",
    f"{RUN} --set negative=0": "negative = 0: must be a whole number, at least 1",
    f"{RUN} --negative 2,0": "negative = 0: must be a whole number, at least 1",
    f"{RUN} --set ns_exponent=nan": "ns_exponent = nan: must be a finite number",
    f"{RUN} --set seed=3": "command line: [config] seed: seeds are counted from 1; say how many"
    " with seeds",
    f"{RUN} --set negative=2 --set negative=5": "negative is set twice, the second time by"
    " negative=5; set it once",
    f"{TRAIN} --window two": "window = two: must be a whole number, at least 1",
    f"{TRAIN} --set window=2.5": "window = 2.5: must be a whole number, at least 1",
    f"{TRAIN} --sample 7": "sample = 7.0: must be a frequency in [0, 1]",
    f"{TRAIN} --set shuffle=maybe": "shuffle = maybe: must be true or false",
    f"{TRAIN} --set min_alpha=1": "min_alpha = 1.0: must be in [0, alpha]",
    f"{TRAIN} --set window=2,3": "window has 2 values; train takes one",
    f"{TRAIN} --window 2 --window 3": "window is set twice, the second time by window=3; set it"
    " once",
    f"{TRAIN} --window 2 --set window=2": "window is set twice, the second time by window=2; set it"
    " once",
    f"{TRAIN} --vector-size {10**17}": f"vector_size = {10**17}: must be a whole number, at most"
    " 2147483647",
    f"{TRAIN} --workers 0": "workers = 0: must be a whole number, at least 1",
    f"{TRAIN} --max-sentence-length 0": "max_sentence_length = 0: must be at least 1",
    # suites, trainers, devices
    "run": "the suite is given nowhere; give it as SUITE or as --suite",
    "run smoke --suite smoke": "the suite is given twice; give it as SUITE or as --suite",
    "run anlogy": "no suite named 'anlogy'; did you mean 'analogy'?",
    "run qqq": f"no suite named 'qqq'; known: {SUITES}",
    "run none.toml": "no suite file none.toml; give a path, or a name from list suites",
    "run noise.bin": "noise.bin: looks binary; a suite is a TOML file",
    "run words.txt": "words.txt: cannot be read as TOML: Expected '=' after a key in a key/value"
    " pair (at line 1, column 7)",
    f"{RUN} --trainer gensim": "command line: no trainer named 'gensim'; did you mean 'gensim_cbow'"
    " or 'gensim_hs' or 'gensim_sgns'?",
    f"{RUN} --trainer sgns --trainer sgns": "command line: 'sgns' is there twice; keep one of them",
    f"{RUN} --seeds 0": "command line: seeds = 0: must be greater than or equal to 1",
    f"{RUN} --device tpu": "Invalid value for '--device': 'tpu' is not one of 'auto', 'cpu',"
    " 'cuda'; see --help",
    f"{RUN} --corpus none.txt": f"no corpus or file named 'none.txt'; known: {CORPORA}",
    f"{RUN} --out words.txt": "--out words.txt: cannot be written: File exists; choose another",
    # corpora
    "train --out v.kv": "the corpus is given nowhere; give it as CORPUS or as --corpus",
    f"{TRAIN} --corpus lee": "the corpus is given twice; give it as CORPUS or as --corpus",
    "train words.txt": "Missing option '--out'; see --help",
    "train none.txt --out v.kv": f"no corpus or file named 'none.txt'; known: {CORPORA}",
    "train noise.bin --out v.kv": "noise.bin: looks binary; give UTF-8 text",
    "train empty.txt --out new/v.kv": "empty.txt: contains no words; give a text with words",
    "train folder --out v.kv": "folder: the folder holds no text files; give one with text files",
    "train wordsim353 --out v.kv": "'wordsim353' is not a corpus but an evaluation set for"
    f" similarity; choose from {CORPORA}, or give a text file",
    "train words.txt --out folder": "--out folder: is a folder; give the name of a file",
    "train words.txt --out words.txt/v.kv": "--out words.txt: cannot be written: File exists;"
    " choose another",
    # vectors
    "eval none.kv": "none.kv: cannot be read: No such file or directory",
    "eval folder": "folder: cannot be read: Is a directory",
    "eval noise.bin": "noise.bin: not word vectors: line 1 is not a word and numbers; " + VECTORS,
    "eval words.txt": "words.txt: not word vectors: line 1 is not a word and numbers; " + VECTORS,
    "eval empty.txt": "empty.txt: not word vectors: there are no numbers in it; " + VECTORS,
    "eval pickle": "pickle: not word vectors: the pickle in it is damaged; " + VECTORS,
    "eval none.kv --method 4cosadd": "Invalid value for '--method': '4cosadd' is not one of"
    " '3cosadd', '3cosmul', 'pairdirection', 'lrcos'; see --help",
    # the other verbs
    "fetch": "fetch: give names of data sets or --all, not both; see list datasets",
    "fetch lee --all": "fetch: give names of data sets or --all, not both; see list datasets",
    "fetch lee text": "no dataset named 'text'; did you mean 'text8' or 'text9'?",
    "fetch lee --from none": "--from none: is not a folder; give one that holds the files",
    "report none": "none/records.jsonl: cannot be read: No such file or directory",
    "report none nil": "report: give one folder without --out, or several with --out DIR",
    "compare none nil": "none/records.jsonl: cannot be read: No such file or directory",
    "list suits": "Invalid value for 'kind': 'suits' is not one of 'suites', 'settings',"
    " 'trainers', 'kernels', 'tasks', 'measures', 'datasets'; see --help",
    "lisst": "No such command 'lisst'. Did you mean 'list'?; see --help",
    "--wat": "No such option: --wat; see --help",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Change to a folder with a suite, and with files of all sorts."""
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(tmp_path / "cache"))
    here = tmp_path / "here"
    (here / "folder").mkdir(parents=True)
    for name in ("noise.bin", "folder/noise.bin"):
        (here / name).write_bytes(bytes(range(1, 256)) * 2)
    (here / "pickle").write_bytes(b"\x80\x04\xff\xfe")
    (here / "empty.txt").write_text("")
    (here / "words.txt").write_text("tiger cat\n" * 10)
    (here / "tiny.toml").write_text(
        'title = "T"\nquestion = "Q?"\ntrainers = ["sgns"]\n[[corpora]]\nname = "words.txt"\n'
    )
    monkeypatch.chdir(here)
    return here


@pytest.mark.parametrize("command", WRONG)
def test_a_wrong_input_is_one_line_and_exit_code_2(command, folder):
    before = {*folder.rglob("*")}

    result = CliRunner().invoke(app, command.split())

    *earlier, line = result.stderr.splitlines()
    assert (f"error: {WRONG[command]}", 2) == (line, result.exit_code)
    assert all(said.startswith(("reading ", "skipped, ")) for said in earlier)
    assert "" == result.stdout
    assert before == {*folder.rglob("*")}  # no empty folder is left


def fails(command, **streams):
    """Run a command in a process of its own; return its exit code and what it says of errors."""
    words = [sys.executable, "-m", "sgns_bench", *command.split()]
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False, **streams)
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["--help", "list settings", "fetch lee"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_an_output_that_is_full_is_one_line_and_exit_code_2(command, folder):
    with Path("/dev/full").open("w") as full:
        found = fails(command, stdout=full)

    assert (2, "error: the output cannot be written: No space left on device\n") == found


@pytest.mark.parametrize("command", ["--help", "list settings", "fetch lee"])
def test_an_output_that_nobody_reads_is_exit_code_1_without_a_word(command, folder):
    reader, writer = os.pipe()
    os.close(reader)

    assert (1, "") == fails(command, stdout=writer)

    os.close(writer)


@pytest.mark.skipif(os.name == "nt", reason="a process of Windows is given its output")
def test_without_an_output_a_command_does_its_work(folder):
    assert (0, "") == fails("fetch lee", preexec_fn=lambda: os.close(1))
