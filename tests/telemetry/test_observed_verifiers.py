"""What is read from verifiers when metrics are collected: counts that grow, and the state of key sets."""

from __future__ import annotations

import gc
import os
import re
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose._telemetry.growing_totals import GrowingTotals
from fastjose._telemetry.names import ERROR_CODES, MAX_NAMES, OTHER, NameLimit
from fastjose._telemetry.switch import observe_verifier
from fastjose.exceptions import JWKSetUnavailableError
from fastjose.testing import TokenIssuer, serve_jwks

if TYPE_CHECKING:
    from support.environment.exported_telemetry import Exported

ISSUER = "https://issuer.example"
SECRET = "0123456789abcdef0123456789abcdef"


def create_pair(issuer: str = ISSUER, **options: Any) -> tuple[Verifier, str]:
    tokens = TokenIssuer(audience=None, secret=SECRET, algorithm="HS256")
    verifier = Verifier(SECRET, algorithms="HS256", issuer=issuer, check_audience=False, **options)
    return verifier, tokens.mint_token(iss=issuer)


def test_verifications_and_cache_lookups_are_counted(exported: Exported) -> None:
    verifier, token = create_pair(cache_size=10)
    observe_verifier(verifier)
    for _ in range(3):
        verifier.verify(token)
    with pytest.raises(JOSEError):
        verifier.verify(token[:-4])
    assert (verifier.verification_count, verifier.cache_hit_count, verifier.cache_miss_count) == (3, 2, 2)
    assert verifier.cached_token_count == 1
    assert exported.total("fastjose.verifications", fastjose__issuer=ISSUER) == 3
    assert exported.total("fastjose.token_cache.lookups", fastjose__token_cache__result="hit") == 2
    assert exported.total("fastjose.token_cache.lookups", fastjose__token_cache__result="miss") == 2
    assert exported.total("fastjose.token_cache.entries") == 1


def test_verifier_without_cache_counts_no_lookups(exported: Exported) -> None:
    verifier, token = create_pair()
    observe_verifier(verifier)
    verifier.verify(token)
    assert (verifier.verification_count, verifier.cache_miss_count, verifier.cached_token_count) == (1, 0, None)
    assert exported.points("fastjose.token_cache.entries") == {}


def test_fetches_age_and_keys_of_a_set_are_reported_once_for_several_verifiers(exported: Exported) -> None:
    with serve_jwks(TokenIssuer()) as server:
        keys = RemoteKeySet(f"{server.url}?secret=canary")
        verifiers = [Verifier(keys, issuer=f"{ISSUER}/{number}", audience="a") for number in range(2)]
        for verifier in verifiers:
            observe_verifier(verifier)
        assert exported.points("fastjose.jwks.age") == {}
        keys.fetch()
        server.status = 503
        with pytest.raises(JWKSetUnavailableError):
            keys.fetch()
        assert (keys.fetch_count, keys.failed_fetch_count, keys.key_count, keys.has_usable_keys) == (2, 1, 1, True)
        source = {"fastjose__jwks__source": server.issuer_url}
        assert exported.total("fastjose.jwks.fetches", **source, fastjose__jwks__result="success") == 1
        assert exported.total("fastjose.jwks.fetches", **source, fastjose__jwks__result="failure") == 1
        assert exported.total("fastjose.jwks.keys", **source) == 1
        assert min(exported.points("fastjose.jwks.age").values()) >= 0
        assert "canary" not in exported.text()
        assert "/api/auth/jwks" not in exported.text()


def test_same_set_is_equal_and_another_one_is_not() -> None:
    keys, other = RemoteKeySet("https://a.example/jwks"), RemoteKeySet("https://a.example/jwks")
    (again,) = Verifier(keys, issuer=ISSUER, audience="a").remote_key_sets
    assert again == keys
    assert hash(again) == hash(keys)
    assert keys != other
    assert keys != "https://a.example/jwks"


def test_verifier_that_has_gone_leaves_its_counts(exported: Exported) -> None:
    verifier, token = create_pair()
    observe_verifier(verifier)
    verifier.verify(token)
    assert exported.total("fastjose.verifications") == 1
    gone = weakref.ref(verifier)
    del verifier
    gc.collect()
    assert gone() is None, "telemetry keeps no verifier alive"
    assert exported.total("fastjose.verifications") == 1
    second, token = create_pair()
    observe_verifier(second)
    second.verify(token)
    assert exported.total("fastjose.verifications") == 2


def test_many_issuers_have_a_bounded_number_of_names(exported: Exported) -> None:
    verifiers = [create_pair(f"{ISSUER}/{number}")[0] for number in range(MAX_NAMES + 20)]
    for verifier in verifiers:
        observe_verifier(verifier)
    names = {dict(point)["fastjose.issuer"] for point in exported.points("fastjose.verifications")}
    assert len(names) == MAX_NAMES + 1
    assert OTHER in names


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_child_of_a_fork_begins_to_count_at_0(exported: Exported) -> None:
    verifier, token = create_pair()
    observe_verifier(verifier)
    verifier.verify(token)
    exported.observed._lock.acquire()  # as another thread of the parent may have done
    child = os.fork()
    if child == 0:
        verifier.verify(token)
        verifier.verify(token)
        counted = sum(total.verifications for total in exported.observed.verifier_totals().values())
        os._exit(counted)
    exported.observed._lock.release()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 2
    assert exported.total("fastjose.verifications") == 1


def test_growing_totals_never_decrease_if_a_number_is_used_again() -> None:
    totals = GrowingTotals()
    assert totals.update({1: ("a", (5, 1))}) == {"a": (5, 1)}
    assert totals.update({1: ("a", (2, 1)), 2: ("b", (1, 0))}) == {"a": (7, 2), "b": (1, 0)}
    assert totals.update({}) == {"a": (7, 2), "b": (1, 0)}
    assert totals.update({1: ("a", (1, 0))}) == {"a": (8, 2), "b": (1, 0)}


def test_name_limit_replaces_further_names() -> None:
    names = NameLimit(2)
    assert [names.limit(name) for name in ("a", "b", "c", "a")] == ["a", "b", OTHER, "a"]


def test_every_documented_code_is_reported() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", JOSEError.__doc__ or ""))
    assert documented | {"cross_origin_request"} == ERROR_CODES
