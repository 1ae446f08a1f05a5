"""The names that a Python file binds to PyJWT, and where it uses them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.names import is_module, name_member

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHER = "?"
"""What a name is bound to if it is not an import."""


@dataclass(eq=False)
class Scope:
    """A module, class, function or comprehension.

    Attributes:
        kind: `module`, `class`, `function` or `comprehension`.
        parent: The scope around it.
        bindings: What each name is bound to: the dotted names of imports, or `?`.
        outer: The scopes of the names that `global` and `nonlocal` declare.
    """

    kind: str
    parent: Scope | None = None
    bindings: dict[str, set[str]] = field(default_factory=dict)
    outer: dict[str, Scope] = field(default_factory=dict)


@dataclass(frozen=True)
class Use:
    """A use of PyJWT.

    Attributes:
        node: The whole name, such as `jwt.exceptions.InvalidTokenError`.
        name: The name of the member, such as `InvalidTokenError`. Empty for a module.
        is_certain: False if the name is also bound to something else in the same scope.
    """

    node: ast.expr
    name: str
    is_certain: bool


class Names(ast.NodeVisitor):
    """The scopes of a file, and the names that it reads."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = self._scope = Scope("module")
        self.loads: list[tuple[ast.Name, Scope]] = []
        self.imports: list[tuple[ast.Import | ast.ImportFrom, Scope]] = []
        self.parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.visit(tree)

    def resolve(self, name: str, scope: Scope) -> set[str]:
        """Return what `name` is bound to, seen from `scope`."""
        found: Scope | None = scope.outer.get(name, scope)
        while found is not None:
            is_visible = found is scope or found.kind != "class"
            if is_visible and name in found.bindings:
                return found.bindings[name]
            found = found.parent
        return set()

    def find_uses(self) -> Iterator[Use]:
        """Yield the uses of PyJWT."""
        for node, scope in self.loads:
            targets = self.resolve(node.id, scope)
            if any(is_pyjwt(target) for target in targets):
                yield self._climb(node, min(filter(is_pyjwt, targets)), is_certain=len(targets) == 1)

    def _climb(self, name: ast.Name, target: str, *, is_certain: bool) -> Use:
        """Return the use of the member of a module that begins with `name`."""
        path, node = target.split(".")[1:], self._as_expression(name)
        parent = self.parents.get(node)
        while is_module(path) and isinstance(parent, ast.Attribute):
            path, node, parent = [*path, parent.attr], parent, self.parents.get(parent)
        return Use(node, name_member(path), is_certain)

    @staticmethod
    def _as_expression(name: ast.Name) -> ast.expr:
        return name

    def _bind(self, name: str, target: str = _OTHER) -> None:
        scope = self._scope.outer.get(name, self._scope)
        scope.bindings.setdefault(name, set()).add(target)

    def _visit_inside(self, kind: str, *nodes: ast.AST | list[ast.stmt]) -> None:
        self._scope = Scope(kind, self._scope)
        for node in nodes:
            for each in node if isinstance(node, list) else [node]:
                self.visit(each)
        self._scope = self._scope.parent or self.module

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.loads.append((node, self._scope))
        else:
            self._bind(node.id)

    def visit_Import(self, node: ast.Import) -> None:
        self.imports.append((node, self._scope))
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self._bind(alias.asname or top, alias.name if alias.asname else top)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.imports.append((node, self._scope))
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            self._bind(alias.asname or alias.name, f"{module}.{alias.name}")

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name)
        for each in [*node.decorator_list, *([node.returns] if node.returns else [])]:
            self.visit(each)
        self._visit_arguments(node.args)
        self._visit_inside("function", _names_only(node.args), node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_arguments(node.args)
        self._visit_inside("function", _names_only(node.args), node.body)

    def _visit_arguments(self, arguments: ast.arguments) -> None:
        """Visit the defaults and the annotations, which belong to the scope around the function."""
        for argument in _all_arguments(arguments):
            if argument.annotation:
                self.visit(argument.annotation)
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default:
                self.visit(default)

    def visit_arg(self, node: ast.arg) -> None:
        self._bind(node.arg)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name)
        for each in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self.visit(each)
        self._visit_inside("class", node.body)

    def _visit_comprehension(self, node: ast.AST) -> None:
        self._visit_inside("comprehension", *ast.iter_child_nodes(node))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension  # noqa: N815

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self._scope
        while self._scope.kind == "comprehension" and self._scope.parent:
            self._scope = self._scope.parent
        self._bind(node.target.id)
        self._scope = scope

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self._scope.outer.update(dict.fromkeys(node.names, self.module))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            scope = self._scope.parent
            while scope and scope.parent and name not in scope.bindings:
                scope = scope.parent
            self._scope.outer[name] = scope or self.module


def is_pyjwt(target: str) -> bool:
    """Return whether a dotted name is PyJWT or below it."""
    return target == "jwt" or target.startswith("jwt.")


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    starred = [each for each in (arguments.vararg, arguments.kwarg) if each]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def _names_only(arguments: ast.arguments) -> ast.Module:
    """Return a tree whose visit binds the names of the arguments, and nothing else."""
    tree = ast.Module(body=[], type_ignores=[])
    tree.body = _all_arguments(arguments)  # type: ignore[assignment]  # visited, never compiled
    return tree
