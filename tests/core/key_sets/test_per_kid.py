"""`RemoteKeySet.per_kid`: keys that are fetched one by one, by the `kid` of an unverified token."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWKSetUnavailableError, RemoteKeySet, Verifier
from support.servers.issuer_server import Answer, IssuerServer, serve_issuer
from support.tokens.jose_builder import create_token, ec_key, private_pem, spki

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE, OTHER = ec_key(), ec_key(other=True)
TRAVERSALS = (
    "",
    ".",
    "..",
    "../a",
    "a/../b",
    "/a",
    "//evil.example/a",
    "a/b",
    "%2e%2e",
    "a%2fb",
    "a\\b",
    "@evil.example",
)
IMPOSSIBLE_KIDS = (*TRAVERSALS, "a?b", "a#b", "a b", "a:b", "a\0", "a\r\nX: y")


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        for kid in ("a", "b"):
            publish(server, kid)
        yield server


def publish(server: IssuerServer, kid: str, key: Any = ONE) -> None:
    server.answers[f"/keys/{kid}"] = Answer(spki(key.public_key()))


def keys_of(server: IssuerServer, **options: Any) -> RemoteKeySet:
    return RemoteKeySet.per_kid(f"{server.url}/keys", **{"max_wait_seconds": 0, "fetch_burst": 100, **options})


def token_of(kid: Any = "a", key: Any = ONE) -> str:
    header = {} if kid is None else {"kid": kid}
    return create_token("ES256", {"sub": "u", "exp": int(time.time()) + 600}, key, **header)


def error_code(verifier: Verifier, token: str) -> str | None:
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    return raised.value.code


def test_key_is_fetched_when_a_token_names_it(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server))
    for kid in ("a", "a", "b", "a", "b"):
        assert verifier.verify(token_of(kid))["sub"] == "u"
    assert server.paths == ["/keys/a", "/keys/b"]
    assert error_code(verifier, token_of("a", OTHER)) == "bad_signature"


@pytest.mark.parametrize("slash", ["", "/"])
def test_slash_at_the_end_of_the_url_does_not_count(server: IssuerServer, slash: str) -> None:
    Verifier(RemoteKeySet.per_kid(f"{server.url}/keys{slash}")).verify(token_of())
    assert server.paths == ["/keys/a"]


@pytest.mark.parametrize("kid", [*IMPOSSIBLE_KIDS, "é", "a" * 129, None])
def test_kid_that_is_not_a_name_is_unknown_without_a_fetch(server: IssuerServer, kid: str | None) -> None:
    verifier = Verifier(keys_of(server))
    verifier.verify(token_of("a"))
    server.requests.clear()
    assert error_code(verifier, token_of(kid)) == "unknown_key"
    assert server.paths == []


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_key_that_the_server_does_not_have_is_unknown(server: IssuerServer, status: int) -> None:
    verifier = Verifier(keys_of(server))
    server.answers["/keys/x"] = Answer(b"", status=status)
    assert error_code(verifier, token_of("x")) == "unknown_key"
    assert verifier.verify(token_of("a"))["sub"] == "u"


@pytest.mark.parametrize("answer", [Answer(b"", status=500), Answer(b"", status=429), Answer(b"", status=302)])
def test_outage_is_unavailable_and_keeps_the_keys(server: IssuerServer, answer: Answer) -> None:
    keys = keys_of(server)
    verifier = Verifier(keys, cache_size=0)
    verifier.verify(token_of("a"))
    server.answers["/keys/a"] = server.answers["/keys/b"] = answer
    assert error_code(verifier, token_of("b")) == "keys_unavailable"
    with pytest.raises(JWKSetUnavailableError):
        keys.fetch()
    assert verifier.verify(token_of("a"))["sub"] == "u"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>secret</html>", "a public key in PEM"),
        (b"", "a public key in PEM"),
        (b"\0" * 100, "a public key in PEM"),
        (private_pem(ONE), "private key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "a public key in PEM"),
        (spki(ONE.public_key()) + b" " * 20_000, "too long"),
    ],
)
def test_response_that_is_not_a_key_is_named(server: IssuerServer, body: bytes, expected: str) -> None:
    keys = keys_of(server)
    server.answers["/keys/x"] = Answer(body)
    assert error_code(Verifier(keys), token_of("x")) == "keys_unavailable"
    assert keys.last_failure is not None
    assert expected in keys.last_failure
    assert "secret" not in keys.last_failure


def test_one_key_that_fails_does_not_affect_another(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server))
    server.answers["/keys/x"] = Answer(b"", status=500)
    with ThreadPoolExecutor(3) as pool, server.hold("/keys/b"):
        first = pool.submit(verifier.verify, token_of("b"))  # its fetch is in flight while the others arrive
        assert server.request_received.wait(60)
        good, bad = pool.submit(verifier.verify, token_of("a")), pool.submit(error_code, verifier, token_of("x"))
        assert [good.result(20)["sub"], bad.result(20), first.done()] == ["u", "keys_unavailable", False]
        server.released.set()
        assert first.result(20)["sub"] == "u"


def test_refresh_fetches_every_kept_key_again(server: IssuerServer) -> None:
    keys = keys_of(server)
    verifier = Verifier(keys, cache_size=0)
    verifier.verify(token_of("a"))
    verifier.verify(token_of("b"))
    publish(server, "a", OTHER)
    del server.answers["/keys/b"]
    server.requests.clear()
    keys.fetch()
    assert sorted(server.paths) == ["/keys/a", "/keys/b"]
    assert verifier.verify(token_of("a", OTHER))["sub"] == "u"
    assert error_code(verifier, token_of("a")) == "bad_signature"
    assert error_code(verifier, token_of("b")) == "unknown_key"


def test_kept_key_survives_a_403(server: IssuerServer) -> None:
    keys = keys_of(server)
    verifier = Verifier(keys, cache_size=0)
    verifier.verify(token_of("a"))
    server.answers["/keys/a"] = Answer(b"", status=403)
    with pytest.raises(JWKSetUnavailableError):
        keys.fetch()
    assert verifier.verify(token_of("a"))["sub"] == "u"


def test_expired_key_is_fetched_again(server: IssuerServer) -> None:
    keys = keys_of(server, max_age_seconds=0, max_stale_seconds=0)
    verifier = Verifier(keys)
    for _ in range(3):
        with pytest.raises(JOSEError):  # expired as soon as it arrives
            verifier.verify(token_of("a"))
    assert server.paths.count("/keys/a") >= 3


def test_wrong_signature_fetches_the_named_key_alone(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server))
    verifier.verify(token_of("a"))
    verifier.verify(token_of("b"))
    publish(server, "a", OTHER)
    server.requests.clear()
    assert verifier.verify(token_of("a", OTHER))["sub"] == "u"
    assert server.paths == ["/keys/a"]


def test_made_up_kids_cause_a_fetch_each_only_as_the_bucket_permits(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server, fetch_burst=3, fetch_interval_seconds=60))
    codes = [error_code(verifier, token_of(f"x{number}")) for number in range(20)]
    assert codes == ["unknown_key"] * 3 + ["keys_unavailable"] * 17
    assert len(server.paths) == 3


def test_made_up_kids_do_not_replace_kept_keys(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server))
    verifier.verify(token_of("a"))
    for number in range(30):
        assert error_code(verifier, token_of(f"x{number}")) == "unknown_key"
    server.requests.clear()
    assert verifier.verify(token_of("a"))["sub"] == "u"
    assert server.paths == []


def test_the_seventeenth_key_replaces_the_first(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server), cache_size=0)
    for number in range(17):
        publish(server, f"k{number}")
        verifier.verify(token_of(f"k{number}"))
    server.requests.clear()
    verifier.verify(token_of("k1"))
    assert server.paths == []
    verifier.verify(token_of("k0"))
    assert server.paths == ["/keys/k0"]


def test_token_that_its_claims_rule_out_causes_no_fetch(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server), header={"signer": "arn:1"})
    assert error_code(verifier, create_token("ES256", {"exp": int(time.time()) + 60}, ONE, kid="a", signer="x")) == (
        "wrong_header"
    )
    assert error_code(verifier, create_token("ES256", {"exp": 1}, ONE, kid="a", signer="arn:1")) == "expired"
    assert server.paths == []


def test_manual_fetch_before_the_first_token_requests_nothing(server: IssuerServer) -> None:
    keys = keys_of(server)
    keys.fetch()
    assert (server.paths, keys.last_failure) == ([], None)
    assert (keys.url, keys.issuer, keys.discovery) == (f"{server.url}/keys", None, None)
    assert Verifier(keys).verify(token_of("a"))["sub"] == "u"


def test_forked_child_fetches_its_own_keys(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server))
    verifier.verify(token_of("a"))
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=lambda: queue.put([verifier.verify(token_of(kid))["sub"] for kid in "ab"]))
    child.start()
    child.join(60)
    assert (child.exitcode, queue.get()) == (0, ["u", "u"])


def test_arguments_are_checked() -> None:
    for url in ("https://keys.example/?a=b", "https://keys.example/#a", "http://keys.example", "keys.example"):
        with pytest.raises(ValueError, match="must"):
            RemoteKeySet.per_kid(url)
    with pytest.raises(ValueError, match="initial must be absent"):
        RemoteKeySet.per_kid("https://keys.example", initial={"keys": []})
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        RemoteKeySet.per_kid("https://keys.example", kid="a")  # type: ignore[call-arg]
