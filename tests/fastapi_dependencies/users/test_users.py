"""User models of the application, filled from verified claims."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import asyncio
import copy
import json
import pickle
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from fastapi import Depends, FastAPI, HTTPException
from pydantic import (
    AliasChoices,
    AliasGenerator,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from fastjose import sign_token
from fastjose._fastapi import user_models
from fastjose._fastapi.user_models import create_authentication, missing_id_error, named_claims, user_builder
from fastjose._fastapi.users import CurrentUser, TokenPayload
from fastjose._verifiers.bearer_policy import BearerPolicy
from fastjose.better_auth import api_verifier
from fastjose.exceptions import JWTClaimsError, JWTError
from fastjose.fastapi import BearerAuth
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, set_environment
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_claims, make_api_token

pytestmark = pytest.mark.http

VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)


class BetterAuthUser(BaseModel):
    """The user as in an API token of Better Auth, with camel-case claims."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)

    id: str
    email: str
    email_verified: bool
    image: str | None
    created_at: datetime | None = None


class Member(CurrentUser):
    """A `CurrentUser` with a role."""

    role: str | None = None


class CamelMember(Member):
    """A `Member` whose claims are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)
    email_verified: bool = False


class StructMember(msgspec.Struct, frozen=True):
    """A user with a role, as a Struct."""

    user_id: str
    email: str | None = None
    role: str | None = None


class CamelStructMember(msgspec.Struct, rename="camel"):
    """A `StructMember` whose claims are in camel case."""

    user_id: str
    email_verified: bool = False


class StructOfClaim(msgspec.Struct, forbid_unknown_fields=False):
    """A user whose id is another claim than `sub`."""

    user_id: str = msgspec.field(name="account")
    levels: dict[int, str] = {}


class SubStruct(msgspec.Struct):
    """A user with the claim `sub` itself."""

    sub: str


def user_or_detail_for(model: Any, **claims: Any) -> Any:
    """Return the user that a route receives for a token with `claims`, or the detail of the 401."""
    app, auth = FastAPI(), BearerAuth(VERIFIER, user_model=model)
    users: list[Any] = []

    @app.get("/me")
    async def me(user: Annotated[Any, Depends(auth.current_user)]) -> None:
        users.append(user)

    with HttpClient(app) as client:
        response = client.get("/me", make_api_token(**claims))
    if response.status_code != 200:
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        return response.json()["detail"]
    return users[0]


def test_user_model_reads_camel_case_nulls_and_dates() -> None:
    created = "2026-11-24T12:09:31.200Z"
    user = user_or_detail_for(BetterAuthUser, createdAt=created)
    assert isinstance(user, BetterAuthUser)
    assert user.model_dump() == {
        "id": "user-1",
        "email": "ada@example.com",
        "email_verified": True,
        "image": None,
        "created_at": datetime(2026, 11, 24, 12, 9, 31, 200_000, tzinfo=timezone.utc),
    }


def test_user_model_keeps_further_claims_only_if_extra_is_allowed() -> None:
    class Everything(BaseModel):
        model_config = ConfigDict(extra="allow")
        sub: str

    assert user_or_detail_for(Everything, tenant="acme").model_dump()["tenant"] == "acme"
    assert not hasattr(user_or_detail_for(BetterAuthUser, tenant="acme"), "tenant")


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow", alias_generator=to_camel)
    user_id: str
    role: str = Field("user", validation_alias=AliasChoices("app_role", "realm_role"), serialization_alias="shownRole")

    @computed_field
    def is_admin(self) -> bool:
        return self.role == "admin"


class ExtraByName(Extra):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class ExtraPopulatedByName(Extra):
    model_config = ConfigDict(populate_by_name=True)


class ExtraByNameAlone(Extra):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)


FORGED = {"user_id": "user-2", "userId": "user-2", "shownRole": "admin", "is_admin": True, "isAdmin": True}


@pytest.mark.parametrize(
    ("model", "claims", "role"),
    [
        (Extra, {"role": "admin"}, "user"),
        (Extra, {"role": "admin", "app_role": "guest"}, "guest"),
        (Extra, {"role": "admin", "realm_role": "guest"}, "guest"),
        (ExtraByName, {"role": "guest"}, "guest"),
        (ExtraByName, {"role": "admin", "app_role": "guest"}, "guest"),
        (ExtraPopulatedByName, {"role": "guest"}, "guest"),
        (ExtraByNameAlone, {"role": "guest", "app_role": "admin"}, "guest"),
    ],
)
def test_extra_claim_is_not_dumped_in_place_of_a_field(
    model: type[BaseModel], claims: dict[str, Any], role: str
) -> None:
    user: Any = user_or_detail_for(model, **FORGED, **claims, tenant="acme")
    assert (user.user_id, user.role, user.tenant) == ("user-1", role, "acme")
    expected = {"user_id": "user-1", "role": role, "is_admin": False, "tenant": "acme"}
    assert user.model_dump().items() >= expected.items()
    assert json.loads(user.model_dump_json()).items() >= expected.items()
    by_alias = {"userId": "user-1", "shownRole": role, "isAdmin": False, "tenant": "acme"}
    assert json.loads(user.model_dump_json(by_alias=True)).items() >= by_alias.items()
    assert all(user.model_dump_json(by_alias=True).count(f'"{name}"') == 1 for name in by_alias)


def test_user_id_field_is_filled_from_sub() -> None:
    assert user_or_detail_for(Member, role="admin") == Member(
        user_id="user-1", email="ada@example.com", name="Ada", role="admin"
    )
    assert user_or_detail_for(Member, user_id="another-user").user_id == "user-1"
    assert user_or_detail_for(CamelMember, userId="another-user").user_id == "user-1"
    assert user_or_detail_for(CamelMember).email_verified is True


@pytest.mark.parametrize(("exp", "iat"), [(9.9, 1), (9, 1.9), (9.9, 1.9), (9.9, None), (None, 1.9), (9, 1)])
def test_payload_has_whole_seconds(exp: float | None, iat: float | None) -> None:
    claims = {"sub": "user-1", "exp": exp, "iat": iat, "aud": ["api"], "name": "Ada"}
    payload = TokenPayload.from_claims(claims)
    assert (payload.exp, payload.iat) == (exp and 9, iat and 1)
    assert (payload.sub, payload.aud, payload.name) == ("user-1", ["api"], "Ada")
    stated = {name: value for name, value in claims.items() if value is not None}
    assert TokenPayload.from_claims(stated) == payload


@pytest.mark.parametrize("model", [TokenPayload, CurrentUser])
def test_claims_without_a_user_are_rejected_by_the_models_themselves(model: Any) -> None:
    for claims in ({}, {"sub": " "}, {"sub": None}):
        with pytest.raises(JWTError) as raised:
            model.from_claims({"exp": 9.9, **claims})
        assert raised.value.code == "missing_claim"
    with pytest.raises(JWTClaimsError) as rejected:
        model.from_claims({"sub": "user-1", "name": 5})
    assert rejected.value.code == "invalid_claim"


# What an alias generator can return, other than a str. Each alias exists as a claim of the token.
GENERATED_ALIASES: dict[str, AliasChoices | AliasPath] = {
    "choices": AliasChoices("uid", "user_id"),
    "choices with a path first": AliasChoices(AliasPath("profile", "id"), "uid"),
    "choices with sub last": AliasChoices("uid", "sub"),
    "a path": AliasPath("profile", "id"),
    "a path into a list": AliasPath("ids", 1),
    "a path from the end of a list": AliasPath("ids", -1),
    "a missing path": AliasPath("none", "of", -2, "these"),
}


@pytest.mark.parametrize("alias", GENERATED_ALIASES.values(), ids=list(GENERATED_ALIASES))
@pytest.mark.parametrize("config", [{}, {"populate_by_name": True}], ids=["by alias", "also by name"])
def test_user_id_field_with_generated_alias_is_filled_from_sub(
    alias: AliasChoices | AliasPath, config: ConfigDict
) -> None:
    class Generated(BaseModel):
        model_config = ConfigDict(
            alias_generator=AliasGenerator(validation_alias=lambda name: alias if name == "user_id" else name), **config
        )
        user_id: str
        profile: dict[str, str]

    claims = {"uid": "another", "user_id": "another", "ids": ["another", "another"]}
    user = user_or_detail_for(Generated, **claims, profile={"id": "another", "plan": "pro"})
    assert (user.user_id, user.profile["plan"]) == ("user-1", "pro")


def test_user_id_field_that_ignores_its_alias_is_filled_from_sub() -> None:
    class ByName(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel, validate_by_alias=False, validate_by_name=True)
        user_id: str

    assert user_or_detail_for(ByName, userId="another", user_id="another").user_id == "user-1"


def test_user_id_field_with_alias_is_filled_from_that_claim() -> None:
    class ById(BaseModel):
        user_id: str = Field(alias="id")

    class ByPath(BaseModel):
        user_id: str = Field(validation_alias=AliasPath("o", "member"))

    assert user_or_detail_for(ById, id="another").user_id == "another"
    assert user_or_detail_for(ByPath, o={"member": "another"}).user_id == "another"


class RejectingModel(BaseModel):
    """A model that can reject claims in every way."""

    model_config = ConfigDict(extra="ignore")

    level: int | None = None
    tenant: UUID | None = None
    organisation: str | None = Field(None, validation_alias=AliasPath("o", "slug"))
    nick: str | None = Field(None, validation_alias=AliasChoices("nickname", "preferredUsername"))
    rights: dict[str, int] = {}
    name: str

    @field_validator("nick")
    @classmethod
    def is_short(cls, nick: str) -> str:
        if len(nick) > 8:
            raise ValueError(f"{nick} is too long")
        return nick

    @model_validator(mode="after")
    def is_consistent(self) -> "RejectingModel":
        if self.level == 13:
            raise ValueError("level 13 of hunter22")
        return self


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({"name": ...}, 'Claim "name" is missing.'),
        ({"name": None}, 'Claim "name" is not valid.'),
        ({"name": ["hunter22"]}, 'Claim "name" is not valid.'),
        ({"level": "hunter22"}, 'Claim "level" is not valid.'),
        ({"tenant": "hunter22"}, 'Claim "tenant" is not valid.'),
        ({"o": {"slug": {"hunter22": 1}}}, 'Claim "o" is not valid.'),
        ({"nickname": "hunter22-hunter22"}, 'Claim "nickname" is not valid.'),
        ({"rights": {"hunter22": "hunter22"}}, 'Claim "rights" is not valid.'),
        ({"level": 13}, "Claims are not valid."),
    ],
)
def test_claim_rejected_by_the_model_is_named_without_its_value(claims: dict[str, Any], detail: str) -> None:
    assert user_or_detail_for(RejectingModel, **claims) == f"Invalid token claims: {detail}"


def test_claim_forbidden_by_the_model_is_not_named() -> None:
    class Closed(BaseModel):
        model_config = ConfigDict(extra="forbid")
        sub: str

    assert user_or_detail_for(Closed, hunter22="x") == "Invalid token claims: A claim is not expected."


def test_model_rejection_contains_no_claim_values() -> None:
    auth = BearerAuth(VERIFIER, user_model=RejectingModel)
    app, errors = FastAPI(), []

    @app.exception_handler(HTTPException)
    async def record_error(_: Any, error: HTTPException) -> Any:
        errors.append(error)
        raise error

    @app.get("/me")
    async def me(user: Annotated[RejectingModel, Depends(auth.current_user)]) -> None:
        pytest.fail(f"reached, with {user}")

    with HttpClient(app) as client, pytest.raises(HTTPException):
        client.get("/me", make_api_token(level="hunter22"))
    error: BaseException | None = errors[0]
    while error is not None:
        assert "hunter22" not in f"{error} {error!r} {error.args}"
        error = error.__context__


@pytest.mark.parametrize("model", [CurrentUser, BetterAuthUser, Member, RejectingModel])
@pytest.mark.parametrize("subject", [..., "", " \t", "user\0"])
def test_token_without_subject_is_rejected_for_every_model(model: type[BaseModel], subject: Any) -> None:
    assert user_or_detail_for(model, sub=subject) == "Could not validate credentials"


def test_optional_user_with_user_model_returns_none_without_valid_user() -> None:
    auth = BearerAuth(VERIFIER, user_model=BetterAuthUser)
    app = FastAPI()

    @app.get("/optional")
    async def optional(user: Annotated[BetterAuthUser | None, Depends(auth.current_user_optional)]) -> Any:
        return user and user.id

    with HttpClient(app) as client:
        assert client.get("/optional", make_api_token()).json() == "user-1"
        assert client.get("/optional", make_api_token(email=None)).json() is None
        assert client.get("/optional").json() is None
    assert auth.verify_token(make_api_token()).sub == "user-1"


class UserFromSub(BaseModel):
    """A user whose id has another name."""

    account: str = Field(alias="sub")
    id: int = 0


class UserWithIdProperty(BaseModel):
    """A user whose id is computed."""

    sub: str

    @property
    def user_id(self) -> str:
        return f"user:{self.sub}"


@pytest.mark.parametrize(
    ("model", "claims", "expected"),
    [
        (CurrentUser, {}, "user-1"),
        (Member, {}, "user-1"),
        (CamelMember, {}, "user-1"),
        (UserFromSub, {"id": 5}, "user-1"),
        (UserWithIdProperty, {}, "user:user-1"),
        (BetterAuthUser, {"sub": "ada@example.com"}, "user-1"),
    ],
)
def test_user_id_of_each_model(model: type[BaseModel], claims: dict[str, Any], expected: str) -> None:
    auth, app = BearerAuth(VERIFIER, user_model=model), FastAPI()

    @app.get("/user-id")
    async def user_id(user_id: Annotated[str, Depends(auth.user_id)]) -> str:
        return user_id

    with HttpClient(app) as client:
        assert client.get("/user-id", make_api_token(**claims)).json() == expected
        app.dependency_overrides[auth.get_user_id] = lambda: "overridden"
        assert client.get("/user-id").json() == "overridden"


@pytest.mark.parametrize(
    ("model", "claims", "expected"),
    [
        (StructMember, {"role": "admin"}, StructMember("user-1", "ada@example.com", "admin")),
        (StructMember, {"user_id": "other"}, StructMember("user-1", "ada@example.com")),
        (CamelStructMember, {"userId": "other", "emailVerified": True}, CamelStructMember("user-1", True)),  # noqa: FBT003
        (StructOfClaim, {"account": "a-1", "levels": {"1": "x"}}, StructOfClaim("a-1", {1: "x"})),
        (SubStruct, {}, SubStruct("user-1")),
    ],
)
def test_struct_user_model_is_filled_from_claims(model: Any, claims: dict[str, Any], expected: Any) -> None:
    assert user_or_detail_for(model, sub="user-1", email="ada@example.com", **claims) == expected
    token = make_api_token(sub="user-1", email="ada@example.com", **claims)
    user_id = asyncio.run(BearerAuth(VERIFIER, user_model=model).user_id(token))
    assert user_id == getattr(expected, "user_id", "user-1")


@pytest.mark.parametrize(
    ("model", "claims", "detail"),
    [
        (StructMember, {"role": ["private"]}, 'Invalid token claims: Claim "role" is not valid.'),
        (StructOfClaim, {}, 'Invalid token claims: Claim "account" is missing.'),
        (
            StructOfClaim,
            {"account": "a", "levels": {"private": "x"}},
            'Invalid token claims: Claim "levels" is not valid.',
        ),
    ],
)
def test_claim_rejected_by_a_struct_is_named_without_its_value(model: Any, claims: dict[str, Any], detail: str) -> None:
    assert user_or_detail_for(model, **claims) == detail


def test_exception_of_a_struct_that_is_not_a_validation_error_is_not_a_401() -> None:
    class FailingStruct(msgspec.Struct):
        sub: str

        def __post_init__(self) -> None:
            raise LookupError

    with pytest.raises(LookupError):
        user_or_detail_for(FailingStruct)


def test_user_id_with_model_without_id_raises_type_error() -> None:
    class ModelWithoutId(BaseModel):
        email: str

    auth = BearerAuth(VERIFIER, user_model=ModelWithoutId)
    for name in ("user_id", "get_user_id"):
        with pytest.raises(TypeError, match="user_model must have a field user_id"):
            getattr(auth, name)


def test_user_model_can_be_rebuilt_after_construction() -> None:
    class Rower(BaseModel):
        user_id: str
        boat: "Boat | None"

    class Boat(BaseModel):
        name: str

    auth = BearerAuth(VERIFIER, user_model=Rower)
    Rower.model_rebuild(_types_namespace={"Boat": Boat})
    rower = asyncio.run(auth.current_user(make_api_token(boat={"name": "Argo"})))
    assert rower.model_dump() == {"user_id": "user-1", "boat": {"name": "Argo"}}


@pytest.mark.parametrize("model", [dict, None, "Member", Member(user_id="u"), StructMember(user_id="u")])
def test_bearer_auth_with_wrong_user_model_raises_type_error(model: Any) -> None:
    with pytest.raises(TypeError, match="user_model must be a Pydantic model or a msgspec Struct"):
        BearerAuth(VERIFIER, user_model=model)


def test_from_environment_accepts_a_user_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_SECRET": SECRET, "TOKEN_URL": "/sign-in"})
    auth, app = BearerAuth.from_environment(user_model=Member), FastAPI()

    @app.get("/me")
    async def me(user: Annotated[Member, Depends(auth.current_user)]) -> Member:
        return user

    token = sign_token(make_api_claims(aud=..., role="admin"), SECRET, algorithm="HS256")
    with HttpClient(app) as client:
        user = {"user_id": "user-1", "email": "ada@example.com", "name": "Ada", "role": "admin"}
        assert client.get("/me", token).json() == user
    scheme = app.openapi()["components"]["securitySchemes"]["OAuth2PasswordBearer"]
    assert scheme["flows"]["password"]["tokenUrl"] == "/sign-in"


def test_from_environment_defaults_to_current_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_environment(monkeypatch, tmp_path, {"BETTER_AUTH_URL": BASE_URL})
    assert BearerAuth.from_environment().get_user_id(CurrentUser(user_id="user-1")) == "user-1"
    set_environment(monkeypatch, tmp_path, {})
    with pytest.raises(ValueError, match="BETTER_AUTH_SECRET environment variable is required"):
        BearerAuth.from_environment()


@pytest.mark.parametrize(
    "optional_claims", [{}, {"email": None, "name": None}, {"email": "ada@example.com", "name": "Ada"}]
)
def test_current_user_from_claims_equals_validated_user(optional_claims: dict[str, Any]) -> None:
    created = CurrentUser.from_claims({"sub": "u", "exp": 1, **optional_claims})
    validated = CurrentUser(user_id="u", email=optional_claims.get("email"), name=optional_claims.get("name"))
    assert created == validated
    assert (hash(created), repr(created)) == (hash(validated), repr(validated))
    assert created.model_fields_set == validated.model_fields_set
    assert created.model_dump_json() == validated.model_dump_json()
    assert pickle.loads(pickle.dumps(created)) == copy.deepcopy(created) == created.model_copy() == validated  # noqa: S301 - our own
    with pytest.raises(ValidationError):
        created.user_id = "other"  # it is frozen


# --- The functions that build users ---


class KebabStructMember(msgspec.Struct, rename="kebab"):
    """A Struct whose claims are in kebab case."""

    user_id: str


@pytest.mark.parametrize(
    "model", [CurrentUser, Member, CamelMember, StructMember, CamelStructMember, KebabStructMember]
)
def test_builder_reads_the_id_from_the_claim_that_is_named(model: Any) -> None:
    others = dict.fromkeys(("userId", "user_id", "user-id"), "another")
    assert user_builder(model)({**others, "sub": "user-1", "account": "a-1"}).user_id == "user-1"
    for account, user_id in (("a-1", "a-1"), (17, "17")):
        user = user_builder(model, "account")(
            {**others, "sub": "user-1", "account": account, "email": "ada@example.com"}
        )
        assert (type(user), user.user_id) == (model, user_id)
        assert getattr(user, "email", "ada@example.com") == "ada@example.com"
    _, authentication = create_authentication(VERIFIER, model, BearerPolicy("account"))
    assert asyncio.run(authentication.verify_user(make_api_token(account="a-1"))).user_id == "a-1"


@pytest.mark.parametrize(
    "model", [CurrentUser, Member, CamelMember, UserFromSub, StructMember, CamelStructMember, SubStruct]
)
def test_model_with_an_id_needs_a_claim_with_it(model: Any) -> None:
    with pytest.raises(TypeError, match=r"^user_id_claim must name the claim with the user's id, because "):
        user_builder(model, None)


def test_model_without_an_id_needs_no_claim_with_it() -> None:
    class Plan(BaseModel):
        plan: str

    class PlanStruct(msgspec.Struct):
        plan: str

    models: list[Any] = [Plan, PlanStruct]
    for model in models:
        assert user_builder(model, None)({"plan": "pro"}).plan == "pro"
    assert str(missing_id_error(None)) == "user_id_claim must name the claim with the user's id: it is None"
    assert str(missing_id_error("account")).startswith(
        "user_model must have a field user_id, a field with the alias acc"
    )


def test_claims_of_a_model_are_those_that_its_fields_name() -> None:
    assert named_claims(UserFromSub) == {"sub", "id"}
    assert named_claims(RejectingModel) == {"level", "tenant", "o", "nickname", "preferredUsername", "rights", "name"}
    assert named_claims(StructOfClaim) == {"account", "levels"}


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ({"a": 1}, ["b"], {"a": 1, "b": "X"}),
        ({"a": {"b": 1, "c": 2}}, ["a", "b"], {"a": {"b": "X", "c": 2}}),
        ({"a": ["p", "q", "r"]}, ["a", 0], {"a": ["X", "q", "r"]}),
        ({"a": ["p", "q", "r"]}, ["a", 1], {"a": ["p", "X", "r"]}),
        ({"a": ["p", "q", "r"]}, ["a", -1], {"a": ["p", "q", "X"]}),
        ({"a": ["p", "q", "r"]}, ["a", -3], {"a": ["X", "q", "r"]}),
        ({"a": ["p"]}, ["a", 2], {"a": ["p", None, "X"]}),
        ({}, ["a", 0], {"a": ["X"]}),
        ({}, ["a", 1], {"a": [None, "X"]}),
        ({}, ["a", -1], {"a": ["X"]}),
        ({}, ["a", -2], {"a": ["X", None]}),
        ({"a": [{"b": 1}]}, ["a", 0, "c"], {"a": [{"b": 1, "c": "X"}]}),
        ({"a": "text"}, ["a", "b"], {"a": {"b": "X"}}),
        ({"a": "text"}, ["a", 0], {"a": ["X"]}),
    ],
)
def test_value_is_set_in_a_copy(before: Any, path: list[str | int], after: Any) -> None:
    given = copy.deepcopy(before)
    assert user_models._with_value(given, path, "X") == after
    assert given == before
