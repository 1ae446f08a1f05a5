"""Authorization: roles, scopes and permissions that a token must grant, and one verification for each request."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import gc
import inspect
import sys
import time
import weakref
from collections import UserDict
from pathlib import Path
from typing import Annotated, Any

import fastapi
import pytest
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from fastjose import sign_token
from fastjose._authorization.requirements import (
    build_permission_requirement,
    build_role_requirement,
    build_scope_requirement,
)
from fastjose._fastapi import flat_dependencies
from fastjose._verifiers import request_authentication
from fastjose.better_auth import api_verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, load_auth
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_claims, make_api_token, sign_claims

pytestmark = pytest.mark.http

VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)
FORBIDDEN = {"detail": "Not authorized to access this resource"}

ROLES: list[tuple[dict[str, Any], bool]] = [
    ({"role": "admin"}, True),
    ({"role": "user,admin"}, True),
    ({"role": "user, admin"}, True),
    ({"roles": ["user", "admin"]}, True),
    ({"role": ["admin"]}, True),
    ({"role": "user", "roles": ["admin"]}, True),
    ({"role": "editor"}, True),
    ({"roles": "user,editor"}, True),
    ({}, False),
    ({"role": None}, False),
    ({"role": ""}, False),
    ({"role": "user"}, False),
    ({"role": "Admin"}, False),
    ({"role": "administrator"}, False),
    ({"role": "admin\u00a0"}, False),
    ({"role": "user admin"}, False),
    ({"role": {"admin": True}}, False),
    ({"role": True}, False),
    ({"roles": [["admin"], {"name": "admin"}, None, 1]}, False),
    ({"roles": ["user,admin"]}, False),
    ({"user": {"role": "admin"}}, False),
]
SCOPES: list[tuple[dict[str, Any], bool]] = [
    ({"scope": "tasks:read tasks:write"}, True),
    ({"scope": "openid tasks:write  tasks:read"}, True),
    ({"scope": ["tasks:read", "tasks:write"]}, True),
    ({}, False),
    ({"scope": None}, False),
    ({"scope": "tasks:read"}, False),
    ({"scope": "tasks:read,tasks:write"}, False),
    ({"scope": "tasks:read\ttasks:write"}, False),
    ({"scope": "TASKS:READ TASKS:WRITE"}, False),
    ({"scope": ["tasks:read tasks:write"]}, False),
    ({"scp": "tasks:read tasks:write"}, True),
    ({"scp": ["tasks:write", "tasks:read"]}, True),
    ({"scp": ["tasks:write"], "scope": "tasks:read"}, True),
    ({"scp": {"tasks:read": True, "tasks:write": True}, "scope": 1}, False),
    ({"scp": "tasks:read,tasks:write"}, False),
    ({"scp": 1, "scope": "tasks:read"}, False),
    ({"scope": {"tasks:read": 1, "tasks:write": 1}}, False),
]
PERMISSIONS: list[tuple[dict[str, Any], bool]] = [
    ({"permissions": ["task:create", "task:read", "task:delete"]}, True),
    ({"permissions": {"task": ["read", "create"], "user": []}}, True),
    ({"permissions": "task:create, task:read"}, True),
    ({}, False),
    ({"permissions": ["task:create"]}, False),
    ({"permissions": {"task": ["create"], "list": ["read"]}}, False),
    ({"permissions": {"task": {"create": True, "read": True}}}, False),
    ({"permissions": [{"task": ["create", "read"]}]}, False),
    ({"permissions": "task:create task:read"}, False),
    ({"permissions": 5}, False),
    ({"scope": "task:create task:read"}, False),
]
CASES = [
    *(("role", claims, is_granted) for claims, is_granted in ROLES),
    *(("scope", claims, is_granted) for claims, is_granted in SCOPES),
    *(("permission", claims, is_granted) for claims, is_granted in PERMISSIONS),
]


def build_authorization_app(auth: Any) -> FastAPI:
    """Return an application with a route for each requirement."""
    app = FastAPI()
    requirements = {
        "role": auth.require_role("admin", "editor"),
        "scope": auth.require_scope("tasks:read", "tasks:write"),
        "permission": auth.require_permission("task:create", "task:read"),
    }
    for name, dependency in requirements.items():

        @app.get(f"/{name}")
        async def route(user: Annotated[CurrentUser, Depends(dependency)]) -> CurrentUser:
            return user

    return app


@pytest.mark.parametrize(("requirement", "claims", "is_granted"), CASES)
def test_requirement_accepts_granting_claims_and_rejects_others(
    requirement: str,
    claims: dict[str, Any],
    is_granted: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    with HttpClient(build_authorization_app(BearerAuth(VERIFIER))) as client:
        response = client.get(f"/{requirement}", make_api_token(**claims))
    if is_granted:
        assert response.json() == {"user_id": "user-1", "email": "ada@example.com", "name": "Ada"}
    else:
        assert (response.status_code, response.json()) == (403, FORBIDDEN)


def test_scope_challenge_lists_the_required_scopes() -> None:
    with HttpClient(build_authorization_app(BearerAuth(VERIFIER))) as client:
        challenge = client.get("/scope", make_api_token()).headers["www-authenticate"]
        assert challenge == 'Bearer error="insufficient_scope", scope="tasks:read tasks:write"'
        for path in ("/role", "/permission"):
            assert "www-authenticate" not in client.get(path, make_api_token()).headers


@pytest.mark.parametrize("path", ["/role", "/scope", "/permission"])
def test_requirement_without_valid_token_responds_401(path: str) -> None:
    grants = {"role": "admin", "scope": "tasks:read tasks:write", "permissions": ["task:create", "task:read"]}
    with HttpClient(build_authorization_app(BearerAuth(VERIFIER))) as client:
        assert client.get(path, make_api_token(**grants)).status_code == 200
        for detail, token in (
            ("Not authenticated", None),
            ("Token has expired", make_api_token(**grants, exp=1)),
            ("Could not validate credentials", make_api_token(**grants, sub=" ")),
            ("Invalid token: Signature verification failed.", make_api_token(**grants)[:-8] + "AAAAAAAA"),
            ("Invalid token claims: Email must be a string.", make_api_token(**grants, email=1)),
        ):
            response = client.get(path, token)
            assert (response.status_code, response.json()) == (401, {"detail": detail})
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("require", "kind"),
    [
        (build_role_requirement, "role"),
        (build_scope_requirement, "scope"),
        (build_permission_requirement, "permission"),
    ],
)
def test_requirement_with_no_name_or_wrong_type_raises(require: Any, kind: str) -> None:
    for names in ((), ("",), ("a", " ")):
        with pytest.raises(ValueError, match=f"^at least one {kind} must be given"):
            require(*names)
    for wrong in (["a", "b"], None, 1):
        with pytest.raises(TypeError, match=f"^a {kind} must be a str"):
            require(wrong)


@pytest.mark.parametrize("scope", ["a b", 'a"', "a\\", "a\r\nSet-Cookie: x", "ä", "a\0"])
def test_scope_with_invalid_characters_raises_value_error(scope: str) -> None:
    with pytest.raises(ValueError, match="a scope must be printable ASCII"):
        build_scope_requirement(scope)


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list to which each verification by a dependency adds the time at which it validated the claims."""
    times: list[float] = []
    read_time = time.time

    def record() -> float:
        now = read_time()
        if sys._getframe(1).f_code.co_filename in {request_authentication.__file__, flat_dependencies.__file__}:
            times.append(now)
        return now

    monkeypatch.setattr("time.time", record)
    return times


