"""The texts of a Python file that name a module or what is in it: arguments of patches and of imports by name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORT_FUNCTIONS: Final = frozenset({"__import__", "find_spec", "import_module", "importorskip"})
_FUNCTIONS = IMPORT_FUNCTIONS | {"delattr", "patch", "setattr"}
_PATCH_METHODS = frozenset({"dict", "multiple"})
_ITEM_FUNCTIONS = frozenset({"delitem", "setitem"})
_DICT_METHODS = frozenset({"__delitem__", "__setitem__", "get", "pop", "setdefault"})
_KEYWORDS = frozenset({"fullname", "modname", "name", "target"})


def find_object_texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the texts that name an object: in `patch("a.b")`, `import_module("a")`, `sys.modules["a"]` and others."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found = list(_find_in_call(node))
        elif isinstance(node, ast.Subscript) and _is_modules(node.value):
            found = [node.slice]
        else:
            continue
        yield from (each for each in found if isinstance(each, ast.Constant) and isinstance(each.value, str))


def get_function_name(call: ast.Call) -> str:
    """Return the last name of what is called: `patch` for `mock.patch(…)`."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name if isinstance(name, str) else ""


def _find_in_call(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments of a call that may name an object."""
    name, owner = get_function_name(call), getattr(call.func, "value", None)
    is_patch_method = name in _PATCH_METHODS and getattr(owner, "attr", getattr(owner, "id", "")) == "patch"
    if name in _FUNCTIONS or is_patch_method or (name in _DICT_METHODS and _is_modules(owner)):
        yield from call.args[:1]
        yield from (each.value for each in call.keywords if each.arg in _KEYWORDS)
    if name in _ITEM_FUNCTIONS and call.args and _is_modules(call.args[0]):
        yield from call.args[1:2]
    if is_patch_method and call.args and _is_modules(call.args[0]):
        for argument in call.args[1:]:
            yield from (key for key in getattr(argument, "keys", []) if key) if isinstance(argument, ast.Dict) else ()


def _is_modules(node: ast.AST | None) -> bool:
    """Return whether an expression is `sys.modules`, or its name."""
    if isinstance(node, ast.Constant):
        return node.value == "sys.modules"
    return isinstance(node, ast.Attribute) and node.attr == "modules"


def find_other_texts(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield all texts but those of `find_object_texts`: each f-string as a whole."""
    skipped: set[ast.AST] = {*find_object_texts(tree)}
    skipped |= {child for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for child in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped
        ):
            yield node
