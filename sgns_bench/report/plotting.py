"""Draws figures with matplotlib as SVG, on a light card of their own by day and by night."""

import io
import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from sgns_bench.report import format
from sgns_bench.report.document import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.axis import XAxis, YAxis
else:  # matplotlib takes half a second to import: whoever draws, waits for it
    Axes = XAxis = YAxis = Any

WIDTH: Final = 4.8  # inches
INK: Final = "#1c2430"
FAINT: Final = "#a3acb8"
SERIES: Final = ("#0072b2", "#c45500", "#00805c", "#b3468a", "#8a6d00", "#2f8fc4", "#5b6470")
"""Okabe and Ito's colours, that colour-blind readers tell apart, darker for white paper."""
MARKERS: Final = "osD^vPX"
"""One for each of the series: colour alone tells nothing to some readers."""
STYLE: Final[Any] = {
    "axes.edgecolor": FAINT, "axes.grid": True, "axes.labelcolor": INK, "axes.spines.right": False,
    "axes.spines.top": False, "axes.axisbelow": True, "font.size": 9.5, "grid.color": FAINT,
    "grid.linewidth": 0.4, "legend.frameon": False, "svg.fonttype": "none",
    "text.color": INK, "xtick.color": FAINT, "ytick.color": FAINT, "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}  # fmt: skip


def style(series: int) -> dict[str, Any]:
    """Return colour and marker of the n-th series, from 0; after seven they begin again."""
    i = series % len(SERIES)
    return {"color": SERIES[i], "marker": MARKERS[i]}


def logarithmic(axis: XAxis | YAxis) -> None:
    """Make an axis logarithmic, with a few round numbers as its ticks."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    low, high = axis.get_data_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 1000 * low else (1,)))
    axis.set_major_formatter(lambda value, _: format.short(value))
    axis.set_minor_locator(NullLocator())


def setting(axes: Axes, name: str, values: Sequence[float]) -> None:
    """Make the horizontal axis one of a setting, with its values as ticks."""
    if min(values) > 0:
        axes.set_xscale("log")
    axes.set_xticks(values, [format.short(value) for value in values])
    axes.minorticks_off()
    axes.set_xlabel(format.name(name))


def picture(figure: Figure) -> str:
    """Return a figure as an ``svg`` element; the same figure gives the same text."""
    from matplotlib import style as styles
    from matplotlib.figure import Figure as Canvas

    buffer = io.StringIO()
    # The salt names what is referred to within a figure, apart from all others on the page.
    salt = {"svg.hashsalt": figure.title + figure.text}
    with styles.context(["default", STYLE | salt]):  # whatever the user's own style
        canvas = Canvas(figsize=(WIDTH, figure.height), layout="constrained")
        axes = canvas.subplots()
        figure.draw(axes)
        labels = axes.get_legend_handles_labels()[1]
        if len(labels) > 1:  # explained above the picture, which grows by as much
            columns = max(1, int(WIDTH * 72 // (4.6 * max(map(len, labels)) + 42)))  # that fit
            canvas.set_figheight(figure.height + 0.17 * -(-len(labels) // columns))
            canvas.legend(loc="outside upper left", ncols=columns, handlelength=1.5, fontsize=8.5)
        canvas.savefig(buffer, format="svg", metadata={"Date": None})
    _, _, body = buffer.getvalue().partition("<svg ")
    body = re.sub(r' id="[A-Za-z]+[\w.]*_\d+"', "", body)  # the same in each figure of a page
    return f'<svg role="img" aria-label="{escape(figure.title)}" {body}'
