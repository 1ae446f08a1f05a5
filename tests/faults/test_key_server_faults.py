"""Faults of key servers and of discovery documents: no wrong verdict, few requests, and good again at once."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest

from faults.harness.counters import Counters, record
from faults.harness.http_faults import HTTP_FAULTS
from faults.harness.key_sources import DISCOVERY, JWK_SET, PER_KID, KeySource, serve_keys
from faults.harness.rounds import MIN_PAUSE_SECONDS, OPTIONS, KeySetRounds
from faults.harness.scenarios import Scenarios, run_scenarios
from faults.harness.tokens import Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from faults.harness.faulty_server import Exchange

MAX_AGE_SECONDS = 0.1
"""The age at which the set of a case is stale, so that it is refreshed during the fault."""

STALE = {"max_age_seconds": MAX_AGE_SECONDS, "min_age_seconds": 0, "refresh_jitter": 0}
KINDS: dict[str, tuple[KeySource, dict[str, float]]] = {
    "fresh key set": (JWK_SET, {}),
    "stale key set": (JWK_SET, STALE),
    "key set of a document": (DISCOVERY, {}),
    "fresh keys by kid": (PER_KID, {}),
    "stale keys by kid": (PER_KID, STALE),
}
CASES = {f"key server {name} ({kind})": (name, kind) for name in HTTP_FAULTS for kind in KINDS}


def assert_few_requests(counters: Counters, since: float, requests_per_fetch: int) -> None:
    """Check that the fetches kept to the bucket, to the pauses after failures, and to one refresh for each age."""
    elapsed = time.monotonic() - since
    for_tokens = OPTIONS["fetch_burst"] + elapsed / OPTIONS["fetch_interval_seconds"]
    for_signatures = elapsed / min(OPTIONS["recheck_interval_seconds"], MIN_PAUSE_SECONDS)
    for_age = elapsed / MAX_AGE_SECONDS
    assert counters.requests <= requests_per_fetch * math.ceil(for_tokens + for_signatures + for_age)


def run_case(case: str) -> Counters:
    """Verify tokens before, during and after a fault."""
    name, kind = CASES[case]
    source, options = KINDS[kind]
    issuer = Issuer()

    def misbehave(exchange: Exchange) -> None:
        HTTP_FAULTS[name].misbehave(exchange, source.forge(issuer))

    with serve_keys(issuer, source) as server:
        began_at = time.monotonic()
        rounds = KeySetRounds(issuer, server, source.create(server.url, **OPTIONS, **options))
        rounds.recover()
        with server.fault(misbehave):
            rounds.run(is_server_up=False)
        rounds.recover()
        counters = rounds.finish()
    assert_few_requests(counters, began_at, source.count_requests(issuer))
    return counters


@pytest.fixture(scope="module")
def scenarios(request: pytest.FixtureRequest) -> Iterator[Scenarios]:
    with run_scenarios(request, run_case) as scenarios:
        yield scenarios


@pytest.mark.parametrize("case", CASES)
def test_faulty_key_server_causes_no_wrong_verdict(scenarios: Scenarios, case: str) -> None:
    record(case, scenarios.result(case))
