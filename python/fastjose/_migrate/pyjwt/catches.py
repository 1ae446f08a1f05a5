"""Where a file catches the exceptions of PyJWT, which code of another file may raise.

A handler that catches the exceptions of both libraries can stay while the calls of its file change.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fastjose._migrate.edits import NEWLINE
from fastjose._migrate.pyjwt.names import EQUAL_EXCEPTIONS, WIDER_EXCEPTIONS
from fastjose._migrate.pyjwt.scopes import is_pyjwt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._migrate.pyjwt.draft import Draft
    from fastjose._migrate.pyjwt.scopes import Use


def find_catches(draft: Draft) -> Iterator[tuple[int, str, str, bool]]:
    """Yield each exception class of PyJWT that is used, except in `raise`.

    Yields:
        The line, the text, fastjose's class, and whether the code catches that class there too.
    """
    for use in draft.uses:
        new = EQUAL_EXCEPTIONS.get(use.name) or WIDER_EXCEPTIONS.get(use.name, ("",))[0]
        if new and not _is_raised(draft, use.node):
            yield use.node.lineno, draft.text(use.node), f"fastjose.{new}", _is_covered(draft, use, new)


def _is_raised(draft: Draft, node: ast.expr) -> bool:
    parent = draft.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        parent = draft.parent(parent)
    return isinstance(parent, ast.Raise)


def _is_covered(draft: Draft, use: Use, new: str) -> bool:
    """Return whether fastjose's class stands in the same tuple, or in another call of the same function."""
    parent = draft.parent(use.node)
    if isinstance(parent, ast.Tuple):
        return any(_is_ours(draft, each, new) for each in parent.elts)
    if not isinstance(parent, ast.Call):
        return False
    function = ast.dump(parent.func)
    calls = [each for each in ast.walk(draft.tree) if isinstance(each, ast.Call) and ast.dump(each.func) == function]
    return any(_is_ours(draft, argument, new) for call in calls for argument in call.args)


def _is_ours(draft: Draft, node: ast.expr, new: str) -> bool:
    """Return whether an expression is fastjose's class, or the class of all its errors."""
    name = getattr(node, "attr", getattr(node, "id", ""))
    return node not in draft.name_of and name in {new, "JOSEError"}


def is_exception(name: str) -> bool:
    """Return whether a name of PyJWT is an exception class that fastjose has a class for."""
    return name in EQUAL_EXCEPTIONS or name in WIDER_EXCEPTIONS


def add_import(draft: Draft) -> bool:
    """Import fastjose before PyJWT, whose import stays. Return False if that is not possible.

    It is possible if each import of PyJWT begins a line of the module, and the handlers use each of its names.
    """
    statements = [node for node, _ in draft.names.imports if _imports_pyjwt(node)]
    names = {name for node in statements for name in _find_names(node)}
    if any(node not in draft.tree.body or node.col_offset for node in statements) or names - _find_caught_names(draft):
        return False
    new = "fastjose.jwt" if draft.needs_jwt else "fastjose"
    imports = [node for node in draft.tree.body if isinstance(node, ast.Import)]
    if draft.edits and not any(alias.name == new and not alias.asname for node in imports for alias in node.names):
        newline = NEWLINE.search(draft.source.text)
        start = min(draft.source.span(node)[0] for node in statements)
        draft.insert(start, f"import {new}{newline[0] if newline else chr(10)}")
    return True


def _imports_pyjwt(node: ast.Import | ast.ImportFrom) -> bool:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return any(map(is_pyjwt, modules))


def _find_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the names that an import binds to PyJWT."""
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    return [alias.asname or "jwt" for alias in node.names if is_pyjwt(alias.name)]


def _find_caught_names(draft: Draft) -> set[str]:
    """Return the names through which the exception classes are used."""
    used = [use.node for use in draft.uses if is_exception(use.name)]
    return {each.id for node in used for each in ast.walk(node) if isinstance(each, ast.Name)}
