"""What the credentials that settings describe accept: signatures, names, versions, stores and revocations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from fastjose import JOSEError
from fastjose._config.credentials_from_settings import build_credentials, build_session_store
from fastjose.exceptions import ConfigurationError
from fastjose.fastapi import CredentialAuth
from fastjose.revocation import RevocationList
from fastjose.settings import AuthSettings
from fastjose.testing import SessionCookieIssuer, TokenIssuer
from support.better_auth.sessions import SECRET, TOKEN, make_record, sign_session_token
from support.clients.http_client import HttpClient
from support.providers.auth_js_cookie import encrypt_version_4
from support.servers.lookup_server import LookupServer, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL, REDIS = "https://app.example.com", "redis://localhost:6379/0"
OLD_SECRET = "another-secret-of-better-auth-with-32-bytes"
UNREACHABLE = "http://127.0.0.1:1"


@pytest.fixture
def server() -> Iterator[LookupServer]:
    with serve_lookups(lambda _: reply_json(make_record())) as lookup_server:
        yield lookup_server


def build(revocations: RevocationList | None = None, /, **fields: Any) -> list[Any]:
    settings: Any = AuthSettings
    return list(build_credentials(settings(_env_file=None, **fields), revocations))


def code_of_token(credential: Any, token: str) -> str:
    """Return the code of the error for a bearer token, or the kind of credential that authenticates it."""
    try:
        return str(asyncio.run(credential.authenticate_token(token, frozenset())).credential)
    except JOSEError as error:
        return error.code


def code_of_cookies(credential: Any, cookies: dict[str, str], **headers: str) -> str | None:
    """Return the code of the error for cookies, the kind of credential that they are, or None without one."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    pairs = [(name.encode(), value.encode()) for name, value in {"cookie": cookie, **headers}.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "https", "headers": pairs}
    try:
        principal = asyncio.run(credential.authenticate_connection(HTTPConnection(scope), frozenset()))
    except JOSEError as error:
        return error.code
    return None if principal is None else str(principal.credential)


def test_signature_of_a_session_token_is_verified_with_the_secret(server: LookupServer) -> None:
    forged = sign_session_token(secret=OLD_SECRET)
    (tokens,) = build(jwt_credentials="session", better_auth_url=server.url, better_auth_secret=SECRET)
    assert code_of_token(tokens, forged) == "bad_session_signature"
    assert server.requests == []
    assert code_of_token(tokens, sign_session_token()) == "session"
    (tokens,) = build(jwt_credentials="session", better_auth_url=server.url)
    assert code_of_token(tokens, forged) == "session", "without a secret the store decides alone"


