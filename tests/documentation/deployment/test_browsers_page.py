"""The page on browsers and CORS is correct: its applications answer a browser as it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, import_fresh, set_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

pytestmark = pytest.mark.http

PAGE = (Path(__file__).parents[3] / "docs" / "deployment" / "browsers.md").read_text(encoding="utf-8")
BLOCKS = dict(zip(["token", "cookies"], re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL), strict=True))
TRUSTED, OTHER = "https://app.example.com", "https://attacker.example"


@pytest.fixture
def load_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], FastAPI]:
    """Return a function that runs the code of a block and returns its application."""
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET})
    monkeypatch.syspath_prepend(tmp_path)

    def load(block: str) -> FastAPI:
        (tmp_path / "cors_app.py").write_text(block, encoding="utf-8")
        app: FastAPI = import_fresh(monkeypatch, "cors_app", {"fastjose.auth", "cors_app"}.__contains__).app
        return app

    return load


def preflight(app: FastAPI, origin: str, header: str = "authorization") -> Any:
    headers = {"origin": origin, "access-control-request-method": "GET", "access-control-request-headers": header}
    with HttpClient(app) as client:
        return client.request("OPTIONS", "/me", headers=headers)


def test_preflight_of_the_page_is_permitted_without_a_token(load_app: Callable[[str], FastAPI]) -> None:
    response = preflight(load_app(BLOCKS["token"]), TRUSTED)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, TRUSTED)


@pytest.mark.parametrize("block", BLOCKS)
def test_preflight_of_another_page_is_refused_as_documented(load_app: Callable[[str], FastAPI], block: str) -> None:
    response = preflight(load_app(BLOCKS[block]), OTHER, "content-type")
    assert (response.status_code, response.text) == (400, "Disallowed CORS origin")
    assert response.text in PAGE
    assert "access-control-allow-origin" not in response.headers


def test_header_that_is_not_listed_is_refused_as_documented(load_app: Callable[[str], FastAPI]) -> None:
    response = preflight(load_app(BLOCKS["token"]), TRUSTED, "x-unknown")
    assert (response.status_code, response.text) == (400, "Disallowed CORS headers")
    assert response.text in PAGE


def test_page_can_read_why_a_token_was_rejected(load_app: Callable[[str], FastAPI]) -> None:
    with HttpClient(load_app(BLOCKS["token"])) as client:
        response = client.request("GET", "/me", headers={"origin": TRUSTED})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (401, TRUSTED)
    assert response.headers["access-control-expose-headers"] == "WWW-Authenticate, Retry-After"


def test_every_origin_with_credentials_is_as_dangerous_as_documented(load_app: Callable[[str], FastAPI]) -> None:
    app = load_app(BLOCKS["cookies"].replace(f'["{TRUSTED}"]', '["*"]'))
    with HttpClient(app) as client:
        response = client.request("GET", "/", headers={"origin": OTHER, "cookie": "session=1"})
    headers = response.headers
    assert headers["access-control-allow-origin"] == OTHER
    assert headers["access-control-allow-credentials"] == "true"
