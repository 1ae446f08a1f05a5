"""`RemoteKeySet(initial=…)`: a key set that is used until the first fetch succeeds."""

from __future__ import annotations

import json
import multiprocessing
import os
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JWKError, JWTError, RemoteKeySet, Verifier
from support.processes.polling import wait_until
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks, wait_for_rejection
from support.tokens.bearer_tokens import KEY_SET
from support.tokens.ed25519_key_set import make_key_set, make_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAIT_LIMIT_SECONDS = 20
UNREACHABLE = "http://127.0.0.1:1/jwks"


@pytest.fixture
def proxy() -> Iterator[JwksProxy]:
    with serve_jwks(make_key_set) as proxy:
        yield proxy


@pytest.mark.parametrize(
    "form", [dict, json.dumps, lambda keys: json.dumps(keys).encode()], ids=["dict", "str", "bytes"]
)
def test_initial_set_verifies_while_the_first_fetch_is_in_flight(proxy: JwksProxy, form: Callable[..., Any]) -> None:
    keys = RemoteKeySet(proxy.url, initial=form(make_key_set()))
    assert keys.age_seconds is None
    assert proxy.request_count == 0
    with proxy.hold_responses():
        assert Verifier(keys).verify(make_token())["sub"] == "u"
        assert proxy.request_received.wait(WAIT_LIMIT_SECONDS)  # its first use starts a fetch in the background
        assert keys.age_seconds is None
    wait_until(lambda: keys.age_seconds is not None)
    assert proxy.request_count == 1


def test_initial_set_verifies_while_fetches_fail() -> None:
    keys = RemoteKeySet(UNREACHABLE, initial=make_key_set())
    verifier = Verifier(keys)
    assert verifier.verify(make_token())
    wait_until(lambda: keys.last_failure is not None)
    assert verifier.verify(make_token())
    assert keys.age_seconds is None


def test_key_that_is_not_in_the_initial_set_is_fetched(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url, initial=make_key_set("old")))
    assert verifier.try_verify(make_token("k1")) is None
    assert verifier.verify(make_token("k1"))["sub"] == "u"


@pytest.mark.parametrize("cache_size", [0, 100])
def test_key_that_is_only_in_the_initial_set_is_rejected_after_a_fetch(proxy: JwksProxy, cache_size: int) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url, initial=make_key_set("old")), cache_size=cache_size)
    token = make_token("old")
    assert verifier.verify(token)
    rejected = wait_for_rejection(verifier, token)
    assert isinstance(rejected, JWTError)
    assert rejected.code == "unknown_key"


def test_wrong_signature_under_an_initial_key_fetches_the_set(proxy: JwksProxy) -> None:
    key = {**make_key_set()["keys"][0], "x": KEY_SET["keys"][0]["x"]}
    verifier = Verifier(RemoteKeySet(proxy.url, initial={"keys": [key]}))
    assert verifier.verify(make_token())["sub"] == "u"


def test_initial_set_without_keys_fetches_at_the_first_token(proxy: JwksProxy) -> None:
    keys = RemoteKeySet(proxy.url, initial={"keys": []})
    assert Verifier(keys).verify(make_token())["sub"] == "u"


def test_skipped_keys_of_the_initial_set_are_listed() -> None:
    initial = {"keys": [*make_key_set()["keys"], {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "weak"}]}
    assert "weak" in RemoteKeySet(UNREACHABLE, initial=initial).skipped_keys[0]


@pytest.mark.parametrize(
    "initial",
    ["", "null", "[]", "{}", b"\xff", "\ud800", {}, {"keys": None}, {"keys": {}}, {"keys": [{"kty": "RSA"}]},
     {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, {"keys": [object()]}, {"keys": [], 1: float("nan")}, "<html>",
     '{"keys":[],"keys":[]}', "[" * 100_000],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_initial_set_that_is_not_usable_raises_jwk_error(initial: Any) -> None:
    with pytest.raises(JWKError) as raised:
        RemoteKeySet("https://a.example", initial=initial)
    assert "c2VjcmV0" not in str(raised.value)


def test_initial_set_beyond_max_keys_raises_jwk_error() -> None:
    with pytest.raises(JWKError, match="at most 0 keys"):
        RemoteKeySet("https://a.example", initial=make_key_set(), max_keys=0)


@pytest.mark.parametrize("initial", [1, True, [], [make_key_set()], (), object(), bytearray(b"{}")], ids=repr)
def test_initial_set_of_another_type_raises_type_error(initial: Any) -> None:
    with pytest.raises(TypeError, match="initial must be a JWK Set: a mapping, or JSON"):
        RemoteKeySet("https://a.example", initial=initial)


def verify_in_child(verifier: Verifier, keys: RemoteKeySet) -> None:
    assert verifier.verify(make_token())
    wait_until(lambda: keys.age_seconds is not None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
@pytest.mark.parametrize("first_use", ["in the parent", "in the child"])
def test_forked_child_uses_the_initial_set_and_fetches_itself(proxy: JwksProxy, first_use: str) -> None:
    keys = RemoteKeySet(proxy.url, initial=make_key_set())
    verifier = Verifier(keys)
    child = multiprocessing.get_context("fork").Process(target=verify_in_child, args=(verifier, keys))
    with proxy.hold_responses():
        if first_use == "in the parent":
            assert verifier.verify(make_token())
            assert proxy.request_received.wait(WAIT_LIMIT_SECONDS)
        child.start()
    child.join(WAIT_LIMIT_SECONDS)
    if child.is_alive():
        child.kill()
        child.join()
    assert child.exitcode == 0
    assert proxy.request_count == (2 if first_use == "in the parent" else 1)
