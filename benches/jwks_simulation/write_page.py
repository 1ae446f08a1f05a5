"""The page of the simulation: its table, and the plot of what the issuer is asked in each minute's busiest second."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[2]
PAGE, PLOT = ROOT / "docs" / "scale.md", ROOT / "docs" / "scale.svg"
OPEN, CLOSE = "<!-- scale -->\n", "<!-- /scale -->\n"
WORKERS = 10_000

mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "fastjose", "font.family": "sans-serif", "font.size": 9})


def simulate(series: Path) -> str:
    """Run the simulation and return its table; the series goes to a file."""
    command = ["cargo", "run", "--quiet", "--locked", "--example", "jwks_simulation", "--", str(WORKERS), str(series)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    return done.stdout


def read(series: Path) -> dict[str, list[int]]:
    """Return the requests a second, minute by minute, of each scenario."""
    scenarios: defaultdict[str, list[int]] = defaultdict(list)
    with series.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            scenarios[row["scenario"]].append(int(row["requests_per_second"]))
    return scenarios


def draw(scenarios: dict[str, list[int]]) -> None:
    """Draw one small plot for each scenario, on one scale."""
    figure = Figure(figsize=(8, 1.35 * len(scenarios)), layout="constrained")
    every_axes = figure.subplots(len(scenarios), sharex=True, sharey=True)
    for axes, (name, requests) in zip(every_axes, scenarios.items(), strict=True):
        axes.plot([minute / 60 for minute in range(len(requests))], requests, linewidth=0.8, color="#2a7f62")
        axes.set_title(name, loc="left", fontsize=9)
        axes.set_yscale("symlog", linthresh=10)
        axes.spines[["top", "right"]].set_visible(False)
    every_axes[-1].set_xlabel("hour of the day")
    figure.supylabel("requests a second, in the busiest second of each minute", fontsize=9)
    figure.savefig(PLOT, format="svg", metadata={"Date": None})


def main() -> int:
    """Write the page's table and the plot."""
    with tempfile.TemporaryDirectory() as folder:
        series = Path(folder, "series.csv")
        table = simulate(series)
        draw(read(series))
    before, rest = PAGE.read_text(encoding="utf-8").split(OPEN)
    after = rest.split(CLOSE)[1]
    PAGE.write_text(f"{before}{OPEN}\n{table}\n{CLOSE}{after}", encoding="utf-8")
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
