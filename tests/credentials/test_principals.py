"""Each credential by itself: the principal that it returns, and the code of each rejection."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import HTTPConnection

from fastjose import RemoteKeySet
from fastjose._credentials.api_keys import ApiKeys
from fastjose._credentials.auth_js_cookies import AuthJsCookies
from fastjose._credentials.authenticator import CredentialAuthenticator
from fastjose._credentials.credential import CrossOriginError
from fastjose._credentials.jwt_credentials import JwtCredentials
from fastjose._credentials.session_cookies import SessionCookies
from fastjose._credentials.session_tokens import SessionTokens
from fastjose.better_auth import api_verifier, session_cookie_verifier
from fastjose.exceptions import APIKeyError, JOSEError, JWKSetUnavailableError, JWTError, SessionError
from fastjose.revocation import RevocationList
from fastjose.testing import SessionCookieIssuer, TokenIssuer
from support.better_auth.sessions import SECRET, TOKEN, RecordedLookup, make_record, sign_session_token
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

if TYPE_CHECKING:
    from fastjose._credentials.principal import Principal

OTHER_SECRET = "another-secret-with-more-than-32-bytes"
NAMED = frozenset({"tenant"})
SIGNED = sign_session_token()
VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)
KEY_RECORD = {
    "apiKey": {"id": "key-1", "configId": "admin", "referenceId": "user-1", "enabled": True, "permissions": None},
    "user": {"id": "user-1"},
}


def connect(*headers: tuple[str, str], method: str = "GET") -> HTTPConnection:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return HTTPConnection({"type": "http", "method": method, "headers": raw, "scheme": "https", "path": "/"})


def send_cookies(cookies: dict[str, str], *headers: tuple[str, str], method: str = "GET") -> HTTPConnection:
    value = "; ".join(f"{name}={text}" for name, text in cookies.items())
    return connect(("cookie", value), *headers, method=method)


def authenticate(credential: Any, sent: HTTPConnection | str) -> Principal | None:
    """Return the principal of a request, or of a bearer token."""
    if isinstance(sent, str):
        return asyncio.run(credential.authenticate_token(sent, NAMED))  # type: ignore[no-any-return]  # of any kind
    return asyncio.run(credential.authenticate_connection(sent, NAMED))  # type: ignore[no-any-return]  # as above


def reject(credential: Any, sent: HTTPConnection | str, kind: type[JOSEError] = SessionError) -> tuple[str, str]:
    """Return the code and the text of the error."""
    with pytest.raises(kind) as raised:
        authenticate(credential, sent)
    return raised.value.code, str(raised.value)


# --- API keys ---


class FixedKeys:
    """A store with one answer, which notes the keys that it is asked for."""

    def __init__(self, answer: Any = KEY_RECORD) -> None:
        self.answer = answer
        self.keys: list[str] = []

    async def __call__(self, key: str) -> Any:
        self.keys.append(key)
        return self.answer


@pytest.mark.parametrize("key", ["k", "k" * 512, "key ~!"])
def test_api_key_is_looked_up(key: str) -> None:
    store = FixedKeys()
    principal = authenticate(ApiKeys(store), connect(("x-api-key", key)))
    assert principal is not None
    assert (principal.credential, principal.session, principal.token, store.keys) == ("api_key", None, None, [key])
    assert principal.claims == {"sub": "user-1", "id": "user-1", "permissions": None}
    assert principal.api_key is not None
    assert principal.api_key.id == "key-1"


@pytest.mark.parametrize("key", ["", " ", "k" * 513, "schl\u00fcssel", "a\x7f", "a\tb", "\xff" * 513])
def test_malformed_api_key_is_not_looked_up(key: str) -> None:
    store = FixedKeys()
    code, text = reject(ApiKeys(store), connect(("x-api-key", key)), APIKeyError)
    assert (code, text) == ("malformed_api_key", "The API key is unknown, disabled, expired or used up.")
    assert reject(ApiKeys(store), connect(("x-api-key", "a"), ("x-api-key", "a")), APIKeyError)[0] == code
    assert store.keys == []


def test_request_without_api_key_is_not_looked_up() -> None:
    store = FixedKeys()
    assert authenticate(ApiKeys(store), connect(("x-other", "k"))) is None
    assert authenticate(ApiKeys(store, header="X-Other"), connect(("x-api-key", "k"))) is None
    assert store.keys == []
    assert authenticate(ApiKeys(store, header="X-Other"), connect(("x-other", "k"))) is not None


def test_configurations_of_api_keys_decide() -> None:
    sent = connect(("x-api-key", "k"))
    assert authenticate(ApiKeys(FixedKeys(), config_ids=["admin"]), sent) is not None
    for config_ids in (["default"], []):
        assert reject(ApiKeys(FixedKeys(), config_ids=config_ids), sent, APIKeyError)[0] == "unknown_api_key"
    principal = authenticate(ApiKeys(FixedKeys(), organization_config_ids=["admin"]), sent)
    assert principal is not None
    assert principal.claims["sub"] == "organization:user-1"
    both = ApiKeys(FixedKeys(), config_ids=["admin"], organization_config_ids=["default"])
    principal = authenticate(both, sent)
    assert principal is not None
    assert principal.claims["sub"] == "user-1"


def test_wrong_arguments_of_api_keys_raise() -> None:
    wrong: Any = "admin"
    for options in ({"config_ids": wrong}, {"organization_config_ids": wrong}):
        with pytest.raises(TypeError, match=r"config_ids must be a list of names"):
            ApiKeys(FixedKeys(), **options)
    with pytest.raises(TypeError, match=r"^lookup must be a store of API keys"):
        ApiKeys(wrong)


# --- Session tokens ---


def test_session_token_is_looked_up() -> None:
    store = RecordedLookup(make_record(tenant="acme", hidden="x"))
    principal = authenticate(SessionTokens(store, secrets=[SECRET]), SIGNED)
    assert principal is not None
    assert (principal.credential, principal.claims["sub"], principal.claims["tenant"]) == ("session", "user-1", "acme")
    assert "hidden" not in principal.claims
    assert principal.session is not None
    assert principal.session.id == "session-1"
    token = principal.token
    assert token is not None
    assert (token, token.raw, token.carrier, token.cookie_name) == (TOKEN, SIGNED, "bearer", None)
    assert principal.api_key is None


def test_further_secrets_of_session_tokens_are_accepted() -> None:
    accepting = SessionTokens(RecordedLookup(), secrets=[OTHER_SECRET, SECRET])
    assert authenticate(accepting, SIGNED) is not None
    assert reject(SessionTokens(RecordedLookup(), secrets=[OTHER_SECRET]), SIGNED)[0] == "bad_session_signature"
    assert reject(SessionTokens(RecordedLookup(), secrets=[SECRET]), TOKEN)[0] == "unsigned_session_token"
    assert authenticate(SessionTokens(RecordedLookup(), secrets=[SECRET], allow_unsigned=True), TOKEN) is not None


def test_revoked_session_of_a_token_or_a_cookie_is_rejected() -> None:
    revocations = RevocationList()
    tokens = SessionTokens(RecordedLookup(), secrets=[SECRET], revocations=revocations)
    cookies = SessionCookies(RecordedLookup(), secrets=[SECRET], revocations=revocations)
    sent = send_cookies({"better-auth.session_token": SIGNED})
    assert authenticate(tokens, SIGNED) is not None
    assert authenticate(cookies, sent) is not None
    revocations.revoke_session("session-1")
    assert reject(tokens, SIGNED)[0] == reject(cookies, sent)[0] == "session_revoked"


# --- Session cookies ---


ISSUER = TokenIssuer(BASE_URL)
COOKIES = SessionCookieIssuer(SECRET, token_issuer=ISSUER)
INVALID = "The session cookie is not valid."


def make_cookies(strategy: Any = None, **options: Any) -> dict[str, str]:
    return COOKIES.cookies(
        user={"id": "user-1", "tenant": "acme"},
        session={"token": TOKEN, "id": "session-1"},
        strategy=strategy,
        **options,
    )


def accept(strategy: Any, lookup: Any = None, **options: Any) -> SessionCookies:
    verifier = session_cookie_verifier(BASE_URL, keys=ISSUER.jwk_set) if strategy == "jwks" else None
    return SessionCookies(lookup, **{"secrets": [SECRET], "strategy": strategy, "verifier": verifier, **options})


@pytest.mark.parametrize("strategy", ["compact", "jwt", "jwe", "jwks"])
def test_session_data_authenticates_without_look_up(strategy: Any) -> None:
    store = RecordedLookup(None)
    for lookup in (None, store):
        principal = authenticate(accept(strategy, lookup), send_cookies(make_cookies(strategy)))
        assert principal is not None
        assert (principal.credential, principal.claims["sub"]) == ("cookie", "user-1")
        assert principal.claims["tenant"] == "acme"
        assert "sid" not in principal.claims
        assert principal.session is not None
        assert principal.session.id == "session-1"
        token = principal.token
        assert token is not None
        assert (str(token), token.carrier, token.cookie_name) == (TOKEN, "cookie", "better-auth.session_token")
        assert token.raw.startswith(f"{TOKEN}.")
    assert store.tokens == []


@pytest.mark.parametrize("strategy", ["compact", "jwt", "jwe", "jwks"])
def test_session_data_of_another_session_or_version_is_not_used(strategy: Any) -> None:
    other = COOKIES.cookies(user={"id": "user-2"}, strategy=strategy)
    mixed = {**other, "better-auth.session_token": SIGNED}
    for cookies in (mixed, make_cookies(strategy, version="2"), make_cookies(strategy, max_age_seconds=-60)):
        assert reject(accept(strategy), send_cookies(cookies))[1] == INVALID
        store = RecordedLookup()
        principal = authenticate(accept(strategy, store), send_cookies(cookies))
        assert principal is not None
        assert (principal.claims["sub"], store.tokens) == ("user-1", [TOKEN])
    for version in ("2", None):
        principal = authenticate(accept(strategy, version=version), send_cookies(make_cookies(strategy, version="2")))
        assert principal is not None


@pytest.mark.parametrize("strategy", ["compact", "jwt", "jwe", "jwks"])
def test_session_data_whose_session_has_ended_is_rejected_with_its_code(strategy: Any) -> None:
    ended = COOKIES.cookies(
        user={"id": "user-1"}, session={"token": TOKEN, "expiresAt": "2001-01-01T00:00:00.000Z"}, strategy=strategy
    )
    banned = COOKIES.cookies(user={"id": "user-1", "banned": True}, session={"token": TOKEN}, strategy=strategy)
    assert reject(accept(strategy), send_cookies(ended)) == ("session_expired", INVALID)
    assert reject(accept(strategy), send_cookies(banned)) == ("banned_user", INVALID)
    principal = authenticate(accept(strategy, RecordedLookup()), send_cookies(banned))
    assert principal is not None, "the store decides"


def test_cookies_without_usable_session_data_are_rejected_with_a_code() -> None:
    alone = make_cookies()
    assert reject(accept("compact"), send_cookies(alone)) == ("unknown_session", INVALID)
    forged = SessionCookieIssuer(OTHER_SECRET).cookies(session={"token": TOKEN}, strategy="compact")
    data_alone = {name: value for name, value in make_cookies("compact").items() if name.endswith("session_data")}
    assert reject(accept("compact"), send_cookies({**forged, **alone})) == ("session_data_bad_signature", INVALID)
    assert reject(accept("compact"), send_cookies(forged)) == ("bad_session_signature", INVALID)
    assert reject(accept("compact"), send_cookies(data_alone)) == ("session_data_unbound", INVALID)
    malformed = {"better-auth.session_token": "x"}
    assert reject(accept("compact"), send_cookies(malformed)) == ("malformed_session_token", INVALID)
    assert authenticate(accept("compact"), send_cookies({"theme": "dark"})) is None


@pytest.mark.parametrize(
    ("changes", "is_used"),
    [
        ({}, True),
        ({"sub": "user-2"}, False),
        ({"sid": "another"}, False),
        ({"sid": 7}, False),
        ({"sid": None}, False),
        ({"sid": "\ud800"}, False),
        ({"session": None}, False),
        ({"session": {"token": "another", "userId": "user-1"}}, False),
        ({"session": {"token": 7, "userId": "user-1"}}, False),
        ({"session": {"token": "\ud800", "userId": "user-1"}}, False),
        ({"user": None}, False),
        ({"user": {"id": "user-2"}}, False),
        ({"version": None}, True),
        ({"version": ""}, True),
        ({"version": 1}, False),
        ({"version": "2"}, False),
    ],
)
def test_signed_session_data_belongs_to_its_session_and_user(
    changes: dict[str, Any],
    is_used: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    cookies = accept("jwks")
    session = {"token": TOKEN, "userId": "user-1", "expiresAt": "2999-01-01T00:00:00.000Z", "id": "session-1"}
    claims = {"sub": "user-1", "sid": TOKEN, "session": session, "user": {"id": "user-1"}, "version": "1", **changes}

    class FixedVerifier:
        def try_verify(self, _: str) -> None:
            return None

        async def verify_async(self, text: str) -> Any:
            assert text == make_text
            return claims

    make_text = make_cookies("jwks")["better-auth.session_data"]
    verifier: Any = FixedVerifier()
    cookies._verifier = verifier
    sent = send_cookies({"better-auth.session_token": SIGNED, "better-auth.session_data": make_text})
    if is_used:
        principal = authenticate(cookies, sent)
        assert principal is not None
        assert principal.claims["sub"] == "user-1"
    else:
        assert reject(cookies, sent) == ("unknown_session", INVALID)


def test_keys_that_cannot_be_fetched_are_an_error_only_without_a_store() -> None:
    keys = RemoteKeySet("http://127.0.0.1:1/jwks", timeout_seconds=1)
    verifier = session_cookie_verifier(BASE_URL, keys=keys)
    sent = send_cookies(make_cookies("jwks"))
    assert reject(accept("jwks", verifier=verifier), sent, JOSEError)[0] == "keys_unavailable"
    store = RecordedLookup()
    principal = authenticate(accept("jwks", store, verifier=verifier), sent)
    assert principal is not None
    assert store.tokens == [TOKEN]


class FailingVerifier:
    """A verifier that must await a key, and then raises an error or returns claims."""

    revocations = None

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.tokens: list[str] = []

    def try_verify(self, _: str) -> None:
        return None

    async def verify_async(self, token: str) -> Any:
        self.tokens.append(token)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_unavailable_keys_of_session_data_leave_the_verdict_to_the_store() -> None:
    error = JWKSetUnavailableError("away")
    error.code = "keys_unavailable"
    verifier: Any = FailingVerifier(error)
    sent = send_cookies(make_cookies("jwks"))
    for lookup in (None, RecordedLookup()):
        cookies = accept("jwks", lookup)
        cookies._verifier = verifier
        if lookup is None:
            assert reject(cookies, sent, JWKSetUnavailableError)[0] == "keys_unavailable"
            verifier.answer = JWTError("rejected")
            assert reject(cookies, sent) == ("unknown_session", INVALID)
            verifier.answer = error
        else:
            assert authenticate(cookies, sent) is not None
    assert authenticate(accept("jwks", RecordedLookup()), send_cookies(make_cookies())) is not None


def test_jwt_whose_key_must_be_awaited_is_verified_then() -> None:
    verifier: Any = FailingVerifier({"sub": "user-7"})

    async def choose(token: str) -> Any:
        assert token == "a.b.c"
        return SimpleNamespace(verifier=verifier)

    credential: Any = JwtCredentials(VERIFIER)
    credential.verifier = SimpleNamespace(choose=choose)
    principal = authenticate(credential, "a.b.c")
    assert principal is not None
    assert (principal.claims["sub"], verifier.tokens) == ("user-7", ["a.b.c"])


def test_page_of_another_origin_is_refused_before_the_store_is_asked() -> None:
    store = RecordedLookup()
    evil = ("origin", "https://evil.example")
    cookies = SessionCookies(store, secrets=[SECRET], trusted_origins=["https://app.example.com"])
    sent = {"better-auth.session_token": SIGNED}
    for bad in (sent, {"better-auth.session_token": "forged"}):
        with pytest.raises(CrossOriginError):
            authenticate(cookies, send_cookies(bad, evil, method="POST"))
    assert store.tokens == []
    trusted = ("origin", "https://app.example.com")
    assert authenticate(cookies, send_cookies(sent, trusted, method="POST")) is not None
    assert authenticate(cookies, connect(evil, method="POST")) is None


def test_names_and_secrets_of_session_cookies_are_those_given() -> None:
    sent = send_cookies({"my.token": SIGNED})
    assert authenticate(SessionCookies(RecordedLookup(), session_token_name="my.token"), sent) is not None
    assert authenticate(SessionCookies(RecordedLookup()), sent) is None
    prefixed = SessionCookies(RecordedLookup(), cookie_prefix="shop")
    assert authenticate(prefixed, send_cookies({"shop.session_token": SIGNED})) is not None
    assert [prefixed.source.name, SessionCookies(RecordedLookup()).source.name] == [
        "shop.session_token",
        "better-auth.session_token",
    ]
    renamed = make_cookies("compact")
    renamed["my.data"] = renamed.pop("better-auth.session_data")
    assert authenticate(accept("compact", session_data_name="my.data"), send_cookies(renamed)) is not None
    rotated = accept("compact", secrets=[OTHER_SECRET, SECRET])
    assert authenticate(rotated, send_cookies(make_cookies("compact"))) is not None
    old = accept("jwe", secrets=[SECRET], old_secrets=[OTHER_SECRET])
    signed_with_old = SessionCookieIssuer(OTHER_SECRET).cookies(session={"token": TOKEN})
    assert reject(old, send_cookies(signed_with_old))[0] == "bad_session_signature"


@pytest.mark.parametrize("old_secret", [OTHER_SECRET, "hunter2"])
def test_session_data_that_an_older_secret_encrypts_authenticates_nobody(old_secret: str) -> None:
    """An attacker who knows the secret can write it: `dir` has no other proof."""
    encrypted = SessionCookieIssuer(old_secret).cookies(user={"id": "admin"}, session={"token": TOKEN}, strategy="jwe")
    sent = send_cookies({**encrypted, **make_cookies()})
    options: dict[str, Any] = {"secrets": [SECRET], "old_secrets": [old_secret]}
    assert reject(accept("jwe", **options), sent) == ("session_data_old_secret", INVALID)
    store = RecordedLookup()
    principal = authenticate(accept("jwe", store, **options), sent)
    assert principal is not None
    assert (principal.claims["sub"], store.tokens) == ("user-1", [TOKEN]), "the store decides"
    assert reject(accept("jwe", RecordedLookup(None), **options), sent)[0] == "unknown_session"


def test_session_data_of_a_further_secret_that_is_accepted_needs_no_look_up() -> None:
    encrypted = SessionCookieIssuer(OTHER_SECRET).cookies(session={"token": TOKEN}, strategy="jwe")
    for sent in (encrypted, {**encrypted, **make_cookies()}, make_cookies("jwe")):
        assert authenticate(accept("jwe", secrets=[SECRET, OTHER_SECRET]), send_cookies(sent)) is not None
        both = accept("jwe", secrets=[SECRET, OTHER_SECRET], old_secrets=[OTHER_SECRET])
        assert authenticate(both, send_cookies(sent)) is not None


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lookup": 5}, TypeError, r"^lookup must be a store of sessions"),
        ({"verifier": 5}, TypeError, r"^verifier must be a fastjose\.Verifier"),
        ({"lookup": None}, ValueError, r"^lookup or strategy must be given"),
        ({"strategy": "jwe", "secrets": []}, ValueError, r"^secrets must have the secret of Better Auth"),
        ({"strategy": "jwks"}, ValueError, r"^verifier must be given with the strategy"),
        ({"strategy": "jwe", "verifier": VERIFIER}, ValueError, r"^verifier must be given with the strategy"),
        ({"verifier": VERIFIER}, ValueError, r"^verifier must be given with the strategy"),
    ],
)
def test_wrong_arguments_of_session_cookies_raise(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        SessionCookies(**{"lookup": RecordedLookup(), "secrets": [SECRET], **options})


# --- JSON Web Tokens, cookies of Auth.js, and the choice among credentials ---


def test_jwt_has_the_claims_and_the_session_that_it_describes() -> None:
    principal = authenticate(JwtCredentials(VERIFIER), make_api_token(sid="session-1"))
    assert principal is not None
    assert (principal.credential, principal.claims["sub"]) == ("jwt", "user-1")
    assert principal.session is not None
    assert (principal.session.id, principal.token, principal.api_key) == ("session-1", None, None)
    with pytest.raises(JWTError):
        authenticate(JwtCredentials(VERIFIER, accept=lambda _: False), make_api_token())
    renamed = authenticate(JwtCredentials(VERIFIER, user_id_claim="account"), make_api_token(account="user-7"))
    assert renamed is not None
    assert renamed.claims["sub"] == "user-7"
    credentials = JwtCredentials([VERIFIER])
    for accepting in (credentials, JwtCredentials(lambda issuer: VERIFIER if issuer == BASE_URL else None)):
        assert authenticate(accepting, make_api_token()) is not None
    assert [credentials.matches(token) for token in ("a.b.c", "a.b", "a.b.c.d")] == [True, False, False]


def test_page_of_another_origin_is_refused_with_a_cookie_of_auth_js() -> None:
    credential = AuthJsCookies([SECRET], trusted_origins=["https://app.example.com"])
    sent = {"authjs.session-token": "a.b.c.d.e"}
    for origin, error in (("https://evil.example", CrossOriginError), ("https://app.example.com", JOSEError)):
        with pytest.raises(error):
            authenticate(credential, send_cookies(sent, ("origin", origin), method="POST"))
    assert authenticate(credential, connect(("origin", "https://evil.example"), method="POST")) is None
    assert credential.source.name == "authjs.session-token"
    assert AuthJsCookies([SECRET], cookie_name="mine").source.name == "mine"


class FixedReader:
    """A reader of the cookie of Auth.js with one answer."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def read(self, headers: list[bytes]) -> Any:
        assert headers == [b"authjs.session-token=x"]
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_cookie_of_auth_js_has_the_claims_that_its_reader_returns() -> None:
    credential: Any = AuthJsCookies([SECRET])
    sent = send_cookies({"authjs.session-token": "x"})
    evil = send_cookies({"authjs.session-token": "x"}, ("origin", "https://evil.example"), method="POST")
    credential._reader = FixedReader({"sub": "user-1", "name": "Ann"})
    principal = authenticate(credential, sent)
    assert principal is not None
    assert (principal.credential, principal.claims) == ("auth_js", {"sub": "user-1", "name": "Ann"})
    with pytest.raises(CrossOriginError):
        authenticate(credential, evil)
    for answer in ({"name": "Ann"}, {"sub": " "}, JWTError("rejected")):
        credential._reader = FixedReader(answer)
        with pytest.raises(JOSEError):
            authenticate(credential, sent)
        with pytest.raises(CrossOriginError):
            authenticate(credential, evil)
    credential._reader = FixedReader(None)
    assert authenticate(credential, sent) is authenticate(credential, evil) is None


