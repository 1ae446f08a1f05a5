"""Certificates of the fetches of a key set: authorities of a private network, and the client's own certificate."""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import re
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fastjose import JWKSetUnavailableError, RemoteKeySet
from support.servers.tls_server import CertificateAuthority, serve_response, server_context
from support.tokens.bearer_tokens import KEY_SET

if TYPE_CHECKING:
    from pathlib import Path

JWKS = json.dumps(KEY_SET).encode()
WAIT_LIMIT_SECONDS = 20


class Files:
    """The PEM files of an authority: its certificate, and a server's and a client's certificate with private key."""

    def __init__(self, directory: Path, name: str = "Test CA") -> None:
        directory.mkdir(exist_ok=True)
        authority = CertificateAuthority(name)
        self.ca = authority.write_certificate(directory / "ca.pem")
        self.server = authority.sign_server_certificate(directory / "server.pem")
        self.client = authority.sign_server_certificate(directory / "client.pem", host="client.example")

    def client_parts(self) -> tuple[bytes, bytes]:
        """Return the client's certificate and its private key."""
        return split_pem(self.client)


def split_pem(path: Path) -> tuple[bytes, bytes]:
    """Return the certificate and the private key in a PEM file."""
    key, certificate = re.findall(rb"-----BEGIN .*?-----END [A-Z ]+-----\n", path.read_bytes(), re.DOTALL)
    return certificate, key


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "trusted")


def key_set(port: int, **options: Any) -> RemoteKeySet:
    return RemoteKeySet(f"https://localhost:{port}/jwks", timeout_seconds=60, **options)


def failure_of(keys: RemoteKeySet) -> str:
    """Return the reason for which the fetch fails."""
    with pytest.raises(JWKSetUnavailableError):
        keys.fetch()
    reason = keys.last_failure
    assert reason is not None
    return reason


def test_ca_certificates_are_a_path_or_pem(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files.ca.parent)
    with serve_response(JWKS, certificate=files.server) as port:
        for value in (files.ca, str(files.ca), "ca.pem", files.ca.read_text(), files.ca.read_bytes()):
            key_set(port, ca_certificates=value).fetch()


@pytest.mark.parametrize("name", ["M", "Mine", "a" * 70, "m" * 70, "M" * 59, f"M-{'a' * 70}", f"{'M' * 60}.pem"])
def test_path_that_looks_like_base64_is_read(
    files: Files, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(files.ca.read_bytes())
    with serve_response(JWKS, certificate=files.server) as port:
        key_set(port, ca_certificates=name).fetch()


@pytest.mark.parametrize("text", ["M" * 60, "MIIB" * 20, f"M{'+/=' * 20}"])
def test_base64_without_the_lines_of_pem_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="ca_certificates must be a path, or PEM with its BEGIN and END") as raised:
        RemoteKeySet("https://localhost/jwks", ca_certificates=text)
    assert text not in str(raised.value)


def test_ca_certificates_may_be_several_with_text_between(files: Files, tmp_path: Path) -> None:
    other = Files(tmp_path / "other", "Another CA").ca.read_text()
    bundle = f"# Another CA\n{other}\n# Test CA\n{files.ca.read_text()}"
    with serve_response(JWKS, certificate=files.server) as port:
        key_set(port, ca_certificates=bundle).fetch()


