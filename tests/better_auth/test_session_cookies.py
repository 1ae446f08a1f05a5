"""Session tokens and session cookies of real Better Auth servers, of both release lines, and minted ones."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import httpx
import pytest

from fastjose import RemoteKeySet, Verifier
from fastjose._core import SessionCookieReader, SessionTokenReader
from fastjose.better_auth import SESSION_COOKIE_TYPE
from fastjose.exceptions import SessionError
from fastjose.testing import SessionCookieIssuer
from support.better_auth.server import RELEASE_LINES, BetterAuth, Browser, run_better_auth_servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._core import SessionCookies

EMAIL, PASSWORD, NAME = "ada@example.com", "correct horse battery", "Ada Lovelace é☃"
OTHER_SECRET = "another-secret-of-at-least-thirty-two-bytes"
STRATEGIES: dict[str, Any] = {
    "cache-default": "compact",
    "cache-compact": "compact",
    "cache-jwt": "jwt",
    "cache-jwe": "jwe",
    "cache-compact-big": "compact",
    "cache-jwe-big": "jwe",
    "secure-cookies": "compact",
    "cookie-prefix": "compact",
}
"""The strategy of each configuration that both release lines have."""
CURRENT_LINE = "1.7"
"""The release line that has signed `session_data` under public keys, and several secrets."""


@dataclass(frozen=True)
class SignedIn:
    """A user who has signed in at a server.

    `set_cookies` has the values of the cookies as Better Auth has sent them, by name.
    """

    server: BetterAuth
    set_cookies: dict[str, str] = field(repr=False)
    session: dict[str, Any] = field(repr=False)
    unsigned_token: str = field(repr=False)
    bearer_token: str = field(repr=False)

    @property
    def cookie_headers(self) -> list[bytes]:
        return ["; ".join(f"{name}={value}" for name, value in self.set_cookies.items()).encode()]

    def reader(self, **arguments: Any) -> SessionCookieReader:
        return SessionCookieReader(secrets=[self.server.secret], **arguments)

    def read(self, **arguments: Any) -> SessionCookies:
        return self.reader(**arguments).read(self.cookie_headers)


def sign_in(server: BetterAuth, email: str = EMAIL, **fields: str) -> SignedIn:
    with Browser(server) as browser:
        browser.sign_up(email, PASSWORD, NAME, **fields)
        browser.clear_cookies()
        response = browser.sign_in(email, PASSWORD)
        values = [line.split(";")[0].partition("=") for line in response.headers.get_list("set-cookie")]
        return SignedIn(
            server=server,
            set_cookies={name: value for name, _, value in values},
            session=browser.fetch_session(),
            unsigned_token=response.json()["token"],
            bearer_token=response.headers["set-auth-token"],
        )


def fetch_session(server: BetterAuth, **arguments: Any) -> Any:
    """Return what Better Auth's get-session answers to a client with these headers or cookies."""
    with httpx.Client(base_url=server.base_url, trust_env=False, **arguments) as client:
        return client.get("/get-session").raise_for_status().json()


@pytest.fixture(scope="module", params=RELEASE_LINES)
def line(request: pytest.FixtureRequest) -> str:
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture(scope="module")
def users(line: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SignedIn]]:
    """One user who has signed in at each server, by configuration."""
    log = tmp_path_factory.mktemp("session-cookies") / "better-auth.log"
    with run_better_auth_servers([*STRATEGIES, "bearer-strict", "cache-jwt-version"], log, line) as servers:
        yield {
            name: sign_in(server, **({"bio": "x" * 6_000} if name.endswith("-big") else {}))
            for name, server in servers.items()
        }


@pytest.fixture(scope="module")
def current_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SignedIn]]:
    """One user who has signed in at each server with options that the older release line does not have."""
    log = tmp_path_factory.mktemp("current-line") / "better-auth.log"
    with run_better_auth_servers(["cache-jwt-jwks", "secrets-v2"], log, CURRENT_LINE) as servers:
        yield {name: sign_in(server) for name, server in servers.items()}


def cookie_arguments(configuration: str) -> dict[str, Any]:
    return {"cookie_prefix": "myapp"} if configuration == "cookie-prefix" else {}


@pytest.mark.parametrize("configuration", STRATEGIES)
def test_session_data_has_the_session_that_better_auth_reports(users: dict[str, SignedIn], configuration: str) -> None:
    user = users[configuration]
    cookies = user.read(strategy=STRATEGIES[configuration], **cookie_arguments(configuration))
    assert cookies.failure is None
    assert cookies.payload == user.session
    assert cookies.payload["user"]["name"] == NAME
    assert cookies.session_token == user.unsigned_token
    assert cookies.session_token_name is not None
    assert cookies.session_token_raw == user.set_cookies[cookies.session_token_name]
    assert cookies.signed_data is None


def test_big_session_data_is_chunked(users: dict[str, SignedIn]) -> None:
    for configuration in ("cache-compact-big", "cache-jwe-big"):
        names = [name for name in users[configuration].set_cookies if "session_data" in name]
        assert names == [f"better-auth.session_data.{index}" for index in range(3)]


