"""The function of an application that accepts or rejects claims: `accept` of `RequestAuthenticator`, `Acceptance`."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import warnings
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWTClaimsError, RemoteKeySet, Verifier
from fastjose._core import Acceptance, PendingVerification, RequestAuthenticator
from fastjose._fastapi.user_models import create_authentication
from fastjose._fastapi.users import CurrentUser
from fastjose._places.bearer_token import BearerToken
from fastjose._verifiers.bearer_policy import BearerPolicy
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.jose_builder import NOW, SECRET, create_token, ed_key, jwk, public_key_of

if TYPE_CHECKING:
    from collections.abc import Callable

CLAIMS = {"sub": "user-1", "exp": NOW + 100, "tid": "t1", "roles": ["a"], "deep": {"x": [1]}}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def make_token(**claims: Any) -> str:
    return create_token(payload={**CLAIMS, **claims})


def make_request(token: str) -> dict[str, Any]:
    return {"type": "http", "headers": [(b"authorization", b"Bearer " + token.encode())]}


def make_authenticator(accept: Any, *, cache_size: int = 0) -> RequestAuthenticator[Any]:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=cache_size)
    return RequestAuthenticator(verifier, dict, build_from_fields=dict, accept=accept)


def make_bearer_token(text: str, scope: dict[str, Any]) -> BearerToken:
    token = BearerToken(text)
    token.scope = scope
    return token


def rejection_of(call: Callable[[], object]) -> JWTClaimsError:
    with pytest.raises(JWTClaimsError) as raised:
        call()
    return raised.value


CALLS: dict[str, Callable[[RequestAuthenticator[Any], str], object]] = {
    "authenticate_user": lambda one, token: one.authenticate_user(token),
    "authenticate_claims": lambda one, token: one.authenticate_claims(token),
    "authenticate_user_of_request": lambda one, token: one.authenticate_user_of_request(make_request(token)),
    "authenticate_claims_of_request": lambda one, token: one.authenticate_claims_of_request(make_request(token)),
}
with_each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
with_and_without_cache = pytest.mark.parametrize("cache_size", [0, 10])


async def coroutine(_claims: dict[str, Any]) -> bool:
    return True


class Truthy:
    """Compares equal to True, and is true."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True


class RejectedError(Exception):
    """An exception of the application."""


def fail(claims: dict[str, Any]) -> bool:
    raise RejectedError(str(claims))


def leave(_claims: dict[str, Any]) -> bool:
    raise JOSEError("of the application")


RESULTS: list[tuple[Any, str]] = [
    (lambda _: False, "returned False"),
    (lambda _: None, "returned a value of the type NoneType, not a bool"),
    (lambda _: 1, "returned a value of the type int, not a bool"),
    (lambda _: "true", "returned a value of the type str, not a bool"),
    (lambda _: [True], "returned a value of the type list, not a bool"),
    (lambda _: Truthy(), "returned a value of the type Truthy, not a bool"),
    (lambda claims: coroutine(claims), "returned a value of the type coroutine, not a bool"),  # noqa: PLW0108 - hides it
    (lambda claims: claims["missing"], "raised KeyError"),
    (lambda: True, "raised TypeError"),
    (fail, "raised RejectedError"),
    (leave, "raised JOSEError"),
]


