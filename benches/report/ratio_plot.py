"""Plot of the speed-up targets: measured ratios as bars, limits as marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

from benches.targets import Measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benches.comparisons.target_results import TargetResult

REACHED_COLOR, MISSED_COLOR, LIMIT_COLOR = "#2a7f62", "#c8553d", "#222222"
INCHES_PER_BAR = 0.32

mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "fastjose", "font.family": "sans-serif", "font.size": 9})


def draw_ratios(results: Sequence[TargetResult], path: Path) -> None:
    """Draw the results measured in `TIMES_AS_FAST` to an SVG file."""
    measured = ((result, result.value) for result in results if result.target.measure is Measure.TIMES_AS_FAST)
    drawn, ratios = zip(*((result, value) for result, value in measured if value is not None), strict=True)
    figure = Figure(figsize=(10, 1.2 + INCHES_PER_BAR * len(drawn)), layout="constrained")
    axes = figure.subplots()
    heights = range(len(drawn), 0, -1)
    limits = [result.target.limit for result in drawn]
    colors = [REACHED_COLOR if result.is_reached else MISSED_COLOR for result in drawn]
    axes.barh(heights, ratios, color=colors, height=0.6)
    axes.scatter(limits, heights, marker="|", s=160, color=LIMIT_COLOR)
    for result, ratio, height in zip(drawn, ratios, heights, strict=True):
        right = max(ratio, result.target.limit)
        axes.annotate(result.value_text, (right, height), xytext=(6, 0), textcoords="offset points", va="center")
    axes.set_yticks(heights, [_format_label(result) for result in drawn])
    axes.set_xscale("log")
    axes.set_xlim(left=0.8, right=2 * max(ratios))
    axes.set_ylim(0.4, len(drawn) + 0.6)
    axes.set_xlabel("times as fast (logarithmic); | marks the target")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _format_label(result: TargetResult) -> str:
    target = result.target
    return f"{target.comparison}: {target.candidate} / {target.baseline}".replace("`", "")
