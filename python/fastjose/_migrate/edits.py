"""Replacements in the text of a Python file, by the positions of its syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

NEWLINE: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Edit:
    """One replacement in the text of a Python file.

    Attributes:
        start: Index of the first character of `old` in the text.
        line: Line number of `start`, beginning with 1.
        old: The replaced text.
        new: The replacement.
    """

    start: int
    line: int
    old: str
    new: str


class Source:
    """The text of a Python file, with the positions of its syntax tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_starts = [0, *(newline.end() for newline in NEWLINE.finditer(text))]

    def index(self, line: int, column: int) -> int:
        """Return the index of a position. `line` begins with 1, `column` with 0 and is in UTF-8 bytes."""
        start = self._line_starts[line - 1]
        before = self.text[start : start + column].encode()[:column]
        return start + len(before.decode())

    def span(self, node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
        """Return the indexes of the start and the end of a node."""
        start = self.index(node.lineno, node.col_offset)
        return start, self.index(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def line_number(self, index: int) -> int:
        """Return the line number of an index, beginning with 1."""
        return len(NEWLINE.findall(self.text, 0, index)) + 1

    def build_edit(self, start: int, old: str, new: str) -> Edit:
        """Return the replacement of `old` at the index `start`."""
        return Edit(start, self.line_number(start), old, new)


def parse(text: str) -> ast.Module:
    """Return the syntax tree of the text, without Python's warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about invalid escapes in the user's strings
        return ast.parse(text)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with the replacements made."""
    for edit in reversed(edits):
        text = text[: edit.start] + edit.new + text[edit.start + len(edit.old) :]
    return text
