"""Joins the line coverage of Rust and of Python to one figure, one table and one lcov file.

Rust's unit tests are part of the files that they test. Their lines do not count.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Hits = dict[int, int]
"""How often each line of a file ran."""
FOLDER_DEPTH = {"src": 2, "python": 3}
"""Of how many names the folders in the table consist, such as `src/jws` and `python/fastjose/_cli`."""
_UNIT_TESTS = re.compile(r"^#\[cfg\(test\)\]\nmod \w+ \{", re.MULTILINE)


def read_lcov(text: str, root: Path) -> dict[str, Hits]:
    """Return the hits of each file below `root`, by its relative path. A line of several records has their maximum."""
    files: dict[str, Hits] = {}
    hits: Hits = {}
    for line in text.splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            path = (root / value).resolve()
            hits = files.setdefault(path.relative_to(root).as_posix(), {}) if path.is_relative_to(root) else {}
        elif kind == "DA":
            number, count = map(int, value.split(",")[:2])
            hits[number] = max(hits.get(number, 0), count)
    return files


def without_unit_tests(hits: Hits, code: str) -> Hits:
    """Return `hits` up to the module of unit tests, with which a Rust file ends."""
    tests = _UNIT_TESTS.search(code)
    if tests is None:
        return hits
    first = code.count("\n", 0, tests.start()) + 1
    return {number: count for number, count in hits.items() if number < first}


def read_coverage(lcov_files: Iterable[Path], root: Path) -> dict[str, Hits]:
    """Return the hits of each Rust and Python file of the project."""
    files: dict[str, Hits] = {}
    for lcov in lcov_files:
        files |= read_lcov(lcov.read_text(encoding="utf-8"), root)
    for path, hits in files.items():
        if path.endswith(".rs"):
            files[path] = without_unit_tests(hits, (root / path).read_text(encoding="utf-8"))
    return {path: hits for path, hits in sorted(files.items()) if hits}


def write_lcov(files: dict[str, Hits]) -> str:
    """Return `files` in the format lcov, with relative paths."""
    lines: list[str] = []
    for path, hits in files.items():
        covered, total = count_lines([hits])
        lines += [f"SF:{path}", *(f"DA:{number},{count}" for number, count in sorted(hits.items()))]
        lines += [f"LF:{total}", f"LH:{covered}", "end_of_record"]
    return "".join(f"{line}\n" for line in lines)


def count_lines(files: Iterable[Hits]) -> tuple[int, int]:
    """Return how many lines ran, and how many there are."""
    counts = [count for hits in files for count in hits.values()]
    return sum(count > 0 for count in counts), len(counts)


def find_folder(path: str) -> str:
    """Return the folder in whose row `path` counts."""
    *folders, _ = path.split("/")
    return "/".join(folders[: FOLDER_DEPTH.get(folders[0], 1)])


def format_percent(covered: int, total: int) -> str:
    """Return a share with one digit, rounded down, so that 100.0 % is every line."""
    return f"{1000 * covered // total / 10:.1f} %" if total else "–"


def format_report(files: dict[str, Hits]) -> str:
    """Return the figure for both languages and a table of folders, in Markdown."""
    languages = {"Rust": ".rs", "Python": ".py"}
    parts = {
        name: count_lines(hits for path, hits in files.items() if path.endswith(suffix))
        for name, suffix in languages.items()
    }
    covered, total = count_lines(files.values())
    shares = ", ".join(f"{name} {format_percent(*part)}" for name, part in parts.items())
    folders: defaultdict[str, list[Hits]] = defaultdict(list)
    for path, hits in files.items():
        folders[find_folder(path)].append(hits)
    rows = [(folder, *count_lines(hits)) for folder, hits in sorted(folders.items())]
    return "\n".join(
        [
            f"Lines covered: {format_percent(covered, total)} ({covered:,} of {total:,}; {shares})",
            "",
            "| folder | lines | covered | share |",
            "|---|--:|--:|--:|",
            *(f"| `{folder}` | {of:,} | {ran:,} | {format_percent(ran, of)} |" for folder, ran, of in rows),
            "",
        ]
    )
