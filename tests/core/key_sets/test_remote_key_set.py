"""`RemoteKeySet` from Python: coroutines, event loops, threads and forks, against an HTTP server on loopback."""

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
from urllib.parse import urlsplit

import pytest
from pydantic import AnyHttpUrl, AnyUrl, HttpUrl, TypeAdapter
from starlette.datastructures import URL

from fastjose import JOSEError, JWKSetUnavailableError, JWTError, RemoteKeySet, Verifier, sign_token
from fastjose._core import PendingVerification, RequestAuthenticator
from fastjose.better_auth import api_verifier, jwks_url, oauth_verifier, origin
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks, wait_for_rejection
from support.tokens.ed25519_key_set import make_key_set, make_token
from support.tokens.jose_builder import create_token as sign_raw_token
from support.tokens.jose_builder import ec_key, jwk, public_key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

WAIT_LIMIT_SECONDS = 20


@pytest.fixture
def proxy() -> Iterator[JwksProxy]:
    with serve_jwks(make_key_set) as proxy:
        yield proxy


@pytest.fixture(params=["asyncio", "uvloop"])
def run_coroutine(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Return a function that runs a coroutine on a new event loop; uvicorn prefers uvloop if it is installed."""
    runner: Callable[[Coroutine[Any, Any, Any]], Any] = pytest.importorskip(request.param).run
    return runner


async def verify_subject(verifier: Verifier, text: str) -> str:
    claims = await verifier.verify_async(text)
    subject: str = claims["sub"]
    return subject


def test_key_set_is_fetched_once_on_first_verification(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))
    assert proxy.request_count == 0
    for _ in range(3):
        assert verifier.verify(make_token())["sub"] == "u"
        assert asyncio.run(verify_subject(verifier, make_token())) == "u"
    assert proxy.request_count == 1


def test_es256k_from_key_set_is_accepted_only_if_requested() -> None:
    secp256k1_jwk = jwk(public_key_of(ec_key("secp256k1")), alg="ES256K", kid="k1")
    text = sign_raw_token("ES256K", {"exp": int(time.time()) + 60}, kid="k1")
    with serve_jwks(lambda: {"keys": [secp256k1_jwk]}) as proxy:
        with pytest.raises(JWTError) as raised:
            Verifier(RemoteKeySet(proxy.url)).verify(text)
        assert raised.value.code == "algorithm_not_allowed"
        assert Verifier(RemoteKeySet(proxy.url), algorithms="ES256K").verify(text)


def test_concurrent_coroutines_share_one_fetch(proxy: JwksProxy, run_coroutine: Callable[..., Any]) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))

    async def main() -> list[str]:
        with proxy.hold_responses():
            waiting = [asyncio.ensure_future(verify_subject(verifier, make_token())) for _ in range(100)]
            await asyncio.to_thread(proxy.request_received.wait, 10)
        return await asyncio.gather(*waiting)

    assert run_coroutine(main()) == ["u"] * 100
    assert proxy.request_count == 1


def test_cancelled_waiter_does_not_affect_other_waiters(proxy: JwksProxy, run_coroutine: Callable[..., Any]) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))

    async def main() -> list[str | BaseException]:
        with proxy.hold_responses():
            waiting = [asyncio.ensure_future(verify_subject(verifier, make_token())) for _ in range(5)]
            await asyncio.to_thread(proxy.request_received.wait, 10)
            waiting[0].cancel()
            await asyncio.sleep(0)
        return await asyncio.gather(*waiting, return_exceptions=True)

    cancelled, *others = run_coroutine(main())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert others == ["u"] * 4


def test_fetch_does_not_block_the_event_loop(proxy: JwksProxy, run_coroutine: Callable[..., Any]) -> None:
    verifier, is_done = Verifier(RemoteKeySet(proxy.url)), []

    async def main() -> str:
        with proxy.hold_responses():
            waiting = asyncio.ensure_future(verify_subject(verifier, make_token()))
            await asyncio.to_thread(proxy.request_received.wait, 10)
            is_done.append(waiting.done())
        return await waiting

    assert run_coroutine(main()) == "u"
    assert is_done == [False]


def test_verify_async_with_cached_key_completes_without_waiting(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))
    verifier.verify(make_token())

    async def main() -> None:
        with pytest.raises(StopIteration) as returned:  # completes in the first step, without waiting
            verifier.verify_async(make_token()).send(None)
        assert returned.value.value["sub"] == "u"

    asyncio.run(main())


def test_try_verify_with_uncached_key_returns_none_without_fetch(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))
    assert verifier.try_verify(make_token()) is None
    assert proxy.request_count == 0
    text = make_token()
    assert verifier.verify(text) == verifier.try_verify(text)
    with pytest.raises(JWTError):
        verifier.try_verify("a.b.c")


def test_key_set_works_on_successive_event_loops(proxy: JwksProxy, run_coroutine: Callable[..., Any]) -> None:
    for _ in range(3):
        assert run_coroutine(verify_subject(Verifier(RemoteKeySet(proxy.url)), make_token())) == "u"
    assert proxy.request_count == 3


def test_concurrent_threads_share_one_fetch(proxy: JwksProxy) -> None:
    verifier, subjects = Verifier(RemoteKeySet(proxy.url)), []
    threads = [threading.Thread(target=lambda: subjects.append(verifier.verify(make_token())["sub"])) for _ in range(4)]
    with proxy.hold_responses():
        for thread in threads:
            thread.start()
        assert proxy.request_received.wait(10)
    for thread in threads:
        thread.join(10)
    assert subjects == ["u"] * 4
    assert proxy.request_count == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
@pytest.mark.parametrize("mode", ["blocking", "async"])
def test_forked_child_keeps_cached_keys_and_fetches_itself(proxy: JwksProxy, mode: str) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))
    assert verifier.verify(make_token("k1"))  # starts the runtime and the refresh task of the parent
    proxy.read_key_set = lambda: make_key_set("k2")
    child = multiprocessing.get_context("fork").Process(target=verify_in_child, args=(verifier, mode))
    with hold_fetch_in_parent(proxy):
        child.start()
    child.join(20)
    if child.is_alive():
        child.kill()
        child.join()
    assert child.exitcode == 0
    assert proxy.request_count == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
@pytest.mark.parametrize("mode", ["blocking", "async"])
def test_child_forked_while_the_same_set_is_fetched_fetches_itself(proxy: JwksProxy, mode: str) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url, timeout_seconds=30))
    proxy.read_key_set = lambda: {"keys": make_key_set("k1")["keys"] + make_key_set("k2")["keys"]}
    child = multiprocessing.get_context("fork").Process(target=verify_in_child, args=(verifier, mode))
    subjects: list[str] = []
    waiting = threading.Thread(target=lambda: subjects.append(verifier.verify(make_token())["sub"]))
    with proxy.hold_responses():
        waiting.start()
        assert proxy.request_received.wait(10)
        child.start()
    child.join(20)
    waiting.join(20)
    if child.is_alive():
        child.kill()
        child.join()
    assert (child.exitcode, subjects) == (0, ["u"])
    assert proxy.request_count == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # that is what is tested
def test_forked_child_does_not_use_a_stale_set_that_no_task_refreshes(proxy: JwksProxy) -> None:
    keys = RemoteKeySet(proxy.url, max_age_seconds=1, min_age_seconds=0, refresh_jitter=0)
    verifier, withdrawn = Verifier(keys), make_token("k1")
    assert verifier.verify(withdrawn)
    child = multiprocessing.get_context("fork").Process(target=reject_once_stale, args=(verifier, keys, withdrawn))
    proxy.read_key_set = lambda: make_key_set("k2")
    child.start()
    child.join(WAIT_LIMIT_SECONDS)
    if child.is_alive():
        child.kill()
        child.join()
    assert child.exitcode == 0


def reject_once_stale(verifier: Verifier, keys: RemoteKeySet, withdrawn: str) -> None:
    while (keys.age_seconds or 0) <= 1:
        time.sleep(0.01)
    try:
        verifier.verify(withdrawn)
    except JWTError as error:
        os._exit(0 if error.code == "unknown_key" else 2)
    os._exit(1)


@contextlib.contextmanager
def hold_fetch_in_parent(proxy: JwksProxy) -> Iterator[None]:
    """Hold a fetch of an unrelated key set in flight in the parent process while the block lasts."""
    proxy.request_received.clear()
    with proxy.hold_responses():
        waiting = threading.Thread(target=RemoteKeySet(proxy.url, timeout_seconds=30).fetch)
        waiting.start()
        assert proxy.request_received.wait(10)
        yield
    waiting.join(10)


def verify_in_child(verifier: Verifier, mode: str) -> None:
    texts = [make_token("k1"), make_token("k2"), make_token("k2")]
    if mode == "blocking":
        subjects = [verifier.verify(text)["sub"] for text in texts]
    else:
        subjects = [asyncio.run(verify_subject(verifier, text)) for text in texts]
    os._exit(0 if subjects == ["u"] * 3 else 1)


def test_flood_of_unknown_kids_is_limited_by_fetch_burst(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url, fetch_burst=3, fetch_interval_seconds=3_600))
    assert verifier.verify(make_token("k1"))
    for _ in range(100):
        with pytest.raises(JOSEError) as raised:
            verifier.verify(make_token("made-up"))
        assert raised.value.code in {"unknown_key", "keys_unavailable"}
        assert verifier.verify(make_token("k1"))
    assert proxy.request_count == 3


def test_rotated_key_is_accepted_immediately() -> None:
    kids = ["k1"]
    with serve_jwks(lambda: make_key_set(kids[0])) as proxy:
        verifier = Verifier(RemoteKeySet(proxy.url))
        assert verifier.verify(make_token("k1"))
        kids[0] = "k2"
        assert verifier.verify(make_token("k2"))
        kids[0] = "k3"
        assert asyncio.run(verify_subject(verifier, make_token("k3"))) == "u"
        assert proxy.request_count == 3


def test_key_created_during_a_fetch_is_accepted(proxy: JwksProxy) -> None:
    kids, verifier = ["k1"], Verifier(RemoteKeySet(proxy.url))
    assert verifier.verify(make_token("k1"))
    proxy.read_key_set = lambda: make_key_set(kids[0])

    async def main() -> str:
        proxy.request_received.clear()
        with proxy.hold_responses():
            early = asyncio.ensure_future(verify_subject(verifier, make_token("made-up")))
            await asyncio.to_thread(proxy.request_received.wait, 10)
            late = asyncio.ensure_future(verify_subject(verifier, make_token("k2")))
            await asyncio.sleep(0.05)
        kids[0] = "k2"
        with pytest.raises(JWTError):
            await early
        return await late

    assert asyncio.run(main()) == "u"


def test_key_set_is_limited_to_1000_keys_by_default() -> None:
    keys = [jwk for number in range(1_001) for jwk in make_key_set(f"k{number}")["keys"]]
    with serve_jwks(lambda: {"keys": keys}) as proxy:
        with pytest.raises(JWKSetUnavailableError, match="at most 1000 keys"):
            RemoteKeySet(proxy.url).fetch()
        assert Verifier(RemoteKeySet(proxy.url, max_keys=1_001)).verify(make_token("k1000"))
        keys.pop()
        assert Verifier(RemoteKeySet(proxy.url)).verify(make_token("k999"))


def test_explicit_fetch_caches_keys_before_first_verification(proxy: JwksProxy) -> None:
    keys = RemoteKeySet(proxy.url)
    assert (keys.age_seconds, keys.last_failure) == (None, None)
    keys.fetch()
    assert keys.age_seconds is not None
    assert keys.age_seconds < 60

    async def main() -> None:
        await keys.fetch_async()

    asyncio.run(main())
    assert proxy.request_count == 2
    assert Verifier(keys).verify(make_token())
    assert proxy.request_count == 2


def test_failed_fetch_reports_reason_and_retry_time() -> None:
    keys = RemoteKeySet("http://127.0.0.1:1/jwks")
    for fetch in (keys.fetch, lambda: asyncio.run(fetch_in_coroutine(keys))):
        with pytest.raises(JWKSetUnavailableError, match="the connection was refused") as raised:
            fetch()
        assert 0 < raised.value.retry_after_seconds <= 2
    assert keys.last_failure is not None
    assert keys.last_failure.startswith("the connection was refused")


def test_failed_fetch_names_the_url_without_query_and_fragment() -> None:
    url = "http://127.0.0.1:1/realms/a/certs"
    keys = RemoteKeySet(f"{url}?key=hunter22#hunter22")
    verifier = Verifier(keys)
    for call in (keys.fetch, lambda: verifier.verify(make_token()), lambda: asyncio.run(fetch_in_coroutine(keys))):
        with pytest.raises(JWKSetUnavailableError) as raised:
            call()
        assert str(raised.value).startswith("Key set unavailable: ")
        assert str(raised.value).endswith(f" ({url})")


async def fetch_in_coroutine(keys: RemoteKeySet) -> None:
    await keys.fetch_async()


class UrlObject:
    """A URL object of another library."""

    scheme = "http"

    def __init__(self, url: str) -> None:
        self.url = url

    def __str__(self) -> str:
        return self.url


@pytest.mark.parametrize("url_type", [HttpUrl, AnyUrl, TypeAdapter(AnyHttpUrl).validate_python, UrlObject, URL])
def test_url_object_is_a_url(proxy: JwksProxy, url_type: Callable[[str], Any]) -> None:
    url = url_type(proxy.url)
    assert Verifier(RemoteKeySet(url)).verify(make_token())
    base_url = url_type("https://app.example.com/api/auth")
    assert (origin(base_url), jwks_url(base_url)) == (
        "https://app.example.com",
        "https://app.example.com/api/auth/jwks",
    )
    assert api_verifier(base_url, jwks_url=url).issuers == ["https://app.example.com"]
    assert oauth_verifier(base_url, audience="urn:api", jwks_url=url).issuers == ["https://app.example.com/api/auth"]


@pytest.mark.parametrize("url", [None, 5, b"https://a.example", ["https://a.example"], object()])
def test_url_of_another_type_raises_type_error(url: Any) -> None:
    for function in (RemoteKeySet, origin, jwks_url):
        with pytest.raises(TypeError, match=r"^url must be a str, or a URL object such as pydantic's HttpUrl$"):
            function(url)


@pytest.mark.parametrize("url", ["https://hunter22:hunter22@a.example/", "ftp://a.example/hunter22", "hunter22\udcff"])
def test_url_object_is_checked_like_a_str(url: str) -> None:
    for value in (url, UrlObject(url), urlsplit(url)):
        for function in (RemoteKeySet, origin):
            with pytest.raises(ValueError, match=r"URL") as raised:
                function(value)
            assert "hunter22" not in f"{raised.value} {raised.value.__context__}"


def test_https_requires_ca_certificates_and_http_does_not(proxy: JwksProxy, tmp_path: Path) -> None:
    program = (
        "import sys; from fastjose import RemoteKeySet\n"
        "url, proxy = sys.argv[1], sys.argv[2] or None\n"
        "try: RemoteKeySet(url, proxy=proxy, allow_http=True, timeout_seconds=1).fetch()\n"
        "except Exception as error: print(error)\n"
        "else: print('fetched')"
    )
    none = str(tmp_path / "none")
    environment = {**os.environ, "SSL_CERT_FILE": none, "SSL_CERT_DIR": none}
    for url, through, expected in [
        (proxy.url, "", "fetched"),
        ("https://127.0.0.1:1/", "", "https requires a store of CA"),
        ("http://a.example/", "https://127.0.0.1:1", "https requires a store of CA"),
        ("http://a.example/", "http://127.0.0.1:1", "the connection to the proxy was refused"),
    ]:
        completed = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, "-c", program, url, through], env=environment, capture_output=True, text=True, check=True
        )
        assert expected in completed.stdout


def test_verify_with_unreachable_server_raises_keys_unavailable() -> None:
    verifier = Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"))
    for _ in range(2):
        with pytest.raises(JWKSetUnavailableError) as raised:
            verifier.verify(make_token())
        assert raised.value.code == "keys_unavailable"
    with pytest.raises(JWKSetUnavailableError):
        asyncio.run(verify_subject(Verifier(RemoteKeySet("http://127.0.0.1:1/jwks")), make_token()))


def test_token_that_no_key_can_verify_triggers_no_fetch(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))
    hs256 = sign_token({"exp": int(time.time()) + 60}, "x" * 40, algorithm="HS256")
    for rejected_token in ("garbage", "a.b.c", hs256):
        with pytest.raises(JWTError):
            verifier.verify(rejected_token)
    assert proxy.request_count == 0


def authenticate_bearer(verifier: Verifier, token: str) -> object:
    """Return the user of a bearer token, or a pending verification."""
    return RequestAuthenticator(verifier, dict, build_from_fields=dict).authenticate_user(token)


@pytest.mark.parametrize("verify", [Verifier.verify, Verifier.try_verify, authenticate_bearer])
def test_withdrawing_a_key_removes_its_tokens_from_the_cache(verify: Callable[[Verifier, str], object]) -> None:
    kids = ["k1"]
    with serve_jwks(lambda: make_key_set(kids[0])) as proxy:
        verifier, cached = Verifier(RemoteKeySet(proxy.url), cache_size=10), make_token("k1")
        assert verifier.verify(cached)
        kids[0] = "k2"
        assert verify(verifier, cached)
        assert verifier.verify(make_token("k2"))
        with contextlib.suppress(JWTError):
            needs_fetch = verify(verifier, cached)
            assert needs_fetch is None or isinstance(needs_fetch, PendingVerification)
        with pytest.raises(JWTError):
            verifier.verify(cached)


@pytest.mark.parametrize("cache_size", [0, 10])
def test_old_key_set_is_refreshed_although_its_keys_are_cached(cache_size: int) -> None:
    kids = ["k1"]
    with serve_jwks(lambda: make_key_set(kids[0])) as proxy:
        keys = RemoteKeySet(proxy.url, max_age_seconds=0.2, min_age_seconds=0)
        verifier, withdrawn = Verifier(keys, cache_size=cache_size), make_token("k1")
        assert verifier.verify(withdrawn)
        kids[0] = "k2"
        assert wait_for_rejection(verifier, withdrawn).code == "unknown_key"


def test_cached_key_is_used_without_waiting_for_refresh(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url, max_age_seconds=3_600, refresh_jitter=1))
    assert verifier.verify(make_token())
    keys = RemoteKeySet(proxy.url, max_age_seconds=0.2, min_age_seconds=0)
    verifier = Verifier(keys)
    assert verifier.verify(make_token())
    proxy.request_received.clear()
    with proxy.hold_responses():
        assert proxy.request_received.wait(10)  # the background fetch is in flight, and outlasts the age
        for _ in range(30):
            assert verifier.verify(make_token())["sub"] == "u"
            time.sleep(0.01)


def test_key_set_that_cannot_be_refreshed_expires() -> None:
    answers: list[Any] = [make_key_set()]
    with serve_jwks(lambda: answers.pop() if answers else None) as proxy:
        keys = RemoteKeySet(proxy.url, max_age_seconds=1, min_age_seconds=0, max_stale_seconds=0, max_wait_seconds=0)
        verifier = Verifier(keys)
        assert verifier.verify(make_token())
        assert isinstance(wait_for_rejection(verifier, make_token()), JWKSetUnavailableError)


@pytest.mark.parametrize(
    "url",
    ["", "auth", "file:///etc/passwd", "ftp://a/", "data:,x", "http://a.example/", "https://u:hunter22@a.example/"],
)
def test_key_set_with_disallowed_url_raises_value_error(url: str) -> None:
    with pytest.raises(ValueError, match="The key set's URL") as raised:
        RemoteKeySet(url)
    assert "hunter22" not in str(raised.value)


NUMBERS = {
    one.name: one.default
    for one in inspect.signature(RemoteKeySet).parameters.values()
    if type(one.default) in {int, float}
}


@pytest.mark.parametrize("argument", sorted(NUMBERS.keys() - {"refresh_jitter"}))
def test_key_set_with_number_out_of_range_raises_value_error(argument: str) -> None:
    for value in (-1, 10**19, 10**400):
        arguments: dict[str, Any] = {argument: value}
        with pytest.raises(ValueError, match=argument):
            RemoteKeySet("https://a.example", **arguments)


def test_key_set_with_invalid_limits_raises_value_error() -> None:
    for jitter in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="refresh_jitter"):
            RemoteKeySet("https://a.example", refresh_jitter=jitter)
    with pytest.raises(ValueError, match="fetch_burst"):
        RemoteKeySet("https://a.example", fetch_burst=0)


def test_key_set_defaults_match_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "verifier.md").read_text(encoding="utf-8")
    documented = {name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", page, re.MULTILINE)}
    assert documented == NUMBERS


def test_key_set_repr_omits_the_query() -> None:
    assert (
        repr(RemoteKeySet("https://a.example/jwks?key=hunter22")) == '<fastjose.RemoteKeySet "https://a.example/jwks">'
    )
