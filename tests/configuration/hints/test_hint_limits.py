"""What clients can put into the log with unsigned tokens: a line a minute for each code, however they vary them."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import HTTPException

from fastjose import JOSEError, Verifier
from fastjose._authorization.grants import build_grants
from fastjose._config.names.setting_names import IN_CODE
from fastjose._hints.detectors import DETECTORS
from fastjose._hints.issuer_hints import IssuerHints
from fastjose._hints.jwt_hints import MAX_INSPECTIONS_PER_SECOND
from fastjose._sessions.lookup import call_store, validate_answer
from fastjose._sessions.session_token import SessionToken
from fastjose._verifiers.choice import ChosenVerifier
from fastjose._verifiers.issuers import create_issuers
from fastjose.better_auth import host_verifiers
from fastjose.exceptions import StoreUnavailableError
from fastjose.fastapi import BearerAuth
from fastjose.testing import TokenIssuer
from support.environment.hint_logs import forget_logged_hints

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = TokenIssuer("https://real.example.com").jwk_set
MINUTE = 60.0


class Clock:
    """A clock that a test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def forge(issuer: str, algorithm: str = "EdDSA") -> str:
    """Return an unsigned token."""
    parts = ({"alg": algorithm, "typ": "JWT"}, {"iss": issuer})
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts), ""]
    )


def find_tenant(issuer: str) -> Verifier:
    """Accept every tenant, as an application with one key for all of them does."""
    return Verifier(KEYS, issuer=issuer, audience="https://api.example.com")


def codes_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage().partition(":")[0] for record in caplog.records if record.name == "fastjose"]


def fail(*_: object) -> Any:
    raise LookupError("down")


@pytest.mark.parametrize(
    "verifier",
    [host_verifiers("https://app.example.com", allowed_hosts=["*.example.com"], keys=KEYS), find_tenant],
    ids=["pattern", "every tenant"],
)
def test_tokens_of_made_up_issuers_log_a_hint_once(verifier: Any, caplog: pytest.LogCaptureFixture) -> None:
    auth = BearerAuth(verifier)
    for number in range(30):
        with pytest.raises(HTTPException):
            asyncio.run(auth.current_user(forge(f"https://{number}.example.com", "none")))
    assert codes_of(caplog) == ["unsigned_token"]


def test_each_issuer_of_a_list_logs_a_hint_once(caplog: pytest.LogCaptureFixture) -> None:
    auth = BearerAuth([find_tenant(f"https://{number}.example.com") for number in range(2)])
    for number in range(30):
        with pytest.raises(HTTPException):
            asyncio.run(auth.current_user(forge(f"https://{number}.example.com", "none")))
        with pytest.raises(HTTPException):
            asyncio.run(auth.current_user(forge(f"https://{number % 2}.example.com", "none")))
    assert codes_of(caplog) == ["unsigned_token", "unsigned_token", "wrong_issuer"]


def test_hints_of_all_issuers_have_one_clock(caplog: pytest.LogCaptureFixture) -> None:
    clock, issuers = Clock(), create_issuers(find_tenant, ChosenVerifier)
    hints = IssuerHints(issuers, IN_CODE, clock)
    error = JOSEError("rejected")
    error.code = "algorithm_not_allowed"
    for clock.now, count in ((1_000.0, 1), (1_000.0 + MINUTE - 1, 1), (1_000.0 + MINUTE, 2)):
        for number in range(3):
            token = forge(f"https://{number}.example.com", "none")
            issuers.choose_now(token)
            hints.log_hint(error, token)
        hints.log_hint(error, forge("https://unknown.example.com", "none"))
        assert codes_of(caplog) == ["unsigned_token"] * count


def test_tokens_of_all_issuers_share_the_inspections(monkeypatch: pytest.MonkeyPatch) -> None:
    inspected: list[str] = []
    monkeypatch.setitem(DETECTORS, "bad_signature", lambda token, _: inspected.append(token))
    clock, issuers = Clock(), create_issuers(find_tenant, ChosenVerifier)
    hints = IssuerHints(issuers, IN_CODE, clock)
    error = JOSEError("rejected")
    error.code = "bad_signature"
    for expected in (MAX_INSPECTIONS_PER_SECOND, 2 * MAX_INSPECTIONS_PER_SECOND):
        for number in range(3 * MAX_INSPECTIONS_PER_SECOND):
            token = forge(f"https://{number}.example.com")
            issuers.choose_now(token)
            hints.log_hint(error, token)
        assert len(inspected) == expected
        clock.now += 1


def ask_tenants_now() -> None:
    with pytest.raises(StoreUnavailableError):
        create_issuers(fail, ChosenVerifier).choose_now(forge("https://a.example.com"))


def ask_tenants() -> None:
    with pytest.raises(StoreUnavailableError):
        asyncio.run(create_issuers(lambda _: "no verifier", ChosenVerifier).choose(forge("https://a.example.com")))


def look_up() -> None:
    with pytest.raises(StoreUnavailableError):
        asyncio.run(call_store(fail, SessionToken("s" * 32, carrier="bearer", raw="s" * 32)))


def validate() -> None:
    with pytest.raises(StoreUnavailableError):
        validate_answer(fail)


def read_roles() -> None:
    assert build_grants(fail).read_roles({}) == set()


def read_scopes() -> None:
    assert build_grants(scopes=lambda _: 5).read_scopes({}) == set()


@pytest.mark.parametrize(
    ("code", "requests"),
    [
        ("tenants_failed", [ask_tenants_now, ask_tenants]),
        ("store_failed", [look_up, validate]),
        ("grants_failed", [read_roles, read_scopes]),
    ],
)
def test_function_that_fails_at_each_request_is_logged_once(
    code: str, requests: list[Callable[[], None]], caplog: pytest.LogCaptureFixture
) -> None:
    for request in requests:
        forget_logged_hints()
        caplog.clear()
        for _ in range(30):
            request()
        for other in requests:
            other()
        assert codes_of(caplog) == [code]
        assert [record.levelname for record in caplog.records] == ["ERROR"]
