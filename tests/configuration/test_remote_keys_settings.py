"""`OIDC_ISSUER` and the options of fetches, by environment: requests to real servers on loopback."""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException

from fastjose.testing import TokenIssuer, serve_jwks
from support.environment.fresh_import import load_auth
from support.servers.issuer_server import IssuerServer, serve_issuer
from support.servers.tls_server import CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TENANT = "https://acme.eu.auth0.example/"
KEYS = {
    algorithm: TokenIssuer(TENANT, audience="api", algorithm=algorithm) for algorithm in ("EdDSA", "RS256", "ES384")
}


@pytest.fixture
def issuer() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        yield server


def publish(server: IssuerServer, path: str = "") -> str:
    """Serve the keys of every issuer, and return the URL of the one that the document names."""
    url = f"{server.url}{path}"
    keys = [key for each in KEYS.values() for key in each.jwk_set["keys"]]
    server.publish(url, {"keys": keys}, path=f"{path.rstrip('/')}/.well-known/openid-configuration")
    return url


@pytest.mark.parametrize("path", ["", "/", "/realms/acme"])
@pytest.mark.parametrize("algorithm", KEYS)
def test_tokens_of_an_issuer_are_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, issuer: IssuerServer, algorithm: str, path: str
) -> None:
    url = publish(issuer, path)
    auth = load_auth(monkeypatch, tmp_path, OIDC_ISSUER=f" {url}\r", JWT_AUDIENCE="api")
    for typ in ("JWT", "at+jwt"):
        token = KEYS[algorithm].mint_token("user-1", iss=url, header={"typ": typ})
        assert auth.verify_token(token).sub == "user-1"
    all_changes: list[dict[str, Any]] = [
        {"iss": TENANT},
        {"aud": "other"},
        {"omit": ["iss"]},
        {"omit": ["exp"]},
        {"omit": ["aud"]},
    ]
    for changes in all_changes:
        with pytest.raises(HTTPException) as raised:
            auth.verify_token(KEYS[algorithm].mint_token("user-1", **{"iss": url, **changes}))
        assert raised.value.status_code == 401


def test_jwt_issuer_is_the_accepted_issuer_if_it_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, issuer: IssuerServer
) -> None:
    url = publish(issuer)
    auth = load_auth(monkeypatch, tmp_path, OIDC_ISSUER=url, JWT_ISSUER=TENANT, JWT_AUDIENCE="api")
    assert auth.verify_token(KEYS["EdDSA"].mint_token("user-1")).sub == "user-1"
    with pytest.raises(HTTPException, match="401"):
        auth.verify_token(KEYS["EdDSA"].mint_token("user-1", iss=url))


def test_nothing_is_fetched_at_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, issuer: IssuerServer) -> None:
    load_auth(monkeypatch, tmp_path, OIDC_ISSUER=publish(issuer), JWT_AUDIENCE="api")
    assert issuer.paths == []


def test_document_of_another_issuer_is_a_503(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, issuer: IssuerServer
) -> None:
    issuer.publish(TENANT, KEYS["EdDSA"].jwk_set)
    auth = load_auth(monkeypatch, tmp_path, OIDC_ISSUER=issuer.url, JWT_AUDIENCE="api")
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(KEYS["EdDSA"].mint_token("user-1", iss=issuer.url))
    assert raised.value.status_code == 503


def test_headers_and_the_token_of_a_file_are_sent_with_each_fetch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, issuer: IssuerServer
) -> None:
    (tmp_path / "token").write_text("hunter22\n", encoding="utf-8")
    options = {"JWKS_HEADERS": '{"X-Api-Key": "key-1"}', "JWKS_BEARER_TOKEN_FILE": str(tmp_path / "token")}
    auth = load_auth(monkeypatch, tmp_path, OIDC_ISSUER=publish(issuer), JWT_AUDIENCE="api", **options)
    assert auth.verify_token(KEYS["EdDSA"].mint_token("user-1", iss=issuer.url))
    sent = [(headers["X-Api-Key"], headers["Authorization"]) for _, headers in issuer.requests]
    assert sent == [("key-1", "Bearer hunter22")] * 2


