"""`RemoteIntrospection` of a key set of `RemoteKeySet.of_issuer`: the discovery document names the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose import RemoteKeySet
from fastjose.introspection import RemoteIntrospection
from support.ed25519_key_set import make_key_set
from support.introspection_server import ACTIVE, SECRET, fail, introspect
from support.lookup_server import LookupServer, Request, reply, reply_json, serve_lookups

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = "/.well-known/openid-configuration"


class Issuer:
    """An issuer whose discovery document a test changes."""

    def __init__(self) -> None:
        self.server: LookupServer
        self.document: dict[str, Any] | None = {}

    def respond(self, request: Request) -> list[bytes]:
        if request.target == DOCUMENT and self.document is not None:
            endpoints = {"issuer": self.server.url, "jwks_uri": f"{self.server.url}/jwks"}
            return reply_json({**endpoints, "introspection_endpoint": f"{self.server.url}/introspect", **self.document})
        if request.target == "/jwks":
            return reply_json(make_key_set())
        return reply_json(ACTIVE) if request.target == "/introspect" else reply(404)

    def introspection(self, **options: Any) -> RemoteIntrospection:
        keys = RemoteKeySet.of_issuer(self.server.url, timeout_seconds=60, max_wait_seconds=60)
        client = {"client_id": "api", "client_secret": SECRET, "accepted_client_id": "web", "timeout_seconds": 60}
        return RemoteIntrospection(keys, **{**client, **options})

    def targets(self) -> list[str]:
        return [request.target for request in self.server.requests]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    with serve_lookups(issuer.respond) as issuer.server:
        yield issuer


def test_document_names_the_endpoint_and_is_fetched_once(issuer: Issuer) -> None:
    introspection = issuer.introspection()
    assert not issuer.targets()
    for _ in range(2):
        assert introspect(introspection) == ACTIVE
    assert issuer.targets() == [DOCUMENT, "/jwks", "/introspect", "/introspect"]
    assert repr(introspection) == f'<fastjose.introspection.RemoteIntrospection "{issuer.server.url}">'


def test_endpoint_on_another_host_is_asked(issuer: Issuer) -> None:
    with serve_lookups(lambda _: reply_json({**ACTIVE, "sub": "other"})) as other:
        issuer.document = {"introspection_endpoint": f"{other.url}/introspect"}
        assert introspect(issuer.introspection())["sub"] == "other"
    assert "/introspect" not in issuer.targets()


@pytest.mark.parametrize("endpoint", [None, 5, "", "http://auth.example.com/introspect", "file:///etc/passwd"])
def test_document_without_a_usable_endpoint_is_no_verdict(issuer: Issuer, endpoint: object) -> None:
    issuer.document = {"introspection_endpoint": endpoint}
    assert "names no introspection_endpoint" in str(fail(issuer.introspection()))


def test_document_of_an_issuer_of_opaque_tokens_needs_no_key_set(issuer: Issuer) -> None:
    issuer.document = {"jwks_uri": None}
    assert introspect(issuer.introspection()) == ACTIVE


def test_document_that_is_unavailable_is_no_verdict(issuer: Issuer) -> None:
    introspection = issuer.introspection()
    issuer.document = None
    assert "status 404" in str(fail(introspection))
    issuer.document = {"issuer": "https://another.example"}
    assert "must name the configured issuer" in str(fail(issuer.introspection()))
    assert "/introspect" not in issuer.targets()


def test_key_set_without_an_issuer_is_refused() -> None:
    keys = RemoteKeySet("https://auth.example.com/jwks")
    with pytest.raises(ValueError, match=r"key set of RemoteKeySet\.of_issuer"):
        RemoteIntrospection(keys, client_id="api", client_secret=SECRET, check_audience=False)
