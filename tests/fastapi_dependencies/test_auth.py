"""`fastjose.auth`: the thirteen specified names and the error table, through routes and through direct calls."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import ValidationError

from fastjose import sign_token
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, build_app, load_auth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.http

SPECIFIED_NAMES = {
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
ADDED_NAMES = {
    *("current_claims", "require_permission", "require_role", "require_scope"),
    *("CurrentSession", "Session", "current_session"),
    *("forbid_impersonation", "require_not_anonymous", "require_organization_role"),
    *("health", "warm_up"),
}


@pytest.fixture
def auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    return load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET)


@pytest.fixture
def client(auth: Any) -> Iterator[HttpClient]:
    with HttpClient(build_app(auth)) as client:
        yield client


def make_token(**claims: Any) -> str:
    """Return a valid token with `claims` changed; a claim that is ... is left out."""
    defaults = {"sub": "user-1", "exp": int(time.time()) + 60, "iat": int(time.time()), "email": "ada@example.com"}
    return sign_token(
        {name: value for name, value in {**defaults, **claims}.items() if value is not ...}, SECRET, algorithm="HS256"
    )


def test_auth_exports_the_specified_names(auth: Any) -> None:
    assert set(auth.__all__) == SPECIFIED_NAMES | ADDED_NAMES
    assert all(hasattr(auth, name) for name in SPECIFIED_NAMES | ADDED_NAMES)


def test_auth_signatures_match_the_specification(auth: Any) -> None:
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
    assert [p.name for p in parameters["verify_token"]] == ["token"]
    assert get_type_hints(auth.verify_token)["token"] is str
    assert dependency_of(parameters["get_current_user"], "token") is auth.oauth2_scheme
    assert dependency_of(parameters["get_current_user_optional"], "token") is auth.oauth2_scheme_optional
    assert dependency_of(parameters["get_user_id"], "current_user") is auth.get_current_user
    assert inspect.iscoroutinefunction(auth.get_current_user)
    assert inspect.iscoroutinefunction(auth.get_current_user_optional)
    assert not inspect.iscoroutinefunction(auth.get_user_id)


def dependency_of(parameters: list[inspect.Parameter], name: str) -> object:
    (parameter,) = parameters
    assert parameter.name == name
    _, depends = get_args(parameter.annotation)
    return depends.dependency


def test_auth_schemes_are_oauth2_password_bearer(auth: Any) -> None:
    for scheme, auto_error in ((auth.oauth2_scheme, True), (auth.oauth2_scheme_optional, False)):
        assert isinstance(scheme, OAuth2PasswordBearer)
        assert (scheme.scheme_name, scheme.auto_error) == ("OAuth2PasswordBearer", auto_error)
        assert scheme.model.model_dump()["flows"]["password"]["tokenUrl"] == "/api/auth/token"


def test_dependencies_accept_a_valid_token(client: HttpClient) -> None:
    user = {"user_id": "user-1", "email": "ada@example.com", "name": None}
    assert client.get("/me", make_token()).json() == user
    assert client.get("/optional", make_token()).json() == user
    assert client.get("/user-id", make_token()).json() == "user-1"


def sign_with_another_secret(value: str) -> str:
    return sign_token({"sub": value, "exp": int(time.time()) + 60}, "x" * 64, algorithm="HS256")


REJECTED: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: make_token(exp=int(time.time()) - 11), "Token has expired"),
    "no subject": (lambda: make_token(sub=...), "Could not validate credentials"),
    "empty subject": (lambda: make_token(sub=""), "Could not validate credentials"),
    "blank subject": (lambda: make_token(sub=" \t"), "Could not validate credentials"),
    "subject with U+0000": (lambda: make_token(sub="user-1\0"), "Could not validate credentials"),
    "number as subject": (lambda: make_token(sub=5), "Invalid token claims: Subject must be a string."),
    "null as subject": (lambda: make_token(sub=None), "Invalid token claims: Subject must be a string."),
    "audience": (lambda: make_token(aud="another"), "Invalid token claims: Invalid audience"),
    "audience {}": (lambda: make_token(aud={}), "Invalid token claims: Invalid claim format in token"),
    "issuer": (lambda: make_token(iss=5), "Invalid token claims: Issuer must be a string."),
    "email": (lambda: make_token(email=["a"]), "Invalid token claims: Email must be a string."),
    "name": (lambda: make_token(name=5), "Invalid token claims: Name must be a string."),
    "exp x": (lambda: make_token(exp="x"), "Invalid token claims: Expiration Time claim (exp) must be an integer."),
    "exp null": (lambda: make_token(exp=None), "Invalid token claims: Expiration Time claim (exp) must be an integer."),
    "nbf": (lambda: make_token(nbf=int(time.time()) + 60), "Invalid token claims: The token is not yet valid (nbf)"),
    "no exp": (lambda: make_token(exp=...), 'Invalid token: missing required key "exp" among claims'),
    "signature": (lambda: sign_with_another_secret("user-1"), "Invalid token: Signature verification failed."),
    "no token": (lambda: "garbage", "Invalid token: Not enough segments"),
    "algorithm": (
        lambda: sign_token({"sub": "u", "exp": 2**40}, SECRET, algorithm="HS512"),
        "Invalid token: The specified alg value is not allowed",
    ),
}


@pytest.mark.parametrize("case", REJECTED)
def test_dependencies_reject_an_invalid_token_with_its_detail(client: HttpClient, auth: Any, case: str) -> None:
    create_token, detail = REJECTED[case]
    rejected_token = create_token()
    for path in ("/me", "/user-id"):
        response = client.get(path, rejected_token)
        assert (response.status_code, response.json()) == (401, {"detail": detail})
        assert response.headers["www-authenticate"] == "Bearer"
    assert client.get("/optional", rejected_token).json() is None
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(rejected_token)
    assert (raised.value.status_code, raised.value.detail) == (401, detail)


def test_dependencies_without_token_respond_401(client: HttpClient) -> None:
    response = client.get("/me")
    assert (response.status_code, response.json()) == (401, {"detail": "Not authenticated"})
    assert response.headers["www-authenticate"] == "Bearer"
    assert client.get("/optional").json() is None


def test_verify_token_returns_the_payload(auth: Any) -> None:
    issued = int(time.time())
    payload = auth.verify_token(make_token(exp=issued + 60.9, iat=issued + 0.5, name="Ada"))
    assert payload == auth.TokenPayload(
        sub="user-1", exp=issued + 60, iat=issued, iss=None, aud=None, email="ada@example.com", name="Ada"
    )


def test_dependencies_can_be_called_directly(auth: Any) -> None:
    user = asyncio.run(auth.get_current_user(make_token()))
    assert user == auth.CurrentUser(user_id="user-1", email="ada@example.com")
    assert auth.get_user_id(user) == "user-1"
    assert asyncio.run(auth.get_current_user_optional(None)) is None


def test_current_user_is_frozen(auth: Any) -> None:
    user = auth.CurrentUser(user_id="user-1")
    with pytest.raises(ValidationError):
        user.user_id = "user-2"


class Recorder:
    """A user that records the threads in which its id is read."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    @property
    def user_id(self) -> str:
        self.threads.append(threading.current_thread().name)
        return "user-1"


