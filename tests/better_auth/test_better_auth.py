"""End to end: tokens of a real Better Auth server, fetched as a browser does, against a FastAPI app under uvicorn.

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

from support.better_auth_server import BetterAuth, Browser, run_better_auth_server
from support.jwks_proxy import serve_jwks
from support.uvicorn_server import ServedApp, run_uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from support.jwks_proxy import JwksProxy

EMAIL = "zoe@example.com"
PASSWORD = "correct horse battery staple"
NAME = "Zoë Ångström 李"
SEGMENTS = ["header", "payload", "signature"]

LIFETIME_SECONDS = 900  # what Better Auth gives a token
LEEWAY_SECONDS = 10  # the default of JWT_LEEWAY_SECONDS
PATIENCE_SECONDS = 30  # how long to wait for what must come


@dataclass(frozen=True)
class Login:
    """A user who is signed in at a Better Auth server, and the app whose environment goes with that server."""

    server: BetterAuth
    browser: Browser
    user: dict[str, Any]
    session_token: str
    signed_session_token: str
    environment: dict[str, str]
    app: ServedApp


# The settings that a backend needs for each of Better Auth's configurations.
ENVIRONMENTS: dict[str, Callable[[BetterAuth], dict[str, str]]] = {
    "default": lambda server: {"BETTER_AUTH_URL": server.origin},
    "shared-secret": lambda server: {"BETTER_AUTH_SECRET": server.secret, "JWT_AUDIENCE": server.origin},
}


@contextlib.contextmanager
def logged_in(configuration: str, directory: Path) -> Iterator[Login]:
    with run_better_auth_server(configuration, directory / "better-auth.log") as server, Browser(server) as browser:
        user = browser.sign_up(EMAIL, PASSWORD, NAME)
        browser.clear_cookies()
        answer = browser.sign_in(EMAIL, PASSWORD)
        environment = ENVIRONMENTS[configuration](server)
        with run_uvicorn(directory, **environment) as app:
            yield Login(
                server=server,
                browser=browser,
                user=user,
                session_token=answer.json()["token"],
                signed_session_token=answer.headers["set-auth-token"],
                environment=environment,
                app=app,
            )


@pytest.fixture(scope="module")
def default_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    with logged_in("default", tmp_path_factory.mktemp("default")) as login:
        yield login


@pytest.fixture(scope="module")
def shared_secret_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Login]:
    with logged_in("shared-secret", tmp_path_factory.mktemp("shared-secret")) as login:
        yield login


@pytest.fixture(params=["default", "shared_secret"])
def login(request: pytest.FixtureRequest) -> Login:
    found = request.getfixturevalue(f"{request.param}_login")
    assert isinstance(found, Login)
    return found


def with_one_byte_changed(token: str, segment: str) -> str:
    parts = token.split(".")
    index = SEGMENTS.index(segment)
    content = bytearray(base64.urlsafe_b64decode(parts[index] + "=="))
    content[len(content) // 2] ^= 1
    parts[index] = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    return ".".join(parts)


def verification_token(login: Login) -> str:
    login.browser.request_verification_email(EMAIL)
    return login.server.fetch_verification_tokens(EMAIL)[-1]


def assert_refused(response: httpx.Response, detail: str) -> None:
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


def shows_part_of(token: str, text: str, length: int = 8) -> bool:
    return any(token[start : start + length] in text for start in range(len(token) - length + 1))


# --- In both configurations ---


def test_signed_in_user_is_known_by_better_auths_id(login: Login) -> None:
    token = login.browser.fetch_token()

    assert login.browser.fetch_session()["user"]["id"] == login.user["id"]
    assert login.app.get("/me", token).json() == {"user_id": login.user["id"], "email": EMAIL, "name": NAME}
    assert login.app.get("/user-id", token).json() == {"user_id": login.user["id"]}
    assert login.app.get("/optional", token).json() == {"user_id": login.user["id"]}


def test_each_configuration_signs_as_it_is_meant_to(default_login: Login, shared_secret_login: Login) -> None:
    by_default = jwt.get_unverified_header(default_login.browser.fetch_token())
    by_secret = jwt.get_unverified_header(shared_secret_login.browser.fetch_token())

    assert (by_default["alg"], "kid" in by_default) == ("EdDSA", True)
    assert (by_secret["alg"], "kid" in by_secret) == ("HS256", False)


@pytest.mark.parametrize("segment", ["payload", "signature"])
def test_one_changed_byte_breaks_the_signature(login: Login, segment: str) -> None:
    changed = with_one_byte_changed(login.browser.fetch_token(), segment)

    assert_refused(login.app.get("/me", changed), "Invalid token: Signature verification failed.")


def test_one_changed_byte_in_the_header_is_refused(login: Login) -> None:
    changed = with_one_byte_changed(login.browser.fetch_token(), "header")

    assert_invalid(login.app.get("/me", changed))


def test_optional_user_is_a_guest_without_a_valid_token(login: Login) -> None:
    changed = with_one_byte_changed(login.browser.fetch_token(), "signature")

    for token in (None, changed):
        response = login.app.get("/optional", token)
        assert (response.status_code, response.json()) == (200, {"user_id": None})


@pytest.mark.parametrize(
    ("setting", "detail"),
    [
        ({"JWT_AUDIENCE": "https://another.example"}, "Invalid token claims: Invalid audience"),
        ({"JWT_ISSUER": "https://another.example"}, "Invalid token claims: Invalid issuer"),
        ({"TEST_CLOCK_SHIFT_SECONDS": str(LIFETIME_SECONDS + LEEWAY_SECONDS + 1)}, "Token has expired"),
    ],
    ids=["another audience", "another issuer", "time has passed"],
)
def test_token_for_another_place_or_time_is_refused(
    login: Login, tmp_path: Path, setting: dict[str, str], detail: str
) -> None:
    with run_uvicorn(tmp_path, **{**login.environment, **setting}) as app:
        assert_refused(app.get("/me", login.browser.fetch_token()), detail)


def test_token_is_good_until_its_time_is_over(login: Login, tmp_path: Path) -> None:
    nearly_over = str(LIFETIME_SECONDS // 2)

    with run_uvicorn(tmp_path, **login.environment, TEST_CLOCK_SHIFT_SECONDS=nearly_over) as app:
        assert app.get("/user-id", login.browser.fetch_token()).json() == {"user_id": login.user["id"]}


def test_session_token_is_no_jwt(login: Login) -> None:
    for token in (login.session_token, login.signed_session_token):
        assert_invalid(login.app.get("/me", token))


def test_email_verification_token_is_no_login(login: Login) -> None:
    token = verification_token(login)
    assert jwt.decode(token, login.server.secret, algorithms=["HS256"])["email"] == EMAIL

    assert_unauthorized(login.app.get("/me", token))


def test_request_without_a_token_is_refused(login: Login) -> None:
    assert_refused(login.app.get("/me"), "Not authenticated")
    assert_refused(login.app.get("/user-id"), "Not authenticated")


def test_refused_token_appears_neither_in_the_answer_nor_in_the_log(login: Login, tmp_path: Path) -> None:
    token = login.browser.fetch_token()
    refused = [with_one_byte_changed(token, segment) for segment in SEGMENTS]
    refused += [login.session_token, login.signed_session_token, verification_token(login)]

    with run_uvicorn(tmp_path, **login.environment) as app:
        answers = [app.get("/me", token).text for token in refused]
    log = app.read_log()  # the server has ended: nothing more can come

    assert log.count('"GET /me HTTP/1.1" 401') == len(refused)
    for said in (log, *answers):
        assert not any(shows_part_of(token, said) for token in refused)
        assert not any(claim in said for claim in (EMAIL, NAME, login.user["id"]))


# --- The default configuration: keys from the JWKS ---


@pytest.mark.parametrize("path", ["/", "/api/auth", "/api/auth/"])
def test_better_auth_url_may_be_written_in_every_usual_way(default_login: Login, tmp_path: Path, path: str) -> None:
    with run_uvicorn(tmp_path, BETTER_AUTH_URL=default_login.server.origin + path) as app:
        user_id = app.get("/user-id", default_login.browser.fetch_token()).json()

    assert user_id == {"user_id": default_login.user["id"]}


def test_shared_secret_signs_nothing_where_keys_come_from_the_jwks(default_login: Login, tmp_path: Path) -> None:
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


def test_key_set_is_requested_once_for_many_requests(default_login: Login, tmp_path: Path) -> None:
    token = default_login.browser.fetch_token()

    with relayed_app(default_login, tmp_path) as (app, relay), ThreadPoolExecutor(4) as pool:
        assert app.get("/ping").status_code == 200
        assert app.get("/me").status_code == 401
        assert relay.request_count == 0  # nothing so far needed a key
        assert app.get("/me", token).status_code == 200
        answers = list(pool.map(lambda _: app.get("/me", token), range(20)))

    assert [answer.status_code for answer in answers] == [200] * 20
    assert relay.request_count == 1


def test_event_loop_is_free_while_keys_are_fetched(default_login: Login, tmp_path: Path) -> None:
    token = default_login.browser.fetch_token()

    with relayed_app(default_login, tmp_path) as (app, relay), ThreadPoolExecutor(1) as pool:
        with relay.hold_responses():
            waiting = pool.submit(app.get, "/user-id", token)
            assert relay.request_received.wait(PATIENCE_SECONDS)
            assert app.get("/ping").json() == {"ping": "pong"}
        assert waiting.result().json() == {"user_id": default_login.user["id"]}
        log = app.read_log()

    # The server's own order: had its loop waited for the keys, it would have answered `/ping` last.
    assert log.index("GET /ping") < log.index("GET /user-id")


def test_without_better_auth_the_service_is_unavailable_until_it_is_back(tmp_path: Path) -> None:
    with run_better_auth_server("default", tmp_path / "first.log") as server:
        token = token_of_new_user(server)

    with run_uvicorn(tmp_path, BETTER_AUTH_URL=server.origin) as app:
        for path in ("/me", "/user-id", "/optional"):
            assert_unavailable(app.get(path, token))
        assert_refused(app.get("/me"), "Not authenticated")
        assert app.get("/optional").json() == {"user_id": None}

        with run_better_auth_server("default", tmp_path / "second.log", port=server.port) as server_again:
            assert server_again.origin == server.origin
            wait_until_accepted(app, token_of_new_user(server_again))


@contextlib.contextmanager
def relayed_app(login: Login, directory: Path) -> Iterator[tuple[ServedApp, JwksProxy]]:
    with serve_jwks(login.server.fetch_jwks) as relay:
        origin = login.server.origin
        with run_uvicorn(directory, JWKS_URL=relay.url, JWT_ISSUER=origin, JWT_AUDIENCE=origin) as app:
            yield app, relay


def token_of_new_user(server: BetterAuth) -> str:
    with Browser(server) as browser:
        browser.sign_up(EMAIL, PASSWORD, NAME)
        return browser.fetch_token()


def wait_until_accepted(app: ServedApp, token: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (response := app.get("/me", token)).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert response.status_code == 200


# --- The shared secret ---


def test_secret_alone_takes_neither_a_foreign_audience_nor_a_token_without_a_user(
    shared_secret_login: Login, tmp_path: Path
) -> None:
    login = shared_secret_login

    with run_uvicorn(tmp_path, BETTER_AUTH_SECRET=login.server.secret) as app:
        assert_refused(app.get("/me", login.browser.fetch_token()), "Invalid token claims: Invalid audience")
        # Signed with the right secret and without `aud`: only the missing `sub` tells it from a login.
        assert_refused(app.get("/me", verification_token(login)), "Could not validate credentials")


def test_issuer_and_audience_are_better_auths_origin(shared_secret_login: Login, tmp_path: Path) -> None:
    login = shared_secret_login

    with run_uvicorn(tmp_path, **login.environment, JWT_ISSUER=login.server.origin) as app:
        assert app.get("/user-id", login.browser.fetch_token()).json() == {"user_id": login.user["id"]}
