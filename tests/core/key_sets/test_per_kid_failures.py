"""`RemoteKeySet.per_kid`: a key that fails, and keys that forged tokens have fetched, do not affect the other keys."""

from __future__ import annotations

import asyncio
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWKSetUnavailableError, RemoteKeySet, Verifier
from fastjose.aws import alb_verifier
from support.processes.polling import wait_until
from support.servers.issuer_server import Answer, IssuerServer, serve_issuer
from support.tokens.jose_builder import create_token, ec_key, spki

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ONE, OTHER = ec_key(), ec_key(other=True)
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
MANY_SECONDS = 60.0
"""Longer than anything here takes on a busy machine, unless it never ends."""

ONE_ROUND_AN_HOUR = {"fetch_burst": 1, "fetch_interval_seconds": 3_600, "max_wait_seconds": 7_200}

FAILURES = {
    "refused": (Answer(b"AccessDenied", status=403), "unknown_key"),
    "error": (Answer(b"", status=500), "keys_unavailable"),
    "limited": (Answer(b"", status=429, headers={"Retry-After": "300"}), "keys_unavailable"),
    "not a key": (Answer(b"<html>"), "keys_unavailable"),
    "a private key": (Answer(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), "keys_unavailable"),
    "gone": (Answer(b"", status=404), "unknown_key"),
}


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        for kid in ("a", "b", "c", "d"):
            publish(server, kid)
        yield server


def publish(server: IssuerServer, kid: str, key: Any = ONE) -> None:
    server.answers[f"/keys/{kid}"] = Answer(spki(key.public_key()))


def keys_of(server: IssuerServer, **options: Any) -> RemoteKeySet:
    return RemoteKeySet.per_kid(f"{server.url}/keys", **{"fetch_burst": 1_000, **options})


def short_lived_keys_of(server: IssuerServer, **options: Any) -> RemoteKeySet:
    ages = {"max_age_seconds": 0.5, "min_age_seconds": 0, "max_stale_seconds": 0.5}
    return keys_of(server, **{**ages, "max_wait_seconds": 1, **options})


def token_of(kid: str = "a", key: Any = ONE, signer: str = ARN) -> str:
    return create_token("ES256", {"sub": "u", "exp": int(time.time()) + 600}, key, kid=kid, signer=signer)


def outcome(verifier: Verifier, token: str) -> str | None:
    try:
        verifier.verify(token)
    except JOSEError as error:
        return error.code
    return "verified"


def outcomes(verifier: Verifier, kids: Iterable[str]) -> list[str | None]:
    return [outcome(verifier, token_of(kid)) for kid in kids]


@pytest.mark.parametrize("failure", FAILURES)
def test_key_that_fails_beyond_its_expiry_affects_no_other_and_recovers(server: IssuerServer, failure: str) -> None:
    verifier = Verifier(short_lived_keys_of(server), cache_size=0)
    assert outcomes(verifier, "ab") == ["verified", "verified"]
    server.answers["/keys/a"], code = FAILURES[failure]

    def has_expired() -> bool:
        assert outcome(verifier, token_of("b")) == "verified"
        return outcome(verifier, token_of("a")) != "verified"

    wait_until(has_expired)
    assert outcomes(verifier, "abca") == [code, "verified", "verified", code]
    if failure == "limited":
        return  # the server asked for 300 seconds
    publish(server, "a")
    wait_until(lambda: outcome(verifier, token_of("a")) == "verified")


def test_key_whose_server_hangs_beyond_its_expiry_affects_no_other_and_recovers(server: IssuerServer) -> None:
    verifier = Verifier(short_lived_keys_of(server, timeout_seconds=3), cache_size=0)
    assert outcomes(verifier, "ab") == ["verified", "verified"]
    with server.hold("/keys/a"):
        wait_until(lambda: outcome(verifier, token_of("a")) == "keys_unavailable")
        assert outcomes(verifier, "bca") == ["verified", "verified", "keys_unavailable"]
    wait_until(lambda: outcome(verifier, token_of("a")) == "verified")


