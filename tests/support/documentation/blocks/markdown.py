"""The code blocks of a page, as CommonMark reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ROOT = Path(__file__).parents[4]
PATTERNS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md", "examples/*/README.md")
PAGES = sorted(path.relative_to(ROOT).as_posix() for pattern in PATTERNS for path in ROOT.glob(pattern))
TITLE = re.compile(r'\btitle="([^"]+)"')
CONTINUES = re.compile(r"<!--\s*continues\s*-->")
"""A comment that no reader sees. The block after it runs with the names of the blocks before it."""


@dataclass(frozen=True)
class Block:
    """A code block: where it is, its language, and the file that its reader saves it as, if the block has a title."""

    page: str
    line: int
    language: str
    code: str
    title: str | None = None
    continues: bool = False

    @property
    def where(self) -> str:
        """Return the page and the line of the first line of code."""
        return f"{self.page}:{self.line}"

    @property
    def first_line(self) -> str:
        """Return the first line of code, by which the tables of claims name the block."""
        return self.code.partition("\n")[0]


def read_page(page: str) -> list[Block]:
    """Return the blocks of a page of this project."""
    return list(find_blocks(page, (ROOT / page).read_text(encoding="utf-8")))


def find_block(page: str, words: str, language: str = "python") -> Block:
    """Return the only block in `language` on `page` that contains `words`."""
    (found,) = (block for block in read_page(page) if block.language == language and words in block.code)
    return found


def find_blocks(page: str, text: str) -> Iterator[Block]:
    """Yield the blocks of `text`. An indented block, and a fence without a language, have the language ""."""
    before: Token | None = None
    for token in MarkdownIt().parse(text):
        if token.type in {"fence", "code_block"}:
            yield _create_block(page, token, before)
        if token.nesting == 0 and token.type != "inline":
            before = token


def _create_block(page: str, token: Token, before: Token | None) -> Block:
    assert token.map is not None
    language, _, options = token.info.strip().partition(" ")
    title = TITLE.search(options)
    return Block(
        page,
        line=token.map[0] + (2 if token.type == "fence" else 1),
        language=language,
        code=token.content,
        title=title and title[1],
        continues=before is not None and before.type == "html_block" and bool(CONTINUES.search(before.content)),
    )
