"""`JwtAuthenticationBackend`: the user, the scopes and the responses of requests, in this process."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthenticationError
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose.starlette import JwtAuthenticationBackend, JwtUser
from fastjose.testing import TokenIssuer, serve_jwks
from support.applications.starlette_app import ROUTES, create_app
from support.clients.asgi_client import Answer, send_request
from support.environment.fresh_import import SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.http

VERIFIER = Verifier(SECRET, algorithms=["HS256"])
GUEST = {"authenticated": False, "name": "", "scopes": []}


def make_token(**claims: Any) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 60, **claims}, SECRET, algorithm="HS256")


def request(
    path: str, token: str | None = None, backend: JwtAuthenticationBackend | None = None, **options: Any
) -> Answer:
    return send(create_app(backend or JwtAuthenticationBackend(VERIFIER, **options)), path, token)


def send(app: Starlette, path: str, token: str | None) -> Answer:
    return send_request(app, path, [] if token is None else [(b"authorization", f"Bearer {token}".encode())])


def test_user_of_verified_token_has_id_names_and_scopes() -> None:
    token = make_token(email="ada@example.com", name="Ada", scope="tasks:read tasks:write")
    assert request("/me", token).json() == {
        "authenticated": True,
        "user_id": "user-1",
        "identity": "user-1",
        "name": "Ada",
        "email": "ada@example.com",
        "scopes": ["authenticated", "tasks:read", "tasks:write"],
    }


@pytest.mark.parametrize(
    ("claims", "name"),
    [({"name": "Ada"}, "Ada"), ({"email": "a@b.c"}, "a@b.c"), ({}, "user-1"), ({"name": ""}, "user-1")],
)
def test_display_name_is_name_else_email_else_id(claims: dict[str, Any], name: str) -> None:
    assert request("/", make_token(**claims)).json()["name"] == name


def test_request_without_credential_is_unauthenticated() -> None:
    assert request("/").json() == GUEST
    assert request("/me").status == 401
    assert request("/admin").status == 403


@pytest.mark.parametrize("value", ["Basic YTpi", "Token x", "Negotiate x"])
def test_credential_of_another_scheme_is_no_credential_of_this_backend(value: str) -> None:
    answer = send_request(create_app(JwtAuthenticationBackend(VERIFIER)), "/", [(b"authorization", value.encode())])
    assert (answer.status, answer.json()) == (200, GUEST)


def test_rejected_token_responds_401_before_any_route_is_called() -> None:
    for path in ("/", "/me", "/unknown"):
        response = request(path, make_token(exp=1))
        assert (response.status, response.json()) == (401, {"detail": "Token has expired"})
        assert response.headers["www-authenticate"] == "Bearer"


def test_optional_backend_treats_rejected_token_as_missing() -> None:
    for token in (make_token(exp=1), "x", "a.b.c"):
        assert request("/", token, optional=True).json() == GUEST
        assert request("/me", token, optional=True).status == 401


def test_requires_compares_roles_scopes_and_permissions() -> None:
    admin = make_token(role="admin,editor", permissions={"task": ["read"]})
    assert request("/admin", admin).json()["scopes"] == [
        "authenticated",
        "permission:task:read",
        "role:admin",
        "role:editor",
    ]
    assert request("/tasks", make_token(scp=["tasks:write"])).status == 200
    for claims in ({}, {"role": "editor"}, {"permissions": ["admin"]}):
        assert request("/admin", make_token(**claims)).status == 403


@pytest.mark.parametrize("claim", ["scope", "scp"])
def test_scope_of_token_cannot_pass_for_role_or_permission(claim: str) -> None:
    token = make_token(**{claim: "role:admin permission:tasks:write authenticated x"})
    assert request("/", token).json()["scopes"] == ["authenticated", "x"]
    assert request("/admin", token).status == 403


def test_role_and_permission_cannot_pass_for_scope() -> None:
    token = make_token(roles=["tasks:write"], permissions=["tasks:write"])
    assert request("/tasks", token).status == 403


def test_sources_of_grants_are_those_of_the_arguments() -> None:
    token = make_token(realm_access={"roles": ["admin"]}, may=["a"], groups=["g"])
    sources: dict[str, Any] = {"roles": "realm_access.roles", "scopes": lambda claims: claims["groups"]}
    response = request("/admin", token, **sources, permissions="may")
    assert response.json()["scopes"] == ["authenticated", "g", "permission:a", "role:admin"]


def test_user_id_claim_names_the_id() -> None:
    token = sign_token({"uid": 7, "exp": int(time.time()) + 60}, SECRET, algorithm="HS256")
    assert request("/", token, user_id_claim="uid").json()["user_id"] == "7"
    assert request("/", token).status == 401


def test_user_without_required_id_has_no_identity() -> None:
    backend = JwtAuthenticationBackend(VERIFIER, user_id_claim=None)
    token = sign_token({"exp": int(time.time()) + 60, "scope": "a"}, SECRET, algorithm="HS256")
    user = authenticate(backend, token)
    assert (user.is_authenticated, user.display_name, user.model) == (True, "", None)
    for attribute in ("user_id", "identity"):
        with pytest.raises(TypeError, match="user_id_claim must name the claim"):
            getattr(user, attribute)


def authenticate(backend: JwtAuthenticationBackend, token: str) -> JwtUser:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    connection = HTTPConnection({"type": "http", "headers": headers, "method": "GET", "path": "/"})
    result = asyncio.run(backend.authenticate(connection))
    assert result is not None
    return result[1]


def test_user_shows_claims_and_hides_them_from_logs() -> None:
    user = authenticate(JwtAuthenticationBackend(VERIFIER), make_token(plan="gold-plan"))
    assert user.claims["plan"] == "gold-plan"
    assert repr(user) == "JwtUser(user_id='user-1')"
    with pytest.raises(AttributeError):
        user.user_id = "other"  # type: ignore[misc]  # the mistake under test


def test_accept_rejects_a_token() -> None:
    assert request("/", make_token(), accept=lambda claims: claims.get("plan") == "gold").status == 401
    assert request("/", make_token(plan="gold"), accept=lambda claims: claims.get("plan") == "gold").status == 200


def test_resource_metadata_is_named_by_each_401() -> None:
    url = "https://api.example.com/.well-known/oauth-protected-resource"
    response = request("/", "x", resource_metadata=url)
    assert response.headers["www-authenticate"] == f'Bearer resource_metadata="{url}"'


def test_middleware_of_starlette_works_with_on_error_and_without() -> None:
    backend = JwtAuthenticationBackend(VERIFIER)
    rejected = ((backend.on_error, 401, b'{"detail":"Token has expired"}'), (None, 400, b"Token has expired"))
    for on_error, status, text in rejected:
        app = Starlette(routes=ROUTES)
        app.add_middleware(AuthenticationMiddleware, backend=backend, on_error=on_error)
        response = send(app, "/", make_token(exp=1))
        assert (response.status, response.body) == (status, text)
        assert send(app, "/me", make_token()).status == 200


def test_on_error_does_not_repeat_the_text_of_another_backend() -> None:
    response = JwtAuthenticationBackend(VERIFIER).on_error(None, AuthenticationError("s3cret"))  # type: ignore[arg-type]
    assert (response.status_code, response.body) == (401, b'{"detail":"Not authenticated"}')


def test_lifespan_passes_through_the_middleware() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[dict[str, str]]:
        events.append("start")
        yield {"name": "value"}
        events.append("stop")

    app = create_app(JwtAuthenticationBackend(VERIFIER), lifespan=lifespan)
    asyncio.run(run_lifespan(app))
    assert events == ["start", "stop"]


async def run_lifespan(app: Starlette) -> None:
    received = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_concurrent_requests_share_one_fetch_of_keys() -> None:
    issuer = TokenIssuer("https://auth.example.com")
    with serve_jwks(issuer) as server:
        verifier = Verifier(RemoteKeySet(server.url), issuer=issuer.url, audience=issuer.audience)
        app = create_app(JwtAuthenticationBackend(verifier))
        answers = asyncio.run(send_together(app, [issuer.mint_token(f"user-{number}") for number in range(40)]))
        assert [answer["user_id"] for answer in answers] == [f"user-{number}" for number in range(40)]
        assert server.request_count == 1


async def send_together(app: Starlette, tokens: list[str]) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.test") as client:
        headers = [{"authorization": f"Bearer {token}"} for token in tokens]
        responses = await asyncio.gather(*(client.get("/me", headers=each) for each in headers))
    return [response.json() for response in responses]


@pytest.mark.parametrize("optional", [False, True])
def test_unavailable_keys_respond_503_also_if_optional(optional: bool) -> None:  # noqa: FBT001 - a parameter
    issuer = TokenIssuer("https://auth.example.com")
    with serve_jwks(issuer) as server:
        server.status = 500
        verifier = Verifier(RemoteKeySet(server.url), issuer=issuer.url, audience=issuer.audience)
        backend = JwtAuthenticationBackend(verifier, optional=optional)
        response = request("/", issuer.mint_token("user-1"), backend)
    assert (response.status, response.json()) == (503, {"detail": "Authentication service unavailable"})
    assert int(response.headers["retry-after"]) >= 1


def test_token_of_each_issuer_is_verified_by_its_verifier() -> None:
    issuers = [TokenIssuer("https://one.example"), TokenIssuer("https://two.example")]
    verifiers = {each.url: Verifier(each.jwk_set, issuer=each.url, audience=each.audience) for each in issuers}

    async def find(issuer: str) -> Verifier | None:
        return verifiers.get(issuer)

    for source in (list(verifiers.values()), verifiers.get, find):
        backend = JwtAuthenticationBackend(source)
        for issuer in issuers:
            assert request("/me", issuer.mint_token("user-1"), backend).status == 200
        assert request("/", TokenIssuer("https://three.example").mint_token("u"), backend).status == 401


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"token_header": "Authorization"}, ValueError, "token_header must be another header"),
        ({"token_header": "Cookie"}, ValueError, "token_header must be another header"),
        ({"token_header": "X Token"}, ValueError, "token_header must be one name"),
        ({"token_cookie": "a=b"}, ValueError, "token_cookie must be one name"),
        ({"trusted_origins": ["https://a.example"]}, ValueError, "trusted_origins must be given only for cookies"),
        ({"resource_metadata": 'x"y'}, ValueError, "resource_metadata must be a URL"),
        ({"websocket_subprotocol": "a b"}, ValueError, "websocket_subprotocol"),
        ({"user_id_claim": ""}, ValueError, "user_id_claim must be the name"),
        ({"roles": 3}, TypeError, "roles must be the name"),
        ({"accept": 3}, TypeError, "accept must be"),
    ],
)
def test_wrong_argument_is_refused(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        JwtAuthenticationBackend(VERIFIER, **arguments)


@pytest.mark.parametrize("source", [None, "secret", JwtAuthenticationBackend, 3, [], SimpleNamespace(connections=[])])
def test_wrong_source_is_refused(source: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="verifier must be"):
        JwtAuthenticationBackend(source)
