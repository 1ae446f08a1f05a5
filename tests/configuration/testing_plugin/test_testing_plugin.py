"""`fastjose.testing.plugin`, in a pytest process of its own for each environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.processes import pytest_process
from support.processes.pytest_process import ENABLED

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.http

SECRET = "s" * 64
ISSUER = "https://acme.eu.auth0.com/"
PUBLIC_KEY = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
FETCH_OPTIONS = {
    "JWKS_CA_CERTIFICATES": "missing.pem",
    "JWKS_BEARER_TOKEN_FILE": "missing",
    "JWKS_HEADERS": '{"X-A": "b"}',
}
APPLICATION = """
from typing import Any
from fastapi import Depends, FastAPI
from fastjose.auth import AuthenticatedUser, CurrentUser, OptionalUser, require_role

app = FastAPI()

@app.get("/me")
async def me(user: AuthenticatedUser) -> CurrentUser:
    return user

@app.get("/hello")
async def hello(user: OptionalUser) -> str:
    return user.user_id if user else "guest"

@app.get("/admin", dependencies=[Depends(require_role("admin"))])
async def admin() -> str:
    return "ok"
"""
TESTS = """
import os
from main import app

def test_user(auth_client):
    assert auth_client(app, user_id="user-7").get("/me").json()["user_id"] == "user-7"
    assert auth_client(app, "user-8").get("/hello").json() == "user-8"

def test_rejected(auth_client):
    assert auth_client(app, expires_in_seconds=-60).get("/me").status_code == 401
    claim = os.environ.get("JWT_USER_ID_CLAIM", "sub")
    assert auth_client(app, **{claim: " "}).get("/hello").json() == "guest"

def test_role(auth_client):
    assert auth_client(app, role="admin").get("/admin").status_code == 200
    assert auth_client(app).get("/admin").status_code == 403

def test_token(mint_token, token_issuer):
    assert mint_token(name="Ada").count(".") == 2
    assert os.environ["ENVIRONMENT"]
"""
ROTATION = """
from main import app

def test_outage_and_rotation(jwks_server, token_issuer, auth_client):
    assert auth_client(app).get("/me").status_code == 200
    jwks_server.status = 503
    assert auth_client(app).get("/me").status_code == 200
    token_issuer.rotate_key()
    assert auth_client(app).get("/me").status_code == 503

def test_server_is_up_again(jwks_server):
    assert jwks_server.status == 200
