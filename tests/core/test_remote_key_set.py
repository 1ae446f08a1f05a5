"""`RemoteKeySet` from Python: coroutines, event loops, threads and forks, against a real server on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import JOSEError, JWKSetUnavailableError, JWTError, RemoteKeySet, Verifier, sign_token
from fastjose._core import PendingVerification, authenticate_bearer
from support.jose_builder import b64u, ec_key, jwk, public
from support.jose_builder import token as raw_token
from support.jwks_proxy import JwksProxy, serve_jwks

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

KEY = ed25519.Ed25519PrivateKey.generate()
PRIVATE_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
X = b64u(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def key_set(kid: str = "k1") -> dict[str, Any]:
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": X}]}


def token(kid: str = "k1") -> str:
    return sign_token({"sub": "u", "exp": int(time.time()) + 60}, PRIVATE_PEM, algorithm="EdDSA", header={"kid": kid})


@pytest.fixture
def relay() -> Iterator[JwksProxy]:
    with serve_jwks(key_set) as relay:
        yield relay


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Return what runs a coroutine on an event loop of its own; uvicorn chooses uvloop where it is installed."""
    runner: Callable[[Coroutine[Any, Any, Any]], Any] = pytest.importorskip(request.param).run
    return runner


async def verified(verifier: Verifier, text: str) -> str:
    claims = await verifier.verify_async(text)
    subject: str = claims["sub"]
    return subject


def test_keys_are_fetched_once_and_only_when_needed(relay: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(relay.url))
    assert relay.request_count == 0
    for _ in range(3):
        assert verifier.verify(token())["sub"] == "u"
        assert asyncio.run(verified(verifier, token())) == "u"
    assert relay.request_count == 1


def test_es256k_is_accepted_only_where_the_caller_names_it() -> None:
    own = jwk(public(ec_key("secp256k1")), alg="ES256K", kid="k1")
    text = raw_token("ES256K", {"exp": int(time.time()) + 60}, kid="k1")
    with serve_jwks(lambda: {"keys": [own]}) as relay:
        with pytest.raises(JWTError) as raised:
            Verifier(RemoteKeySet(relay.url)).verify(text)
        assert raised.value.code == "algorithm_not_allowed"
        assert Verifier(RemoteKeySet(relay.url), algorithms="ES256K").verify(text)


def test_many_coroutines_wait_for_one_fetch(relay: JwksProxy, run: Callable[..., Any]) -> None:
    verifier = Verifier(RemoteKeySet(relay.url))

    async def main() -> list[str]:
        with relay.hold_responses():
            waiting = [asyncio.ensure_future(verified(verifier, token())) for _ in range(100)]
            await asyncio.to_thread(relay.request_received.wait, 10)
        return await asyncio.gather(*waiting)

    assert run(main()) == ["u"] * 100
    assert relay.request_count == 1


def test_a_waiter_that_is_cancelled_leaves_the_others_their_keys(relay: JwksProxy, run: Callable[..., Any]) -> None:
    verifier = Verifier(RemoteKeySet(relay.url))

    async def main() -> list[str | BaseException]:
        with relay.hold_responses():
            waiting = [asyncio.ensure_future(verified(verifier, token())) for _ in range(5)]
            await asyncio.to_thread(relay.request_received.wait, 10)
            waiting[0].cancel()
            await asyncio.sleep(0)
        return await asyncio.gather(*waiting, return_exceptions=True)

    cancelled, *others = run(main())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert others == ["u"] * 4


def test_the_event_loop_turns_while_keys_are_fetched(relay: JwksProxy, run: Callable[..., Any]) -> None:
    verifier, turned = Verifier(RemoteKeySet(relay.url)), []

    async def main() -> str:
        with relay.hold_responses():
            waiting = asyncio.ensure_future(verified(verifier, token()))
            await asyncio.to_thread(relay.request_received.wait, 10)
            turned.append(waiting.done())
        return await waiting

    assert run(main()) == "u"
    assert turned == [False]