def test_secure_names_and_prefixes_are_found(users: dict[str, SignedIn]) -> None:
    assert users["secure-cookies"].read().session_token_name == "__Secure-better-auth.session_token"
    assert users["cookie-prefix"].read(cookie_prefix="myapp").session_token_name == "myapp.session_token"
    assert not users["cookie-prefix"].read().is_present


@pytest.mark.parametrize("configuration", STRATEGIES)
def test_another_secret_accepts_nothing(users: dict[str, SignedIn], configuration: str) -> None:
    user, arguments = users[configuration], cookie_arguments(configuration)
    reader = SessionCookieReader(secrets=[OTHER_SECRET], strategy=STRATEGIES[configuration], **arguments)
    cookies = reader.read(user.cookie_headers)
    assert (cookies.failure, cookies.session_token, cookies.payload) == ("bad_session_signature", None, None)
    both = SessionCookieReader(
        secrets=[OTHER_SECRET, user.server.secret], strategy=STRATEGIES[configuration], **arguments
    )
    assert both.read(user.cookie_headers).failure == "bad_session_signature"  # as upstream: the current secret signs
    accepting = SessionCookieReader(
        secrets=[OTHER_SECRET],
        accepted_old_secrets=[user.server.secret],
        strategy=STRATEGIES[configuration],
        **arguments,
    )
    assert accepting.read(user.cookie_headers).payload == user.session


def test_other_strategies_are_named(users: dict[str, SignedIn]) -> None:
    forms = {"compact": "cache-compact", "jwt": "cache-jwt", "jwe": "cache-jwe"}
    for strategy, own in forms.items():
        for configuration in forms.values():
            expected = None if own == configuration else "session_data_other_strategy"
            assert users[configuration].read(strategy=strategy).failure == expected, (strategy, configuration)


def test_version_must_be_the_expected_one(users: dict[str, SignedIn]) -> None:
    user = users["cache-jwt-version"]
    assert user.read(strategy="jwt", version="v2").payload == user.session
    assert user.read(strategy="jwt", version=None).payload == user.session
    for version in ("1", "v1", "V2", ""):
        cookies = user.read(strategy="jwt", version=version)
        assert (cookies.failure, cookies.payload) == ("session_data_other_version", None)
        assert cookies.session_token == user.unsigned_token


@pytest.mark.parametrize("configuration", ["cache-compact", "cache-jwt", "cache-jwe"])
def test_session_data_of_another_user_is_not_used(users: dict[str, SignedIn], configuration: str) -> None:
    user = users[configuration]
    other = sign_in(user.server, f"mallory-{configuration}@example.com")
    mixed = {**user.set_cookies, "better-auth.session_token": other.set_cookies["better-auth.session_token"]}
    header = "; ".join(f"{name}={value}" for name, value in mixed.items()).encode()
    cookies = user.reader(strategy=STRATEGIES[configuration]).read([header])
    assert (cookies.failure, cookies.payload) == ("session_data_unbound", None)
    assert cookies.session_token == other.unsigned_token


def test_email_verification_token_is_not_a_session(users: dict[str, SignedIn]) -> None:
    user = users["cache-jwt"]
    with Browser(user.server) as browser:
        browser.request_verification_email(EMAIL)
    (token,) = user.server.fetch_verification_tokens(EMAIL)
    assert json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "==")) == {"alg": "HS256"}
    assert Verifier(user.server.secret, algorithms="HS256").verify(token)["email"] == EMAIL
    header = (
        f"better-auth.session_token={user.set_cookies['better-auth.session_token']}; better-auth.session_data={token}"
    )
    cookies = user.reader(strategy="jwt").read([header.encode()])
    assert (cookies.failure, cookies.payload) == ("session_data_malformed", None)


def test_session_data_under_a_public_key_is_passed_to_a_verifier(current_users: dict[str, SignedIn]) -> None:
    user = current_users["cache-jwt-jwks"]
    cookies = user.read(strategy="jwks")
    assert (cookies.failure, cookies.payload) == (None, None)
    assert cookies.signed_data is not None
    verifier = Verifier(
        RemoteKeySet(f"{user.server.base_url}/jwks"),
        issuer=user.server.origin,
        audience="better-auth:session-cache",
        typ=SESSION_COOKIE_TYPE,
    )
    claims = verifier.verify(cookies.signed_data)
    assert {name: claims[name] for name in ("session", "user")} == user.session
    assert (claims["sid"], claims["sub"]) == (cookies.session_token, user.session["user"]["id"])
    assert SessionCookieReader(strategy="jwks").read(user.cookie_headers).signed_data == cookies.signed_data
    for strategy in ("compact", "jwt", "jwe"):
        assert user.read(strategy=strategy).failure == "session_data_other_strategy"


