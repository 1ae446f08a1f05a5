"""`fastjose doctor --sign-in` at real Better Auth servers behind TLS and a proxy, and with other names of cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

pytest.importorskip("typer")
from support.better_auth.server import (
    RELEASE_LINES,
    BetterAuth,
    Browser,
    run_better_auth_server,
    run_better_auth_servers,
)
from support.environment.doctor import Diagnosis, diagnose
from support.servers.proxies.forward_proxy import serve_forward_proxy
from support.servers.proxies.tls_relay import RelayServer, serve_tls_relay
from support.servers.tls_server import CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMAIL, PASSWORD = "ada@acme.test", "correct horse battery staple"
HOST = "auth.acme.test"
CONFIGURATIONS = ("default", "cookie-prefix", "secure-cookies")
PREFIX_VARIABLE = "BETTER_AUTH_COOKIE_PREFIX"


def sign_up(server: BetterAuth) -> None:
    with Browser(server) as browser:
        browser.sign_up(EMAIL, PASSWORD, "Ada")


def sign_in(monkeypatch: pytest.MonkeyPatch, path: Path, environment: dict[str, str]) -> Diagnosis:
    named = {**environment, "FASTJOSE_SIGN_IN_PASSWORD": PASSWORD}
    diagnosis = diagnose(monkeypatch, path, named, "--sign-in", EMAIL)
    assert PASSWORD not in diagnosis.result.output
    assert environment.get("BETTER_AUTH_SECRET", PASSWORD) not in diagnosis.result.output
    return diagnosis


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BetterAuth]]:
    log = tmp_path_factory.mktemp("better-auth") / "log"
    with run_better_auth_servers(CONFIGURATIONS, log, RELEASE_LINES[0]) as running:
        for server in running.values():
            sign_up(server)
        yield running


@pytest.mark.parametrize("others", ["", "jwt,"])
@pytest.mark.parametrize(
    ("configuration", "prefix", "seen", "line"),
    [
        ("cookie-prefix", None, "myapp.session_token", f"{PREFIX_VARIABLE}=myapp"),
        ("default", "myapp", "better-auth.session_token", f"{PREFIX_VARIABLE}=better-auth"),
        ("secure-cookies", "shop", "__Secure-better-auth.session_token", f"{PREFIX_VARIABLE}=better-auth"),
        ("default", "__Secure-better-auth", "better-auth.session_token", f"{PREFIX_VARIABLE}=better-auth"),
    ],
)
def test_doctor_cookie_of_other_name_is_named(  # noqa: PLR0913, PLR0917 - fixtures and the case
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    servers: dict[str, BetterAuth],
    configuration: str,
    prefix: str | None,
    seen: str,
    line: str,
    others: str,
) -> None:
    environment = with_cookies(servers[configuration], prefix, others)
    diagnosis = sign_in(monkeypatch, tmp_path, environment)
    assert diagnosis.codes - {"cookie_prefix"} == {"cookie_name_mismatch"}
    finding = diagnosis.finding("cookie_name_mismatch")
    assert seen in finding["problem"]
    assert finding["line"] == line
    assert ("without __Secure-" in finding["cure"]) == (prefix == "__Secure-better-auth")


@pytest.mark.parametrize(
    ("configuration", "prefix"), [("cookie-prefix", "myapp"), ("default", None), ("secure-cookies", None)]
)
def test_doctor_cookie_of_right_name_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    servers: dict[str, BetterAuth],
    configuration: str,
    prefix: str | None,
) -> None:
    diagnosis = sign_in(monkeypatch, tmp_path, with_cookies(servers[configuration], prefix))
    assert diagnosis.codes == set(), diagnosis.document["findings"]
    assert diagnosis.document["token"]["is_accepted"] is True


def with_cookies(server: BetterAuth, prefix: str | None, others: str = "") -> dict[str, str]:
    return {
        "BETTER_AUTH_URL": server.origin,
        "BETTER_AUTH_SECRET": server.secret,
        "JWT_CREDENTIALS": f"{others}cookie",
        "JWT_TRUSTED_ORIGINS": server.origin,
        **({} if prefix is None else {PREFIX_VARIABLE: prefix}),
    }


class BehindTls(NamedTuple):
    """A Better Auth behind a relay, whose origin users see, and the files of the certificates."""

    relay: RelayServer
    authority: Path
    client_certificate: Path

    @property
    def url(self) -> str:
        """The origin of Better Auth."""
        return f"https://{HOST}:{self.relay.port}"


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BehindTls]:
    folder = tmp_path_factory.mktemp("tls")
    authority = CertificateAuthority()
    certificate = authority.sign_server_certificate(folder / "server.pem", host=HOST)
    ca = authority.write_certificate(folder / "ca.pem")
    client = authority.sign_server_certificate(folder / "client.pem", host="client")
    with serve_tls_relay(0, certificate, ca) as relay:
        origin = f"https://{HOST}:{relay.port}"
        with run_better_auth_server("default", folder / "log", origin=origin) as server:
            sign_up(server)
            relay.target = server.port
            yield BehindTls(relay, ca, client)


def behind_proxy(server: BehindTls, proxy_url: str, *, as_text: bool = False) -> dict[str, str]:
    certificate = server.client_certificate
    return {
        "BETTER_AUTH_URL": server.url,
        "JWKS_CA_CERTIFICATES": str(server.authority),
        "JWKS_CLIENT_CERTIFICATE": certificate.read_text(encoding="utf-8") if as_text else str(certificate),
        "JWKS_PROXY": proxy_url,
    }


@pytest.mark.parametrize("as_text", [False, True])
def test_doctor_sign_in_uses_authorities_certificate_and_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behind_tls: BehindTls, *, as_text: bool
) -> None:
    with serve_forward_proxy() as proxy:
        environment = behind_proxy(behind_tls, proxy.url, as_text=as_text)
        diagnosis = sign_in(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == set(), diagnosis.document["findings"]
    assert diagnosis.document["token"]["is_accepted"] is True
    assert "PRIVATE KEY" not in diagnosis.result.output


def test_doctor_base_url_is_compared_through_authorities_and_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behind_tls: BehindTls
) -> None:
    with serve_forward_proxy() as proxy:
        environment = behind_proxy(behind_tls, proxy.url)
        environment |= {"BETTER_AUTH_URL": "https://old.acme.test", "JWKS_URL": f"{behind_tls.url}/api/auth/jwks"}
        diagnosis = diagnose(monkeypatch, tmp_path, environment)
    assert diagnosis.codes == {"base_url_mismatch"}, diagnosis.document["findings"]
    assert f"JWKS_URL={behind_tls.url}/api/auth/jwks" in diagnosis.finding("base_url_mismatch")["cure"]
