"""`verify(token, into=…)`: claims as a Pydantic model or a msgspec Struct, after every check of the verifier."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import inspect
import subprocess
import sys
import traceback
import weakref
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypedDict, TypeVar
from uuid import UUID

import msgspec
import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    TypeAdapter,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass

from fastjose import JOSEError, JWTClaimsError, RemoteKeySet, Verifier
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.attack_tokens.cases import CASES
from support.tokens.ed25519_key_set import make_key_set, make_token
from support.tokens.jose_builder import CLAIMS, NOW, SECRET, create_token
from support.tokens.verification_results import call_and_record, create_verifier

if TYPE_CHECKING:
    from support.tokens.attack_tokens.case import Case

T = TypeVar("T")
VALUE = "a-value-of-the-token"
"""A value that no error may contain."""


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


class ApplicationError(Exception):
    """An error of the application's own code."""


class Role(Enum):
    ADMIN = "admin"


class AddressModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    street: str


class Model(BaseModel):
    sub: str
    email: str | None = None
    roles: list[str] = []
    address: AddressModel | None = None
    scores: dict[str, int] = {}
    role: Role | None = None


class AddressStruct(msgspec.Struct, forbid_unknown_fields=True):
    street: str


class Struct(msgspec.Struct):
    sub: str
    email: str | None = None
    roles: list[str] = []
    address: AddressStruct | None = None
    scores: dict[str, int] = {}
    role: Role | None = None


PAIR = [Model, Struct]
with_each_library = pytest.mark.parametrize("into", PAIR, ids=["pydantic", "msgspec"])
with_and_without_cache = pytest.mark.parametrize("cache_size", [0, 10])


def hs256_verifier(**options: Any) -> Verifier:
    return Verifier(SECRET, algorithms="HS256", **options)


def build(into: Any, *, cache_size: int = 0, **claims: Any) -> Any:
    """Return the claims of a token as `into`, from the cache if there is one."""
    verifier, token = hs256_verifier(cache_size=cache_size), create_token(payload={**CLAIMS, **claims})
    if cache_size:
        verifier.verify(token)
    return verifier.verify(token, into=into)


def rejection(into: Any, **claims: Any) -> tuple[str, str | None]:
    """Return the message and the claim of the error for a token that does not fit `into`, with and without a cache."""
    errors = []
    for cache_size in (0, 10):
        with pytest.raises(JWTClaimsError) as raised:
            build(into, cache_size=cache_size, **claims)
        assert raised.value.code == "invalid_claim"
        check_disclosure(raised.value)
        errors.append((str(raised.value), raised.value.claim))
    assert errors[0] == errors[1]
    return errors[0]


def check_disclosure(error: BaseException) -> None:
    assert (error.__cause__, error.__context__) == (None, None)
    assert VALUE not in "".join(traceback.format_exception(error))
    assert VALUE not in f"{error!r} {error.args!r} {vars(error)!r}"


@with_and_without_cache
@with_each_library
def test_verify_into_returns_instance_with_claims(into: Any, cache_size: int) -> None:
    claims = build(
        into, cache_size=cache_size, email="a@example.com", roles=["x"], address={"street": "s"}, role="admin"
    )
    assert type(claims) is into
    assert (claims.sub, claims.email, claims.roles, claims.role) == ("user-1", "a@example.com", ["x"], Role.ADMIN)
    assert claims.address.street == "s"


@with_each_library
def test_verify_into_builds_new_objects_on_every_call(into: Any) -> None:
    verifier, token = (
        hs256_verifier(cache_size=10),
        create_token(payload={**CLAIMS, "roles": ["x"], "scores": {"a": 1}}),
    )
    for _ in range(3):
        claims = verifier.verify(token, into=into)
        assert (claims.roles, claims.scores) == (["x"], {"a": 1})
        claims.roles.append("changed")
        claims.scores.clear()
    assert verifier.verify(token) == {**CLAIMS, "roles": ["x"], "scores": {"a": 1}}


