"""Tokens that wait for the same fetch, which does not bring their keys: rejected in one batch after the other."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest

from fastjose import JOSEError, RemoteKeySet, Verifier
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks
from support.tokens.ed25519_key_set import make_key_set, make_token

TOKENS = 50
REJECTION_BATCH, REJECTION_INTERVAL_SECONDS = 8, 0.016
KEY_SET = {"keys": [*make_key_set("k1")["keys"], *make_key_set("k2")["keys"]]}


def test_tokens_of_one_fetch_are_rejected_in_batches_and_good_ones_at_once() -> None:
    """An event loop that rejects hundreds at once answers nothing else meanwhile."""
    with serve_jwks(make_key_set) as server, serve_jwks(make_key_set) as other_server:
        verifier = Verifier(RemoteKeySet(server.url, fetch_burst=10))
        verifier.verify(make_token("k1"))
        server.read_key_set = lambda: KEY_SET
        finished, released_at, ended_at = asyncio.run(verify_all(verifier, server, RemoteKeySet(other_server.url)))

    assert sorted(finished) == ["accepted", *["rejected"] * TOKENS]
    assert finished[-1] == "rejected"
    # The first token starts a fetch. The others wait for the next one, which begins after they came.
    assert ended_at - released_at >= (TOKENS - 2) // REJECTION_BATCH * REJECTION_INTERVAL_SECONDS
    assert server.request_count == 3


def test_one_thread_delivers_all_verdicts() -> None:
    """Each further thread that needs the GIL would interrupt the event loop once more, and keep memory of its own."""
    with serve_jwks(make_key_set) as server, serve_jwks(make_key_set) as other_server:
        verifier = Verifier(RemoteKeySet(server.url, fetch_burst=10))
        verifier.verify(make_token("k1"))
        before = native_threads()
        finished, _, _ = asyncio.run(verify_all(verifier, server, RemoteKeySet(other_server.url)))
        started = native_threads() - before

    assert len(finished) == TOKENS + 1
    assert {name for name in started.elements() if name != "fastjose-fetch"} <= {"fastjose-python"}
    assert started["fastjose-python"] <= 1


def native_threads() -> Counter[str]:
    """Return how many threads of this process have each name, of those that the module starts."""
    if not (tasks := Path("/proc/self/task")).exists():
        pytest.skip("/proc is not there: Linux only")
    names = [name.read_text().strip() for name in tasks.glob("*/comm")]
    return Counter(name for name in names if name.startswith("fastjose"))


async def verify_all(verifier: Verifier, server: JwksProxy, other_keys: RemoteKeySet) -> tuple[list[str], float, float]:
    """Verify tokens with unknown keys and a good one at the same time.

    The thread of the module runs its tasks in their order. So all tokens wait once `other_keys` are fetched.

    Returns:
        The verdicts in their order, the time at which the key server could answer, and that of the last verdict.
    """
    finished: list[str] = []

    async def verify(kid: str) -> None:
        try:
            await verifier.verify_async(make_token(kid))
            finished.append("accepted")
        except JOSEError:
            finished.append("rejected")

    with server.hold_responses():
        kids = [*(f"made-up-{number}" for number in range(TOKENS)), "k2"]
        tasks = [asyncio.create_task(verify(kid)) for kid in kids]
        await asyncio.sleep(0)  # each has started
        await other_keys.fetch_async()
        released_at = time.monotonic()
    await asyncio.gather(*tasks)
    return finished, released_at, time.monotonic()
