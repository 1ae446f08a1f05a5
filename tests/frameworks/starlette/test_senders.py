"""The authentication of connections itself: the sender of a request, its refusal, and the hints of both."""

# No `annotations` import: FastAPI reads the annotations of security schemes.

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from fastjose import RemoteKeySet, Verifier, sign_token
from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose._connections.credential_connections import CredentialConnections, Outcome, find_id_claim
from fastjose._connections.sender import RefusedError, Sender
from fastjose._refusals.refusal import Refusal, unauthorized
from fastjose.exceptions import JWTClaimsError, StoreUnavailableError
from fastjose.fastapi import (
    ApiKeys,
    BearerAuth,
    CredentialAuth,
    CurrentUser,
    JwtCredentials,
    SessionCookies,
    SessionTokens,
)
from fastjose.testing import TokenIssuer, serve_jwks
from support.better_auth.sessions import SECRET as SESSION_SECRET
from support.better_auth.sessions import TOKEN, RecordedLookup, sign_session_token
from support.environment.fresh_import import SECRET

pytestmark = pytest.mark.http

VERIFIER = Verifier(SECRET, algorithms=["HS256"])
METADATA = "https://api.example/.well-known/oauth-protected-resource"
CHALLENGE = {"WWW-Authenticate": f'Bearer resource_metadata="{METADATA}"'}
COOKIE: Any = [HTTPBearer(), APIKeyCookie(name="token")]
HEADER: Any = APIKeyHeader(name="X-Token")
CROSS_ORIGIN = [(b"origin", b"https://evil.example"), (b"sec-fetch-site", b"cross-site")]


def make_token(**claims: Any) -> str:
    return sign_token({"sub": "user-1", "exp": int(time.time()) + 60, **claims}, SECRET, algorithm="HS256")


def connect(*headers: tuple[bytes, bytes], kind: str = "http", method: str = "POST") -> HTTPConnection:
    return HTTPConnection({"type": kind, "method": method, "path": "/", "headers": list(headers), "query_string": b""})


def bearer(token: str) -> tuple[bytes, bytes]:
    return (b"authorization", f"Bearer {token}".encode())


def cookie(token: str) -> tuple[bytes, bytes]:
    return (b"cookie", f"token={token}".encode())


def session_cookie(token: str = TOKEN) -> tuple[bytes, bytes]:
    return (b"cookie", f"better-auth.session_token={sign_session_token(token)}".encode())


def authenticate(auth: Any, *headers: tuple[bytes, bytes], **options: Any) -> Sender | None:
    found: Sender | None = asyncio.run(auth.connections.authenticate(connect(*headers, **options)))
    return found


def refuse(auth: Any, *headers: tuple[bytes, bytes], **options: Any) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        authenticate(auth, *headers, **options)
    assert str(caught.value) == caught.value.refusal.detail
    assert (caught.value.__cause__, caught.value.__suppress_context__) in ((None, True), (None, False))
    return caught.value.refusal


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage().partition(":")[0] for record in caplog.records if record.name == "fastjose"]
    caplog.clear()
    return found


# --- Tokens ---


class Account(BaseModel):
    """A user with a plan."""

    user_id: str
    plan: str


def test_sender_of_a_token_has_its_claims_its_id_and_the_user_of_the_model() -> None:
    sender = authenticate(BearerAuth(VERIFIER, user_model=Account), bearer(make_token(plan="gold")))
    assert sender is not None
    assert (sender.claims["sub"], sender.user_id) == ("user-1", "user-1")
    assert sender.user == Account(user_id="user-1", plan="gold")
    assert "gold" not in repr(sender)


def test_id_is_that_of_the_claim_which_is_required() -> None:
    token = make_token(number="u-17")
    sender = authenticate(BearerAuth(VERIFIER, user_id_claim="number"), bearer(token))
    assert sender is not None
    assert (sender.user_id, sender.user.user_id) == ("u-17", "u-17")

    class AnyUser(BaseModel):
        """A user without an id."""

    sender = authenticate(BearerAuth(VERIFIER, user_id_claim=None, user_model=AnyUser), bearer(make_token()))
    assert sender is not None
    assert (sender.user_id, sender.user) == (None, AnyUser())