class TlsServer:
    """A key server over TLS that requires a client certificate."""

    def __init__(self, directory: Path) -> None:
        authority = CertificateAuthority()
        self.authority = authority.write_certificate(directory / "ca.pem")
        self.client = authority.sign_server_certificate(directory / "client.pem", host="client")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.sign_server_certificate(directory / "server.pem"))
        context.load_verify_locations(self.authority)
        context.verify_mode = ssl.CERT_REQUIRED

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(KEYS["EdDSA"].jwk_set).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
                """Log nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Ignore a client without a certificate."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self._server.server_port}/jwks"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[TlsServer]:
    server = TlsServer(tmp_path)
    yield server
    server.stop()


def one_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\n", "\\n")


@pytest.mark.parametrize("form", [str, "'{}'".format, one_line, lambda path: f'"{one_line(path)}"'])
def test_private_ca_and_client_certificate_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls_server: TlsServer, form: Any
) -> None:
    certificates = {
        "JWKS_CA_CERTIFICATES": form(tls_server.authority),
        "JWKS_CLIENT_CERTIFICATE": form(tls_server.client),
    }
    source = {"JWKS_URL": tls_server.url, "JWT_ISSUER": TENANT, "JWT_AUDIENCE": "api"}
    token = KEYS["EdDSA"].mint_token("user-1")
    assert load_auth(monkeypatch, tmp_path, **source, **certificates).verify_token(token).sub == "user-1"
    for name, value in certificates.items():
        auth = load_auth(monkeypatch, tmp_path, **source, **{name: value})
        with pytest.raises(HTTPException) as raised:
            auth.verify_token(token)
        assert raised.value.status_code == 503


def test_proxy_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve_jwks(KEYS["EdDSA"]) as proxy:
        source = {"JWKS_URL": "http://keys.example/jwks", "JWKS_ALLOW_HTTP": "1", "JWKS_PROXY": proxy.issuer_url}
        auth = load_auth(monkeypatch, tmp_path, **source, JWT_ISSUER=TENANT, JWT_AUDIENCE="api")
        assert auth.verify_token(KEYS["EdDSA"].mint_token("user-1")).sub == "user-1"
        assert proxy.request_count == 1


@pytest.mark.parametrize(
    ("environment", "fragments"),
    [
        ({"JWKS_HEADERS": "hunter22"}, ["JWKS_HEADERS must be a JSON object"]),
        ({"JWKS_HEADERS": '\'{"X": "hunter22"}\''}, ["JWKS_HEADERS must be a JSON object", "remove the quotes"]),
        ({"JWKS_HEADERS": '{"X": 5}'}, ["JWKS_HEADERS must have strings"]),
        ({"JWKS_HEADERS": '{"X": ["hunter22"]}'}, ["JWKS_HEADERS must have strings"]),
        ({"JWKS_HEADERS": '{"X": "a", "X": "hunter22"}'}, ["JWKS_HEADERS", "each name occurs once"]),
        ({"JWKS_HEADERS": '{"X": "hunter22\\r\\nY: b"}'}, ["JWKS_HEADERS: "]),
        ({"JWKS_HEADERS": '{"X Y": "hunter22"}'}, ["JWKS_HEADERS: "]),
        ({"JWKS_HEADERS": '{"Host": "hunter22"}'}, ["JWKS_HEADERS: "]),
        (
            {"JWKS_HEADERS": '{"authorization": "hunter22"}', "JWKS_BEARER_TOKEN_FILE": "t"},
            ["JWKS_BEARER_TOKEN_FILE and"],
        ),
        ({"JWKS_BEARER_TOKEN_FILE": " "}, ["JWKS_BEARER_TOKEN_FILE must be the path of a file"]),
        ({"JWKS_CA_CERTIFICATES": "-----BEGIN CERTIFICATE-----\nhunter22"}, ["JWKS_CA_CERTIFICATES: "]),
        ({"JWKS_CA_CERTIFICATES": "''"}, ["JWKS_CA_CERTIFICATES must be the path of a file"]),
        ({"JWKS_CLIENT_CERTIFICATE": "-----BEGIN PRIVATE KEY-----\nhunter22"}, ["JWKS_CLIENT_CERTIFICATE: "]),
        ({"JWKS_PROXY": "hunter22"}, ["JWKS_PROXY: "]),
        ({"JWKS_PROXY": "socks5://u:hunter22@proxy"}, ["JWKS_PROXY: "]),
        ({"JWKS_PROXY": '"environment"'}, ["JWKS_PROXY: "]),
    ],
)
@pytest.mark.parametrize("source", ["JWKS_URL", "OIDC_ISSUER"])
def test_invalid_option_raises_value_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, environment: dict[str, str], fragments: list[str]
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **{source: "https://a.example", "JWT_AUDIENCE": "api"}, **environment)
    text = str(raised.value)
    assert [fragment for fragment in fragments if fragment not in text] == []
    assert "hunter22" not in f"{text} {raised.value!r} {raised.value.__context__!r}"


def test_no_value_is_in_the_error_of_a_failed_fetch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = {"JWKS_HEADERS": '{"X-Api-Key": "hunter22"}', "JWKS_PROXY": "http://u:hunter22@127.0.0.1:1"}
    source = {"OIDC_ISSUER": "http://a.example", "JWKS_ALLOW_HTTP": "1", "JWT_AUDIENCE": "api"}
    auth = load_auth(monkeypatch, tmp_path, **source, **options)
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(KEYS["EdDSA"].mint_token("user-1", iss="http://a.example"))
    assert raised.value.status_code == 503
    assert "keys_unavailable" in caplog.text
    assert "JWKS_PROXY" in caplog.text
    assert "hunter22" not in caplog.text
