"""The plot: how many times as fast, with a mark where the target is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

from benches.targets import Measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benches.comparisons.target_results import Outcome

REACHED, MISSED, MARK = "#2a7f62", "#c8553d", "#222222"
INCHES_A_BAR = 0.32

mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "fastjose", "font.family": "sans-serif", "font.size": 9})


def draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """Draw those targets that are ratios, as an SVG."""
    drawn = [outcome for outcome in outcomes if outcome.target.measure is Measure.TIMES]
    figure = Figure(figsize=(10, 1.2 + INCHES_A_BAR * len(drawn)), layout="constrained")
    axes = figure.subplots()
    heights = range(len(drawn), 0, -1)
    seen, limits = [outcome.seen for outcome in drawn], [outcome.target.limit for outcome in drawn]
    axes.barh(heights, seen, color=[REACHED if outcome.reached else MISSED for outcome in drawn], height=0.6)
    axes.scatter(limits, heights, marker="|", s=160, color=MARK)
    for outcome, height in zip(drawn, heights, strict=True):
        right = max(outcome.seen, outcome.target.limit)
        axes.annotate(outcome.seen_text, (right, height), xytext=(6, 0), textcoords="offset points", va="center")
    axes.set_yticks(heights, [_label(outcome) for outcome in drawn])
    axes.set_xscale("log")
    axes.set_xlim(left=0.8, right=2 * max(seen))
    axes.set_ylim(0.4, len(drawn) + 0.6)
    axes.set_xlabel("times as fast (logarithmic); | is the target")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _label(outcome: Outcome) -> str:
    target = outcome.target
    return f"{target.contest}: {target.work} / {target.against}".replace("`", "")