@with_each_library
def test_try_verify_and_verify_async_build_type(into: Any) -> None:
    async def main() -> Any:
        return await hs256_verifier().verify_async(create_token(), into=into)

    assert hs256_verifier().try_verify(create_token(), into=into) == into(sub="user-1") == asyncio.run(main())


@with_each_library
def test_verification_that_waits_for_key_builds_type(into: Any) -> None:
    async def main(verifier: Verifier, model: Any) -> Any:
        assert verifier.try_verify(make_token(), into=model) is None
        return await verifier.verify_async(make_token(), into=model)

    class Unfit(msgspec.Struct):
        sub: int

    with serve_jwks(make_key_set) as proxy:
        url = f"{proxy.url}/jwks"
        expected = Verifier(RemoteKeySet(url)).verify(make_token())["sub"]
        assert asyncio.run(main(Verifier(RemoteKeySet(url)), into)) == into(sub=expected)
        assert Verifier(RemoteKeySet(url)).verify(make_token(), into=into) == into(sub=expected)
        with pytest.raises(JWTClaimsError, match='Claim "sub" is not valid'):
            asyncio.run(main(Verifier(RemoteKeySet(url)), Unfit))
        before = proxy.request_count
        with pytest.raises(TypeError, match="into must be"):
            asyncio.run(main(Verifier(RemoteKeySet(url)), int))
        assert proxy.request_count == before


def test_validator_that_raises_stop_iteration_ends_the_verification() -> None:
    """A future does not accept the exception before Python 3.12: the verification waited without end."""

    class Empty(BaseModel):
        sub: str

        @field_validator("sub")
        @classmethod
        def first(cls, _value: str) -> str:
            return next(iter(()))

    async def main(verifier: Verifier) -> Any:
        return await asyncio.wait_for(verifier.verify_async(make_token(), into=Empty), 5)

    with serve_jwks(make_key_set) as proxy:
        verifier = Verifier(RemoteKeySet(f"{proxy.url}/jwks"))
        for _ in ("the key is fetched", "the key is cached"):
            with pytest.raises(RuntimeError, match="coroutine raised StopIteration") as raised:
                asyncio.run(main(verifier))
            assert type(raised.value.__cause__) is StopIteration
        assert proxy.request_count == 1


def test_collector_finds_type_of_verification_that_waits_for_key() -> None:
    class Claims(BaseModel):
        sub: str

    async def start(verifier: Verifier) -> None:
        coroutine: Any = verifier.verify_async(make_token(), into=Claims)
        (verify,) = coroutine.cr_frame.f_locals.values()
        assert Claims in gc.get_referents(verify.__self__)
        coroutine.close()

    asyncio.run(start(Verifier(RemoteKeySet("http://127.0.0.1:1/jwks"))))


@dataclasses.dataclass
class Dataclass:
    sub: str


class Typed(TypedDict):
    sub: str


OTHER_TYPES: list[Any] = [
    *(int, dict, dict[str, Any], Dataclass, Typed, object(), "Model", Model | None, Annotated[Model, 1], type, [Model]),
    *(Model(sub="x"), Struct(sub="x"), TypeAdapter(Model), msgspec.json.Decoder(Struct), lambda claims: claims),
]


@pytest.mark.parametrize("into", OTHER_TYPES, ids=repr)
def test_verify_into_other_type_raises_type_error_before_verification(into: Any) -> None:
    verifier: Any = hs256_verifier()
    for call in (verifier.verify, verifier.try_verify, verifier.verify_async):
        for token in ("not a token", None):
            with pytest.raises(TypeError, match=r"^into must be a Pydantic model or a msgspec Struct"):
                call(token, into=into)


