"""A dependency without `Depends`, or a factory without its call: an error when the route is built, never a way in."""

from __future__ import annotations

import asyncio
import copy
import inspect
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlmodel import Field, SQLModel

import fastjose.fastapi
from fastjose import Verifier
from fastjose.fastapi import (
    ApiKeys,
    BearerAuth,
    CookieAuth,
    CredentialAuth,
    CurrentUser,
    JwtCredentials,
    OpaqueTokens,
    OwnershipChecker,
    SessionCookies,
    SessionTokens,
    require_ownership,
)
from fastjose.sessions import RemoteSessions
from fastjose.sqlmodel import AsyncOwnedRepository, OwnedRepository
from support.environment.fresh_import import SECRET, load_auth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.http

VERIFIER = Verifier(SECRET, algorithms=["HS256"])
SESSIONS = RemoteSessions("https://app.example.com")
AUTHS = {
    "BearerAuth": BearerAuth(VERIFIER),
    "CredentialAuth": CredentialAuth(JwtCredentials(VERIFIER)),
    "CookieAuth": CookieAuth(SessionCookies(SESSIONS)),
}
FACTORIES = {"require_role", "require_scope", "require_permission", "require_organization_role"}
DEPENDENCIES = {
    *("current_user", "current_claims", "current_session", "forbid_impersonation", "require_not_anonymous"),
    *("get_user_id", "user_id", "oauth2_scheme"),
}
OPEN_TO_ALL = {"current_user_optional", "oauth2_scheme_optional", "health", "warm_up"}
FOR_PROGRAMS = {"verify_token", "from_environment"}
NOT_CALLABLE = {"connections"}
auths = pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)


class Note(SQLModel, table=True):
    """A row with an owner."""

    __tablename__ = "misused_note"
    id: int | None = Field(default=None, primary_key=True)
    user_id: str


class Notes(OwnedRepository[Note]):
    """Its repository."""


class AsyncNotes(AsyncOwnedRepository[Note]):
    """Its repository."""


def names_of(auth: object) -> set[str]:
    return {name for name in dir(auth) if not name.startswith("_")}


def depend(dependency: Any) -> FastAPI:
    app = FastAPI()

    @app.post("/", dependencies=[Depends(dependency)])
    async def read() -> str:
        return "in"

    return app


def list_without_depends(dependency: Any) -> FastAPI:
    app = FastAPI()

    @app.post("/", dependencies=[dependency])
    async def read() -> str:
        return "in"

    return app


def declare_default(dependency: Any, annotation: Any = CurrentUser) -> FastAPI:
    app = FastAPI()

    async def read(who: Any = dependency) -> str:
        return repr(who)

    read.__annotations__["who"] = annotation
    app.post("/")(read)
    return app


def annotate_without_depends(dependency: Any) -> FastAPI:
    app = FastAPI()

    async def read(who: Any) -> str:
        return repr(who)

    read.__annotations__["who"] = Annotated[str, dependency]
    app.post("/")(read)
    return app


def send_everything(app: FastAPI, dependency: Any) -> httpx.Response:
    """Send a request without a credential, with every parameter of the dependency in the query."""
    names = ["who", *inspect.signature(dependency).parameters]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post("/", params=dict.fromkeys(names, "ada"))

    return asyncio.run(send())


@auths
def test_every_public_name_is_in_one_of_the_sets(auth: Any) -> None:
    known = [FACTORIES, DEPENDENCIES, OPEN_TO_ALL, FOR_PROGRAMS, NOT_CALLABLE, {"current_api_key"}]
    assert names_of(auth) <= set().union(*known)
    assert names_of(auth) >= FACTORIES | DEPENDENCIES


@auths
@pytest.mark.parametrize("name", sorted(FACTORIES))
def test_factory_without_call_is_refused(auth: Any, name: str) -> None:
    with pytest.raises(TypeError, match=rf'^{name} must be called: write Depends\({name}\("'):
        depend(getattr(auth, name))
    with pytest.raises(TypeError, match=f"^{name} must be called"):
        depend(getattr(type(auth), name))


@auths
@pytest.mark.parametrize("name", sorted(FACTORIES | DEPENDENCIES))
@pytest.mark.parametrize("use", [list_without_depends, declare_default, annotate_without_depends])
def test_dependency_without_depends_is_refused(auth: Any, name: str, use: Callable[[Any], FastAPI]) -> None:
    dependency = getattr(auth, name)
    found = [dependency, dependency("admin")] if name in FACTORIES - {"require_organization_role"} else [dependency]
    for each in found:
        with pytest.raises(TypeError, match=r"^a dependency must be within Depends: write Depends"):
            use(each)


