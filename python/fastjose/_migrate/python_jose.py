"""Names of python-jose's modules, in the imports and the patches of a Python file."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from fastjose._migrate.edits import Edit, Source, parse
from fastjose._migrate.text_places import find_object_texts, find_other_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME_IN_TEXT = r"(?<![\w.@/-])jose\.(?:backends|constants|exceptions|jwe|jwk|jws|jwt|utils)\b(?:\.\w+)*"
DISTRIBUTION: Final = re.compile(r"(?<![\w-])(?:types-)?python[-_]jose\b(?:\[[^\]]*\])?", re.IGNORECASE)
MENTION: Final = re.compile(
    rf"{DISTRIBUTION.pattern}|\[mypy-jose[^\]]*\]|[\"']jose(?:\.\*)?[\"']|\b(?:from|import) jose\b|{_NAME_IN_TEXT}",
    re.IGNORECASE,
)
_FROM_IMPORT = re.compile(r"from(?:\s|\\[\r\n])*(?P<module>jose[\w.]*)")
_OBJECT_NAME = re.compile(r"jose(?:\.[A-Za-z_]\w*)*")
_LEFT_TEXT = re.compile(rf"{_NAME_IN_TEXT}|\b(?:from|import)\s+jose\b")
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
    source, tree = Source(text), parse(text)
    edits = [edit for node in ast.walk(tree) for edit in _find_import_edits(node, source)]
    for node in find_object_texts(tree):
        if _OBJECT_NAME.fullmatch(str(node.value)):
            edits.extend(_find_string_edits(node, source))
    _drop_repeated_names(tree, source, edits)
    return sorted(edits, key=lambda edit: edit.start)


def find_left_texts(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of python-jose in each text that `find_edits` leaves as it is."""
    source, tree = Source(text), parse(text)
    edited = {edit.start for edit in find_edits(text)}
    for node in [*find_other_texts(tree), *find_object_texts(tree)]:
        start, end = source.span(node)
        if isinstance(node, ast.Constant) and str(node.value).rstrip(".*") == "jose" and start not in edited:
            yield node.lineno, str(node.value)
        elif start not in edited:
            for found in _LEFT_TEXT.finditer(text, start, end):
                yield source.line_number(found.start()), " ".join(found[0].split())


def _find_import_edits(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Yield the replacements in an import."""
    if isinstance(node, ast.ImportFrom):
        yield from _find_from_import_edits(node, source)
    elif isinstance(node, ast.Import):
        yield from (_build_alias_edit(alias, source) for alias in node.names if _is_jose(alias.name))


def _drop_repeated_names(tree: ast.Module, source: Source, edits: list[Edit]) -> None:
    """Bind the name `jose` once in each statement, and once at the top of the module."""
    is_bound = False
    for node in ast.walk(tree):  # the statements of the module come first
        if isinstance(node, ast.Import):
            is_top = node in tree.body
            is_known = is_top and is_bound
            for alias in node.names:
                if _is_jose(alias.name) and alias.asname is None:
                    if is_known and alias.name != "jose":
                        start = source.span(alias)[0]
                        position = next(index for index, edit in enumerate(edits) if edit.start == start)
                        edits[position] = source.build_edit(start, alias.name, f"fast{alias.name}")
                    is_known = True
                    is_bound = is_bound or is_top


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


def _find_string_edits(node: ast.Constant, source: Source) -> Iterator[Edit]:
    """Yield the replacement in a string literal that names a module."""
    start, end = source.span(node)
    found = _STRING_LITERAL.fullmatch(source.text, start, end)
    if found:  # otherwise it is a concatenation, or part of an f-string
        old, at = found[0], found.start("module") - start
        yield source.build_edit(start, old, f"{old[:at]}fast{old[at:]}")