def test_a_key_at_hand_makes_no_task(relay: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(relay.url))
    verifier.verify(token())

    async def main() -> None:
        with pytest.raises(StopIteration) as done:  # the first step is the last: nothing was waited for
            verifier.verify_async(token()).send(None)
        assert done.value.value["sub"] == "u"

    asyncio.run(main())


def test_what_is_not_at_hand_is_none_and_fetches_nothing(relay: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(relay.url))
    assert verifier.try_verify(token()) is None
    assert relay.request_count == 0
    text = token()
    assert verifier.verify(text) == verifier.try_verify(text)
    with pytest.raises(JWTError):
        verifier.try_verify("a.b.c")


def test_several_event_loops_one_after_the_other(relay: JwksProxy, run: Callable[..., Any]) -> None:
    for _ in range(3):
        assert run(verified(Verifier(RemoteKeySet(relay.url)), token())) == "u"
    assert relay.request_count == 3


def test_threads_wait_for_one_fetch(relay: JwksProxy) -> None:
    verifier, seen = Verifier(RemoteKeySet(relay.url)), []
    threads = [threading.Thread(target=lambda: seen.append(verifier.verify(token())["sub"])) for _ in range(8)]
    with relay.hold_responses():
        for thread in threads:
            thread.start()
        assert relay.request_received.wait(10)
    for thread in threads:
        thread.join(10)
    assert seen == ["u"] * 8
    assert relay.request_count == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
@pytest.mark.parametrize("way", ["blocking", "async"])
def test_a_child_has_the_keys_at_hand_and_fetches_by_itself(relay: JwksProxy, way: str) -> None:
    verifier = Verifier(RemoteKeySet(relay.url))
    assert verifier.verify(token("k1"))  # the parent's runtime and its keeper are up
    relay.read_key_set = lambda: key_set("k2")
    child = multiprocessing.get_context("fork").Process(target=verify_in_child, args=(verifier, way))
    with parent_fetching(relay):
        child.start()
    child.join(20)
    if child.is_alive():
        child.kill()
        child.join()
    assert child.exitcode == 0
    assert relay.request_count == 3


@contextlib.contextmanager
def parent_fetching(relay: JwksProxy) -> Iterator[None]:
    """Keep a fetch of the parent's, for a set of its own and for nobody, under way while the block lasts."""
    relay.request_received.clear()
    with relay.hold_responses():
        waiting = threading.Thread(target=RemoteKeySet(relay.url, timeout_seconds=30).fetch)
        waiting.start()
        assert relay.request_received.wait(10)
        yield
    waiting.join(10)


def verify_in_child(verifier: Verifier, way: str) -> None:
    texts = [token("k1"), token("k2"), token("k2")]
    if way == "blocking":
        subjects = [verifier.verify(text)["sub"] for text in texts]
    else:
        subjects = [asyncio.run(verified(verifier, text)) for text in texts]
    os._exit(0 if subjects == ["u"] * 3 else 1)


def test_a_flood_of_unknown_keys_costs_the_bucket(relay: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(relay.url, fetch_burst=3, fetch_interval_seconds=3_600))
    assert verifier.verify(token("k1"))
    for _ in range(100):
        with pytest.raises(JOSEError) as raised:
            verifier.verify(token("made up"))
        assert raised.value.code in {"unknown_key", "keys_unavailable"}
        assert verifier.verify(token("k1"))
    assert relay.request_count == 3


def test_a_rotated_key_is_accepted_at_once() -> None:
    kids = ["k1"]
    with serve_jwks(lambda: key_set(kids[0])) as relay:
        verifier = Verifier(RemoteKeySet(relay.url))
        assert verifier.verify(token("k1"))
        kids[0] = "k2"
        assert verifier.verify(token("k2"))
        kids[0] = "k3"
        assert asyncio.run(verified(verifier, token("k3"))) == "u"
        assert relay.request_count == 3


