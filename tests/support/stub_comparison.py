"""Whether this package has what `types-python-jose` declares: a program for mypy, with one function for each name.

In it, what the stubs declare is assigned to a variable, and then what this package has; mypy says where that cannot be.
The stubs' `Key` is taken as this package's, save where the two are themselves compared.
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

# The stubs, under a name of their own.
THEIRS = "python_jose_stubs"


@dataclass(frozen=True)
class Declared:
    """A name that the stubs declare, such as `jwt.decode` or `backends.base.Key.sign`."""

    module: str
    path: str
    node: ast.stmt | None
    """Its declaration; None for a name that is imported to be had."""

    @property
    def name(self) -> str:
        return f"{self.module}.{self.path}".removeprefix("jose.")

    @property
    def ours(self) -> str:
        return f"{re.sub('^jose', 'fastjose', self.module)}.{self.path}"

    @property
    def theirs(self) -> str:
        return f"{re.sub('^jose', THEIRS, self.module)}.{self.path}"

    def is_there(self) -> bool:
        """Tell whether python-jose has it, for the stubs declare more in places."""
        owner, _, name = self.path.rpartition(".")
        found = importlib.import_module(self.module)
        return bool(owner) or hasattr(found, name)

    def program(self) -> str:
        """Return a line that type-checks where this package has it, of a type that serves."""
        if isinstance(self.node, ast.ClassDef):
            return f"def _() -> type[{self._base(self.node)}]: return {self.ours}"
        if self.node is None or self._is_of_a_class_of_theirs(self.node):
            return f"def _() -> object: return {self.ours}"
        if "." in self.path:
            return self._member()
        return f"def _() -> None: it = {self.theirs}; it = {self.ours}"

    def _base(self, declaration: ast.ClassDef) -> str:
        base = ast.unparse(declaration.bases[0]) if declaration.bases else "object"
        if base in {"object", "Exception"}:
            return base
        return "fastjose.backends.base.Key" if base == "Key" else f"fastjose.exceptions.{base}"

    @staticmethod
    def _is_of_a_class_of_theirs(declaration: ast.stmt) -> bool:
        """Tell whether a variable is a class, or the one instance of a class, whose members are compared."""
        annotation = ast.unparse(declaration.annotation) if isinstance(declaration, ast.AnnAssign) else ""
        return annotation.startswith("type[") or annotation in {"Algorithms", "Zips"}

    def _member(self) -> str:
        (theirs, member), ours = self.theirs.rsplit(".", 1), self.ours.rsplit(".", 1)[0]
        return f"def _(theirs: {theirs}, ours: {ours}) -> None: it = theirs.{member}; it = ours.{member}"


def stubs() -> Path:
    return Path(str(metadata.distribution("types-python-jose").locate_file("jose-stubs")))


def declared() -> Iterator[Declared]:
    """Yield every public name of python-jose that the stubs declare."""
    for file in sorted(stubs().rglob("*.pyi")):
        parts = file.relative_to(stubs()).with_suffix("").parts
        module = ".".join(("jose", *parts)).removesuffix(".__init__")
        if not parts[-1].startswith("_") or parts[-1] == "__init__":
            names = _names(module, ast.parse(file.read_text(encoding="utf-8")).body)
            yield from (name for name in names if name.is_there())


def _names(module: str, body: list[ast.stmt], owner: str = "") -> Iterator[Declared]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield from (Declared(module, alias.asname, None) for alias in node.names if alias.asname)
        elif isinstance(node, ast.AnnAssign):
            yield Declared(module, owner + ast.unparse(node.target), node)
        elif isinstance(node, ast.FunctionDef) and node.name != "__init__":
            yield Declared(module, owner + node.name, node)
        elif isinstance(node, ast.ClassDef):
            yield Declared(module, node.name, node)
            yield from _names(module, node.body, f"{node.name}.")


def write_program(folder: Path, names: list[Declared]) -> Path:
    """Write the program, and beside it the stubs; return its path. Line n + 2 is of the name n, counted from 0."""
    for file in stubs().rglob("*.pyi"):
        copy = folder / THEIRS / file.relative_to(stubs())
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(_with_our_key(file.read_text(encoding="utf-8")), encoding="utf-8")
    modules = sorted({name.module for name in names})
    imports = [f"import {re.sub('^jose', package, module)}" for module in modules for package in (THEIRS, "fastjose")]
    program = folder / "comparison.py"
    program.write_text("\n".join(["; ".join(imports), *(name.program() for name in names)]) + "\n", encoding="utf-8")
    return program


def _with_our_key(stub: str) -> str:
    """Return a stub in which `Key` is this package's, and `Self`, which would be a class of each, anything."""
    stub = re.sub(r"from \.(backends\.)?base import", "from fastjose.backends.base import", stub)
    return stub.replace("-> Self", "-> Any")
