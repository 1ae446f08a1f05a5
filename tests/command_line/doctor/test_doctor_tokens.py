"""`fastjose doctor --token-file`: the right line for a rejected token, and what an accepted one shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer")
from fastjose.testing import TokenIssuer
from support.environment.doctor import Diagnosis, diagnose
from support.servers.issuer_server import IssuerServer, serve_issuer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAGE, PROD = TokenIssuer(), TokenIssuer()
ROLES = ["admin", "editor"]


@pytest.fixture
def stage() -> Iterator[IssuerServer]:
    with serve_issuer() as running:
        running.publish(running.url, STAGE.jwk_set)
        yield running


@pytest.fixture
def prod() -> Iterator[IssuerServer]:
    with serve_issuer() as running:
        running.publish(running.url, PROD.jwk_set)
        yield running


def check(
    monkeypatch: pytest.MonkeyPatch, path: Path, environment: dict[str, str], issuer: TokenIssuer, **claims: Any
) -> Diagnosis:
    token = issuer.mint_token(**{"aud": "api", **claims})
    diagnosis = diagnose(monkeypatch, path, environment, "--token-file", "-", standard_input=token)
    assert token not in diagnosis.result.output
    return diagnosis


def oidc(server: IssuerServer, **further: str) -> dict[str, str]:
    return {"OIDC_ISSUER": server.url, "JWT_AUDIENCE": "api", **further}


@pytest.mark.parametrize("claims", [{"nonce": "n"}, {"at_hash": "h"}])
def test_doctor_line_for_an_id_token_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: IssuerServer, claims: dict[str, str]
) -> None:
    diagnosis = check(monkeypatch, tmp_path, oidc(stage), STAGE, iss=stage.url, aud="spa", **claims)
    assert diagnosis.finding("token_rejected")["line"] is None


def test_doctor_line_for_a_token_of_another_environment_is_its_oidc_issuer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: IssuerServer, prod: IssuerServer
) -> None:
    diagnosis = check(monkeypatch, tmp_path, oidc(stage), PROD, iss=prod.url)
    assert diagnosis.finding("token_rejected")["line"] == f"OIDC_ISSUER={prod.url}"


def test_doctor_line_for_keys_of_another_environment_is_the_key_url(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: IssuerServer, prod: IssuerServer
) -> None:
    environment = {
        "JWKS_URL": f"{stage.url}/jwks",
        "JWT_ISSUER": prod.url,
        "JWT_AUDIENCE": "api",
        "JWT_PROFILE": "oidc",
    }
    diagnosis = check(monkeypatch, tmp_path, environment, PROD, iss=prod.url)
    lines = {finding["line"] for finding in diagnosis.document["findings"]}
    assert diagnosis.codes == {"issuer_mismatch", "token_rejected"}
    assert lines == {f"JWKS_URL={prod.url}/jwks"}


@pytest.mark.parametrize("claims", [{"nonce": "n"}, {"at_hash": "h"}, {"token_use": "id"}, {"typ": "ID"}])
def test_doctor_accepted_id_token_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: IssuerServer, claims: dict[str, str]
) -> None:
    diagnosis = check(monkeypatch, tmp_path, oidc(stage, JWT_AUDIENCE="spa"), STAGE, iss=stage.url, aud="spa", **claims)
    assert diagnosis.document["token"]["is_accepted"]
    assert diagnosis.codes == {"id_token"}


@pytest.mark.parametrize(
    ("further", "claims", "line"),
    [
        ({}, {"realm_access": {"roles": ROLES}}, "JWT_ROLES_CLAIM=realm_access.roles"),
        ({}, {"cognito:groups": ROLES}, "JWT_ROLES_CLAIM=cognito:groups"),
        ({}, {"groups": ROLES}, "JWT_ROLES_CLAIM=groups"),
        ({}, {"https://acme.test/roles": ROLES}, "JWT_ROLES_CLAIM=https://acme.test/roles"),
        ({"JWT_ROLES_CLAIM": "realm_access.roles"}, {"roles": ROLES}, "JWT_ROLES_CLAIM=roles"),
    ],
)
def test_doctor_roles_at_another_place_are_named(  # noqa: PLR0913, PLR0917 - fixtures, and the case
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stage: IssuerServer,
    further: dict[str, str],
    claims: dict[str, Any],
    line: str,
) -> None:
    diagnosis = check(monkeypatch, tmp_path, oidc(stage, **further), STAGE, iss=stage.url, **claims)
    assert diagnosis.finding("claim_of_names")["line"] == line
    right = check(
        monkeypatch, tmp_path, oidc(stage, JWT_ROLES_CLAIM=line.partition("=")[2]), STAGE, iss=stage.url, **claims
    )
    assert right.document["findings"] == []
    assert right.document["facts"]["roles"] == "admin, editor"


@pytest.mark.parametrize("variable", ["ROLES", "SCOPES", "PERMISSIONS"])
def test_doctor_claim_that_the_token_does_not_have_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: IssuerServer, variable: str
) -> None:
    environment = oidc(stage, **{f"JWT_{variable}_CLAIM": "nowhere"})
    diagnosis = check(monkeypatch, tmp_path, environment, STAGE, iss=stage.url)
    assert f"JWT_{variable}_CLAIM" in diagnosis.finding("claim_of_names")["problem"]


def test_doctor_hostile_claims_are_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: IssuerServer
) -> None:
    claims = {"http://[/roles": ROLES, "https://x.test/\nJWT_SECRET=x/roles": ROLES, "groups": [1, {}, "\x1b[31m"]}
    diagnosis = check(monkeypatch, tmp_path, oidc(stage), STAGE, iss=stage.url, **claims)
    assert diagnosis.finding("claim_of_names")["line"] == "JWT_ROLES_CLAIM=groups"
    assert "\\u001b" not in diagnosis.result.output
