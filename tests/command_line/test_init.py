"""`fastjose init`: nothing is overwritten, and the application that results runs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from fastjose._cli.init.templates import render_files
from fastjose.settings import load_settings
from fastjose.testing import TokenIssuer, serve_jwks
from support.environment.fresh_import import set_environment
from support.processes.command_line import command_environment, run_command
from support.servers.uvicorn_server import run_uvicorn_with

FILES = {path.as_posix(): content for path, content in render_files("backend", has_repository=True).items()}
MAIN = """
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Response

from PACKAGE.core.database import create_tables
from PACKAGE.dependencies.auth import (
    AuthenticatedUser,
    CurrentUser,
    require_permission,
    require_role,
    require_scope,
    warm_up,
)
from PACKAGE.models.task import Task, TaskCreate
from PACKAGE.repositories.task_repository import Tasks


@asynccontextmanager
async def prepare(_):
    create_tables()
    yield


app = FastAPI(lifespan=prepare)


@app.get("/me")
async def read_me(user: AuthenticatedUser) -> CurrentUser:
    return user


@app.get("/admin")
async def read_admin(user: Annotated[CurrentUser, Depends(require_role("admin"))]) -> CurrentUser:
    return user


@app.get("/granted", dependencies=[Depends(require_scope("tasks:read")), Depends(require_permission("task:delete"))])
async def read_granted() -> str:
    return "granted"


@app.get("/ready")
async def ready() -> Response:
    return Response(status_code=(await warm_up()).status_code)


@app.get("/tasks")
def list_tasks(tasks: Tasks) -> list[Task]:
    return tasks.list()


@app.get("/tasks/{task_id}")
def get_task(task_id: int, tasks: Tasks) -> Task:
    return tasks.get(task_id)


@app.post("/tasks", status_code=201)
def create_task(new: TaskCreate, tasks: Tasks) -> Task:
    return tasks.create(new)