@pytest.mark.parametrize(("fields", "is_accepted"), [({}, False), ({"better_auth_allow_unsigned_tokens": True}, True)])
def test_session_token_without_a_signature_is_accepted_if_the_setting_allows_it(
    server: LookupServer,
    fields: dict[str, Any],
    is_accepted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    (tokens,) = build(jwt_credentials="session", better_auth_url=server.url, better_auth_secret=SECRET, **fields)
    assert (code_of_token(tokens, TOKEN) == "session") is is_accepted
    assert bool(server.requests) is is_accepted


def test_each_credential_asks_the_list_of_revocations(server: LookupServer) -> None:
    revocations = RevocationList()
    jwt, tokens, cookies = build(
        revocations,
        jwt_credentials="jwt,session,cookie",
        jwt_secret=SECRET,
        better_auth_session_store=server.url,
    )
    issuer = TokenIssuer(None, algorithm="HS256", secret=SECRET)
    token, cookie = issuer.mint_token(jti="t1"), SessionCookieIssuer(SECRET).cookies(session={"token": TOKEN})
    assert (code_of_token(jwt, token), code_of_token(tokens, sign_session_token())) == ("jwt", "session")
    assert code_of_cookies(cookies, cookie) == "cookie"
    revocations.revoke_token("t1")
    revocations.revoke_session("session-1")
    assert (code_of_token(jwt, token), code_of_token(tokens, sign_session_token())) == ("revoked", "session_revoked")
    assert code_of_cookies(cookies, cookie) == "session_revoked"


@pytest.mark.parametrize(
    ("revoke", "is_rejected"),
    [
        (lambda revocations: revocations.revoke_user("user-1"), True),
        (lambda revocations: revocations.revoke_token("token-1"), True),
        (lambda revocations: revocations.revoke_session("session-1"), True),
        (lambda revocations: revocations.revoke_user("user-1", at=1), False),
        (lambda revocations: revocations.revoke_user("user-2"), False),
    ],
)
def test_cookies_of_auth_js_and_opaque_tokens_ask_the_list_of_revocations(
    revoke: Callable[[RevocationList], None],
    is_rejected: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    claims = {"sub": "user-1", "jti": "token-1", "sid": "session-1", "iat": 1_000, "exp": 4_000_000_000}
    revocations = RevocationList()
    with serve_lookups(lambda _: reply_json({**claims, "active": True, "client_id": "web"})) as endpoint:
        opaque, auth_js = build(
            revocations,
            jwt_credentials="auth_js,opaque",
            auth_secret=SECRET,
            introspection_url=endpoint.url,
            introspection_client_id="api",
            introspection_client_secret="s3cret",
            jwt_client_id="web",
            jwks_allow_http=True,
        )
        sent = {"next-auth.session-token": encrypt_version_4(claims, SECRET)}
        assert (code_of_token(opaque, "opaque~token"), code_of_cookies(auth_js, sent)) == ("opaque", "auth_js")
        revoke(revocations)
        expected = ("revoked", "revoked") if is_rejected else ("opaque", "auth_js")
        assert (code_of_token(opaque, "opaque~token"), code_of_cookies(auth_js, sent)) == expected


def test_list_of_revocations_that_no_credential_asks_is_an_error() -> None:
    fields = {"jwt_credentials": "api_key", "better_auth_url": URL}
    with pytest.raises(ConfigurationError, match="revocations must be None with JWT_CREDENTIALS=api_key") as raised:
        build(RevocationList(), **fields)
    assert raised.value.variable == "JWT_CREDENTIALS"
    assert len(build(**fields)) == 1
    both = {**fields, "jwt_credentials": "jwt,api_key", "jwt_secret": SECRET}
    assert len(build(RevocationList(), **{**both, "better_auth_url": None, "better_auth_session_store": URL})) == 2


def test_id_of_the_user_is_in_the_claim_of_the_settings() -> None:
    auth = CredentialAuth(*build(jwt_credentials="jwt", jwt_secret=SECRET, jwt_user_id_claim="common_name"))
    app, issuer = FastAPI(), TokenIssuer(None, algorithm="HS256", secret=SECRET)
    app.add_api_route("/", auth.get_user_id)
    with HttpClient(app) as client:
        assert client.get("/", issuer.mint_token("ignored", common_name="service-1")).json() == "service-1"
        assert client.get("/", issuer.mint_token("user-1")).status_code == 401


@pytest.mark.parametrize("strategy", ["compact", "jwt", "jwe"])
def test_cookie_of_the_strategy_is_accepted_without_a_look_up(strategy: Any) -> None:
    fields = {"jwt_credentials": "cookie", "better_auth_url": UNREACHABLE, "better_auth_secret": SECRET}
    (cookies,) = build(**fields, better_auth_cookie_cache=strategy)
    issuer = SessionCookieIssuer(SECRET)
    assert code_of_cookies(cookies, issuer.cookies(strategy=strategy)) == "cookie"
    assert code_of_cookies(cookies, SessionCookieIssuer(OLD_SECRET).cookies(strategy=strategy)) != "cookie"
    (cookies,) = build(**fields)
    assert code_of_cookies(cookies, issuer.cookies(strategy=strategy)) == "store_unavailable"


@pytest.mark.parametrize(
    ("fields", "minted", "is_accepted"),
    [
        ({}, {}, True),
        ({}, {"version": "2"}, False),
        ({"better_auth_cookie_cache_version": "2"}, {"version": "2"}, True),
        ({"better_auth_cookie_cache_version": "2"}, {}, False),
        ({"better_auth_cookie_prefix": "app"}, {"prefix": "app"}, True),
        ({"better_auth_cookie_prefix": "app"}, {}, False),
        ({}, {"prefix": "app"}, False),
        ({}, {"secure": True}, True),
    ],
)
def test_cookie_has_the_version_and_the_prefix_of_the_settings(
    fields: dict[str, str],
    minted: dict[str, Any],
    is_accepted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    (cookies,) = build(
        jwt_credentials="cookie",
        better_auth_url=UNREACHABLE,
        better_auth_secret=SECRET,
        better_auth_cookie_cache="compact",
        **fields,
    )
    found = code_of_cookies(cookies, SessionCookieIssuer(SECRET).cookies(strategy="compact", **minted))
    assert (found == "cookie") is is_accepted


@pytest.mark.parametrize(
    ("fields", "jwe", "compact"),
    [({}, "store_unavailable", "bad_session_signature"), ({"jwt_accept_old_secrets": True}, "cookie", "cookie")],
    ids=str,
)
def test_older_secret_authenticates_only_if_the_setting_says_so(fields: dict[str, Any], jwe: str, compact: str) -> None:
    configured = {
        "jwt_credentials": "cookie",
        "better_auth_url": UNREACHABLE,
        "better_auth_secrets": f"2:{SECRET},1:{OLD_SECRET}",
        **fields,
    }
    old, new = SessionCookieIssuer(OLD_SECRET), SessionCookieIssuer(SECRET)
    (cookies,) = build(**configured, better_auth_cookie_cache="compact")
    assert code_of_cookies(cookies, old.cookies(strategy="compact")) == compact
    (cookies,) = build(**configured, better_auth_cookie_cache="jwe")
    encrypted = old.cookies(session={"token": TOKEN}, strategy="jwe")
    signed = quote(new.session_token(TOKEN), safe="")
    assert code_of_cookies(cookies, {**encrypted, "better-auth.session_token": signed}) == jwe


def test_secret_that_is_not_accepted_is_known_as_an_old_one() -> None:
    secrets = f"2:{SECRET},1:{OLD_SECRET}"
    (cookies,) = build(
        jwt_credentials="cookie",
        better_auth_url=UNREACHABLE,
        better_auth_secrets=secrets,
        better_auth_cookie_cache="jwe",
    )
    encrypted = SessionCookieIssuer(OLD_SECRET).cookies(session={"token": TOKEN}, strategy="jwe")
    signed = quote(SessionCookieIssuer(SECRET).session_token(TOKEN), safe="")
    sent = {**encrypted, "better-auth.session_token": signed}
    header = "; ".join(f"{name}={value}" for name, value in sent.items()).encode()
    assert cookies._reader.read([header]).failure == "session_data_old_secret"


def test_cookie_of_the_strategy_jwks_has_a_verifier() -> None:
    fields = {"better_auth_secret": SECRET, "better_auth_cookie_cache": "jwks"}
    (cookies,) = build(jwt_credentials="cookie", better_auth_url=URL, **fields)
    (keys,) = cookies._verifier.remote_key_sets
    assert keys.url == f"{URL}/api/auth/jwks"


@pytest.mark.parametrize(
    "fields",
    [{"jwt_credentials": "cookie", "better_auth_url": URL}, {"jwt_credentials": "auth_js", "auth_secret": SECRET}],
)
def test_page_of_a_trusted_origin_may_send_cookies(fields: dict[str, Any]) -> None:
    headers = [(b"host", b"api.example.com"), (b"origin", b"https://page.example.com")]
    scope = {"type": "http", "method": "POST", "path": "/", "scheme": "https", "headers": headers}
    for trusted, is_allowed in (("https://page.example.com", True), ("https://other.example.com", False)):
        (cookies,) = build(**fields, jwt_trusted_origins=trusted)
        assert cookies._origins.allows(scope) is is_allowed


@pytest.mark.parametrize(
    ("fields", "prefix"), [({}, "better-auth:"), ({"better_auth_session_store_prefix": "a:"}, "a:")]
)
def test_store_in_redis_has_the_prefix_of_the_settings(fields: dict[str, str], prefix: str) -> None:
    settings: Any = AuthSettings
    store = build_session_store(settings(_env_file=None, better_auth_session_store=REDIS, **fields))
    assert repr(store) == f"SecondaryStorageSessions(prefix={prefix!r})"


@pytest.mark.parametrize("credentials", ["session", "cookie", "api_key"])
def test_store_over_plain_http_is_accepted_if_the_setting_allows_it(credentials: str) -> None:
    fields = {"jwt_credentials": credentials, "better_auth_url": "http://auth:3000"}
    assert len(build(**fields, jwks_allow_http=True)) == 1
    with pytest.raises(ConfigurationError) as raised:
        build(**fields)
    assert (raised.value.code, raised.value.variable) == ("plain_http", "BETTER_AUTH_URL")
