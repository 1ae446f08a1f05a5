"""`fastjose.auth`: the specification's thirteen names, its error table, its modes, as routes and callers meet them."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any, get_args

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import ValidationError

from fastjose import sign_token
from support.fresh_import import SECRET, build_app, load_auth
from support.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.http

NAMES = {
    "get_current_user",
    "get_current_user_optional",
    "get_user_id",
    "AuthenticatedUser",
    "OptionalUser",
    "UserId",
    "CurrentUser",
    "TokenPayload",
    "require_ownership",
    "OwnershipChecker",
    "oauth2_scheme",
    "oauth2_scheme_optional",
    "verify_token",
}
ADDED = {"current_claims", "require_permission", "require_role", "require_scope"}


@pytest.fixture
def auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    return load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET)


@pytest.fixture
def client(auth: Any) -> Iterator[HttpClient]:
    with HttpClient(build_app(auth)) as client:
        yield client


def token(**claims: Any) -> str:
    """Return a good token, changed by `claims`; a claim that is ... is left out."""
    good = {"sub": "user-1", "exp": int(time.time()) + 60, "iat": int(time.time()), "email": "ada@example.com"}
    return sign_token(
        {name: value for name, value in {**good, **claims}.items() if value is not ...}, SECRET, algorithm="HS256"
    )


def test_exports_the_names_of_the_specification(auth: Any) -> None:
    assert set(auth.__all__) == NAMES | ADDED
    assert all(hasattr(auth, name) for name in NAMES | ADDED)


def test_signatures_are_those_of_the_specification(auth: Any) -> None:
    parameters = {
        name: list(inspect.signature(getattr(auth, name)).parameters.values())
        for name in (
            "verify_token",
            "get_current_user",
            "get_current_user_optional",
            "get_user_id",
            "require_ownership",
        )
    }
    assert [p.name for p in parameters["require_ownership"]] == ["resource_owner_id", "current_user_id"]
    assert [(p.name, p.annotation) for p in parameters["verify_token"]] == [("token", str)]
    assert depends_on(parameters["get_current_user"], "token") is auth.oauth2_scheme
    assert depends_on(parameters["get_current_user_optional"], "token") is auth.oauth2_scheme_optional
    assert depends_on(parameters["get_user_id"], "current_user") is auth.get_current_user
    assert inspect.iscoroutinefunction(auth.get_current_user)
    assert inspect.iscoroutinefunction(auth.get_current_user_optional)
    assert not inspect.iscoroutinefunction(auth.get_user_id)


def depends_on(parameters: list[inspect.Parameter], name: str) -> object:
    (parameter,) = parameters
    assert parameter.name == name
    _, depends = get_args(parameter.annotation)
    return depends.dependency


def test_schemes_are_oauth2_password_bearer(auth: Any) -> None:
    for scheme, auto_error in ((auth.oauth2_scheme, True), (auth.oauth2_scheme_optional, False)):
        assert isinstance(scheme, OAuth2PasswordBearer)
        assert (scheme.scheme_name, scheme.auto_error) == ("OAuth2PasswordBearer", auto_error)
        assert scheme.model.model_dump()["flows"]["password"]["tokenUrl"] == "/api/auth/token"


def test_valid_token(client: HttpClient) -> None:
    user = {"user_id": "user-1", "email": "ada@example.com", "name": None}
    assert client.get("/me", token()).json() == user
    assert client.get("/optional", token()).json() == user
    assert client.get("/user-id", token()).json() == "user-1"


def another_secret(value: str) -> str:
    return sign_token({"sub": value, "exp": int(time.time()) + 60}, "x" * 64, algorithm="HS256")


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: token(exp=int(time.time()) - 11), "Token has expired"),
    "no subject": (lambda: token(sub=...), "Could not validate credentials"),
    "empty subject": (lambda: token(sub=""), "Could not validate credentials"),
    "blank subject": (lambda: token(sub=" \t"), "Could not validate credentials"),
    "subject with U+0000": (lambda: token(sub="user-1\0"), "Could not validate credentials"),
    "number as subject": (lambda: token(sub=5), "Invalid token claims: Subject must be a string."),
    "null as subject": (lambda: token(sub=None), "Invalid token claims: Subject must be a string."),
    "audience": (lambda: token(aud="another"), "Invalid token claims: Invalid audience"),
    "audience {}": (lambda: token(aud={}), "Invalid token claims: Invalid claim format in token"),
    "issuer": (lambda: token(iss=5), "Invalid token claims: Issuer must be a string."),
    "email": (lambda: token(email=["a"]), "Invalid token claims: Email must be a string."),
    "name": (lambda: token(name=5), "Invalid token claims: Name must be a string."),
    "exp x": (lambda: token(exp="x"), "Invalid token claims: Expiration Time claim (exp) must be an integer."),
    "exp null": (lambda: token(exp=None), "Invalid token claims: Expiration Time claim (exp) must be an integer."),
    "nbf": (lambda: token(nbf=int(time.time()) + 60), "Invalid token claims: The token is not yet valid (nbf)"),
    "no exp": (lambda: token(exp=...), 'Invalid token: missing required key "exp" among claims'),
    "signature": (lambda: another_secret("user-1"), "Invalid token: Signature verification failed."),
    "no token": (lambda: "garbage", "Invalid token: Not enough segments"),
    "algorithm": (
        lambda: sign_token({"sub": "u", "exp": 2**40}, SECRET, algorithm="HS512"),
        "Invalid token: The specified alg value is not allowed",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_token(client: HttpClient, auth: Any, case: str) -> None:
    make, detail = REFUSED[case]
    refused = make()
    for path in ("/me", "/user-id"):
        response = client.get(path, refused)
        assert (response.status_code, response.json()) == (401, {"detail": detail})
        assert response.headers["www-authenticate"] == "Bearer"
    assert client.get("/optional", refused).json() is None
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(refused)
    assert (raised.value.status_code, raised.value.detail) == (401, detail)


def test_missing_token(client: HttpClient) -> None:
    response = client.get("/me")
    assert (response.status_code, response.json()) == (401, {"detail": "Not authenticated"})
    assert response.headers["www-authenticate"] == "Bearer"
    assert client.get("/optional").json() is None


def test_verify_token_returns_the_payload(auth: Any) -> None:
    issued = int(time.time())
    payload = auth.verify_token(token(exp=issued + 60.9, iat=issued + 0.5, name="Ada"))
    assert payload == auth.TokenPayload(
        sub="user-1", exp=issued + 60, iat=issued, iss=None, aud=None, email="ada@example.com", name="Ada"
    )


def test_callers_may_call_the_dependencies_themselves(auth: Any) -> None:
    user = asyncio.run(auth.get_current_user(token()))
    assert user == auth.CurrentUser(user_id="user-1", email="ada@example.com")
    assert auth.get_user_id(user) == "user-1"
    assert asyncio.run(auth.get_current_user_optional(None)) is None


def test_current_user_is_frozen(auth: Any) -> None:
    user = auth.CurrentUser(user_id="user-1")
    with pytest.raises(ValidationError):
        user.user_id = "user-2"


class Recorder:
    """A user that notes in which threads its id was read."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    @property
    def user_id(self) -> str:
        self.threads.append(threading.current_thread().name)
        return "user-1"


