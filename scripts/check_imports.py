"""Check that no module imports itself through others, in Rust or Python, and that the core does not depend on PyO3.

Rust: a module is a file of `src/`. A `mod.rs` or `lib.rs` without definitions is transparent: an import of an item that
it re-exports leads to the file that defines the item. Unit tests do not count.

Python: every import counts, except those for type checkers. The native module counts as `fastjose._core`; it imports
the modules that `src/python/` names.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Graph = dict[str, set[str]]
ROOT = Path(__file__).parents[1]
PYTHON_FOLDERS = {
    "python": "python",
    "tests": "tests",
    "benches": ".",
    "examples/todo": "examples/todo",
    "scripts": "scripts",
}
"""The folders with Python files, and the entry of `sys.path` from which each is imported."""
CORE = "fastjose._core"
_USE = re.compile(r"^\s*(?P<visibility>pub(?:\([a-z]+\))? )?use (?P<path>[^;]+);", re.MULTILINE)
_DEFINITION = re.compile(
    r"^(?:pub(?:\([a-z]+\))? )?(?:const |async )*(?:fn|struct|enum|trait|impl|macro_rules!)\b", re.MULTILINE
)
_INLINE = re.compile(r"\b(?:crate|super|self)(?:::\w+)+")


def rust_modules() -> dict[str, str]:
    """Return the code of each module without comments and tests, by its path, such as `crate::jws::compact`."""
    modules = {}
    for file in sorted((ROOT / "src").rglob("*.rs")):
        parts = file.relative_to(ROOT / "src").with_suffix("").parts
        parts = parts[:-1] if parts[-1] in {"mod", "lib"} else parts
        code = file.read_text(encoding="utf-8").split("#[cfg(test)]\nmod ", maxsplit=1)[0]
        modules["::".join(("crate", *parts))] = re.sub(r"//[^\n]*", "", code)
    return modules


def expand_use(path: str) -> Iterator[str]:
    """Yield the paths of a `use` declaration without its braces: `a::{b, c::d as e}` has `a::b` and `a::c::d`."""
    path = " ".join(path.split())
    if (brace := path.find("{")) < 0:
        yield re.sub(r" as \w+$", "", path)
        return
    prefix, depth, part = path[:brace], 0, ""
    for character in path[brace + 1 : path.rindex("}")]:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield from expand_use(prefix + part.strip())
            part = ""
        else:
            part += character
    if part.strip():
        yield from expand_use(prefix + part.strip())


def absolute_path(path: str, module: str, modules: dict[str, str]) -> str | None:
    """Return `path`, as `module` writes it, from `crate` on; None if it leads out of the crate."""
    first, _, rest = path.partition("::")
    if first == "crate":
        return path
    if first == "self":
        return f"{module}::{rest}"
    while first == "super":
        module, path = module.rpartition("::")[0], rest
        first, _, rest = path.partition("::")
        if first != "super":
            return f"{module}::{path}"
    return f"{module}::{path}" if f"{module}::{first}" in modules else None


def defining_module(path: str, modules: dict[str, str], exports: dict[str, dict[str, str]]) -> str:
    """Return the module that defines the item `path`, through re-exports."""
    module = path
    while module not in modules:
        module = module.rpartition("::")[0]
    item = path[len(module) + 2 :].partition("::")[0]
    exported = exports[module].get(item)
    return module if exported is None else defining_module(exported, modules, exports)


def rust_graph() -> Graph:
    """Return the imports between the modules of the crate."""
    modules = rust_modules()
    exports: dict[str, dict[str, str]] = {module: {} for module in modules}
    imports: dict[str, set[str]] = {module: set() for module in modules}
    for module, code in modules.items():
        for use in _USE.finditer(code):
            paths = {absolute_path(path, module, modules) for path in expand_use(use["path"])} - {None}
            if use["visibility"]:
                exports[module].update({str(path).rpartition("::")[2]: str(path) for path in paths})
            if not use["visibility"] or _DEFINITION.search(code):
                imports[module] |= {str(path) for path in paths}
        for inline in _INLINE.findall(_USE.sub("", code)):
            if path := absolute_path(inline, module, modules):
                imports[module].add(path)
    return {
        module: {defining_module(path, modules, exports) for path in paths} - {module}
        for module, paths in imports.items()
    }


def python_imports(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield the full names that a Python module imports, except those for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = module.split(".")[: -node.level or None] if not is_package else module.split(".")
            stem = ".".join([*(parent if node.level else []), *([node.module] if node.module else [])])
            yield from (name for alias in node.names for name in (f"{stem}.{alias.name}", stem))
        else:
            yield from python_imports(node, module, is_package=is_package)


def python_graph() -> Graph:
    """Return the imports between the Python modules of the project."""
    graph: Graph = {CORE: set()}
    for folder, root in PYTHON_FOLDERS.items():
        files = (file for file in sorted((ROOT / folder).rglob("*.py")) if "node_modules" not in file.parts)
        for file in files:
            name = ".".join(file.relative_to(ROOT / root).with_suffix("").parts).removesuffix(".__init__")
            tree = ast.parse(file.read_text(encoding="utf-8"))
            graph[name] = set(python_imports(tree, name, is_package=file.stem == "__init__"))
    for file in (ROOT / "src" / "python").rglob("*.rs"):
        graph[CORE] |= {
            name.strip('"').rstrip(".") for name in re.findall(r'"fastjose\.[a-z_.]+"', file.read_text("utf-8"))
        }
        graph[CORE] |= set(re.findall(r"import_exception!\((fastjose\.[a-z_]+),", file.read_text("utf-8")))
    return {module: {name for name in imports if name in graph} - {module} for module, imports in graph.items()}


def find_circles(graph: Graph) -> list[list[str]]:
    """Return the strongly connected components of more than one module (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in sorted(graph[module]):
            if target not in index:
                visit(target)
                low[module] = min(low[module], low[target])
            elif target in stack:
                low[module] = min(low[module], index[target])
        if low[module] == index[module]:
            position = stack.index(module)
            component, stack[position:] = stack[position:], []
            if len(component) > 1:
                circles.append(sorted(component))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return circles


def main() -> int:
    """Print every circle, and every file of the core that names PyO3; return 1 if there is any."""
    problems = [f"circle of imports: {', '.join(circle)}" for circle in find_circles(rust_graph())]
    problems += [f"circle of imports: {', '.join(circle)}" for circle in find_circles(python_graph())]
    for module, code in rust_modules().items():
        if not module.startswith("crate::python") and re.search(r"\bpyo3\b", code):
            problems.append(f"the core must not use PyO3: {module}")
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