@pytest.mark.parametrize("place", [{}, {"scheme": COOKIE}, {"scheme": HEADER}], ids=["default", "cookie", "header"])
def test_token_is_accepted_and_rejected_in_its_place(place: dict[str, Any]) -> None:
    auth = BearerAuth(VERIFIER, resource_metadata=METADATA, **place)

    def put(token: str) -> tuple[bytes, bytes]:
        if place.get("scheme") is HEADER:
            return (b"x-token", token.encode())
        return cookie(token) if place else bearer(token)

    sender = authenticate(auth, put(make_token()))
    assert sender is not None
    assert (sender.user_id, type(sender.user)) == ("user-1", CurrentUser)
    refusal = refuse(auth, put(make_token(exp=1)))
    assert (refusal.status_code, refusal.detail, refusal.headers) == (401, "Token has expired", CHALLENGE)
    assert authenticate(auth) is None


def test_header_is_not_read_if_the_token_is_in_another_place() -> None:
    auth = BearerAuth(VERIFIER, scheme=HEADER)
    assert authenticate(auth, bearer(make_token())) is None
    sender = authenticate(auth, bearer(make_token(sub="user-2")), (b"x-token", make_token().encode()))
    assert sender is not None
    assert sender.user_id == "user-1"


def test_empty_token_is_refused_with_the_metadata() -> None:
    auth = BearerAuth(VERIFIER, scheme=COOKIE, resource_metadata=METADATA)
    assert refuse(auth, (b"cookie", b"token=")) == Refusal(401, "Not authenticated", CHALLENGE)


@pytest.mark.parametrize("is_in_cookie", [True, False])
def test_hint_about_a_rejected_token_is_that_of_the_token(
    caplog: pytest.LogCaptureFixture, *, is_in_cookie: bool
) -> None:
    auth = BearerAuth(VERIFIER, scheme=COOKIE)
    token = TokenIssuer(secret="another secret of thirty-two bytes!", algorithm="HS256").mint_token()
    put = cookie if is_in_cookie else bearer
    refuse(auth, put(token))
    hints = lines(caplog)
    expected = [each.code for each in auth._rejections.find_hints(catch_error(token), token)]
    assert hints == expected


def catch_error(token: str) -> Any:
    try:
        VERIFIER.verify(token)
    except Exception as error:  # noqa: BLE001 - the test compares it
        return error
    raise AssertionError("the token is accepted")


def test_page_of_another_origin_is_refused_with_a_hint(caplog: pytest.LogCaptureFixture) -> None:
    auth = BearerAuth(VERIFIER, scheme=COOKIE)
    refusal = refuse(auth, cookie(make_token()), *CROSS_ORIGIN)
    assert refusal == Refusal(403, "Cross-origin request rejected")
    assert lines(caplog) == ["cross_origin_request"]


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (HTTPException(418, "tea"), Refusal(418, "tea", None)),
        (HTTPException(418, "tea", {"X-Pot": "1"}), Refusal(418, "tea", {"X-Pot": "1"})),
        (WebSocketException(1008, "no"), Refusal(403, "Not authorized to access this resource", None)),
    ],
)
def test_refusal_of_a_scheme_of_the_application_is_passed_on(error: Exception, refusal: Refusal) -> None:
    def scheme(_: Any) -> str:
        raise error

    assert refuse(BearerAuth(VERIFIER, scheme=scheme)) == refusal


@pytest.mark.parametrize(
    ("place", "header", "code"),
    [
        ({}, (b"authorization", b"Basic YTpi"), ["authorization_scheme"]),
        ({"scheme": HEADER}, (b"authorization", b"Basic YTpi"), []),
        ({}, session_cookie(), ["session_cookie_not_accepted"]),
        ({}, (b"accept", b"*/*"), []),
    ],
)
def test_request_without_a_token_has_a_hint_about_another_credential(
    caplog: pytest.LogCaptureFixture, place: dict[str, Any], header: tuple[bytes, bytes], code: list[str]
) -> None:
    assert authenticate(BearerAuth(VERIFIER, **place), header) is None
    assert lines(caplog) == code


@pytest.mark.parametrize("place", [{}, {"scheme": COOKIE}], ids=["header", "cookie"])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("claims", "detail"), [({}, None), ({"exp": 1}, "Token has expired")])
def test_token_whose_key_is_fetched_is_accepted_or_rejected(
    place: dict[str, Any], count: int, claims: dict[str, Any], detail: str | None
) -> None:
    put = cookie if place else bearer
    with serve_jwks(TokenIssuer()) as server:
        verifier = Verifier(RemoteKeySet(server.url), issuer="https://i.example", audience="a")
        other = Verifier(SECRET, algorithms=["HS256"], issuer="https://o.example", check_audience=False)
        auth = BearerAuth(verifier if count == 1 else [verifier, other], **place)
        token = server.issuer.mint_token(iss="https://i.example", aud="a", **claims)
        assert auth.connections.verifiers == ((verifier,) if count == 1 else (verifier, other))
        if detail is not None:
            assert refuse(auth, put(token)).detail == detail
            return
        for _ in range(2):
            sender = authenticate(auth, put(token))
            assert sender is not None
            assert sender.user_id == sender.claims["sub"] == sender.user.user_id


