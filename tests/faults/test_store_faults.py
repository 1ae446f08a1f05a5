"""Faults of the databases and of Redis with sessions and API keys: no wrong verdict, and good again at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.harness.counters import record
from faults.harness.scenarios import Scenarios, run_scenarios
from faults.harness.stores import postgresql, redis, sqlite
from faults.harness.stores.cases import outage, relayed, run_under
from faults.harness.stores.relay_faults import POSTGRESQL_FAULTS, REDIS_FAULTS, RELAY_FAULTS
from support.environment.requirements import require_program
from support.servers.redis_server import INSTALL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults.harness.counters import Counters
    from faults.harness.stores.cases import Fault

MAX_POSTGRESQL_CASES = 6
"""So many at a time have no more connections than PostgreSQL permits."""

RELAYED: dict[str, Fault] = {
    "is not listening": outage,
    **{name: relayed(misbehave) for name, misbehave in RELAY_FAULTS.items()},
}
OF_POSTGRESQL = {
    **RELAYED,
    **{name: relayed(misbehave) for name, misbehave in POSTGRESQL_FAULTS.items()},
    **postgresql.ADMINISTRATOR_FAULTS,
}
OF_REDIS = {
    **RELAYED,
    **{name: relayed(misbehave) for name, misbehave in REDIS_FAULTS.items()},
    **redis.ADMINISTRATOR_FAULTS,
}
EXCLUDED = {"API keys in PostgreSQL: sends nonsense"}
"""asyncpg 0.32 never returns to the event loop if the length of a message is negative. No time limit can end that."""
POSTGRESQL_CASES = {
    f"{kind}: {name}": (kind, fault)
    for kind in postgresql.STORES
    for name, fault in OF_POSTGRESQL.items()
    if f"{kind}: {name}" not in EXCLUDED
}
REDIS_CASES = {f"{kind}: {name}": (kind, OF_REDIS[name]) for kind in redis.STORES for name in OF_REDIS}
SQLITE_CASES = {
    f"{kind}: {name}": (kind, fault) for kind in sqlite.STORES for name, fault in sqlite.FILE_FAULTS.items()
}


@pytest.fixture(scope="module")
def of_postgresql(request: pytest.FixtureRequest, postgresql_cluster: postgresql.Cluster) -> Iterator[Scenarios]:
    def run_case(case: str) -> Counters:
        kind, fault = POSTGRESQL_CASES[case]
        with postgresql.open_case(postgresql_cluster, kind) as opened:
            return run_under(fault, opened)

    with run_scenarios(request, run_case, POSTGRESQL_CASES, concurrent=MAX_POSTGRESQL_CASES) as scenarios:
        yield scenarios


@pytest.fixture(scope="module")
def of_redis(request: pytest.FixtureRequest) -> Iterator[Scenarios]:
    require_program("redis-server", INSTALL)

    def run_case(case: str) -> Counters:
        kind, fault = REDIS_CASES[case]
        with redis.open_case(kind) as opened:
            return run_under(fault, opened)

    with run_scenarios(request, run_case, REDIS_CASES) as scenarios:
        yield scenarios


@pytest.fixture(scope="module")
def of_sqlite(request: pytest.FixtureRequest, sqlite_template: Path) -> Iterator[Scenarios]:
    def run_case(case: str) -> Counters:
        kind, fault = SQLITE_CASES[case]
        with sqlite.open_case(sqlite_template, kind) as opened:
            return run_under(fault, opened)

    with run_scenarios(request, run_case, SQLITE_CASES) as scenarios:
        yield scenarios


@pytest.mark.parametrize("case", POSTGRESQL_CASES)
def test_faulty_postgresql_causes_no_wrong_verdict(of_postgresql: Scenarios, case: str) -> None:
    record(case, of_postgresql.result(case))


@pytest.mark.parametrize("case", REDIS_CASES)
def test_faulty_redis_causes_no_wrong_verdict(of_redis: Scenarios, case: str) -> None:
    record(case, of_redis.result(case))


@pytest.mark.parametrize("case", SQLITE_CASES)
def test_faulty_file_causes_no_wrong_verdict(of_sqlite: Scenarios, case: str) -> None:
    record(case, of_sqlite.result(case))