def test_one_credential_of_a_request_counts() -> None:
    store, keys = RecordedLookup(), FixedKeys()
    authenticator = CredentialAuthenticator(
        [SessionCookies(store, secrets=[SECRET]), ApiKeys(keys), SessionTokens(store, secrets=[SECRET])], NAMED
    )
    cookie, key = ("cookie", f"better-auth.session_token={SIGNED}"), ("x-api-key", "k")
    names = [
        None if principal is None else principal.credential
        for principal in (
            asyncio.run(authenticator.authenticate(connect(*headers)))
            for headers in (
                [],
                [cookie],
                [cookie, key],
                [cookie, key, ("authorization", f"Bearer {SIGNED}")],
                [cookie, key, ("authorization", "Bearer")],
                [cookie, key, ("authorization", "Bearer a"), ("authorization", "Bearer b")],
                [cookie, ("authorization", "Basic a")],
            )
        )
    ]
    assert names == [None, "cookie", "api_key", "session", None, None, "cookie"]
    assert [credential.name for credential in authenticator.credentials] == ["cookie", "api_key", "session"]
    with pytest.raises(JWTError, match=r"^This kind of credential is not accepted") as raised:
        asyncio.run(authenticator.authenticate(connect(cookie, ("authorization", "Bearer a.b.c"))))
    assert raised.value.code == "credential_not_accepted"


def test_credentials_are_of_different_kinds() -> None:
    for credentials in ([], [ApiKeys(FixedKeys()), ApiKeys(FixedKeys())]):
        with pytest.raises(ValueError, match=r"^credentials must be one or more, each of another kind"):
            CredentialAuthenticator(credentials, NAMED)
