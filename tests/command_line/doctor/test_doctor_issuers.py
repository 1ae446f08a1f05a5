"""`fastjose doctor` names an issuer in the wrong variable, and internal URLs; what it says to set is tried."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typer")
from fastjose.testing import TokenIssuer, serve_jwks
from support.better_auth.server import run_better_auth_server
from support.environment.doctor import Diagnosis, diagnose
from support.servers.issuer_server import OIDC_PATH, Answer, IssuerServer, serve_issuer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JWK_SET = TokenIssuer().jwk_set
PUBLIC = "https://login.acme.test/realms/a"
NAMES_IN_CODE = re.compile(r"RemoteKeySet|timeout_seconds|ca_certificates|client_certificate|client_secret")


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as running:
        yield running


def check_names(diagnosis: Diagnosis) -> None:
    """Check that the texts are in the names of the environment."""
    for finding in diagnosis.document["findings"]:
        assert NAMES_IN_CODE.search(finding["problem"] + finding["cure"]) is None, finding


def test_doctor_better_auth_in_place_of_an_issuer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with run_better_auth_server("default", tmp_path / "log") as better_auth:
        environment = {"OIDC_ISSUER": better_auth.origin, "JWT_AUDIENCE": "api"}
        diagnosis = diagnose(monkeypatch, tmp_path, environment)
        cured = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": better_auth.origin})
    assert diagnosis.codes == {"no_discovery_document"}
    finding = diagnosis.finding("no_discovery_document")
    assert finding["line"] == f"BETTER_AUTH_URL={better_auth.origin}"
    assert "remove OIDC_ISSUER" in finding["cure"]
    check_names(diagnosis)
    assert cured.codes == set()


def test_doctor_issuer_without_document_is_cured_in_names_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {"OIDC_ISSUER": server.url, "JWT_AUDIENCE": "api"})
    assert diagnosis.codes == {"no_discovery_document"}
    assert "set JWKS_URL and JWT_ISSUER" in diagnosis.finding("no_discovery_document")["cure"]
    check_names(diagnosis)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("answer", [Answer(status=404), Answer({"realm": "a"})])
def test_doctor_issuer_in_place_of_keys_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer, answer: Answer, slash: str
) -> None:
    issuer = f"{server.url}/realms/a"
    server.publish(issuer, JWK_SET, path=f"/realms/a{OIDC_PATH}", jwks_path="/realms/a/certs")
    server.answers[f"/realms/a{slash}"] = answer
    environment = {"JWKS_URL": issuer + slash, "JWT_ISSUER": issuer, "JWT_AUDIENCE": "api"}
    diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"url_of_issuer"}, diagnosis.document["findings"]
    assert diagnosis.finding("url_of_issuer")["line"] == f"OIDC_ISSUER={issuer}"
    cured = diagnose(monkeypatch, tmp_path, {"OIDC_ISSUER": issuer, "JWT_AUDIENCE": "api"})
    assert cured.codes == set()


def test_doctor_keys_in_place_of_issuer_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve_jwks(TokenIssuer()) as running:
        diagnosis = diagnose(monkeypatch, tmp_path, {"OIDC_ISSUER": running.url, "JWT_AUDIENCE": "api"})
    assert diagnosis.codes == {"url_of_keys"}, diagnosis.document["findings"]
    assert diagnosis.finding("url_of_keys")["line"] == f"OIDC_ISSUER={running.issuer_url}"
    check_names(diagnosis)


@pytest.mark.parametrize("keys_url", ["{url}/realms/a/certs", "https://login.acme.test/realms/a/certs"])
def test_doctor_internal_url_of_issuer_keeps_the_public_issuer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer, keys_url: str
) -> None:
    server.publish(PUBLIC, JWK_SET, path=f"/realms/a{OIDC_PATH}", jwks_path="/realms/a/certs")
    document = {"issuer": PUBLIC, "jwks_uri": keys_url.format(url=server.url)}
    server.answers[f"/realms/a{OIDC_PATH}"] = Answer(document)
    environment = {"OIDC_ISSUER": f"{server.url}/realms/a", "JWT_AUDIENCE": "api"}
    diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"internal_issuer"}, diagnosis.document["findings"]
    finding = diagnosis.finding("internal_issuer")
    assert finding["line"] == f"JWKS_URL={server.url}/realms/a/certs"
    assert "JWKS_ALLOW_HTTP" not in finding["cure"]  # a loopback address needs no permission
    named = dict(each.split("=", 1) for each in re.findall(r"(?:JWT|JWKS)_[A-Z]+=[^\s,;]+", finding["cure"]))
    assert named["JWT_ISSUER"] == PUBLIC
    cured = diagnose(monkeypatch, tmp_path, {**named, "JWT_AUDIENCE": "api"})
    assert cured.codes == set(), cured.document["findings"]


def test_doctor_internal_url_without_keys_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: IssuerServer
) -> None:
    server.answers[OIDC_PATH] = Answer({"issuer": PUBLIC, "jwks_uri": "https://login.acme.test/keys"})
    diagnosis = diagnose(monkeypatch, tmp_path, {"OIDC_ISSUER": server.url, "JWT_AUDIENCE": "api"})
    assert diagnosis.codes == {"discovery_mismatch"}
    assert diagnosis.finding("discovery_mismatch")["line"] == f"OIDC_ISSUER={PUBLIC}"


@pytest.mark.parametrize(
    ("environment", "codes"),
    [
        ({"BETTER_AUTH_URL": "http://auth:3000"}, {"plain_http", "internal_base_url"}),
        ({"OIDC_ISSUER": "http://keycloak:8080/realms/a", "JWT_AUDIENCE": "api"}, {"plain_http"}),
        ({"JWKS_URL": "http://auth:3000/keys", "JWT_ISSUER": PUBLIC, "JWT_AUDIENCE": "api"}, {"plain_http"}),
        ({"BETTER_AUTH_URL": "http://auth.acme.com"}, {"plain_http"}),
    ],
)
def test_doctor_plain_http_is_permitted_to_internal_hosts_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], codes: set[str]
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, environment, "--offline")
    assert diagnosis.codes == codes
    is_public = "acme.com" in str(environment)
    assert diagnosis.finding("plain_http")["line"] == (None if is_public else "JWKS_ALLOW_HTTP=1")
    if "internal_base_url" in codes:
        finding = diagnosis.finding("internal_base_url")
        assert finding["line"] == "JWKS_URL=http://auth:3000/api/auth/jwks"
        assert "JWKS_ALLOW_HTTP=1" in finding["cure"]


@pytest.mark.parametrize(
    ("changes", "is_named"),
    [
        ({}, True),
        ({"JWT_PROFILE": "oidc"}, False),
        ({"JWT_PROFILE": "api"}, False),
        ({"BETTER_AUTH_URL": "https://app.acme.test"}, False),
        ({"JWKS_URL": "https://app.acme.test/api/auth/jwks"}, False),
    ],
)
def test_doctor_forgotten_profile_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, str], *, is_named: bool
) -> None:
    environment = {"JWKS_URL": "https://idp.acme.test/keys", "JWT_ISSUER": "https://idp.acme.test"}
    diagnosis = diagnose(monkeypatch, tmp_path, {**environment, "JWT_AUDIENCE": "api", **changes}, "--offline")
    assert ("profile_not_set" in diagnosis.codes) == is_named
    if is_named:
        assert diagnosis.finding("profile_not_set")["line"] == "JWT_PROFILE=oidc"
