"""Faults of introspection endpoints and of Better Auth servers: no wrong verdict, and good again at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.harness.counters import Counters, record
from faults.harness.faulty_server import Exchange, serve
from faults.harness.http_faults import HTTP_FAULTS
from faults.harness.lookup_rounds import LookupRounds
from faults.harness.remote_stores import REMOTE_STORES
from faults.harness.scenarios import Scenarios, run_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULTS = [name for name, fault in HTTP_FAULTS.items() if fault.is_for_lookups]
CASES = {f"{kind} server {name}": (kind, name) for kind in REMOTE_STORES for name in [*FAULTS, "is not listening"]}


def run_case(case: str) -> Counters:
    """Look up credentials before, during and after a fault."""
    kind, name = CASES[case]
    store = REMOTE_STORES[kind]

    def misbehave(exchange: Exchange) -> None:
        HTTP_FAULTS[name].misbehave(exchange, store.forge(exchange.request))

    with serve(store.respond) as server:
        rounds = LookupRounds(store.create(server))
        rounds.recover()
        with server.outage() if name == "is not listening" else server.fault(misbehave):
            rounds.run()
        rounds.recover()
        return rounds.finish()


@pytest.fixture(scope="module")
def scenarios(request: pytest.FixtureRequest) -> Iterator[Scenarios]:
    with run_scenarios(request, run_case) as scenarios:
        yield scenarios


@pytest.mark.parametrize("case", CASES)
def test_faulty_lookup_server_causes_no_wrong_verdict(scenarios: Scenarios, case: str) -> None:
    record(case, scenarios.result(case))
