"""The to-do application over HTTP, on SQLite and on PostgreSQL: who may see and change what."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from support.todo_app import create_task, token_for

if TYPE_CHECKING:
    import httpx

    from support.http_client import HttpClient

pytestmark = pytest.mark.http

NOWHERE = "/api/tasks/00000000-0000-4000-8000-000000000000"
NO_ACCESS_TO_RESOURCE = (403, {"detail": "Not authorized to access this resource"})
NO_ACCESS_TO_TASK = (403, {"detail": "Not authorized to access this task"})
NOT_FOUND = (404, {"detail": "Task not found"})


def answer(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


# Creating and listing


def test_a_new_task_belongs_to_the_caller(todo: HttpClient, ada: str) -> None:
    before = datetime.now(timezone.utc)
    task = create_task(todo, ada, title="Write the first program")
    created_at = datetime.fromisoformat(task.pop("created_at").replace("Z", "+00:00"))
    assert created_at.utcoffset() == timedelta(0)
    assert before <= created_at <= datetime.now(timezone.utc)
    assert len(task.pop("id")) == 36
    assert task == {"title": "Write the first program", "owner_id": "ada", "is_public": False, "done": False}


def test_what_was_created_is_read_back_the_same(todo: HttpClient, ada: str) -> None:
    task = create_task(todo, ada, title="Ünïcödé 📝", is_public=True, done=True)
    assert answer(todo.get(f"/api/tasks/{task['id']}", ada)) == (200, task)
    assert answer(todo.get("/api/tasks", ada)) == (200, [task])


def test_a_client_cannot_choose_owner_or_id(todo: HttpClient, ada: str) -> None:
    task = create_task(todo, ada, owner_id="grace", id="mine")
    assert task["owner_id"] == "ada"
    assert task["id"] != "mine"


def test_each_list_holds_only_the_callers_tasks_the_oldest_first(todo: HttpClient, ada: str, grace: str) -> None:
    for number in range(3):
        create_task(todo, ada, title=f"ada {number}")
        create_task(todo, grace, title=f"grace {number}", is_public=True)
    for name, token in (("ada", ada), ("grace", grace)):
        tasks = todo.get("/api/tasks", token).json()
        assert [task["title"] for task in tasks] == [f"{name} {number}" for number in range(3)]
    assert answer(todo.get("/api/tasks", token_for("somebody else"))) == (200, [])


@pytest.mark.parametrize("title", ["", "x" * 201, "nul \x00", None, 5])
def test_a_title_that_cannot_be_stored_is_refused(todo: HttpClient, ada: str, title: object) -> None:
    assert todo.post("/api/tasks", ada, json={"title": title}).status_code == 422
    assert todo.get("/api/tasks", ada).json() == []


def test_the_longest_title_is_stored(todo: HttpClient, ada: str) -> None:
    assert create_task(todo, ada, title="📝" * 200)["title"] == "📝" * 200


# One task: 404 if it is not there, 403 if it is another's


@pytest.mark.parametrize(("method", "body"), [("GET", {}), ("PATCH", {"json": {"done": True}}), ("DELETE", {})])
def test_a_task_that_is_not_there_is_a_404(todo: HttpClient, ada: str, method: str, body: dict[str, Any]) -> None:
    assert answer(todo.request(method, NOWHERE, ada, **body)) == NOT_FOUND
    assert todo.request(method, "/api/tasks/%00", ada, **body).status_code == 422


@pytest.mark.parametrize(
    ("method", "body", "refusal"),
    [
        ("GET", {}, NO_ACCESS_TO_RESOURCE),
        ("PATCH", {"json": {"title": "Stolen"}}, NO_ACCESS_TO_TASK),
        ("DELETE", {}, NO_ACCESS_TO_TASK),
    ],
)
@pytest.mark.parametrize("is_public", [False, True])
def test_anothers_task_is_a_403_and_stays_as_it_is(  # noqa: PLR0913 - fixtures and cases
    *, todo: HttpClient, ada: str, grace: str, method: str, body: dict[str, Any], refusal: object, is_public: bool
) -> None:
    task = create_task(todo, ada, is_public=is_public)
    assert answer(todo.request(method, f"/api/tasks/{task['id']}", grace, **body)) == refusal
    assert answer(todo.get(f"/api/tasks/{task['id']}", ada)) == (200, task)


@pytest.mark.parametrize("changes", [{"title": "New"}, {"done": True}, {"is_public": True, "done": True}, {}])
def test_a_change_reaches_what_it_names_and_nothing_else(
    todo: HttpClient, ada: str, changes: dict[str, object]
) -> None:
    task, other = create_task(todo, ada), create_task(todo, ada)
    changed = {**task, **changes}
    assert answer(todo.patch(f"/api/tasks/{task['id']}", ada, json=changes)) == (200, changed)
    assert answer(todo.get("/api/tasks", ada)) == (200, [changed, other])


def test_a_change_to_null_or_of_the_owner_changes_nothing(todo: HttpClient, ada: str) -> None:
    task = create_task(todo, ada)
    for changes in ({"title": None, "done": None, "is_public": None}, {"owner_id": "grace", "id": "mine"}):
        assert answer(todo.patch(f"/api/tasks/{task['id']}", ada, json=changes)) == (200, task)


def test_a_deleted_task_is_gone_and_no_other(todo: HttpClient, ada: str) -> None:
    task, other = create_task(todo, ada), create_task(todo, ada)
    assert answer(todo.delete(f"/api/tasks/{task['id']}", ada)) == (200, {"deleted": True})
    assert answer(todo.delete(f"/api/tasks/{task['id']}", ada)) == NOT_FOUND
    assert todo.get("/api/tasks", ada).json() == [other]


# The mixed route


def test_the_owner_sees_all_of_a_task(todo: HttpClient, ada: str) -> None:
    for is_public in (False, True):
        task = create_task(todo, ada, is_public=is_public)
        seen = todo.get(f"/api/public/tasks/{task['id']}", ada)
        assert answer(seen) == (200, {"task": task, "is_owner": True})


def test_others_see_the_public_view_of_a_public_task(todo: HttpClient, ada: str, grace: str) -> None:
    task = create_task(todo, ada, title="For all", is_public=True)
    view = {"id": task["id"], "title": "For all", "done": False}
    for token in (None, grace, "no token at all"):
        seen = todo.get(f"/api/public/tasks/{task['id']}", token)
        assert answer(seen) == (200, {"task": view, "is_owner": False})


def test_to_others_a_private_task_is_as_good_as_none(todo: HttpClient, ada: str, grace: str) -> None:
    private = create_task(todo, ada)["id"]
    for token in (None, grace, token_for("ada", lifetime_seconds=-60)):
        for task_id in (private, "none"):
            assert answer(todo.get(f"/api/public/tasks/{task_id}", token)) == NOT_FOUND


# Who is calling


def test_me_is_the_user_of_the_token(todo: HttpClient, ada: str) -> None:
    assert answer(todo.get("/me", ada)) == (
        200,
        {"user_id": "ada", "email": "ada@example.com", "name": "Ada Lovelace"},
    )
    assert answer(todo.get("/me", token_for("u_1"))) == (200, {"user_id": "u_1", "email": None, "name": None})


def test_hello_greets_users_and_guests(todo: HttpClient, ada: str) -> None:
    assert answer(todo.get("/hello", ada)) == (200, {"message": "Hello ada"})
    for token in (None, "no token at all", token_for("ada", lifetime_seconds=-60)):
        assert answer(todo.get("/hello", token)) == (200, {"message": "Hello guest"})


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
def test_without_a_valid_token_a_protected_route_is_a_401(todo: HttpClient, method: str, path: str) -> None:
    refusals = {
        None: "Not authenticated",
        token_for("ada", lifetime_seconds=-60): "Token has expired",
        token_for("ada", "x" * 48): "Invalid token: Signature verification failed.",
    }
    for token, detail in refusals.items():
        response = todo.request(method, path, token)
        assert answer(response) == (401, {"detail": detail})
        assert response.headers["WWW-Authenticate"] == "Bearer"
