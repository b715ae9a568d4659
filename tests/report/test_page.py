"""The page needs nothing but itself, and shows what the records hold."""

import os
import re
import shutil
from html.parser import HTMLParser

import pytest

from sgns_bench import report
from sgns_bench.report import page
from sgns_bench.report.document import Report, Section, Table

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SIZES = [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")]


@pytest.fixture(scope="module")
def html(grid, practice):
    records = [*grid, *practice]
    return page.write(report.build(records))


class _Tags(HTMLParser):
    """Collects the elements of a page, and complains of those that are not closed."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self):
        super().__init__()
        self.open, self.found = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert tag == self.open.pop()


def table(*rows, header=("name", "value"), **options):
    part = Table(header, rows, left=1, **options)
    return Report("T", "Q?", Section("Answer", ["A."]), [Section("S", [part])])


def test_every_element_is_closed_and_every_id_is_there_once(html):
    tags = _Tags()

    tags.feed(html)

    assert [] == tags.open
    ids = [attributes["id"] for _, attributes in tags.found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_nothing_is_fetched_from_elsewhere(html):
    links = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')\s>]+)', html)

    assert {link for link in links if not link.startswith(("#", "data:"))} == set()
    assert "@import" not in html


def test_text_of_records_cannot_become_markup():
    text = page.write(table(["<script>alert(1)</script>", "**<b>** & `x`"]))

    assert "&lt;script&gt;alert(1)" in text
    assert "><strong>&lt;b&gt;</strong> &amp; <code>x</code></td>" in text


def test_a_verdict_stands_below_its_number_and_its_interval_is_kept_together():
    text = page.write(table(["sgns", "2.4\n*worse* (-1.0 to -0.1)"]))

    verdict = "<span><em>worse</em> <small>(-1.0 to -0.1)</small></span>"
    assert f'<td data-head="value">2.4{verdict}</td>' in text


def test_long_tables_and_details_are_folded():
    rows = [[str(i), "1"] for i in range(page.LONG + 1)]
    detail = Section("Sections", table(*rows[:1]).sections[0].parts, folded=True)

    assert "<details>" not in page.write(table(*rows[:-1]))
    assert f"<summary>The table, rows: {len(rows)}" in page.write(table(*rows))
    text = page.write(Report("T", "Q?", Section("Answer", [detail]), []))
    assert "<summary>Sections</summary>" in text
    assert "<h3>" not in text


@pytest.fixture(scope="module")
def chromium():
    """Start a browser, or say why there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        path = os.environ.get("CHROMIUM", CHROMIUM)
        try:
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium starts: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, html, tmp_path):
    """Return a function that opens the page, and the list of all that went wrong or outside."""
    path = tmp_path / "report.html"
    path.write_text(html, "utf-8")
    complaints = []

    def open_(width, scheme):
        tab = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme
        ).new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: complaints.append(request.url))
        tab.goto(path.as_uri())
        complaints.remove(path.as_uri())
        return tab

    open_.complaints = complaints
    return open_


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_figures_fit_the_screen_text_stands_out_and_nothing_is_fetched(opened, width, scheme):
    tab = opened(width, scheme)

    def luminance(selector, name):
        rule = f"e => getComputedStyle(e).{name}"
        numbers = re.findall(r"[\d.]+", tab.locator(selector).first.evaluate(rule))
        return _luminance([int(number) for number in numbers[:3]])

    boxes = [figure.bounding_box() for figure in tab.locator("figure svg").all()]
    assert len(boxes) > 4
    assert all(box["width"] > 250 and box["height"] > 60 for box in boxes)
    assert all(box["x"] + box["width"] <= width for box in boxes)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    paper, card = (luminance(of, "backgroundColor") for of in ("body", "figure svg"))
    assert (paper > 0.5) == (scheme == "light")
    inks = {luminance(of, "color"): paper for of in ("h1", ".question", "figcaption", "summary")}
    for ink, ground in [*inks.items(), (luminance("figure svg text", "fill"), card)]:
        assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4.5  # WCAG 2, 1.4.3
    texts = [text.bounding_box() for text in tab.locator("svg text").all()[:20]]
    assert min(max(box["height"], box["width"]) for box in texts) >= 9  # some are turned
    assert [] == opened.complaints


def _luminance(rgb):
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)
    ]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.browser
def test_a_table_that_scrolls_says_so(opened):
    tab = opened(400, "light")

    wide = tab.locator(".scroll:visible").evaluate_all(
        "tables => tables.map(t => [t.scrollWidth > t.clientWidth, t.classList.contains('more')])"
    )

    assert any(scrolls for scrolls, _ in wide)
    assert all(scrolls == says for scrolls, says in wide)


@pytest.mark.browser
def test_details_open_on_demand_and_on_paper(opened):
    tab = opened(400, "light")
    fold = tab.locator("figure details").first
    inside = fold.locator("table")

    hidden = inside.is_visible()
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")

    assert not hidden
    assert inside.is_visible()
