"""Plot of one verification by library: one panel for each algorithm, on a linear axis, for README and docs.

The text is large and the panels are below each other, so that a phone can show the plot. A style sheet in the file
replaces the colors where the reader prefers a dark page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

import benches.targets as t
from benches.report.tables import format_us

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.axes import Axes

    from benches.comparisons.measurements import Measurement, Measurements

ALGORITHMS = (t.HS256, t.RS256, t.ES256, t.EDDSA)
BARS = {
    "fastjose, seen before": t.VERIFIER_CACHED,
    "fastjose": t.VERIFIER,
    "ryjwt": t.RYJWT_KEY,
    "oxyjwt": t.OXYJWT_KEY,
    "joserfc": t.JOSERFC_KEY,
    "python-jose": t.PYTHON_JOSE_KEY,
    "PyJWT": t.PYJWT_KEY,
}
"""Label and candidate of each bar, from top to bottom: each library with its key object."""
TEXT, MUTED, OURS, OTHERS = "#1f2328", "#59636e", "#1a7f5a", "#b6bec7"
DARK = {TEXT: "#f0f6fc", MUTED: "#9198a1", OURS: "#3fb984", OTHERS: "#4a525c"}
"""Color on a dark page of each color on a light one."""
WIDTH_INCHES, HEIGHT_INCHES, FONT_POINTS = 5.0, 8.6, 11.0

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fastjose",
    "font.family": "sans-serif",
    "font.size": FONT_POINTS,
    "text.color": TEXT,
}


def draw_speed(measurements: Measurements, path: Path) -> None:
    """Draw the plot to an SVG file."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), layout="constrained")
        figure.suptitle(
            "Time to verify one token, in µs: shorter is better", x=0.02, ha="left", size=FONT_POINTS, color=MUTED
        )
        for axes, algorithm in zip(figure.subplots(len(ALGORITHMS)), ALGORITHMS, strict=True):
            _draw_panel(axes, algorithm, measurements[algorithm])
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})
    path.write_text(_add_dark_colors(path.read_text(encoding="utf-8")), encoding="utf-8")


def _draw_panel(axes: Axes, algorithm: str, by_candidate: Mapping[str, Measurement]) -> None:
    longest_us = max(_get_median(by_candidate, candidate) or 0 for candidate in BARS.values())
    for height, (label, candidate) in zip(range(len(BARS), 0, -1), BARS.items(), strict=True):
        time_us = _get_median(by_candidate, candidate)
        is_ours = label.startswith("fastjose")
        color, weight = (OURS, "bold") if is_ours else (OTHERS, "normal")
        axes.barh(height, time_us or 0, color=color, height=0.72)
        text = _describe_missing(by_candidate, candidate) if time_us is None else format_us(time_us)
        start_us = (time_us or 0) + longest_us * 0.015
        axes.text(start_us, height, text, va="center", color=TEXT if time_us else MUTED, weight=weight)
        axes.text(-longest_us * 0.02, height, label, va="center", ha="right", color=TEXT, weight=weight)
    axes.set_title(algorithm, loc="left", size=FONT_POINTS + 2, weight="bold", color=TEXT)
    axes.set_xlim(0, longest_us * 1.14)
    axes.set_ylim(0.4, len(BARS) + 0.6)
    axes.axis("off")


def _get_median(by_candidate: Mapping[str, Measurement], candidate: str) -> float | None:
    measurement = by_candidate.get(candidate)
    return None if measurement is None or measurement.unavailable else measurement.median


def _describe_missing(by_candidate: Mapping[str, Measurement], candidate: str) -> str:
    return "not measured" if candidate in by_candidate else "not supported"


def _add_dark_colors(svg: str) -> str:
    """Return the file with a style sheet that replaces each color where the reader prefers a dark page."""
    rules = "".join(f'[style*="{light}"]{{fill:{dark}!important}}' for light, dark in DARK.items())
    start = svg.index("<defs>")
    return f"{svg[:start]}<style>@media (prefers-color-scheme: dark){{{rules}}}</style>\n {svg[start:]}"
