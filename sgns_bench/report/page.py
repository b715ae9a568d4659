"""Writes reports as one self-contained HTML file, for a screen or paper."""

import re
from html import escape
from typing import Final

from sgns_bench.report import plotting
from sgns_bench.report.document import Report

LONG: Final = 14
"""Tables with more rows are folded."""

_MARKS: Final = {
    r"\*\*(.+?)\*\*": r"<strong>\1</strong>",
    r"\*(.+?)\*": r"<em>\1</em>",
    r"`(.+?)`": r"<code>\1</code>",
}


def write(report: Report) -> str:
    """Return a report as an HTML document."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("sgns_bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "kind": lambda part: type(part).__name__, "picture": plotting.picture, "LONG": LONG,
    }  # fmt: skip
    environment.filters |= {
        "inline": lambda line: Markup(inline(line)),
        "cell": lambda text: Markup(cell(text)),
        "paragraph": lambda part: Markup(paragraph(part)),
    }
    return environment.get_template("page.html.jinja").render(report=report)


def inline(line: str) -> str:
    """Convert a line of Markdown to HTML; only bold, emphasis and code are supported."""
    html = escape(line, quote=False)
    for mark, element in _MARKS.items():
        html = re.sub(mark, element, html)
    return html


def cell(text: str) -> str:
    """Convert a cell to HTML: its first line, and a block of the second, brackets in small."""
    number, _, verdict = inline(text).partition("\n")
    verdict = re.sub(r"\(.+?\)", r"<small>\g<0></small>", verdict)
    return f"{number}<span>{verdict}</span>" if verdict else number


def paragraph(part: str) -> str:
    """Convert a Markdown paragraph, list of ``-`` lines or code block to HTML."""
    if part.startswith("```"):
        return f"<pre><code>{escape(part.strip('`').strip())}</code></pre>"
    if part.startswith("- "):
        items = part.removeprefix("- ").split("\n- ")
        return f"<ul>{''.join(f'<li>{inline(item)}</li>' for item in items)}</ul>"
    return f"<p>{inline(part)}</p>"
