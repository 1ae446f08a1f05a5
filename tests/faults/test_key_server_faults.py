"""Faults of key servers and of discovery documents: no wrong verdict, few requests, and good again at once."""

from __future__ import annotations

import contextlib
import json
import math
import time
from typing import TYPE_CHECKING

import pytest

from fastjose import RemoteKeySet
from faults.harness.counters import Counters, record
from faults.harness.faulty_server import Exchange, FaultyServer, serve
from faults.harness.http_faults import HTTP_FAULTS
from faults.harness.rounds import MIN_PAUSE_SECONDS, OPTIONS, KeySetRounds
from faults.harness.scenarios import Scenarios, run_scenarios
from faults.harness.tokens import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATHS_PER_FETCH = 3
"""The most requests of one fetch: two places of the document, and the set."""

MAX_AGE_SECONDS = 0.1
"""The age at which the set of a case is stale, so that it is refreshed during the fault."""

KEY_SETS: dict[str, Callable[[FaultyServer], RemoteKeySet]] = {
    "fresh key set": lambda server: RemoteKeySet(f"{server.url}/jwks", **OPTIONS),
    "stale key set": lambda server: RemoteKeySet(
        f"{server.url}/jwks", **OPTIONS, max_age_seconds=MAX_AGE_SECONDS, min_age_seconds=0, refresh_jitter=0
    ),
    "key set of a document": lambda server: RemoteKeySet.of_issuer(server.url, **OPTIONS),
}
CASES = {f"key server {name} ({kind})": (name, kind) for name in HTTP_FAULTS for kind in KEY_SETS}


@contextlib.contextmanager
def serve_keys(issuer: Issuer) -> Iterator[FaultyServer]:
    """Serve the JWK Set of `issuer`, and the discovery document that names it."""

    def respond(request: str) -> bytes:
        if request.startswith("GET /.well-known/"):
            return json.dumps({"issuer": server.url, "jwks_uri": f"{server.url}/jwks"}).encode()
        return json.dumps(issuer.key_set()).encode()

    with serve(respond) as server:
        yield server


def assert_few_requests(counters: Counters, since: float) -> None:
    """Check that the fetches kept to the bucket, to the pauses after failures, and to one refresh for each age."""
    elapsed = time.monotonic() - since
    for_tokens = OPTIONS["fetch_burst"] + elapsed / OPTIONS["fetch_interval_seconds"]
    for_signatures = elapsed / min(OPTIONS["recheck_interval_seconds"], MIN_PAUSE_SECONDS)
    for_age = elapsed / MAX_AGE_SECONDS
    assert counters.requests <= PATHS_PER_FETCH * math.ceil(for_tokens + for_signatures + for_age)


def run_case(case: str) -> Counters:
    """Verify tokens before, during and after a fault."""
    name, kind = CASES[case]
    issuer = Issuer()

    def misbehave(exchange: Exchange) -> None:
        HTTP_FAULTS[name].misbehave(exchange, json.dumps(issuer.forged_key_set()).encode())

    with serve_keys(issuer) as server:
        began_at = time.monotonic()
        rounds = KeySetRounds(issuer, server, KEY_SETS[kind](server))
        rounds.recover()
        with server.fault(misbehave):
            rounds.run(is_server_up=False)
        rounds.recover()
        counters = rounds.finish()
    assert_few_requests(counters, began_at)
    return counters


@pytest.fixture(scope="module")
def scenarios(request: pytest.FixtureRequest) -> Iterator[Scenarios]:
    with run_scenarios(request, run_case) as scenarios:
        yield scenarios


@pytest.mark.parametrize("case", CASES)
def test_faulty_key_server_causes_no_wrong_verdict(scenarios: Scenarios, case: str) -> None:
    record(case, scenarios.result(case))