@pytest.mark.parametrize("place", [{}, {"scheme": COOKIE}], ids=["header", "cookie"])
def test_token_of_a_connection_is_verified_once(place: dict[str, Any]) -> None:
    calls: list[str] = []

    def accept(claims: dict[str, Any]) -> bool:
        calls.append(claims["sub"])
        return True

    auth = BearerAuth(VERIFIER, accept=accept, **place)
    token = make_token()
    connection = connect(cookie(token) if place else bearer(token))
    for _ in range(2):
        sender = asyncio.run(auth.connections.authenticate(connection))
        assert sender is not None
        assert sender.user_id == "user-1"
    assert calls == ["user-1"]


def test_token_in_the_header_is_verified_without_its_scheme() -> None:
    auth = BearerAuth(VERIFIER)
    vars(auth.connections)["_places"] = SimpleNamespace(begins_with_authorization=True)
    sender = authenticate(auth, bearer(make_token()))
    assert sender is not None
    assert sender.user_id == "user-1"


def test_missing_keys_are_fetched_and_a_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with serve_jwks(TokenIssuer()) as server:
        verifier = Verifier(RemoteKeySet(server.url), issuer="https://i.example", audience="a")
        for auth in (BearerAuth(verifier), CredentialAuth(JwtCredentials(verifier))):
            asyncio.run(auth.connections.fetch_missing_keys())
        assert server.request_count == 1
    gone = Verifier(RemoteKeySet("http://127.0.0.1:9/jwks", max_wait_seconds=0.05), issuer="https://i", audience="a")
    for auth in (BearerAuth(gone), CredentialAuth(JwtCredentials(gone))):
        assert lines(caplog) == []
        asyncio.run(auth.connections.fetch_missing_keys())
        assert lines(caplog) == ["keys_unavailable"]


# --- Credentials of several kinds ---


def accept(*kinds: str, lookup: RecordedLookup | None = None, **options: Any) -> CredentialAuth[Any]:
    lookup = lookup or RecordedLookup()
    all_kinds: dict[str, Any] = {
        "jwt": JwtCredentials(VERIFIER),
        "session": SessionTokens(lookup, secrets=[SESSION_SECRET]),
        "cookie": SessionCookies(lookup, secrets=[SESSION_SECRET]),
        "api_key": ApiKeys(lookup),
    }
    return CredentialAuth(*(all_kinds[kind] for kind in kinds), **options)


def test_sender_of_each_credential_has_claims_id_and_user() -> None:
    auth = accept("jwt", "session", "cookie")
    for header in (bearer(make_token()), bearer(sign_session_token()), session_cookie()):
        sender = authenticate(auth, header)
        assert sender is not None
        assert (sender.user_id, sender.claims["sub"], sender.user.user_id) == ("user-1",) * 3


def test_credential_without_an_id_is_only_required_if_no_kind_needs_one() -> None:
    without = JwtCredentials(VERIFIER, user_id_claim=None)
    assert find_id_claim([without]) is None
    assert find_id_claim([JwtCredentials(VERIFIER)]) == "sub"
    assert find_id_claim([SessionTokens(RecordedLookup(), secrets=[SESSION_SECRET])]) == "sub"
    assert find_id_claim([SessionTokens(RecordedLookup(), secrets=[SESSION_SECRET]), without]) is None


@pytest.mark.parametrize(
    ("kinds", "header", "detail"),
    [
        (("jwt",), bearer("a.b.c"), "Invalid token"),
        (("session",), bearer(sign_session_token("unknown")), "Invalid session"),
        (("cookie",), session_cookie("unknown"), "Invalid session"),
        (("cookie", "jwt"), bearer(""), "Not authenticated"),
        (("session",), bearer(""), "Not authenticated"),
    ],
)
def test_rejected_credential_is_refused_with_the_metadata(
    kinds: tuple[str, ...], header: tuple[bytes, bytes], detail: str
) -> None:
    refusal = refuse(accept(*kinds, resource_metadata=METADATA), header)
    assert refusal.status_code == 401
    assert refusal.detail.startswith(detail)
    assert refusal.headers == CHALLENGE


def test_request_without_a_credential_has_no_sender_and_no_outcome() -> None:
    auth = accept("jwt", "session", "cookie")
    assert authenticate(auth) is None
    assert asyncio.run(auth.connections.find_outcome(connect())) == Outcome(None, None)