FIT = {**CLAIMS, "iss": "i", "aud": "a"}
START = b'{"sub":"u","iss":"i","aud":"a","exp":%d' % CLAIMS["exp"]
BAD_PAYLOADS: dict[str, tuple[Any, str]] = {
    "expired": ({**FIT, "exp": NOW}, "expired"),
    "not yet valid": ({**FIT, "nbf": NOW + 1}, "not_yet_valid"),
    "issuer": ({**FIT, "iss": "other"}, "wrong_issuer"),
    "audience": ({**FIT, "aud": "other"}, "wrong_audience"),
    "no exp": ({"sub": "u", "iss": "i", "aud": "a"}, "missing_claim"),
    "exp of wrong type": ({**FIT, "exp": "9"}, "invalid_claim"),
    "jti of wrong type": ({**FIT, "jti": 1}, "invalid_claim"),
    "repeated name": (START + b',"sub":"u"}', "malformed"),
    "repeated nested name": (START + b',"address":{"street":"a","street":"b"}}', "malformed"),
    "infinity": (START + b',"x":Infinity}', "malformed"),
    "number out of range": (START + b',"x":1e400}', "malformed"),
    "invalid UTF-8": (START + b',"x":"\xff"}', "malformed"),
    "array": (b'["user-1"]', "malformed"),
}


class UnbuiltModel(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def fail(cls, _: Any) -> Any:
        raise ApplicationError


class UnbuiltStruct(msgspec.Struct):
    def __post_init__(self) -> None:
        raise ApplicationError


@with_and_without_cache
@pytest.mark.parametrize("into", [UnbuiltModel, UnbuiltStruct])
@pytest.mark.parametrize("name", BAD_PAYLOADS)
def test_verify_into_checks_claims_before_type(name: str, into: Any, cache_size: int) -> None:
    payload, code = BAD_PAYLOADS[name]
    verifier = hs256_verifier(issuer="i", audience="a", cache_size=cache_size)
    for _ in range(2):
        with pytest.raises(JOSEError) as raised:
            verifier.verify(create_token(payload=payload), into=into)
        assert raised.value.code == code
    with pytest.raises(ApplicationError):
        verifier.verify(create_token(payload=FIT), into=into)


class AllClaims(RootModel[dict[str, Any]]):
    """All claims of a token."""


@pytest.mark.parametrize("case", [case for case in CASES if case.needs_verifier], ids=lambda case: case.id)
def test_verify_into_decides_as_verify_on_attack_tokens(case: Case) -> None:
    expected = call_and_record("", lambda: create_verifier(case).verify(case.token)).verdict
    for verifier in (create_verifier(case), create_verifier(case, cache_size=100)):
        for _ in range(2):
            assert call_and_record("", partial(all_claims, verifier, case.token)).verdict == expected


def all_claims(verifier: Verifier, token: bytes) -> dict[str, Any]:
    return verifier.verify(token, into=AllClaims).root


@with_each_library
def test_verify_into_rechecks_cached_token(into: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier, token = hs256_verifier(cache_size=10), create_token()
    assert verifier.verify(token, into=into) == into(sub="user-1")
    monkeypatch.setattr("time.time", lambda: float(NOW + 3600))
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token, into=into)
    assert raised.value.code == "expired"


@with_each_library
@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"email": [VALUE]}, 'Claim "email" is not valid.'),
        ({"roles": ["x", {VALUE: VALUE}]}, 'Claim "roles" is not valid.'),
        ({"role": VALUE}, 'Claim "role" is not valid.'),
        ({"address": {"street": [VALUE]}}, 'Claim "address" is not valid.'),
        ({"address": {}}, 'Claim "address" is not valid.'),
        ({"address": {"street": "s", VALUE: 1}}, 'Claim "address" is not valid.'),
        ({"scores": {VALUE: VALUE}}, 'Claim "scores" is not valid.'),
        ({"scores": {"`$.email": VALUE}}, 'Claim "scores" is not valid.'),
        ({"email": 10**4000}, 'Claim "email" is not valid.'),
    ],
    ids=["type", "item", "enum", "nested", "nested missing", "nested extra", "mapping", "path in a key", "huge int"],
)
def test_rejection_names_claim_and_never_its_value(into: Any, claims: dict[str, Any], message: str) -> None:
    text, claim = rejection(into, **claims)
    assert (text, claim) == (message, next(iter(claims)))


def test_rejection_of_missing_claim_names_it() -> None:
    class NeedsModel(BaseModel):
        tenant: str

    class NeedsStruct(msgspec.Struct):
        tenant: str

    for into in (NeedsModel, NeedsStruct):
        assert rejection(into) == ('Claim "tenant" is missing.', "tenant")


