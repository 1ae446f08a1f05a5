"""What the programs verify with: keys, and stores of credentials, of which the environment names the servers."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faults.harness.counters import record
from faults.harness.faulty_server import serve
from faults.harness.key_sources import JWK_SET, PER_KID, KeySource, serve_keys
from faults.harness.lookup_rounds import WAIT_SECONDS, LookupRounds
from faults.harness.remote_stores import REMOTE_STORES
from faults.harness.rounds import OPTIONS, KeySetRounds
from faults.harness.stores import postgresql, redis
from faults.harness.tokens import Issuer
from support.environment.requirements import skip_or_fail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from faults.harness.counters import Counters
    from faults.harness.stores.cases import StoreCase

    Rounds = KeySetRounds | LookupRounds
    Open = Callable[[str, bool], AbstractContextManager[Rounds]]

POSTGRESQL = "FASTJOSE_TEST_POSTGRESQL"
"""The variable with the URL of PostgreSQL."""


def open_keys(source: KeySource) -> Open:
    """Return the function that serves keys and verifies tokens."""

    @contextlib.contextmanager
    def open_rounds(host: str, is_patient: bool) -> Iterator[Rounds]:  # noqa: FBT001 - of this module
        issuer = Issuer()
        options = {**OPTIONS, **({"timeout_seconds": WAIT_SECONDS} if is_patient else {})}
        with serve_keys(issuer, source) as server:
            keys = source.create(server.url.replace("127.0.0.1", host), allow_http=True, **options)
            yield KeySetRounds(issuer, server, keys, unknown=source.unknown)

    return open_rounds


@contextlib.contextmanager
def open_api_keys(host: str, is_patient: bool) -> Iterator[Rounds]:  # noqa: FBT001 - of this module
    """Look up API keys at a Better Auth server."""
    kind = REMOTE_STORES["API key"]
    options = {"timeout_seconds": WAIT_SECONDS} if is_patient else {}
    with serve(kind.respond) as server:
        server.url = server.url.replace("127.0.0.1", host)
        yield LookupRounds(kind.create(server, allow_http=True, **options))


def open_store(open_case: Callable[[str], AbstractContextManager[StoreCase]]) -> Open:
    """Return the function that looks up credentials in a database."""

    @contextlib.contextmanager
    def open_rounds(host: str, is_patient: bool) -> Iterator[Rounds]:  # noqa: FBT001 - of this module
        with open_case(host) as case:
            assert case.store.reopen is not None
            yield LookupRounds(case.store.reopen() if is_patient else case.store)

    return open_rounds


def open_postgresql(host: str) -> AbstractContextManager[StoreCase]:
    """Open sessions in PostgreSQL."""
    return postgresql.open_case(postgresql.Cluster(os.environ[POSTGRESQL]), "sessions in PostgreSQL", host)


SUBJECTS: dict[str, Open] = {
    "a set": open_keys(JWK_SET),
    "keys by kid": open_keys(PER_KID),
    "API keys": open_api_keys,
    "sessions in PostgreSQL": open_store(open_postgresql),
    "sessions in Redis": open_store(lambda host: redis.open_case("sessions in Redis", host)),
}
"""By the name that is the second argument of a program."""

PROGRAMS = {"sessions in PostgreSQL": "postgres", "sessions in Redis": "redis-server"}
"""The programs that these require."""


@dataclass(frozen=True)
class Subjects:
    """The subjects for which this machine has a server, those for which it has none, and the variables of a program."""

    names: list[str]
    missing: list[str]
    variables: dict[str, str]

    def record(self, fault: str, results: list[Counters]) -> None:
        """Record the counters of each subject, and skip the test if one is missing: the others have been tested."""
        for name, counters in zip(self.names, results, strict=True):
            record(f"{fault} ({name})", counters)
        if self.missing:
            skip_or_fail(f"left out, as its server is not installed: {', '.join(self.missing)}")
