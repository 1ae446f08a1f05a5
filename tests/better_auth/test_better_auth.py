"""End to end: tokens of a real Better Auth server, fetched by a browser front end, for a FastAPI app under uvicorn.

Better Auth runs in two configurations: its default (EdDSA, keys from its JWKS), and signing with HS256 under the secret
that it shares with the backend.
"""

from __future__ import annotations

import base64
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from support.better_auth.server import BetterAuth, Browser, run_better_auth_server
from support.servers.ports import find_free_port
from support.servers.proxies.jwks_proxy import serve_jwks
from support.servers.uvicorn_server import ServedApp, run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from support.servers.proxies.jwks_proxy import JwksProxy

EMAIL = "zoe@example.com"
PASSWORD = "correct horse battery staple"
NAME = "Zoë Ångström 李"
SEGMENTS = ["header", "payload", "signature"]

TOKEN_LIFETIME_SECONDS = 900  # the default of Better Auth
LEEWAY_SECONDS = 10  # the default of JWT_LEEWAY_SECONDS
MAX_WAIT_SECONDS = 30  # how long to wait for an expected event


@dataclass(frozen=True)
class Login:
    """A user who is signed in at a Better Auth server, and an app that is configured for that server."""

    server: BetterAuth
    browser: Browser
    user: dict[str, Any]
    session_token: str
    signed_session_token: str
    environment: dict[str, str]
    app: ServedApp


# The settings of a backend for each configuration of Better Auth.
ENVIRONMENTS: dict[str, Callable[[BetterAuth], dict[str, str]]] = {
    "default": lambda server: {"BETTER_AUTH_URL": server.origin},
    "shared-secret": lambda server: {"BETTER_AUTH_SECRET": server.secret, "JWT_AUDIENCE": server.origin},
}


@contextlib.contextmanager
def sign_up_and_in(configuration: str, directory: Path) -> Iterator[Login]:
    with run_better_auth_server(configuration, directory / "better-auth.log") as server, Browser(server) as browser:
        user = browser.sign_up(EMAIL, PASSWORD, NAME)
        browser.clear_cookies()
        response = browser.sign_in(EMAIL, PASSWORD)
        environment = ENVIRONMENTS[configuration](server)
        with run_uvicorn(directory, **environment) as app:
            yield Login(
                server=server,
                browser=browser,
                user=user,
                session_token=response.json()["token"],
                signed_session_token=response.headers["set-auth-token"],
                environment=environment,
                app=app,
            )


@pytest.fixture(scope="module")
def default_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    with sign_up_and_in("default", tmp_path_factory.mktemp("default")) as login:
        yield login


@pytest.fixture(scope="module")
def shared_secret_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    with sign_up_and_in("shared-secret", tmp_path_factory.mktemp("shared-secret")) as login:
        yield login


@pytest.fixture(params=["default", "shared_secret"])
def login(request: pytest.FixtureRequest) -> Login:
    value = request.getfixturevalue(f"{request.param}_login")
    assert isinstance(value, Login)
    return value