def test_encrypted_session_data_of_an_old_secret_is_read_only_if_it_is_accepted(
    current_users: dict[str, SignedIn],
) -> None:
    user = current_users["secrets-v2"]
    old = "a-former-secret-of-this-test-server-0123456789"
    assert user.read(strategy="jwe").payload == user.session
    current_and_old = SessionCookieReader(secrets=[user.server.secret, old], strategy="jwe")
    assert current_and_old.read(user.cookie_headers).payload == user.session
    # A cookie from before the rotation: Better Auth encrypts to the key of the secret that was current then.
    former = SessionCookieIssuer(old).cookies(**user.session, strategy="jwe")["better-auth.session_data"]
    header = "; ".join([f"{name}={value}" for name, value in user.set_cookies.items() if "data" not in name])
    header += f"; better-auth.session_data={former}"
    cookies = current_and_old.read([header.encode()])
    assert (cookies.failure, cookies.payload) == ("session_data_old_secret", None)
    assert cookies.session_token == user.unsigned_token
    accepting = SessionCookieReader(secrets=[user.server.secret], accepted_old_secrets=[old], strategy="jwe")
    assert accepting.read([header.encode()]).payload == user.session
    assert user.reader(strategy="jwe").read([header.encode()]).failure == "unknown_session_data_key"
    # Better Auth accepts it, although an attacker who knows the old secret can write it for any user.
    assert fetch_session(user.server, headers={"cookie": header}) == user.session


@pytest.mark.parametrize("configuration", ["bearer-strict", "cache-compact"])
def test_bearer_tokens_are_read_signed_and_unsigned(users: dict[str, SignedIn], configuration: str) -> None:
    user = users[configuration]
    signed = unquote(user.bearer_token)
    for value in (user.bearer_token, signed, quote(signed, safe="")):
        assert SessionTokenReader([user.server.secret]).read(value) == user.unsigned_token
        assert SessionTokenReader([OTHER_SECRET, user.server.secret]).read(value) == user.unsigned_token
        assert SessionTokenReader().read(value) == user.unsigned_token
        with pytest.raises(SessionError) as raised:
            SessionTokenReader([OTHER_SECRET], allow_unsigned=True).read(value)
        assert raised.value.code == "bad_session_signature"
    assert (
        SessionTokenReader([user.server.secret], allow_unsigned=True).read(user.unsigned_token) == user.unsigned_token
    )
    with pytest.raises(SessionError) as raised:
        SessionTokenReader([user.server.secret]).read(user.unsigned_token)
    assert raised.value.code == "unsigned_session_token"


def test_minted_tokens_and_cookies_are_those_of_better_auth(users: dict[str, SignedIn], line: str) -> None:
    for configuration in ("cache-compact", "secure-cookies"):
        user = users[configuration]
        minted = SessionCookieIssuer(user.server.secret)
        assert minted.session_token(user.unsigned_token) == unquote(user.bearer_token)
        cookies = minted.cookies(**user.session, strategy="compact", secure=configuration == "secure-cookies")
        assert cookies.keys() == user.set_cookies.keys()
        name = next(name for name in cookies if name.endswith("session_token"))
        assert cookies[name] == user.set_cookies[name]
    user = users["cache-compact-big"]
    cookies = SessionCookieIssuer(user.server.secret).cookies(**user.session, strategy="compact")
    assert cookies.keys() == user.set_cookies.keys()
    if line == CURRENT_LINE:
        assert len(cookies["better-auth.session_data.0"]) == len(user.set_cookies["better-auth.session_data.0"])


@pytest.mark.parametrize("configuration", ["cache-compact", "cache-jwt", "cache-jwe", "bearer-strict"])
def test_better_auth_accepts_minted_tokens_of_a_real_session(
    users: dict[str, SignedIn], configuration: str, line: str
) -> None:
    user = users[configuration]
    issuer = SessionCookieIssuer(user.server.secret)
    only_token = issuer.cookies(**user.session)
    assert list(only_token) == ["better-auth.session_token"]
    assert fetch_session(user.server, cookies=only_token) == user.session
    bearer = issuer.session_token(user.unsigned_token)
    if line == "1.4":
        bearer = quote(bearer, safe="")  # the only form that 1.4 accepts in the Authorization header
    assert fetch_session(user.server, headers={"authorization": f"Bearer {bearer}"}) == user.session
    foreign = SessionCookieIssuer(OTHER_SECRET).cookies(**user.session)
    assert fetch_session(user.server, cookies=foreign) is None


@pytest.mark.parametrize("configuration", ["cache-compact", "cache-jwt", "cache-jwe", "cache-compact-big"])
def test_better_auth_answers_from_a_minted_session_data(users: dict[str, SignedIn], configuration: str) -> None:
    user = users[configuration]
    changed = {**user.session["user"], "name": "Of the cookie"}
    cookies = SessionCookieIssuer(user.server.secret).cookies(
        user=changed, session=user.session["session"], strategy=STRATEGIES[configuration]
    )
    assert fetch_session(user.server, cookies=cookies) == {**user.session, "user": changed}
