"""`RemoteIntrospection` of a key set of `RemoteKeySet.of_issuer`: the discovery document names the endpoint."""

from __future__ import annotations

import multiprocessing
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, RemoteKeySet
from fastjose.introspection import RemoteIntrospection
from support.processes.polling import wait_until
from support.servers.introspection_server import ACTIVE, SECRET, fail, introspect
from support.servers.lookup_server import LookupServer, Request, reply, reply_json, serve_lookups
from support.tokens.ed25519_key_set import make_key_set

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = "/.well-known/openid-configuration"


class Issuer:
    """An issuer whose discovery document a test changes."""

    def __init__(self) -> None:
        self.server: LookupServer
        self.document: dict[str, Any] | None = {}
        self.key_set_status = 200

    def respond(self, request: Request) -> list[bytes]:
        if request.target == DOCUMENT and self.document is not None:
            endpoints = {"issuer": self.server.url, "jwks_uri": f"{self.server.url}/jwks"}
            return reply_json({**endpoints, "introspection_endpoint": f"{self.server.url}/introspect", **self.document})
        if request.target == "/jwks":
            return reply_json(make_key_set()) if self.key_set_status == 200 else reply(self.key_set_status)
        return reply_json(ACTIVE) if request.target in {"/introspect", "/moved"} else reply(404)

    def move_endpoint(self) -> None:
        self.document = {**(self.document or {}), "introspection_endpoint": f"{self.server.url}/moved"}

    def introspection(self, *, keys: dict[str, Any] | None = None, **options: Any) -> RemoteIntrospection:
        key_set = RemoteKeySet.of_issuer(
            self.server.url, **{"timeout_seconds": 60, "max_wait_seconds": 60, **(keys or {})}
        )
        client = {"client_id": "api", "client_secret": SECRET, "accepted_client_id": "web", "timeout_seconds": 60}
        return RemoteIntrospection(key_set, **{**client, **options})

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


@pytest.mark.parametrize(("document", "key_set_status"), [({}, 200), ({"jwks_uri": None}, 200), ({}, 503)])
def test_endpoint_that_moves_is_followed(issuer: Issuer, document: dict[str, Any], key_set_status: int) -> None:
    issuer.document, issuer.key_set_status = document, key_set_status
    introspection = issuer.introspection(keys={"max_age_seconds": 1})
    assert introspect(introspection) == ACTIVE
    issuer.move_endpoint()
    wait_until(lambda: introspect(introspection) == ACTIVE and "/moved" in issuer.targets())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
def test_child_of_a_fork_follows_an_endpoint_that_moves(issuer: Issuer) -> None:
    issuer.document = {"jwks_uri": None}
    introspection = issuer.introspection(keys={"max_age_seconds": 1})
    assert introspect(introspection) == ACTIVE
    issuer.move_endpoint()
    child = multiprocessing.get_context("fork").Process(target=ask_until_killed, args=(introspection,))
    child.start()
    try:
        wait_until(lambda: "/moved" in issuer.targets())
    finally:
        child.kill()
        child.join()


def ask_until_killed(introspection: RemoteIntrospection) -> None:
    while introspect(introspection) == ACTIVE:
        time.sleep(0.02)


@pytest.mark.parametrize("document", [{}, {"jwks_uri": None}])
@pytest.mark.parametrize("later", [None, {"issuer": "https://another.example"}])
def test_endpoint_is_not_asked_once_its_document_is_too_old(
    issuer: Issuer, document: dict[str, Any], later: dict[str, Any] | None
) -> None:
    issuer.document = document
    ages = {"max_age_seconds": 0.2, "min_age_seconds": 0, "max_stale_seconds": 0.2, "max_wait_seconds": 0}
    introspection = issuer.introspection(keys=ages)
    assert introspect(introspection) == ACTIVE
    issuer.document = later

    def is_unknown() -> bool:
        try:
            return introspect(introspection) != ACTIVE
        except JOSEError as error:
            return error.code == "store_unavailable"

    wait_until(is_unknown)
    count = issuer.targets().count("/introspect")
    fail(introspection)
    assert issuer.targets().count("/introspect") == count


def test_documents_without_an_age_are_fetched_at_the_rate_of_the_token_bucket(issuer: Issuer) -> None:
    issuer.document = {"jwks_uri": None}
    ages = {"max_age_seconds": 0, "max_stale_seconds": 0, "max_wait_seconds": 0}
    introspection = issuer.introspection(keys={**ages, "fetch_burst": 3, "fetch_interval_seconds": 3_600})
    assert [introspect(introspection) for _ in range(3)] == [ACTIVE] * 3
    for _ in range(5):
        fail(introspection)
    assert issuer.targets().count(DOCUMENT) == 3


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
