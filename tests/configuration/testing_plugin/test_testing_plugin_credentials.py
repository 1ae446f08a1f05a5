"""`fastjose.testing.plugin` for an application that accepts sessions, cookies or API keys, in pytest processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.processes.pytest_process import ENABLED, run_pytest
from support.servers.lookup_server import serve_lookups

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.http

SECRET = "s" * 64
EVERY_KIND = "jwt,session,cookie,api_key"
APPLICATION = """
from fastapi import Depends, FastAPI
from fastjose.auth import (
    AuthenticatedUser, CurrentSession, CurrentUser, forbid_impersonation, require_organization_role, require_permission,
    require_role,
)

app = FastAPI()

@app.api_route("/me", methods=["GET", "POST"])
async def me(user: AuthenticatedUser) -> CurrentUser:
    return user

@app.get("/session")
async def session(session: CurrentSession):
    return [session.id, session.active_organization_id]

for path, required in {
    "/admin": require_role("admin"),
    "/owner": require_organization_role("owner"),
    "/itself": forbid_impersonation,
    "/files": require_permission("files:read"),
}.items():
    app.get(path, dependencies=[Depends(required)])(lambda: "ok")
"""
TESTS = """
import os

import pytest
from fastapi.testclient import TestClient
from main import app

KINDS = ("jwt", "session", "cookie", "api_key")
ACCEPTED = [kind for kind in KINDS if kind in os.environ["JWT_CREDENTIALS"].split(",")]
IS_COOKIE_CACHED = bool(os.environ.get("BETTER_AUTH_COOKIE_CACHE"))

each = pytest.mark.parametrize("credential", ACCEPTED)
each_with_session = pytest.mark.parametrize("credential", [kind for kind in ACCEPTED if kind != "api_key"])
each_looked_up = pytest.mark.parametrize("credential", [kind for kind in ACCEPTED if kind != "jwt"])

def get_status(client, path="/me"):
    return client.get(path).status_code

def test_first_accepted_kind_is_the_default(auth_client):
    assert auth_client(app, user_id="user-7").get("/me").json()["user_id"] == "user-7"

@each
def test_user_has_fields(auth_client, credential):
    client = auth_client(app, "user-7", credential=credential, name="Ada", email="ada@example.com")
    expected = {"user_id": "user-7", "name": "Ada", "email": "ada@example.com"}
    assert client.get("/me").json().items() >= expected.items()
    assert client.post("/me").status_code == 200

@each
def test_expired(auth_client, credential):
    assert get_status(auth_client(app, credential=credential, expires_in_seconds=-60)) == 401

@each_looked_up
def test_banned(auth_client, credential):
    assert get_status(auth_client(app, credential=credential, banned=True)) == 401

@each_with_session
def test_users_have_roles_of_their_own(auth_client, credential):
    admin, other = auth_client(app, credential=credential, role="admin"), auth_client(app, credential=credential)
    assert (get_status(admin, "/admin"), get_status(other, "/admin")) == (200, 403)

@each_with_session
def test_organization_role(auth_client, credential):
    session = {"activeOrganizationId": "org-1"}
    owner = auth_client(app, credential=credential, session=session, organization_role="member,owner")
    member = auth_client(app, credential=credential, session=session, organization_role="member")
    stranger = auth_client(app, credential=credential, session=session)
    assert [get_status(each, "/owner") for each in (owner, member, stranger)] == [200, 403, 403]
    with pytest.raises(ValueError, match="activeOrganizationId"):
        auth_client(app, credential=credential, organization_role="owner")

@each_with_session
def test_session(auth_client, credential):
    session = {"id": "session-7", "activeOrganizationId": "org-1", "impersonatedBy": "admin-1"}
    client = auth_client(app, credential=credential, session=session)
    assert client.get("/session").json() == ["session-7", "org-1"]
    assert get_status(client, "/itself") == 403
    assert get_status(auth_client(app, credential=credential, session={}), "/itself") == 200

@each
def test_permissions(auth_client, credential):
    if credential == "api_key":
        with pytest.raises(ValueError, match="permissions must not be given for an API key"):
            auth_client(app, credential=credential, permissions={"files": ["read"]})
        return
    reader = auth_client(app, credential=credential, permissions={"files": ["read"]})
    writer = auth_client(app, credential=credential, permissions={"files": ["write"]})
    other = auth_client(app, credential=credential)
    assert [get_status(each, "/files") for each in (reader, writer, other)] == [200, 403, 403]

@each_looked_up
def test_outage(auth_client, auth_server, credential):
    client = auth_client(app, credential=credential)
    assert get_status(client) == 200  # the keys of a signed cookie are fetched now
    auth_server.status = 503
    is_cached = IS_COOKIE_CACHED and credential == "cookie"
    assert get_status(client) == (200 if is_cached else 503)
    auth_server.status = 200
    assert get_status(client) == 200