def test_ca_certificates_replace_those_of_the_system(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Files(tmp_path / "other", "Another CA")
    monkeypatch.setenv("SSL_CERT_FILE", str(files.ca))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with serve_response(JWKS, certificate=files.server) as port:
        key_set(port).fetch()
        reason = failure_of(key_set(port, ca_certificates=other.ca))
    assert "signed by an authority that ca_certificates does not contain" in reason
    assert "SSL_CERT_FILE" not in reason


def test_ca_file_that_is_replaced_is_read_at_the_next_fetch(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "ca.crt"
    keys: RemoteKeySet
    with serve_response(JWKS, certificate=files.server) as port:
        keys = key_set(port, ca_certificates=path)
        assert f'the file of ca_certificates in "{tmp_path}" must exist' in failure_of(keys)
        path.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        assert f'the file "{path}" of ca_certificates must contain the certificates' in failure_of(keys)
        path.write_text("")
        assert "must contain the certificates" in failure_of(keys)
        path.write_bytes(files.ca.read_bytes())
        keys.fetch()
    assert keys.last_failure is None


def test_ca_certificates_do_not_disturb_plain_http(files: Files) -> None:
    with serve_response(JWKS) as port:
        keys = RemoteKeySet(f"http://127.0.0.1:{port}/jwks", ca_certificates=files.ca, client_certificate=files.client)
        keys.fetch()


def test_client_certificate_is_a_path_pem_or_a_pair(files: Files, tmp_path: Path) -> None:
    certificate, key = files.client_parts()
    (tmp_path / "tls.crt").write_bytes(certificate)
    (tmp_path / "tls.key").write_bytes(key)
    with serve_response(JWKS, certificate=files.server, client_ca=files.ca) as port:
        for value in (
            files.client,
            str(files.client),
            files.client.read_text(),
            files.client.read_bytes(),
            certificate + key,
            (certificate, key),
            (certificate.decode(), key.decode().strip()),
            (tmp_path / "tls.crt", str(tmp_path / "tls.key")),
            (certificate, tmp_path / "tls.key"),
        ):
            key_set(port, ca_certificates=files.ca, client_certificate=value).fetch()


def test_client_certificate_that_is_replaced_is_read_at_the_next_fetch(files: Files, tmp_path: Path) -> None:
    path, other = tmp_path / "client.pem", Files(tmp_path / "other", "Another CA")
    path.write_bytes(other.client.read_bytes())
    with serve_response(JWKS, certificate=files.server, client_ca=files.ca) as port:
        keys = key_set(port, ca_certificates=files.ca, client_certificate=path)
        failure_of(keys)
        path.write_bytes(files.client.read_bytes())
        keys.fetch()


def test_client_certificate_that_the_server_refuses_is_named(files: Files, tmp_path: Path) -> None:
    other = Files(tmp_path / "other", "Another CA")
    with serve_response(JWKS, certificate=files.server, client_ca=files.ca) as port:
        reason = failure_of(key_set(port, ca_certificates=files.ca, client_certificate=other.client))
    assert "the server refused the client certificate; check that client_certificate" in reason


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_certificate_that_is_required_is_named(
    files: Files, monkeypatch: pytest.MonkeyPatch, version: ssl.TLSVersion
) -> None:
    def limited_context(*arguments: Any) -> ssl.SSLContext:
        context = server_context(*arguments)
        context.maximum_version = version
        return context

    monkeypatch.setattr("support.servers.tls_server.server_context", limited_context)
    with serve_response(JWKS, certificate=files.server, client_ca=files.ca) as port:
        reason = failure_of(key_set(port, ca_certificates=files.ca))
    assert "pass client_certificate if it requires one" in reason


def test_client_certificate_without_its_private_key_raises_value_error(files: Files, tmp_path: Path) -> None:
    certificate, key = files.client_parts()
    other_certificate, other_key = Files(tmp_path / "other").client_parts()
    private = load_pem_private_key(key, None)
    encrypted = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    for value in (
        certificate,
        key,
        b"",
        (certificate, certificate),
        (key, key),
        (certificate, other_key),
        certificate + encrypted,
        other_certificate + certificate + key,
        (certificate, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key),
        certificate + key[:-40],
    ):
        with pytest.raises(ValueError, match="client_certificate must contain a certificate chain") as raised:
            RemoteKeySet("https://a.example", client_certificate=value)
        assert key.split(b"\n")[1].decode() not in repr(raised.value)


def test_client_certificate_file_without_its_private_key_is_a_failed_fetch(files: Files, tmp_path: Path) -> None:
    certificate, key = files.client_parts()
    path = tmp_path / "tls.crt"
    path.write_bytes(certificate)
    with serve_response(JWKS, certificate=files.server, client_ca=files.ca) as port:
        reason = failure_of(key_set(port, ca_certificates=files.ca, client_certificate=path))
        assert reason.startswith(f'the file "{path}" of client_certificate must contain a certificate chain')
        path.write_bytes(key)
        reason = failure_of(key_set(port, ca_certificates=files.ca, client_certificate=(path, path)))
        assert f'the file "{path}" of client_certificate and the file "{path}"' in reason
    assert key.split(b"\n")[1].decode() not in reason


@pytest.mark.parametrize("argument", ["ca_certificates", "client_certificate"])
def test_text_that_is_not_pem_raises_value_error_without_it(files: Files, argument: str) -> None:
    private = load_pem_private_key(files.client_parts()[1], None)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    text = base64.b64encode(der).decode()  # would be shown as the path of a missing file
    values: list[Any] = [
        "",
        "\0",
        "a\nb",
        text,
        "\n".join(re.findall(".{1,64}", text)),
        der,
        b"",
        b"/etc/ca.pem",
        f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----",
        f"-----BEGIN NONSENSE-----\n{text}\n-----END NONSENSE-----",
        "-----BEGIN CERTIFICATE-----",
    ]
    for value in values:
        with pytest.raises(ValueError, match=f"{argument} must") as raised:
            RemoteKeySet("https://a.example", **{argument: value})
        assert text[:40] not in repr(raised.value)
        assert raised.value.__context__ is None


@pytest.mark.parametrize("surrogate", [0xD800, 0xDCFF, 0xDFFF])
@pytest.mark.parametrize("argument", ["ca_certificates", "client_certificate"])
def test_pem_that_is_not_unicode_is_refused_and_not_shown(argument: str, surrogate: int) -> None:
    """Python's error for a lone surrogate contains the text; one of `surrogateescape` made a path of it."""
    body = f"{'c2VjcmV0' * 8}{chr(surrogate)}"
    values: list[Any] = [f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n", f"{body}\n{body}"]
    for value in values:
        with pytest.raises(ValueError, match=f"{argument} must be a path, or PEM") as raised:
            RemoteKeySet("https://a.example", **{argument: value})
        assert type(raised.value) is ValueError
        assert body[:40] not in repr(raised.value)
        assert raised.value.__context__ is None


@pytest.mark.parametrize("value", [1, [], {}, object(), bytearray(b"x"), True, ("a",), ("a", "b", "c"), (1, 2)])
@pytest.mark.parametrize("argument", ["ca_certificates", "client_certificate"])
def test_certificates_of_another_type_raise_type_error(argument: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{argument} must be a path, or PEM"):
        RemoteKeySet("https://a.example", **{argument: value})


def fetch_in_child(keys: RemoteKeySet, token: Path) -> None:
    token.write_text("child")
    keys.fetch()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
def test_forked_child_fetches_with_the_same_options(files: Files, tmp_path: Path) -> None:
    token, seen = tmp_path / "token", []
    token.write_text("parent")

    def permits(headers: Any) -> bool:
        seen.append(headers["Authorization"])
        return True

    with serve_response(JWKS, certificate=files.server, client_ca=files.ca, permits=permits) as port:
        options: dict[str, Any] = {"ca_certificates": files.ca, "client_certificate": files.client.read_text()}
        keys = key_set(port, headers={"Authorization": token}, **options)
        keys.fetch()
        child = multiprocessing.get_context("fork").Process(target=fetch_in_child, args=(keys, token))
        child.start()
        child.join(WAIT_LIMIT_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
    assert child.exitcode == 0
    assert seen == ["Bearer parent", "Bearer child"]