def test_rejection_of_unexpected_claim_does_not_name_it() -> None:
    class ForbiddingModel(BaseModel):
        model_config = ConfigDict(extra="forbid")
        sub: str
        exp: int

    class ForbiddingStruct(msgspec.Struct, forbid_unknown_fields=True):
        sub: str
        exp: int

    for into in (ForbiddingModel, ForbiddingStruct):
        assert build(into).sub == "user-1"
        assert rejection(into, **{VALUE: 1}) == ("A claim is not expected.", None)
        assert rejection(into, **{"` - at `$.unknown": 1}) == ("A claim is not expected.", None)


def test_rejection_names_claim_by_alias_or_rename() -> None:
    class AliasModel(BaseModel):
        plan: int = Field(0, alias="https://example.com/plan")
        email: int = Field(0, validation_alias=AliasChoices("mail", AliasPath("contact", "mail")))

    class RenamedStruct(msgspec.Struct, rename="camel"):
        plan: int = msgspec.field(default=0, name="https://example.com/plan")
        user_email: int = 0

    for into in (AliasModel, RenamedStruct):
        assert build(into, **{"https://example.com/plan": 3}).plan == 3
        assert rejection(into, **{"https://example.com/plan": VALUE}) == (
            'Claim "https://example.com/plan" is not valid.',
            "https://example.com/plan",
        )
    assert rejection(AliasModel, mail=VALUE) == ('Claim "mail" is not valid.', "mail")
    assert rejection(AliasModel, contact={"mail": VALUE})[0] == 'Claim "contact" is not valid.'
    assert rejection(RenamedStruct, userEmail=VALUE) == ('Claim "userEmail" is not valid.', "userEmail")


def test_rejection_names_claim_by_the_path_of_an_alias() -> None:
    class PathModel(BaseModel):
        email: int = Field(0, validation_alias=AliasPath("contact", "mail"))
        first: int = Field(0, validation_alias=AliasPath("numbers", 0))

    assert build(PathModel, contact={"mail": 3}).email == 3
    assert rejection(PathModel, contact={"mail": VALUE}) == ('Claim "contact" is not valid.', "contact")
    assert rejection(PathModel, numbers=[VALUE]) == ('Claim "numbers" is not valid.', "numbers")


@with_each_library
@pytest.mark.parametrize("text", ["`$.email`", "' - at `$.email`", "x` - at `$.scores[...]`"])
def test_rejection_names_the_claim_whose_value_imitates_a_path(into: Any, text: str) -> None:
    assert rejection(into, role=text) == ('Claim "role" is not valid.', "role")


def test_rejection_names_the_longer_of_two_claims() -> None:
    class DottedStruct(msgspec.Struct):
        a: dict[str, int] = {}
        b: int = msgspec.field(default=0, name="a.b")

    assert rejection(DottedStruct, **{"a.b": VALUE}) == ('Claim "a.b" is not valid.', "a.b")
    assert rejection(DottedStruct, a={"x": VALUE}) == ('Claim "a" is not valid.', "a")


def test_rejection_by_application_validator_has_no_value() -> None:
    class CheckedModel(BaseModel):
        sub: str

        @field_validator("sub")
        @classmethod
        def check(cls, value: str) -> str:
            raise ValueError(f"{value} {VALUE}")

    class WholeModel(BaseModel):
        @model_validator(mode="before")
        @classmethod
        def check(cls, claims: Any) -> Any:
            raise AssertionError(f"{claims} {VALUE}")

    class CheckedStruct(msgspec.Struct):
        sub: str

        def __post_init__(self) -> None:
            raise ValueError(VALUE)

    assert rejection(CheckedModel) == ('Claim "sub" is not valid.', "sub")
    assert rejection(WholeModel) == rejection(CheckedStruct) == ("Claims are not valid.", None)


def fail(_: Any) -> Any:
    raise ApplicationError


def test_other_exceptions_of_application_code_pass_unchanged() -> None:
    class FailingModel(BaseModel):
        sub: Annotated[str, AfterValidator(fail)]

    class FailingStruct(msgspec.Struct):
        sub: str

        def __post_init__(self) -> None:
            raise ApplicationError

    for into in (FailingModel, FailingStruct):
        for cache_size in (0, 10):
            with pytest.raises(ApplicationError):
                build(into, cache_size=cache_size)


