"""`RemoteKeySet.of_issuer`: the discovery document, the key set that it names, and what changes of either do."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from typing import TYPE_CHECKING

import pytest
from pydantic import HttpUrl

from fastjose import JOSEError, JWKSetUnavailableError, RemoteKeySet, Verifier
from support.servers.issuer_server import OAUTH_PATH, OIDC_PATH, Answer, IssuerServer, serve_issuer
from support.tokens.ed25519_key_set import make_key_set, make_token

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        yield server


def failure_of(keys: RemoteKeySet) -> str:
    with pytest.raises(JWKSetUnavailableError) as raised:
        keys.fetch()
    assert raised.value.code == "keys_unavailable"
    assert keys.last_failure is not None
    return keys.last_failure


def test_document_and_key_set_are_fetched_on_first_verification(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set())
    keys = RemoteKeySet.of_issuer(server.url)
    verifier = Verifier(keys)
    assert (keys.issuer, keys.url, keys.discovery, server.paths) == (server.url, server.url, None, [])
    for _ in range(3):
        assert verifier.verify(make_token())["sub"] == "u"
    assert server.paths == [OIDC_PATH, "/jwks"]
    assert RemoteKeySet(f"{server.url}/jwks").issuer is None
    assert RemoteKeySet(f"{server.url}/jwks").discovery is None


@pytest.mark.parametrize(
    ("suffix", "path"),
    [
        ("", OIDC_PATH),
        ("/", OIDC_PATH),
        ("/realms/a", f"/realms/a{OIDC_PATH}"),
        ("/realms/a/", f"/realms/a{OIDC_PATH}"),
        ("", OAUTH_PATH),
        ("/", OAUTH_PATH),
        ("/realms/a", f"{OAUTH_PATH}/realms/a"),
        ("/realms/a/", f"{OAUTH_PATH}/realms/a"),
    ],
)
def test_document_is_found_at_either_path(server: IssuerServer, suffix: str, path: str) -> None:
    server.publish(server.url + suffix, make_key_set(), path=path)
    keys = RemoteKeySet.of_issuer(server.url + suffix)
    keys.fetch()
    assert keys.issuer == server.url + suffix
    server.requests.clear()
    keys.fetch()
    assert sorted(server.paths) == sorted([path, "/jwks"]), "the path that has the document is asked first"


@pytest.mark.parametrize(("old", "new"), [(OIDC_PATH, OAUTH_PATH), (OAUTH_PATH, OIDC_PATH)])
def test_document_that_moved_to_the_other_path_is_followed(server: IssuerServer, old: str, new: str) -> None:
    server.publish(server.url, make_key_set(), path=old)
    keys = RemoteKeySet.of_issuer(server.url)
    keys.fetch()
    del server.answers[old]
    server.publish(server.url, make_key_set(), path=new, jwks_path="/moved")
    keys.fetch()
    assert server.paths[-1] == "/moved"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410])
def test_second_path_is_asked_if_the_first_has_no_document(server: IssuerServer, status: int) -> None:
    server.publish(server.url, make_key_set(), path=OAUTH_PATH)
    server.answers[OIDC_PATH] = Answer(b"", status=status)
    RemoteKeySet.of_issuer(server.url).fetch()


@pytest.mark.parametrize("status", [204, 302, 408, 421, 425, 429, 500, 503])
def test_second_path_is_not_asked_in_an_outage(server: IssuerServer, status: int) -> None:
    server.publish(server.url, make_key_set(), path=OAUTH_PATH)
    server.answers[OIDC_PATH] = Answer(b"", status=status, headers={"Location": OAUTH_PATH})
    reason = failure_of(RemoteKeySet.of_issuer(server.url))
    assert reason.startswith(f"the discovery document: the server responded with status {status}")
    assert server.paths == [OIDC_PATH]


def test_issuer_without_a_document_is_named(server: IssuerServer) -> None:
    reason = failure_of(RemoteKeySet.of_issuer(server.url))
    assert "the server has none, and responded with status 404" in reason
    assert server.paths == [OIDC_PATH, OAUTH_PATH]


def test_a_changed_jwks_uri_is_followed_without_a_false_401(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set("a"), jwks_path="/a")
    verifier = Verifier(RemoteKeySet.of_issuer(server.url), cache_size=0)
    is_stopped, errors, accepted = threading.Event(), [], []

    def verify(kid: str) -> None:
        try:
            accepted.append(verifier.verify(make_token(kid))["sub"])
        except JOSEError as error:
            errors.append(error.code)

    def keep_verifying() -> None:
        while not is_stopped.is_set():
            verify("a")

    verify("a")
    threads = [threading.Thread(target=keep_verifying) for _ in range(2)]
    for thread in threads:
        thread.start()
    both = {"keys": make_key_set("a")["keys"] + make_key_set("b")["keys"]}
    server.publish(server.url, both, jwks_path="/b")  # the old set stays at /a, without the new key
    verify("b")
    is_stopped.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(accepted) > 2
    assert server.paths.count("/b") == 1


def test_key_set_that_moved_and_left_a_404_is_followed(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set("a"), jwks_path="/a")
    verifier = Verifier(RemoteKeySet.of_issuer(server.url))
    verifier.verify(make_token("a"))
    del server.answers["/a"]
    server.publish(server.url, make_key_set("b"), jwks_path="/b")
    assert verifier.verify(make_token("b"))["sub"] == "u"
    with pytest.raises(JOSEError) as raised:
        verifier.verify(make_token("a"))
    assert raised.value.code == "unknown_key"


def test_unchanged_document_and_key_set_are_not_sent_again(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set())
    server.answers[OIDC_PATH].etag, server.answers["/jwks"].etag = '"d"', '"k"'
    keys = RemoteKeySet.of_issuer(server.url)
    keys.fetch()
    keys.fetch()
    assert server.statuses == [200, 200, 304, 304]
    # The ETag of one URL is not sent to another.
    server.publish(server.url, make_key_set("b"), jwks_path="/b")
    server.answers["/b"].etag = '"k"'
    keys.fetch()
    assert Verifier(keys).verify(make_token("b"))


@pytest.mark.parametrize("status", [404, 429, 500, 302])
def test_outage_of_the_document_keeps_the_known_key_set(server: IssuerServer, status: int) -> None:
    server.publish(server.url, make_key_set("a"))
    keys = RemoteKeySet.of_issuer(server.url)
    verifier = Verifier(keys)
    verifier.verify(make_token("a"))
    server.answers[OIDC_PATH] = Answer(b"", status=status)
    server.answers["/jwks"] = Answer(make_key_set("b"))
    assert verifier.verify(make_token("b"))["sub"] == "u"
    assert keys.last_failure is None
    assert keys.discovery is not None


def test_document_that_hangs_keeps_the_known_key_set(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set("a"))
    verifier = Verifier(RemoteKeySet.of_issuer(server.url, timeout_seconds=3))
    verifier.verify(make_token("a"))
    server.answers["/jwks"] = Answer(make_key_set("b"))
    with server.hold(OIDC_PATH):
        assert verifier.verify(make_token("b"))["sub"] == "u"


def test_known_key_set_is_not_used_for_ever_without_its_document(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set("a"))
    keys = RemoteKeySet.of_issuer(server.url, max_age_seconds=0, max_stale_seconds=0)
    keys.fetch()
    server.answers[OIDC_PATH] = Answer(b"", status=500)
    assert failure_of(keys).startswith("the discovery document: ")


def test_document_is_forgotten_once_it_is_too_old(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set("a"))
    keys = RemoteKeySet.of_issuer(server.url)
    keys.fetch()
    assert keys.discovery is not None
    keys = RemoteKeySet.of_issuer(server.url, max_age_seconds=0, max_stale_seconds=0)
    keys.fetch()
    assert keys.discovery is None


def test_outage_of_the_key_set_is_named(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set())
    keys = RemoteKeySet.of_issuer(server.url, max_wait_seconds=0)
    verifier = Verifier(keys)
    server.answers["/jwks"] = Answer(b"", status=500)
    for _ in range(2):
        reason = failure_of(keys)
        assert reason.startswith("the key set at the document's jwks_uri: the server responded with status 500")
    assert keys.discovery is not None
    server.answers["/jwks"] = Answer(make_key_set())
    verifier.verify(make_token())
    server.answers["/jwks"] = server.answers[OIDC_PATH] = Answer(b"", status=500)
    reason = failure_of(keys)
    assert "the discovery document: " in reason
    assert "the key set at the document's jwks_uri: " in reason
    assert verifier.verify(make_token())["sub"] == "u"


def test_key_set_of_another_host_is_taken(server: IssuerServer) -> None:
    with serve_issuer() as other:
        server.publish(server.url, None)
        server.answers[OIDC_PATH].content["jwks_uri"] = f"{other.url}/keys"
        other.answers["/keys"] = Answer(make_key_set())
        assert Verifier(RemoteKeySet.of_issuer(server.url)).verify(make_token())
        assert (server.paths, other.paths) == ([OIDC_PATH], ["/keys"])


def test_discovery_names_the_endpoints_that_may_be_requested(server: IssuerServer) -> None:
    server.publish(
        server.url,
        make_key_set(),
        authorization_endpoint="https://id.example/authorize?a=<b>",
        token_endpoint="http://elsewhere.example/token",
        introspection_endpoint="https://id.example/introspect",
        userinfo_endpoint="javascript:alert(1)",
        end_session_endpoint=7,
        scopes_supported=["openid", "has space", 1, "email"],
        introspection_endpoint_auth_methods_supported=["client_secret_basic"],
    )
    keys = RemoteKeySet.of_issuer(server.url)
    keys.fetch()
    document = keys.discovery
    assert document is not None
    assert document.issuer == server.url
    assert document.jwks_uri == f"{server.url}/jwks"
    assert document.authorization_endpoint is None, "a placeholder is not a URL"
    assert document.token_endpoint is None
    assert document.introspection_endpoint == "https://id.example/introspect"
    assert (document.userinfo_endpoint, document.end_session_endpoint, document.revocation_endpoint) == (None,) * 3
    assert document.scopes_supported == ("openid", "email")
    assert document.introspection_endpoint_auth_methods_supported == ("client_secret_basic",)
    with pytest.raises(AttributeError):
        document.issuer = "x"  # type: ignore[misc]
    assert server.url in repr(document)


def test_issuer_without_a_key_set_still_names_its_endpoints(server: IssuerServer) -> None:
    document = {"issuer": server.url, "introspection_endpoint": f"{server.url}/introspect"}
    server.answers[OIDC_PATH] = Answer(document)
    keys = RemoteKeySet.of_issuer(server.url)
    assert "publishes no key set" in failure_of(keys)
    assert keys.discovery is not None
    assert keys.discovery.introspection_endpoint == f"{server.url}/introspect"


def test_allow_http_holds_for_every_url(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set(), token_endpoint="http://elsewhere.example/token")
    keys = RemoteKeySet.of_issuer(server.url, allow_http=True)
    keys.fetch()
    assert keys.discovery is not None
    assert keys.discovery.token_endpoint == "http://elsewhere.example/token"


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("accounts.google.com", "must be a URL"),
        ("http://id.example", "must use https"),
        ("file:///etc/passwd", "must use https"),
        ("https://id.example/?tenant=1", "query or a fragment"),
        ("https://id.example\n", "white space"),
        ("https://login.example/{tenantid}/v2.0", "placeholder"),
        (f"https://id.example{OIDC_PATH}", "without /.well-known/openid-configuration"),
    ],
)
def test_issuer_that_is_not_permitted_is_a_value_error(issuer: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        RemoteKeySet.of_issuer(issuer)


def test_issuer_must_be_a_str() -> None:
    for issuer in (HttpUrl("https://id.example"), b"https://id.example", None):
        with pytest.raises(TypeError, match="issuer must be a str"):
            RemoteKeySet.of_issuer(issuer)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        RemoteKeySet.of_issuer("https://id.example", burst=1)  # type: ignore[call-arg]


def test_concurrent_coroutines_share_one_fetch(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set())
    verifier = Verifier(RemoteKeySet.of_issuer(server.url))

    async def main() -> None:
        results = await asyncio.gather(*(verifier.verify_async(make_token()) for _ in range(50)))

        assert [claims["sub"] for claims in results] == ["u"] * 50

    asyncio.run(main())
    assert server.paths == [OIDC_PATH, "/jwks"]


def test_forked_child_fetches_document_and_keys_itself(server: IssuerServer) -> None:
    server.publish(server.url, make_key_set("a"), jwks_path="/a")
    keys = RemoteKeySet.of_issuer(server.url)
    verifier = Verifier(keys)
    verifier.verify(make_token("a"))
    server.publish(server.url, make_key_set("b"), jwks_path="/b")
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=lambda: queue.put(verifier.verify(make_token("b"))["sub"]))
    child.start()
    child.join(60)
    assert (child.exitcode, queue.get()) == (0, "u")
    assert keys.discovery is not None
    assert keys.discovery.jwks_uri == f"{server.url}/a", "the parent has not fetched"
