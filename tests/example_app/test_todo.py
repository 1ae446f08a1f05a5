"""The to-do application over HTTP, on SQLite and PostgreSQL: access rules for owners, other users and guests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from support.applications.todo_app import create_task, sign_token_for

if TYPE_CHECKING:
    import httpx

    from support.clients.http_client import HttpClient

pytestmark = pytest.mark.http

NOWHERE = "/api/tasks/00000000-0000-4000-8000-000000000000"
NO_ACCESS_TO_TASK = (403, {"detail": "Not authorized to access this task"})
NOT_FOUND = (404, {"detail": "Task not found"})


def status_and_body(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


# Creating and listing


def test_create_task_sets_caller_as_owner(todo: HttpClient, ada: str) -> None:
    before = datetime.now(timezone.utc)
    task = create_task(todo, ada, title="Write the first program")
    created_at = datetime.fromisoformat(task.pop("created_at").replace("Z", "+00:00"))
    assert created_at.utcoffset() == timedelta(0)
    assert before <= created_at <= datetime.now(timezone.utc)
    assert len(task.pop("id")) == 36
    assert task == {"title": "Write the first program", "owner_id": "ada", "is_public": False, "done": False}


def test_get_task_returns_created_task(todo: HttpClient, ada: str) -> None:
    task = create_task(todo, ada, title="Ünïcödé 📝", is_public=True, done=True)
    assert status_and_body(todo.get(f"/api/tasks/{task['id']}", ada)) == (200, task)
    assert status_and_body(todo.get("/api/tasks", ada)) == (200, [task])


def test_create_task_ignores_owner_and_id(todo: HttpClient, ada: str) -> None:
    task = create_task(todo, ada, owner_id="grace", id="mine")
    assert task["owner_id"] == "ada"
    assert task["id"] != "mine"


def test_list_tasks_returns_callers_tasks_oldest_first(todo: HttpClient, ada: str, grace: str) -> None:
    for number in range(3):
        create_task(todo, ada, title=f"ada {number}")
        create_task(todo, grace, title=f"grace {number}", is_public=True)
    for name, token in (("ada", ada), ("grace", grace)):
        tasks = todo.get("/api/tasks", token).json()
        assert [task["title"] for task in tasks] == [f"{name} {number}" for number in range(3)]
    assert status_and_body(todo.get("/api/tasks", sign_token_for("somebody else"))) == (200, [])


@pytest.mark.parametrize("title", ["", "x" * 201, "nul \x00", None, 5])
def test_create_task_invalid_title_is_rejected(todo: HttpClient, ada: str, title: object) -> None:
    assert todo.post("/api/tasks", ada, json={"title": title}).status_code == 422
    assert todo.get("/api/tasks", ada).json() == []


def test_create_task_longest_title_is_stored(todo: HttpClient, ada: str) -> None:
    assert create_task(todo, ada, title="📝" * 200)["title"] == "📝" * 200


# One task: 404 if it does not exist, 403 if it belongs to another user


@pytest.mark.parametrize(("method", "body"), [("GET", {}), ("PATCH", {"json": {"done": True}}), ("DELETE", {})])
def test_missing_task_returns_404(todo: HttpClient, ada: str, method: str, body: dict[str, Any]) -> None:
    assert status_and_body(todo.request(method, NOWHERE, ada, **body)) == NOT_FOUND
    assert todo.request(method, "/api/tasks/%00", ada, **body).status_code == 422


@pytest.mark.parametrize(("method", "body"), [("GET", {}), ("PATCH", {"json": {"title": "Stolen"}}), ("DELETE", {})])
@pytest.mark.parametrize("is_public", [False, True])
def test_task_of_other_user_returns_403_and_is_unchanged(  # noqa: PLR0913 - fixtures and cases
    *, todo: HttpClient, ada: str, grace: str, method: str, body: dict[str, Any], is_public: bool
) -> None:
    task = create_task(todo, ada, is_public=is_public)
    assert status_and_body(todo.request(method, f"/api/tasks/{task['id']}", grace, **body)) == NO_ACCESS_TO_TASK
    assert status_and_body(todo.get(f"/api/tasks/{task['id']}", ada)) == (200, task)


@pytest.mark.parametrize("changes", [{"title": "New"}, {"done": True}, {"is_public": True, "done": True}, {}])
def test_update_task_changes_only_given_fields(todo: HttpClient, ada: str, changes: dict[str, object]) -> None:
    task, other = create_task(todo, ada), create_task(todo, ada)
    changed = {**task, **changes}
    assert status_and_body(todo.patch(f"/api/tasks/{task['id']}", ada, json=changes)) == (200, changed)
    assert status_and_body(todo.get("/api/tasks", ada)) == (200, [changed, other])


def test_update_task_null_or_owner_changes_nothing(todo: HttpClient, ada: str) -> None:
    task = create_task(todo, ada)
    for changes in ({"title": None, "done": None, "is_public": None}, {"owner_id": "grace", "id": "mine"}):
        assert status_and_body(todo.patch(f"/api/tasks/{task['id']}", ada, json=changes)) == (200, task)


def test_delete_task_removes_only_that_task(todo: HttpClient, ada: str) -> None:
    task, other = create_task(todo, ada), create_task(todo, ada)
    assert status_and_body(todo.delete(f"/api/tasks/{task['id']}", ada)) == (200, {"deleted": True})
    assert status_and_body(todo.delete(f"/api/tasks/{task['id']}", ada)) == NOT_FOUND
    assert todo.get("/api/tasks", ada).json() == [other]


# The route for owners, other users and guests


def test_public_route_returns_whole_task_to_owner(todo: HttpClient, ada: str) -> None:
    for is_public in (False, True):
        task = create_task(todo, ada, is_public=is_public)
        seen = todo.get(f"/api/public/tasks/{task['id']}", ada)
        assert status_and_body(seen) == (200, {"task": task, "is_owner": True})


def test_public_route_returns_public_view_to_others(todo: HttpClient, ada: str, grace: str) -> None:
    task = create_task(todo, ada, title="For all", is_public=True)
    view = {"id": task["id"], "title": "For all", "done": False}
    for token in (None, grace, "no token at all"):
        seen = todo.get(f"/api/public/tasks/{task['id']}", token)
        assert status_and_body(seen) == (200, {"task": view, "is_owner": False})


def test_public_route_private_task_returns_404_to_others(todo: HttpClient, ada: str, grace: str) -> None:
    private = create_task(todo, ada)["id"]
    for token in (None, grace, sign_token_for("ada", lifetime_seconds=-60)):
        for task_id in (private, "none"):
            assert status_and_body(todo.get(f"/api/public/tasks/{task_id}", token)) == NOT_FOUND


# The caller


def test_me_returns_user_of_token(todo: HttpClient, ada: str) -> None:
    assert status_and_body(todo.get("/me", ada)) == (
        200,
        {"user_id": "ada", "email": "ada@example.com", "name": "Ada Lovelace"},
    )
    assert status_and_body(todo.get("/me", sign_token_for("u_1"))) == (
        200,
        {"user_id": "u_1", "email": None, "name": None},
    )


def test_hello_greets_user_or_guest(todo: HttpClient, ada: str) -> None:
    assert status_and_body(todo.get("/hello", ada)) == (200, {"message": "Hello ada"})
    for token in (None, "no token at all", sign_token_for("ada", lifetime_seconds=-60)):
        assert status_and_body(todo.get("/hello", token)) == (200, {"message": "Hello guest"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/tasks"),
        ("POST", "/api/tasks"),
        ("GET", NOWHERE),
        ("PATCH", NOWHERE),
        ("DELETE", NOWHERE),
        ("GET", "/me"),
    ],
)
def test_protected_route_without_valid_token_returns_401(todo: HttpClient, method: str, path: str) -> None:
    refusals = {
        None: "Not authenticated",
        sign_token_for("ada", lifetime_seconds=-60): "Token has expired",
        sign_token_for("ada", "x" * 48): "Invalid token: Signature verification failed.",
    }
    for token, detail in refusals.items():
        response = todo.request(method, path, token)
        assert status_and_body(response) == (401, {"detail": detail})
        assert response.headers["WWW-Authenticate"] == "Bearer"