def test_strict_model_takes_json_forms_of_types() -> None:
    class StrictModel(BaseModel):
        model_config = ConfigDict(strict=True)
        exp: int
        at: datetime
        id: UUID
        role: Role
        groups: tuple[str, ...]

    class SameStruct(msgspec.Struct):
        exp: int
        at: datetime
        id: UUID
        role: Role
        groups: tuple[str, ...]

    uuid = "12345678-1234-5678-1234-567812345678"
    payload = f'{{"exp":{NOW + 9},"at":"2026-01-01T00:00:00Z","id":"{uuid}","role":"admin","groups":["a"]}}'
    for into in (StrictModel, SameStruct):
        verifier, token = hs256_verifier(cache_size=10), create_token(payload=payload.encode())
        for claims in (verifier.verify(token, into=into), verifier.verify(token, into=into)):
            assert (claims.at, claims.id) == (datetime(2026, 1, 1, tzinfo=timezone.utc), UUID(uuid))
            assert (claims.role, claims.groups) == (Role.ADMIN, ("a",))
    assert rejection(StrictModel, role=1)[0] in {'Claim "at" is missing.', 'Claim "role" is not valid.'}


def test_lax_model_and_struct_differ_in_conversions_of_their_library() -> None:
    class LaxModel(BaseModel):
        level: int

    class LevelStruct(msgspec.Struct):
        level: int

    assert build(LaxModel, level="3").level == 3
    assert rejection(LevelStruct, level="3") == ('Claim "level" is not valid.', "level")
    assert rejection(LaxModel, level=VALUE) == ('Claim "level" is not valid.', "level")


def test_huge_ints_reach_type_or_are_rejected() -> None:
    class IntModel(BaseModel):
        n: Any = None
        f: float = 0

    class IntStruct(msgspec.Struct):
        n: Any = None
        f: float = 0

    for into in (IntModel, IntStruct):
        assert build(into, n=10**4000).n == 10**4000
    assert rejection(IntStruct, f=10**400) == ('Claim "f" is not valid.', "f")


def test_frozen_tagged_and_keyword_structs_are_built() -> None:
    class FrozenStruct(msgspec.Struct, frozen=True, kw_only=True):
        sub: str

    class TaggedStruct(msgspec.Struct, tag="user", tag_field="kind"):
        sub: str

    class ArrayStruct(msgspec.Struct, array_like=True):
        sub: str

    assert build(FrozenStruct) == FrozenStruct(sub="user-1")
    assert build(TaggedStruct, kind="user") == TaggedStruct("user-1") == build(TaggedStruct)
    assert rejection(TaggedStruct, kind=VALUE) == ('Claim "kind" is not valid.', "kind")
    assert rejection(ArrayStruct) == ("Claims are not valid.", None)


NUMBERS = b'"exact":0.1000000000000000000000000001,"raw":[1.0]'


@with_and_without_cache
def test_struct_is_built_from_the_text_of_the_payload(cache_size: int) -> None:
    class TextStruct(msgspec.Struct):
        exact: Decimal
        raw: msgspec.Raw

    verifier, token = (
        hs256_verifier(cache_size=cache_size),
        create_token(payload=START.replace(b'"aud":"a",', b"") + b",%s}" % NUMBERS),
    )
    for _ in range(2):
        claims = verifier.verify(token, into=TextStruct)
        assert (claims.exact, bytes(claims.raw)) == (Decimal("0.1000000000000000000000000001"), b"[1.0]")


def test_generic_types_are_built() -> None:
    class GenericModel(BaseModel, Generic[T]):
        sub: T

    class GenericStruct(msgspec.Struct, Generic[T]):
        sub: T

    for into in (GenericModel[str], GenericStruct[str], GenericModel, GenericStruct):
        assert build(into).sub == "user-1"
    for unfit in (GenericModel[int], GenericStruct[int]):
        assert rejection(unfit) == ('Claim "sub" is not valid.', "sub")