def test_user_id_runs_outside_the_thread_pool(auth: Any) -> None:
    app, recorder = build_app(auth), Recorder()
    app.dependency_overrides[auth.get_current_user] = lambda: recorder
    with HttpClient(app) as client:
        assert client.get("/user-id").json() == "user-1"
    assert recorder.threads == [threading.current_thread().name]


def test_plain_function_runs_in_the_thread_pool(auth: Any) -> None:
    app, recorder = FastAPI(), Recorder()
    app.dependency_overrides[auth.get_current_user] = lambda: recorder

    @app.get("/user-id", dependencies=[Depends(auth.get_current_user)])
    def user_id() -> str:
        return recorder.user_id

    with HttpClient(app) as client:
        assert client.get("/user-id").json() == "user-1"
    assert recorder.threads != [threading.current_thread().name]


def responses_with_override(auth: Any, dependency: Any, replacement: Any) -> dict[str, Any]:
    app = build_app(auth)
    app.dependency_overrides[dependency] = replacement
    with HttpClient(app) as client:
        return {path: client.get(path) for path in ("/me", "/user-id", "/optional")}


def test_overriding_get_current_user_affects_user_and_user_id(auth: Any) -> None:
    responses = responses_with_override(auth, auth.get_current_user, lambda: auth.CurrentUser(user_id="test-user"))
    assert responses["/me"].json()["user_id"] == "test-user"
    assert responses["/user-id"].json() == "test-user"
    assert responses["/optional"].json() is None


