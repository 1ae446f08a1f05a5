"""Verifiers that a function of the application returns: which are kept, how long, and what fails."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from fastjose import Verifier
from fastjose._verifiers import tenants as tenants_module
from fastjose._verifiers.choice import ChosenVerifier
from fastjose._verifiers.limits import MAX_TENANTS, TENANT_SECONDS
from fastjose._verifiers.tenants import KeptVerifiers, Tenants
from fastjose.exceptions import StoreUnavailableError
from fastjose.testing import TokenIssuer

ISSUER = "https://tenant.example"
KEYS = TokenIssuer(ISSUER).jwk_set


class Clock:
    """A clock that a test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def verify(issuer: str = ISSUER) -> Verifier:
    return Verifier(KEYS, issuer=issuer, audience="https://api.example.com")


def kept(clock: Clock, *issuers: str) -> KeptVerifiers[Any]:
    verifiers: KeptVerifiers[Any] = KeptVerifiers(clock)
    for issuer in issuers:
        chosen: Any = issuer
        verifiers.add(issuer, chosen)
    return verifiers


def test_verifier_is_kept_for_a_limited_time() -> None:
    clock = Clock()
    verifiers = kept(clock, "a")
    assert (verifiers.get("a"), verifiers.get("b")) == ("a", None)
    clock.now += TENANT_SECONDS - 1
    assert verifiers.get("a") == "a", "a look-up does not extend the time"
    clock.now += 1
    assert verifiers.get("a") is None
    clock.now -= 1
    assert verifiers.get("a") is None, "it was forgotten"
    verifiers.add("a", "again")
    assert verifiers.get("a") == "again"


def test_least_recently_used_verifier_goes_first() -> None:
    issuers = [str(number) for number in range(MAX_TENANTS)]
    verifiers = kept(Clock(), *issuers)
    assert verifiers.get("0") == "0"
    verifiers.add("1", "1")
    assert verifiers.get("2") == "2"
    verifiers.add("new", "new")
    assert [verifiers.get(name) for name in ("0", "1", "2", "3", "4", "new")] == ["0", "1", "2", None, "4", "new"]
    verifiers.add("newer", "newer")
    assert [verifiers.get(name) for name in ("0", "1", "2", "4", "5", "new")] == ["0", "1", "2", "4", None, "new"]


def ask(function: Any, *, later: bool, clock: Any = None) -> tuple[Tenants[ChosenVerifier], Any]:
    """Return the choice, and the verifier or the text of the error."""
    tenants = Tenants(function, ChosenVerifier, **({} if clock is None else {"clock": clock}))
    try:
        chosen = asyncio.run(tenants.ask(ISSUER)) if later else tenants.ask_now(ISSUER)
    except StoreUnavailableError as error:
        assert error.__context__ is None  # noqa: PT017 - of each of many calls
        return tenants, str(error)
    return tenants, chosen and chosen.verifier


@pytest.mark.parametrize("later", [False, True])
def test_verifier_of_an_issuer_is_kept_and_an_unknown_issuer_is_not(later: bool) -> None:  # noqa: FBT001 - pytest
    verifier, asked = verify(), list[Any]()

    def find(issuer: str) -> Any:
        asked.append(issuer)
        return verifier

    clock = Clock()
    tenants, found = ask(find, later=later, clock=clock)
    kept_now = tenants.find(ISSUER)
    assert kept_now is not None
    assert (found, kept_now.verifier, asked, tenants.verifiers) == (verifier, verifier, [ISSUER], ())
    clock.now += TENANT_SECONDS
    assert tenants.find(ISSUER) is None
    tenants, found = ask(lambda _: None, later=later)
    assert (found, tenants.find(ISSUER)) == (None, None)


def fail(_: str) -> Any:
    raise LookupError(ISSUER)


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (fail, "raised LookupError"),
        (lambda _: "verifier", "returned an object of str, not a Verifier or None"),
        (
            lambda _: verify("https://another.example"),
            "returned a verifier that does not have the issuer among its issuers",
        ),
    ],
)
def test_function_that_fails_is_logged_without_a_value(
    function: Any,
    reason: str,
    later: bool,  # noqa: FBT001 - a pytest parameter
    caplog: pytest.LogCaptureFixture,
) -> None:
    tenants, text = ask(function, later=later)
    assert (text, tenants.find(ISSUER)) == ("the function of issuers failed", None)
    assert caplog.messages == [f"tenants_failed: the function of issuers {reason}"]


async def find_later(_: str) -> Verifier:
    await asyncio.sleep(0)
    return verify()


async def never_return(_: str) -> Verifier:
    await asyncio.Event().wait()
    return verify()


def test_coroutine_function_is_awaited_and_cannot_be_called_now() -> None:
    assert isinstance(ask(find_later, later=True)[1], Verifier)
    with pytest.raises(TypeError, match=r"^verify_token requires a plain function of issuers"):
        ask(find_later, later=False)


def test_function_that_takes_too_long_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tenants_module, "TENANT_TIMEOUT_SECONDS", 0.01)
    assert ask(never_return, later=True)[1] == "the function of issuers failed"
    assert caplog.messages == ["tenants_failed: the function of issuers raised TimeoutError"]


@pytest.mark.parametrize("answer", [None, "verifier", LookupError()])
def test_requests_at_the_same_time_share_a_call(answer: Any) -> None:
    asked: list[str] = []

    async def find(issuer: str) -> Any:
        asked.append(issuer)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        return verify(issuer) if answer == "verifier" else None

    async def ask_together() -> list[Any]:
        tenants = Tenants(find, ChosenVerifier)
        calls = [tenants.ask(issuer) for issuer in (ISSUER, ISSUER, "https://b.example")]
        return [*await asyncio.gather(*calls, return_exceptions=True), tenants._calls]

    first, second, other, calls = asyncio.run(ask_together())
    assert (asked, calls) == ([ISSUER, "https://b.example"], {})
    if answer == "verifier":
        assert first is second
        assert (first.verifier.issuers, other.verifier.issuers) == ([ISSUER], ["https://b.example"])
    elif answer is None:
        assert first is second is other is None
    else:
        assert {type(result) for result in (first, second, other)} == {StoreUnavailableError}
        assert first is not second


def test_coroutine_that_a_plain_function_returns_is_closed() -> None:
    returned = find_later(ISSUER)
    assert ask(lambda _: returned, later=False)[1] == "the function of issuers failed"
    assert inspect.getcoroutinestate(returned) == inspect.CORO_CLOSED