@pytest.mark.skipif("session" not in ACCEPTED, reason="session tokens are not accepted")
def test_token_of_a_session_is_refused_after_its_end(mint_session):
    session, other = mint_session(user_id="user-7", role="admin"), mint_session("user-7")
    clients = [TestClient(app, headers={"Authorization": f"Bearer {each.token}"}) for each in (session, other)]
    assert [get_status(client, "/admin") for client in clients] == [200, 403]
    session.end()
    session.end()
    assert [get_status(client) for client in clients] == [401, 200]
    assert session.token not in repr(session)

@pytest.mark.skipif("cookie" not in ACCEPTED, reason="cookies are not accepted")
def test_cookies_of_a_session_are_refused_after_its_end(mint_session):
    session = mint_session("user-7")
    assert (len(session.cookies) > 1) == IS_COOKIE_CACHED
    secure = {f"__Secure-{name}": value for name, value in session.cookies.items()}
    token_alone = dict(list(session.cookies.items())[:1])
    clients = [TestClient(app, cookies=cookies) for cookies in (session.cookies, secure, token_alone)]
    assert [client.get("/me").json()["user_id"] for client in clients] == ["user-7"] * 3
    assert clients[0].post("/me", headers={"Origin": "https://other.example"}).status_code == 403
    session.end()
    cached = 200 if IS_COOKIE_CACHED else 401
    assert [get_status(client) for client in clients] == [cached, cached, 401]

def test_kind_that_the_application_does_not_accept_is_refused(auth_client):
    for credential in set(KINDS) - set(ACCEPTED):
        assert get_status(auth_client(app, credential=credential)) == 401
    with pytest.raises(ValueError, match="credential must be jwt, session, cookie or api_key"):
        auth_client(app, credential="key")

@each_looked_up
def test_argument_of_another_kind_is_an_error(auth_client, credential):
    with pytest.raises(TypeError, match="arguments of a JWT"):
        auth_client(app, credential=credential, omit=["sub"])
    with pytest.raises(TypeError):
        auth_client(app, credential=credential, image=object())
    if credential == "api_key":
        with pytest.raises(TypeError, match="no session"):
            auth_client(app, credential=credential, session={})
"""
SERVER_MODES = [
    {"JWT_CREDENTIALS": "jwt"},
    {"JWT_CREDENTIALS": "session", "BETTER_AUTH_SECRET": SECRET},
    {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_COOKIE_PREFIX": "myapp"},
    {"JWT_CREDENTIALS": "api_key", "BETTER_AUTH_API_KEY_HEADER": "x-key"},
    {"JWT_CREDENTIALS": EVERY_KIND},
    {"JWT_CREDENTIALS": EVERY_KIND, "BETTER_AUTH_SECRET": SECRET, "JWT_ALGORITHM": "HS512"},
    {"JWT_CREDENTIALS": EVERY_KIND, "BETTER_AUTH_COOKIE_CACHE": "compact", "BETTER_AUTH_COOKIE_CACHE_VERSION": "7"},
    {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_COOKIE_CACHE": "jwt", "JWKS_URL": "https://app.example.com/jwks"},
    {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_COOKIE_CACHE": "jwe", "BETTER_AUTH_SECRETS": f"2:{SECRET},1:{'o' * 64}"},
    {"JWT_CREDENTIALS": "cookie", "BETTER_AUTH_COOKIE_CACHE": "jwks"},
    {
        "JWT_CREDENTIALS": "jwt,cookie",
        "BETTER_AUTH_COOKIE_CACHE": "jwks",
        "BETTER_AUTH_SECRET": SECRET,
        "JWT_MODE": "secret",
    },
    {
        "JWT_CREDENTIALS": "jwt,cookie",
        "BETTER_AUTH_COOKIE_CACHE": "jwks",
        "JWT_PROFILE": "oauth",
        "JWT_AUDIENCE": "api",
        "BETTER_AUTH_URL": "https://app.example.com",
    },
]


@pytest.mark.parametrize(
    "environment",
    SERVER_MODES,
    ids=lambda environment: " ".join(f"{name}={value[:24]}" for name, value in environment.items()),
)
def test_application_accepts_what_is_minted(tmp_path: Path, environment: dict[str, str]) -> None:
    code, output = run_pytest(
        tmp_path, environment, main=APPLICATION, test_main=TESTS, conftest="from main import app\n"
    )
    assert code == 0, output
    assert "passed" in output


def test_nothing_is_sent_to_the_server_of_the_settings(tmp_path: Path) -> None:
    with serve_lookups() as server:
        environment = {"JWT_CREDENTIALS": EVERY_KIND, "BETTER_AUTH_URL": server.url}
        code, output = run_pytest(tmp_path, environment, main=APPLICATION, test_main=TESTS)
        assert code == 0, output
        assert server.requests == []


OWN_STORE_TESTS = """
import os
import sqlite3

import pytest
from main import app

STORE = "sqlite+aiosqlite:///sessions.db"
TOKEN = "0123456789abcdefghijklmnopqrstuv"