def test_requests_and_declarations_leave_bearer_auth_unchanged(verifications: list[float]) -> None:
    auth = BearerAuth(VERIFIER)
    attributes, inner = dict(vars(auth)), dict(vars(auth._rejections))
    app = build_authorization_app(auth)
    user = CurrentUser(user_id="user-1", email="ada@example.com", name="Ada")
    with HttpClient(app) as client:
        for path in ("/role", "/scope", "/permission", "/role"):
            client.get(path, make_api_token(role="admin"))
            client.get(path, "garbage")
    assert asyncio.run(auth.current_claims(make_api_token()))["sub"] == "user-1"
    assert asyncio.run(auth.current_user(make_api_token())) == user
    assert (vars(auth), vars(auth._rejections)) == (attributes, inner)
    assert len(verifications) == 6, "four requests and two calls; garbage has no claims"


def test_scheme_called_again_in_a_request_reuses_the_result(verifications: list[float]) -> None:
    auth, app = BearerAuth(VERIFIER), FastAPI()

    @app.get("/")
    async def route(user: Annotated[CurrentUser, Depends(auth.current_user)], connection: HTTPConnection) -> list[str]:
        token = await auth.oauth2_scheme(connection)
        assert token is not None
        again = await auth.current_user(token)
        connection.scope["headers"] = [(b"authorization", b"Bearer " + make_api_token(sub="user-2").encode())]
        other = await auth.oauth2_scheme(HTTPConnection(connection.scope))
        assert other is not None
        return [user.user_id, again.user_id, (await auth.current_user(other)).user_id]

    with HttpClient(app) as client:
        assert client.get("/", make_api_token()).json() == ["user-1", "user-1", "user-2"]
    assert len(verifications) == 2


