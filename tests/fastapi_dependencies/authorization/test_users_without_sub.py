"""`user_id_claim`: the claim with the user's id, or None for tokens that identify no user."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import pytest
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field

from fastjose import Key, Verifier, sign_token
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, JwtCredentials
from support.clients.http_client import HttpClient

pytestmark = pytest.mark.http

SECRET = "k" * 32
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


def create_verifier(cache_size: int = 0) -> Verifier:
    return Verifier(Key(SECRET, algorithm="HS256"), algorithms=["HS256"], issuer="i", cache_size=cache_size)


def token(**claims: Any) -> str:
    return sign_token({"iss": "i", "exp": 2**33, **claims}, SECRET, algorithm="HS256")


def bearer_auth(verifier: Any, **options: Any) -> Any:
    return BearerAuth(verifier, **options)


def credential_auth(verifier: Any, *, user_model: Any = CurrentUser, **options: Any) -> Any:
    return CredentialAuth(JwtCredentials(verifier, **options), user_model=user_model)


KINDS: dict[str, Callable[..., Any]] = {
    "bearer": bearer_auth,
    "bearer, list": lambda verifier, **options: bearer_auth([verifier], **options),
    "credentials": credential_auth,
    "credentials, list": lambda verifier, **options: credential_auth([verifier], **options),
}
each_kind = pytest.mark.parametrize("create_auth", KINDS.values(), ids=KINDS)


def get_user(auth: Any, claims: dict[str, Any]) -> tuple[int, Any]:
    """Return the status and the body of a route that returns the user, the same with and without the token cache."""
    app = FastAPI()

    @app.get("/")
    async def route(user: Annotated[Any, Depends(auth.current_user)]) -> Any:
        return msgspec.to_builtins(user) if isinstance(user, msgspec.Struct) else user

    with HttpClient(app) as client:
        one, two = (client.get("/", token(**claims)) for _ in range(2))
    assert one.json() == two.json()
    return one.status_code, one.json()


@each_kind
@pytest.mark.parametrize("cache_size", [0, 10])
@pytest.mark.parametrize(
    ("value", "user_id"), [("svc", "svc"), (7, "7"), (-7, "-7"), (0, "0"), (2**70, str(2**70)), (" a ", " a ")]
)
def test_named_claim_is_the_id(create_auth: Callable[..., Any], cache_size: int, value: object, user_id: str) -> None:
    auth = create_auth(create_verifier(cache_size), user_id_claim="uid")
    for claims in ({"uid": value}, {"uid": value, "sub": "other"}, {"uid": value, "sub": ""}):
        status, user = get_user(auth, claims)
        assert (status, user["user_id"]) == (200, user_id)
        assert auth.verify_token(token(**claims)).sub == user_id


@each_kind
@pytest.mark.parametrize("cache_size", [0, 10])
@pytest.mark.parametrize("value", [..., None, "", " ", "\t", "a\0b", True, False, 1.5, [], ["a"], {}, {"a": 1}])
def test_other_value_of_the_named_claim_is_rejected(
    create_auth: Callable[..., Any], cache_size: int, value: object
) -> None:
    auth = create_auth(create_verifier(cache_size), user_id_claim="uid")
    claims = {"sub": "user-1"} if value is ... else {"sub": "user-1", "uid": value}
    assert get_user(auth, claims)[0] == 401
    with pytest.raises(HTTPException) as raised:
        auth.verify_token(token(**claims))
    assert raised.value.status_code == 401


class Member(BaseModel):
    """A model whose `user_id` is the id, beside a claim of its own."""

    user_id: str
    role: str = "none"


class Account(BaseModel):
    """A model whose field is filled from the named claim."""

    number: int | str = Field(alias="uid")


class MemberStruct(msgspec.Struct):
    """A Struct whose `user_id` is the id."""

    user_id: str


@each_kind
@pytest.mark.parametrize("model", [Member, MemberStruct])
def test_model_has_the_named_claim_as_user_id(create_auth: Callable[..., Any], model: Any) -> None:
    auth = create_auth(create_verifier(), user_model=model, user_id_claim="user_id")
    status, user = get_user(auth, {"user_id": 7, "sub": "other"})
    assert (status, user["user_id"]) == (200, "7")


def test_field_of_the_named_claim_is_the_id_of_a_model() -> None:
    auth = BearerAuth(create_verifier(), user_model=Account, user_id_claim="uid")
    assert auth.get_user_id(Account(uid="svc")) == "svc"
    with pytest.raises(TypeError, match="a field with the alias sub"):
        _ = BearerAuth(create_verifier(), user_model=Account).user_id


class Service(BaseModel):
    """A model of clients that are not users."""

    common_name: str
    id: str | None = None


class SubModel(BaseModel):
    """A model with a field from `sub`."""

    account: str | None = Field(default=None, alias="sub")


@each_kind
def test_no_claim_is_needed_by_a_model_without_an_id(create_auth: Callable[..., Any]) -> None:
    auth = create_auth(create_verifier(), user_model=Service, user_id_claim=None)
    for subject in ({}, {"sub": ""}, {"sub": "user-1"}):
        status, user = get_user(auth, {"common_name": "ci", **subject})
        assert (status, user) == (200, {"common_name": "ci", "id": None})
    assert get_user(auth, {})[0] == 401, "the model rejects it"
    assert auth.verify_token(token(common_name="ci", sub="user-1")).sub == "user-1"
    for subject in ({}, {"sub": ""}):
        with pytest.raises(HTTPException) as raised:
            auth.verify_token(token(common_name="ci", **subject))
        assert raised.value.status_code == 401
    for attribute in ("user_id", "get_user_id"):
        with pytest.raises(TypeError, match="user_id_claim must name the claim with the user's id"):
            getattr(auth, attribute)


@each_kind
@pytest.mark.parametrize("claims", [{"cnf": {"jkt": "x"}}, {"events": {LOGOUT_EVENT: {}}}])
def test_sender_constrained_and_logout_tokens_are_rejected_without_an_id(
    create_auth: Callable[..., Any], claims: dict[str, Any]
) -> None:
    for options in ({"user_id_claim": None, "user_model": Service}, {"user_id_claim": "common_name"}):
        auth = create_auth(create_verifier(), **options)
        assert get_user(auth, {"common_name": "ci", **claims})[0] == 401


@each_kind
@pytest.mark.parametrize("model", [CurrentUser, Member, MemberStruct, SubModel])
def test_model_with_an_id_and_no_claim_raises_type_error(create_auth: Callable[..., Any], model: Any) -> None:
    with pytest.raises(TypeError, match="user_id_claim must name the claim with the user's id, because user_model has"):
        create_auth(create_verifier(), user_model=model, user_id_claim=None)


@each_kind
def test_wrong_name_raises(create_auth: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="user_id_claim must be the name of a claim, or None"):
        create_auth(create_verifier(), user_id_claim="")
    for wrong in (1, b"sub", ["sub"]):
        with pytest.raises(TypeError, match="user_id_claim must be the name of a claim, or None"):
            create_auth(create_verifier(), user_id_claim=wrong)


@each_kind
def test_claims_and_session_of_tokens_without_sub(create_auth: Callable[..., Any]) -> None:
    auth, app = create_auth(create_verifier(), user_id_claim="uid"), FastAPI()

    @app.get("/claims")
    async def route(claims: Annotated[dict[str, Any], Depends(auth.current_claims)]) -> Any:
        return claims["uid"]

    @app.get("/id")
    async def user_id(user_id: Annotated[str, Depends(auth.user_id)]) -> str:
        return user_id

    @app.get("/admin")
    async def admin(user: Annotated[CurrentUser, Depends(auth.require_role("admin"))]) -> str:
        return user.user_id

    with HttpClient(app) as client:
        sent = token(uid=7, role="admin")
        assert [client.get(path, sent).json() for path in ("/claims", "/id", "/admin")] == [7, "7", "7"]
        assert client.get("/claims", token(sub="user-1")).status_code == 401