@pytest.fixture
def token():
    connection = sqlite3.connect("sessions.db")
    connection.executescript(f'''
        create table user (id text, name text, email text, emailVerified integer);
        create table session (id text, userId text, token text, expiresAt date);
        insert into user values ('user-7', 'Ada', 'ada@example.com', 1);
        insert into session values ('session-7', 'user-7', '{TOKEN}', '2999-01-01T00:00:00.000Z');
    ''')
    connection.close()
    return TOKEN

def test_session_of_a_row_is_signed(auth_client, mint_session, token):
    assert os.environ["BETTER_AUTH_SESSION_STORE"] == STORE
    for credential in ("session", "cookie"):
        client = auth_client(app, credential=credential, session={"token": token})
        assert client.get("/session").json() == ["session-7", None]
        other = auth_client(app, credential=credential, session={"token": token[::-1]})
        assert other.get("/me").status_code == 401
        with pytest.raises(ValueError, match="session must have the token of a row"):
            auth_client(app, credential=credential)
    with pytest.raises(ValueError, match="delete its row"):
        mint_session(session={"token": token}).end()
    with pytest.raises(ValueError, match="create the key there"):
        auth_client(app, credential="api_key")

def test_there_is_no_server(request):
    with pytest.raises(pytest.fail.Exception, match="BETTER_AUTH_SESSION_STORE is set"):
        request.getfixturevalue("auth_server")
"""


@pytest.mark.parametrize("cache", [{}, {"BETTER_AUTH_COOKIE_CACHE": "jwks"}], ids=["looked up", "cached"])
def test_servers_of_the_environment_are_replaced(tmp_path: Path, cache: dict[str, str]) -> None:
    environment = {
        "JWT_CREDENTIALS": "jwt,session,cookie,api_key",
        "BETTER_AUTH_URL": "https://app.example.com",
        "BETTER_AUTH_SESSION_STORE": "http://web:3000",
        "JWKS_URL": "http://web:3000/api/auth/jwks",
        **cache,
    }
    code, output = run_pytest(tmp_path, environment, main=APPLICATION, test_main=TESTS)
    assert code == 0, output


@pytest.mark.parametrize("secret", [{}, {"BETTER_AUTH_SECRET": SECRET}], ids=["without secret", "with secret"])
def test_store_of_the_tests_is_left_alone(tmp_path: Path, secret: dict[str, str]) -> None:
    environment = {
        "JWT_CREDENTIALS": "session,cookie,api_key",
        "BETTER_AUTH_SESSION_STORE": "sqlite+aiosqlite:///sessions.db",
        **secret,
    }
    code, output = run_pytest(tmp_path, environment, main=APPLICATION, test_main=OWN_STORE_TESTS)
    assert code == 0, output


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"ENVIRONMENT": "production"}, "ENVIRONMENT must be unset or one of development"),
        ({"JWT_CREDENTIALS": "password"}, "JWT_CREDENTIALS must be"),
        ({"BETTER_AUTH_SECRETS": "unversioned"}, "BETTER_AUTH_SECRETS, entry 1"),
    ],
)
def test_plugin_refuses_an_environment_that_it_cannot_serve(
    tmp_path: Path, environment: dict[str, str], reason: str
) -> None:
    environment = {"JWT_CREDENTIALS": "session,cookie", **environment}
    code, output = run_pytest(tmp_path, environment, main=APPLICATION, test_main=TESTS)
    assert code == pytest.ExitCode.USAGE_ERROR, output
    assert f"fastjose.testing: {reason}" in output
    assert "Traceback" not in output


PARENT = """
import os
import subprocess
import sys

import pytest
from main import app

NAMES = ("JWKS_URL", "BETTER_AUTH_SESSION_STORE", "BETTER_AUTH_SECRET", "ENVIRONMENT")

def test_process_that_inherits_the_environment():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_main.py"]
    assert subprocess.run(command, check=False).returncode == 0

def test_environment_is_as_before_after_another_run(auth_client):
    before = [os.environ[name] for name in NAMES]
    assert pytest.main(["-p", "fastjose.testing.plugin", "--no-such-option"]) == pytest.ExitCode.USAGE_ERROR
    assert [os.environ[name] for name in NAMES] == before
    for credential in ("jwt", "session", "cookie", "api_key"):
        assert auth_client(app, credential=credential).get("/me").status_code == 200
"""


def test_processes_that_inherit_the_environment_have_sessions_of_their_own(tmp_path: Path) -> None:
    """As those of pytest-xdist do."""
    (tmp_path / "pyproject.toml").write_text(f'{ENABLED}python_files = ["parent.py"]\n', encoding="utf-8")
    environment = {"JWT_CREDENTIALS": EVERY_KIND, "BETTER_AUTH_COOKIE_CACHE": "jwe"}
    code, output = run_pytest(tmp_path, environment, main=APPLICATION, test_main=TESTS, parent=PARENT)
    assert code == 0, output
