"""`fastjose doctor` says what to change if a database, Redis or the server of an issuer refuses a request."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

pytest.importorskip("typer")
from fastjose import jwt
from fastjose._cli.doctor.network.store_failures import describe_store_failure
from fastjose.testing import TokenIssuer
from support.environment.doctor import GOOD_SECRET, Diagnosis, diagnose
from support.servers.lookup_server import reply, reply_json, serve_lookups
from support.servers.postgresql import run_postgresql
from support.servers.redis_server import run_redis_server

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "pa55w0rd-of-the-url"
POSTGRESQL = f"postgresql+asyncpg://app:{PASSWORD}@127.0.0.1:5432/app"


def ask(monkeypatch: pytest.MonkeyPatch, path: Path, url: str) -> Diagnosis:
    environment = {
        "BETTER_AUTH_SECRET": GOOD_SECRET,
        "JWT_CREDENTIALS": "session",
        "BETTER_AUTH_URL": "https://app.acme.test",
        "BETTER_AUTH_SESSION_STORE": url,
    }
    diagnosis = diagnose(monkeypatch, path, environment)
    assert PASSWORD not in diagnosis.result.output
    return diagnosis


def test_doctor_wrong_and_missing_password_of_redis(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with run_redis_server(password="another-password") as server:
        for info, cure in ((f":{PASSWORD}@", "correct the password"), ("", "redis://:password@host")):
            diagnosis = ask(monkeypatch, tmp_path, f"redis://{info}{urlsplit(server.url).netloc.rpartition('@')[2]}/0")
            assert diagnosis.codes == {"secondary_storage_failed"}
            assert cure in diagnosis.finding("secondary_storage_failed")["cure"]


def test_doctor_port_without_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        urls = (f"redis://:{PASSWORD}@127.0.0.1:{port}/0", f"postgresql+asyncpg://a:{PASSWORD}@127.0.0.1:{port}/app")
        for url, server in zip(urls, ("Redis", "the database"), strict=True):
            diagnosis = ask(monkeypatch, tmp_path, url)
            assert diagnosis.codes == {"connection_refused"}
            assert f"start {server}" in diagnosis.finding("connection_refused")["cure"]


def test_doctor_missing_database_and_option_of_another_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with run_postgresql() as url:
        driver = url.replace("postgresql://", "postgresql+asyncpg://", 1)
        base, _, query = driver.partition("?")
        missing = f"{base.rpartition('/')[0]}/missing" + (f"?{query}" if query else "")
        diagnosis = ask(monkeypatch, tmp_path, missing)
        assert "no such database" in diagnosis.finding("database_failed")["cure"]
        assert diagnosis.codes == {"database_failed"}
        diagnosis = ask(monkeypatch, tmp_path, f"{driver}{'&' if query else '?'}sslmode=disable")
        assert "asyncpg has no sslmode" in diagnosis.finding("database_failed")["cure"]


@pytest.mark.parametrize(
    ("error", "code", "cure"),
    [
        ("DBAPIError, 28P01", "database_failed", "refuses user and password"),
        ("DBAPIError, 28000", "database_failed", "pg_hba.conf"),
        ("ProgrammingError, 42501", "database_failed", "GRANT SELECT"),
        ("DBAPIError, 53300", "database_failed", "max_connections"),
        ("gaierror", "host_not_found", "correct the host"),
        ("OperationalError", "database_failed", "check URL, user and tables"),
    ],
)
def test_doctor_cure_is_that_of_the_error(error: str, code: str, cure: str) -> None:
    reason = f"the database must answer ({error}): check the server, its URL and its tables"
    finding = describe_store_failure("text", reason, POSTGRESQL)
    assert (finding.code, finding.problem) == (code, "text")
    assert cure in finding.cure


@pytest.mark.parametrize("character", ["@", "/", "#", "?"])
def test_doctor_password_with_reserved_characters_is_named(character: str) -> None:
    reason = "the database must answer (gaierror): check the server, its URL and its tables"
    finding = describe_store_failure("text", reason, POSTGRESQL.replace("-of-", character))
    assert "%40" in finding.cure
    assert "%40" not in describe_store_failure("text", reason, POSTGRESQL).cure


def test_doctor_missing_driver_names_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    diagnosis = ask(monkeypatch, tmp_path, f"postgresql+psycopg://app:{PASSWORD}@127.0.0.1/app")
    assert diagnosis.finding("missing_extra")["cure"] == 'pip install "psycopg[binary]"'


@pytest.mark.parametrize(
    ("status", "code"), [(401, "not_permitted"), (403, "not_permitted"), (503, "server_failed"), (404, "url_of_page")]
)
def test_doctor_page_of_discovery_is_explained_by_its_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, code: str
) -> None:
    page = "<html><h1>Sorry</h1></html>"
    with serve_lookups(lambda _: reply(status, page, content_type="text/html")) as server:
        environment = {"OIDC_ISSUER": server.url, "JWT_AUDIENCE": "api"}
        assert diagnose(monkeypatch, tmp_path, environment).codes == {code}


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("OIDC_AUTHORITY", "rename it to OIDC_ISSUER"),
        ("KEYCLOAK_ISSUER", "rename it to OIDC_ISSUER"),
        ("KEYCLOAK_URL", "/realms/"),
        ("AUTH0_DOMAIN", "https:// before it"),
        ("JWT_SIGNING_KEY", "rename it to JWT_SECRET"),
    ],
)
def test_doctor_names_of_other_programs_are_mapped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, cure: str
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {name: "acme.test"}, "--offline")
    assert cure in diagnosis.finding("misspelled_variable")["cure"]


def test_doctor_sign_in_at_another_server_names_its_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = TokenIssuer().jwk_set
    with serve_lookups(lambda each: reply_json(keys) if each.target.endswith("/jwks") else reply(404)) as server:
        environment = {"BETTER_AUTH_URL": server.url, "FASTJOSE_SIGN_IN_PASSWORD": PASSWORD}
        diagnosis = diagnose(monkeypatch, tmp_path, environment, "--sign-in", "ada@acme.test")
    finding = diagnosis.finding("sign_in_failed")
    assert f"{server.url}/api/auth/sign-in/email" in finding["problem"]
    assert "BETTER_AUTH_URL" in finding["cure"]


@pytest.mark.parametrize(
    ("settings", "cure"),
    [
        ({"JWT_AUDIENCE": "web", "JWT_CLIENT_ID": "todo"}, "set JWT_AUDIENCE=todo, and JWT_CLIENT_ID=web"),
        ({"JWT_AUDIENCE": "todo", "JWT_USER_ID_CLAIM": "email"}, "set JWT_USER_ID_CLAIM to a claim"),
    ],
)
def test_doctor_setting_that_does_not_fit_the_token_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: dict[str, str], cure: str
) -> None:
    claims = {"sub": "u", "aud": "todo", "azp": "web", "iss": "https://id.acme.test", "exp": 4_000_000_000}
    (tmp_path / "token").write_text(jwt.encode(claims, GOOD_SECRET, algorithm="HS256"), encoding="utf-8")
    environment = {"JWT_SECRET": GOOD_SECRET, "JWT_ISSUER": "https://id.acme.test", **settings}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--token-file", "token")
    assert cure in diagnosis.finding("token_rejected")["cure"]
