"""Key rotation and issuer outage under load, for 15 seconds; `make test-e2e` runs a minute and prints measurements.

`test_oracle.py` tests how the run classifies responses.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from end_to_end.client import Client, NoResponseError
from end_to_end.libraries import FASTJOSE, Library
from end_to_end.load_generator import Plan
from end_to_end.oracle import TokenKind, Verdict
from end_to_end.proxy import Proxy, ProxyState
from end_to_end.report import render_details, render_table
from end_to_end.run import run
from support.servers.proxies.jwks_proxy import JwksProxy, serve_jwks

NO_VERIFICATION = Library("none", "end_to_end.apps.app_no_verification:app", Path(sys.executable))
HOSTILE = [kind for kind in TokenKind if kind.is_attack]
RATE = 150  # a busy machine achieves this besides other work; `make test-e2e` sends more

REASONS = {
    TokenKind.TAMPERED: "401 Invalid token: Signature verification failed.",
    TokenKind.UNKNOWN_KEY: "401 Invalid token: No key matches the token.",
    TokenKind.UNSIGNED: "401 Invalid token: The specified alg value is not allowed",
    TokenKind.PUBLIC_KEY_AS_SECRET: "401 Invalid token: The specified alg value is not allowed",
    TokenKind.EXPIRED: "401 Token has expired",
    TokenKind.OTHER_AUDIENCE: "401 Invalid token claims: Invalid audience",
    TokenKind.OTHER_ISSUER: "401 Invalid token claims: Invalid issuer",
}


def test_fastjose_under_rotation_and_outage_gives_no_wrong_response(tmp_path: Path) -> None:
    report = run(FASTJOSE, Plan(seconds=15, rate=RATE, configuration="rotation"), tmp_path)

    print(render_table([report]), render_details(report), sep="\n")  # noqa: T201 - pytest shows it if the test fails
    incorrect = [Verdict.FALSE_REJECTION, Verdict.FALSE_ACCEPTANCE, Verdict.APP_FAILURE]
    assert [report.count(verdict) for verdict in incorrect] == [0, 0, 0]
    assert report.rotations >= 5
    assert report.withdrawn_key_count >= 2
    assert report.count_kinds().keys() == set(TokenKind)
    assert report.first_latencies
    assert report.cached_key_latencies
    # Each attack token is rejected for its own defect, and for no other reason.
    assert {kind: list(report.count_responses(kind)) for kind in HOSTILE} == {kind: [REASONS[kind]] for kind in HOSTILE}


def test_run_of_an_app_without_verification_reports_false_acceptances(tmp_path: Path) -> None:
    report = run(NO_VERIFICATION, Plan(seconds=2, rate=RATE), tmp_path)

    accepted = {request.kind for request, verdict in report.classified if verdict is Verdict.FALSE_ACCEPTANCE}
    assert accepted == set(HOSTILE)
    assert any("attack token, accepted" in failure for failure in report.find_failures())
    assert report.count(Verdict.FALSE_REJECTION) == 0


def test_proxy_in_each_state_forwards_refuses_or_never_responds() -> None:
    with serve_jwks(lambda: {"keys": [{"kid": "a"}]}) as issuer:
        asyncio.run(check_every_state(issuer))


async def check_every_state(issuer: JwksProxy) -> None:
    async with Client(issuer.url) as upstream, Proxy() as proxy, Client(proxy.origin) as app:
        proxy.forward_to(upstream)
        await proxy.set_state(ProxyState.REFUSING)
        assert await fetch_key_set(app) == "ConnectionRefusedError"
        assert proxy.fetched_at == []

        await proxy.set_state(ProxyState.UNRESPONSIVE)
        await check_no_response(app, proxy)
        assert (len(proxy.fetched_at), issuer.request_count, proxy.served_at) == (1, 0, {})

        await proxy.set_state(ProxyState.FORWARDING)
        assert await fetch_key_set(app) == '200 {"keys": [{"kid": "a"}]}'
        assert (len(proxy.fetched_at), issuer.request_count, list(proxy.served_at)) == (2, 1, ["a"])

        # The proxy aborts open connections, and the client cannot reuse an idle one.
        await proxy.set_state(ProxyState.REFUSING)
        with contextlib.suppress(ConnectionError):  # the client notices
            assert await app._idle[-1]._reader.read() == b""
        assert await fetch_key_set(app) == "ConnectionRefusedError"
    refused, unresponsive, refused_again = proxy.outages
    assert [refused.state, unresponsive.state, refused_again.is_ongoing] == ["connection refused", "black hole", True]
    assert refused.since < refused.until == unresponsive.since < unresponsive.until < refused_again.since


async def fetch_key_set(app: Client) -> str:
    """Return the response to a request, or the failure."""
    try:
        response = await app.get("/jwks")
    except NoResponseError as error:
        return str(error)
    return f"{response.status} {response.body.decode()}"


async def check_no_response(app: Client, proxy: Proxy) -> None:
    """Check that a request arrives at the proxy, and ends neither before nor at once."""
    request = asyncio.create_task(fetch_key_set(app))
    while not proxy.fetched_at:
        done, _ = await asyncio.wait([request], timeout=0.2)
        assert not done
    request.cancel()
