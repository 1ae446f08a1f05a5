"""What an application that is configured by its environment reads: each text names variables, not arguments."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, Verifier
from fastjose._config.names.environment_names import names_of_environment
from fastjose._config.names.setting_names import IN_CODE, OF_ENVIRONMENT
from fastjose._config.token_policy import policy_options, profile_options
from fastjose._hints.jwt_hints import RejectionHints
from fastjose.exceptions import ConfigurationError
from fastjose.settings import AuthSettings
from support.environment.fresh_import import load_auth, set_environment
from support.servers.tls_server import CertificateAuthority, serve_response
from support.tokens.bearer_tokens import KEY_SET, make_api_claims, sign_claims

if TYPE_CHECKING:
    from pathlib import Path

ARGUMENTS = re.compile(r"ca_certificates|client_certificate|RemoteKeySet|timeout_seconds|\bpass\b|allow_http\b")
GENERIC = {"JWKS_URL": "https://issuer.acme.test/keys", "JWT_ISSUER": "https://issuer.acme.test", "JWT_AUDIENCE": "api"}


def fail_to_fetch(auth: Any, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the texts about a failed fetch: the lines of the log, and the reason in the health."""
    caplog.set_level(logging.WARNING, logger="fastjose")
    health = asyncio.run(auth.warm_up())
    assert not health.is_ready
    return [*(record.getMessage() for record in caplog.records if record.name == "fastjose"), health.last_failure]


@pytest.mark.parametrize("names_authority", [False, True])
@pytest.mark.parametrize("credentials", ["jwt", "jwt,session"])
def test_unknown_authority_is_cured_by_the_variable(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    credentials: str,
    names_authority: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    certificate = CertificateAuthority().sign_server_certificate(tmp_path / "server.pem")
    other = CertificateAuthority("Other CA").write_certificate(tmp_path / "ca.pem")
    certificates = {"JWKS_CA_CERTIFICATES": str(other)} if names_authority else {}
    with serve_response(body=b"{}", certificate=certificate) as port:
        environment = {"JWKS_URL": f"https://localhost:{port}/api/auth/jwks", **certificates}
        environment |= {"BETTER_AUTH_URL": "https://app.acme.test", "JWT_CREDENTIALS": credentials}
        if credentials != "jwt":
            environment |= {"BETTER_AUTH_SESSION_STORE": "https://app.acme.test"}
        auth = load_auth(monkeypatch, tmp_path, **environment)
        line, reason = fail_to_fetch(auth, caplog)
    for text in (line, reason):
        assert "JWKS_CA_CERTIFICATES" in text
        assert ARGUMENTS.search(text) is None, text
    assert "check JWKS_URL" not in line, "the URL is not the cause"


def test_bearer_token_file_is_named_in_the_health(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = {**GENERIC, "JWT_PROFILE": "oidc", "JWKS_BEARER_TOKEN_FILE": str(tmp_path / "missing")}
    for text in fail_to_fetch(load_auth(monkeypatch, tmp_path, **environment), caplog):
        assert "JWKS_BEARER_TOKEN_FILE" in text
        assert "the header authorization" not in text


def test_arguments_are_named_in_code_alone() -> None:
    reason = "the server's certificate is signed by an unknown authority; pass ca_certificates"
    assert IN_CODE.describe(reason) == reason
    assert OF_ENVIRONMENT.describe(reason).endswith("set JWKS_CA_CERTIFICATES")


@pytest.mark.parametrize(
    ("changes", "token", "code"),
    [
        ({}, lambda claims: sign_claims(claims, typ="at+jwt"), "access_token_for_api"),
        ({}, lambda claims: sign_claims({k: v for k, v in claims.items() if k != "iat"}), "missing_claim"),
        ({"JWT_PROFILE": "oauth"}, lambda claims: sign_claims(claims, typ="at+jwt"), "missing_claim"),
        ({"JWT_PROFILE": "oauth"}, sign_claims, "api_token_for_oauth"),
    ],
)
def test_forgotten_profile_is_the_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, str], token: Any, code: str
) -> None:
    set_environment(monkeypatch, tmp_path, {**GENERIC, **changes})
    settings = AuthSettings()
    verifier = Verifier(KEY_SET, **profile_options(settings), **policy_options(settings))
    text = token(make_api_claims(iss=GENERIC["JWT_ISSUER"], aud="api"))
    with pytest.raises(JOSEError) as rejected:
        verifier.verify(text)
    (hint,) = RejectionHints(verifier, names=names_of_environment(settings)).find_hints(rejected.value, text)
    assert hint.code == code
    assert "set JWT_PROFILE=oidc" in hint.text
    assert "and JWT_AUDIENCE" not in hint.text, "it is set"


@pytest.mark.parametrize(
    ("variable", "meant"),
    [("OIDC_ISSUR", "OIDC_ISSUER"), ("BETTER_AUTH_URLS", "BETTER_AUTH_URL"), ("OTHER", None), ("AUTH_SECRET", None)],
)
def test_start_without_configuration_names_the_misspelled_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, meant: str | None
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_auth(monkeypatch, tmp_path, **{variable: "hunter22"})
    text = str(raised.value)
    expected = f" The variable {variable} is set, but is not read: {meant} may be meant."
    assert text.endswith(expected if meant else "from the working directory.")
    assert "hunter22" not in text
