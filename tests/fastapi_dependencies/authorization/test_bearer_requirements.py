"""Each dependency of a `BearerAuth`: the first request, for which a key is fetched, and what a token must say."""

# FastAPI evaluates the annotations of routes, which name local variables: so no `annotations` import.

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from support.clients.http_client import HttpClient
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.bearer_tokens import KEY_SET, make_api_token

pytestmark = pytest.mark.http

CLAIMS = {"sid": "session-1", "role": "admin", "scope": "tasks:read", "permissions": ["task:read"]}
ORGANIZATION = {"org": {"id": "org-1", "role": "owner"}}
DEPENDENCIES: dict[str, Callable[[BearerAuth], Any]] = {
    "current_user": lambda auth: auth.current_user,
    "current_user_optional": lambda auth: auth.current_user_optional,
    "current_claims": lambda auth: auth.current_claims,
    "current_session": lambda auth: auth.current_session,
    "user_id": lambda auth: auth.user_id,
    "forbid_impersonation": lambda auth: auth.forbid_impersonation,
    "require_not_anonymous": lambda auth: auth.require_not_anonymous,
    "require_role": lambda auth: auth.require_role("admin"),
    "require_scope": lambda auth: auth.require_scope("tasks:read"),
    "require_permission": lambda auth: auth.require_permission("task:read"),
    "require_organization_role": lambda auth: auth.require_organization_role("owner"),
}

FORMS: list[Callable[[Any], Any]] = [lambda found: found, lambda found: found.function]
"""A dependency, and the function whose parameters are dependencies."""


def build_app(dependency: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def read(found: Annotated[Any, Depends(dependency)]) -> Any:
        return repr(found)

    return app


def respond(dependency: Any, token: str | None) -> tuple[int, str]:
    with HttpClient(build_app(dependency)) as client:
        response = client.get("/", token)
        return response.status_code, response.text


def verify_with(keys: Any) -> BearerAuth:
    return BearerAuth(Verifier(keys, check_audience=False))


@pytest.mark.parametrize("name", DEPENDENCIES)
def test_request_that_waits_for_a_key_answers_as_one_with_the_key(name: str) -> None:
    token = make_api_token(**CLAIMS, **ORGANIZATION)
    expected = respond(DEPENDENCIES[name](verify_with(KEY_SET)), token)
    assert expected[0] == 200
    with serve_jwks(lambda: KEY_SET) as proxy:
        for form in FORMS:
            dependency = DEPENDENCIES[name](verify_with(RemoteKeySet(proxy.url)))
            assert respond(form(dependency), token) == expected
        assert proxy.request_count == 2


ALLOWED: dict[str, list[dict[str, Any]]] = {
    "current_session": [CLAIMS],
    "forbid_impersonation": [CLAIMS],
    "require_not_anonymous": [CLAIMS, {"isAnonymous": False}],
    "require_organization_role": [ORGANIZATION],
}
FORBIDDEN: dict[str, list[dict[str, Any]]] = {
    "current_session": [{}],
    "forbid_impersonation": [{}, {**CLAIMS, "act": {"sub": "admin-1"}}, {**CLAIMS, "azp": "client-1"}],
    "require_not_anonymous": [
        {**CLAIMS, "isAnonymous": True},
        {**CLAIMS, "is_anonymous": True},
        {**CLAIMS, "firebase": {"sign_in_provider": "anonymous"}},
    ],
    "require_role": [{"role": "user"}],
    "require_scope": [{"scope": "tasks:write"}],
    "require_permission": [{"permissions": ["task:write"]}],
    "require_organization_role": [{}, {"org": {"id": "org-1", "role": "member"}}],
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_token_must_say_what_the_dependency_requires(name: str) -> None:
    for form in FORMS:
        dependency = form(DEPENDENCIES[name](verify_with(KEY_SET)))
        for claims in ALLOWED.get(name, [CLAIMS]):
            assert respond(dependency, make_api_token(**claims))[0] == 200
        for claims in FORBIDDEN[name]:
            assert respond(dependency, make_api_token(**claims))[0] == 403
        assert respond(dependency, None)[0] == 401


def test_override_of_the_claims_is_that_of_the_session() -> None:
    auth = verify_with(KEY_SET)
    for dependency in (auth.current_session, auth.current_session.function):
        app = build_app(dependency)
        app.dependency_overrides[auth.current_claims] = lambda: {"sub": "user-1", "sid": "overridden"}
        with HttpClient(app) as client:
            assert "overridden" in client.get("/").text
    overridden = CurrentUser(user_id="overridden")
    app = build_app(auth.user_id)
    app.dependency_overrides[auth.current_user] = lambda: overridden
    with HttpClient(app) as client:
        assert "overridden" in client.get("/").text