@pytest.mark.parametrize("kid", ["b", "c"])
def test_key_whose_answer_is_awaited_delays_no_other(server: IssuerServer, kid: str) -> None:
    keys = keys_of(server, timeout_seconds=MANY_SECONDS)
    verifier = Verifier(keys, cache_size=0)
    assert outcomes(verifier, "ab") == ["verified", "verified"]
    with ThreadPoolExecutor(2) as pool, server.hold("/keys/a"):
        server.request_received.clear()
        fetch = pool.submit(keys.fetch)
        assert server.request_received.wait(MANY_SECONDS)
        publish(server, "b", OTHER)
        token = token_of(kid, OTHER if kid == "b" else ONE)
        assert pool.submit(outcome, verifier, token).result(MANY_SECONDS / 3) == "verified"
        assert not fetch.done()
    assert fetch.done()


def test_wrong_signatures_under_one_key_leave_the_recheck_of_another(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server), cache_size=0)
    assert outcomes(verifier, "ab") == ["verified", "verified"]
    assert outcome(verifier, token_of("a", OTHER)) == "bad_signature"
    publish(server, "b", OTHER)
    assert outcome(verifier, token_of("b", OTHER)) == "verified"


def test_keys_of_forged_tokens_do_not_displace_a_key_that_has_verified_one(server: IssuerServer) -> None:
    keys = keys_of(server)
    verifier = Verifier(keys, cache_size=0)
    assert outcome(verifier, token_of("a")) == "verified"
    for number in range(40):
        publish(server, f"planted-{number}", OTHER)
        assert outcome(verifier, token_of(f"planted-{number}")) == "bad_signature"
    server.requests.clear()
    assert outcome(verifier, token_of("a")) == "verified"
    assert server.paths == []
    assert keys.key_count <= 24


def test_tokens_that_are_signed_but_not_accepted_do_not_keep_their_keys(server: IssuerServer) -> None:
    verifier = alb_verifier(signer=ARN, keys=keys_of(server), cache_size=0)
    assert outcome(verifier, token_of("a")) == "verified"
    time.sleep(1.1)  # the key of a real token is now the least recently used
    for number in range(30):
        kid = f"planted-{number}"
        publish(server, kid, OTHER)
        assert outcome(verifier, token_of(kid)) == "bad_signature"
        assert outcome(verifier, token_of(kid, OTHER, signer=f"{ARN}0")) == "wrong_header"
    server.requests.clear()
    assert outcome(verifier, token_of("a")) == "verified"
    assert server.paths == []


def test_key_whose_tokens_are_cached_is_not_displaced(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server), cache_size=100)
    cached = token_of("a")
    assert outcome(verifier, cached) == "verified"
    for number in range(16):
        publish(server, f"k{number}")
        if number == 15:
            time.sleep(1.1)
            assert outcome(verifier, cached) == "verified"
        assert outcome(verifier, token_of(f"k{number}")) == "verified"
    server.requests.clear()
    assert outcome(verifier, cached) == "verified"
    assert outcome(verifier, token_of("a")) == "verified"
    assert server.paths == []


@pytest.mark.parametrize("failure", ["refused", "error", "not a key"])
def test_planted_key_that_fails_affects_no_real_token(server: IssuerServer, failure: str) -> None:
    publish(server, "evil", OTHER)
    keys = short_lived_keys_of(server)
    verifier = Verifier(keys, cache_size=0)

    def are_cached() -> bool:
        assert outcomes(verifier, ("a", "evil")) == ["verified", "bad_signature"]
        return keys.key_count == 2  # unless one of them has expired meanwhile

    wait_until(are_cached)
    server.answers["/keys/evil"], code = FAILURES[failure]
    keys.fetch()
    assert outcome(verifier, token_of("a")) == "verified"

    def has_expired() -> bool:
        assert outcome(verifier, token_of("a")) == "verified"
        return outcome(verifier, token_of("evil")) == code

    wait_until(has_expired)
    assert outcomes(verifier, "ab") == ["verified", "verified"]
    assert keys.has_usable_keys


def test_fetch_renews_the_other_keys_if_one_fails(server: IssuerServer) -> None:
    keys = keys_of(server)
    verifier = Verifier(keys, cache_size=0)
    assert outcomes(verifier, "ab") == ["verified", "verified"]
    server.answers["/keys/a"] = Answer(b"", status=500)
    publish(server, "b", OTHER)
    with pytest.raises(JWKSetUnavailableError):
        keys.fetch()
    server.requests.clear()
    assert outcome(verifier, token_of("b", OTHER)) == "verified"
    assert outcome(verifier, token_of("a")) == "verified"
    assert server.paths == []


