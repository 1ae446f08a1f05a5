"""`RemoteIntrospection` over TLS with a private certificate authority, with a client certificate, through a proxy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fastjose.introspection import RemoteIntrospection
from support.servers.introspection_server import ACTIVE, SECRET, fail, introspect
from support.servers.proxies.forward_proxy import serve_forward_proxy
from support.servers.tls_server import CertificateAuthority, serve_response

if TYPE_CHECKING:
    from pathlib import Path

BODY = json.dumps(ACTIVE).encode()


class Files:
    """The certificates of a test, in PEM files."""

    def __init__(self, directory: Path) -> None:
        authority = CertificateAuthority()
        self.ca = authority.write_certificate(directory / "ca.pem")
        self.server = authority.sign_server_certificate(directory / "server.pem")
        self.client = authority.sign_server_certificate(directory / "client.pem")
        self.other_ca = CertificateAuthority("Another CA").write_certificate(directory / "other.pem")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return Files(tmp_path)


def introspect_over_tls(port: int, **options: Any) -> RemoteIntrospection:
    return RemoteIntrospection(
        f"https://localhost:{port}/introspect",
        client_id="api",
        client_secret=SECRET,
        accepted_client_id="web",
        timeout_seconds=60,
        **options,
    )


def test_authority_in_a_file_or_as_pem_is_trusted(files: Files) -> None:
    with serve_response(BODY, certificate=files.server) as port:
        for certificates in (files.ca, str(files.ca), files.ca.read_bytes()):
            assert introspect(introspect_over_tls(port, ca_certificates=certificates)) == ACTIVE
        assert "unknown authority" in str(fail(introspect_over_tls(port)))
        other = introspect_over_tls(port, ca_certificates=files.other_ca)
        assert "an authority that ca_certificates does not contain" in str(fail(other))


def test_client_certificate_is_presented(files: Files) -> None:
    with serve_response(BODY, certificate=files.server, client_ca=files.ca) as port:
        with_certificate = introspect_over_tls(port, ca_certificates=files.ca, client_certificate=files.client)
        assert introspect(with_certificate) == ACTIVE
        fail(introspect_over_tls(port, ca_certificates=files.ca))


def test_file_that_is_missing_is_described_and_read_once_it_exists(files: Files, tmp_path: Path) -> None:
    later = tmp_path / "later.pem"
    with serve_response(BODY, certificate=files.server) as port:
        introspection = introspect_over_tls(port, ca_certificates=later)
        assert f'the file of ca_certificates in "{tmp_path}" must exist' in str(fail(introspection))
        later.write_bytes(files.ca.read_bytes())
        assert introspect(introspection) == ACTIVE


def test_proxy_is_used_only_if_it_is_named(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_response(BODY, certificate=files.server) as port, serve_forward_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert introspect(introspect_over_tls(port, ca_certificates=files.ca)) == ACTIVE
        assert not proxy.targets
        assert introspect(introspect_over_tls(port, ca_certificates=files.ca, proxy=proxy.url)) == ACTIVE
        assert proxy.targets == [f"localhost:{port}"]
        assert all("authorization" not in headers for headers in proxy.headers)
