"""Write the table of `docs/internals/scale.md` and its plot: requests per second at the issuer, by scenario."""

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
PAGE, PLOT = (ROOT / "docs" / "internals" / name for name in ("scale.md", "scale.svg"))
TABLE_START, TABLE_END = "<!-- scale -->\n", "<!-- /scale -->\n"
WORKERS = 10_000

mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "fastjose", "font.family": "sans-serif", "font.size": 9})


def run_simulation(series_file: Path) -> str:
    """Run the simulation. Return its table; the time series is written to `series_file`."""
    example = ["--example", "jwks_simulation", "--", str(WORKERS), str(series_file)]
    command = ["cargo", "run", "--quiet", "--locked", "--release", *example]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own


def read_series(series_file: Path) -> dict[str, list[int]]:
    """Return the requests per second of each scenario, minute by minute."""
    scenarios: defaultdict[str, list[int]] = defaultdict(list)
    with series_file.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            scenarios[row["scenario"]].append(int(row["requests_per_second"]))
    return scenarios


def draw_plot(scenarios: dict[str, list[int]]) -> None:
    """Draw a small plot for each scenario, all with the same axes."""
    figure = Figure(figsize=(8, 1.35 * len(scenarios)), layout="constrained")
    all_axes = figure.subplots(len(scenarios), sharex=True, sharey=True)
    for axes, (name, requests) in zip(all_axes, scenarios.items(), strict=True):
        axes.plot([minute / 60 for minute in range(len(requests))], requests, linewidth=0.8, color="#2a7f62")
        axes.set_title(name, loc="left", fontsize=9)
        axes.set_yscale("symlog", linthresh=10)
        axes.spines[["top", "right"]].set_visible(False)
    all_axes[-1].set_xlabel("hour of the day")
    figure.supylabel("requests per second, in the busiest second of each minute", fontsize=9)
    figure.savefig(PLOT, format="svg", metadata={"Date": None})


def replace_table(table: str) -> None:
    """Replace the table between the two HTML comments of the page."""
    before, rest = PAGE.read_text(encoding="utf-8").split(TABLE_START)
    after = rest.split(TABLE_END)[1]
    PAGE.write_text(f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}", encoding="utf-8")


def main() -> int:
    """Write the table and the plot."""
    with tempfile.TemporaryDirectory() as folder:
        series_file = Path(folder, "series.csv")
        table = run_simulation(series_file)
        draw_plot(read_series(series_file))
    replace_table(table)
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
