"""Where a file catches the exceptions of PyJWT, which code of another file may raise."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.names import EQUAL_EXCEPTIONS, WIDER_EXCEPTIONS

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
