"""The authentication of connections, which the backend shares with FastAPI: the sender, or the refusal and its hint."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose._authorization.grants import build_grants
from fastjose._config.names.setting_names import IN_CODE, OF_ENVIRONMENT
from fastjose._connections.credential_connections import CredentialConnections
from fastjose._connections.sender import RefusedError, Sender
from fastjose._connections.token_connections import TokenConnections
from fastjose._fastapi.places.schemes import ApplicationScheme
from fastjose._places.sources import BearerHeader, KeyHeader, Place
from fastjose._places.token_places import TokenPlaces
from fastjose._refusals.refusal import Refusal
from fastjose._refusals.rejection_handler import RejectionHandler
from fastjose._verifiers.bearer_policy import BearerPolicy
from fastjose._verifiers.request_authentication import create_authentication
from fastjose.exceptions import JOSEError, JWTError, StoreUnavailableError
from fastjose.fastapi import ApiKeys, BearerAuth, JwtCredentials, SessionCookies, SessionTokens
from fastjose.testing import TokenIssuer, serve_jwks
from support.better_auth.sessions import SECRET as SESSION_SECRET
from support.better_auth.sessions import RecordedLookup, make_record, sign_session_token
from support.environment.fresh_import import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.clients.asgi_client import Header

pytestmark = pytest.mark.http

VERIFIER = Verifier(SECRET, algorithms=["HS256"])
METADATA = "https://api.example.com/metadata"
CHALLENGE = {"WWW-Authenticate": f'Bearer resource_metadata="{METADATA}"'}


def make_token(**claims: Any) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 60, **claims}, SECRET, algorithm="HS256")


def connect(*headers: Header, kind: str = "http") -> HTTPConnection:
    scope = {"type": kind, "method": "GET", "path": "/", "query_string": b"", "headers": [*headers]}
    return HTTPConnection({**scope, "subprotocols": []})


def bearer(token: str) -> Header:
    return (b"authorization", b"Bearer " + token.encode())


def authenticate(connections: Any, connection: HTTPConnection) -> Sender | None:
    sender: Sender | None = asyncio.run(connections.authenticate(connection))
    return sender


def refuse(connections: Any, connection: HTTPConnection) -> Refusal:
    with pytest.raises(RefusedError) as raised:
        authenticate(connections, connection)
    refusal = raised.value.refusal
    assert (str(raised.value), raised.value.__cause__) == (refusal.detail, None)
    return refusal


# --- Tokens ---


class NotedRejections(RejectionHandler):
    """Notes the rejected tokens."""

    def __init__(self, verifier: Any) -> None:
        super().__init__(verifier, resource_metadata=METADATA)
        self.noted: list[tuple[str, str]] = []

    def reject(self, error: JOSEError, token: str) -> Refusal:
        self.noted.append((str(error), token))
        return super().reject(error, token)


def accept_tokens(
    *places: Place, verifier: Verifier = VERIFIER, accept: Callable[[Any], bool] | None = None
) -> tuple[TokenConnections, NotedRejections]:
    chosen, authentication = create_authentication(verifier, BearerPolicy("sub", accept), lambda claims: claims["sub"])
    rejections = NotedRejections(chosen)
    token_places = TokenPlaces(places or [BearerHeader()])
    connections = TokenConnections(
        token_places, authentication, rejections, build_grants(), user_id_claim="sub", verifiers=[verifier]
    )
    return connections, rejections


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_sender_has_the_claims_the_id_and_the_user(kind: str) -> None:
    connections, _ = accept_tokens()
    sender = authenticate(connections, connect(bearer(make_token(plan="gold")), kind=kind))
    assert sender is not None
    assert (sender.user_id, sender.user, sender.claims["plan"]) == ("user-1", "user-1", "gold")
    assert authenticate(connections, connect(kind=kind)) is None


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_token_that_was_read_is_the_one_that_is_rejected(kind: str) -> None:
    token, other = make_token(exp=1), make_token(exp=2)
    for places, headers in (
        ([], [bearer(token)]),
        ([KeyHeader("x-token")], [bearer(other), (b"x-token", token.encode())]),
        ([BearerHeader(), KeyHeader("x-token")], [(b"x-token", token.encode())]),
    ):
        connections, rejections = accept_tokens(*places)
        assert refuse(connections, connect(*headers, kind=kind)) == Refusal(401, "Token has expired", CHALLENGE)
        assert [found for _, found in rejections.noted] == [token]


@pytest.mark.parametrize(
    ("place", "headers"),
    [
        (BearerHeader(), [(b"authorization", b"Bearer")]),
        (BearerHeader(), [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]),
        (KeyHeader("x-token"), [(b"x-token", b"")]),
        (KeyHeader("x-token"), [(b"x-token", b"a"), (b"x-token", b"b")]),
    ],
)
def test_credential_that_is_not_exactly_one_is_refused(place: Place, headers: list[Header]) -> None:
    connections, rejections = accept_tokens(place)
    assert refuse(connections, connect(*headers)) == Refusal(401, "Not authenticated", CHALLENGE)
    assert rejections.noted == []


@pytest.mark.parametrize("place", [BearerHeader(), KeyHeader("x-token")])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_token_is_verified_once_in_a_connection(place: Place, kind: str) -> None:
    calls: list[str] = []

    def accept(claims: Any) -> bool:
        calls.append(claims["sub"])
        return True

    connections, _ = accept_tokens(place, accept=accept)
    connection = connect(bearer(make_token()), (b"x-token", make_token().encode()), kind=kind)
    senders = [authenticate(connections, connection) for _ in range(3)]
    assert [sender and sender.user_id for sender in senders] == ["user-1"] * 3
    assert calls == ["user-1"]


@pytest.mark.parametrize("headers", [None, {"X-Reason": "tea"}])
def test_response_of_a_scheme_is_the_refusal(headers: dict[str, str] | None) -> None:
    def scheme(_: HTTPConnection) -> str:
        raise HTTPException(418, "tea", headers)

    connections, _ = accept_tokens(ApplicationScheme(scheme))
    assert refuse(connections, connect()) == Refusal(418, "tea", headers)


@pytest.mark.parametrize(
    ("place", "header", "code"),
    [
        (BearerHeader(), (b"authorization", b"Basic YTpi"), "authorization_scheme"),
        (KeyHeader("x-token"), (b"authorization", b"Basic YTpi"), None),
        (BearerHeader(), (b"x-api-key", b"key"), "api_key_not_accepted"),
        (BearerHeader(), (b"accept", b"*/*"), None),
    ],
)
def test_credential_in_another_place_has_a_hint(
    place: Place, header: Header, code: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    connections, _ = accept_tokens(place)
    assert authenticate(connections, connect(header)) is None
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ([] if code is None else [code])


def verify_remote_keys(server: Any, issuer: TokenIssuer) -> Verifier:
    return Verifier(RemoteKeySet(server.url, max_wait_seconds=0.2), issuer=issuer.url, audience=issuer.audience)


@pytest.mark.parametrize(("status", "logged"), [(200, []), (500, ["keys_unavailable"])])
@pytest.mark.parametrize("kind", ["tokens", "credentials"])
def test_missing_keys_are_fetched_and_a_failure_is_logged(
    kind: str, status: int, logged: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    issuer = TokenIssuer("https://auth.example.com")
    with serve_jwks(issuer) as server:
        server.status = status
        verifier = verify_remote_keys(server, issuer)
        tokens, _ = accept_tokens(verifier=verifier)
        connections: Any = tokens if kind == "tokens" else accept_credentials(JwtCredentials(verifier))
        asyncio.run(connections.fetch_missing_keys())
        assert server.request_count >= 1
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == logged


def test_health_names_the_failure_in_the_names_of_the_settings() -> None:
    issuer = TokenIssuer("https://auth.example.com")
    with serve_jwks(issuer) as server:
        server.status = 500
        auth = BearerAuth(verify_remote_keys(server, issuer))
        asyncio.run(auth.connections.fetch_missing_keys())
        (source,) = auth.health().sources
    assert source.last_failure is not None
    assert "500" in source.last_failure


# --- Credentials of several kinds ---


async def find_no_key(_: str) -> None:
    return None


def build_user(claims: dict[str, Any]) -> str:
    if claims.get("banned"):
        raise JWTError("no user")
    return str(claims.get("name"))


def accept_credentials(*credentials: Any, **options: Any) -> CredentialConnections:
    return CredentialConnections(
        credentials, build_user, build_grants(), **{"named_fields": set(), "resource_metadata": METADATA, **options}
    )


def accept_sessions(**fields: Any) -> SessionTokens:
    return SessionTokens(RecordedLookup(make_record(**fields)), secrets=[SESSION_SECRET])


def test_jwts_are_known_among_the_credentials() -> None:
    jwt, sessions = JwtCredentials(VERIFIER), accept_sessions()
    both, alone = accept_credentials(sessions, jwt, names=OF_ENVIRONMENT), accept_credentials(sessions)
    assert (both.jwt, list(both.verifiers), both.names) == (jwt, [VERIFIER], OF_ENVIRONMENT)
    assert isinstance(both.jwt_rejections, RejectionHandler)
    assert both.jwt_rejections.names is OF_ENVIRONMENT
    assert (alone.jwt, list(alone.verifiers), alone.jwt_rejections, alone.names) == (None, [], None, IN_CODE)
    assert asyncio.run(alone.fetch_missing_keys()) is None


def test_hints_describe_errors_in_the_names_of_the_settings() -> None:
    error = StoreUnavailableError("allow_http must be True")
    for names, text in ((IN_CODE, "allow_http must be True"), (OF_ENVIRONMENT, "JWKS_ALLOW_HTTP=1 must be True")):
        connections = accept_credentials(accept_sessions(), names=names)
        (hint,) = connections.rejections.find_hints(error, connect())
        assert hint.text.startswith(text)


def test_rejected_jwt_has_the_hints_of_its_verifier() -> None:
    verifier = Verifier(SECRET, algorithms=["HS256"], issuer="https://auth.example.com")
    token = make_token(iss="https://auth.example.com/")
    with pytest.raises(JWTError) as raised:
        verifier.verify(token)
    connections = accept_credentials(JwtCredentials(verifier))
    found = connections.rejections.find_hints(raised.value, connect(bearer(token)))
    assert [hint.code for hint in found] == ["issuer_slash"]


def test_every_401_names_the_metadata() -> None:
    connections = accept_credentials(JwtCredentials(VERIFIER), accept_sessions(), ApiKeys(find_no_key))
    unsigned = sign_session_token(secret="x" * 32)
    for header in (
        bearer(make_token(exp=1)),
        bearer(unsigned),
        (b"x-api-key", b"k" * 64),
        (b"authorization", b"Bearer"),
    ):
        refusal = refuse(connections, connect(header))
        assert (refusal.status_code, refusal.headers) == (401, CHALLENGE)
    assert authenticate(connections, connect()) is None


@pytest.mark.parametrize(
    ("named", "roles"), [({"plan"}, "groups"), ({"plan", "groups"}, None), (set(), ["plan", "groups"])]
)
def test_hidden_fields_are_those_that_neither_the_model_nor_a_grant_names(named: set[str], roles: Any) -> None:
    credentials = [accept_sessions(plan="gold", groups="admin", password="s3cret")]
    connections = CredentialConnections(credentials, build_user, build_grants(roles=roles), named_fields=named)
    sender = authenticate(connections, connect(bearer(sign_session_token())))
    assert sender is not None
    assert (sender.claims["plan"], sender.claims["groups"]) == ("gold", "admin")
    assert "password" not in sender.claims


def test_sender_of_a_credential_has_its_user() -> None:
    connections = accept_credentials(JwtCredentials(VERIFIER), accept_sessions(name="Ada"))
    for token, name in ((make_token(name="Grace"), "Grace"), (sign_session_token(), "Ada")):
        sender = authenticate(connections, connect(bearer(token)))
        assert sender is not None
        assert (sender.user_id, sender.user, sender.claims["sub"]) == ("user-1", name, "user-1")


def test_token_that_need_not_identify_a_user_has_no_id() -> None:
    connections = accept_credentials(JwtCredentials(VERIFIER, user_id_claim=None))
    for token in (make_token(), sign_token({"exp": int(time.time()) + 60}, SECRET, algorithm="HS256")):
        sender = authenticate(connections, connect(bearer(token)))
        assert sender is not None
        assert sender.user_id is None


def test_claims_of_no_user_are_refused() -> None:
    connections = accept_credentials(JwtCredentials(VERIFIER))
    refusal = refuse(connections, connect(bearer(make_token(banned=True))))
    assert refusal == Refusal(401, "Invalid token: no user", CHALLENGE)


@pytest.mark.parametrize(
    ("credentials", "header", "code"),
    [
        ("cookie", (b"x-api-key", b"k" * 64), "api_key_not_accepted"),
        ("cookie", (b"authorization", b"Basic YTpi"), None),
        ("session", (b"authorization", b"Basic YTpi"), "authorization_scheme"),
        ("session", (b"cookie", b"better-auth.session_token=x"), "session_cookie_not_accepted"),
        ("cookie", (b"cookie", b"other.session_token=x"), "session_cookie_of_another_name"),
        ("session", (b"accept", b"*/*"), None),
    ],
)
def test_credential_that_is_not_accepted_has_one_hint(
    credentials: str, header: Header, code: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    kinds = {"cookie": SessionCookies(RecordedLookup(), secrets=[SESSION_SECRET]), "session": accept_sessions()}
    connections = accept_credentials(kinds[credentials])
    outcome = asyncio.run(connections.find_outcome(connect(header)))
    assert outcome.principal is None
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ([] if code is None else [code])


def test_accepted_credential_has_no_hint(caplog: pytest.LogCaptureFixture) -> None:
    connections = accept_credentials(accept_sessions())
    headers = [bearer(sign_session_token()), (b"cookie", b"better-auth.session_token=x"), (b"x-api-key", b"key")]
    outcome = asyncio.run(connections.find_outcome(connect(*headers)))
    assert (outcome.refusal, caplog.records) == (None, [])
    assert outcome.principal is not None