class WeakScope(dict[str, Any]):
    """A scope to which a test can hold a weak reference."""


def test_result_that_a_request_keeps_forms_no_reference_cycle() -> None:
    auth = BearerAuth(VERIFIER)
    scope = WeakScope(type="http", headers=[(b"authorization", b"Bearer " + make_api_token().encode())])
    token = asyncio.run(auth.oauth2_scheme(HTTPConnection(scope)))
    assert token is not None
    claims, user = asyncio.run(auth.current_claims(token)), asyncio.run(auth.current_user(token))
    assert (claims["sub"], user.user_id) == ("user-1", "user-1")
    assert asyncio.run(auth.current_user(token)) is user
    reference = weakref.ref(scope)
    gc.disable()
    try:
        del scope, token
        assert reference() is None
    finally:
        gc.enable()


def test_scope_that_is_not_a_dict_keeps_no_result(verifications: list[float]) -> None:
    auth = BearerAuth(VERIFIER)
    scope = UserDict(type="http", headers=[(b"authorization", b"Bearer " + make_api_token(role="admin").encode())])
    connection = HTTPConnection(scope)
    token = asyncio.run(auth.oauth2_scheme(connection))
    assert token is not None
    claims = asyncio.run(auth.current_claims(token))
    user = asyncio.run(auth.require_role("admin").function(claims, connection))
    assert user == asyncio.run(auth.current_user(token))
    assert len(verifications) == 2
    assert set(scope) == {"type", "headers"}


def test_request_with_many_dependencies_verifies_its_token_once(verifications: list[float]) -> None:
    auth = BearerAuth(VERIFIER)
    admin = auth.require_role("admin")
    app, router = FastAPI(), APIRouter(dependencies=[Depends(auth.require_scope("tasks:read"))])

    @router.get("/all")
    async def route(
        first: Annotated[CurrentUser, Depends(auth.current_user)],
        user_id: Annotated[str, Depends(auth.user_id)],
        second: Annotated[CurrentUser, Depends(admin)],
        claims: Annotated[dict[str, Any], Depends(auth.current_claims)],
        third: Annotated[CurrentUser, Depends(auth.require_permission("a"))],
    ) -> Any:
        return [first == second == third, user_id, claims["role"]]

    app.include_router(router)
    token = make_api_token(role="admin", scope="tasks:read", permissions=["a"])
    with HttpClient(app) as client:
        for requests in (1, 2, 3):
            assert client.get("/all", token).json() == [True, "user-1", "admin"]
            assert len(verifications) == requests


