"""Draws figures with matplotlib as SVG, on a light background in dark mode too."""

import io
import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sgns_bench.report import format
from sgns_bench.report.document import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.axis import XAxis, YAxis
else:  # matplotlib takes half a second to import: only drawing imports it
    Axes = XAxis = YAxis = Any

WIDTH: Final = 4.8  # inches
INK: Final = "#1c2430"
FAINT: Final = "#a3acb8"
SERIES: Final = ("#0072b2", "#c45500", "#00805c", "#b3468a", "#8a6d00", "#2f8fc4", "#5b6470")
"""Okabe and Ito's colours for colour-blind readers, darkened for a white background."""
MARKERS: Final = "osD^vPX"
"""A marker for each colour, for readers who cannot tell the colours apart."""
STYLE: Final[Any] = {
    "axes.edgecolor": FAINT, "axes.grid": True, "axes.labelcolor": INK, "axes.spines.right": False,
    "axes.spines.top": False, "axes.axisbelow": True, "font.size": 9.5, "grid.color": FAINT,
    "grid.linewidth": 0.4, "legend.frameon": False, "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar in a name is a dollar
    "text.color": INK, "xtick.color": FAINT, "ytick.color": FAINT, "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}  # fmt: skip


def style(series: int) -> dict[str, Any]:
    """Return colour and marker of a series, numbered from 0; they repeat after seven."""
    i = series % len(SERIES)
    return {"color": SERIES[i], "marker": MARKERS[i]}


def fences(values: Sequence[float], *, least: float) -> tuple[float, float]:
    """Return the limits beyond which values are far out (Tukey 1977).

    They are three quartile ranges, of at least ``least``, off the quartiles.
    """
    first, third = np.quantile(values, [0.25, 0.75])
    reach = 3 * max(float(third - first), least)
    return float(first) - reach, float(third) + reach


def logarithmic(axis: XAxis | YAxis) -> None:
    """Make an axis logarithmic, with ticks at a few round numbers."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    low, high = axis.get_data_interval()
    subs = (1, 2, 5) if high < 50 * low else (1, 3) if high < 1000 * low else (1,)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(lambda value, _: format.short(value))
    axis.set_minor_locator(NullLocator())


def setting(axes: Axes, name: str, values: Sequence[float]) -> None:
    """Label the horizontal axis with a setting and its values."""
    if min(values) > 0:
        axes.set_xscale("log")
    axes.set_xticks(values, [format.short(value) for value in values])
    axes.minorticks_off()
    axes.set_xlabel(format.name(name))


def picture(figure: Figure) -> str:
    """Return a figure as an ``svg`` element; equal figures give equal text."""
    from matplotlib import style as styles
    from matplotlib.figure import Figure as Canvas

    buffer = io.StringIO()
    # The salt makes the ids within a figure different from those of other figures on the page.
    salt = {"svg.hashsalt": figure.title + figure.text}
    with styles.context(["default", STYLE | salt]):  # ignore the user's own style
        canvas = Canvas(figsize=(WIDTH, figure.height), layout="constrained")
        axes = canvas.subplots()
        figure.draw(axes)
        labels = axes.get_legend_handles_labels()[1]
        if len(labels) > 1:  # put the legend above the axes, and make room for it
            columns = max(1, int(WIDTH * 72 // (4.6 * max(map(len, labels)) + 42)))  # as fit
            canvas.set_figheight(figure.height + 0.17 * -(-len(labels) // columns))
            canvas.legend(loc="outside upper left", ncols=columns, handlelength=1.5, fontsize=8.5)
        canvas.savefig(buffer, format="svg", metadata={"Date": None})
    _, _, body = buffer.getvalue().partition("<svg ")
    body = re.sub(r' id="[A-Za-z]+[\w.]*_\d+"', "", body)  # ids that all figures of a page share
    return f'<svg role="img" aria-label="{escape(figure.title)}" {body}'
