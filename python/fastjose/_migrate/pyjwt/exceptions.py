"""The exception classes of PyJWT: in `except`, in `raise`, and elsewhere."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.names import EQUAL_EXCEPTIONS, WIDER_EXCEPTIONS

if TYPE_CHECKING:
    from fastjose._migrate.pyjwt.draft import Draft
    from fastjose._migrate.pyjwt.scopes import Use

_CATCH_ALL = frozenset({"BaseException", "Exception"})
_TOP = frozenset({"InvalidTokenError", "PyJWTError"})


def change_exception(draft: Draft, use: Use) -> None:
    """Change the name of an exception, or report what to write.

    A class with further cases takes the place of a PyJWT class only where no other code then handles these cases: the
    handler ends with `raise`, and none after it would have caught them.
    """
    handler = _find_handler(draft, use.node)
    if handler is not None:
        _note_dead_handler(draft, handler)
    if use.name in EQUAL_EXCEPTIONS:
        _replace(draft, use.node, f"fastjose.{EQUAL_EXCEPTIONS[use.name]}")
        return
    new, codes = WIDER_EXCEPTIONS[use.name]
    if handler is None and _is_raised(draft, use.node):
        draft.replace(use.node, f"fastjose.{new}")
    elif handler is not None and _may_be_wider(draft, handler):
        _replace(draft, use.node, f"fastjose.{new}")
        draft.note(use.node, f"fastjose.{new} has more cases than {use.name}: error.code is {codes}")
    else:
        draft.leave(use.node, f"write fastjose.{new}, and compare error.code: {codes}. It has further cases")


def _replace(draft: Draft, node: ast.expr, new: str) -> None:
    """Write a class, once in the tuple of a handler."""
    parent = draft.parent(node)
    if not isinstance(parent, ast.Tuple) or not isinstance(draft.parent(parent), ast.ExceptHandler):
        draft.replace(node, new)
        return
    names = [_name_after(draft, each) for each in parent.elts]
    position, (start, end) = parent.elts.index(node), draft.source.span(parent)
    is_commented = "#" in draft.source.text[start:end]
    if is_commented or names.count(new) == 1 or (len(set(names)) > 1 and new not in names[:position]):
        draft.replace(node, new)
    elif len(set(names)) > 1:
        draft.replace_span(draft.source.span(parent.elts[position - 1])[1], draft.source.span(node)[1], "")
    elif not any(edit.start == start for edit in draft.edits):
        draft.replace(parent, new)


def _name_after(draft: Draft, node: ast.expr) -> str:
    """Return the text of a class after the change."""
    name = draft.name_of.get(node, "")
    ours = EQUAL_EXCEPTIONS.get(name) or WIDER_EXCEPTIONS.get(name, ("",))[0]
    return f"fastjose.{ours}" if ours else draft.text(node)


def _find_handler(draft: Draft, node: ast.expr) -> ast.ExceptHandler | None:
    """Return the handler that catches a class."""
    parent = draft.parent(node)
    if isinstance(parent, ast.Tuple):
        parent = draft.parent(parent)
    return parent if isinstance(parent, ast.ExceptHandler) else None


def _is_raised(draft: Draft, node: ast.expr) -> bool:
    """Return whether a class is raised, with or without arguments."""
    parent = draft.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        parent = draft.parent(parent)
    return isinstance(parent, ast.Raise)


def _may_be_wider(draft: Draft, handler: ast.ExceptHandler) -> bool:
    """Return whether a handler may catch further cases, without a change of what is accepted."""
    statement = draft.parent(handler)
    if not isinstance(statement, ast.Try):
        return False
    position = statement.handlers.index(handler)
    caught = _find_caught(draft, handler)
    before = {name for other in statement.handlers[:position] for name in _find_caught(draft, other)}
    if caught & _TOP or before & {"PyJWTError"} or _only_names_keys(statement):
        return True
    later = {name for other in statement.handlers[position + 1 :] for name in _find_caught(draft, other)}
    return isinstance(handler.body[-1], ast.Raise) and not later & {
        *_TOP,
        *_CATCH_ALL,
        *EQUAL_EXCEPTIONS,
        *WIDER_EXCEPTIONS,
    }


def _note_dead_handler(draft: Draft, handler: ast.ExceptHandler) -> None:
    """Report a handler of a `try` that raises nothing after the change."""
    statement = draft.parent(handler)
    if isinstance(statement, ast.Try) and _only_names_keys(statement):
        draft.note(
            statement,
            "no handler of this try runs any more: verify_token finds the key. Catch fastjose.JWKSetUnavailableError "
            "around verify_token; an unknown kid is a fastjose.JWTError there, error.code unknown_key",
        )


def _find_caught(draft: Draft, handler: ast.ExceptHandler) -> set[str]:
    """Return the names of the classes that a handler catches."""
    if handler.type is None:
        return {"BaseException"}
    nodes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {draft.name_of.get(node, getattr(node, "id", getattr(node, "attr", ""))) for node in nodes}


def _only_names_keys(statement: ast.Try) -> bool:
    """Return whether a `try` only assigns signing keys, which raises nothing after the change."""
    return all(isinstance(each, ast.Assign) and _is_key_call(each.value) for each in statement.body)


def _is_key_call(node: ast.expr) -> bool:
    call = node.value if isinstance(node, ast.Attribute) and node.attr == "key" else node
    is_call = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    return is_call and getattr(getattr(call, "func", None), "attr", "") == "get_signing_key_from_jwt"
