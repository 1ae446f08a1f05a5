"""Every query on tasks has the owner, except `find_task_of_any_owner`, which the route of public tasks alone calls.

The tests check the SQL of every route, and the source code. `tests/ownership` checks the repository.
"""

from __future__ import annotations

import ast
import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

import backend
from support.applications.todo_app import create_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.clients.http_client import HttpClient

pytestmark = pytest.mark.http

BACKEND = Path(backend.__file__).parent
WITHOUT_OWNER = "find_task_of_any_owner"
ON_TASKS = re.compile(r"\b(FROM|UPDATE|INTO|JOIN)\s+\"?task\b", re.IGNORECASE)
BY_OWNER = re.compile(r"\bWHERE\b.*\bowner_id = ", re.IGNORECASE | re.DOTALL)
LOCK = re.compile(r"^SELECT task\.id\s+FROM task\s+WHERE task\.id IN ")
ALTERNATIVE = re.compile(r"\bOR\b", re.IGNORECASE)  # would include rows of other owners


@contextlib.contextmanager
def record_task_statements() -> Iterator[list[str]]:
    """Record all statements on the table of tasks, for any database, inside the block."""
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if ON_TASKS.search(statement):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", record)


def statements_without_owner(statements: list[str]) -> list[str]:
    """Return the statements that read or change tasks without a filter by owner.

    An UPDATE or a DELETE by primary key follows the statement that locks the row of the owner.
    """
    return [
        statement
        for before, statement in zip(["", *statements], statements, strict=False)
        if not statement.startswith("INSERT")
        and not has_owner(statement)
        and not (statement.startswith(("UPDATE", "DELETE")) and LOCK.search(before) and has_owner(before))
    ]


def has_owner(statement: str) -> bool:
    return BY_OWNER.search(statement) is not None and ALTERNATIVE.search(statement) is None


@pytest.mark.parametrize(
    ("statements", "without_owner"),
    [
        (["SELECT task.owner_id FROM task WHERE task.id = ?"], 1),
        (["SELECT task.owner_id FROM task"], 1),
        (["UPDATE task SET owner_id = ? WHERE task.id = ?"], 1),
        (["SELECT task.id FROM task WHERE task.id = ? OR task.owner_id = ?"], 1),
        (["DELETE FROM task WHERE task.id = ? AND task.owner_id = ?"], 0),
        (["SELECT task.id FROM task WHERE task.id IN (?)", "DELETE FROM task WHERE task.id = ?"], 2),
        (["SELECT task.id FROM task WHERE task.id IN (?) AND task.owner_id = ?", "DELETE FROM task WHERE id = ?"], 0),
    ],
)
def test_statements_without_owner_recognizes_filter(statements: list[str], without_owner: int) -> None:
    assert len(statements_without_owner(statements)) == without_owner


@pytest.mark.parametrize(
    ("route", "body", "reads_any_owner"),
    [
        ("GET /api/tasks", {}, 0),
        ("POST /api/tasks", {"json": {"title": "B"}}, 0),
        ("GET /api/tasks/{id}", {}, 0),
        ("PATCH /api/tasks/{id}", {"json": {"title": "New"}}, 0),
        ("DELETE /api/tasks/{id}", {}, 0),
        ("GET /api/public/tasks/{id}", {}, 1),
    ],
)
def test_route_omits_owner_only_for_public_task(
    todo: HttpClient, ada: str, route: str, body: dict[str, Any], reads_any_owner: int
) -> None:
    task = create_task(todo, ada)
    method, path = route.split()
    with record_task_statements() as statements:
        response = todo.request(method, path.format(**task), ada, **body)
    assert response.is_success
    assert statements
    assert len(statements_without_owner(statements)) == reads_any_owner


@pytest.mark.parametrize(("method", "body"), [("GET", {}), ("PATCH", {"json": {"title": "New"}}), ("DELETE", {})])
def test_route_reads_only_number_of_tasks_of_other_owner(
    todo: HttpClient, ada: str, grace: str, method: str, body: dict[str, Any]
) -> None:
    task = create_task(todo, ada)
    with record_task_statements() as statements:
        assert todo.request(method, f"/api/tasks/{task['id']}", grace, **body).status_code == 403
    (counting,) = statements_without_owner(statements)
    assert counting.startswith("SELECT count(*)")


# The source


def functions_using(name: str) -> dict[str, ast.FunctionDef]:
    """Return the functions of the backend that use the attribute `name`, as module and function name."""
    return {
        f"{path.relative_to(BACKEND).as_posix()}:{function.name}": function
        for path in BACKEND.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and name in attribute_names(function)
    }


def attribute_names(function: ast.FunctionDef) -> set[str]:
    return {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}


def names_of(path: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}


def test_only_public_route_queries_without_owner() -> None:
    using = [path.relative_to(BACKEND).as_posix() for path in BACKEND.rglob("*.py") if WITHOUT_OWNER in names_of(path)]
    assert using == ["routers/public.py"]


def test_only_repository_and_public_route_have_session() -> None:
    using = {
        path.relative_to(BACKEND).as_posix() for path in BACKEND.rglob("*.py") if "DatabaseSession" in names_of(path)
    }
    assert using == {"core/database.py", "repositories/task_repository.py", "routers/public.py"}


def test_only_repository_queries_database() -> None:
    for method in ("exec", "execute", "scalars", "get_one_or_none", "query", "unrestricted"):
        assert {place.partition(":")[0] for place in functions_using(method)} == set()