@with_each_call
@with_and_without_cache
@pytest.mark.parametrize(("accept", "result"), RESULTS, ids=[result for _, result in RESULTS])
def test_only_true_itself_accepts(
    call: Callable[[RequestAuthenticator[Any], str], object], cache_size: int, accept: Any, result: str
) -> None:
    authenticator = make_authenticator(accept, cache_size=cache_size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            error = rejection_of(lambda: call(authenticator, make_token()))
            assert (error.code, error.claim, str(error)) == (
                "claims_not_accepted",
                None,
                "The application does not accept the claims",
            )
            assert error.outcome == result  # type: ignore[attr-defined]  # for the log
            assert error.__context__ is error.__cause__ is None, "the caught error may contain claims"
        gc.collect()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_an_interrupt_passes_through(interrupt: type[BaseException]) -> None:
    def accept(_claims: dict[str, Any]) -> bool:
        raise interrupt

    with pytest.raises(interrupt):
        make_authenticator(accept).authenticate_user(make_token())


@with_each_call
@with_and_without_cache
def test_claims_are_checked_at_every_request(
    call: Callable[[RequestAuthenticator[Any], str], object], cache_size: int
) -> None:
    accepted, seen = {"t1"}, list[str]()

    def accept(claims: dict[str, Any]) -> bool:
        seen.append(claims["tid"])
        return claims["tid"] in accepted

    authenticator = make_authenticator(accept, cache_size=cache_size)
    for _ in range(2):
        call(authenticator, make_token())
    rejection_of(lambda: call(authenticator, make_token(tid="t2")))
    accepted.clear()
    rejection_of(lambda: call(authenticator, make_token()))
    assert seen == ["t1", "t1", "t2", "t1"]


@with_and_without_cache
def test_claims_are_checked_once_in_a_request(cache_size: int) -> None:
    calls: list[dict[str, Any]] = []

    def accept(claims: dict[str, Any]) -> bool:
        calls.append(claims)
        return True

    authenticator = make_authenticator(accept, cache_size=cache_size)
    for count in (1, 2):
        scope = make_request(make_token())
        user, claims = (
            authenticator.authenticate_user_of_request(scope),
            authenticator.authenticate_claims_of_request(scope),
        )
        token = make_bearer_token(make_token(), scope)
        assert claims == CLAIMS
        assert isinstance(claims, dict)
        assert authenticator.get_user_of_claims(claims, scope) == user
        assert authenticator.authenticate_user(token) == user
        assert authenticator.authenticate_claims(token) == CLAIMS
        assert len(calls) == count


@with_and_without_cache
def test_claims_that_the_function_changes_are_not_used(cache_size: int) -> None:
    def accept(claims: dict[str, Any]) -> bool:
        claims["sub"] = "root"
        claims["roles"].append("admin")
        claims["deep"]["x"].clear()
        del claims["tid"]
        return True

    authenticator = make_authenticator(accept, cache_size=cache_size)
    for _ in range(2):
        assert authenticator.authenticate_claims(make_token()) == CLAIMS
        user: Any = authenticator.authenticate_user(make_token())
        assert user["user_id"] == "user-1"
        scope = make_request(make_token())
        authenticator.authenticate_user_of_request(scope)
        assert authenticator.authenticate_claims_of_request(scope) == CLAIMS


def test_function_is_called_only_with_verified_claims() -> None:
    def accept(claims: dict[str, Any]) -> bool:
        raise AssertionError(claims)

    authenticator = make_authenticator(accept)
    bad = [make_token()[:-4] + "AAAA", make_token(exp=NOW), make_token(sub=""), make_token(cnf={}), "x"]
    for token in bad:
        with pytest.raises(JOSEError) as raised:
            authenticator.authenticate_user(token)
        assert raised.value.code != "claims_not_accepted"


async def authenticate_after_fetch(authenticator: RequestAuthenticator[Any], token: BearerToken, view: str) -> object:
    """Return the user or the claims of a token whose key must be fetched."""
    authenticate, get = {
        "user": (authenticator.authenticate_user, authenticator.get_user),
        "claims": (authenticator.authenticate_claims, authenticator.get_claims),
    }[view]
    pending: Any = authenticate(token)
    assert isinstance(pending, PendingVerification)
    return get(await pending.authenticate_bearer(), token)


@with_and_without_cache
@pytest.mark.parametrize("view", ["user", "claims"])
@pytest.mark.parametrize("tid", ["t1", "t2"])
def test_claims_of_a_token_whose_key_is_fetched_are_checked(cache_size: int, view: str, tid: str) -> None:
    with serve_jwks(lambda: {"keys": [jwk(public_key_of(ed_key()), kid="k")]}) as server:
        verifier = Verifier(RemoteKeySet(server.url), cache_size=cache_size)
        authenticator: RequestAuthenticator[Any] = RequestAuthenticator(
            verifier, dict, build_from_fields=dict, accept=lambda claims: claims["tid"] == "t1"
        )
        text = create_token("EdDSA", {**CLAIMS, "tid": tid}, kid="k")
        scope = make_request(text)
        token = make_bearer_token(text, scope)
        if tid == "t1":
            assert asyncio.run(authenticate_after_fetch(authenticator, token, view))
            assert authenticator.authenticate_claims_of_request(scope) == CLAIMS
            return
        rejection_of(lambda: asyncio.run(authenticate_after_fetch(authenticator, token, view)))
        assert scope == make_request(text), "nothing is kept with the request"
        rejection_of(lambda: authenticator.authenticate_user(text))


def test_function_is_called_for_a_model_and_another_claim_of_the_id() -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=10)
    _, authentication = create_authentication(
        verifier, CurrentUser, BearerPolicy(user_id_claim="tid", accept=lambda claims: claims["tid"] == "t1")
    )
    for _ in range(2):
        user = authentication.authenticate_user_of_request(make_request(make_token()))
        assert user == CurrentUser(user_id="t1")
        rejection_of(lambda: authentication.authenticate_user_of_request(make_request(make_token(tid="t2"))))


