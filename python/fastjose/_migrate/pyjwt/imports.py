"""The imports of PyJWT."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fastjose._migrate.edits import NEWLINE
from fastjose._migrate.pyjwt.scopes import is_pyjwt

if TYPE_CHECKING:
    from fastjose._migrate.pyjwt.draft import Draft
    from fastjose._migrate.pyjwt.scopes import Scope

_COMMENT = re.compile(r"#[^\r\n]*")


def change_imports(draft: Draft) -> None:
    """Change the imports of PyJWT to one of fastjose, in each scope."""
    _check_names(draft)
    new = "fastjose.jwt" if draft.needs_jwt else "fastjose"
    imported: set[str] = set()
    for node, scope in draft.names.imports:
        is_top = draft.parent(node) is draft.tree
        if isinstance(node, ast.Import):
            here = {alias.name for alias in node.names if alias.asname is None}
            for alias in node.names:
                if is_pyjwt(alias.name):
                    _check_used(draft, alias, (alias.asname or "jwt"), scope)
                    _change_import(draft, node, alias, new, is_known=(is_top and new in imported) or new in here)
                    here.add(new)
                    imported |= {new} if is_top else set()
                elif is_top and alias.asname is None:
                    imported.add(alias.name)
        elif node.level == 0 and is_pyjwt(node.module or ""):
            for alias in node.names:
                _check_used(draft, alias, alias.asname or alias.name, scope)
            _change_import(draft, node, node, new, is_known=is_top and new in imported)
            imported |= {new} if is_top else set()


def _check_names(draft: Draft) -> None:
    """Report names that are bound to more than PyJWT, and other meanings of the name `fastjose`."""
    for use in draft.uses:
        if not use.is_certain:
            draft.leave(use.node, "bind the name to PyJWT alone, then run the command again")
    for node in ast.walk(draft.tree):
        is_stored = isinstance(node, ast.Name) and node.id == "fastjose" and not isinstance(node.ctx, ast.Load)
        is_imported = isinstance(node, ast.alias) and node.asname == "fastjose" and node.name != "fastjose"
        if is_stored or is_imported or (isinstance(node, ast.arg) and node.arg == "fastjose"):
            line = getattr(node, "lineno", 1)
            draft.by_hand.append((line, "by hand: fastjose: rename it: `import fastjose` needs the name"))


def _check_used(draft: Draft, alias: ast.alias, name: str, scope: Scope) -> None:
    """Report an import that this file does not use: another file may import the name from here."""
    if alias.name == "*":
        draft.leave(alias, "name what is imported, then run the command again")
    elif not any(node.id == name and name in _bindings(draft, node, seen) for node, seen in draft.names.loads):
        draft.leave(alias, "remove the import, unless another file imports the name from here")
    del scope


def _bindings(draft: Draft, node: ast.Name, scope: Scope) -> set[str]:
    """Return the name if it is bound to PyJWT where it is read."""
    return {node.id} if any(is_pyjwt(target) for target in draft.names.resolve(node.id, scope)) else set()


def _change_import(
    draft: Draft, node: ast.Import | ast.ImportFrom, part: ast.alias | ast.stmt, new: str, *, is_known: bool
) -> None:
    """Replace an import, or remove it with its line if fastjose is imported above."""
    start, end = draft.source.span(node)
    comments = "  ".join(_COMMENT.findall(draft.source.text[start:end]))
    if is_known and not comments and (isinstance(part, ast.stmt) or len(node.names) == 1):
        line = _find_line(draft.source.text, start, end)
        if line:
            draft.replace_span(*line, "")
            return
    position = node.names.index(part) if isinstance(part, ast.alias) else 0
    if is_known and not comments and isinstance(part, ast.alias) and position:
        draft.replace_span(draft.source.span(node.names[position - 1])[1], draft.source.span(part)[1], "")
    elif (
        is_known
        and not comments
        and isinstance(part, ast.alias)
        and len(node.names) > 1
        and not is_pyjwt(node.names[1].name)
    ):
        draft.replace_span(draft.source.span(node.names[0])[0], draft.source.span(node.names[1])[0], "")
    elif isinstance(part, ast.alias):
        draft.replace(part, new)
    else:
        draft.replace_span(start, end, f"import {new}" + (f"  {comments}" if comments else ""))


def _find_line(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the indexes of the lines of a statement, with their end, if they contain nothing else."""
    before = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    newline = NEWLINE.search(text, end)
    after = newline.start() if newline else len(text)
    is_alone = not text[before:start].strip() and not text[end:after].strip()
    return (before, newline.end() if newline else after) if is_alone else None
