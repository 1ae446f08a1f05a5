"""The dependencies of one `BearerAuth`: what each returns of a token, also if its key must be fetched."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel, Field

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from fastjose.sessions import Session
from fastjose.testing import TokenIssuer, serve_jwks
from support.clients.asgi_client import send_request

pytestmark = pytest.mark.http

ISSUER = TokenIssuer("https://auth.example.com")
OWN_SESSION = {"sid": "session-1", "act": None}
USER = CurrentUser(user_id="user-1")


class Account(BaseModel):
    account: str = Field(alias="sub")


class Numbered(BaseModel):
    id: int


class Nameless(BaseModel):
    email: str | None = None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve_jwks(ISSUER) as server:
        yield server.url


def create_auth(keys: Any = None, **options: Any) -> BearerAuth[Any]:
    found = ISSUER.jwk_set if keys is None else keys
    return BearerAuth(Verifier(found, issuer=ISSUER.url, audience=ISSUER.audience), **options)


def send(dependency: Any, *, as_function: bool = False, **claims: Any) -> tuple[int, Any]:
    """Return the status of a request with a token, and what its route gets of the dependency."""
    app, results = FastAPI(), list[Any]()
    dependency = dependency.function if as_function else dependency

    @app.get("/")
    async def read(result: Annotated[Any, Depends(dependency)]) -> None:
        results.append(result)

    token = ISSUER.mint_token("user-1", omit=["name", "email"], **claims)
    answer = send_request(app, "/", [(b"authorization", b"Bearer " + token.encode())])
    return answer.status, results[0] if results else answer.json()["detail"]


@pytest.mark.parametrize("as_function", [False, True])
@pytest.mark.parametrize("is_fetched", [False, True])
def test_each_dependency_returns_its_own_part_of_a_token(url: str, *, is_fetched: bool, as_function: bool) -> None:
    results = {}
    for name in ("current_user", "current_user_optional", "current_claims", "current_session", "user_id"):
        auth = create_auth(RemoteKeySet(url) if is_fetched else None)
        status, results[name] = send(getattr(auth, name), as_function=as_function and name != "user_id", **OWN_SESSION)
        assert status == 200, results[name]
    assert results["current_user"] == results["current_user_optional"] == USER
    assert results["user_id"] == "user-1"
    assert results["current_claims"]["sid"] == "session-1"
    session = results["current_session"]
    assert (type(session), session.id, session.user_id) == (Session, "session-1", "user-1")


@pytest.mark.parametrize("as_function", [False, True])
@pytest.mark.parametrize("is_fetched", [False, True])
@pytest.mark.parametrize(
    ("name", "claims", "status"),
    [
        ("current_session", OWN_SESSION, 200),
        ("current_session", {}, 403),
        ("forbid_impersonation", OWN_SESSION, 200),
        ("forbid_impersonation", {}, 403),
        ("forbid_impersonation", {"sid": "session-1", "act": {"sub": "admin-1"}}, 403),
        ("require_not_anonymous", {}, 200),
        ("require_not_anonymous", {"isAnonymous": False}, 200),
        ("require_not_anonymous", {"isAnonymous": True}, 403),
        ("current_user", {"exp": 1}, 401),
        ("current_claims", {"exp": 1}, 401),
        ("current_session", {"exp": 1, **OWN_SESSION}, 401),
        ("forbid_impersonation", {"exp": 1, **OWN_SESSION}, 401),
    ],
)
def test_token_is_let_in_only_if_it_satisfies_the_dependency(  # noqa: PLR0913 - pytest
    url: str, name: str, claims: dict[str, Any], status: int, *, is_fetched: bool, as_function: bool
) -> None:
    auth = create_auth(RemoteKeySet(url) if is_fetched else None)
    assert send(getattr(auth, name), as_function=as_function, **claims)[0] == status


@pytest.mark.parametrize(
    ("name", "names", "claims"),
    [
        ("require_role", ("admin", "editor"), {"role": "editor"}),
        ("require_scope", ("a", "b"), {"scope": "a b"}),
        ("require_permission", ("task:read", "task:write"), {"permissions": ["task:read", "task:write"]}),
        ("require_organization_role", ("owner", "editor"), {"org": {"id": "org-1", "role": "editor"}}),
        ("require_organization_role", ("editor",), {"org": {"id": "org-1", "role": "viewer,editor"}}),
    ],
)
def test_requirement_asks_for_the_names_that_it_is_given(
    name: str, names: tuple[str, ...], claims: dict[str, Any]
) -> None:
    require = getattr(create_auth(), name)
    assert send(require(*names), **claims) == (200, USER)
    assert send(require("other"), **claims)[0] == 403
    assert send(require(*names))[0] == 403


@pytest.mark.parametrize("is_fetched", [False, True])
@pytest.mark.parametrize(("claims", "expected"), [({}, USER), ({"exp": 1}, None)])
def test_optional_user_of_a_rejected_token_is_none(
    url: str, claims: dict[str, Any], expected: CurrentUser | None, *, is_fetched: bool
) -> None:
    auth = create_auth(RemoteKeySet(url) if is_fetched else None)
    assert send(auth.current_user_optional, **claims) == (200, expected)


@pytest.mark.parametrize(
    ("model", "claims", "expected"),
    [(CurrentUser, {}, "user-1"), (Account, {}, "user-1"), (Numbered, {"id": 7}, 7)],
)
def test_id_is_in_the_field_of_the_model(model: type[Any], claims: dict[str, Any], expected: object) -> None:
    auth = create_auth(user_model=model)
    assert send(auth.user_id, **claims) == (200, expected)
    user = asyncio.run(auth.current_user(ISSUER.mint_token("user-1", **claims)))
    assert auth.get_user_id(user) == expected


def test_model_without_an_id_names_the_missing_claim() -> None:
    for options, text in (
        ({"user_id_claim": "uid"}, "a field with the alias uid, or a field id$"),
        ({"user_id_claim": None}, "^user_id_claim must name the claim with the user's id: it is None$"),
    ):
        auth = create_auth(user_model=Nameless, **options)
        with pytest.raises(TypeError, match=text):
            _ = auth.user_id
        with pytest.raises(TypeError, match=text):
            _ = auth.get_user_id
