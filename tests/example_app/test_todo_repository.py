"""Every query on tasks filters by owner, except `get_by_id_of_any_owner`, which only certain routes call.

The tests check the SQL of every public method of the repository and of every route, and the source code.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import SQLModel

import backend
from backend.core.database import build_engine, open_session
from backend.models.task import Task
from backend.repositories.task_repository import TaskRepository
from support.todo_app import create_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.http_client import HttpClient

pytestmark = pytest.mark.http

BACKEND = Path(backend.__file__).parent
WITHOUT_OWNER = "get_by_id_of_any_owner"
METHODS = [name for name, _ in inspect.getmembers(TaskRepository, inspect.isfunction) if not name.startswith("_")]
ON_TASKS = re.compile(r"\b(FROM|UPDATE|INTO|JOIN)\s+\"?task\b", re.IGNORECASE)
BY_OWNER = re.compile(r"\bWHERE\b.*\bowner_id = ", re.IGNORECASE | re.DOTALL)
ALTERNATIVE = re.compile(r"\bOR\b", re.IGNORECASE)  # would include rows of other owners


@pytest.fixture
def repository(database_url: str) -> Iterator[TaskRepository]:
    """Yield a repository whose database contains one task: `t1` of ada."""
    engine = build_engine(database_url)
    SQLModel.metadata.create_all(engine)
    with open_session(engine) as session:
        session.add(Task(id="t1", title="A task", owner_id="ada"))
        session.commit()
    with open_session(engine) as session:
        yield TaskRepository(session)
    engine.dispose()


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
    """Return the statements that read or change tasks without a filter by owner."""
    return [
        statement
        for statement in statements
        if not statement.startswith("INSERT") and (not BY_OWNER.search(statement) or ALTERNATIVE.search(statement))
    ]


def call_method(repository: TaskRepository, name: str, owner_id: str) -> Any:
    """Call the method with arguments for its parameters, which all methods share."""
    known = {"task_id": "t1", "owner_id": owner_id, "changes": {"title": "New"}, "task": Task(title="B", owner_id="x")}
    method = getattr(repository, name)
    parameters = set(inspect.signature(method).parameters)
    assert parameters <= set(known), f"say here what {name} is to be called with"
    return method(**{parameter: known[parameter] for parameter in parameters})


# The repository


def test_all_public_methods_are_listed() -> None:
    assert set(METHODS) >= {"get_by_owner", "get_one", "create", "update", "delete", WITHOUT_OWNER}


@pytest.mark.parametrize("name", [name for name in METHODS if name != WITHOUT_OWNER])
@pytest.mark.parametrize("owner_id", ["ada", "grace"])
def test_method_statements_filter_by_owner(repository: TaskRepository, name: str, owner_id: str) -> None:
    with record_task_statements() as statements:
        result = call_method(repository, name, owner_id)
        for task in result if isinstance(result, list) else [result]:
            str(task.owner_id if isinstance(task, Task) else task)  # lazy loading is a statement too
    assert statements
    assert statements_without_owner(statements) == []


def test_get_by_id_of_any_owner_does_not_filter(repository: TaskRepository) -> None:
    with record_task_statements() as statements:
        task = repository.get_by_id_of_any_owner("t1")
    assert task is not None
    assert len(statements_without_owner(statements)) == len(statements) == 1


@pytest.mark.parametrize(
    ("statement", "filters"),
    [
        ("SELECT task.owner_id FROM task WHERE task.id = ?", False),
        ("SELECT task.owner_id FROM task", False),
        ("UPDATE task SET owner_id = ? WHERE task.id = ?", False),
        ("SELECT task.id FROM task WHERE task.id = ? OR task.owner_id = ?", False),
        ("DELETE FROM task WHERE task.id = ? AND task.owner_id = ?", True),
    ],
)
def test_statements_without_owner_recognizes_filter(statement: str, filters: bool) -> None:  # noqa: FBT001 - a case
    assert ON_TASKS.search(statement)
    assert (statements_without_owner([statement]) == []) is filters


def test_methods_of_other_owner_return_nothing(repository: TaskRepository) -> None:
    assert repository.get_by_owner("grace") == []
    assert repository.get_one("t1", "grace") is None
    assert repository.update("t1", "grace", {"title": "Stolen"}) is None
    assert repository.update("t1", "grace", {}) is None
    assert repository.delete("t1", "grace") is False
    assert [task.title for task in repository.get_by_owner("ada")] == ["A task"]


def test_methods_of_owner_return_task(repository: TaskRepository) -> None:
    assert [task.id for task in repository.get_by_owner("ada")] == ["t1"]
    updated = repository.update("t1", "ada", {"title": "New"})
    assert updated is not None
    assert updated.title == "New"
    assert repository.delete("t1", "ada") is True
    assert repository.get_one("t1", "ada") is None


def test_session_is_usable_in_other_thread(repository: TaskRepository) -> None:
    assert repository.get_one("t1", "ada") is not None
    with ThreadPoolExecutor() as threads:
        assert threads.submit(repository.delete, "t1", "ada").result() is True


def test_create_overwrites_owner(repository: TaskRepository) -> None:
    task = repository.create(Task(title="B", owner_id="ada"), "grace")
    assert task.owner_id == "grace"
    assert [stored.id for stored in repository.get_by_owner("grace")] == [task.id]


# The routes


@pytest.mark.parametrize(
    ("route", "body", "reads_any_owner"),
    [
        ("GET /api/tasks", {}, 0),
        ("POST /api/tasks", {"json": {"title": "B"}}, 0),
        ("GET /api/tasks/{id}", {}, 1),
        ("PATCH /api/tasks/{id}", {"json": {"title": "New"}}, 1),
        ("DELETE /api/tasks/{id}", {}, 1),
        ("GET /api/public/tasks/{id}", {}, 1),
    ],
)
def test_route_omits_owner_only_for_403_or_public_task(
    todo: HttpClient, ada: str, route: str, body: dict[str, Any], reads_any_owner: int
) -> None:
    task = create_task(todo, ada)
    method, path = route.split()
    with record_task_statements() as statements:
        response = todo.request(method, path.format(**task), ada, **body)
    assert response.is_success
    assert statements
    assert len(statements_without_owner(statements)) == reads_any_owner


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


def find_names(function: ast.FunctionDef) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def test_only_listed_routes_query_without_owner() -> None:
    routes = functions_using(WITHOUT_OWNER)
    assert set(routes) == {
        "routers/tasks.py:get_task",
        "routers/tasks.py:update_task",
        "routers/tasks.py:delete_task",
        "routers/public.py:get_public_task",
    }
    for route in routes.values():
        assert "require_ownership" in find_names(route) or {"check", "is_public"} & attribute_names(route)


def test_other_code_does_not_name_unfiltered_method() -> None:
    named = [path.name for path in BACKEND.rglob("*.py") if WITHOUT_OWNER in path.read_text(encoding="utf-8")]
    assert sorted(named) == ["public.py", "task_repository.py", "tasks.py"]


def test_only_repository_queries_database() -> None:
    for method in ("exec", "execute", "scalars", "get_one_or_none", "query"):
        assert {place.partition(":")[0] for place in functions_using(method)} <= {"repositories/task_repository.py"}
