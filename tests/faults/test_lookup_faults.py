"""Faults of introspection endpoints and of Better Auth servers: no wrong verdict, and good again at once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from faults.harness.counters import Counters, record
from faults.harness.faulty_server import Exchange, FaultyServer, serve
from faults.harness.http_faults import HTTP_FAULTS
from faults.harness.lookup_rounds import (
    LookupRounds,
    introspect_at,
    introspection_body,
    introspection_of_good_token,
    look_up_at,
    session_body,
    session_of_good_token,
    token_of_session_request,
)
from faults.harness.scenarios import Scenarios, run_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faults.harness.lookup_rounds import LookUp


def accept_any_token(request: str) -> bytes:
    """Return an attacker's response to an introspection: every token is active."""
    return introspection_of_good_token(parse_qs(request.partition("\r\n\r\n")[2])["token"][0])


def accept_any_session(request: str) -> bytes:
    """Return an attacker's response to a look-up: every session lives."""
    return session_of_good_token(token_of_session_request(request))


STORES: dict[str, tuple[Callable[[str], bytes], Callable[[str], bytes], Callable[[FaultyServer], LookUp]]] = {
    "introspection": (introspection_body, accept_any_token, introspect_at),
    "session": (session_body, accept_any_session, look_up_at),
}
FAULTS = [name for name, fault in HTTP_FAULTS.items() if fault.is_for_lookups]
CASES = {f"{store} server {name}": (store, name) for store in STORES for name in [*FAULTS, "is not listening"]}


def run_case(case: str) -> Counters:
    """Look up tokens before, during and after a fault."""
    store, name = CASES[case]
    respond, accept_any, create = STORES[store]

    def misbehave(exchange: Exchange) -> None:
        HTTP_FAULTS[name].misbehave(exchange, accept_any(exchange.request))

    with serve(respond) as server:
        rounds = LookupRounds(server, create(server))
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
