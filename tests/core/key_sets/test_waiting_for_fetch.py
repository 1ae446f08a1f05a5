"""Waiting for a fetch: signals that arrive meanwhile, and trio."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trio

from fastjose import JWKSetUnavailableError, JWTError, RemoteKeySet, Verifier, verify_token
from fastjose._core import PendingVerification, RequestAuthenticator
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks
from support.tokens.ed25519_key_set import make_key_set, make_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def proxy() -> Iterator[JwksProxy]:
    with serve_jwks(make_key_set) as proxy:
        yield proxy


BLOCKING_CALLS: dict[str, Callable[[RemoteKeySet], object]] = {
    "RemoteKeySet.fetch": lambda keys: keys.fetch(),
    "Verifier.verify": lambda keys: Verifier(keys).verify(make_token()),
    "verify_token": lambda keys: verify_token(make_token(), keys),
}


@contextlib.contextmanager
def interrupt_during_fetch(proxy: JwksProxy) -> Iterator[None]:
    """Simulate Ctrl-C once the server has received a request, to which it does not respond while the block lasts."""

    def interrupt() -> None:
        if proxy.request_received.wait(30):
            _thread.interrupt_main()

    interrupting = threading.Thread(target=interrupt)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # in the background job of a shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with proxy.hold_responses():
        interrupting.start()
        yield
    interrupting.join()


@pytest.mark.parametrize("call", BLOCKING_CALLS)
def test_ctrl_c_ends_a_blocking_wait_before_the_fetch_ends(proxy: JwksProxy, call: str) -> None:
    keys = RemoteKeySet(proxy.url, timeout_seconds=30)
    with interrupt_during_fetch(proxy):
        with pytest.raises(KeyboardInterrupt):
            BLOCKING_CALLS[call](keys)
        assert (keys.age_seconds, keys.last_failure) == (None, None)  # the fetch is still in flight
    assert Verifier(keys).verify(make_token())["sub"] == "u"


def test_signal_handler_that_returns_does_not_end_the_wait(proxy: JwksProxy) -> None:
    handled = []

    def handle(number: int, _: Any) -> None:
        handled.append(number)
        proxy.responses_allowed.set()  # the wait ends only if this handler runs during it

    previous = signal.signal(signal.SIGINT, handle)
    try:
        keys = RemoteKeySet(proxy.url, timeout_seconds=30)
        with interrupt_during_fetch(proxy):
            keys.fetch()
    finally:
        signal.signal(signal.SIGINT, previous)
    assert handled == [signal.SIGINT]
    assert keys.age_seconds is not None


def test_trio_fetches_and_verifies(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url))

    async def verify() -> list[str]:
        subjects: list[str] = []

        async def verify_one() -> None:
            subjects.append((await verifier.verify_async(make_token()))["sub"])

        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(verify_one)
        await verify_one()
        return subjects

    assert trio.run(verify) == ["u"] * 101
    assert proxy.request_count == 1
    assert trio.run(verify) == ["u"] * 101


def test_trio_receives_the_error_of_a_fetch() -> None:
    async def fetch() -> None:
        await RemoteKeySet("http://127.0.0.1:1/").fetch_async()

    with pytest.raises(JWKSetUnavailableError) as raised:
        trio.run(fetch)
    assert raised.value.code == "keys_unavailable"


def test_trio_receives_the_error_of_a_token(proxy: JwksProxy) -> None:
    verifier = Verifier(RemoteKeySet(proxy.url), audience="another")

    async def verify() -> None:
        await verifier.verify_async(make_token())

    with pytest.raises(JWTError) as raised:
        trio.run(verify)
    assert raised.value.code == "missing_claim"


def test_cancelled_trio_task_does_not_affect_other_tasks(proxy: JwksProxy) -> None:
    keys = RemoteKeySet(proxy.url)

    async def main() -> bool:
        with proxy.hold_responses():
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(keys.fetch_async)
                    await trio.to_thread.run_sync(proxy.request_received.wait, 30)
                    scope.cancel()
            is_cancelled = scope.cancelled_caught
        await Verifier(keys).verify_async(make_token())
        return is_cancelled

    assert trio.run(main)


def test_trio_awaits_the_pending_verification_of_a_request(proxy: JwksProxy) -> None:
    authenticator = RequestAuthenticator(Verifier(RemoteKeySet(proxy.url)), dict)
    token = make_token()

    async def main() -> Any:
        pending = authenticator.authenticate_claims(token)
        assert isinstance(pending, PendingVerification)
        return authenticator.get_claims(await pending.authenticate_bearer(), token)

    assert trio.run(main)["sub"] == "u"


def test_asyncio_inside_a_trio_guest_run_uses_its_own_loop(proxy: JwksProxy) -> None:
    """A trio run as the guest of an asyncio loop: a task of each awaits a fetch in the same thread."""

    async def main() -> list[Any]:
        event_loop = asyncio.get_running_loop()
        finished = event_loop.create_future()
        fetched = []

        async def guest() -> None:
            await RemoteKeySet(proxy.url).fetch_async()
            fetched.append("trio")

        trio.lowlevel.start_guest_run(
            guest, run_sync_soon_threadsafe=event_loop.call_soon_threadsafe, done_callback=finished.set_result
        )
        await RemoteKeySet(proxy.url).fetch_async()
        fetched.append("asyncio")
        (await finished).unwrap()
        return fetched

    assert sorted(asyncio.run(main())) == ["asyncio", "trio"]