# --- Wrong functions.


class AsyncCallable:
    async def __call__(self, _claims: dict[str, Any]) -> bool:
        return True


async def generator(_claims: dict[str, Any]) -> Any:
    yield True


WRONG: list[Any] = [
    coroutine,
    functools.partial(coroutine),
    AsyncCallable(),
    AsyncCallable().__call__,
    generator,
    True,
    "accept",
    5,
    {"tid": "t1"},
]


@pytest.mark.parametrize("accept", WRONG, ids=repr)
def test_function_that_is_not_plain_is_a_type_error(accept: Any) -> None:
    with pytest.raises(TypeError, match="accept must be a plain function of the claims"):
        make_authenticator(accept)
    with pytest.raises(TypeError, match="accept must be a plain function of the claims"):
        Acceptance(accept)


class Callable_:  # noqa: N801 - beside typing's name
    def __call__(self, claims: dict[str, Any]) -> bool:
        return bool(claims["tid"] == "t1")

    def method(self, claims: dict[str, Any]) -> bool:
        return self(claims)


def with_argument(tid: str, claims: dict[str, Any]) -> bool:
    return bool(claims["tid"] == tid)


@pytest.mark.parametrize("accept", [Callable_(), Callable_().method, functools.partial(with_argument, "t1")])
def test_every_plain_callable_may_accept(accept: Any) -> None:
    assert make_authenticator(accept).authenticate_claims(make_token()) == CLAIMS
    rejection_of(lambda: make_authenticator(accept).authenticate_claims(make_token(tid="t2")))
    acceptance = Acceptance(accept)
    acceptance.require(dict(CLAIMS))
    rejection_of(lambda: acceptance.require({**CLAIMS, "tid": "t2"}))
    assert copy.copy(acceptance) is copy.deepcopy(acceptance) is acceptance


class Application:
    """Owns the dependencies, and passes methods of its own to them."""

    def __init__(self, verifier: Verifier) -> None:
        self.acceptance = Acceptance(self.accept)
        self.authenticators = [
            RequestAuthenticator(verifier, self.build, accept=self.accept),
            RequestAuthenticator(verifier, dict, accept=self.accept),
            RequestAuthenticator(verifier, dict, build_from_fields=self.build),
        ]

    def accept(self, _claims: dict[str, Any]) -> bool:
        return True

    def build(self, claims: Any) -> Any:
        return claims


def test_functions_that_refer_to_their_owner_are_collected_with_it() -> None:
    """The verifier with its keys would otherwise live as long as the process."""
    verifier = Verifier(SECRET, algorithms="HS256")
    references = []
    for _ in range(3):
        application = Application(verifier)
        for authenticator in application.authenticators:
            assert authenticator.authenticate_claims(make_token()) == CLAIMS
        references.append(weakref.ref(application))
        del application, authenticator
    gc.collect()
    assert [reference() for reference in references] == [None] * 3


@pytest.mark.parametrize("depth", [1, 2])
def test_user_can_be_asked_for_while_it_is_built(depth: int) -> None:
    """A finalizer that runs meanwhile may authenticate the same token: it waited for the user without end."""
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=4)
    token, built = make_token(), []

    def build(fields: dict[str, str | None]) -> dict[str, str | None]:
        built.append(fields)
        if len(built) <= depth:
            assert authenticator.authenticate_user(token) == fields
        return fields

    authenticator = RequestAuthenticator(verifier, dict, build_from_fields=build)
    assert authenticator.authenticate_user(token) == authenticator.authenticate_user(token) == built[0]
    assert len(built) == depth + 1
