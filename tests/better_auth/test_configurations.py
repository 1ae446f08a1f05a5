"""Better Auth in each configuration that issues a JWT, in its current line and an older one: fastjose takes its tokens.

The servers are real, all of a line in one process; the settings are what a user would write into `.env`.
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

from fastjose._config.verifier_from_settings import verifier_for
from fastjose.fastapi import BearerAuth
from fastjose.settings import load_settings
from support.better_auth_server import RELEASE_LINES, BetterAuth, Browser, run_better_auth_servers
from support.fresh_import import set_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "correct horse battery staple"
NAME = "Zoë Ångström 李"
PATIENCE_SECONDS = 10  # how long to wait for a new key, which comes after 2 or 3 seconds

ONLY_CURRENT = {"dynamic-baseurl", "cache-jwt-jwks", "secrets-v2"}
"""What 1.4 does not have: it ends on the first of these, and takes no notice of the others."""


class Case(NamedTuple):
    """A configuration: the settings that go with it, and what its tokens look like."""

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
WITH_COOKIE_CACHE = [name for name in CASES if name.startswith(("cache-", "secure-", "cookie-", "secrets-"))]
REFUSED = "exp-number"  # its tokens have expired when they are issued


Place = tuple[str, str]  # a line, and a configuration
Servers = dict[Place, BetterAuth]


def in_each_line(*configurations: str) -> list[Place]:
    return [
        (line, name)
        for line in RELEASE_LINES
        for name in configurations
        if line == RELEASE_LINES[0] or name not in ONLY_CURRENT
    ]


def places(*configurations: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("place", in_each_line(*configurations), ids="-".join)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Yield the running servers: each line is one process."""
    logs = tmp_path_factory.mktemp("better-auth")
    found: Servers = {}
    with contextlib.ExitStack() as stack:
        for line in RELEASE_LINES:
            wanted = [name for of_line, name in in_each_line(*CASES, REFUSED) if of_line == line]
            running = stack.enter_context(run_better_auth_servers(wanted, logs / f"{line}.log", line))
            found |= {(line, name): server for name, server in running.items()}
        yield found


AppFor = Callable[[Mapping[str, str]], BearerAuth]


@pytest.fixture
def app_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppFor:
    """Return what makes the dependencies of an app whose environment is the given one."""

    def build(environment: Mapping[str, str]) -> BearerAuth:
        set_environment(monkeypatch, tmp_path, environment)
        return BearerAuth(verifier_for(load_settings()))

    return build


def signed_up(browser: Browser, place: Place) -> Any:
    fields = {"bio": "x" * 6000} if place[1].endswith("-big") else {}
    return browser.sign_up(f"{secrets.token_hex(8)}@example.com", PASSWORD, NAME, **fields)


def assert_refused(auth: BearerAuth, token: str) -> str:
    with pytest.raises(HTTPException) as refused:
        auth.verify_token(token)
    assert refused.value.status_code == 401
    return str(refused.value.detail)


@places(*CASES)
def test_token_is_taken_for_the_user_who_fetched_it(servers: Servers, place: Place, app_for: AppFor) -> None:
    case, server = CASES[place[1]], servers[place]

    with Browser(server) as browser:
        user = signed_up(browser, place)
        token = browser.fetch_token()
    payload = app_for(case.settings(server)).verify_token(token)

    assert (payload.sub, payload.email) == (user[case.subject], user["email"])
    assert jwt.get_unverified_header(token)["alg"] == case.algorithm
    expected = {"iss": server.origin, "aud": server.origin, **case.claims}
    claims = jwt.decode(token, options={"verify_signature": False})
    assert expected.items() <= {**claims, "aud": claims["aud"]}.items()


@places(REFUSED)
def test_lifetime_that_is_taken_for_a_date_has_expired(servers: Servers, place: Place, app_for: AppFor) -> None:
    server = servers[place]

    with Browser(server) as browser:
        signed_up(browser, place)
        token = browser.fetch_token()

    assert jwt.decode(token, options={"verify_signature": False})["exp"] == 3600
    assert assert_refused(app_for({"BETTER_AUTH_URL": server.origin}), token) == "Token has expired"


@places(*WITH_COOKIE_CACHE)
def test_what_the_session_cookie_holds_is_no_login(servers: Servers, place: Place, app_for: AppFor) -> None:
    server = servers[place]

    with Browser(server) as browser:
        signed_up(browser, place)
        held = session_data(browser)
    for settings in (
        {"BETTER_AUTH_URL": server.origin},
        {"BETTER_AUTH_SECRET": server.secret},
        {"BETTER_AUTH_SECRET": server.secret, "JWT_AUDIENCE": server.origin, "JWT_ISSUER": server.origin},
    ):
        assert_refused(app_for(settings), held)


def session_data(browser: Browser) -> str:
    """Return the content of the cookie, whose chunks are numbered where one would be too long."""
    chunks = {name: value for name, value in browser.cookies.items() if "session_data" in name}
    assert chunks
    return "".join(chunks[name] for name in sorted(chunks, key=lambda name: (len(name), name)))


@places("cache-jwt", "cache-jwt-jwks")
def test_session_cookie_is_a_signed_jwt_indeed(servers: Servers, place: Place) -> None:
    with Browser(servers[place]) as browser:
        signed_up(browser, place)

        algorithm = jwt.get_unverified_header(session_data(browser))["alg"]
    assert algorithm == {"cache-jwt": "HS256", "cache-jwt-jwks": "EdDSA"}[place[1]]


@places("rotation", "rotation-slow")
def test_key_that_comes_unannounced_is_taken_at_once_and_the_old_one_still(
    servers: Servers, place: Place, app_for: AppFor
) -> None:
    server = servers[place]
    auth = app_for({"BETTER_AUTH_URL": server.origin})

    with Browser(server) as browser:
        user = signed_up(browser, place)
        old = browser.fetch_token()
        assert auth.verify_token(old).sub == user["id"]
        new = token_of_another_key(browser, jwt.get_unverified_header(old)["kid"])

    assert auth.verify_token(new).sub == user["id"]
    assert auth.verify_token(old).sub == user["id"]


def token_of_another_key(browser: Browser, key_id: str) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        token = browser.fetch_token()
        if jwt.get_unverified_header(token)["kid"] != key_id:
            return token
        time.sleep(0.1)
    raise AssertionError("no other key came")
