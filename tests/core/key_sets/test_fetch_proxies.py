"""Proxies of the fetches of a key set: a URL, the environment, or none."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import HttpUrl

from fastjose import JWKSetUnavailableError, RemoteKeySet
from support.servers.proxies.forward_proxy import serve_forward_proxy
from support.servers.tls_server import CertificateAuthority, serve_response
from support.tokens.bearer_tokens import KEY_SET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JWKS = json.dumps(KEY_SET).encode()
VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"]
PASSWORD = "hunter22"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*VARIABLES, *(name.lower() for name in VARIABLES), "REQUEST_METHOD"]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ca(tmp_path: Path) -> CertificateAuthority:
    authority = CertificateAuthority()
    authority.write_certificate(tmp_path / "ca.pem")
    return authority


class Server:
    """A key server behind TLS, and the certificates that its clients trust."""

    def __init__(self, port: int, ca: Path) -> None:
        self.port = port
        self.ca = ca

    def key_set(self, **options: Any) -> RemoteKeySet:
        url = f"https://localhost:{self.port}/jwks"
        return RemoteKeySet(url, ca_certificates=self.ca, timeout_seconds=60, **options)


@pytest.fixture
def server(ca: CertificateAuthority, tmp_path: Path) -> Iterator[Server]:
    with serve_response(JWKS, certificate=ca.sign_server_certificate(tmp_path / "server.pem")) as port:
        yield Server(port, tmp_path / "ca.pem")


def failure_of(keys: RemoteKeySet) -> str:
    """Return the reason for which the fetch fails, after a check that no text contains the password."""
    with pytest.raises(JWKSetUnavailableError) as raised:
        keys.fetch()
    reason = keys.last_failure
    assert reason is not None
    for text in (reason, str(raised.value), repr(raised.value.__context__), repr(keys)):
        assert PASSWORD not in text
    return reason


def test_fetch_goes_through_a_tunnel_of_the_proxy(server: Server) -> None:
    with serve_forward_proxy() as proxy:
        keys = server.key_set(proxy=proxy.url, headers={"Authorization": f"Bearer {PASSWORD}"})
        keys.fetch()
        assert proxy.targets == [f"localhost:{server.port}"]
        server.key_set(proxy=HttpUrl(proxy.url)).fetch()
        assert proxy.targets == [f"localhost:{server.port}"] * 2
    assert PASSWORD not in str(proxy.headers[0])  # the header is for the server, inside the tunnel


def test_environment_is_ignored_by_default(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES[:3]:
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    server.key_set().fetch()
    server.key_set(proxy=None).fetch()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_environment_names_the_proxy(server: Server, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serve_forward_proxy() as proxy:
        monkeypatch.setenv(variable, proxy.url)
        server.key_set(proxy="environment").fetch()
        monkeypatch.setenv(variable, f"127.0.0.1:{proxy.port}")  # without a scheme, as curl permits
        server.key_set(proxy="environment").fetch()
        assert len(proxy.targets) == 2


def test_environment_without_variables_names_no_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.key_set(proxy="environment").fetch()
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    server.key_set(proxy="environment").fetch()


@pytest.mark.parametrize("value", ["localhost", "a.example, LOCALHOST", "*", ".localhost"])
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_host_in_no_proxy_is_fetched_directly(
    server: Server, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    with serve_forward_proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv(variable, "host,example.com,10.0.0.0/8,alhost")
        server.key_set(proxy="environment").fetch()
        assert len(proxy.targets) == 1
        monkeypatch.setenv(variable, value)
        server.key_set(proxy="environment").fetch()
        assert len(proxy.targets) == 1
        server.key_set(proxy=proxy.url).fetch()  # a URL is for every host
        assert len(proxy.targets) == 2


def test_cgi_script_has_no_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUEST_METHOD", "GET")  # https://httpoxy.org
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    server.key_set(proxy="environment").fetch()


def test_proxy_with_authentication(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_forward_proxy(credentials=f"user@corp:{PASSWORD}") as proxy:
        accepted = f"http://user%40corp:{PASSWORD}@127.0.0.1:{proxy.port}"
        server.key_set(proxy=accepted).fetch()
        monkeypatch.setenv("HTTPS_PROXY", accepted)
        server.key_set(proxy="environment").fetch()
        for url in (proxy.url, f"http://user:{PASSWORD}-wrong@127.0.0.1:{proxy.port}"):
            reason = failure_of(server.key_set(proxy=url))
            assert reason.startswith("the proxy requires authentication (407); name a user and a password")


def test_plain_http_goes_through_the_proxy_in_absolute_form() -> None:
    seen: list[Any] = []

    def permits(headers: Any) -> bool:
        seen.append(headers)
        return True

    with serve_response(JWKS, permits=permits) as port, serve_forward_proxy(credentials=f"u:{PASSWORD}") as proxy:
        url = f"http://auth.internal:{port}/jwks"
        accepted = f"http://u:{PASSWORD}@127.0.0.1:{proxy.port}"
        RemoteKeySet(url, allow_http=True, proxy=accepted, headers={"X-Key": "abc"}).fetch()
        assert proxy.targets == [url]
        assert seen[0]["X-Key"] == "abc"
        reason = failure_of(RemoteKeySet(url, allow_http=True, proxy=proxy.url))
    assert reason.startswith("the proxy requires authentication (407)")


def test_plain_http_to_this_machine_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_response(JWKS) as port, serve_forward_proxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for value in (proxy.url, "environment"):
            RemoteKeySet(f"http://127.0.0.1:{port}/jwks", proxy=value).fetch()
            RemoteKeySet(f"http://localhost:{port}/jwks", proxy=value, allow_http=True).fetch()
        assert proxy.targets == []


def test_proxy_behind_tls_has_a_certificate_of_the_same_authorities(
    server: Server, ca: CertificateAuthority, tmp_path: Path
) -> None:
    with serve_forward_proxy(certificate=ca.sign_server_certificate(tmp_path / "proxy.pem")) as proxy:
        server.key_set(proxy=f"https://localhost:{proxy.port}").fetch()
        assert proxy.targets == [f"localhost:{server.port}"]
    other = CertificateAuthority("Another CA").sign_server_certificate(tmp_path / "other.pem")
    with serve_forward_proxy(certificate=other) as proxy:
        reason = failure_of(server.key_set(proxy=f"https://localhost:{proxy.port}"))
        assert "the proxy's certificate" in reason
        assert "ca_certificates" in reason
        url = "http://auth.internal:1/jwks"
        keys = RemoteKeySet(url, allow_http=True, proxy=f"https://localhost:{proxy.port}", ca_certificates=server.ca)
        assert "the proxy's certificate" in failure_of(keys)
        assert proxy.targets == []


@pytest.mark.parametrize("status", [400, 403, 500, 502, 503, 504])
def test_proxy_that_refuses_is_named(server: Server, status: int) -> None:
    with serve_forward_proxy(refusal=status) as proxy:
        reason = failure_of(server.key_set(proxy=proxy.url))
    assert reason.startswith("the proxy refused to connect to the server, or could not")


def test_proxy_that_cannot_be_reached_is_named(server: Server) -> None:
    reason = failure_of(server.key_set(proxy=f"http://u:{PASSWORD}@127.0.0.1:1"))
    assert "the connection to the proxy was refused" in reason
    reason = failure_of(server.key_set(proxy=f"http://u:{PASSWORD}@{'a' * 64}.example"))
    assert "the host name of the proxy cannot be resolved" in reason
    reason = failure_of(RemoteKeySet("http://auth:3000/jwks", allow_http=True, proxy="http://127.0.0.1:1"))
    assert "the connection to the proxy was refused" in reason


def test_proxy_that_is_not_one_is_named(server: Server) -> None:
    reason = failure_of(server.key_set(proxy=f"http://127.0.0.1:{server.port}"))
    assert "the proxy closed the connection, or its response is not HTTP" in reason or "the proxy refused" in reason
    with serve_forward_proxy() as proxy:
        reason = failure_of(server.key_set(proxy=f"https://127.0.0.1:{proxy.port}"))
    assert "the proxy does not use TLS at this port" in reason


def test_proxy_that_never_responds_costs_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        keys = RemoteKeySet(
            "https://auth.example/jwks", proxy=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_seconds=0.25
        )
        reason = failure_of(keys)
    assert reason.startswith("the fetch timed out after 0.25 s; check that this machine can reach the proxy")


INVALID = ["proxy", "socks5://p:1080", "ftp://p", f"http://u:{PASSWORD}@p:99999", f"http://u:{PASSWORD}@p/path",
           f"http://u:{PASSWORD}@", f"http://u:{PASSWORD}/x@p", f"http://u:{PASSWORD}@p?q"]  # fmt: skip


@pytest.mark.parametrize(
    "value", [*INVALID, "", "Environment", "p:3128", f"u:{PASSWORD}@p", f"http://{PASSWORD}\ud800"]
)
def test_proxy_that_is_not_a_url_raises_value_error(value: str) -> None:
    with pytest.raises(ValueError, match="proxy must be") as raised:
        RemoteKeySet("https://a.example", proxy=value)
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", INVALID[1:])
def test_variable_that_is_not_a_proxy_raises_value_error(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=f"{variable} must be the http or https URL of a proxy") as raised:
        RemoteKeySet("https://a.example", proxy="environment")
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize("value", [1, True, b"environment", ["http://p"], {"https": "http://p"}])
def test_proxy_of_another_type_raises_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="proxy must be"):
        RemoteKeySet("https://a.example", proxy=value)