@auths
def test_default_of_any_type_is_refused(auth: Any) -> None:
    for annotation in (Any, str, CurrentUser | None):
        with pytest.raises(TypeError, match="must be within Depends"):
            declare_default(auth.user_id, annotation)


@auths
@pytest.mark.parametrize("name", sorted(DEPENDENCIES))
def test_dependency_with_depends_lets_nobody_in_without_a_credential(auth: Any, name: str) -> None:
    dependency = getattr(auth, name)
    response = send_everything(depend(dependency), dependency)
    assert (response.status_code, response.json()) == (401, {"detail": "Not authenticated"})


@auths
@pytest.mark.parametrize("name", sorted(FOR_PROGRAMS))
def test_method_for_programs_is_refused(auth: Any, name: str) -> None:
    for each in (getattr(auth, name), getattr(type(auth), name)):
        with pytest.raises(TypeError, match=r"write (auth = \w+\(…\), then )?Depends\(auth.current_user\)$"):
            depend(each)


@auths
def test_object_in_place_of_its_dependency_is_refused(auth: Any) -> None:
    for use in (depend, list_without_depends):
        with pytest.raises((TypeError, AttributeError, AssertionError)):
            use(auth)
    with pytest.raises(TypeError, match="must be built outside the routes: write auth = "):
        depend(type(auth))


@pytest.mark.parametrize("kind", [JwtCredentials, SessionCookies, SessionTokens, ApiKeys, OpaqueTokens])
def test_credential_is_refused(kind: type) -> None:
    with pytest.raises(TypeError, match=f"^{kind.__name__} must be given to CredentialAuth"):
        depend(kind)


def test_every_class_of_the_module_is_refused() -> None:
    exported = [getattr(fastjose.fastapi, name) for name in fastjose.fastapi.__all__]
    for each in exported:
        with pytest.raises(TypeError, match=r" must (be|come) "):
            depend(each)


@pytest.mark.parametrize(
    "function", [require_ownership, OwnershipChecker("task").check, OwnershipChecker.check, OwnershipChecker]
)
def test_check_of_ownership_is_refused(function: Any) -> None:
    """A request would send both ids, and they would be equal."""
    with pytest.raises(TypeError, match=r"must be (called in the route|built outside the routes)"):
        depend(function)


@pytest.mark.parametrize("repository", [Notes, AsyncNotes])
def test_repository_without_its_dependency_is_refused(repository: Any) -> None:
    for each in (repository, repository.dependency):
        with pytest.raises(TypeError, match=r"write Depends\(TaskRepository.dependency\(get_session, UserId\)\)"):
            depend(each)
    with pytest.raises(TypeError, match="must be within Depends"):
        declare_default(repository.dependency(lambda: None, lambda: "ada"), Any)


@pytest.mark.parametrize(
    "environment", [{}, {"JWT_CREDENTIALS": "jwt,session", "BETTER_AUTH_URL": "http://127.0.0.1:1"}]
)
def test_names_of_the_environment_are_refused_alike(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str]
) -> None:
    auth: ModuleType = load_auth(monkeypatch, tmp_path, **({"BETTER_AUTH_SECRET": SECRET} | environment))
    names = {"get_current_user", "get_current_user_optional", "oauth2_scheme_optional", *FACTORIES, *DEPENDENCIES}
    for name in sorted(names & {*auth.__all__}):
        for use in (list_without_depends, declare_default, annotate_without_depends):
            with pytest.raises(TypeError, match="must be within Depends"):
                use(getattr(auth, name))
    for name in sorted(FACTORIES):
        with pytest.raises(TypeError, match="must be called"):
            depend(getattr(auth, name))
    for alias in (auth.AuthenticatedUser, auth.UserId, auth.CurrentSession, auth.OptionalUser):
        for use in (list_without_depends, depend):
            with pytest.raises(TypeError, match=r"must be the whole annotation of a parameter"):
                use(alias)


@auths
def test_dependency_is_not_changed_by_being_one(auth: Any) -> None:
    """FastAPI recognizes a missing `Depends` because a dependency is one; else it behaves as an object of its own."""
    one, other = auth.require_role("admin"), auth.require_role("admin")
    assert one == one and one != other and len({one, other}) == 2  # noqa: PT018, PLR0124 - equality with itself
    assert "dependency=" not in repr(one)
    assert not hasattr(one, "dependency")
    assert copy.deepcopy({one: 1}).keys() == {one}
    assert {*inspect.signature(auth.require_role).parameters} == {"roles"}
    assert auth.require_role.__doc__ == type(auth).require_role.__doc__ is not None