def change_one_byte(token: str, segment: str) -> str:
    parts = token.split(".")
    index = SEGMENTS.index(segment)
    content = bytearray(base64.urlsafe_b64decode(parts[index] + "=="))
    content[len(content) // 2] ^= 1
    parts[index] = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    return ".".join(parts)


def fetch_verification_token(login: Login) -> str:
    login.browser.request_verification_email(EMAIL)
    return login.server.fetch_verification_tokens(EMAIL)[-1]


def assert_rejected(response: httpx.Response, detail: str) -> None:
    assert_unauthorized(response)
    assert response.json()["detail"] == detail


def assert_invalid(response: httpx.Response) -> None:
    assert_unauthorized(response)
    assert response.json()["detail"].startswith("Invalid token: ")


def assert_unauthorized(response: httpx.Response) -> None:
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


def assert_unavailable(response: httpx.Response) -> None:
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 0
    assert response.json()["detail"] == "Authentication service unavailable"


def contains_part_of(token: str, text: str, length: int = 8) -> bool:
    return any(token[start : start + length] in text for start in range(len(token) - length + 1))


# --- In both configurations ---


def test_app_identifies_the_user_by_better_auths_id(login: Login) -> None:
    token = login.browser.fetch_token()

    assert login.browser.fetch_session()["user"]["id"] == login.user["id"]
    assert login.app.get("/me", token).json() == {"user_id": login.user["id"], "email": EMAIL, "name": NAME}
    assert login.app.get("/user-id", token).json() == {"user_id": login.user["id"]}
    assert login.app.get("/optional", token).json() == {"user_id": login.user["id"]}


def test_each_configuration_signs_with_its_algorithm(default_login: Login, shared_secret_login: Login) -> None:
    default_header = jwt.get_unverified_header(default_login.browser.fetch_token())
    shared_secret_header = jwt.get_unverified_header(shared_secret_login.browser.fetch_token())

    assert (default_header["alg"], "kid" in default_header) == ("EdDSA", True)
    assert (shared_secret_header["alg"], "kid" in shared_secret_header) == ("HS256", False)


@pytest.mark.parametrize("segment", ["payload", "signature"])
def test_token_with_changed_payload_or_signature_is_rejected(login: Login, segment: str) -> None:
    changed_token = change_one_byte(login.browser.fetch_token(), segment)

    assert_rejected(login.app.get("/me", changed_token), "Invalid token: Signature verification failed.")


def test_token_with_changed_header_is_rejected(login: Login) -> None:
    changed_token = change_one_byte(login.browser.fetch_token(), "header")

    assert_invalid(login.app.get("/me", changed_token))


def test_optional_user_without_valid_token_is_none(login: Login) -> None:
    changed_token = change_one_byte(login.browser.fetch_token(), "signature")

    for token in (None, changed_token):
        response = login.app.get("/optional", token)
        assert (response.status_code, response.json()) == (200, {"user_id": None})


@pytest.mark.parametrize(
    ("setting", "detail"),
    [
        ({"JWT_AUDIENCE": "https://another.example"}, "Invalid token claims: Invalid audience"),
        ({"JWT_ISSUER": "https://another.example"}, "Invalid token claims: Invalid issuer"),
        ({"TEST_CLOCK_SHIFT_SECONDS": str(TOKEN_LIFETIME_SECONDS + LEEWAY_SECONDS + 1)}, "Token has expired"),
    ],
    ids=["another audience", "another issuer", "expired"],
)
def test_token_with_wrong_audience_issuer_or_time_is_rejected(
    login: Login, tmp_path: Path, setting: dict[str, str], detail: str
) -> None:
    with run_uvicorn(tmp_path, **{**login.environment, **setting}) as app:
        assert_rejected(app.get("/me", login.browser.fetch_token()), detail)


def test_token_before_its_expiration_is_accepted(login: Login, tmp_path: Path) -> None:
    half_lifetime = str(TOKEN_LIFETIME_SECONDS // 2)

    with run_uvicorn(tmp_path, **login.environment, TEST_CLOCK_SHIFT_SECONDS=half_lifetime) as app:
        assert app.get("/user-id", login.browser.fetch_token()).json() == {"user_id": login.user["id"]}


def test_session_token_is_rejected(login: Login) -> None:
    for token in (login.session_token, login.signed_session_token):
        assert_invalid(login.app.get("/me", token))


def test_email_verification_token_is_rejected(login: Login) -> None:
    token = fetch_verification_token(login)
    assert jwt.decode(token, login.server.secret, algorithms=["HS256"])["email"] == EMAIL

    assert_unauthorized(login.app.get("/me", token))


def test_request_without_token_is_rejected(login: Login) -> None:
    assert_rejected(login.app.get("/me"), "Not authenticated")
    assert_rejected(login.app.get("/user-id"), "Not authenticated")


def test_rejected_token_appears_in_neither_response_nor_log(login: Login, tmp_path: Path) -> None:
    token = login.browser.fetch_token()
    rejected_tokens = [change_one_byte(token, segment) for segment in SEGMENTS]
    rejected_tokens += [login.session_token, login.signed_session_token, fetch_verification_token(login)]

    with run_uvicorn(tmp_path, **login.environment) as app:
        responses = [app.get("/me", token).text for token in rejected_tokens]
    log = app.read_log()  # complete, because the server has ended

    assert log.count('"GET /me HTTP/1.1" 401') == len(rejected_tokens)
    for text in (log, *responses):
        assert not any(contains_part_of(token, text) for token in rejected_tokens)
        assert not any(claim in text for claim in (EMAIL, NAME, login.user["id"]))


# --- The default configuration: keys from the JWKS ---


@pytest.mark.parametrize("path", ["/", "/api/auth", "/api/auth/"])
def test_better_auth_url_is_accepted_with_common_paths(default_login: Login, tmp_path: Path, path: str) -> None:
    with run_uvicorn(tmp_path, BETTER_AUTH_URL=default_login.server.origin + path) as app:
        user_id = app.get("/user-id", default_login.browser.fetch_token()).json()

    assert user_id == {"user_id": default_login.user["id"]}


def test_token_signed_with_a_secret_is_rejected_in_jwks_mode(default_login: Login, tmp_path: Path) -> None:
    server, token = default_login.server, default_login.browser.fetch_token()
    claims = jwt.decode(token, options={"verify_signature": False})
    public_key = server.fetch_jwks()["keys"][0]
    public_bytes = base64.urlsafe_b64decode(public_key["x"] + "==")
    forged = [
        jwt.encode(claims, secret, algorithm="HS256", headers=headers)
        for secret in (server.secret, public_bytes)
        for headers in ({}, {"kid": public_key["kid"]})
    ]

    with run_uvicorn(tmp_path, **default_login.environment, BETTER_AUTH_SECRET=server.secret) as app:
        assert app.get("/user-id", token).json() == {"user_id": default_login.user["id"]}
        for forged_token in forged:
            assert_invalid(app.get("/me", forged_token))


def test_key_set_is_fetched_once_for_many_requests(default_login: Login, tmp_path: Path) -> None:
    token = default_login.browser.fetch_token()

    with run_app_with_proxy(default_login, tmp_path) as (app, proxy), ThreadPoolExecutor(4) as pool:
        assert app.get("/ping").status_code == 200
        assert app.get("/me").status_code == 401
        assert proxy.request_count == 0  # no request so far required a key
        assert app.get("/me", token).status_code == 200
        responses = list(pool.map(lambda _: app.get("/me", token), range(20)))

    assert [response.status_code for response in responses] == [200] * 20
    assert proxy.request_count == 1


def test_event_loop_is_not_blocked_while_keys_are_fetched(default_login: Login, tmp_path: Path) -> None:
    token = default_login.browser.fetch_token()

    with run_app_with_proxy(default_login, tmp_path) as (app, proxy), ThreadPoolExecutor(1) as pool:
        with proxy.hold_responses():
            pending = pool.submit(app.get, "/user-id", token)
            assert proxy.request_received.wait(MAX_WAIT_SECONDS)
            assert app.get("/ping").json() == {"ping": "pong"}
        assert pending.result().json() == {"user_id": default_login.user["id"]}
        log = app.read_log()

    # The server logs requests as it completes them. A blocked event loop would have completed `/ping` last.
    assert log.index("GET /ping") < log.index("GET /user-id")


def test_app_responds_503_until_better_auth_is_back(tmp_path: Path) -> None:
    with run_better_auth_server("default", tmp_path / "first.log", port=find_free_port()) as server:
        token = fetch_token_of_new_user(server)

    with run_uvicorn(tmp_path, BETTER_AUTH_URL=server.origin) as app:
        for path in ("/me", "/user-id", "/optional"):
            assert_unavailable(app.get(path, token))
        assert_rejected(app.get("/me"), "Not authenticated")
        assert app.get("/optional").json() == {"user_id": None}

        with run_better_auth_server("default", tmp_path / "second.log", port=server.port) as server_again:
            assert server_again.origin == server.origin
            wait_until_accepted(app, fetch_token_of_new_user(server_again))


@contextlib.contextmanager
def run_app_with_proxy(login: Login, directory: Path) -> Iterator[tuple[ServedApp, JwksProxy]]:
    with serve_jwks(login.server.fetch_jwks) as proxy:
        origin = login.server.origin
        with run_uvicorn(directory, JWKS_URL=proxy.url, JWT_ISSUER=origin, JWT_AUDIENCE=origin) as app:
            yield app, proxy


def fetch_token_of_new_user(server: BetterAuth) -> str:
    with Browser(server) as browser:
        browser.sign_up(EMAIL, PASSWORD, NAME)
        return browser.fetch_token()


def wait_until_accepted(app: ServedApp, token: str) -> None:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while (response := app.get("/me", token)).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert response.status_code == 200


# --- The shared secret ---


def test_secret_mode_rejects_other_audience_and_token_without_sub(shared_secret_login: Login, tmp_path: Path) -> None:
    login = shared_secret_login

    with run_uvicorn(tmp_path, BETTER_AUTH_SECRET=login.server.secret) as app:
        assert_rejected(app.get("/me", login.browser.fetch_token()), "Invalid token claims: Invalid audience")
        # Signed with the right secret and without `aud`: only the missing `sub` distinguishes it from an API token.
        assert_rejected(app.get("/me", fetch_verification_token(login)), "Could not validate credentials")


def test_issuer_and_audience_are_the_origin_of_better_auth(shared_secret_login: Login, tmp_path: Path) -> None:
    login = shared_secret_login

    with run_uvicorn(tmp_path, **login.environment, JWT_ISSUER=login.server.origin) as app:
        assert app.get("/user-id", login.browser.fetch_token()).json() == {"user_id": login.user["id"]}
