"""The claim with a user's id: `user_id_claim` of `RequestAuthenticator`, and of the models of users."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct
from pydantic import BaseModel, Field

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose._core import PendingVerification, RequestAuthenticator, require_subject, user_fields
from fastjose._fastapi.user_models import create_authentication, id_attribute, user_builder
from fastjose._fastapi.users import CurrentUser
from fastjose._verifiers.bearer_policy import BearerPolicy
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.jose_builder import NOW, SECRET, create_token, ed_key, jwk, public_key_of

if TYPE_CHECKING:
    from collections.abc import Callable

BIG = 123_456_789_012_345_678_901_234_567_890


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def make_token(claims: dict[str, Any], algorithm: str = "HS256", **header: Any) -> str:
    return create_token(algorithm, {"exp": NOW + 100, **claims}, **header)


def outcome(call: Callable[[], object]) -> object:
    """Return the result of `call`, or the code and the claim of its error."""
    try:
        return call()
    except JOSEError as error:
        return error.code, error.claim


def make_request(token: str) -> dict[str, Any]:
    return {"type": "http", "headers": [(b"authorization", b"Bearer " + token.encode())]}


IDS: list[tuple[Any, object]] = [
    ("user-1", "user-1"),
    (" u ", " u "),
    (7, "7"),
    (0, "0"),
    (-7, "-7"),
    (BIG, str(BIG)),
    ("", ("missing_claim", "uid")),
    (" \t", ("missing_claim", "uid")),
    ("u\0", ("missing_claim", "uid")),
    (None, ("missing_claim", "uid")),
    (True, ("invalid_claim", "uid")),
    (False, ("invalid_claim", "uid")),
    (1.0, ("invalid_claim", "uid")),
    (["u"], ("invalid_claim", "uid")),
    ({"u": 1}, ("invalid_claim", "uid")),
]


@pytest.mark.parametrize(("value", "expected"), IDS, ids=lambda value: repr(value)[:30])
@pytest.mark.parametrize("cache_size", [0, 10])
def test_id_is_read_from_the_claim(value: Any, expected: object, cache_size: int) -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=cache_size)
    token = make_token({"uid": value, "email": "ada@example.com"})
    _, authentication = create_authentication(verifier, CurrentUser, BearerPolicy(user_id_claim="uid"))
    fields = RequestAuthenticator(verifier, dict, build_from_fields=dict, user_id_claim="uid")
    claims = verifier.verify(token)
    for _ in range(2):
        user = outcome(lambda: authentication.authenticate_user_of_request(make_request(token)))
        built = outcome(lambda: fields.authenticate_user(token))
        if isinstance(expected, str):
            assert user == CurrentUser(user_id=expected, email="ada@example.com")
            assert (
                built
                == {"user_id": expected, "email": "ada@example.com", "name": None}
                == user_fields(claims, user_id_claim="uid")
            )
            assert fields.authenticate_claims(token) == claims, "the claims are those of the token"
            assert require_subject(claims, "uid") == expected
        else:
            assert user == built == outcome(lambda: fields.authenticate_claims(token)) == expected
            assert outcome(lambda: require_subject(claims, "uid")) == expected
            assert outcome(lambda: user_fields(claims, user_id_claim="uid")) == expected


def test_missing_claim_of_the_id_is_named() -> None:
    for cache_size in (0, 10):
        verifier = Verifier(SECRET, algorithms="HS256", cache_size=cache_size)
        authenticator = RequestAuthenticator(verifier, dict, user_id_claim="uid")
        for _ in range(2):
            call = partial(authenticator.authenticate_user, make_token({"sub": "user-1"}))
            assert outcome(call) == ("missing_claim", "uid")


def test_authenticators_with_different_claims_share_a_cache() -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=10)
    token, machine = make_token({"sub": "a", "uid": "b", "tag": 3}), make_token({"uid": "m"})
    by_claim = {
        claim: RequestAuthenticator(verifier, dict, build_from_fields=dict, user_id_claim=claim)
        for claim in ("sub", "uid", "tag")
    }
    for _ in range(3):
        users: dict[str, Any] = {claim: one.authenticate_user(token) for claim, one in by_claim.items()}
        assert {claim: user["user_id"] for claim, user in users.items()} == {"sub": "a", "uid": "b", "tag": "3"}
        assert outcome(lambda: by_claim["sub"].authenticate_user(machine)) == ("missing_claim", "sub")
        user: Any = by_claim["uid"].authenticate_user(machine)
        assert user["user_id"] == "m"


@pytest.mark.parametrize("user_id_claim", ["uid", None])
@pytest.mark.parametrize("cache_size", [0, 10])
def test_other_claim_of_the_id_does_not_lift_other_checks(user_id_claim: str | None, cache_size: int) -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=cache_size)
    authenticator = RequestAuthenticator(verifier, dict, user_id_claim=user_id_claim)
    event = "http://schemas.openid.net/event/backchannel-logout"
    cases: list[tuple[dict[str, Any], tuple[str, str | None]]] = [
        ({"cnf": {"jkt": "x"}}, ("invalid_claim", "cnf")),
        ({"events": {event: {}}}, ("wrong_type", None)),
        ({"sub": 5}, ("invalid_claim", "sub")),
        ({"exp": NOW}, ("expired", "exp")),
    ]
    for claims, expected in cases:
        for _ in range(2):
            call = partial(authenticator.authenticate_claims, make_token({"uid": "u", **claims}))
            assert outcome(call) == expected


class Machine(BaseModel):
    common_name: str


class Account(BaseModel):
    user_id: str
    sub: str | None = None


class AliasedAccount(BaseModel):
    user_id: str = Field(alias="email")


class StructAccount(Struct, rename="camel"):
    user_id: str


class Numbered(BaseModel):
    uid: int


@pytest.mark.parametrize("cache_size", [0, 10])
def test_no_claim_of_the_id_is_needed_by_a_model_without_one(cache_size: int) -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=cache_size)
    _, authentication = create_authentication(verifier, Machine, BearerPolicy(user_id_claim=None))
    for claims in ({"sub": ""}, {}, {"sub": "x"}):
        for _ in range(2):
            request = make_request(make_token({"common_name": "ci", **claims}))
            assert authentication.authenticate_user_of_request(request) == Machine(common_name="ci")
            assert authentication.authenticate_claims_of_request(request) == {
                "exp": NOW + 100,
                "common_name": "ci",
                **claims,
            }


def test_models_are_filled_from_the_claim() -> None:
    claims = {"sub": "wrong", "uid": 7, "userId": "wrong", "user_id": "wrong", "email": "e"}
    assert user_builder(CurrentUser, "uid")(claims) == CurrentUser(user_id="7", email="e")
    assert user_builder(Account, "uid")(claims) == Account(user_id="7", sub="wrong")
    assert user_builder(Account)({"sub": "s", "uid": 7}) == Account(user_id="s", sub="s")
    assert user_builder(StructAccount, "uid")(claims) == StructAccount(user_id="7")
    assert user_builder(AliasedAccount, "uid")(claims).user_id == "e"
    assert user_builder(AliasedAccount, None)(claims).user_id == "e"
    assert user_builder(Numbered, "uid")(claims) == Numbered(uid=7)
    assert user_builder(Machine, None)({"common_name": "ci"}) == Machine(common_name="ci")
    assert outcome(lambda: user_builder(Machine, "uid")({"common_name": "ci"})) == ("missing_claim", "uid")
    assert claims == {"sub": "wrong", "uid": 7, "userId": "wrong", "user_id": "wrong", "email": "e"}


@pytest.mark.parametrize("model", [CurrentUser, Account, StructAccount])
def test_model_with_a_user_id_needs_a_claim(model: Any) -> None:
    with pytest.raises(TypeError, match="user_id_claim must name the claim"):
        user_builder(model, None)
    with pytest.raises(TypeError, match="user_id_claim must name the claim"):
        create_authentication(Verifier(SECRET, algorithms="HS256"), model, BearerPolicy(user_id_claim=None))


def test_attribute_of_the_id_follows_the_claim() -> None:
    assert id_attribute(Numbered, "uid") == "uid"
    assert id_attribute(Numbered) is None
    assert id_attribute(Machine, None) is None
    assert id_attribute(Machine, "common_name") == "common_name"
    assert id_attribute(CurrentUser, "uid") == id_attribute(Account, "uid") == "user_id"


def test_wrong_arguments_raise_at_construction() -> None:
    verifier = Verifier(SECRET, algorithms="HS256")
    with pytest.raises(ValueError, match="user_id_claim must be the name of a claim, or None"):
        RequestAuthenticator(verifier, dict, user_id_claim="")
    with pytest.raises(ValueError, match="user_id_claim must name a claim"):
        RequestAuthenticator(verifier, dict, build_from_fields=dict, user_id_claim=None)
    for wrong in (5, b"uid", ["uid"]):
        with pytest.raises(TypeError):
            RequestAuthenticator(verifier, dict, user_id_claim=wrong)  # type: ignore[arg-type]  # under test


@pytest.mark.parametrize("cache_size", [0, 10])
@pytest.mark.parametrize(("claims", "expected"), [({"uid": 7}, "7"), ({"sub": "s"}, ("missing_claim", "uid"))])
def test_id_is_read_after_a_fetch(cache_size: int, claims: dict[str, Any], expected: object) -> None:
    with serve_jwks(lambda: {"keys": [jwk(public_key_of(ed_key()), kid="k")]}) as server:
        verifier = Verifier(RemoteKeySet(server.url), cache_size=cache_size)
        authenticator = RequestAuthenticator(verifier, dict, build_from_fields=dict, user_id_claim="uid")
        token = make_token(claims, "EdDSA", kid="k")

        async def authenticate() -> object:
            pending = authenticator.authenticate_user(token)
            assert isinstance(pending, PendingVerification)
            return authenticator.get_user(await pending.authenticate_bearer(), token)["user_id"]

        assert outcome(lambda: asyncio.run(authenticate())) == expected
        assert server.request_count == (1 if expected == "7" else 0), "a token without a user causes no fetch"
