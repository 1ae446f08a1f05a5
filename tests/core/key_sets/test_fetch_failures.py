"""A key set that cannot be fetched: each cause has its own text, with a remedy."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from fastjose import JWKSetUnavailableError, RemoteKeySet
from support.servers.tls_server import NOW, YEAR, CertificateAuthority, serve_response
from support.tokens.bearer_tokens import KEY_SET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JWKS = json.dumps(KEY_SET).encode()


def failure_of(url: str, *, timeout_seconds: float = 60, allow_http: bool = False) -> str:
    """Return the reason for which the fetch of `url` fails."""
    keys = RemoteKeySet(url, timeout_seconds=timeout_seconds, allow_http=allow_http)
    with pytest.raises(JWKSetUnavailableError) as raised:
        keys.fetch()
    reason = keys.last_failure
    assert reason is not None
    assert str(raised.value) == f"Key set unavailable: {reason} ({url.partition('?')[0]})"
    assert raised.value.code == "keys_unavailable"
    return reason


def failure_of_response(body: bytes = b"", *, status: int = 200, **headers: str) -> str:
    """Return the reason for which a fetch with this response fails."""
    with serve_response(body, status=status, headers=headers) as port:
        return failure_of(f"http://127.0.0.1:{port}/jwks")


@contextlib.contextmanager
def serve_bytes(response: bytes) -> Iterator[int]:
    """Send `response` to one client on a free loopback port, and close the connection."""

    def respond() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(response)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=respond)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CertificateAuthority:
    """A CA that SSL_CERT_FILE names."""
    authority = CertificateAuthority()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.write_certificate(tmp_path / "ca.pem")))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return authority


def test_ca_in_ssl_cert_file_is_trusted(ca: CertificateAuthority, tmp_path: Path) -> None:
    with serve_response(JWKS, certificate=ca.sign_server_certificate(tmp_path / "server.pem")) as port:
        keys = RemoteKeySet(f"https://localhost:{port}/jwks", timeout_seconds=60)
        keys.fetch()
    assert keys.last_failure is None


def test_ca_in_ssl_cert_dir_is_trusted(
    ca: CertificateAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "certs"
    directory.mkdir()
    ca.write_certificate(directory / "00000000.0")  # OpenSSL's name: the hash of the subject and a number
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(directory))
    with serve_response(JWKS, certificate=ca.sign_server_certificate(tmp_path / "server.pem")) as port:
        RemoteKeySet(f"https://localhost:{port}/jwks", timeout_seconds=60).fetch()


@pytest.mark.usefixtures("ca")
def test_certificate_of_an_unknown_authority_names_ssl_cert_file(tmp_path: Path) -> None:
    for name in ("Test CA", "Another CA"):
        other = CertificateAuthority(name)
        with serve_response(JWKS, certificate=other.sign_server_certificate(tmp_path / "server.pem")) as port:
            reason = failure_of(f"https://localhost:{port}/jwks")
        if name == "Another CA":  # a CA of the same name is a wrong signature
            assert "unknown authority" in reason
            assert "SSL_CERT_FILE or SSL_CERT_DIR" in reason
        assert "certificate" in reason


def test_certificate_for_another_host_is_named(ca: CertificateAuthority, tmp_path: Path) -> None:
    with serve_response(JWKS, certificate=ca.sign_server_certificate(tmp_path / "a.pem", host="auth.example")) as port:
        assert "for another host name" in failure_of(f"https://localhost:{port}/jwks")
        assert "auth.example" not in failure_of(f"https://localhost:{port}/jwks")
    with serve_response(JWKS, certificate=ca.sign_server_certificate(tmp_path / "b.pem")) as port:
        assert "for another host name" in failure_of(f"https://127.0.0.1:{port}/jwks")


def test_certificate_outside_its_validity_is_named(ca: CertificateAuthority, tmp_path: Path) -> None:
    periods = {"has expired": (NOW - YEAR, NOW - YEAR / 2), "not valid yet": (NOW + YEAR / 2, NOW + YEAR)}
    for expected, (begin, end) in periods.items():
        certificate = ca.sign_server_certificate(tmp_path / "server.pem", begin=begin, end=end)
        with serve_response(JWKS, certificate=certificate) as port:
            assert expected in failure_of(f"https://localhost:{port}/jwks")


@pytest.mark.usefixtures("ca")
def test_plain_server_behind_https_is_named() -> None:
    with serve_response(JWKS) as port:
        assert "does not use TLS at this port" in failure_of(f"https://127.0.0.1:{port}/jwks")


def test_tls_server_behind_http_is_named(ca: CertificateAuthority, tmp_path: Path) -> None:
    with serve_response(JWKS, certificate=ca.sign_server_certificate(tmp_path / "server.pem")) as port:
        assert "check the scheme" in failure_of(f"http://127.0.0.1:{port}/jwks")


def test_host_name_that_cannot_be_resolved_is_named() -> None:
    # A label of more than 63 characters (RFC 1035 §2.3.4) is refused by the resolver without a query.
    for url in (f"http://{'a' * 64}.example/jwks", f"http://{'b' * 100}/jwks?key=hidden"):
        reason = failure_of(url, allow_http=True)
        assert "the host name cannot be resolved" in reason
        assert "hidden" not in reason


def test_refused_connection_is_named() -> None:
    for url in ("http://127.0.0.1:1/jwks", "http://localhost:1/jwks", "https://127.0.0.1:1/jwks"):
        assert "the connection was refused" in failure_of(url)


def test_server_that_does_not_respond_in_time_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts the connection, and never responds
        reason = failure_of(f"http://127.0.0.1:{listener.getsockname()[1]}/jwks", timeout_seconds=0.25)
    assert reason.startswith("the fetch timed out after 0.25 s")


def test_body_that_does_not_end_in_time_is_named() -> None:
    stop = threading.Event()

    def respond() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            stop.wait(60)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=respond)
        thread.start()
        reason = failure_of(f"http://127.0.0.1:{listener.getsockname()[1]}/jwks", timeout_seconds=2)
        stop.set()
        thread.join()
    assert "timed out after 2 s" in reason


@pytest.mark.parametrize(
    "response",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 banana\r\n\r\n", b"\x15\x03\x01\x00\x02\x02F"],
    ids=["closed", "SSH", "status line", "TLS alert"],
)
def test_response_that_is_not_http_is_named(response: bytes) -> None:
    with serve_bytes(response) as port:
        assert "is not HTTP" in failure_of(f"http://127.0.0.1:{port}/jwks")


def test_body_that_ends_early_is_named() -> None:
    with serve_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{") as port:
        assert "ended early" in failure_of(f"http://127.0.0.1:{port}/jwks")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (204, "must be a JWK Set with status 200"),
        (301, "a redirect, which is not followed"),
        (308, "a redirect, which is not followed"),
        (401, "readable without authentication"),
        (403, "readable without authentication"),
        (404, "check the path"),
        (418, "must be a JWK Set with status 200"),
        (429, "limits the rate"),
        (502, "an error of the server"),
    ],
)
def test_status_is_named_with_a_remedy(status: int, expected: str) -> None:
    reason = failure_of_response(b"secret content", status=status, Location="https://elsewhere.example/")
    assert reason.startswith(f"the server responded with status {status}")
    assert expected in reason
    assert "elsewhere" not in reason
    assert "secret content" not in reason


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<!doctype html><title>Log in</title>", "HTML or XML"),
        (b"\n <?xml version='1.0'?>", "HTML or XML"),
        (b"", "this is not JSON"),
        (b"Not Found", "this is not JSON"),
        (b'{"keys":[],"keys":[]}', "a name in it occurs twice"),
        (b"[]", "must be a JSON object, with a list named keys"),
        (b'"keys"', "must be a JSON object, with a list named keys"),
        (b'{"issuer":"https://a.example","jwks_uri":"https://a.example/jwks"}', "discovery document"),
        (b'{"kty":"RSA","n":"AQAB","e":"AQAB"}', "a single JWK"),
        (b'{"message":"Not Found"}', "a list named keys; check the URL"),
        (b'{"keys":{}}', "a list named keys; check the URL"),
    ],
)
def test_body_that_is_not_a_key_set_is_named(body: bytes, expected: str) -> None:
    assert expected in failure_of_response(body)


def test_body_over_the_limit_names_the_parameter() -> None:
    assert "max_body_bytes" in failure_of_response(b" " * 1_048_577)
