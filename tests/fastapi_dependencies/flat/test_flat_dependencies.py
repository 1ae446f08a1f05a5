"""Flat dependencies: one level for FastAPI, with the overrides, documents and results of the functions behind them."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import copy
import gc
import inspect
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from unittest.mock import Mock

import pytest
from fastapi import Body, Depends, FastAPI, HTTPException, Query, Request, WebSocketException
from starlette.requests import HTTPConnection

from fastjose import Verifier
from fastjose._core import FunctionAlias
from fastjose._fastapi import dependencies
from fastjose._fastapi.bearer import TokenScheme
from fastjose._fastapi.flat_dependencies import FlatDependency, RequestVerification
from fastjose._fastapi.overrides import get_overrides
from fastjose._fastapi.places.sign_in_forms import SignInForm
from fastjose._fastapi.requires_depends import CoroutineDependency, DependencyFactory, FunctionDependency
from fastjose._places.sources import BearerHeader, KeyHeader
from fastjose._places.token_places import TokenPlaces
from fastjose._refusals.refusal import forbidden
from fastjose.fastapi import BearerAuth, CurrentUser
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET as ENVIRONMENT_SECRET
from support.environment.fresh_import import import_fresh, set_environment
from support.tokens.jose_builder import SECRET
from support.tokens.jose_builder import create_token as make_token

pytestmark = pytest.mark.http

ROLE = "admin"
USER = CurrentUser(user_id="overridden")


def create_auth() -> BearerAuth:
    return BearerAuth(Verifier(SECRET, algorithms="HS256", required=()))


def token_of(**claims: Any) -> str:
    return make_token("HS256", {"sub": "user-1", "role": ROLE, **claims}, SECRET)


def dependencies_of(auth: BearerAuth) -> dict[str, Any]:
    return {
        "user": auth.current_user,
        "optional": auth.current_user_optional,
        "id": auth.user_id,
        "claims": auth.current_claims,
        "role": auth.require_role(ROLE),
    }


def build_app(auth: BearerAuth, wrap: Callable[[Any], Any] = lambda dependency: dependency) -> FastAPI:
    """Return an application with one route for each kind of dependency."""
    app = FastAPI()
    for name, dependency in dependencies_of(auth).items():

        async def route(result: Annotated[Any, Depends(wrap(dependency))]) -> Any:
            return result

        app.get(f"/{name}/{{item}}")(route)
    return app


def responses(app: FastAPI, token: str | None = None) -> dict[str, tuple[int, Any]]:
    with HttpClient(app) as client:
        answers = {name: client.get(f"/{name}/7", token) for name in dependencies_of(create_auth())}
    return {name: (answer.status_code, answer.json()) for name, answer in answers.items()}


def function_of(dependency: Any) -> Any:
    return dependency.function if hasattr(dependency, "function") else dependency


@pytest.mark.parametrize(
    "token",
    [
        token_of(),
        token_of(role="user"),
        token_of(email=5),
        token_of(sub=" "),
        token_of(cnf={}),
        token_of(exp=1),
        "x",
        None,
    ],
)
def test_flat_dependency_and_function_respond_alike(token: str | None) -> None:
    assert responses(build_app(create_auth()), token) == responses(build_app(create_auth(), function_of), token)


def test_flat_dependency_is_equal_to_its_function_alone() -> None:
    auth, other = create_auth(), create_auth()
    for name, dependency in dependencies_of(auth).items():
        function = dependency.function
        assert dependency == function, name
        assert function == dependency, name
        assert hash(dependency) == hash(function), name
        assert {function: name}[dependency] == name
        assert copy.copy(dependency) is copy.deepcopy(dependency) is dependency
        different = [one for key, one in {**dependencies_of(auth), **dependencies_of(other)}.items() if key != name]
        for value in [*different, dependencies_of(other)[name], function.__name__, None, 5]:
            assert dependency != value, name
            assert value != dependency, name
    assert auth.require_role(ROLE) != auth.require_role(ROLE)


def test_alias_and_function_in_one_route_have_the_same_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": ENVIRONMENT_SECRET})
    auth: Any = import_fresh(monkeypatch, "fastjose.auth")
    app = FastAPI()

    @app.get("/users")
    async def get_users(
        alias: auth.AuthenticatedUser,
        optional: auth.OptionalUser,
        function: Annotated[Any, Depends(auth.get_current_user)],
        user_id: auth.UserId,
    ) -> list[Any]:
        assert alias is function
        return [alias.user_id, optional.user_id, function.user_id, user_id]

    with HttpClient(app) as client:
        token = make_token("HS256", {"sub": "user-1", "exp": 9_999_999_999}, ENVIRONMENT_SECRET.encode())
        assert client.get("/users", token).json() == ["user-1"] * 4
        for override in (lambda: USER, override_by_generator):
            app.dependency_overrides = {auth.get_current_user: override, auth.get_current_user_optional: override}
            assert client.get("/users").json() == ["overridden"] * 4


async def override_by_generator() -> AsyncIterator[CurrentUser]:
    yield USER


def test_alias_of_a_function_that_refers_to_it_is_garbage_collected() -> None:
    def function() -> None: ...

    function.alias = FunctionAlias(function)  # type: ignore[attr-defined] # the cycle
    reference = weakref.ref(function)
    del function
    gc.collect()
    assert reference() is None


def test_fastapi_resolves_one_level() -> None:
    for route in build_app(create_auth()).routes:
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            (only,) = dependant.dependencies
            assert not only.dependencies


def test_openapi_document_is_the_one_of_the_functions() -> None:
    assert build_app(create_auth()).openapi() == build_app(create_auth(), function_of).openapi()


def affected_by(auth: BearerAuth, key: Any, override: Any) -> dict[str, Any]:
    """Return the responses without a token that an override changes, by the kind of the dependency."""
    app, before = build_app(auth), responses(build_app(auth))
    app.dependency_overrides[key] = override
    return {name: body for name, (status, body) in responses(app).items() if (status, body) != before[name]}


USER_BODY = {"user_id": "overridden", "email": None, "name": None}


@pytest.mark.parametrize("key", [lambda dependency: dependency, function_of], ids=["dependency", "function"])
def test_overrides_reach_what_depends_on_them(key: Callable[[Any], Any]) -> None:
    auth = create_auth()
    claims = {"sub": "overridden", "role": ROLE}
    assert affected_by(auth, key(auth.current_user), lambda: USER) == {"user": USER_BODY, "id": "overridden"}
    assert affected_by(auth, key(auth.current_user_optional), lambda: USER) == {"optional": USER_BODY}
    assert affected_by(auth, key(auth.user_id), lambda: "theirs") == {"id": "theirs"}
    assert affected_by(auth, auth.get_user_id, lambda: "theirs") == {"id": "theirs"}
    assert affected_by(auth, key(auth.current_claims), lambda: claims) == {"claims": claims, "role": USER_BODY}


def test_override_of_the_scheme_reaches_every_dependency() -> None:
    auth = create_auth()
    changed = affected_by(auth, auth.oauth2_scheme, lambda: token_of(sub="overridden"))
    assert set(changed) == {"user", "id", "claims", "role"}
    assert changed["id"] == "overridden"
    assert set(affected_by(auth, auth.oauth2_scheme_optional, lambda: token_of(role="user"))) == {"optional"}


def test_override_with_dependencies_of_its_own() -> None:
    auth = create_auth()
    closed: list[str] = []

    def shout(item: str, volume: Annotated[int, Query()] = 1) -> str:
        return item + "!" * volume

    async def override(
        connection: HTTPConnection, shouted: Annotated[str, Depends(shout)]
    ) -> AsyncIterator[CurrentUser]:
        yield CurrentUser(user_id=f"{connection.url.path} {shouted}")
        closed.append(shouted)

    app = build_app(auth)
    app.dependency_overrides[auth.current_user] = override
    with HttpClient(app) as client:
        assert client.get("/id/7?volume=2").json() == "/id/7 7!!"
        assert client.get("/user/7").json()["user_id"] == "/user/7 7!"
        assert closed == ["7!!", "7!"]
        refused = client.get("/id/7?volume=loud")
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["query", "volume"])
        app.dependency_overrides[auth.current_user] = override_with_body
        refused = client.get("/id/7")
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body"])


def override_with_body(_body: Annotated[dict[str, Any], Body()]) -> None: ...


def test_generator_that_overrides_is_closed_with_the_request() -> None:
    auth, app, closed, seen = create_auth(), FastAPI(), [], []

    async def override() -> AsyncIterator[CurrentUser]:
        yield USER
        closed.append(1)

    @app.get("/")
    async def route(request: Request, user_id: Annotated[str, Depends(auth.user_id)]) -> str:
        seen.append(bool(closed) if "fastapi_inner_astack" in request.scope else False)
        return user_id

    app.dependency_overrides[auth.current_user] = override
    with HttpClient(app) as client:
        assert client.get("/").json() == "overridden"
    assert (seen, closed) == ([False], [1])


def test_application_without_overrides_has_none() -> None:
    app = FastAPI()
    for scope in ({}, {"app": None}, {"app": object()}):
        assert get_overrides(scope) is None
    assert get_overrides({"app": app}) is app.dependency_overrides


def test_override_that_raises() -> None:
    auth = create_auth()

    def refuse() -> Iterator[str]:
        raise HTTPException(418, "no tea")
        yield

    app = build_app(auth)
    app.dependency_overrides[auth.oauth2_scheme] = refuse
    assert {answer for answer in map(str, responses(app).values()) if "418" in answer} == {
        "(418, {'detail': 'no tea'})"
    }


def test_override_of_an_unrelated_dependency_changes_nothing() -> None:
    auth, other = create_auth(), create_auth()
    app = build_app(auth)
    app.dependency_overrides[other.current_user] = lambda: USER
    assert responses(app, token_of()) == responses(build_app(auth), token_of())


def test_claims_of_an_override_without_a_user_are_rejected() -> None:
    auth = create_auth()
    app = build_app(auth)
    app.dependency_overrides[auth.current_claims] = lambda: {"role": ROLE}
    assert responses(app)["role"] == (401, {"detail": "Could not validate credentials"})


def test_program_can_pass_a_token() -> None:
    auth = create_auth()
    user = asyncio.run(auth.current_user(token_of()))
    assert user == CurrentUser(user_id="user-1")
    assert asyncio.run(auth.user_id(token_of())) == "user-1"
    assert asyncio.run(auth.require_role(ROLE)(token_of())) == user
    assert asyncio.run(auth.current_claims(token_of()))["sub"] == "user-1"
    for dependency in (auth.current_user, auth.user_id, auth.require_role("owner")):
        with pytest.raises(HTTPException) as caught:
            asyncio.run(dependency(token_of(sub="")))
        assert caught.value.status_code == 401
    with pytest.raises(HTTPException) as caught:
        asyncio.run(auth.require_role("owner")(token_of()))
    assert caught.value.status_code == 403


def test_headers_in_another_form_than_servers_send() -> None:
    auth, header = create_auth(), (b"authorization", b"Bearer " + token_of().encode())
    forms: list[Any] = [[list(header)], (header,), iter([header]), [(b"host", b"x"), header]]
    for headers in forms:
        assert asyncio.run(auth.current_user(HTTPConnection({"type": "http", "headers": headers}))).user_id == "user-1"
    rejected: list[Any] = [
        [header, header],
        [header, list(header)],
        [list(header), header],
        [],
        [(b"authorization", b"")],
    ]
    for headers in rejected:
        with pytest.raises(HTTPException, match="Not authenticated"):
            asyncio.run(auth.current_user(HTTPConnection({"type": "http", "headers": headers})))


# --- Parts of a dependency ---


def connect(token: str, kind: str) -> HTTPConnection:
    headers = [(b"authorization", b"Bearer " + token.encode())]
    return HTTPConnection({"type": kind, "method": "GET", "path": "/", "query_string": b"", "headers": headers})


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_refused_websocket_is_closed(kind: str) -> None:
    auth = create_auth()
    for dependency, claims, status in (
        (auth.current_user, {"exp": 1}, 401),
        (auth.current_claims, {"exp": 1}, 401),
        (auth.require_role("owner"), {}, 403),
        (auth.require_role(ROLE), {"sub": " "}, 401),
        (auth.current_session, {}, 403),
    ):
        with pytest.raises((HTTPException, WebSocketException)) as caught:
            asyncio.run(dependency(connect(token_of(**claims), kind)))
        error: Any = caught.value
        assert (error.status_code if kind == "http" else error.code) == (status if kind == "http" else 1008)


def test_claims_without_a_session_are_refused_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Any] = []
    requirement = SimpleNamespace(is_satisfied_by=checked.append, refuse=lambda: forbidden("session"))
    monkeypatch.setattr(dependencies, "HAS_SESSION", requirement)
    with pytest.raises(HTTPException, match="session"):
        asyncio.run(create_auth().current_session(connect(token_of(), "http")))
    assert [claims["sub"] for claims in checked] == ["user-1"]


def test_dependency_function_is_a_coroutine_function_for_inspect() -> None:
    async def read(first: int, /, second: str = "x", *, third: bool = False) -> None:
        """Read it."""

    dependency = CoroutineDependency(read)
    assert inspect.iscoroutinefunction(dependency)
    assert inspect.signature(dependency) == inspect.signature(read)
    assert (dependency.__name__, dependency.__doc__) == ("read", "Read it.")  # type: ignore[attr-defined]
    assert not inspect.iscoroutinefunction(FunctionDependency(lambda: None))


def test_factory_is_a_method_of_its_class() -> None:
    class Checks:
        @DependencyFactory
        def require(self, name: str) -> tuple[object, str]:
            """Require a name."""
            return self, name

    checks = Checks()
    assert checks.require("admin") == Checks.require(checks, "admin") == (checks, "admin")
    assert isinstance(checks.require, FunctionDependency)
    assert vars(Checks)["require"].__doc__ == "Require a name."


def test_place_that_decides_is_read_first() -> None:
    forms = [SignInForm(name, lambda name=name: name) for name in ("first", "second", "third")]  # type: ignore[misc]
    for places, found in (([BearerHeader(), KeyHeader("x-token")], "cached"), ([KeyHeader("x-token")], "key")):
        scheme = TokenScheme(TokenPlaces(places), forms, auto_error=True, resource_metadata=None, check_scopes=Mock())
        calls: list[Any] = []

        async def verify(token: Any, calls: list[Any] = calls) -> str:
            calls.append(token)
            return str(token)

        verification: Any = RequestVerification(lambda _: "cached", Mock(), verify, scheme, Mock())
        dependency: FlatDependency[Any] = FlatDependency(
            lambda: None, verification, view=lambda one, scope: (one, scope)
        )
        connection = HTTPConnection({**connect("bearer", "http").scope, "headers": [(b"x-token", b"key")]})
        assert asyncio.run(dependency(connection)) == (found, connection.scope)
        assert calls == [found] * (found == "key")
        assert asyncio.run(dependency("token")) == ("token", {"type": "http"})
        assert (dependency.model, dependency.scheme_name) == ("first", "first")
        offered: Any = inspect.signature(dependency).parameters["further_forms"].annotation
        assert offered.__metadata__[0].dependency.scheme_name == "second"
