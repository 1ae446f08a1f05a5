"""Texts that name PyJWT or what is in it: patches, imports by name, annotations."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.names import KNOWN
from fastjose._migrate.pyjwt.scopes import is_pyjwt
from fastjose._migrate.text_places import IMPORT_FUNCTIONS, find_object_texts, find_other_texts, get_function_name

if TYPE_CHECKING:
    from fastjose._migrate.pyjwt.draft import Draft

_NAMES = "|".join(sorted(KNOWN))
_PATCHED_NAME = re.compile(rf"(?!(?:fast)?jose\.)(?:\w+\.)*jwt\.(?:\w+\.)*(?:{_NAMES})(?:\.\w+)*")
_CLIENT_NAME = re.compile(r"(?:\w+\.)*(?:PyJWKClient(?:\.\w+)*|get_signing_key_from_jwt)")
_SERVE_KEYS = "serve keys with fastjose.testing.serve_jwks"


def report_texts(draft: Draft) -> None:
    """Report texts that name PyJWT or a function of it, as patches and imports by name do."""
    for text in find_object_texts(draft.tree):
        _report_object(draft, text)
    for node in ast.walk(draft.tree):
        if isinstance(node, ast.Call) and len(node.args) > 1 and get_function_name(node) in {"object", "setattr"}:
            attribute = node.args[1]
            if isinstance(attribute, ast.Constant) and attribute.value == "get_signing_key_from_jwt":
                draft.leave(node, _SERVE_KEYS)
    for other in find_other_texts(draft.tree):
        if not isinstance(other, ast.Constant):
            continue
        if is_annotation(draft, other):
            if _names_pyjwt(draft, other.value):
                draft.leave(other, "write the annotation without quotes, then run the command again")
        elif draft.uses and _PATCHED_NAME.fullmatch(str(other.value)):
            draft.notes.append((other.lineno, f"left as it is: {other.value!s}"))


def is_annotation(draft: Draft, node: ast.AST) -> bool:
    """Return whether a name is within an annotation."""
    parent = draft.parent(node)
    while isinstance(parent, (ast.Subscript, ast.BinOp, ast.Tuple)):
        node, parent = parent, draft.parent(parent)
    return node in {getattr(parent, "annotation", None), getattr(parent, "returns", None)}


def _report_object(draft: Draft, node: ast.Constant) -> None:
    """Report the argument of a patch. Whether a name before `jwt.` has PyJWT, only other files tell."""
    name, parent = str(node.value), draft.parent(node)
    if _CLIENT_NAME.fullmatch(name):
        draft.leave(node, _SERVE_KEYS)
    elif isinstance(parent, ast.Call) and get_function_name(parent) in IMPORT_FUNCTIONS:
        if is_pyjwt(name):
            draft.leave(parent, "import fastjose in place of PyJWT")
    elif is_pyjwt(name):
        draft.leave(node, "name what the changed code calls, such as fastjose.verify_token")
    elif _PATCHED_NAME.fullmatch(name):
        draft.leave(node, "name what the changed module calls, such as fastjose.verify_token", is_certain=False)


def _names_pyjwt(draft: Draft, text: object) -> bool:
    """Return whether a text contains a name that the module binds to PyJWT."""
    names = re.findall(r"[^\W\d]\w*", text) if isinstance(text, str) else []
    return any(is_pyjwt(target) for name in names for target in draft.names.resolve(name, draft.names.module))
