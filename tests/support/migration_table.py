"""The page on migration, `docs/migration.md`, and the table of differences in it. As a script it writes the table."""

from __future__ import annotations

import re
from pathlib import Path

from support.known_differences.all_differences import markdown

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
TABLE = re.compile(r"(?<=<!-- differences -->\n).*(?=<!-- /differences -->)", re.DOTALL)


def read() -> str:
    return PAGE.read_text(encoding="utf-8")


def with_table() -> str:
    """Return the page with the table as it must be."""
    return TABLE.sub(lambda _: f"\n{markdown()}\n", read())


if __name__ == "__main__":
    PAGE.write_text(with_table(), encoding="utf-8")
