"""`fastjose.testing.plugin` beside a `.env` with the options for the network of the real issuer, which it replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fastjose._config.names.dropped_lines import FETCH_OPTIONS, VARIABLE
from fastjose.settings import AuthSettings, load_settings
from support.environment.fresh_import import set_environment
from support.processes.pytest_process import run_pytest

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = {
    "JWKS": "BETTER_AUTH_URL=https://app.example.com",
    "OIDC": "OIDC_ISSUER=https://acme.eu.auth0.com/\nJWT_AUDIENCE=api",
}
LINES = {
    "JWKS_HEADERS": '{"X-A": "b"}',
    "JWKS_BEARER_TOKEN_FILE": "missing",
    "JWKS_CA_CERTIFICATES": "missing.pem",
    "JWKS_CLIENT_CERTIFICATE": "missing.pem",
    "JWKS_PROXY": "http://127.0.0.1:1",
}
APPLICATION = """
from fastapi import FastAPI
from fastjose.auth import AuthenticatedUser, CurrentUser

app = FastAPI()

@app.get("/me")
async def me(user: AuthenticatedUser) -> CurrentUser:
    return user
"""
TESTS = """
import subprocess, sys
from fastjose.settings import load_settings
from main import app

def test_user(auth_client):
    assert auth_client(app, user_id="user-7").get("/me").json()["user_id"] == "user-7"

def test_user_in_another_process(mint_token):
    code = "import sys; from fastjose.auth import verify_token; print(verify_token(sys.argv[1]).sub)"
    command = [sys.executable, "-c", code, mint_token(user_id="user-7")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "user-7\\n"

def test_options_of_the_real_issuer_do_not_apply():
    settings = load_settings()
    options = (settings.jwks_headers, settings.jwks_bearer_token_file, settings.jwks_ca_certificates)
    assert (*options, settings.jwks_client_certificate, settings.jwks_proxy) == (None,) * 5
    assert settings.jwt_leeway_seconds == 7
"""


@pytest.mark.http
@pytest.mark.parametrize("source", SOURCES)
def test_application_under_test_does_not_use_the_network_options_of_the_file(tmp_path: Path, source: str) -> None:
    lines = [SOURCES[source], "JWT_LEEWAY_SECONDS=7", *(f"{name}={value}" for name, value in LINES.items())]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    code, output = run_pytest(tmp_path, {}, main=APPLICATION, test_main=TESTS)
    assert code == 0, output
    assert "3 passed" in output


def test_dropped_lines_are_those_of_network_options_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = {**LINES, "JWT_AUDIENCE": "api", "JWT_ALLOW_SHORT_SECRET": "0"}
    (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in named.items()), encoding="utf-8")
    set_environment(monkeypatch, tmp_path, {VARIABLE: "JWT_AUDIENCE,JWT_ALLOW_SHORT_SECRET,JWKS_PROXY"})
    settings = load_settings()
    assert settings.jwks_proxy is None
    assert settings.model_fields_set == {name.lower() for name in named} - {"jwks_proxy"}
    monkeypatch.delenv(VARIABLE)
    assert load_settings().model_fields_set == {name.lower() for name in named}


def test_dropped_line_does_not_hide_the_variable_of_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_environment(monkeypatch, tmp_path, {VARIABLE: "JWKS_PROXY", "JWKS_PROXY": "http://proxy:3128"})
    assert load_settings().jwks_proxy is not None


def test_lines_to_drop_are_every_option_of_fetches() -> None:
    others = {"JWKS_URL", "JWKS_ALLOW_HTTP"}  # they do no harm on loopback, and the first one is replaced
    assert {name.upper() for name in AuthSettings.model_fields if name.startswith("jwks_")} - others == set(
        FETCH_OPTIONS
    )
    assert set(LINES) == set(FETCH_OPTIONS)