"""


def read_tree(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_init_writes_the_files_of_the_specification(tmp_path: Path) -> None:
    result = run_command("init", str(tmp_path))
    assert (result.exit_code, result.errors) == (0, "")
    assert read_tree(tmp_path) == FILES
    assert {"backend/dependencies/auth.py", "backend/core/config.py", ".env.example"} < FILES.keys()
    assert all(f"{path}: wrote" in result.output for path in FILES)


def test_init_dry_run_writes_nothing(tmp_path: Path) -> None:
    result = run_command("init", str(tmp_path), "--dry-run")
    assert result.exit_code == 0
    assert read_tree(tmp_path) == {}
    assert all(f"{path}: would write" in result.output for path in FILES)


def test_init_second_run_changes_nothing(tmp_path: Path) -> None:
    run_command("init", str(tmp_path))
    result = run_command("init", str(tmp_path), "--json")
    assert result.exit_code == 0
    assert {file["action"] for file in json.loads(result.output)["files"]} == {"unchanged"}
    assert read_tree(tmp_path) == FILES


@pytest.mark.parametrize("options", [(), ("--beside",), ("--dry-run",), ("--beside", "--dry-run")])
@pytest.mark.parametrize("path", FILES)
def test_init_never_overwrites(tmp_path: Path, path: str, options: tuple[str, ...]) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("mine")
    result = run_command("init", str(tmp_path), *options)
    assert (tmp_path / path).read_text() == "mine"
    is_package_mark = path.endswith("__init__.py")
    assert result.exit_code == (0 if is_package_mark else 1)
    assert f"{path}: {'unchanged' if is_package_mark else 'kept'}" in result.output
    beside = tmp_path / f"{path}.new"
    assert beside.exists() is (options == ("--beside",) and not is_package_mark)
    assert not beside.exists() or beside.read_text() == FILES[path]


def test_init_does_not_overwrite_what_it_wrote_beside(tmp_path: Path) -> None:
    for name in (".env.example", ".env.example.new"):
        (tmp_path / name).write_text("mine")
    assert run_command("init", str(tmp_path), "--beside").exit_code == 1
    assert (tmp_path / ".env.example.new").read_text() == "mine"


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither links without privileges nor FIFOs")
@pytest.mark.parametrize("kind", ["folder", "dangling link", "fifo", "binary"])
def test_init_other_thing_with_the_name_of_a_file_is_kept(tmp_path: Path, kind: str) -> None:
    target = tmp_path / ".env.example"
    if kind == "folder":
        target.mkdir()
    elif kind == "dangling link":
        target.symlink_to(tmp_path / "elsewhere")
    elif kind == "fifo":
        os.mkfifo(target)
    else:
        target.write_bytes(b"\xff\x00")
    assert run_command("init", str(tmp_path)).exit_code == 1
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("path", ["backend", "backend/core", "backend/dependencies"])
def test_init_file_in_place_of_a_folder_is_refused_before_anything_is_written(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("mine")
    result = run_command("init", str(tmp_path))
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert read_tree(tmp_path) == {path: "mine"}


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without privileges")
@pytest.mark.parametrize("options", [(), ("--json",), ("--beside",), ("--dry-run",)])
@pytest.mark.parametrize("path", ["backend", "backend/core"])
def test_init_link_to_a_folder_elsewhere_is_refused_before_anything_is_written(
    tmp_path: Path, path: str, options: tuple[str, ...]
) -> None:
    application, elsewhere = tmp_path / "application", tmp_path / "elsewhere"
    (application / path).parent.mkdir(parents=True)
    elsewhere.mkdir()
    (application / path).symlink_to(elsewhere)
    result = run_command("init", str(application), *options)
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert f"{application / path} must be a folder within {application}: it is a link to another place" in result.errors
    assert list(elsewhere.iterdir()) == []
    assert read_tree(application) == {}


@pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without privileges")
def test_init_link_to_the_application_or_within_is_followed(tmp_path: Path) -> None:
    (tmp_path / "application" / "src").mkdir(parents=True)
    (tmp_path / "application" / "backend").symlink_to("src")
    (tmp_path / "link").symlink_to("application")
    assert run_command("init", str(tmp_path / "link")).exit_code == 0
    assert (tmp_path / "application" / "src" / "core" / "config.py").exists()


@pytest.mark.parametrize("package", ["", "my-app", "1st", "a..b", "../up", "/root", "class", "a/b", "a.import", "x\n"])
def test_init_other_name_of_package_is_refused(tmp_path: Path, package: str) -> None:
    result = run_command("init", str(tmp_path), "--package", package)
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)
    assert read_tree(tmp_path) == {}


@pytest.mark.parametrize("mark", ["main.py", "app.py", "__init__.py"])
def test_init_names_a_package_of_another_name(tmp_path: Path, mark: str) -> None:
    make_file(tmp_path / "myapp" / mark)
    assert "found package myapp: pass -p myapp\n" in run_command("init", str(tmp_path), "--dry-run").output
    assert json.loads(run_command("init", str(tmp_path), "--dry-run", "--json").output)["other_packages"] == ["myapp"]
    assert "found" not in run_command("init", str(tmp_path), "-p", "myapp.api", "--dry-run").output
    result = run_command("init", str(tmp_path))
    assert (result.exit_code, result.output.count("found package")) == (0, 1)
    assert "found" not in run_command("init", str(tmp_path)).output, "the package exists now"


def test_init_names_each_package_once(tmp_path: Path) -> None:
    for file in ("worker/main.py", "api/__init__.py", "api/main.py"):
        make_file(tmp_path / file)
    output = run_command("init", str(tmp_path)).output
    assert "found package api: pass -p api\nfound package worker: pass -p worker\n" in output


@pytest.mark.parametrize(
    "path",
    [
        *("tests/__init__.py", "docs/main.py", "scripts/main.py", "node_modules/main.py", "migrations/__init__.py"),
        *(".venv/main.py", "venv/main.py", "my-app/main.py", "notes/todo.txt", "main.py", "myapp"),
    ],
)
def test_init_other_folders_are_not_named(tmp_path: Path, path: str) -> None:
    make_file(tmp_path / path)
    assert "found" not in run_command("init", str(tmp_path)).output


def test_init_virtual_environment_of_any_name_is_not_named(tmp_path: Path) -> None:
    for file in ("myenv/pyvenv.cfg", "myenv/main.py"):
        make_file(tmp_path / file)
    assert "found" not in run_command("init", str(tmp_path)).output


def test_init_missing_folder_is_refused(tmp_path: Path) -> None:
    result = run_command("init", str(tmp_path / "missing"))
    assert (result.exit_code, result.output, result.errors.count("\n")) == (2, "", 1)


def test_init_without_repository_writes_neither_model_nor_database(tmp_path: Path) -> None:
    assert run_command("init", str(tmp_path), "--no-repository").exit_code == 0
    assert not [
        path for path in read_tree(tmp_path) if any(word in path for word in ("model", "repositor", "database"))
    ]


@pytest.mark.parametrize("package", ["backend", "my_app.api"])
def test_init_application_runs_in_uvicorn(tmp_path: Path, package: str) -> None:
    issuer, folder = TokenIssuer("http://127.0.0.1:3000"), tmp_path / "app"
    main = folder.joinpath(*package.split("."), "main.py")
    main.parent.mkdir(parents=True)
    main.write_text(MAIN.replace("PACKAGE", package))
    assert run_command("init", str(folder), "--package", package).exit_code == 0
    with serve_jwks(issuer) as jwks:
        settings = {
            "BETTER_AUTH_URL": str(issuer.url),
            "JWKS_URL": jwks.url,
            "DATABASE_URL": f"sqlite:///{tmp_path}/a.db",
        }
        application, options = f"{package}.main:app", ("--app-dir", str(folder))
        environment = command_environment(**settings)
        with run_uvicorn_with(Path(sys.executable), tmp_path, application, environment, options) as app:
            check_application(app.origin, issuer)


def test_init_example_of_environment_configures_the_application(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run_command("init", str(tmp_path))
    set_environment(monkeypatch, tmp_path, {})
    (tmp_path / ".env.example").rename(tmp_path / ".env")
    settings = load_settings()
    assert (settings.mode, settings.better_auth_url) == ("jwks", "http://localhost:3000")


def check_application(url: str, issuer: TokenIssuer) -> None:
    ada, grace = ({"Authorization": f"Bearer {issuer.mint_token(name)}"} for name in ("ada", "grace"))
    with httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/me").status_code == 401
        assert client.get("/me", headers=ada).json()["user_id"] == "ada"
        check_grants(client, issuer)
        body = {"title": "Write the tests", "user_id": "grace"}
        task = client.post("/tasks", headers=ada, json=body).json()
        assert task["user_id"] == "ada"
        assert client.get("/tasks", headers=ada).json() == [task]
        assert client.get("/tasks", headers=grace).json() == []
        assert client.get(f"/tasks/{task['id']}", headers=ada).json() == task
        assert client.get(f"/tasks/{task['id']}", headers=grace).status_code == 404


def check_grants(client: httpx.Client, issuer: TokenIssuer) -> None:
    granted: dict[str, Any] = {"role": "admin", "scope": "tasks:read", "permissions": ["task:delete"]}
    claims: dict[str, Any]
    for claims, status in ({}, 403), (granted, 200):
        headers = {"Authorization": f"Bearer {issuer.mint_token('ada', **claims)}"}
        assert [client.get(path, headers=headers).status_code for path in ("/admin", "/granted")] == [status] * 2
    assert [client.get(path).status_code for path in ("/admin", "/granted", "/ready")] == [401, 401, 200]
