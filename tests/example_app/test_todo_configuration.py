"""The to-do application under one environment and another: its development issuer, `/docs`, its settings."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from pydantic import SecretStr

from backend.core.config import Settings
from support.http_client import HttpClient
from support.todo_app import SECRET, TOKEN_URL, load_todo_app, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.http

Start = Callable[..., HttpClient]
ADA = {"username": "ada", "password": "development"}


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Start]:
    """Yield a function that starts the application under the environment that its keywords give."""
    with contextlib.ExitStack() as running:
        yield lambda **environment: running.enter_context(HttpClient(load_todo_app(monkeypatch, tmp_path, environment)))


# The development issuer


@pytest.mark.parametrize(("name", "full_name"), [("ada", "Ada Lovelace"), ("grace", "Grace Hopper")])
def test_the_issuer_says_who_it_is_for_a_quarter_of_an_hour(start: Start, name: str, full_name: str) -> None:
    before = int(time.time())
    claims = jwt.decode(sign_in(start(), name), SECRET, algorithms=["HS256"])
    assert before <= claims["iat"] <= time.time()
    assert claims == {
        "sub": name,
        "name": full_name,
        "email": f"{name}@example.com",
        "iat": claims["iat"],
        "exp": claims["iat"] + 15 * 60,
    }


def test_the_issuer_answers_as_oauth2_clients_expect(start: Start) -> None:
    response = start().post(TOKEN_URL, data={"grant_type": "password", **ADA})
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
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(start: Start, form: dict[str, str]) -> None:
    response = start().post(TOKEN_URL, data=form)
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
def test_the_issuers_tokens_are_what_the_application_expects(
    start: Start, environment: dict[str, str], header: str, claims: dict[str, Any]
) -> None:
    client = start(**environment)
    token = sign_in(client, "ada")
    assert jwt.get_unverified_header(token)["alg"] == header
    payload = jwt.decode(token, options={"verify_signature": False})
    assert {name: payload[name] for name in ("iss", "aud") if name in payload} == claims
    assert client.get("/me", token).json()["user_id"] == "ada"


@pytest.mark.parametrize("token_url", ["/token", "token", "/auth/sign-in?from=docs"])
def test_the_issuer_is_where_token_url_says(start: Start, token_url: str) -> None:
    client = start(TOKEN_URL=token_url)
    path = "/" + token_url.lstrip("/").partition("?")[0]
    assert client.post(path, data=ADA).status_code == 200
    assert client.post(TOKEN_URL, data=ADA).status_code == 404


@pytest.mark.parametrize(
    "environment",
    [
        {"ENVIRONMENT": "production"},
        {"BETTER_AUTH_URL": "http://127.0.0.1:9"},
        {"TOKEN_URL": "https://issuer.test/api/auth/token"},
        {"TOKEN_URL": "//issuer.test/api/auth/token"},
    ],
)
def test_there_is_no_issuer_where_it_must_not_be_or_cannot_sign(start: Start, environment: dict[str, str]) -> None:
    client = start(**environment)
    assert client.post(TOKEN_URL, data=ADA).status_code == 404
    assert all("token" not in path for path in client.get("/openapi.json").json()["paths"])
    assert client.get("/hello").json() == {"message": "Hello guest"}


# The documentation


def test_every_operation_that_reads_a_token_has_a_lock_icon(start: Start) -> None:
    document = start().get("/openapi.json").json()
    operations = {
        (method, path): operation.get("security")
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert operations.pop(("post", TOKEN_URL)) is None
    assert len(operations) == 8
    assert set(map(str, operations.values())) == {"[{'OAuth2PasswordBearer': []}]"}


@pytest.mark.parametrize("token_url", [TOKEN_URL, "https://issuer.test/token"])
def test_the_documentation_says_where_to_sign_in(start: Start, token_url: str) -> None:
    document = start(TOKEN_URL=token_url).get("/openapi.json").json()
    scheme = document["components"]["securitySchemes"]["OAuth2PasswordBearer"]
    assert scheme == {"type": "oauth2", "flows": {"password": {"scopes": {}, "tokenUrl": token_url}}}


# Settings


def test_without_a_secret_the_application_does_not_start(start: Start) -> None:
    with pytest.raises(ValueError, match=r"\ABETTER_AUTH_SECRET environment variable is required\Z"):
        start(BETTER_AUTH_SECRET="")


@pytest.mark.parametrize("url", ["sesame", "sesame://host/todo", "postgresql://user:sesame@host:port/todo", "://"])
def test_a_database_url_that_is_none_is_refused_without_being_shown(start: Start, url: str) -> None:
    with pytest.raises(ValueError, match=r"\ADATABASE_URL must be a URL such as ") as refused:
        start(DATABASE_URL=url)
    assert "sesame" not in str(refused.value)


def test_settings_come_from_a_dotenv_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, start: Start) -> None:
    monkeypatch.setenv("NEXT_PUBLIC_API_URL", "http://127.0.0.1:3000")
    dotenv = tmp_path / ".env"
    dotenv.write_text(f"BETTER_AUTH_SECRET={SECRET}\nTOKEN_URL=/from-dotenv\nSMTP_PASSWORD=other\n", encoding="utf-8")
    client = start(BETTER_AUTH_SECRET="")
    assert client.post("/from-dotenv", data=ADA).status_code == 200


def test_neither_secret_nor_database_url_shows_in_the_settings() -> None:
    settings = Settings(better_auth_secret=SecretStr(SECRET), database_url="postgresql://user:sesame@db/todo")
    assert SECRET not in repr(settings)
    assert "sesame" not in repr(settings)