def test_a_key_made_while_a_fetch_is_under_way_is_accepted(relay: JwksProxy) -> None:
    kids, verifier = ["k1"], Verifier(RemoteKeySet(relay.url))
    assert verifier.verify(token("k1"))
    relay.read_key_set = lambda: key_set(kids[0])

    async def main() -> str:
        relay.request_received.clear()
        with relay.hold_responses():
            early = asyncio.ensure_future(verified(verifier, token("made up")))
            await asyncio.to_thread(relay.request_received.wait, 10)
            late = asyncio.ensure_future(verified(verifier, token("k2")))
            await asyncio.sleep(0.05)
        kids[0] = "k2"
        with pytest.raises(JWTError):
            await early
        return await late

    assert asyncio.run(main()) == "u"


def test_a_set_may_have_a_thousand_keys_and_no_more_unless_it_is_allowed() -> None:
    keys = [jwk for number in range(1_001) for jwk in key_set(f"k{number}")["keys"]]
    with serve_jwks(lambda: {"keys": keys}) as relay:
        with pytest.raises(JWKSetUnavailableError, match="more than 1000 keys"):
            RemoteKeySet(relay.url).fetch()
        assert Verifier(RemoteKeySet(relay.url, max_keys=1_001)).verify(token("k1000"))
        keys.pop()
        assert Verifier(RemoteKeySet(relay.url)).verify(token("k999"))


def test_a_program_can_fetch_before_it_needs_to(relay: JwksProxy) -> None:
    keys = RemoteKeySet(relay.url)
    assert (keys.age_seconds, keys.last_failure) == (None, None)
    keys.fetch()
    assert keys.age_seconds is not None
    assert keys.age_seconds < 60

    async def main() -> None:
        await keys.fetch_async()

    asyncio.run(main())
    assert relay.request_count == 2
    assert Verifier(keys).verify(token())
    assert relay.request_count == 2


def test_a_fetch_that_fails_says_why_and_when_to_come_back() -> None:
    keys = RemoteKeySet("http://127.0.0.1:1/jwks")
    for fetch in (keys.fetch, lambda: asyncio.run(awaited(keys))):
        with pytest.raises(JWKSetUnavailableError, match="connection failed") as raised:
            fetch()
        assert 0 < raised.value.retry_after_seconds <= 2
    assert keys.last_failure == "connection failed or timed out"


async def awaited(keys: RemoteKeySet) -> None:
    await keys.fetch_async()


def test_https_needs_a_store_of_certificates_and_http_does_not(relay: JwksProxy, tmp_path: Path) -> None:
    program = (
        "import sys; from fastjose import RemoteKeySet\n"
        "try: RemoteKeySet(sys.argv[1], timeout_seconds=1).fetch()\n"
        "except Exception as error: print(error)\n"
        "else: print('fetched')"
    )
    environment = {"SSL_CERT_FILE": str(tmp_path / "none"), "SSL_CERT_DIR": str(tmp_path / "none")}
    for url, expected in [(relay.url, "fetched"), ("https://127.0.0.1:1/", "https requires a store of CA")]:
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", program, url], env=environment, capture_output=True, text=True, check=True
        )
        assert expected in done.stdout


def test_a_server_that_cannot_be_reached() -> None:
    verifier = Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"))
    for _ in range(2):
        with pytest.raises(JWKSetUnavailableError) as raised:
            verifier.verify(token())
        assert raised.value.code == "keys_unavailable"
    with pytest.raises(JWKSetUnavailableError):
        asyncio.run(verified(Verifier(RemoteKeySet("http://127.0.0.1:1/jwks")), token()))


def test_a_token_that_no_key_could_save_fetches_none(relay: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(relay.url))
    hs256 = sign_token({"exp": int(time.time()) + 60}, "x" * 40, algorithm="HS256")
    for refused in ("garbage", "a.b.c", hs256):
        with pytest.raises(JWTError):
            verifier.verify(refused)
    assert relay.request_count == 0