"""


def run_pytest(directory: Path, environment: dict[str, str], **files: str) -> tuple[int, str]:
    """Run pytest with the application above, unless another `main` is given."""
    return pytest_process.run_pytest(directory, environment, **{"main": APPLICATION, **files})


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"ENVIRONMENT": "ci"},
        {"BETTER_AUTH_URL": "https://app.example.com"},
        {"BETTER_AUTH_URL": "https://app.example.com", "JWT_ALGORITHM": "ES256", "JWT_AUDIENCE": "api"},
        {"BETTER_AUTH_URL": "https://app.example.com", "JWT_PROFILE": "oauth", "JWT_AUDIENCE": "api"},
        {"BETTER_AUTH_URL": "https://app.example.com", "BETTER_AUTH_SECRET": SECRET},
        {"BETTER_AUTH_URL": "https://app.example.com", "JWT_ALGORITHM": "HS256"},
        {"BETTER_AUTH_URL": "https://app.example.com", "JWT_ALGORITHM": "Ed25519"},
        {"JWT_ALGORITHM": "HS256"},
        {"JWKS_URL": ""},
        {"BETTER_AUTH_SECRET": SECRET},
        {"BETTER_AUTH_SECRET": SECRET, "JWT_ISSUER": "https://a.example", "JWT_ALGORITHM": "HS512"},
        {"BETTER_AUTH_SECRET": SECRET, "JWT_AUDIENCE": "a, b"},
        {"BETTER_AUTH_SECRETS": f"2:{SECRET},1:{'o' * 64}"},
        {"JWT_SECRET": SECRET, "JWT_CLIENT_ID": "web,ios", "JWT_ALGORITHM": "HS384"},
        {"OIDC_ISSUER": ISSUER, "JWT_AUDIENCE": "api"},
        {"OIDC_ISSUER": ISSUER, "JWT_CLIENT_ID": "web", "JWT_ALGORITHM": "ES256", "JWT_USER_ID_CLAIM": "oid"},
        {"OIDC_ISSUER": ISSUER, "JWT_CLAIMS": '{"token_use": ["access", "id"], "level": 2}', "JWT_PROFILE": "api"},
        {"OIDC_ISSUER": ISSUER, "JWT_CHECK_AUDIENCE": "0", "JWT_PROFILE": "oauth", "JWT_CLIENT_ID": "web"},
        {"OIDC_ISSUER": ISSUER, "JWT_AUDIENCE": "api", "JWT_MODE": "oidc", "JWT_SECRET": SECRET, **FETCH_OPTIONS},
        {"JWT_PUBLIC_KEY": "missing.pem", "JWT_ISSUER": ISSUER, "JWT_AUDIENCE": "a,b", "JWT_AUDIENCE_EXACT": "1"},
        {"JWT_PUBLIC_KEY": PUBLIC_KEY, "JWT_ALGORITHM": "ES256", "JWT_CLIENT_ID": "web"},
        {"JWT_CLIENT_ID": "web"},
        {"JWKS_URL": "http://web:3000/api/auth/jwks", "BETTER_AUTH_URL": "https://app.example.com"},
        {"JWKS_URL": "https://app.example.com/jwks", "JWT_ISSUER": ISSUER, "JWT_AUDIENCE": "api"},
        {"JWT_TOKEN_HEADER": "Cf-Access-Jwt-Assertion", "JWT_SECRET": SECRET},
        {"JWT_TOKEN_COOKIE": "__session", "OIDC_ISSUER": ISSUER, "JWT_AUDIENCE": "api"},
    ],
    ids=lambda environment: " ".join(f"{name}={value[:8]}" for name, value in environment.items()) or "nothing set",
)
def test_application_accepts_minted_tokens(tmp_path: Path, environment: dict[str, str]) -> None:
    code, output = run_pytest(tmp_path, environment, test_main=TESTS, conftest="from main import app\n")
    assert code == 0, output
    assert "4 passed" in output


@pytest.mark.parametrize("environment", [{}, {"OIDC_ISSUER": ISSUER, "JWT_AUDIENCE": "api"}], ids=["JWKS", "OIDC"])
def test_key_server_can_fail_and_rotate(tmp_path: Path, environment: dict[str, str]) -> None:
    code, output = run_pytest(tmp_path, environment, test_main=ROTATION)
    assert code == 0, output


def test_plugin_enabled_in_conftest_sets_the_environment_before_tests_are_imported(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    code, output = run_pytest(tmp_path, {}, test_main=TESTS, conftest='pytest_plugins = ["fastjose.testing.plugin"]\n')
    assert code == 0, output


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"ENVIRONMENT": "production"}, "ENVIRONMENT must be unset or one of development"),
        ({"ENVIRONMENT": "staging", "BETTER_AUTH_SECRET": SECRET}, "ENVIRONMENT must be unset or one of development"),
        ({"BETTER_AUTH_URL": "ftp://app.example.com"}, "BETTER_AUTH_URL"),
        ({"JWT_LEEWAY_SECONDS": "x"}, "JWT_LEEWAY_SECONDS"),
        ({"BETTER_AUTH_URL": "https://app.example.com", "JWT_PROFILE": "oauth"}, "JWT_PROFILE=oauth requires"),
        ({"OIDC_ISSUER": ISSUER}, "OIDC_ISSUER requires JWT_AUDIENCE"),
        ({"ALB_SIGNER": "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/b"}, "ALB_SIGNER must not be set"),
        ({"OIDC_ISSUER": "{tenant}"}, "OIDC_ISSUER must"),
        ({"OIDC_ISSUER": ISSUER, "JWKS_URL": "https://app.example.com/jwks"}, "OIDC_ISSUER and JWKS_URL"),
        ({"JWT_SECRET": SECRET, "BETTER_AUTH_SECRET": SECRET}, "JWT_SECRET and BETTER_AUTH_SECRET"),
    ],
)
def test_plugin_refuses_an_environment_that_it_cannot_serve(
    tmp_path: Path, environment: dict[str, str], reason: str
) -> None:
    code, output = run_pytest(tmp_path, environment, test_main=TESTS)
    assert code == pytest.ExitCode.USAGE_ERROR, output
    assert f"fastjose.testing: {reason}" in output
    assert SECRET not in output
    assert "Traceback" not in output


def test_jwks_server_fixture_needs_jwks_mode(tmp_path: Path) -> None:
    code, output = run_pytest(tmp_path, {"BETTER_AUTH_SECRET": SECRET}, test_main=ROTATION)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "the application must verify in JWKS mode to use jwks_server" in output


def test_plugin_is_off_by_default(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    code, output = run_pytest(tmp_path, {"BETTER_AUTH_SECRET": SECRET, "ENVIRONMENT": "test"}, test_main=TESTS)
    assert code == pytest.ExitCode.TESTS_FAILED, output
    assert "fixture 'auth_client' not found" in output


CHILD = """
import os
import subprocess
import sys

def test_process_that_inherits_the_environment():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_main.py"]
    assert subprocess.run(command, check=False).returncode == 0

def test_environment_is_as_before_after_another_run():
    import pytest
    names = ("JWKS_URL", "ENVIRONMENT", "FASTJOSE_TESTING_JWKS_URL")
    before = [os.environ[name] for name in names]
    assert pytest.main(["-p", "fastjose.testing.plugin", "--no-such-option"]) == pytest.ExitCode.USAGE_ERROR
    assert [os.environ[name] for name in names] == before
"""


def test_processes_that_inherit_the_environment_have_tokens_of_their_own(tmp_path: Path) -> None:
    """As those of pytest-xdist do."""
    (tmp_path / "pyproject.toml").write_text(
        f'{ENABLED}python_files = ["test_main.py", "parent.py"]\n', encoding="utf-8"
    )
    code, output = run_pytest(tmp_path, {}, test_main=TESTS, parent=CHILD)
    assert code == 0, output


@pytest.mark.parametrize("environment", [{}, {"JWKS_URL": ""}], ids=["not in the process", "empty in the process"])
def test_internal_url_in_env_file_is_replaced(tmp_path: Path, environment: dict[str, str]) -> None:
    lines = "BETTER_AUTH_URL=https://app.example.com\nJWKS_URL=http://web:3000/api/auth/jwks\n"
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    code, output = run_pytest(tmp_path, environment, test_main=TESTS, conftest="from main import app\n")
    assert code == 0, output


def test_env_file_counts_as_set(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "ENVIRONMENT=development\nBETTER_AUTH_URL=https://app.example.com\n", encoding="utf-8"
    )
    tests = TESTS.replace('assert os.environ["ENVIRONMENT"]', 'assert "ENVIRONMENT" not in os.environ')
    code, output = run_pytest(tmp_path, {}, test_main=tests)
    assert code == 0, output
