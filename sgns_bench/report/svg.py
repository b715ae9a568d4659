"""Draws figures as SVG that takes its colours and its font from the page around it."""

import io
import math
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from sgns_bench.report import text
from sgns_bench.report.document import Figure

if TYPE_CHECKING:
    from matplotlib.axis import XAxis, YAxis
    from matplotlib.figure import Figure as Canvas

# matplotlib takes half a second to import: whoever draws, waits for it.

WIDTH: Final = 4.8  # inches

INK: Final = "#010203"
FAINT: Final = "#040506"
SERIES: Final = tuple(f"#0a00{i:02x}" for i in range(1, 8))
"""Stand-ins that no other colour looks like: the page says what they are, by day and by night."""
MARKERS: Final = "osD^vPX"
"""One for each of the series: colour alone tells nothing to some readers."""

_VARIABLES: Final = {INK: "var(--ink)", FAINT: "var(--faint)"} | {
    colour: f"var(--series-{i})" for i, colour in enumerate(SERIES, start=1)
}
_STEPS: Final = ((1,), (1, 2, 5), (1, 1.5, *range(2, 10)), [n / 10 for n in range(10, 100)])
_STYLE: Final[Any] = {
    "axes.edgecolor": FAINT, "axes.labelcolor": INK, "axes.spines.right": False,
    "axes.spines.top": False, "axes.axisbelow": True, "font.size": 9.5, "grid.color": FAINT,
    "grid.linewidth": 0.4, "legend.frameon": False, "legend.labelcolor": INK,
    "svg.fonttype": "none", "text.color": INK, "xtick.color": FAINT, "ytick.color": FAINT,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK,
}  # fmt: skip


def style(series: int) -> dict[str, Any]:
    """Return colour and marker of the n-th series, from 0; after seven they begin again."""
    i = series % len(SERIES)
    return {"color": SERIES[i], "marker": MARKERS[i]}


def logarithmic(axis: "XAxis | YAxis", values: Iterable[float]) -> None:
    """Make an axis logarithmic, with a few round numbers as its ticks."""
    low, high = min(values := list(values)), max(values)
    margin = (high / low) ** 0.06 if high > low else 1.5
    ticks = _ticks(low / margin, high * margin)
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_ticks(ticks, [text.short(tick) for tick in ticks])
    axis.set_ticks([], minor=True)
    axis.axes.set(**{f"{axis.axis_name}lim": (low / margin, high * margin)})


def _ticks(low: float, high: float) -> list[float]:
    """Two to seven round numbers between two others."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = decades[:: 1 + (len(decades) - 1) // 7]
    for steps in _STEPS:
        ticks = [float(f"{step:g}e{n}") for n in every for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) > 2:
            return ticks[:: 1 + len(ticks) // 8]
    return [low, high]


def draw(figure: Figure) -> str:
    """Return a figure as an ``svg`` element; the same figure gives the same text."""
    from matplotlib import style as styles
    from matplotlib.figure import Figure as Canvas

    buffer = io.StringIO()
    # The salt names what is referred to within a figure, apart from all others on the page.
    salt = {"svg.hashsalt": figure.title + figure.text}
    with styles.context(["default", _STYLE | salt]):  # whatever the user's own style
        canvas = Canvas(figsize=(WIDTH, figure.height), layout="constrained")
        axes = canvas.subplots()
        figure.draw(axes)
        _legend(canvas, axes.get_legend_handles_labels()[1])
        canvas.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _embedded(buffer.getvalue(), figure)


def _legend(canvas: "Canvas", labels: Sequence[str]) -> None:
    """Explain several series above the picture, which grows by as much."""
    if len(labels) > 1:
        columns = max(1, int(WIDTH * 72 // (4.6 * max(map(len, labels)) + 42)))  # that fit
        canvas.set_figheight(canvas.get_figheight() + 0.17 * -(-len(labels) // columns))
        canvas.legend(loc="outside upper left", ncols=columns, handlelength=1.5, fontsize=8.5)


def _embedded(svg: str, figure: Figure) -> str:
    """Return the element without what a file of its own would need."""
    body = svg[svg.index("<svg") :].split(">", 1)[1]
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' id="[a-z]+[\w.]*_\d+"', "", body)  # nothing refers to them
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"\s*\n\s*", "\n", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    size = re.search(r'viewBox="([^"]*)"', svg)
    assert size is not None  # matplotlib writes one
    label = f"<title>{escape(figure.title, False)}</title><desc>{escape(figure.text, False)}</desc>"
    return f'<svg role="img" viewBox="{size[1]}" xmlns="http://www.w3.org/2000/svg"' + (
        f' xmlns:xlink="http://www.w3.org/1999/xlink">{label}{body}'.rstrip()
    )
