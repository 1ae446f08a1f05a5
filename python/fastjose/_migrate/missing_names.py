"""Names of python-jose that a program uses and fastjose does not have, for `fastjose.migrate`."""

from __future__ import annotations

import ast
import importlib.util
import re
from types import ModuleType
from typing import TYPE_CHECKING, Final

from fastjose._migrate.replacements import find_replacement
from fastjose._migrate.text_places import find_object_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUBMODULES = frozenset({"backends", "constants", "exceptions", "jwe", "jwk", "jws", "jwt", "utils"})
_OBJECT_NAME = re.compile(r"(?:fast)?jose(?:\.[A-Za-z_]\w*)+")
VERSION: Final = "jose.__version__"
_ATTRIBUTE_FUNCTIONS = frozenset({"delattr", "getattr", "hasattr", "object", "setattr"})


def find_missing_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of each use of a name that fastjose does not have.

    Uses are imports, attributes of an imported module (`jws._x`), texts with a full name (`patch("jose.jws._x")`), and
    texts behind a module (`patch.object(jws, "_x")`).

    Args:
        tree: A Python file, before or after its migration.
    """
    modules = _find_bound_modules(tree)
    for text in find_object_texts(tree):
        name = str(text.value)
        if _OBJECT_NAME.fullmatch(name) and not _exists(name):
            yield text.lineno, name
    for node in ast.walk(tree):
        names = _find_imported_names(node) or _find_attribute_names(node, modules)
        for name in names:
            if not _exists(name):
                yield getattr(node, "lineno", 1), name


def describe_missing_name(name: str) -> str:
    """Return the note for a name that `find_missing_names` has found."""
    if name == VERSION:
        return (
            f"by hand: {name}: remove it, because fastjose.__version__ is the version of fastjose: the names of "
            "python-jose in this file stay until then"
        )
    replacement = find_replacement(name)
    return f"not in fastjose: {name}: {replacement}" if replacement else f"not in fastjose: {name}"


def _find_imported_names(node: ast.AST) -> list[str]:
    """Return the full names in an import statement."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [f"{module}.{alias.name}" for alias in node.names if node.level == 0 and _is_jose(module)]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if _is_jose(alias.name)]
    return []


def _find_attribute_names(node: ast.AST, modules: dict[str, str]) -> list[str]:
    """Return the full name that an expression uses, as a list of at most one item."""
    if isinstance(node, ast.Attribute):
        name = _full_name(node, modules)
    elif isinstance(node, ast.Call) and len(node.args) > 1:
        name = _name_behind_module(node, modules)
    else:
        name = ""
    return [name] if name else []


def _name_behind_module(call: ast.Call, modules: dict[str, str]) -> str:
    """Return the full name in a call such as `patch.object(jws, "_x")`, or an empty str."""
    function = getattr(call.func, "attr", getattr(call.func, "id", ""))
    module, attribute = _full_name(call.args[0], modules), call.args[1]
    if function not in _ATTRIBUTE_FUNCTIONS or not module or not isinstance(attribute, ast.Constant):
        return ""
    return f"{module}.{attribute.value!s}"


def _full_name(node: ast.expr, modules: dict[str, str]) -> str:
    """Return the full name of `jws` or `jws._x`, or an empty str if it is not behind an imported module."""
    if isinstance(node, ast.Name):
        return modules.get(node.id, "")
    if isinstance(node, ast.Attribute):
        parent = _full_name(node.value, modules)
        return f"{parent}.{node.attr}" if parent else ""
    return ""


def _find_bound_modules(tree: ast.Module) -> dict[str, str]:
    """Return the modules of python-jose that the imports of a file bind to names, without names that it rebinds."""
    bound: dict[str, str] = {}
    rebound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            bound |= {name: module for name, module in found.items() if _is_jose(module) and not node.level}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                module = alias.name if alias.asname else alias.name.partition(".")[0]
                if _is_jose(alias.name):
                    bound[alias.asname or module] = module
        elif isinstance(node, ast.arg):
            rebound.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            rebound.add(node.id)
    return {name: module for name, module in bound.items() if name not in rebound}


def _is_jose(module: str) -> bool:
    """Return whether `module` is python-jose's, under its own name or under fastjose's."""
    top, _, rest = module.partition(".")
    return top == "jose" or (top == "fastjose" and (not rest or rest.partition(".")[0] in _SUBMODULES))


def _exists(name: str) -> bool:
    """Return whether fastjose has a module or an attribute of a module of python-jose, with the same meaning."""
    if name == VERSION:
        return False
    path = f"fastjose.{name}".split(".")[2:]
    if path and path[0] not in _SUBMODULES and importlib.util.find_spec(f"fastjose.{path[0]}"):
        return True  # a module that python-jose does not have
    found: object = importlib.import_module("fastjose")
    for position, part in enumerate(path):
        if part == "*" or not isinstance(found, ModuleType):
            return True  # the attributes of a class or a function are not compared
        if not hasattr(found, part) and not _is_module(".".join(["fastjose", *path[: position + 1]])):
            return False
        found = getattr(found, part)
    return True


def _is_module(name: str) -> bool:
    """Return whether a module can be imported."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
