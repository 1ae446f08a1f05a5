"""The page on python-jose, `docs/migration/python-jose.md`, and its table of differences.

As a script, the module writes the table.
"""

from __future__ import annotations

import re
from pathlib import Path

from support.python_jose.known_differences.all_differences import render_markdown

PAGE = Path(__file__).parents[3] / "docs" / "migration" / "python-jose.md"
TABLE = re.compile(r"(?<=<!-- differences -->\n).*(?=<!-- /differences -->)", re.DOTALL)


def read_page() -> str:
    """Return the page as it is on disk."""
    return PAGE.read_text(encoding="utf-8")


def render_page() -> str:
    """Return the page with the current table."""
    return TABLE.sub(lambda _: f"\n{render_markdown()}\n", read_page())


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
