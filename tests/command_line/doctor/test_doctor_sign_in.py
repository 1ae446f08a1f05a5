"""`fastjose doctor --sign-in` at real Better Auth servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer")
from fastjose.testing import TokenIssuer
from support.better_auth.server import RELEASE_LINES, BetterAuth, Browser, run_better_auth_servers
from support.environment.doctor import Diagnosis, diagnose
from support.environment.fresh_import import set_environment
from support.processes.command_line import run_command
from support.servers.lookup_server import Request, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMAIL, PASSWORD = "ada@acme.test", "correct horse battery staple"
CONFIGURATIONS = ("default", "es256", "exp-number", "aud-list", "sessions")
PASSWORD_VARIABLE = "FASTJOSE_SIGN_IN_PASSWORD"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BetterAuth]]:
    log = tmp_path_factory.mktemp("better-auth") / "log"
    with run_better_auth_servers(CONFIGURATIONS, log, RELEASE_LINES[0]) as running:
        for server in running.values():
            with Browser(server) as browser:
                browser.sign_up(EMAIL, PASSWORD, "Ada")
        yield running


def sign_in(
    monkeypatch: pytest.MonkeyPatch, path: Path, environment: dict[str, str], password: str = PASSWORD
) -> Diagnosis:
    diagnosis = diagnose(monkeypatch, path, {**environment, PASSWORD_VARIABLE: password}, "--sign-in", EMAIL)
    assert password not in diagnosis.result.output
    assert "eyJ" not in diagnosis.result.output
    return diagnosis


@pytest.mark.parametrize("credentials", ["jwt", "jwt,session", "session", "cookie"])
def test_doctor_sign_in_with_right_configuration_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, servers: dict[str, BetterAuth], credentials: str
) -> None:
    server = servers["sessions"]
    environment = {"BETTER_AUTH_URL": server.origin, "JWT_CREDENTIALS": credentials}
    if credentials != "jwt":
        environment["BETTER_AUTH_SECRET"] = server.secret
    if credentials == "cookie":
        environment["JWT_TRUSTED_ORIGINS"] = server.origin
    diagnosis = sign_in(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == set()
    assert diagnosis.notes == ({"credentials_not_tried"} if "," in credentials else set())
    assert diagnosis.document["token"]["is_accepted"] is True


@pytest.mark.parametrize("credentials", ["jwt", "session"])
def test_doctor_sign_in_ends_its_session(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, servers: dict[str, BetterAuth], credentials: str
) -> None:
    server = servers["sessions"]
    with Browser(server) as browser:
        browser.sign_in(EMAIL, PASSWORD)
        before = browser.get("/list-sessions").json()
        sign_in(monkeypatch, tmp_path, {"BETTER_AUTH_URL": server.origin, "JWT_CREDENTIALS": credentials})
        assert browser.get("/list-sessions").json() == before


@pytest.mark.parametrize(
    ("configuration", "settings", "code", "line"),
    [
        ("default", {"BETTER_AUTH_URL": "http://localhost:{port}"}, "wrong_audience", "BETTER_AUTH_URL={origin}"),
        ("default", {"BETTER_AUTH_URL": "{origin}", "JWT_AUDIENCE": "api"}, "wrong_audience", "JWT_AUDIENCE={origin}"),
        ("default", {"BETTER_AUTH_URL": "{origin}", "JWT_PROFILE": "oauth", "JWT_AUDIENCE": "api"}, "wrong_type", None),
        ("es256", {"BETTER_AUTH_URL": "{origin}", "JWT_ALGORITHM": "EdDSA"}, "algorithm_not_allowed", None),
        ("exp-number", {"BETTER_AUTH_URL": "{origin}"}, "expired", None),
        ("aud-list", {"BETTER_AUTH_URL": "{origin}"}, "wrong_audience", "JWT_ISSUER=https://issuer.example"),
    ],
)
def test_doctor_sign_in_explains_a_rejection(  # noqa: PLR0913, PLR0917 - fixtures and the case
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    servers: dict[str, BetterAuth],
    configuration: str,
    settings: dict[str, str],
    code: str,
    line: str | None,
) -> None:
    server = servers[configuration]
    environment = {name: value.format(origin=server.origin, port=server.port) for name, value in settings.items()}
    diagnosis = sign_in(monkeypatch, tmp_path, environment)
    assert "token_rejected" in diagnosis.codes
    assert diagnosis.document["token"]["code"] == code
    expected = None if line is None else line.format(origin=server.origin)
    assert diagnosis.finding("token_rejected")["line"] == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_doctor_base_url_of_better_auth_is_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, servers: dict[str, BetterAuth], host: str
) -> None:
    server = servers["default"]
    diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": f"http://{host}:{server.port}"})
    lines = [finding["line"] for finding in diagnosis.document["findings"]]
    assert diagnosis.codes == (set() if host == "127.0.0.1" else {"base_url_mismatch"})
    assert lines == ([] if host == "127.0.0.1" else [f"BETTER_AUTH_URL={server.origin}"])


def test_doctor_sign_in_with_wrong_password_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, servers: dict[str, BetterAuth]
) -> None:
    diagnosis = sign_in(monkeypatch, tmp_path, {"BETTER_AUTH_URL": servers["default"].origin}, "another password")
    assert diagnosis.codes == {"sign_in_failed"}
    assert "wrong" in diagnosis.finding("sign_in_failed")["problem"]


def test_doctor_sign_in_with_wrong_secret_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, servers: dict[str, BetterAuth]
) -> None:
    secret = servers["default"].secret[::-1]
    environment = {"BETTER_AUTH_URL": servers["sessions"].origin, "JWT_CREDENTIALS": "session"}
    diagnosis = sign_in(monkeypatch, tmp_path, {**environment, "BETTER_AUTH_SECRET": secret})
    assert diagnosis.document["token"]["code"] == "bad_session_signature"
    assert secret not in diagnosis.result.output


def test_doctor_sign_in_without_password_is_an_error_of_usage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": "http://127.0.0.1:1"})
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    result = run_command("doctor", "--sign-in", EMAIL)
    assert (result.exit_code, result.output) == (2, "")
    assert PASSWORD_VARIABLE in result.errors


@pytest.mark.parametrize("answer", [None, [], {"twoFactorRedirect": True}, {"token": 7}, "text"])
def test_doctor_sign_in_at_another_server_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: Any
) -> None:
    with serve_lookups(lambda _: reply_json(answer)) as running:
        diagnosis = sign_in(monkeypatch, tmp_path, {"BETTER_AUTH_URL": running.url})
    assert not diagnosis.codes.isdisjoint({"sign_in_failed", "no_token"})


@pytest.mark.parametrize("failing", ["/sign-in/email", "/token"])
def test_doctor_sign_in_at_a_failing_server_names_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, failing: str
) -> None:
    def respond(request: Request) -> list[bytes]:
        if request.target.endswith("/jwks"):
            return reply_json(TokenIssuer().jwk_set)
        return reply_json({}, status=500 if request.target.endswith(failing) else 200)

    with serve_lookups(respond) as running:
        diagnosis = sign_in(monkeypatch, tmp_path, {"BETTER_AUTH_URL": running.url})
    finding = diagnosis.finding("sign_in_failed" if failing == "/sign-in/email" else "no_token")
    assert "status 500" in finding["problem"]
    assert "log of Better Auth" in finding["cure"]
    assert "plugin" not in finding["cure"]


def test_doctor_that_tried_a_credential_does_not_ask_for_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, servers: dict[str, BetterAuth]
) -> None:
    environment = {"BETTER_AUTH_URL": servers["default"].origin, PASSWORD_VARIABLE: PASSWORD}
    set_environment(monkeypatch, tmp_path, environment)
    output = run_command("doctor", "--sign-in", EMAIL).output
    assert output.endswith("No mistake was found.\n")
