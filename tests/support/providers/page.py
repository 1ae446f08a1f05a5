"""The page `docs/guide/providers.md`: its table, and the blocks of each section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "guide" / "providers.md"

ROW = re.compile(r"^\| \[([^\]]+)\]\(#[^)]+\) \| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|$", flags=re.MULTILINE)
"""A row of the table. Its links are tested with those of all pages."""


@dataclass(frozen=True)
class Row:
    """A row of the table: the section that verifies the token, and what its cells say."""

    section: str
    name: str
    result: str
    grants: str

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the row."""
        return self.section, self.name


@dataclass(frozen=True)
class Section:
    """A section of the page: its text, and its blocks: of Python, and of environment variables."""

    text: str
    code: str
    environment: str | None


def read_rows() -> list[Row]:
    """Return the rows of the table."""
    page = PAGE.read_text(encoding="utf-8")
    return [Row(*cells) for cells in ROW.findall(page)]


@cache
def read_sections() -> dict[str, Section]:
    """Return the sections that have a block of code, by their heading."""
    page = PAGE.read_text(encoding="utf-8")
    texts = re.findall(r"^###? ([^\n]+)\n(.*?)(?=^###? |\Z)", page, flags=re.MULTILINE | re.DOTALL)
    return {heading: _read_section(text) for heading, text in texts if "```python" in text}


def _read_section(text: str) -> Section:
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    environment = re.findall(r"```dotenv\n(.*?)```", text, flags=re.DOTALL)
    assert len(environment) <= 1, text
    return Section(text, code, *environment or [None])
