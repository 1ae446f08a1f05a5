"""Rotation and outage under load, in short: `make end_to_end` is the same for a minute, with the figures.

`test_oracle.py` tests how the run classifies responses.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from end_to_end.client import Client, NoAnswerError
from end_to_end.libraries import FASTJOSE, Library
from end_to_end.load_generator import Plan
from end_to_end.oracle import Judgement, Kind
from end_to_end.proxy import Proxy, State
from end_to_end.report import details, table
from end_to_end.run import run
from support.jwks_proxy import serve_jwks

if TYPE_CHECKING:
    from support.jwks_proxy import JwksProxy

CARELESS = Library("none", "end_to_end.apps.app_no_verification:app", Path(sys.executable))
HOSTILE = [kind for kind in Kind if kind.is_hostile]
RATE = 150  # what a busy machine manages besides other work; the minute has more

REASONS = {
    Kind.TAMPERED: "401 Invalid token: Signature verification failed.",
    Kind.UNKNOWN_KEY: "401 Invalid token: No key matches the token.",
    Kind.UNSIGNED: "401 Invalid token: The specified alg value is not allowed",
    Kind.PUBLIC_KEY_AS_SECRET: "401 Invalid token: The specified alg value is not allowed",
    Kind.EXPIRED: "401 Token has expired",
    Kind.OTHER_AUDIENCE: "401 Invalid token claims: Invalid audience",
    Kind.OTHER_ISSUER: "401 Invalid token claims: Invalid issuer",
}


def test_keys_rotate_and_the_issuer_goes_away_and_no_answer_is_wrong(tmp_path: Path) -> None:
    figures = run(FASTJOSE, Plan(seconds=15, rate=RATE, configuration="rotation"), tmp_path)

    print(table([figures]), details(figures), sep="\n")  # noqa: T201 - pytest shows it where this fails
    wrong = [Judgement.FALSE_REFUSAL, Judgement.FALSE_ACCEPTANCE, Judgement.FAULT]
    assert [figures.count(judgement) for judgement in wrong] == [0, 0, 0]
    assert figures.rotations >= 5
    assert figures.withdrawn_key_count >= 2
    assert figures.kinds().keys() == set(Kind)
    assert figures.first_latencies
    assert figures.known_latencies
    # Each hostile token is refused for what is wrong with it, and for nothing else.
    assert {kind: list(figures.answers(kind)) for kind in HOSTILE} == {kind: [REASONS[kind]] for kind in HOSTILE}


def test_app_that_verifies_nothing_is_found_out(tmp_path: Path) -> None:
    figures = run(CARELESS, Plan(seconds=2, rate=RATE), tmp_path)

    accepted = {request.kind for request, judgement in figures.judged if judgement is Judgement.FALSE_ACCEPTANCE}
    assert accepted == set(HOSTILE)
    assert any("hostile, accepted" in failure for failure in figures.failures())
    assert figures.count(Judgement.FALSE_REFUSAL) == 0


def test_proxy_relays_refuses_and_swallows() -> None:
    with serve_jwks(lambda: {"keys": [{"kid": "a"}]}) as issuer:
        asyncio.run(through_every_state(issuer))


async def through_every_state(issuer: JwksProxy) -> None:
    async with Client(issuer.url) as upstream, Proxy() as proxy, Client(proxy.origin) as app:
        proxy.relay_to(upstream)
        await proxy.become(State.REFUSING)
        assert await outcome(app) == "ConnectionRefusedError"
        assert proxy.fetched_at == []

        await proxy.become(State.SWALLOWING)
        assert await outcome(app) == "still waiting"
        assert (len(proxy.fetched_at), issuer.request_count, proxy.served_at) == (1, 0, {})

        await proxy.become(State.RELAYING)
        assert await outcome(app) == '200 {"keys": [{"kid": "a"}]}'
        assert (len(proxy.fetched_at), issuer.request_count, list(proxy.served_at)) == (2, 1, ["a"])

        # What is open is broken off, and a connection that was kept is of no more use.
        await proxy.become(State.REFUSING)
        await asyncio.sleep(0.05)  # in which the client notices
        assert await outcome(app) == "ConnectionRefusedError"
    refused, swallowed, refused_again = proxy.outages
    assert [refused.what, swallowed.what, refused_again.is_on] == ["connection refused", "black hole", True]
    assert refused.since < refused.until == swallowed.since < swallowed.until < refused_again.since


async def outcome(app: Client) -> str:
    """Return what becomes of a request within a moment."""
    try:
        answer = await asyncio.wait_for(app.get("/jwks"), 0.2)
    except NoAnswerError as error:
        return str(error)
    except asyncio.TimeoutError:
        return "still waiting"
    return f"{answer.status} {answer.body.decode()}"
