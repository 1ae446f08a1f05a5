"""The examples in docstrings: of the Python modules, and of the stub of the native module."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.documentation.blocks.markdown import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "python" / "fastjose"
SECTION = re.compile(r"^Example::?\n((?:[ \t]+[^\n]*\n|\n)+)", re.MULTILINE)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Example:
    """The code of an example, the module that it is in, and the class or function that it documents."""

    module: str
    owner: str
    code: str


def find_examples() -> list[Example]:
    """Return the examples of the package."""
    paths = sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")])
    return [example for path in paths for example in _read_module(path)]


def _read_module(path: Path) -> Iterator[Example]:
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, DOCUMENTED):
            for section in SECTION.findall(f"{ast.get_docstring(node) or ''}\n"):
                yield Example(name, getattr(node, "name", ""), textwrap.dedent(section).strip("\n"))


def find_documented_values(code: str) -> Iterator[tuple[str, object]]:
    """Yield each expression of `code` whose line ends with a comment that is a literal: the value that it has."""
    lines = code.splitlines()
    for statement in ast.parse(code).body:
        comment = lines[(statement.end_lineno or 0) - 1][statement.end_col_offset or 0 :].strip()
        if isinstance(statement, ast.Expr) and comment.startswith("# "):
            try:
                yield ast.unparse(statement), ast.literal_eval(comment.removeprefix("# "))
            except (SyntaxError, ValueError):
                continue  # a comment in words