def test_user_id_stays_off_the_thread_pool(auth: Any) -> None:
    app, recorder = build_app(auth), Recorder()
    app.dependency_overrides[auth.get_current_user] = lambda: recorder
    with HttpClient(app) as client:
        assert client.get("/user-id").json() == "user-1"
    assert recorder.threads == [threading.current_thread().name]


def test_a_plain_function_runs_in_the_thread_pool(auth: Any) -> None:
    app, recorder = FastAPI(), Recorder()
    app.dependency_overrides[auth.get_current_user] = lambda: recorder

    @app.get("/user-id", dependencies=[Depends(auth.get_current_user)])
    def user_id() -> str:
        return recorder.user_id

    with HttpClient(app) as client:
        assert client.get("/user-id").json() == "user-1"
    assert recorder.threads != [threading.current_thread().name]


def overridden(auth: Any, dependency: Any, replacement: Any) -> dict[str, Any]:
    app = build_app(auth)
    app.dependency_overrides[dependency] = replacement
    with HttpClient(app) as client:
        return {path: client.get(path) for path in ("/me", "/user-id", "/optional")}


def test_overriding_get_current_user(auth: Any) -> None:
    seen = overridden(auth, auth.get_current_user, lambda: auth.CurrentUser(user_id="test-user"))
    assert seen["/me"].json()["user_id"] == "test-user"
    assert seen["/user-id"].json() == "test-user"
    assert seen["/optional"].json() is None


