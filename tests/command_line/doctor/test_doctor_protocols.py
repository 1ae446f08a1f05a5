"""`fastjose doctor` names the protocol that a server speaks in place of that of its URL: real servers, real TLS."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("typer")
from support.environment.doctor import GOOD_SECRET, Diagnosis, diagnose
from support.servers.ports import find_free_port
from support.servers.proxies.forward_proxy import serve_forward_proxy
from support.servers.redis_server import run_redis_server
from support.servers.tls_server import CertificateAuthority, serve_response, server_context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "pa55w0rd-of-the-url"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CertificateAuthority().sign_server_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def plain_http() -> Iterator[int]:
    with serve_response(body=b'{"keys": []}') as port:
        yield port


@pytest.fixture
def tls(certificate: Path) -> Iterator[int]:
    with serve_response(body=b'{"keys": []}', certificate=certificate) as port:
        yield port


def sessions_in(url: str) -> dict[str, str]:
    return {
        "BETTER_AUTH_SECRET": GOOD_SECRET,
        "JWT_CREDENTIALS": "session",
        "BETTER_AUTH_URL": "https://app.acme.test",
        "BETTER_AUTH_SESSION_STORE": url,
    }


def check(diagnosis: Diagnosis, problem: str, cure: str) -> None:
    """Check that the only mistake is the scheme, and what is said about it."""
    assert diagnosis.codes == {"wrong_scheme"}, diagnosis.document["findings"]
    finding = diagnosis.finding("wrong_scheme")
    assert problem in finding["problem"]
    assert cure in finding["cure"]
    assert PASSWORD not in diagnosis.result.output


def test_doctor_https_url_of_plain_server_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plain_http: int
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": f"https://localhost:{plain_http}"})
    check(
        diagnosis, f"localhost:{plain_http} speaks plain http, but BETTER_AUTH_URL begins with https", "write http://"
    )


@pytest.mark.parametrize(
    "names",
    [
        {"BETTER_AUTH_URL": "http://localhost:{port}"},
        {"OIDC_ISSUER": "http://localhost:{port}", "JWT_AUDIENCE": "api"},
        {
            "JWKS_URL": "http://localhost:{port}/keys",
            "JWT_ISSUER": "https://a.acme.test",
            "JWT_AUDIENCE": "api",
            "JWT_PROFILE": "oidc",
        },
        {"BETTER_AUTH_URL": "http://localhost:{port}", "JWT_CREDENTIALS": "session", "BETTER_AUTH_SECRET": GOOD_SECRET},
        {"BETTER_AUTH_URL": "http://localhost:{port}", "JWT_CREDENTIALS": "api_key"},
    ],
)
def test_doctor_http_url_of_server_with_tls_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: int, names: dict[str, str]
) -> None:
    environment = {name: value.format(port=tls) for name, value in names.items()}
    check(
        diagnose(monkeypatch, tmp_path, environment), f"localhost:{tls} speaks TLS, but {next(iter(names))}", "https://"
    )


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_doctor_introspection_with_other_scheme_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: int, plain_http: int, scheme: str
) -> None:
    port, spoken = (plain_http, "plain http") if scheme == "https" else (tls, "TLS")
    environment = {
        "JWT_CREDENTIALS": "opaque",
        "INTROSPECTION_URL": f"{scheme}://localhost:{port}/introspect",
        "INTROSPECTION_CLIENT_ID": "api",
        "INTROSPECTION_CLIENT_SECRET": PASSWORD,
        "JWT_AUDIENCE": "api",
    }
    check(diagnose(monkeypatch, tmp_path, environment), f"speaks {spoken}, but INTROSPECTION_URL", "INTROSPECTION_URL")


def test_doctor_proxy_with_other_scheme_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve_forward_proxy() as proxy:
        url = f"https://user:{PASSWORD}@127.0.0.1:{proxy.port}"
        diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": "https://app.acme.test", "JWKS_PROXY": url})
    check(diagnosis, "speaks plain http, but JWKS_PROXY begins with https", "write http:// in JWKS_PROXY")


def test_doctor_rediss_url_of_plain_redis_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with run_redis_server(password=PASSWORD) as redis:
        diagnosis = diagnose(monkeypatch, tmp_path, sessions_in(redis.url.replace("redis:", "rediss:")))
    check(diagnosis, f"127.0.0.1:{redis.port} speaks plain redis, but BETTER_AUTH_SESSION_STORE", "write redis://")


def test_doctor_redis_url_of_redis_with_tls_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Path
) -> None:
    port = find_free_port()
    files = ("--tls-cert-file", "--tls-key-file", "--tls-ca-cert-file")
    options = [argument for name in files for argument in (name, str(certificate))]
    with run_redis_server("--tls-port", str(port), *options, "--tls-auth-clients", "no"):
        diagnosis = diagnose(monkeypatch, tmp_path, sessions_in(f"redis://:{PASSWORD}@localhost:{port}/0"))
    check(diagnosis, f"localhost:{port} speaks TLS, but BETTER_AUTH_SESSION_STORE", "write rediss://")


def test_doctor_redis_url_of_http_server_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plain_http: int
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, sessions_in(f"redis://:{PASSWORD}@127.0.0.1:{plain_http}/0"))
    check(diagnosis, "speaks plain http", "lead to another server than that of Redis")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_doctor_http_url_of_redis_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str) -> None:
    with run_redis_server(password=PASSWORD) as redis:
        diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": f"{scheme}://127.0.0.1:{redis.port}"})
    check(diagnosis, "speaks plain redis", "lead to another server than that of HTTP")


def test_doctor_right_scheme_with_another_mistake_is_not_blamed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: int
) -> None:
    diagnosis = diagnose(monkeypatch, tmp_path, {"BETTER_AUTH_URL": f"https://localhost:{tls}"})
    assert diagnosis.codes == {"unknown_authority"}


def test_doctor_http_url_of_tls_port_with_a_page_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Path
) -> None:
    with serve_page_or_tls(certificate) as port:
        environment = {"OIDC_ISSUER": f"http://localhost:{port}/realms/acme", "JWT_AUDIENCE": "api"}
        check(diagnose(monkeypatch, tmp_path, environment), "speaks TLS", "write https:// in OIDC_ISSUER")
        environment = {"BETTER_AUTH_URL": f"http://localhost:{port}"}
        check(diagnose(monkeypatch, tmp_path, environment), "speaks TLS", "write https:// in BETTER_AUTH_URL")


@contextlib.contextmanager
def serve_page_or_tls(certificate: Path) -> Iterator[int]:
    """Answer plain text with the page of nginx for it, and TLS with a handshake."""
    page = b"<html><h1>400</h1>The plain HTTP request was sent to HTTPS port</html>"
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    context = server_context(certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                if self.request.recv(1, socket.MSG_PEEK) == b"\x16":
                    context.wrap_socket(self.request, server_side=True).close()
                    return
                self.request.recv(65_536)
                self.request.sendall(head % len(page) + page)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
