"""`fastjose doctor` names variables of missing files, a proxy without a scheme, and what `--offline` leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer")
from fastjose.testing import TokenIssuer, serve_jwks
from support.environment.doctor import GOOD_SECRET, diagnose
from support.processes.command_line import run_command
from support.servers.issuer_server import Answer, serve_issuer
from support.servers.lookup_server import reply_json, serve_lookups
from support.servers.tls_server import CertificateAuthority, serve_response

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "pa55w0rd-of-the-url"
OF_KEYS = ("JWKS_BEARER_TOKEN_FILE", "JWKS_CA_CERTIFICATES", "JWKS_CLIENT_CERTIFICATE")
OPAQUE = {"JWT_CREDENTIALS": "opaque", "INTROSPECTION_CLIENT_ID": "api", "JWT_AUDIENCE": "api"}
SECRET_FILE = "INTROSPECTION_CLIENT_SECRET_FILE"


def break_path(kind: str, folder: Path) -> str:
    """Return a path at which no file can be read."""
    paths = {"missing": folder / "secret", "folder": folder, "empty": folder / "empty"}
    if kind == "empty":
        paths[kind].touch()
    return "secret" if kind == "relative" else str(paths[kind])


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize(
    ("kind", "problem", "cure"),
    [
        ("missing", "does not exist in", "create or mount"),
        ("folder", "not a file but a folder", "create or mount"),
        ("relative", "does not exist in", "absolute path"),
        ("empty", "is empty", "create or mount"),
    ],
)
@pytest.mark.parametrize("variable", [*OF_KEYS, SECRET_FILE])
def test_doctor_file_that_cannot_be_read_is_named(  # noqa: PLR0913, PLR0917 - fixtures and the case
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, kind: str, problem: str, cure: str, *, offline: bool
) -> None:
    with serve_jwks(TokenIssuer()) as keys, serve_lookups(lambda _: reply_json({"active": False})) as lookups:
        environment = {"BETTER_AUTH_URL": keys.issuer_url, variable: break_path(kind, tmp_path)}
        if variable == SECRET_FILE:
            environment = {**OPAQUE, "INTROSPECTION_URL": lookups.url, variable: environment[variable]}
        diagnosis = diagnose(monkeypatch, tmp_path, environment, *(["--offline"] if offline else []))
    assert diagnosis.codes == {"file_unreadable"}, diagnosis.document["findings"]
    finding = diagnosis.finding("file_unreadable")
    assert finding["problem"].startswith(f"{variable} is the path of a file that ")
    assert problem in finding["problem"]
    assert variable in finding["cure"]
    assert cure in finding["cure"]


@pytest.mark.parametrize("variable", [*OF_KEYS, SECRET_FILE])
def test_doctor_secret_in_place_of_its_path_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    with serve_jwks(TokenIssuer()) as keys:
        environment = {"BETTER_AUTH_URL": keys.issuer_url, variable: GOOD_SECRET}
        if variable == SECRET_FILE:
            environment = {**OPAQUE, "INTROSPECTION_URL": keys.url, variable: GOOD_SECRET}
        diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert "file_unreadable" in diagnosis.codes
    assert GOOD_SECRET not in diagnosis.result.output


def test_doctor_file_that_has_no_certificate_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not PEM", encoding="utf-8")
    with serve_jwks(TokenIssuer()) as keys:
        environment = {"BETTER_AUTH_URL": keys.issuer_url, "JWKS_CA_CERTIFICATES": str(tmp_path / "ca.pem")}
        diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"file_unreadable"}
    assert "JWKS_CA_CERTIFICATES must contain" in diagnosis.finding("file_unreadable")["problem"]


def test_doctor_client_certificate_that_is_required_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = CertificateAuthority()
    certificate = authority.sign_server_certificate(tmp_path / "server.pem")
    ca = authority.write_certificate(tmp_path / "ca.pem")
    with serve_response(certificate=certificate, client_ca=ca) as port:
        environment = {"BETTER_AUTH_URL": f"https://localhost:{port}", "JWKS_CA_CERTIFICATES": str(ca)}
        diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"client_certificate"}, diagnosis.document["findings"]
    assert "JWKS_CLIENT_CERTIFICATE" in diagnosis.finding("client_certificate")["cure"]


@pytest.mark.parametrize("value", ["proxy:3128", "proxy", f"user:{PASSWORD}@proxy:3128", '"proxy:3128"'])
def test_doctor_proxy_without_scheme_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": "https://app.acme.test", "JWKS_PROXY": value})
    assert diagnosis.codes - {"quoted_value"} == {"invalid_value"}
    finding = diagnosis.finding("invalid_value")
    assert finding["problem"].startswith("JWKS_PROXY must be a URL")
    assert "JWKS_PROXY=http://host:port" in finding["cure"]
    assert PASSWORD not in diagnosis.result.output


OFFLINE = [
    ({"BETTER_AUTH_URL": "{url}"}, ["the keys of BETTER_AUTH_URL", "the clock", "the base URL of Better Auth"]),
    ({"OIDC_ISSUER": "{url}", "JWT_AUDIENCE": "api"}, ["the discovery document of OIDC_ISSUER", "the clock"]),
    ({"JWKS_URL": "{url}/keys", "JWT_AUDIENCE": "api"}, ["the keys of JWKS_URL"]),
    ({"BETTER_AUTH_URL": "{url}", "JWT_CREDENTIALS": "api_key"}, ["the store of API keys"]),
    (
        {"BETTER_AUTH_URL": "{url}", "JWT_CREDENTIALS": "session", "BETTER_AUTH_SECRET": GOOD_SECRET},
        ["the store of sessions"],
    ),
    ({**OPAQUE, "INTROSPECTION_URL": "{url}", "INTROSPECTION_CLIENT_SECRET": PASSWORD}, ["the introspection endpoint"]),
]


@pytest.mark.parametrize(("names", "parts"), OFFLINE)
def test_doctor_offline_says_what_it_did_not_check_and_asks_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: dict[str, str], parts: list[str]
) -> None:
    with serve_issuer() as server:
        issuer = TokenIssuer(server.url)
        server.answers["/api/auth/jwks"] = server.answers["/keys"] = Answer(issuer.jwk_set)
        environment = {name: value.format(url=server.url) for name, value in names.items()}
        arguments: Any = ("--offline", "--token-file", "-", "--sign-in", "ada@acme.test")
        diagnosis = diagnose(monkeypatch, tmp_path, environment, *arguments, standard_input=issuer.mint_token())
        text = run_command("doctor", "--offline").output
    assert server.requests == []
    said = diagnosis.document["facts"]["not checked"]
    for part in [*parts, "the token", "the sign-in"]:
        assert part in said
    assert "– not checked" in text


def test_doctor_offline_verifies_a_token_that_needs_no_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = {"JWT_SECRET": GOOD_SECRET}
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline", "--token-file", "-", standard_input="a.b.c")
    assert diagnosis.codes == {"token_rejected"}
    assert "not checked" not in diagnosis.document["facts"]