def test_tokens_of_cached_keys_wait_beside_as_many_unknown_kids_as_may(server: IssuerServer) -> None:
    async def wait_beside(count: int, timeout: float) -> str | None:
        verifier = Verifier(keys_of(server, **ONE_ROUND_AN_HOUR), cache_size=0)
        publish(server, "a")
        assert await verify_async(verifier, token_of("a")) == "verified"
        publish(server, "a", OTHER)
        waits = [asyncio.create_task(verifier.verify_async(token_of(f"made-up-{number}"))) for number in range(count)]
        await asyncio.sleep(0.2)  # all of them wait for their round
        assert not any(wait.done() for wait in waits)
        assert await verify_async(verifier, token_of("a", OTHER)) == "verified", "a recheck of a cached key"
        code = await verify_async(verifier, token_of("b"), timeout)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        return code

    assert asyncio.run(wait_beside(256, MANY_SECONDS)) == "keys_unavailable"
    assert asyncio.run(wait_beside(255, timeout=1)) is None, "it waits"


def test_real_kid_is_fetched_though_more_made_up_ones_wait_than_a_round_fetches(server: IssuerServer) -> None:
    keys = keys_of(server, fetch_burst=1, fetch_interval_seconds=0.25, max_wait_seconds=5)
    verifier = Verifier(keys, cache_size=0)

    async def forge(client: int, end: asyncio.Event) -> None:
        for number in itertools.count():
            await verify_async(verifier, token_of(f"made-up-{client}-{number}"))
            await asyncio.sleep(0.001)
            if end.is_set():
                return

    async def verify_meanwhile() -> list[str | None]:
        end = asyncio.Event()
        clients = [asyncio.create_task(forge(client, end)) for client in range(32)]
        await asyncio.sleep(0.5)
        codes = [await verify_async(verifier, token_of("a"))]
        while codes[-1] != "verified" and len(codes) < 5:  # each waits for 20 rounds
            await asyncio.sleep(0.05)
            codes.append(await verify_async(verifier, token_of("a")))
        end.set()
        await asyncio.gather(*clients)
        return codes

    assert asyncio.run(verify_meanwhile())[-1] == "verified"


async def verify_async(verifier: Verifier, token: str, timeout: float = MANY_SECONDS) -> str | None:
    try:
        await asyncio.wait_for(verifier.verify_async(token), timeout)
    except JOSEError as error:
        return error.code
    except asyncio.TimeoutError:
        return None
    return "verified"


def test_age_is_that_of_keys_that_have_verified_a_token(server: IssuerServer) -> None:
    keys = keys_of(server)
    verifier = Verifier(keys)
    assert keys.age_seconds is None
    assert outcome(verifier, token_of("a", OTHER)) == "bad_signature"
    assert keys.key_count == 1
    assert keys.age_seconds is None  # a forged token had it fetched
    assert outcome(verifier, token_of("b")) == "verified"
    assert keys.age_seconds is not None


def test_age_is_not_that_of_a_key_that_has_expired(server: IssuerServer) -> None:
    keys = short_lived_keys_of(server)
    verifier = Verifier(keys)
    wait_until(lambda: outcome(verifier, token_of("a")) == "verified")
    server.answers["/keys/a"] = Answer(b"", status=500)
    wait_until(lambda: keys.age_seconds is None)
    assert keys.key_count == 0


def test_kid_that_no_round_selects_waits_no_longer_than_permitted(server: IssuerServer) -> None:
    keys = keys_of(server, fetch_burst=1, fetch_interval_seconds=0.3, max_wait_seconds=0.5)
    verifier = Verifier(keys)

    async def run() -> list[str | None]:
        return await asyncio.gather(*(verify_async(verifier, token_of(f"made-up-{number}")) for number in range(200)))

    codes = asyncio.run(run())
    assert set(codes) == {"unknown_key", "keys_unavailable"}
    assert codes.count("keys_unavailable") > 100  # rounds for all of them would take 8 seconds
