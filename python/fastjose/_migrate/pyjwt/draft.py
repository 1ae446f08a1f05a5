"""The changes of one file while they are collected."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.scopes import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._migrate.edits import Edit, Source


@dataclass
class Draft:
    """The changes of one file, and what must be changed by hand.

    Attributes:
        source: The text of the file.
        tree: Its syntax tree.
        edits: The replacements.
        by_hand: Line and note of each place that must be changed by hand.
        uncertain: The same, for places that use PyJWT only if another file imports it.
        notes: Line and note of each change that its reader should know more about.
        key_nodes: The expressions that were keys of `PyJWK`, and are the argument `key` of a call of `decode`.
        needs_jwt: Whether the module `fastjose.jwt` is used.
    """

    source: Source
    tree: ast.Module
    edits: list[Edit] = field(default_factory=list)
    by_hand: list[tuple[int, str]] = field(default_factory=list)
    uncertain: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    key_nodes: set[ast.expr] = field(default_factory=set)
    needs_jwt: bool = False

    def __post_init__(self) -> None:
        self.names = Names(self.tree)
        self.uses = list(self.names.find_uses())
        self.name_of = {use.node: use.name for use in self.uses}

    def text(self, node: ast.expr | ast.stmt | ast.alias) -> str:
        """Return the text of a node."""
        start, end = self.source.span(node)
        return self.source.text[start:end]

    def replace_span(self, start: int, end: int, new: str) -> None:
        """Replace the text between two indexes."""
        self.edits.append(self.source.build_edit(start, self.source.text[start:end], new))

    def replace(self, node: ast.expr | ast.stmt | ast.alias, new: str) -> None:
        """Replace the text of a node."""
        self.replace_span(*self.source.span(node), new)

    def insert(self, index: int, new: str) -> None:
        """Insert text."""
        self.replace_span(index, index, new)

    def leave(self, node: ast.expr | ast.stmt | ast.alias, write: str, *, is_certain: bool = True) -> None:
        """Report a node that must be changed by hand, and what to write. If it may be of another package, for now."""
        reports = self.by_hand if is_certain else self.uncertain
        reports.append((node.lineno, f"by hand: {_shorten(self.text(node))}: {write}"))

    def note(self, node: ast.expr | ast.stmt | ast.keyword, note: str) -> None:
        """Report what the reader of a change should know."""
        self.notes.append((node.lineno, f"note: {note}"))

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around `node`."""
        return self.names.parents.get(node)

    def find_constant(self, node: ast.expr | None) -> ast.expr | None:
        """Return the value of a constant of the file that `node` names and that is assigned once, else `node`."""
        if not isinstance(node, ast.Name):
            return node
        stores = [each for each in ast.walk(self.tree) if _binds(each, node.id)]
        parent = self.parent(stores[0]) if len(stores) == 1 else None
        if isinstance(parent, (ast.Assign, ast.AnnAssign)) and self.parent(parent) is self.tree and parent.value:
            return parent.value
        return node

    def find_overlap(self) -> Iterator[Edit]:
        """Yield the edits that begin within the edit before them."""
        ordered = sorted(self.edits, key=lambda edit: edit.start)
        for before, after in itertools.pairwise(ordered):
            if before.start + len(before.old) > after.start:
                yield after


def _binds(node: ast.AST, name: str) -> bool:
    """Return whether a node binds a name: an assignment or an argument."""
    if isinstance(node, ast.arg):
        return node.arg == name
    return isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)


def _shorten(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 72 else f"{line[:71]}…"  # noqa: PLR2004 - a line of a report
