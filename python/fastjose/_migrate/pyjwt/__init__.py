"""Code written for PyJWT: what is changed, and what must be changed by hand.

`jwt.decode` becomes `fastjose.verify_token`, because only `Verifier` makes every check of PyJWT: python-jose's `decode`
accepts a token without the expected `aud`, in the second of its `exp`, or issued in the future.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fastjose._migrate.edits import Edit, Source, parse
from fastjose._migrate.pyjwt.catches import add_import, find_catches, is_exception
from fastjose._migrate.pyjwt.decoding import change_decode, change_header
from fastjose._migrate.pyjwt.draft import Draft
from fastjose._migrate.pyjwt.encoding import change_encode
from fastjose._migrate.pyjwt.exceptions import change_exception
from fastjose._migrate.pyjwt.imports import change_imports
from fastjose._migrate.pyjwt.keys import change_client, change_keys
from fastjose._migrate.pyjwt.names import STRICT_CALL, find_hint
from fastjose._migrate.pyjwt.scopes import is_pyjwt
from fastjose._migrate.pyjwt.texts import is_annotation, report_texts

if TYPE_CHECKING:
    from pathlib import Path

    from fastjose._migrate.pyjwt.scopes import Use

__all__ = ["Changes", "find_changes"]

_CALLS = {
    "decode": change_decode,
    "encode": change_encode,
    "get_unverified_header": change_header,
    "PyJWKClient": change_client,
}


@dataclass(frozen=True)
class Changes:
    """What is changed in one file.

    Attributes:
        edits: The replacements. Empty if something must be changed by hand first.
        by_hand: Line and note of each place that must be changed by hand.
        notes: Line and note of each change that its reader should know more about.
        uncertain: As `by_hand`, for places that use PyJWT only if another file imports it.
        catches: Where exceptions are caught: see `find_catches`.
        first_line: The line of the first import of PyJWT, or 0.
        beside_handlers: The replacements and notes if the handlers stay, because they catch the errors of both. None
            if that is not possible.
    """

    edits: tuple[Edit, ...] = ()
    by_hand: tuple[tuple[int, str], ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    uncertain: tuple[tuple[int, str], ...] = ()
    catches: tuple[tuple[int, str, str, bool], ...] = ()
    first_line: int = 0
    beside_handlers: tuple[tuple[Edit, ...], tuple[tuple[int, str], ...]] | None = None

    @property
    def uses_pyjwt(self) -> bool:
        """Return whether the file imports PyJWT."""
        return self.first_line > 0


def find_changes(text: str, module_of_project: Path | None = None) -> Changes:
    """Return the changes of a Python file that uses PyJWT.

    Args:
        text: The file.
        module_of_project: A module `jwt` of the project itself, which the file may import in place of PyJWT.

    Raises:
        SyntaxError: The text is not Python.
        ValueError: The text contains a null character.
        RecursionError: The text is nested too deeply.
    """
    draft = Draft(Source(text), parse(text))
    report_texts(draft)
    imports = [node for node, _ in draft.names.imports if _imports_pyjwt(node)]
    if imports and module_of_project:
        draft.leave(imports[0], f"nothing, if jwt is {module_of_project}: rename that module if it is PyJWT")
    elif imports:
        change_keys(draft)
        for use in draft.uses:
            _change_use(draft, use)
        change_imports(draft)
        for edit in draft.find_overlap():
            draft.by_hand.append((edit.line, f"by hand: {edit.old}: write it on lines of its own: changes overlap"))
    else:
        _report_client(draft)
        draft.edits.clear()
    changes = _collect(draft, imports[0].lineno if imports else 0)
    is_covered = bool(changes.catches) and all(catch[3] for catch in changes.catches)
    return replace(changes, beside_handlers=_change_beside_handlers(text)) if changes.edits and is_covered else changes


def _change_beside_handlers(text: str) -> tuple[tuple[Edit, ...], tuple[tuple[int, str], ...]] | None:
    """Return the replacements and notes of a file whose exception classes stay, or None if an import prevents it."""
    draft = Draft(Source(text), parse(text))
    change_keys(draft)
    for use in draft.uses:
        if not is_exception(use.name):
            _change_use(draft, use)
    if not add_import(draft) or draft.by_hand:
        return None
    return tuple(draft.edits), tuple(sorted(set(draft.notes)))


def _report_client(draft: Draft) -> None:
    """Report what a file without PyJWT does with a `PyJWKClient` of another file."""
    method = "get_signing_key_from_jwt"
    nodes = [node for node in ast.walk(draft.tree) if isinstance(node, ast.Attribute) and node.attr == method]
    if nodes:
        change_keys(draft)
    if nodes and not draft.by_hand:
        draft.leave(nodes[0], f"pass the RemoteKeySet itself as the key of {STRICT_CALL}")


def _collect(draft: Draft, first_line: int) -> Changes:
    """Return the changes: no edits if something must be changed by hand first."""
    by_hand = tuple(sorted(set(draft.by_hand)))
    catches, uncertain = tuple(find_catches(draft)), tuple(draft.uncertain)
    if by_hand or uncertain:
        return Changes((), by_hand, (), uncertain, catches, first_line)
    return Changes(tuple(draft.edits), (), tuple(sorted(set(draft.notes))), (), catches, first_line)


def _imports_pyjwt(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.level == 0 and is_pyjwt(node.module or "")
    return any(is_pyjwt(alias.name) for alias in node.names)


def _change_use(draft: Draft, use: Use) -> None:
    """Change one use of PyJWT, or report what to write."""
    parent = draft.parent(use.node)
    if is_exception(use.name):
        change_exception(draft, use)
    elif use.name in _CALLS and isinstance(parent, ast.Call) and parent.func is use.node:
        _CALLS[use.name](draft, parent)
    elif use.name == "PyJWKClient" and is_annotation(draft, use.node):
        draft.replace(use.node, "fastjose.RemoteKeySet")
    elif not (use.name == "PyJWK" and _is_key_call(draft, use.node)):
        draft.leave(use.node, find_hint(use.name, is_derived=_is_derived(draft, use.node)))


def _is_derived(draft: Draft, node: ast.expr) -> bool:
    """Return whether a class is derived from `node`, or `node` is used within a call of `register_algorithm`."""
    parent = draft.parent(node)
    while isinstance(parent, (ast.Call, ast.Attribute)):
        if isinstance(parent, ast.Call) and draft.name_of.get(parent.func) == "register_algorithm":
            return True
        node, parent = parent, draft.parent(parent)
    return isinstance(parent, ast.ClassDef)


def _is_key_call(draft: Draft, node: ast.expr) -> bool:
    """Return whether `PyJWK` is called, itself or its `from_dict`: `change_keys` has changed these."""
    parent = draft.parent(node)
    if isinstance(parent, ast.Attribute) and parent.attr == "from_dict":
        node, parent = parent, draft.parent(parent)
    return isinstance(parent, ast.Call) and parent.func is node
