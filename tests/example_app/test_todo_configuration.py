"""The to-do application in different environments: its development issuer, `/docs` and settings."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from pydantic import SecretStr

from backend.core.config import Settings
from support.applications.todo_app import SECRET, TOKEN_URL, load_todo_app, sign_in
from support.clients.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.http

StartApp = Callable[..., HttpClient]
ADA = {"username": "ada", "password": "development"}


@pytest.fixture
def start_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StartApp]:
    """Yield a function that starts the application with its keyword arguments as environment."""
    with contextlib.ExitStack() as running:
        yield lambda **environment: running.enter_context(HttpClient(load_todo_app(monkeypatch, tmp_path, environment)))


# The development issuer


@pytest.mark.parametrize(("name", "full_name"), [("ada", "Ada Lovelace"), ("grace", "Grace Hopper")])
def test_issuer_token_names_user_for_15_minutes(start_app: StartApp, name: str, full_name: str) -> None:
    before = int(time.time())
    claims = jwt.decode(sign_in(start_app(), name), SECRET, algorithms=["HS256"])
    assert before <= claims["iat"] <= time.time()
    assert claims == {
        "sub": name,
        "name": full_name,
        "email": f"{name}@example.com",
        "iat": claims["iat"],
        "exp": claims["iat"] + 15 * 60,
    }


def test_issuer_response_follows_oauth2(start_app: StartApp) -> None:
    response = start_app().post(TOKEN_URL, data={"grant_type": "password", **ADA})
    assert response.status_code == 200
    body = response.json()
    assert isinstance(body.pop("access_token"), str)
    assert body == {"token_type": "bearer", "expires_in": 900}


@pytest.mark.parametrize(
    "form",
    [
        {"username": "ada", "password": "Development"},
        {"username": "ada", "password": "dévelopment"},
        {"username": "eve", "password": "development"},
    ],
)
def test_issuer_wrong_name_and_wrong_password_get_equal_response(start_app: StartApp, form: dict[str, str]) -> None:
    response = start_app().post(TOKEN_URL, data=form)
    assert (response.status_code, response.json()) == (400, {"detail": "Incorrect username or password"})


@pytest.mark.parametrize(
    ("environment", "header", "claims"),
    [
        ({"JWT_ALGORITHM": "HS512"}, "HS512", {}),
        ({"JWT_ISSUER": "https://issuer.test"}, "HS256", {"iss": "https://issuer.test"}),
        ({"JWT_AUDIENCE": "one, two"}, "HS256", {"aud": ["one", "two"]}),
        ({"JWT_ISSUER": "a,b", "JWT_AUDIENCE": "c"}, "HS256", {"iss": "a", "aud": ["c"]}),
    ],
)
def test_issuer_token_has_expected_issuer_and_audience(
    start_app: StartApp, environment: dict[str, str], header: str, claims: dict[str, Any]
) -> None:
    client = start_app(**environment)
    token = sign_in(client, "ada")
    assert jwt.get_unverified_header(token)["alg"] == header
    payload = jwt.decode(token, options={"verify_signature": False})
    assert {name: payload[name] for name in ("iss", "aud") if name in payload} == claims
    assert client.get("/me", token).json()["user_id"] == "ada"


@pytest.mark.parametrize("token_url", ["/token", "token", "/auth/sign-in?from=docs"])
def test_issuer_is_at_token_url(start_app: StartApp, token_url: str) -> None:
    client = start_app(TOKEN_URL=token_url)
    path = "/" + token_url.lstrip("/").partition("?")[0]
    assert client.post(path, data=ADA).status_code == 200
    assert client.post(TOKEN_URL, data=ADA).status_code == 404


@pytest.mark.parametrize(
    "environment",
    [
        {"ENVIRONMENT": "production"},
        {"ENVIRONMENT": "staging"},
        {"ENVIRONMENT": ""},
        {"BETTER_AUTH_URL": "http://127.0.0.1:9"},
        {"TOKEN_URL": "https://issuer.test/api/auth/token"},
        {"TOKEN_URL": "//issuer.test/api/auth/token"},
    ],
)
def test_issuer_is_absent_outside_development_or_without_secret(
    start_app: StartApp, environment: dict[str, str]
) -> None:
    client = start_app(**environment)
    assert client.post(TOKEN_URL, data=ADA).status_code == 404
    assert all("token" not in path for path in client.get("/openapi.json").json()["paths"])
    assert client.get("/hello").json() == {"message": "Hello guest"}


# The documentation


def test_docs_lock_every_operation_with_token(start_app: StartApp) -> None:
    document = start_app().get("/openapi.json").json()
    operations = {
        (method, path): operation.get("security")
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert operations.pop(("post", TOKEN_URL)) is None
    assert len(operations) == 8
    assert set(map(str, operations.values())) == {"[{'OAuth2PasswordBearer': []}]"}


@pytest.mark.parametrize("token_url", [TOKEN_URL, "https://issuer.test/token"])
def test_docs_name_token_url(start_app: StartApp, token_url: str) -> None:
    document = start_app(TOKEN_URL=token_url).get("/openapi.json").json()
    scheme = document["components"]["securitySchemes"]["OAuth2PasswordBearer"]
    assert scheme == {"type": "oauth2", "flows": {"password": {"scopes": {}, "tokenUrl": token_url}}}


# Pages of another origin

PAGE = "http://127.0.0.1:3000"


def cors_headers(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-allow-")}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/tasks"), ("PATCH", "/api/tasks/1"), ("DELETE", "/api/tasks/1")]
)
def test_cors_listed_page_may_call_with_token_and_cookies(start_app: StartApp, method: str, path: str) -> None:
    client = start_app(CORS_ORIGINS=f"https://todo.test, {PAGE}")
    preflight = {
        "Origin": PAGE,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = client.request("OPTIONS", path, headers=preflight)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert method in answer.headers["access-control-allow-methods"]
    refusal = client.request(method, path, headers={"Origin": PAGE}, json={"title": "A task"})
    assert refusal.status_code == 401  # with the headers, so that the page can read it
    assert cors_headers(refusal) == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-credentials": "true",
    }


@pytest.mark.parametrize("environment", [{}, {"CORS_ORIGINS": ""}, {"CORS_ORIGINS": "https://todo.test"}])
def test_cors_other_page_is_not_allowed(start_app: StartApp, environment: dict[str, str]) -> None:
    client = start_app(**environment)
    headers = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET"):
        answer = client.request(method, "/api/tasks", headers=headers)
        assert answer.status_code in {400, 401, 405}
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origins", ["*", "null", "todo.test", "https://todo.test/", "https://*.todo.test", f"{PAGE} *"]
)
def test_cors_invalid_origin_raises(start_app: StartApp, origins: str) -> None:
    with pytest.raises(ValueError, match=r"\ACORS_ORIGINS must be origins such as "):
        start_app(CORS_ORIGINS=origins)


# Settings


def test_start_without_secret_raises(start_app: StartApp) -> None:
    with pytest.raises(ValueError, match=r"\ABETTER_AUTH_SECRET environment variable is required"):
        start_app(BETTER_AUTH_SECRET="")


@pytest.mark.parametrize("url", ["sesame", "sesame://host/todo", "postgresql://user:sesame@host:port/todo", "://"])
def test_start_invalid_database_url_raises_without_showing_it(start_app: StartApp, url: str) -> None:
    with pytest.raises(ValueError, match=r"\ADATABASE_URL must be a URL such as ") as raised:
        start_app(DATABASE_URL=url)
    assert "sesame" not in str(raised.value)


def test_settings_are_read_from_dotenv_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, start_app: StartApp
) -> None:
    monkeypatch.setenv("NEXT_PUBLIC_API_URL", "http://127.0.0.1:3000")
    dotenv = tmp_path / ".env"
    dotenv.write_text(f"BETTER_AUTH_SECRET={SECRET}\nTOKEN_URL=/from-dotenv\nSMTP_PASSWORD=other\n", encoding="utf-8")
    client = start_app(BETTER_AUTH_SECRET="")
    assert client.post("/from-dotenv", data=ADA).status_code == 200


def test_settings_repr_omits_secret_and_database_url() -> None:
    settings = Settings(better_auth_secret=SecretStr(SECRET), database_url="postgresql://user:sesame@db/todo")
    assert SECRET not in repr(settings)
    assert "sesame" not in repr(settings)
