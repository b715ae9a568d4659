"""The reference names what there is, and nothing else."""

import re
from pathlib import Path

import pytest
import typer

import sgns_bench
from sgns_bench.bench.suite import Limit, ScoredCorpus, Suite, Variant
from sgns_bench.cli.app import app
from sgns_bench.cli.options import COMMON
from sgns_bench.config import SkipGramConfig
from sgns_bench.datasets import Dataset

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = typer.main.get_command(app).commands
SETTINGS = {f"--{name.replace('_', '-')}" for name in COMMON} | {"--set"}


def section(page, title):
    """Return what stands under a heading, up to the next one of its level."""
    text = (DOCS / page).read_text("utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text):
    """Return the names in code in the first column of tables."""
    cells = re.findall(r"^\| (`.*?) \| ", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(.+?)`", cell)}


def options(command):
    flags = [flag for param in COMMANDS[command].params for flag in param.opts]
    return {flag for flag in flags if flag.startswith("--")} - SETTINGS - {"--help"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_of_the_command_line_has_every_option_of_a_command_and_no_other(command):
    named = {name.split()[0] for name in first_cells(section("reference/cli.md", command))}

    assert options(command) == {name for name in named if name.startswith("--")}


def test_the_page_of_the_command_line_has_every_setting_with_an_option_of_its_own():
    named = {name.split()[0] for name in first_cells(section("reference/cli.md", "Settings"))}

    assert named == SETTINGS


@pytest.mark.parametrize(
    ("title", "model", "nested"),
    [("Keys", Suite, {"name"}), ("Corpora", ScoredCorpus, set()), ("Variants", Variant, set())],
)
def test_the_page_of_suite_files_has_every_key(title, model, nested):
    assert {*model.model_fields} - nested == first_cells(section("reference/suite.md", title))


def test_the_page_of_suite_files_has_the_key_of_limits():
    assert all(f"`{key}`" in section("reference/suite.md", "Keys") for key in Limit.model_fields)


def test_the_page_of_suite_files_has_every_setting_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section("reference/suite.md", "Settings"), re.M)
    shown = dict(rows)
    defaults = SkipGramConfig().as_dict() | {"workers": "all cores"}

    assert {name: str(value).lower() for name, value in defaults.items()} == {
        name: value.strip('"') for name, value in shown.items()
    }


def test_the_page_of_data_sets_has_every_key_of_a_manifest():
    named = {name.strip("[]") for name in first_cells(section("extend/dataset.md", "Keys"))}

    assert {*Dataset.model_fields} - {"name"} == named | {"path"}


def test_the_page_of_python_has_every_public_name():
    page = (DOCS / "reference" / "api.md").read_text("utf-8")
    shown = re.findall(r"^::: sgns_bench\.\S*?(\w+)$", page, re.MULTILINE)

    assert sorted(sgns_bench.__all__) == sorted(shown)