def test_root_model_holds_all_claims() -> None:
    class Root(RootModel[dict[str, int | str]]):
        """All claims, if each is an int or a str."""

    assert build(Root).root == CLAIMS
    assert rejection(Root, **{VALUE: [VALUE]}) == ("Claims are not valid.", None)


def test_model_with_private_attribute_extra_and_post_init_is_built() -> None:
    class PrivateModel(BaseModel):
        model_config = ConfigDict(extra="allow", frozen=True)
        sub: str
        _seen: list[str] = PrivateAttr(default_factory=list)

        def model_post_init(self, context: Any, /) -> None:
            assert context is None
            self._seen.append(self.sub)

    claims = build(PrivateModel, extra=1)
    assert (claims._seen, claims.model_extra, claims.model_fields_set) == (
        ["user-1"],
        {"exp": CLAIMS["exp"], "extra": 1},
        {"sub", "exp", "extra"},
    )


def test_dataclass_of_pydantic_is_built_because_it_has_a_validator() -> None:
    @pydantic_dataclass
    class ValidatedDataclass:
        sub: str
        level: int = 0

    assert build(ValidatedDataclass) == ValidatedDataclass("user-1")
    assert rejection(ValidatedDataclass, level=[VALUE]) == ("Claims are not valid.", None)


def test_verifier_does_not_keep_types_alive() -> None:
    verifier, token = hs256_verifier(cache_size=10), create_token()

    def build_and_forget() -> list[weakref.ref[Any]]:
        class LocalModel(BaseModel):
            sub: str

        class LocalStruct(msgspec.Struct):
            sub: str

        class Unfit(msgspec.Struct):
            sub: int

        assert [verifier.verify(token, into=into).sub for into in (LocalModel, LocalStruct)] == ["user-1"] * 2
        with pytest.raises(JWTClaimsError):
            verifier.verify(token, into=Unfit)
        return [weakref.ref(into) for into in (LocalModel, LocalStruct, Unfit)]

    references = build_and_forget()
    gc.collect()
    assert [reference() for reference in references] == [None] * 3


BUILD_WITHOUT_OTHER_LIBRARIES = """
import sys
blocked = {blocked!r}
sys.modules.update(dict.fromkeys(blocked))
from fastjose import JWTClaimsError, Verifier, sign_token
assert not [name for name in ("pydantic", "pydantic_core", "msgspec") if sys.modules.get(name)]
secret = "a-secret-of-at-least-thirty-two-bytes"
verifier = Verifier(secret, algorithms="HS256")
token = sign_token({{"sub": "u", "exp": 4_000_000_000}}, secret, algorithm="HS256")
assert verifier.verify(token)["sub"] == "u"
try:
    verifier.verify(token, into=int)
except TypeError:
    pass
{definition}
assert verifier.verify(token, into=Fit).sub == "u"
try:
    verifier.verify(token, into=Unfit)
except JWTClaimsError as error:
    print(error, error.claim)
assert not [name for name in blocked if sys.modules.get(name)]
"""


@pytest.mark.parametrize(
    ("blocked", "definition"),
    [
        (["msgspec"], "from pydantic import BaseModel as Base"),
        (["pydantic", "pydantic_core"], "from msgspec import Struct as Base"),
    ],
    ids=["pydantic", "msgspec"],
)
def test_package_imports_neither_library(blocked: list[str], definition: str) -> None:
    classes = "class Fit(Base):\n    sub: str\nclass Unfit(Base):\n    sub: int"
    program = BUILD_WITHOUT_OTHER_LIBRARIES.format(blocked=blocked, definition=f"{definition}\n{classes}")
    command = [sys.executable, "-c", program]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours
    assert (completed.stdout, completed.stderr) == ('Claim "sub" is not valid. sub\n', "")


def test_into_is_keyword_of_all_three_methods() -> None:
    for method in (Verifier.verify, Verifier.try_verify, Verifier.verify_async):
        parameter = inspect.signature(method).parameters["into"]
        assert (parameter.kind, parameter.default) == (parameter.KEYWORD_ONLY, None)
