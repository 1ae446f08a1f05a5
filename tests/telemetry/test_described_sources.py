"""Key sources as health and metrics describe them: their kinds, names, counts, ages and failures."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import RemoteKeySet, Verifier
from fastjose._config.names.setting_names import IN_CODE
from fastjose._telemetry.observed_verifiers import (
    FetchTotals,
    KeySetState,
    ObservedVerifiers,
    VerifierTotals,
    _combine,
    _fetches_of,
)
from fastjose.exceptions import JWKSetUnavailableError
from fastjose.fastapi import BearerAuth
from fastjose.health import Health, KeySource, check_health, name_settings, warm_up
from fastjose.testing import TokenIssuer, serve_jwks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose.testing import JwksServer

ISSUER = "https://issuer.example"
SECRET = "0123456789abcdef0123456789abcdef"
NOWHERE = "http://127.0.0.1:9/jwks"


@pytest.fixture
def server() -> Iterator[JwksServer]:
    """Yield a server of one key."""
    with serve_jwks(TokenIssuer()) as server:
        yield server


def create_verifier(**options: Any) -> tuple[Verifier, str]:
    """Return a verifier with a shared secret, and a token for it."""
    tokens = TokenIssuer(audience=None, secret=SECRET, algorithm="HS256")
    options = {"issuer": ISSUER, "check_audience": False, **options}
    return Verifier(SECRET, algorithms="HS256", **options), tokens.mint_token(iss=options["issuer"])


def of_keys(keys: RemoteKeySet, **options: Any) -> Verifier:
    return Verifier(keys, **{"issuer": ISSUER, "audience": "a", **options})


def source(kind: Any = "remote", *, is_ready: bool = True, key_count: int = 1, **more: Any) -> KeySource:
    return KeySource(kind, "name", is_ready=is_ready, key_count=key_count, **more)


# --- Health ---


@pytest.mark.parametrize(
    ("sources", "is_ready", "has_all_keys", "status"),
    [
        ((), True, True, 200),
        ((source(),), True, True, 200),
        ((source(is_ready=False),), False, False, 503),
        ((source(is_ready=False), source()), True, False, 200),
        ((source(), source(is_ready=False)), True, False, 200),
        ((source(is_ready=False), source(is_ready=False)), False, False, 503),
        ((source(), source()), True, True, 200),
    ],
)
def test_application_is_ready_if_one_source_is(
    sources: tuple[KeySource, ...], status: int, *, is_ready: bool, has_all_keys: bool
) -> None:
    health = Health(sources)
    assert (health.is_ready, health.has_all_keys, health.status_code) == (is_ready, has_all_keys, status)


def test_health_sums_keys_and_has_the_oldest_age_and_the_first_failure() -> None:
    sources = (
        source(key_count=2),
        source(key_count=3, age_seconds=1.5, last_failure="first"),
        source(key_count=0, age_seconds=7.5),
        source(key_count=5, age_seconds=0.0, last_failure="second"),
    )
    health = Health(sources)
    assert (health.key_count, health.age_seconds, health.last_failure) == (10, 7.5, "first")
    assert (Health(()).key_count, Health(()).age_seconds, Health(()).last_failure) == (0, None, None)
    assert "first" not in repr(health), "it is for operators"


def test_source_has_the_keys_and_the_name_of_its_verifier() -> None:
    assert check_health(create_verifier()[0]).sources == (KeySource("configured", ISSUER, is_ready=True, key_count=1),)
    no_issuer = Verifier(SECRET, algorithms="HS256")
    assert check_health(no_issuer).sources == (KeySource("configured", "", is_ready=True, key_count=1),)
    assert check_health() == Health(())


def test_remote_source_is_described_before_and_after_its_fetches(server: JwksServer) -> None:
    keys = RemoteKeySet(server.url)
    (before,) = check_health(of_keys(keys), of_keys(keys, audience="b")).sources
    assert (before.kind, before.is_ready, before.key_count) == ("remote", False, 0)
    assert (before.age_seconds, before.last_failure) == (None, None)
    keys.fetch()
    (after,) = check_health(of_keys(keys)).sources
    assert (after.kind, after.is_ready, after.key_count, after.name) == ("remote", True, 1, before.name)
    assert after.age_seconds is not None
    assert before.name
    server.status = 503
    with pytest.raises(JWKSetUnavailableError):
        keys.fetch()
    (failed,) = check_health(of_keys(keys)).sources
    assert (failed.is_ready, failed.key_count) == (True, 1)
    assert "503" in str(failed.last_failure)


def test_keys_that_are_fetched_by_kid_are_always_ready() -> None:
    keys = RemoteKeySet.per_kid("http://127.0.0.1:9/keys")
    (found,) = check_health(Verifier(keys, algorithms="ES256", issuer=ISSUER, audience="a")).sources
    assert (found.kind, found.is_ready, found.key_count) == ("per_kid", True, 0)


def test_sources_are_in_the_order_of_their_verifiers_and_configured_ones_first() -> None:
    first, second = RemoteKeySet(NOWHERE), RemoteKeySet(NOWHERE.replace("9", "19"))
    health = check_health(of_keys(first), create_verifier()[0], of_keys(second), of_keys(first))
    assert [each.kind for each in health.sources] == ["configured", "remote", "remote"]


def test_failures_name_the_settings_and_nothing_else_changes() -> None:
    class Names:
        def describe(self, reason: str) -> str:
            return f"in other words: {reason}"

    names: Any = Names()
    failed, good = source(is_ready=False, last_failure="reason", age_seconds=3.0), source()
    named = name_settings(Health((failed, good)), names)
    assert named.sources == (
        source(is_ready=False, last_failure="in other words: reason", age_seconds=3.0),
        good,
    )
    assert name_settings(Health((good,)), IN_CODE) == Health((good,))


def test_warm_up_fetches_missing_keys_once_and_returns_the_health(server: JwksServer) -> None:
    verifier = of_keys(RemoteKeySet(server.url))
    for _ in range(2):
        health = asyncio.run(warm_up(verifier, create_verifier()[0]))
        assert [(each.kind, each.is_ready, each.key_count) for each in health.sources] == [
            ("configured", True, 1),
            ("remote", True, 1),
        ]
    assert server.request_count == 1
    assert asyncio.run(warm_up()) == Health(())


def test_warm_up_logs_a_failure_once_a_minute_and_names_the_arguments(caplog: pytest.LogCaptureFixture) -> None:
    keys = RemoteKeySet(NOWHERE, max_wait_seconds=0.05)
    for _ in range(2):
        assert not asyncio.run(warm_up(of_keys(keys))).is_ready
    (line,) = [record.getMessage() for record in caplog.records if record.name == "fastjose"]
    with pytest.raises(JWKSetUnavailableError) as caught:
        keys.fetch()
    assert line.startswith("keys_unavailable: ")
    assert NOWHERE in line
    assert IN_CODE.describe_fetch(caught.value).partition(":")[0] in line


@pytest.mark.http
def test_application_reports_and_warms_up_the_keys_of_its_verifiers(server: JwksServer) -> None:
    verifiers = [of_keys(RemoteKeySet(server.url)), create_verifier(issuer="https://other.example")[0]]
    auth = BearerAuth(verifiers)
    assert auth.health() == check_health(*verifiers)
    assert not auth.health().has_all_keys
    health = asyncio.run(auth.warm_up())
    assert health.has_all_keys
    assert (server.request_count, health.key_count) == (1, 2)


@pytest.mark.http
def test_health_of_an_application_names_its_settings() -> None:
    class Names:
        def describe(self, reason: str) -> str:
            return f"in other words: {reason}"

        def describe_fetch(self, error: Exception) -> str:
            return str(error)

    names: Any = Names()
    verifier = of_keys(RemoteKeySet(NOWHERE, max_wait_seconds=0.05))
    auth = BearerAuth(verifier)
    assert asyncio.run(auth.warm_up()).last_failure == auth.health().last_failure == check_health(verifier).last_failure
    vars(auth._connections)["names"] = names
    assert auth.health().last_failure == f"in other words: {check_health(verifier).last_failure}"


# --- Metrics ---


def test_verifiers_of_one_name_are_counted_together() -> None:
    observed = ObservedVerifiers()
    pairs = [create_verifier(cache_size=10), create_verifier(cache_size=10), create_verifier(issuer="https://other")]
    for verifier, token in pairs:
        observed.add(verifier)
        observed.add(verifier)
        for _ in range(3):
            verifier.verify(token)
    assert observed.verifier_totals() == {ISSUER: VerifierTotals(6, 4, 2), "https://other": VerifierTotals(3, 0, 0)}
    assert observed.verifier_totals() == {ISSUER: VerifierTotals(6, 4, 2), "https://other": VerifierTotals(3, 0, 0)}
    assert observed.cached_tokens() == {ISSUER: 2}


def test_no_verifier_is_counted_before_one_is_observed() -> None:
    observed = ObservedVerifiers()
    assert [
        observed.verifier_totals(),
        observed.cached_tokens(),
        observed.fetch_totals(),
        observed.key_set_states(),
    ] == [
        {},
        {},
        {},
        {},
    ]


def test_key_sets_of_one_name_are_described_together(server: JwksServer) -> None:
    observed = ObservedVerifiers()
    sets = [RemoteKeySet(server.url) for _ in range(3)]
    verifiers = [of_keys(each) for each in (*sets, sets[0])]
    for verifier in verifiers:
        observed.add(verifier)
    (name,) = observed.fetch_totals()
    assert observed.fetch_totals() == {name: FetchTotals(0, 0)}
    assert observed.key_set_states() == {name: KeySetState(0, None)}
    sets[0].fetch()
    sets[1].fetch()
    server.status = 503
    with pytest.raises(JWKSetUnavailableError):
        sets[2].fetch()
    assert observed.fetch_totals() == {name: FetchTotals(2, 1)}
    state = observed.key_set_states()[name]
    ages = [each.age_seconds for each in sets[:2]]
    assert state.key_count == 2
    assert state.age_seconds is not None
    assert 0 <= state.age_seconds <= max(age for age in ages if age is not None)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ((1, 2.0), (3, 5.0), (4, 5.0)),
        ((1, 5.0), (0, 2.0), (1, 5.0)),
        ((1, None), (2, 3.0), (3, 3.0)),
        ((1, 0.0), (2, None), (3, 0.0)),
        ((1, None), (2, None), (3, None)),
    ],
)
def test_two_states_have_the_sum_of_the_keys_and_the_age_of_the_oldest(one: Any, other: Any, both: Any) -> None:
    assert _combine(KeySetState(*one), KeySetState(*other)) == KeySetState(*both)


@pytest.mark.parametrize(
    ("count", "failed", "totals"), [(0, 0, (0, 0)), (3, 1, (2, 1)), (1, 1, (0, 1)), (1, 2, (0, 2))]
)
def test_fetches_have_succeeded_or_failed(count: int, failed: int, totals: tuple[int, int]) -> None:
    keys: Any = SimpleNamespace(
        fetch_count=count, failed_fetch_count=failed
    )  # counted meanwhile, so failed may be more
    assert _fetches_of(keys) == totals


def test_child_of_a_fork_counts_from_its_beginning_on() -> None:
    observed = ObservedVerifiers()
    before, token = create_verifier(cache_size=10)
    observed.add(before)
    before.verify(token)
    observed.verifier_totals()
    observed._lock.acquire()  # as another thread of the parent may have done
    observed._begin()
    assert observed.verifier_totals() == {ISSUER: VerifierTotals(0, 0, 0)}
    before.verify(token)
    after, token = create_verifier(cache_size=10)
    observed.add(after)
    after.verify(token)
    assert observed.verifier_totals() == {ISSUER: VerifierTotals(2, 1, 1)}


def test_observation_begins_again_in_a_child_of_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[dict[str, Any]] = []
    monkeypatch.setattr(os, "register_at_fork", lambda **hooks: registered.append(hooks), raising=False)
    observed = ObservedVerifiers()
    assert registered == [{"after_in_child": observed._begin}]
    monkeypatch.delattr(os, "register_at_fork")
    assert ObservedVerifiers().verifier_totals() == {}
