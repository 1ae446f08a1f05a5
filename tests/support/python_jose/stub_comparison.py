"""A comparison of fastjose with the declarations of `types-python-jose`: a mypy program with a function for each name.

Each function assigns the stubs' object to a variable, and then fastjose's object. mypy reports incompatible types.
The stubs' `Key` is replaced by fastjose's, except in the comparison of the two.
"""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The package name of the stubs
THEIRS = "python_jose_stubs"


@dataclass(frozen=True)
class StubDeclaration:
    """A name that the stubs declare, such as `jwt.decode` or `backends.base.Key.sign`."""

    module: str
    path: str
    node: ast.stmt | None
    """The declaration, or None for a re-exported name."""

    @property
    def name(self) -> str:
        return f"{self.module}.{self.path}".removeprefix("jose.")

    @property
    def ours(self) -> str:
        return f"{re.sub('^jose', 'fastjose', self.module)}.{self.path}"

    @property
    def theirs(self) -> str:
        return f"{re.sub('^jose', THEIRS, self.module)}.{self.path}"

    def exists_in_python_jose(self) -> bool:
        """Return whether python-jose has the name: the stubs declare some that it lacks."""
        owner, _, name = self.path.rpartition(".")
        found = importlib.import_module(self.module)
        return bool(owner) or hasattr(found, name)

    def to_code(self) -> str:
        """Return a line that type-checks if fastjose has the name with a compatible type."""
        if isinstance(self.node, ast.ClassDef):
            return f"def _() -> type[{self.base_class(self.node)}]: return {self.ours}"
        if self.node is None or self.is_class_or_singleton(self.node):
            return f"def _() -> object: return {self.ours}"
        if "." in self.path:
            return self.member_to_code()
        return f"def _() -> None: it = {self.theirs}; it = {self.ours}"

    def base_class(self, declaration: ast.ClassDef) -> str:
        base = ast.unparse(declaration.bases[0]) if declaration.bases else "object"
        if base in {"object", "Exception"}:
            return base
        return "fastjose.backends.base.Key" if base == "Key" else f"fastjose.exceptions.{base}"

    @staticmethod
    def is_class_or_singleton(declaration: ast.stmt) -> bool:
        """Return whether a variable is a class or the only instance of one. Its members are compared instead."""
        annotation = ast.unparse(declaration.annotation) if isinstance(declaration, ast.AnnAssign) else ""
        return annotation.startswith("type[") or annotation in {"Algorithms", "Zips"}

    def member_to_code(self) -> str:
        (theirs, member), ours = self.theirs.rsplit(".", 1), self.ours.rsplit(".", 1)[0]
        return f"def _(theirs: {theirs}, ours: {ours}) -> None: it = theirs.{member}; it = ours.{member}"


def find_stubs_folder() -> Path:
    return Path(str(metadata.distribution("types-python-jose").locate_file("jose-stubs")))


def stub_declarations() -> Iterator[StubDeclaration]:
    """Yield every public name of python-jose that the stubs declare."""
    for file in sorted(find_stubs_folder().rglob("*.pyi")):
        parts = file.relative_to(find_stubs_folder()).with_suffix("").parts
        module = ".".join(("jose", *parts)).removesuffix(".__init__")
        if not parts[-1].startswith("_") or parts[-1] == "__init__":
            names = find_declarations(module, ast.parse(file.read_text(encoding="utf-8")).body)
            yield from (name for name in names if name.exists_in_python_jose())


def find_declarations(module: str, body: list[ast.stmt], owner: str = "") -> Iterator[StubDeclaration]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield from (StubDeclaration(module, alias.asname, None) for alias in node.names if alias.asname)
        elif isinstance(node, ast.AnnAssign):
            yield StubDeclaration(module, owner + ast.unparse(node.target), node)
        elif isinstance(node, ast.FunctionDef) and node.name != "__init__":
            yield StubDeclaration(module, owner + node.name, node)
        elif isinstance(node, ast.ClassDef):
            yield StubDeclaration(module, node.name, node)
            yield from find_declarations(module, node.body, f"{node.name}.")


def write_program(folder: Path, names: list[StubDeclaration]) -> Path:
    """Write the program and the stubs; return the program's path. Line n + 2 checks name n, counted from 0."""
    for file in find_stubs_folder().rglob("*.pyi"):
        copy = folder / THEIRS / file.relative_to(find_stubs_folder())
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(replace_key_class(file.read_text(encoding="utf-8")), encoding="utf-8")
    modules = sorted({name.module for name in names})
    imports = [f"import {re.sub('^jose', package, module)}" for module in modules for package in (THEIRS, "fastjose")]
    to_code = folder / "comparison.py"
    to_code.write_text("\n".join(["; ".join(imports), *(name.to_code() for name in names)]) + "\n", encoding="utf-8")
    return to_code


def replace_key_class(stub: str) -> str:
    """Return the stub with fastjose's `Key`, and with `Any` instead of `Self`."""
    stub = re.sub(r"from \.(backends\.)?base import", "from fastjose.backends.base import", stub)
    return stub.replace("-> Self", "-> Any")
