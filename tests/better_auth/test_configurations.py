"""Better Auth in each configuration that issues a JWT, in its current and an older release line.

The servers are real, one process for each line. The settings are those that an operator would write into `.env`.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jwt
import pytest
from fastapi import HTTPException

from fastjose._config.verifier_from_settings import build_verifier
from fastjose.fastapi import BearerAuth
from fastjose.settings import load_settings
from support.better_auth.server import RELEASE_LINES, BetterAuth, Browser, run_better_auth_servers
from support.environment.fresh_import import set_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse battery staple"
NAME = "Zoë Ångström 李"
MAX_WAIT_SECONDS = 10  # how long to wait for a new key, which appears after 2 or 3 seconds

CURRENT_LINE_ONLY = {"dynamic-baseurl", "cache-jwt-jwks", "secrets-v2"}
"""Configurations that 1.4 does not support: it exits on the first of these, and ignores the others."""


class Case(NamedTuple):
    """A configuration: the settings of the backend, and the expected algorithm, claims and subject of its tokens."""

    settings: Callable[[BetterAuth], dict[str, str]] = lambda server: {"BETTER_AUTH_URL": server.origin}
    algorithm: str = "EdDSA"
    claims: Mapping[str, Any] = {}
    subject: str = "id"


CASES: dict[str, Case] = {
    "default": Case(),
    "no-baseurl": Case(),
    "baseurl-with-path": Case(lambda server: {"BETTER_AUTH_URL": f"{server.origin}/api/auth"}),
    "base-path": Case(lambda server: {"BETTER_AUTH_URL": f"{server.origin}/auth"}),
    "dynamic-baseurl": Case(),
    "jwks-path": Case(lambda server: {"JWKS_URL": f"{server.origin}/api/auth/.well-known/jwks.json"}),
    "es256": Case(algorithm="ES256"),
    "es384": Case(algorithm="ES384"),
    "es512": Case(algorithm="ES512"),
    "rs256": Case(algorithm="RS256"),
    "rs256-4096": Case(algorithm="RS256"),
    "rs512": Case(algorithm="RS512"),
    "ps256": Case(algorithm="PS256"),
    "ed25519alg": Case(algorithm="Ed25519"),
    "shared-secret": Case(
        lambda server: {"BETTER_AUTH_SECRET": server.secret, "JWT_AUDIENCE": server.origin}, algorithm="HS256"
    ),
    "rotation": Case(),
    "rotation-slow": Case(),
    "serial-ids": Case(),
    "rate-limit": Case(),
    "aud-list": Case(
        lambda server: {
            "BETTER_AUTH_URL": server.origin,
            "JWT_ISSUER": "https://issuer.example",
            "JWT_AUDIENCE": "api-b",
        },
        claims={"aud": ["api-a", "api-b"], "iss": "https://issuer.example"},
        subject="email",
    ),
    "define-payload": Case(claims={"roles": ["member"]}),
    "no-header": Case(),
    "admin": Case(claims={"role": "user", "tenant": "acme"}),
    "cache-default": Case(),
    "cache-compact": Case(),
    "cache-jwt": Case(),
    "cache-jwe": Case(),
    "cache-jwt-version": Case(),
    "cache-jwt-jwks": Case(),
    "cache-compact-big": Case(),
    "cache-jwe-big": Case(),
    "secure-cookies": Case(),
    "cookie-prefix": Case(),
    "secrets-v2": Case(),
    "bearer-strict": Case(),
}
COOKIE_CACHE_CONFIGURATIONS = [name for name in CASES if name.startswith(("cache-", "secure-", "cookie-", "secrets-"))]
REJECTED = "exp-number"  # its tokens have expired when they are issued


ServerKey = tuple[str, str]  # a release line and a configuration
Servers = dict[ServerKey, BetterAuth]


def list_server_keys(*configurations: str) -> list[ServerKey]:
    return [
        (line, name)
        for line in RELEASE_LINES
        for name in configurations
        if line == RELEASE_LINES[0] or name not in CURRENT_LINE_ONLY
    ]


def with_servers(*configurations: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("server_key", list_server_keys(*configurations), ids="-".join)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Yield the running servers, one process for each release line."""
    logs = tmp_path_factory.mktemp("better-auth")
    running_servers: Servers = {}
    with contextlib.ExitStack() as stack:
        for line in RELEASE_LINES:
            configurations = [name for its_line, name in list_server_keys(*CASES, REJECTED) if its_line == line]
            started = stack.enter_context(run_better_auth_servers(configurations, logs / f"{line}.log", line))
            running_servers |= {(line, name): server for name, server in started.items()}
        yield running_servers


AuthFactory = Callable[[Mapping[str, str]], BearerAuth]


@pytest.fixture
def make_auth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AuthFactory:
    """Return a factory that creates the dependencies for a given environment."""

    def build(environment: Mapping[str, str]) -> BearerAuth:
        set_environment(monkeypatch, tmp_path, environment)
        return BearerAuth(build_verifier(load_settings()))

    return build


def sign_up(browser: Browser, server_key: ServerKey) -> Any:
    fields = {"bio": "x" * 6000} if server_key[1].endswith("-big") else {}
    return browser.sign_up(f"{secrets.token_hex(8)}@example.com", PASSWORD, NAME, **fields)


def assert_rejected(auth: BearerAuth, token: str) -> str:
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(token)
    assert raised.value.status_code == 401
    return str(raised.value.detail)


