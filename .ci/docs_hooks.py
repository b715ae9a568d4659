"""Prepare the documentation: its reports, and the roles in docstrings.

Pages link to reports as they lie in the repository; in the site they lie in a folder of their own.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
ROLE = re.compile(r":(?:attr|class|func|meth|mod):<code>(?:~(?:\w+\.)*)?")  # of Sphinx
OUT_OF_DOCS = re.compile(r"\]\(\.\./((?:\.\./)*reports/)")


def on_files(files: Files, config: Any) -> Files:
    """Add each report, as a page and as the file that opens in a browser."""
    for pattern in ("reports/*.md", "reports/*/report.md", "reports/*/report.html"):
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Make links to reports relative to docs/; leave reports out of the search."""
    if page.file.src_uri.startswith("reports/"):
        page.meta["search"] = {"exclude": True}
    return OUT_OF_DOCS.sub(r"](\1", markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Show :func:`name` of a docstring as the name alone."""
    return ROLE.sub("<code>", html)