def test_overriding_get_user_id_affects_user_id_only(auth: Any) -> None:
    responses = responses_with_override(auth, auth.get_user_id, lambda: "test-user")
    assert responses["/user-id"].json() == "test-user"
    assert responses["/me"].status_code == 401


def test_overriding_get_current_user_optional_affects_optional_user_only(auth: Any) -> None:
    responses = responses_with_override(
        auth, auth.get_current_user_optional, lambda: auth.CurrentUser(user_id="test-user")
    )
    assert responses["/optional"].json()["user_id"] == "test-user"
    assert responses["/me"].status_code == 401


def test_openapi_lists_the_security_scheme(auth: Any) -> None:
    document = build_app(auth).openapi()
    flows = {"password": {"scopes": {}, "tokenUrl": "/api/auth/token"}}
    assert document["components"]["securitySchemes"] == {"OAuth2PasswordBearer": {"type": "oauth2", "flows": flows}}
    for path in ("/me", "/user-id", "/optional"):
        assert document["paths"][path]["get"]["security"] == [{"OAuth2PasswordBearer": []}]


def test_clock_skew_within_the_leeway_is_accepted(client: HttpClient) -> None:
    assert client.get("/me", make_token(exp=int(time.time()) - 5)).status_code == 200
    assert client.get("/me", make_token(nbf=int(time.time()) + 5)).status_code == 200


def test_issuer_and_audience_are_validated_if_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    auth = load_auth(
        monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET, JWT_ISSUER="https://a, https://b", JWT_AUDIENCE="api,web"
    )
    assert auth.verify_token(make_token(iss="https://b", aud=["x", "web"])).aud == ["x", "web"]
    for claims, detail in (
        ({"iss": "https://c", "aud": "api"}, "Invalid token claims: Invalid issuer"),
        ({"iss": "https://a", "aud": "x"}, "Invalid token claims: Invalid audience"),
        ({"iss": "https://a"}, 'Invalid token: missing required key "aud" among claims'),
        ({"aud": "api"}, 'Invalid token: missing required key "iss" among claims'),
    ):
        with pytest.raises(HTTPException) as raised:
            auth.verify_token(make_token(**claims))
        assert raised.value.detail == detail


def test_environment_file_with_unrelated_variables_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"BETTER_AUTH_SECRET='{SECRET}'\nDATABASE_URL=sqlite://\nJWT_LEEWAY_SECONDS=100\n")
    auth = load_auth(monkeypatch, tmp_path)
    assert auth.verify_token(make_token(exp=int(time.time()) - 90)).sub == "user-1"


def test_overriding_works_with_several_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables = {"JWT_CREDENTIALS": "jwt,auth_js", "AUTH_SECRET": "a" * 40}
    auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET, **variables)
    responses = responses_with_override(auth, auth.get_current_user, lambda: auth.CurrentUser(user_id="test-user"))
    assert (responses["/me"].json()["user_id"], responses["/user-id"].json()) == ("test-user", "test-user")
    responses = responses_with_override(
        auth, auth.get_current_user_optional, lambda: auth.CurrentUser(user_id="test-user")
    )
    assert (responses["/me"].status_code, responses["/optional"].json()["user_id"]) == (401, "test-user")


def test_missing_secret_raises_value_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for environment in ({}, {"BETTER_AUTH_SECRET": ""}, {"JWT_MODE": "secret", "BETTER_AUTH_URL": "https://a.example"}):
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared
            load_auth(monkeypatch, tmp_path, **environment)
        assert str(raised.value).startswith("BETTER_AUTH_SECRET environment variable is required")


def test_valid_configuration_emits_no_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET, ENVIRONMENT="production")
    assert caught == []