@with_servers(*CASES)
def test_token_identifies_the_user_who_fetched_it(
    servers: Servers, server_key: ServerKey, make_auth: AuthFactory
) -> None:
    case, server = CASES[server_key[1]], servers[server_key]

    with Browser(server) as browser:
        user = sign_up(browser, server_key)
        token = browser.fetch_token()
    payload = make_auth(case.settings(server)).verify_token(token)

    assert (payload.sub, payload.email) == (user[case.subject], user["email"])
    assert jwt.get_unverified_header(token)["alg"] == case.algorithm
    expected = {"iss": server.origin, "aud": server.origin, **case.claims}
    claims = jwt.decode(token, options={"verify_signature": False})
    assert expected.items() <= {**claims, "aud": claims["aud"]}.items()


@with_servers(REJECTED)
def test_token_with_numeric_expiration_time_is_rejected_as_expired(
    servers: Servers, server_key: ServerKey, make_auth: AuthFactory
) -> None:
    server = servers[server_key]

    with Browser(server) as browser:
        sign_up(browser, server_key)
        token = browser.fetch_token()

    assert jwt.decode(token, options={"verify_signature": False})["exp"] == 3600
    assert assert_rejected(make_auth({"BETTER_AUTH_URL": server.origin}), token) == "Token has expired"


@with_servers("default", "shared-secret")
def test_token_rejected_by_a_wrong_setting_is_logged_with_its_variable(
    servers: Servers,
    server_key: ServerKey,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = servers[server_key]
    other_name = server.origin.replace("127.0.0.1", "localhost")
    assert other_name != server.origin
    with Browser(server) as browser:
        sign_up(browser, server_key)
        token = browser.fetch_token()
    settings = CASES[server_key[1]].settings(server)
    cases: list[tuple[dict[str, str], list[str]]] = [
        (dict.fromkeys(settings.keys() & {"BETTER_AUTH_URL", "JWT_AUDIENCE"}, other_name), ["audience_loopback_name"]),
        ({"JWT_AUDIENCE": "https://api.example.com"}, ["wrong_audience"]),
        ({"JWT_ISSUER": f"{server.origin}/"}, ["issuer_slash"]),
        ({"JWT_ISSUER": f"{server.origin}/api/auth"}, ["issuer_lacks_path"]),
    ]
    if server_key[1] == "default":
        cases[0][1].append("issuer_loopback_name")
    else:
        cases.append(({"BETTER_AUTH_SECRET": secrets.token_hex(32)}, ["wrong_secret"]))
    for changes, codes in cases:
        caplog.clear()
        set_environment(monkeypatch, tmp_path, {**settings, **changes})
        assert_rejected(BearerAuth.from_environment(), token)
        messages = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
        assert [message.split(":")[0] for message in messages] == codes
        for (name, value), message in zip([*changes.items()] * len(codes), messages, strict=True):
            assert f"({name})" in message
            assert (value in message) != name.endswith("SECRET")
            assert f'"{server.origin}"' not in message


@with_servers(*COOKIE_CACHE_CONFIGURATIONS)
def test_session_cookie_content_is_rejected(servers: Servers, server_key: ServerKey, make_auth: AuthFactory) -> None:
    server = servers[server_key]

    with Browser(server) as browser:
        sign_up(browser, server_key)
        cookie = join_session_data_cookies(browser)
    for settings in (
        {"BETTER_AUTH_URL": server.origin},
        {"BETTER_AUTH_SECRET": server.secret},
        {"BETTER_AUTH_SECRET": server.secret, "JWT_AUDIENCE": server.origin, "JWT_ISSUER": server.origin},
    ):
        assert_rejected(make_auth(settings), cookie)


def join_session_data_cookies(browser: Browser) -> str:
    """Return the content of the cookie, which Better Auth splits into numbered chunks if it is too long."""
    chunks = {name: value for name, value in browser.cookies.items() if "session_data" in name}
    assert chunks
    return "".join(chunks[name] for name in sorted(chunks, key=lambda name: (len(name), name)))


@with_servers("cache-jwt", "cache-jwt-jwks")
def test_session_cookie_with_jwt_strategy_is_a_signed_jwt(servers: Servers, server_key: ServerKey) -> None:
    with Browser(servers[server_key]) as browser:
        sign_up(browser, server_key)

        algorithm = jwt.get_unverified_header(join_session_data_cookies(browser))["alg"]
    assert algorithm == {"cache-jwt": "HS256", "cache-jwt-jwks": "EdDSA"}[server_key[1]]


@with_servers("rotation", "rotation-slow")
def test_rotated_key_is_accepted_immediately_beside_the_old_one(
    servers: Servers, server_key: ServerKey, make_auth: AuthFactory
) -> None:
    server = servers[server_key]
    auth = make_auth({"BETTER_AUTH_URL": server.origin})

    with Browser(server) as browser:
        user = sign_up(browser, server_key)
        old = browser.fetch_token()
        assert auth.verify_token(old).sub == user["id"]
        new = fetch_token_of_another_key(browser, jwt.get_unverified_header(old)["kid"])

    assert auth.verify_token(new).sub == user["id"]
    assert auth.verify_token(old).sub == user["id"]


def fetch_token_of_another_key(browser: Browser, key_id: str) -> str:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        token = browser.fetch_token()
        if jwt.get_unverified_header(token)["kid"] != key_id:
            return token
        time.sleep(0.1)
    raise AssertionError("no token with another key arrived in time")