@pytest.mark.parametrize("verify", [Verifier.verify, Verifier.try_verify, authenticate_bearer])
def test_withdrawing_a_key_removes_its_tokens_from_the_cache(verify: Callable[[Verifier, str], object]) -> None:
    kids = ["k1"]
    with serve_jwks(lambda: key_set(kids[0])) as relay:
        verifier, cached = Verifier(RemoteKeySet(relay.url), cache_size=10), token("k1")
        assert verifier.verify(cached)
        kids[0] = "k2"
        assert verify(verifier, cached)
        assert verifier.verify(token("k2"))
        with contextlib.suppress(JWTError):
            needs_fetch = verify(verifier, cached)
            assert needs_fetch is None or isinstance(needs_fetch, PendingVerification)
        with pytest.raises(JWTError):
            verifier.verify(cached)


def until_refused(verifier: Verifier, text: str) -> JWTError:
    """Verify until the background fetch has brought the new set; a test that waits in vain fails."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            verifier.verify(text)
        except JWTError as error:
            return error
        time.sleep(0.01)
    pytest.fail("the withdrawn key is still accepted")


@pytest.mark.parametrize("cache_size", [0, 10])
def test_an_aged_set_is_fetched_anew_though_its_keys_are_at_hand(cache_size: int) -> None:
    kids = ["k1"]
    with serve_jwks(lambda: key_set(kids[0])) as relay:
        keys = RemoteKeySet(relay.url, max_age_seconds=0.2, min_age_seconds=0)
        verifier, withdrawn = Verifier(keys, cache_size=cache_size), token("k1")
        assert verifier.verify(withdrawn)
        kids[0] = "k2"
        assert until_refused(verifier, withdrawn).code == "unknown_key"


def test_a_key_at_hand_does_not_wait_for_the_fetch_of_a_set_that_is_due(relay: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(relay.url, max_age_seconds=3_600, refresh_jitter=1))
    assert verifier.verify(token())
    keys = RemoteKeySet(relay.url, max_age_seconds=0.2, min_age_seconds=0)
    verifier = Verifier(keys)
    assert verifier.verify(token())
    relay.request_received.clear()
    with relay.hold_responses():
        assert relay.request_received.wait(10)  # the background fetch is under way, and goes on beyond the age
        for _ in range(30):
            assert verifier.verify(token())["sub"] == "u"
            time.sleep(0.01)


def test_a_set_that_cannot_be_fetched_anew_is_not_trusted_for_ever() -> None:
    answers: list[Any] = [key_set()]
    with serve_jwks(lambda: answers.pop() if answers else None) as relay:
        keys = RemoteKeySet(relay.url, max_age_seconds=0.1, min_age_seconds=0, max_stale_seconds=0, max_wait_seconds=0)
        verifier = Verifier(keys)
        assert verifier.verify(token())
        time.sleep(0.15)
        with pytest.raises(JWKSetUnavailableError):
            verifier.verify(token())


@pytest.mark.parametrize(
    "url",
    ["", "auth", "file:///etc/passwd", "ftp://a/", "data:,x", "http://a.example/", "https://u:hunter22@a.example/"],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="The key set's URL") as raised:
        RemoteKeySet(url)
    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize(
    "argument", sorted(inspect.signature(RemoteKeySet).parameters.keys() - {"url", "allow_http", "refresh_jitter"})
)
def test_numbers_that_are_refused(argument: str) -> None:
    for value in (-1, 10**19, 10**400):
        arguments: dict[str, Any] = {argument: value}
        with pytest.raises(ValueError, match=argument):
            RemoteKeySet("https://a.example", **arguments)


def test_limits_that_cannot_be_kept_are_refused() -> None:
    for jitter in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="refresh_jitter"):
            RemoteKeySet("https://a.example", refresh_jitter=jitter)
    with pytest.raises(ValueError, match="fetch_burst"):
        RemoteKeySet("https://a.example", fetch_burst=0)


def test_every_default_stands_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "verifier.md").read_text(encoding="utf-8")
    documented = {name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", page, re.MULTILINE)}
    parameters = inspect.signature(RemoteKeySet).parameters.values()
    assert documented == {one.name: one.default for one in parameters if one.name not in {"url", "allow_http"}}


def test_it_shows_no_query() -> None:
    assert (
        repr(RemoteKeySet("https://a.example/jwks?key=hunter22")) == '<fastjose.RemoteKeySet "https://a.example/jwks">'
    )