def test_two_verifiers_in_one_request_each_verify_the_token(verifications: list[float]) -> None:
    other_verifier = api_verifier("https://other.example", keys=KEY_SET)
    ours, theirs, app = BearerAuth(VERIFIER), BearerAuth(other_verifier), FastAPI()
    app.dependency_overrides[theirs.oauth2_scheme] = ours.oauth2_scheme  # one token object for both

    @app.get("/both")
    async def both(
        user: Annotated[CurrentUser, Depends(ours.current_user)],
        other: Annotated[CurrentUser, Depends(theirs.current_user)],
    ) -> None:
        pytest.fail(f"reached, with {user} and {other}")

    with HttpClient(app) as client:
        response = client.get("/both", make_api_token())
    assert (response.status_code, response.json()) == (401, {"detail": "Invalid token claims: Invalid audience"})
    assert len(verifications) == 2


def test_current_user_depends_only_on_the_scheme() -> None:
    auth = BearerAuth(VERIFIER)
    (parameter,) = inspect.signature(auth.current_user.function).parameters.values()
    assert parameter.annotation.__metadata__[0].dependency is auth.oauth2_scheme


def test_overriding_current_claims_affects_every_requirement() -> None:
    auth = BearerAuth(VERIFIER)
    app = build_authorization_app(auth)
    app.dependency_overrides[auth.current_claims] = lambda: {"sub": "test-user", "role": "admin", "scope": "tasks:read"}
    with HttpClient(app) as client:
        assert client.get("/role").json()["user_id"] == "test-user"
        assert client.get("/scope").status_code == 403
        assert client.get("/permission").status_code == 403
        app.dependency_overrides[auth.current_claims] = lambda: {"role": "admin"}
        assert client.get("/role").json() == {"detail": "Could not validate credentials"}


class Administrator(BaseModel):
    """A user model of the application."""

    account: str = Field(alias="sub")
    role: str


def test_requirement_returns_the_user_model_of_the_application() -> None:
    auth, app = BearerAuth(VERIFIER, user_model=Administrator), FastAPI()

    @app.get("/admin")
    async def admin(user: Annotated[Administrator, Depends(auth.require_role("admin"))]) -> list[str]:
        return [type(user).__name__, user.account, user.role]

    with HttpClient(app) as client:
        assert client.get("/admin", make_api_token(role="admin,support")).json() == [
            *("Administrator", "user-1", "admin,support")
        ]
        assert client.get("/admin", make_api_token()).json() == {
            "detail": 'Invalid token claims: Claim "role" is missing.'
        }


def test_openapi_lists_the_security_scheme_once() -> None:
    auth, app = BearerAuth(VERIFIER), FastAPI()

    @app.get("/", dependencies=[Depends(auth.require_role("admin")), Depends(auth.current_user)])
    async def route() -> None:
        return None

    operation = app.openapi()["paths"]["/"]["get"]
    # FastAPI merges equal schemes of a route only in its newer versions: in 0.115 each dependency lists it.
    times = len(operation["security"]) if fastapi.__version__.startswith("0.115.") else 1
    assert operation["security"] == [{"HTTPBearer": []}] * times
    assert "parameters" not in operation


def test_auth_module_requirements_use_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    auth = load_auth(monkeypatch, tmp_path, BETTER_AUTH_SECRET=SECRET)
    app = build_authorization_app(auth)

    def token(**claims: Any) -> str:
        return sign_token(make_api_claims(aud=..., **claims), SECRET, algorithm="HS256")

    with HttpClient(app) as client:
        assert client.get("/role", token(role="admin")).status_code == 200
        assert client.get("/scope", token(scope="tasks:read tasks:write")).status_code == 200
        assert client.get("/permission", token(permissions=["task:create", "task:read"])).status_code == 200
        assert client.get("/role", token(role="user")).json() == FORBIDDEN
        assert client.get("/role", sign_claims(make_api_claims(role="admin"))).status_code == 401
        app.dependency_overrides[auth.current_claims] = lambda: {"sub": "u", "role": "editor"}
        assert client.get("/role").json()["user_id"] == "u"
