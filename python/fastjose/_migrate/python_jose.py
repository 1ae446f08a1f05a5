"""Names of python-jose's modules, in the imports and the patches of a Python file."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from fastjose._migrate.edits import Edit, Source, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

DISTRIBUTION: Final = re.compile(r"(?<![\w-])(?:types-)?python[-_]jose\b(?:\[[^\]]*\])?", re.IGNORECASE)
MENTION: Final = re.compile(
    rf"{DISTRIBUTION.pattern}|\[mypy-jose[^\]]*\]|[\"']jose(?:\.\*)?[\"']|\b(?:from|import) jose\b", re.IGNORECASE
)
_FROM_IMPORT = re.compile(r"from(?:\s|\\[\r\n])*(?P<module>jose[\w.]*)")
_MODULE_NAME = re.compile(r"jose\.(?:backends|constants|exceptions|jwe|jwk|jws|jwt|utils)(?:\.[A-Za-z_]\w*)*")
_IMPORT_FUNCTIONS = frozenset({"__import__", "find_spec", "import_module", "importorskip"})
_STRING_LITERAL = re.compile(r"""[rRuU]?(?P<quote>\"{3}|'{3}|["'])(?P<module>jose[\w.]*)(?P=quote)""")


def find_edits(text: str) -> list[Edit]:
    """Return the necessary replacements in the text of a Python file, sorted by position.

    Example::

        find_edits("from jose import jwt")  # [Edit(start=5, line=1, old="jose", new="fastjose")]

    Raises:
        SyntaxError: The text is not Python.
        ValueError: The text contains a null character.
        RecursionError: The text is nested too deeply.
    """
    source = Source(text)
    return sorted(
        (edit for node in ast.walk(parse(text)) for edit in _find_node_edits(node, source)),
        key=lambda edit: edit.start,
    )


def _find_node_edits(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Yield the replacements in one node, without its children."""
    if isinstance(node, ast.ImportFrom):
        yield from _find_from_import_edits(node, source)
    elif isinstance(node, ast.Import):
        yield from (_build_alias_edit(alias, source) for alias in node.names if _is_jose(alias.name))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and _MODULE_NAME.fullmatch(node.value):
            yield from _find_string_edits(node, source)
    elif isinstance(node, ast.Call):
        yield from _find_import_call_edits(node, source)


def _is_jose(module: str) -> bool:
    """Return whether `module` is `jose` or a submodule of it."""
    return module == "jose" or module.startswith("jose.")


def _find_from_import_edits(node: ast.ImportFrom, source: Source) -> Iterator[Edit]:
    """Yield the replacement in `from jose… import …`."""
    if node.level == 0 and _is_jose(node.module or ""):
        found = _FROM_IMPORT.match(source.text, source.span(node)[0])
        if found:
            yield source.build_edit(found.start("module"), found["module"], f"fast{found['module']}")


def _build_alias_edit(alias: ast.alias, source: Source) -> Edit:
    """Return the replacement in `import jose…`."""
    start, end = source.span(alias)
    old = source.text[start:end]
    new = f"fast{old}"
    if alias.asname is None:  # it binds the name `jose`, which the code uses later
        new = "fastjose as jose" if alias.name == "jose" else f"fastjose as jose, {new}"
    return source.build_edit(start, old, new)


def _find_import_call_edits(call: ast.Call, source: Source) -> Iterator[Edit]:
    """Yield the replacement in `import_module("jose")`. In other places `"jose"` may mean anything."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0] if call.args else None
    if name in _IMPORT_FUNCTIONS and isinstance(first, ast.Constant) and first.value == "jose":
        yield from _find_string_edits(first, source)


def _find_string_edits(node: ast.Constant, source: Source) -> Iterator[Edit]:
    """Yield the replacement in a string literal that names a module."""
    start, end = source.span(node)
    found = _STRING_LITERAL.fullmatch(source.text, start, end)
    if found:  # otherwise it is a concatenation, or part of an f-string
        old, at = found[0], found.start("module") - start
        yield source.build_edit(start, old, f"{old[:at]}fast{old[at:]}")
