"""Every block of code in the README and in the documentation runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sgns_bench import datasets, kernels, measures, tasks, trainers

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = {"python", "sh"}
FENCE = re.compile(
    r"^(?:<!-- not run: ?(?P<reason>.*?) ?-->\n)?"
    r'^```(?P<language>\w+)?(?: title="(?P<title>.+?)")?\n'
    r"(?P<code>.*?)"
    r"^```$",
    re.MULTILINE | re.DOTALL,
)
ROOMS = {"trainers": trainers, "kernels": kernels, "tasks": tasks, "measures": measures}


class Block(NamedTuple):
    """A fenced block; a reason says why it does not run, a title is the name of its file."""

    reason: str | None
    language: str | None
    title: str | None
    code: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in FENCE.finditer(text):
        yield Block(**found.groupdict(), line=text.count("\n", 0, found.start("code")))


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def run_python(block: Block, page: Path, namespace: dict) -> None:
    """Run a block in the page's namespace; a traceback shows the line of the page."""
    exec(compile("\n" * block.line + block.code, page, "exec"), namespace)


def run_shell(block: Block, page: Path) -> None:
    done = subprocess.run(["bash", "-ec", block.code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{name_of(page)}:{block.line}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Return a cache that all pages share, with nothing fetched."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(tmp_path, cache, monkeypatch):
    """Go to a folder with my.txt, where ``python`` is this interpreter."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(python.parent), prepend=":")
    monkeypatch.setenv("SGNS_BENCH_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.txt").write_bytes(datasets.load("lee").local_path().read_bytes())
    for room, package in ROOMS.items():  # where pages put plugins of their own
        own = str(tmp_path / "sgns_bench" / room)
        monkeypatch.setattr(package, "__path__", [*package.__path__, own])
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="pages are written for a Unix shell")
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_a_page_runs_in_the_order_of_the_page(page, folder):
    namespace = {"__name__": "__main__"}
    for block in blocks(page):
        if block.title:
            file = folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.code, "utf-8")
        elif block.reason is None and block.language == "python":
            run_python(block, page, namespace)
        elif block.reason is None and block.language == "sh":
            run_shell(block, page)


def test_every_block_that_does_not_run_says_why():
    reasons = [b.reason for page in PAGES for b in blocks(page) if b.reason is not None]

    assert len(reasons) > 0
    assert [] == [reason for reason in reasons if len(reason.split()) < 2]


def test_at_least_four_fifths_of_all_blocks_run():
    code = [b for page in PAGES for b in blocks(page) if b.language in LANGUAGES]

    assert sum(block.reason is None for block in code) >= 0.8 * len(code)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_block_escapes_the_tests(page):
    fences = [line for line in page.read_text("utf-8").split("\n") if "```" in line]

    assert 2 * len([*blocks(page)]) == len(fences)
    assert {block.language for block in blocks(page)} <= {
        *LANGUAGES,
        "toml",
        "text",
        None,
    }
