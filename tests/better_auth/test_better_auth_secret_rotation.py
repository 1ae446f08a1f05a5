"""A changed secret of a real Better Auth, whose plugin `jwt()` encrypts its private keys with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from fastjose import better_auth
from fastjose.exceptions import JWTError
from support.better_auth.server import BetterAuth, Browser, run_better_auth_server
from support.servers.ports import find_free_port

pytest.importorskip("typer")
from support.environment.doctor import diagnose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fastjose import Verifier

OLD, NEW = "an-old-secret-of-these-tests-0123456789", "a-new-secret-of-these-tests-0123456789"
BOTH_VERSIONS = {"BETTER_AUTH_SECRETS": f"2:{NEW},1:{OLD}"}
INTERNAL_SERVER_ERROR = 500
EMAIL, PASSWORD = "ada@acme.test", "correct horse battery staple"


class Installation(NamedTuple):
    """What outlives a restart of Better Auth: its database, its port, and a token that it signed with its first key."""

    folder: Path
    port: int
    token: str

    @contextmanager
    def run(self, secret_variables: Mapping[str, str]) -> Iterator[BetterAuth]:
        """Run the server with these variables."""
        with _run(self.folder, secret_variables, port=self.port) as server:
            yield server

    def delete_keys(self) -> None:
        """Delete the rows of the table of keys."""
        with closing(sqlite3.connect(self.folder / "auth.db")) as connection, connection:
            assert connection.execute("DELETE FROM jwks").rowcount == 1


def _run(folder: Path, secret_variables: Mapping[str, str], port: int) -> AbstractContextManager[BetterAuth]:
    database_url = f"sqlite://{folder / 'auth.db'}"
    return run_better_auth_server(
        "default", folder / "log", port, database_url=database_url, secret_variables=secret_variables
    )


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    with _run(tmp_path, {"BETTER_AUTH_SECRET": OLD}, port=find_free_port()) as server, Browser(server) as browser:
        browser.sign_up(EMAIL, PASSWORD, "Ada")
        return Installation(tmp_path, server.port, browser.fetch_token())


def fetch_token(server: BetterAuth) -> str | None:
    """Sign in, and return a token; None if Better Auth cannot sign one."""
    with Browser(server) as browser:
        browser.sign_in(EMAIL, PASSWORD)
        try:
            return browser.fetch_token()
        except httpx.HTTPStatusError as error:
            if error.response.status_code == INTERNAL_SERVER_ERROR:
                return None
            raise


def is_accepted(verifier: Verifier, token: str | None) -> bool:
    assert token is not None
    try:
        verifier.verify(token)
    except JWTError:
        return False
    return True


@pytest.mark.parametrize("secret_variables", [{"BETTER_AUTH_SECRET": NEW}, BOTH_VERSIONS], ids=["only new", "versions"])
def test_without_the_old_secret_in_its_variable_no_token_is_signed(
    installation: Installation, secret_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with installation.run(secret_variables) as server:
        assert fetch_token(server) is None
        environment = {"BETTER_AUTH_URL": server.origin, "FASTJOSE_SIGN_IN_PASSWORD": PASSWORD}
        folder = tmp_path / "application"
        folder.mkdir()
        diagnosis = diagnose(monkeypatch, folder, environment, "--sign-in", EMAIL)
    assert "Failed to decrypt private key" in (installation.folder / "log").read_text(encoding="utf-8")
    finding = diagnosis.finding("no_token")
    assert "status 500" in finding["problem"]
    assert "secret" in finding["cure"]
    assert "plugin" not in finding["cure"]


def test_old_secret_beside_the_versions_keeps_every_token(installation: Installation) -> None:
    with installation.run({**BOTH_VERSIONS, "BETTER_AUTH_SECRET": OLD}) as server:
        verifier = better_auth.api_verifier(server.origin)
        assert is_accepted(verifier, fetch_token(server))
        assert is_accepted(verifier, installation.token)


def test_key_created_after_the_rotation_needs_the_versions_alone(installation: Installation) -> None:
    installation.delete_keys()
    with installation.run(BOTH_VERSIONS) as server:
        assert fetch_token(server) is not None
    with installation.run({"BETTER_AUTH_SECRETS": f"3:{NEW[::-1]},2:{NEW}"}) as server:
        assert fetch_token(server) is not None


def test_deleted_keys_after_a_leak_are_replaced_and_old_tokens_rejected(installation: Installation) -> None:
    with installation.run({"BETTER_AUTH_SECRET": NEW}) as server:
        verifier = better_auth.api_verifier(server.origin)
        assert is_accepted(verifier, installation.token)
        installation.delete_keys()
        assert is_accepted(verifier, installation.token)  # until the next fetch of keys
        assert is_accepted(verifier, fetch_token(server))
        assert not is_accepted(verifier, installation.token)
        assert not is_accepted(better_auth.api_verifier(server.origin), installation.token)