def test_overriding_get_user_id(auth: Any) -> None:
    seen = overridden(auth, auth.get_user_id, lambda: "test-user")
    assert seen["/user-id"].json() == "test-user"
    assert seen["/me"].status_code == 401


def test_overriding_get_current_user_optional(auth: Any) -> None:
    seen = overridden(auth, auth.get_current_user_optional, lambda: auth.CurrentUser(user_id="test-user"))
    assert seen["/optional"].json()["user_id"] == "test-user"
    assert seen["/me"].status_code == 401


def test_openapi_shows_the_lock(auth: Any) -> None:
    document = build_app(auth).openapi()
    flows = {"password": {"scopes": {}, "tokenUrl": "/api/auth/token"}}
    assert document["components"]["securitySchemes"] == {"OAuth2PasswordBearer": {"type": "oauth2", "flows": flows}}
    for path in ("/me", "/user-id", "/optional"):
        assert document["paths"][path]["get"]["security"] == [{"OAuth2PasswordBearer": []}]


def test_a_clock_that_is_off_by_less_than_the_leeway(client: HttpClient) -> None:
    assert client.get("/me", token(exp=int(time.time()) - 5)).status_code == 200
    assert client.get("/me", token(nbf=int(time.time()) + 5)).status_code == 200


def test_issuer_and_audience_are_compared_where_they_are_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    auth = load_auth(
        monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET, JWT_ISSUER="https://a, https://b", JWT_AUDIENCE="api,web"
    )
    assert auth.verify_token(token(iss="https://b", aud=["x", "web"])).aud == ["x", "web"]
    for claims, detail in (
        ({"iss": "https://c", "aud": "api"}, "Invalid token claims: Invalid issuer"),
        ({"iss": "https://a", "aud": "x"}, "Invalid token claims: Invalid audience"),
        ({"iss": "https://a"}, 'Invalid token: missing required key "aud" among claims'),
        ({"aud": "api"}, 'Invalid token: missing required key "iss" among claims'),
    ):
        with pytest.raises(HTTPException) as raised:
            auth.verify_token(token(**claims))
        assert raised.value.detail == detail


def test_the_environment_file_is_read_and_may_hold_other_things(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"BETTER_AUTH_SECRET='{SECRET}'\nDATABASE_URL=sqlite://\nJWT_LEEWAY_SECONDS=100\n")
    auth = load_auth(monkeypatch, tmp_path)
    assert auth.verify_token(token(exp=int(time.time()) - 90)).sub == "user-1"


def test_without_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for environment in ({}, {"BETTER_AUTH_SECRET": ""}, {"JWT_MODE": "secret", "BETTER_AUTH_URL": "https://a.example"}):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole text is compared
            load_auth(monkeypatch, tmp_path, **environment)
        assert str(raised.value) == "BETTER_AUTH_SECRET environment variable is required"


def test_a_good_configuration_warns_of_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as seen:
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET, ENVIRONMENT="production")
    assert seen == []