def test_outcome_is_a_principal_or_a_refusal() -> None:
    auth = accept("jwt", "cookie")
    found = asyncio.run(auth.connections.find_outcome(connect(bearer(make_token()))))
    assert found.refusal is None
    assert found.principal is not None
    assert found.principal.claims["sub"] == "user-1"
    rejected = asyncio.run(auth.connections.find_outcome(connect(bearer(make_token(exp=1)))))
    assert rejected == Outcome(None, unauthorized("Token has expired"))
    refused = asyncio.run(auth.connections.find_outcome(connect(session_cookie(), *CROSS_ORIGIN)))
    assert refused == Outcome(None, Refusal(403, "Cross-origin request rejected"))


def test_store_that_is_down_is_a_503() -> None:
    auth = accept("session", lookup=RecordedLookup(StoreUnavailableError("down")))
    assert refuse(auth, bearer(sign_session_token())).status_code == 503


def test_claims_that_the_model_rejects_are_refused() -> None:
    def build_user(claims: dict[str, Any]) -> Any:
        raise JWTClaimsError(f"no plan of {claims['sub']}")

    auth = accept("jwt", "session")
    connections = CredentialConnections(
        auth.connections.authenticator.credentials,
        build_user,
        auth.connections.grants,
        named_fields=frozenset(),
        resource_metadata=METADATA,
    )
    assert connections.names is IN_CODE
    for header in (bearer(make_token()), bearer(sign_session_token())):
        with pytest.raises(RefusedError) as caught:
            asyncio.run(connections.authenticate(connect(header)))
        assert caught.value.refusal == Refusal(401, "Invalid token claims: no plan of user-1", CHALLENGE)
        assert caught.value.__suppress_context__


def test_sender_has_no_id_if_no_kind_needs_one() -> None:
    class AnyUser(BaseModel):
        """A user without an id."""

    auth = CredentialAuth(JwtCredentials(VERIFIER, user_id_claim=None), user_model=AnyUser)
    sender = authenticate(auth, bearer(make_token()))
    assert sender is not None
    assert (sender.user_id, sender.claims["sub"]) == (None, "user-1")


def test_hints_name_the_settings_of_the_application() -> None:
    class Names(SettingNames):
        """Names of a test."""

        def describe(self, error: object) -> str:
            return f"in other words: {error}"

    auth, names = accept("jwt", "session"), Names()
    connections = CredentialConnections(
        auth.connections.authenticator.credentials, dict, auth.connections.grants, named_fields=frozenset(), names=names
    )
    assert connections.jwt_rejections is not None
    assert (connections.names, connections.jwt_rejections.names) == (names, names)
    (hint,) = connections.rejections.find_hints(StoreUnavailableError("down"), connect())
    assert "in other words: down" in hint.text


def test_hint_about_a_rejected_jwt_is_that_of_its_verifier() -> None:
    connections = accept("jwt", "session").connections
    token = TokenIssuer(secret="another secret of thirty-two bytes!", algorithm="HS256").mint_token()
    error = catch_error(token)
    assert connections.jwt_rejections is not None
    expected = connections.jwt_rejections.find_hints(error, token)
    found = connections.rejections.find_hints(error, connect(bearer(token)))
    assert expected
    assert found == expected


def test_verifiers_are_those_of_the_jwts() -> None:
    auth = accept("jwt", "session")
    assert list(auth.connections.verifiers) == [VERIFIER]
    assert auth.connections.jwt is not None
    assert auth.connections.jwt.verifier is VERIFIER
    without = accept("session").connections
    assert (list(without.verifiers), without.jwt, without.jwt_rejections) == ([], None, None)
    asyncio.run(without.fetch_missing_keys())


@pytest.mark.parametrize(
    ("kinds", "header", "code"),
    [
        (("jwt",), (b"authorization", b"Basic YTpi"), ["authorization_scheme"]),
        (("session",), (b"authorization", b"Basic YTpi"), ["authorization_scheme"]),
        (("cookie",), (b"authorization", b"Basic YTpi"), []),
        (("jwt",), session_cookie(), ["session_cookie_not_accepted"]),
        (("jwt",), (b"x-api-key", b"k"), ["api_key_not_accepted"]),
        (("jwt", "cookie"), (b"cookie", b"other.session_token=x"), ["session_cookie_of_another_name"]),
        (("jwt",), (b"accept", b"*/*"), []),
    ],
)
def test_request_without_an_accepted_credential_has_a_hint(
    caplog: pytest.LogCaptureFixture, kinds: tuple[str, ...], header: tuple[bytes, bytes], code: list[str]
) -> None:
    assert authenticate(accept(*kinds), header) is None
    assert lines(caplog) == code
