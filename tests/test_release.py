"""What is said of a version is the same everywhere."""

import re
from pathlib import Path

import sgns_bench

ROOT = Path(__file__).parents[1]


def test_the_newest_version_of_the_changelog_is_this_one():
    versions = re.findall(r"^## (\S+) - ", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert sgns_bench.__version__ == versions[0]


def test_the_citation_is_of_this_version():
    (version,) = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)

    assert sgns_bench.__version__ == version


def test_the_release_workflow_finds_the_version_where_it_stands():
    line = f'__version__ = "{sgns_bench.__version__}"'

    assert line in (ROOT / "sgns_bench" / "__init__.py").read_text("utf-8").split("\n")
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    assert r'grep -qx "__version__ = \"${GITHUB_REF_NAME#v}\"" sgns_bench/__init__.py' in workflow
