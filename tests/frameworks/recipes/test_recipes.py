"""The recipes of docs/integrations/other-frameworks.md, run from the page on Litestar, Flask and Django."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fastjose
from fastjose.testing import TokenIssuer, serve_jwks
from support.documentation.blocks.markdown import read_page
from support.environment.requirements import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.testing import JwksServer

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-frameworks" / "bin" / "python"
PAGE = "docs/integrations/other-frameworks.md"
FRAMEWORKS = ("litestar", "flask", "django-wsgi", "django-asgi")

MISSING = {"status": 401, "headers": {"www-authenticate": "Bearer"}, "body": {"detail": "Not authenticated"}}
FORBIDDEN = {"status": 403, "headers": {}, "body": {"detail": "Not authorized to access this resource"}}
HELLO = {"status": 200, "headers": {}, "body": {"message": "Hello"}}
UNSIGNED_HEADER = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")


@pytest.fixture(scope="module", autouse=True)
def _require_frameworks() -> None:
    if not PYTHON.exists():
        skip_or_fail("the frameworks are not installed: run `make test-package`")


@pytest.fixture(scope="module")
def issuer() -> Iterator[JwksServer]:
    with serve_jwks(TokenIssuer()) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, issuer: JwksServer) -> Path:
    """Write the files of the page; their issuer is the one of the tests."""
    folder = tmp_path_factory.mktemp("recipes")
    for block in read_page(PAGE):
        if block.language == "python":
            assert block.title is not None
            text = block.code.replace("https://app.example.com", issuer.issuer_url)
            (folder / block.title).write_text(text, encoding="utf-8")
    return folder


def send(folder: Path, framework: str, requests: list[tuple[str, list[str]]]) -> list[dict[str, Any]]:
    driver = Path(__file__).parent / "driver.py"
    completed = subprocess.run(  # noqa: S603 - the project's own page
        [PYTHON, "-W", "error::RuntimeWarning", driver, framework],
        input=json.dumps(requests),
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{Path(fastjose.__file__).parents[1]}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert completed.returncode == 0, completed.stderr
    answers: list[dict[str, Any]] = json.loads(completed.stdout)
    return answers


def mint(issuer: JwksServer, **claims: Any) -> str:
    return issuer.issuer.mint_token("user-1", iss=issuer.issuer_url, aud=issuer.issuer_url, **claims)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_recipe_authenticates_and_refuses(folder: Path, issuer: JwksServer, framework: str) -> None:
    token, admin = mint(issuer), mint(issuer, role="user,admin")
    rejected = {
        "expired": mint(issuer, exp=1),
        "other issuer": issuer.issuer.mint_token("user-1", iss="https://other.example", aud=issuer.issuer_url),
        "changed": f"{token[:-6]}AAAAAA",
        "none": f"{UNSIGNED_HEADER}.{token.split('.')[1]}.",
        "text": "x",
        "sender-constrained": mint(issuer, cnf={"jkt": "x"}),
        "logout": mint(issuer, events={}),
        "two values": f"{token},Bearer {token}",
    }
    requests: list[tuple[str, list[str]]] = [("/hello", []), ("/me", []), ("/me-sync", []), ("/admin", [])]
    requests += [(path, [f"Bearer {token}"]) for path in ("/me", "/me-sync", "/admin")]
    requests += [("/admin", [f"bearer {admin}"])]
    requests += [("/me", [value]) for value in ("Bearer", "Bearer ", "Basic YTpi", "")]
    requests += [("/me", [f"Bearer {token}", f"Bearer {token}"])]
    requests += [(path, [f"Bearer {text}"]) for text in rejected.values() for path in ("/me", "/me-sync")]
    answers = send(folder, framework, requests)
    user = {"status": 200, "headers": {}, "body": {"user_id": "user-1"}}
    assert answers[:4] == [HELLO, MISSING, MISSING, MISSING]
    assert answers[4:8] == [user, user, FORBIDDEN, {**user, "body": {"admin": "user-1"}}]
    assert answers[8:12] == [MISSING] * 4
    assert [answer["status"] for answer in answers[12:]] == [401] * (1 + 2 * len(rejected))
    assert all(answer["headers"] == {"www-authenticate": "Bearer"} for answer in answers[12:])
    assert token.split(".")[2] not in json.dumps(answers)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_recipe_answers_503_while_keys_are_unavailable(folder: Path, issuer: JwksServer, framework: str) -> None:
    token = mint(issuer)
    issuer.status = 500
    try:
        answers = send(folder, framework, [("/me", [f"Bearer {token}"]), ("/me-sync", [f"Bearer {token}"])])
    finally:
        issuer.status = 200
    for answer in answers:
        assert (answer["status"], answer["body"]) == (503, {"detail": "Authentication service unavailable"})
        assert int(answer["headers"]["retry-after"]) >= 1
