"""`Verifier`: its arguments, its selection of keys, its cache, its clock, and the coroutine that it returns."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import inspect
import json
import random
import subprocess
import sys
import threading
import tracemalloc
from collections import UserDict
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from freezegun import freeze_time

from fastjose import ExpiredSignatureError, JOSEError, JWKError, JWTClaimsError, JWTError, Key, Verifier, verify_token
from support.tokens.jose_builder import (
    CLAIMS,
    NOW,
    SECRET,
    append_signature,
    b64u,
    create_token,
    ec_key,
    ed_key,
    jwk,
    oct_jwk,
    public_key_of,
    rsa_key,
    spki,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FACTORIES: list[Any] = [Verifier, partial(verify_token, create_token())]
with_each_factory = pytest.mark.parametrize("create", FACTORIES, ids=["Verifier", "verify_token"])


class Clock:
    """A clock that shows the time that a test sets."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock at `NOW`; a test can change it."""
    stopped = Clock()
    monkeypatch.setattr("time.time", stopped)
    return stopped


def hs256_verifier(**options: Any) -> Verifier:
    """Return a verifier with the secret of the tests."""
    return Verifier(SECRET, algorithms="HS256", **options)


def error_code_of(attempt: Callable[[], object]) -> str:
    """Return the code of the error that `attempt` raises."""
    with pytest.raises(JOSEError) as raised:
        attempt()
    return raised.value.code


MISSING_ALGORITHMS: list[Any] = [[], (), {}, iter([]), "", [""], "none", ["none"], ["HS256", "none"], "*", ["*"]]
UNKNOWN_ALGORITHMS: list[Any] = ["hs256", "HS256,RS256", "H", ["HS256 "], "ES256k"]


@with_each_factory
@pytest.mark.parametrize("names", MISSING_ALGORITHMS + UNKNOWN_ALGORITHMS)
def test_verifier_with_empty_or_unknown_algorithms_raises_value_error(create: Any, names: Any) -> None:
    with pytest.raises(ValueError, match="algorithm"):
        create(SECRET, algorithms=names)


@with_each_factory
@pytest.mark.parametrize("names", [1, 1.5, True, b"HS256", [b"HS256"], [None], ["HS256", 1], object()])
def test_verifier_with_wrong_algorithms_type_raises_type_error(create: Any, names: Any) -> None:
    with pytest.raises(TypeError, match="algorithms must be a str or an iterable of str"):
        create(SECRET, algorithms=names)


@with_each_factory
@pytest.mark.parametrize("keys", [
    pytest.param(SECRET, id="secret"),
    pytest.param(SECRET[:32], id="secret for HS256 alone"),
    pytest.param(SECRET.hex(), id="secret as str"),
    pytest.param(oct_jwk(SECRET), id="secret as JWK"),
    pytest.param(Key(SECRET), id="secret as Key"),
    pytest.param(spki(public_key_of(rsa_key())), id="RSA"),
    pytest.param(jwk(public_key_of(rsa_key())), id="RSA as JWK"),
    pytest.param([jwk(public_key_of(ec_key())), SECRET], id="one of two"),
    pytest.param(spki(public_key_of(ec_key("secp256k1"))), id="secp256k1"),
    pytest.param(jwk(public_key_of(ec_key("secp256k1"))), id="secp256k1 as JWK"),
])  # fmt: skip
def test_verifier_requires_algorithms_if_a_key_is_ambiguous(create: Any, keys: Any) -> None:
    with pytest.raises(ValueError, match="algorithms must be given"):
        create(keys)


@pytest.mark.parametrize(("keys", "name"), [
    pytest.param(oct_jwk(SECRET, alg="HS256"), "HS256", id="JWK with alg"),
    pytest.param(Key(SECRET, algorithm="HS256"), "HS256", id="bound Key"),
    pytest.param(jwk(public_key_of(rsa_key()), alg="RS256"), "RS256", id="RSA JWK with alg"),
    pytest.param(spki(public_key_of(ec_key())), "ES256", id="EC"),
    pytest.param(jwk(public_key_of(ec_key("secp256k1")), alg="ES256K"), "ES256K", id="secp256k1 JWK with alg"),
    pytest.param(spki(public_key_of(ed_key())), "EdDSA", id="Ed25519"),
    pytest.param({"keys": [jwk(public_key_of(ed_key()))]}, "EdDSA", id="JWK Set"),
])  # fmt: skip
def test_verifier_infers_algorithms_if_every_key_is_unambiguous(keys: Any, name: str) -> None:
    verifier = Verifier(keys)
    assert verifier.algorithms == [name]
    assert verifier.verify(create_token(name)) == CLAIMS


@pytest.mark.parametrize(
    "names", [["HS256"], ("HS256",), {"HS256"}, {"HS256": 1}, (name for name in ["HS256"]), "HS256"]
)
def test_verifier_accepts_algorithms_as_str_or_iterable(names: Any) -> None:
    assert Verifier(SECRET, algorithms=names).algorithms == ["HS256"]


def test_verifier_copies_its_list_arguments() -> None:
    names, required, audience, keys = ["HS256"], ["exp"], ["api"], [SECRET]
    verifier = Verifier(keys, algorithms=names, required=required, audience=audience)
    names.append("HS512")
    required.append("tenant")
    audience[0] = "web"
    keys[0] = b"o" * 64
    verifier.algorithms.append("HS512")
    assert verifier.algorithms == ["HS256"]
    assert verifier.verify(create_token(payload={**CLAIMS, "aud": "api"})) == {**CLAIMS, "aud": "api"}
    assert error_code_of(lambda: verifier.verify(create_token("HS512"))) == "algorithm_not_allowed"


def test_verifier_copies_a_jwk_argument() -> None:
    members = oct_jwk(SECRET, alg="HS256")
    verifier, key = Verifier(members), Key(members)
    members["k"] = "A" * 64
    assert verifier.verify(create_token()) == CLAIMS
    assert Verifier(key).verify(create_token()) == CLAIMS


@with_each_factory
@pytest.mark.parametrize(
    "keys", ["", b"", {}, {"keys": []}, {"keys": None}, {"keys": {}}, {"keys": [{}]}, [""], [{}], [SECRET, b""]]
)
def test_verifier_with_empty_key_is_rejected(create: Any, keys: Any) -> None:
    with pytest.raises(JWKError) as raised:
        create(keys, algorithms="HS256")
    assert raised.value.code == "invalid_key"


@with_each_factory
@pytest.mark.parametrize("keys", [[], ()])
def test_verifier_with_empty_key_list_raises_value_error(create: Any, keys: Any) -> None:
    with pytest.raises(ValueError, match="keys must contain at least one key"):
        create(keys, algorithms="HS256")


WRONG_KEY_TYPES = [
    None,
    1,
    True,
    object(),
    [None],
    [[SECRET]],
    bytearray(SECRET),
    memoryview(SECRET),
    {SECRET},
    iter([SECRET]),
]


@with_each_factory
@pytest.mark.parametrize("keys", WRONG_KEY_TYPES, ids=lambda keys: type(keys).__name__)
def test_verifier_with_wrong_keys_type_raises_type_error(create: Any, keys: Any) -> None:
    with pytest.raises(TypeError, match="keys must be"):
        create(keys, algorithms="HS256")


def test_verifier_accepts_mixed_key_types_in_one_list() -> None:
    keys: list[Any] = [
        SECRET,
        spki(public_key_of(rsa_key())).decode(),
        {"keys": [jwk(public_key_of(ec_key()))]},
        UserDict(jwk(public_key_of(ed_key()))),
        Key(jwk(public_key_of(ec_key("P-521")))),
    ]
    names = ["HS256", "RS256", "ES256", "EdDSA", "ES512"]
    verifier = Verifier(tuple(keys), algorithms=names)
    for name in names:
        assert verifier.verify(create_token(name)) == CLAIMS


@with_each_factory
@pytest.mark.parametrize(
    "seconds", [-1, -0.001, float("nan"), float("inf"), float("-inf"), 10**400], ids=lambda seconds: str(seconds)[:9]
)
def test_verifier_with_invalid_leeway_raises_value_error(create: Any, seconds: Any) -> None:
    with pytest.raises(ValueError, match="leeway_seconds"):
        create(SECRET, algorithms="HS256", leeway_seconds=seconds)


@with_each_factory
@pytest.mark.parametrize("seconds", ["10", dt.timedelta(seconds=10), [10]])
def test_verifier_with_wrong_leeway_type_raises_type_error(create: Any, seconds: Any) -> None:
    with pytest.raises(TypeError):
        create(SECRET, algorithms="HS256", leeway_seconds=seconds)


@pytest.mark.parametrize("seconds", [2**53, 2**63, 2**64, 1e308])
def test_verifier_with_large_leeway_does_not_overflow(seconds: float) -> None:
    lenient_verifier = hs256_verifier(leeway_seconds=seconds)
    for claims in [{"exp": 1}, {"exp": NOW + 1, "nbf": NOW + 2**31}]:
        assert lenient_verifier.verify(create_token(payload=claims)) == claims


@with_each_factory
@pytest.mark.parametrize("size", [-1, -(2**63), 2**63, 2**64])
def test_verifier_with_max_token_bytes_out_of_range_raises_value_error(create: Any, size: int) -> None:
    with pytest.raises(ValueError, match="max_token_bytes"):
        create(SECRET, algorithms="HS256", max_token_bytes=size)


@pytest.mark.parametrize("size", [-1, 2**52, 2**60, 2**62, 2**63, 2**64])
def test_verifier_with_cache_size_out_of_range_raises_value_error(size: int) -> None:
    with pytest.raises(ValueError, match="cache_size"):
        hs256_verifier(cache_size=size)


def test_verifier_counts_token_size_in_bytes() -> None:
    text = create_token()
    assert hs256_verifier(max_token_bytes=len(text)).verify(text) == CLAIMS
    assert error_code_of(lambda: hs256_verifier(max_token_bytes=len(text) - 1).verify(text)) == "too_large"
    assert error_code_of(lambda: hs256_verifier(max_token_bytes=10).verify("\u20ac" * 4)) == "too_large"


@with_each_factory
@pytest.mark.parametrize("argument", ["issuer", "audience", "typ", "client_id"])
@pytest.mark.parametrize("value", [[], "", [""], (), ["a", ""]])
def test_verifier_with_empty_name_list_raises_value_error(create: Any, argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=argument):
        create(SECRET, algorithms="HS256", **{argument: value})


@with_each_factory
@pytest.mark.parametrize("argument", ["issuer", "audience", "typ", "client_id", "required"])
@pytest.mark.parametrize("value", [1, b"a", [1], [None], object()])
def test_verifier_with_wrong_name_list_type_raises_type_error(create: Any, argument: str, value: Any) -> None:
    with pytest.raises(TypeError, match=argument):
        create(SECRET, algorithms="HS256", **{argument: value})


@with_each_factory
@pytest.mark.parametrize("value", [1, b"a", ["a"], object()])
def test_verifier_with_wrong_subject_type_raises_type_error(create: Any, value: Any) -> None:
    with pytest.raises(TypeError):
        create(SECRET, algorithms="HS256", subject=value)


@with_each_factory
def test_verifier_with_empty_subject_raises_value_error(create: Any) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        create(SECRET, algorithms="HS256", subject="")


def test_verifier_defaults(clock: Clock) -> None:
    verifier, token = Verifier(SECRET, algorithms="HS256"), create_token(payload={"exp": NOW + 60})
    first, second = verifier.verify(token), verifier.verify(token)
    assert first == second
    clock.now = NOW + 60
    assert error_code_of(lambda: verifier.verify(token)) == "expired", "no leeway"
    clock.now = NOW
    assert error_code_of(lambda: verifier.verify(create_token(payload={"exp": NOW + 60, "nbf": NOW + 0.5}))) == (
        "not_yet_valid"
    )
    parameters = inspect.signature(Verifier).parameters
    defaults = {name: parameters[name].default for name in ("leeway_seconds", "cache_size", "max_token_bytes")}
    assert defaults == {"leeway_seconds": 0.0, "cache_size": 0, "max_token_bytes": 65_536}


@with_each_factory
def test_verifier_with_unknown_or_positional_option_raises_type_error(create: Any) -> None:
    with pytest.raises(TypeError):
        create(SECRET, algorithms="HS256", verify_signature=False)
    with pytest.raises(TypeError):
        create(SECRET, algorithms="HS256", options={})
    with pytest.raises(TypeError):
        create(SECRET, ["HS256"])


@pytest.mark.parametrize("names", ["tenant", ["tenant"], ("exp", "tenant"), {"tenant"}, iter(["tenant"])])
def test_verifier_accepts_required_as_str_or_iterable(names: Any) -> None:
    verifier = hs256_verifier(required=names)
    for claims in (CLAIMS, {**CLAIMS, "tenant": None}):
        with pytest.raises(JWTError, match='missing required key "tenant" among claims') as raised:
            verifier.verify(create_token(payload=claims))
        assert (raised.value.code, raised.value.claim) == ("missing_claim", "tenant")
    assert verifier.verify(create_token(payload={**CLAIMS, "tenant": ""})) == {**CLAIMS, "tenant": ""}


def test_verifier_requires_exp_by_default() -> None:
    token_without_exp = create_token(payload={"sub": "a"})
    assert error_code_of(lambda: hs256_verifier().verify(token_without_exp)) == "missing_claim"
    assert error_code_of(lambda: verify_token(token_without_exp, SECRET, algorithms="HS256")) == "missing_claim"
    assert hs256_verifier(required=[]).verify(token_without_exp) == {"sub": "a"}


@pytest.mark.parametrize("form", [list, tuple, set, iter, dict.fromkeys])
@pytest.mark.parametrize(("argument", "claim"), [("issuer", "iss"), ("audience", "aud")])
def test_verifier_accepts_any_of_several_issuers_or_audiences(argument: str, claim: str, form: Any) -> None:
    verifier = hs256_verifier(**{argument: form(["a", "b"])})
    for name in ("a", "b"):
        assert verifier.verify(create_token(payload={**CLAIMS, claim: name}))[claim] == name
    assert error_code_of(lambda: verifier.verify(create_token(payload={**CLAIMS, claim: "c"}))).startswith("wrong_")
    assert error_code_of(lambda: verifier.verify(create_token())) == "missing_claim"


class StrSubclass(str):
    """A subclass of `str`."""

    __slots__ = ()


class BytesSubclass(bytes):
    """A subclass of `bytes`."""


@pytest.mark.parametrize("form", [str, StrSubclass, str.encode, lambda text: BytesSubclass(text.encode())])
def test_verify_accepts_str_and_bytes_tokens(form: Any) -> None:
    assert hs256_verifier().verify(form(create_token())) == CLAIMS


WRONG_TOKEN_TYPES = [
    None,
    1,
    1.5,
    True,
    bytearray(b"a.b.c"),
    memoryview(b"a.b.c"),
    ["a.b.c"],
    {"token": "a.b.c"},
    object(),
]


@pytest.mark.parametrize("wrong", WRONG_TOKEN_TYPES, ids=lambda wrong: type(wrong).__name__)
def test_verify_with_wrong_token_type_raises_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="token must be a str or bytes"):
        hs256_verifier().verify(wrong)
    with pytest.raises(TypeError, match="token must be a str or bytes"):
        verify_token(wrong, SECRET, algorithms="HS256")
    with pytest.raises(TypeError, match="token must be a str or bytes"):
        verify_in_event_loop(hs256_verifier(), wrong)


@pytest.mark.parametrize(
    "text", ["\ud800", create_token() + "\udfff", "\ud800.\ud800.\ud800"], ids=["alone", "appended", "in every segment"]
)
def test_verify_with_lone_surrogate_raises_malformed(text: str) -> None:
    with pytest.raises(JWTError) as raised:
        hs256_verifier().verify(text)
    assert raised.value.code == "malformed"
    assert (raised.value.__context__, raised.value.__cause__) == (None, None)


def test_verify_selects_the_key_by_kid() -> None:
    others = [oct_jwk(bytes([number]) * 64, kid=f"k{number}", alg="HS256") for number in range(1, 100)]
    verifier = Verifier({"keys": others})
    for number in (1, 50, 99):
        key = bytes([number]) * 64
        assert verifier.verify(create_token(key=key, kid=f"k{number}")) == CLAIMS
        assert error_code_of(lambda key=key: verifier.verify(create_token(key=key, kid="k2"))) == "bad_signature"  # type: ignore[misc]
    assert error_code_of(lambda: verifier.verify(create_token(key=b"\x01" * 64, kid="k100"))) == "unknown_key"


@pytest.mark.parametrize("kid", [None, "unknown-kid", "shared-kid"])
@pytest.mark.parametrize(
    ("options", "limit"), [({}, 8), ({"max_candidate_keys": 1}, 1), ({"max_candidate_keys": 40}, 40)]
)
def test_verify_tries_at_most_max_candidate_keys(options: dict[str, Any], limit: int, kid: str | None) -> None:
    secrets = [bytes([number + 1]) * 64 for number in range(100)]
    key_id = "shared-kid" if kid == "shared-kid" else None
    keys = [Key(secret, kid=key_id) for secret in secrets]
    verifier = Verifier(keys, algorithms="HS256", **options)
    header: dict[str, Any] = {} if kid is None else {"kid": kid}
    assert verifier.verify(create_token(key=secrets[limit - 1], **header)) == CLAIMS
    for position in (limit, 99):
        beyond = create_token(key=secrets[position], **header)
        assert error_code_of(lambda beyond=beyond: verifier.verify(beyond)) == "bad_signature"  # type: ignore[misc]
        assert verify_token(beyond, keys, algorithms="HS256", max_candidate_keys=100) == CLAIMS


@with_each_factory
@pytest.mark.parametrize("count", [0, -1, 2**64])
def test_verifier_with_max_candidate_keys_out_of_range_raises_value_error(create: Any, count: int) -> None:
    with pytest.raises(ValueError, match="max_candidate_keys"):
        create(SECRET, algorithms="HS256", max_candidate_keys=count)


def test_verify_key_limit_ignores_keys_of_other_algorithms() -> None:
    keys: list[Any] = [bytes([number + 1]) * 64 for number in range(100)]
    verifier = Verifier([*keys, spki(public_key_of(ec_key()))], algorithms=["HS256", "ES256"])
    assert verifier.verify(create_token("ES256")) == CLAIMS


def test_verify_with_unknown_kid_tries_only_keys_without_kid() -> None:
    verifier = Verifier([Key(SECRET), Key(b"o" * 64, kid="named")], algorithms="HS256")
    assert verifier.verify(create_token(kid="other")) == CLAIMS
    assert verifier.verify(create_token(key=b"o" * 64)) == CLAIMS
    assert error_code_of(lambda: verifier.verify(create_token(kid="named"))) == "bad_signature"


def test_verify_token_parse_cache_distinguishes_argument_types() -> None:
    text = '{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}'
    for _ in range(2):
        with pytest.raises(JWKError):
            verify_token(create_token(key=text.encode()), text, algorithms="HS256")
    der = spki(public_key_of(ed_key()), pem=False)
    for _ in range(2):
        assert verify_token(create_token("EdDSA"), der, algorithms="EdDSA") == CLAIMS
        with pytest.raises(JOSEError):
            verify_token(create_token("EdDSA"), der.decode("latin-1"), algorithms=["EdDSA", "HS256"])


def test_verify_token_parse_cache_evicts_without_mixing_keys() -> None:
    wrong = create_token(key=SECRET)
    keys = [number.to_bytes(2, "big") * 32 for number in range(600)]
    for key in [*keys, *keys]:
        assert verify_token(create_token(key=key), key, algorithms="HS256") == CLAIMS
        assert error_code_of(lambda key=key: verify_token(wrong, key, algorithms="HS256")) == "bad_signature"  # type: ignore[misc]


def test_verify_rejects_an_expired_cached_token(clock: Clock) -> None:
    verifier = hs256_verifier(cache_size=10)
    signed_token = create_token(payload={"exp": NOW + 10})
    assert verifier.verify(signed_token) == {"exp": NOW + 10}
    clock.now = NOW + 9.9
    assert verifier.verify(signed_token) == {"exp": NOW + 10}
    clock.now = NOW + 10
    with pytest.raises(ExpiredSignatureError):
        verifier.verify(signed_token)
    clock.now = NOW
    assert verifier.verify(signed_token) == {"exp": NOW + 10}


def test_verify_does_not_cache_rejections(clock: Clock) -> None:
    verifier = hs256_verifier(cache_size=10)
    early = create_token(payload={**CLAIMS, "nbf": NOW + 10})
    assert error_code_of(lambda: verifier.verify(early)) == "not_yet_valid"
    clock.now = NOW + 10
    assert verifier.verify(early) == {**CLAIMS, "nbf": NOW + 10}
    clock.now = NOW
    assert error_code_of(lambda: verifier.verify(early)) == "not_yet_valid"


def test_changing_returned_claims_does_not_change_the_cache() -> None:
    verifier = hs256_verifier(cache_size=10)
    signed_token = create_token(payload={**CLAIMS, "roles": ["user"], "profile": {"name": "a"}})
    first = verifier.verify(signed_token)
    first["roles"].append("admin")
    first["profile"]["name"] = "b"
    first["sub"] = "root"
    first["exp"] = 0
    assert verifier.verify(signed_token) == {**CLAIMS, "roles": ["user"], "profile": {"name": "a"}}


def test_changing_claims_from_the_cache_does_not_change_the_cache() -> None:
    verifier = hs256_verifier(cache_size=10)
    payload = {**CLAIMS, "roles": ["user", ["nested", {"deep": [1]}]], "profile": {"tags": [{}]}}
    signed_token = create_token(payload=payload)
    for _ in range(3):
        claims = verifier.verify(signed_token)
        assert claims == payload
        claims["roles"][1][1]["deep"].append("changed")
        claims["roles"].clear()
        claims["profile"]["tags"][0]["changed"] = True
        del claims["sub"]


def test_cached_claims_equal_parsed_claims_exactly() -> None:
    payload = {"exp": NOW + 10.5, "nbf": NOW, "z": -0.0, "e": 1e-7, "big": 10**30, "text": "\u20ac\U0001f600"}
    signed_token = create_token(payload={**payload, "aud": ["a"], "no": None, "yes": True, "": "", "empty": {}})
    verifier = hs256_verifier(cache_size=10, audience="a")
    assert (
        repr(verifier.verify(signed_token))
        == repr(verifier.verify(signed_token))
        == repr(hs256_verifier(audience="a").verify(signed_token))
    )


def test_cache_memory_stays_within_the_documented_limit() -> None:
    verifier, bytes_per_token = hs256_verifier(cache_size=100), 4_096
    verifier.verify(create_token())
    values: list[Any] = [
        [[]] * 1_000,
        [{}] * 1_000,
        [0.5] * 2_000,
        ["\u20ac"] * 500,
        {f"n{i}": i for i in range(300)},
    ]
    tokens = [create_token(payload={**CLAIMS, "x": value, "n": n}) for n in range(100) for value in values]
    tracemalloc.start()
    try:
        for signed_token in tokens:
            verifier.verify(signed_token)
        gc.collect()
        allocated_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert bytes_per_token < allocated_bytes < 100 * bytes_per_token


def test_cache_is_shared_safely_by_threads() -> None:
    verifier = hs256_verifier(cache_size=50)
    tokens = [(number, create_token(payload={**CLAIMS, "n": number, "l": [number]})) for number in range(100)]
    wrong: list[Any] = []

    def work(shift: int) -> None:
        for number, signed_token in (tokens[shift:] + tokens[:shift]) * 20:
            claims = verifier.verify(signed_token)
            claims["l"].append("changed")
            if claims != {**CLAIMS, "n": number, "l": [number, "changed"]}:
                wrong.append(claims)

    threads = [threading.Thread(target=work, args=(shift,)) for shift in (0, 1, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_verify_parses_claims_in_any_order_of_names() -> None:
    """Use more names and orders than the parser caches. Verify each twice, because the second time it is cached."""
    verifier, generator = hs256_verifier(), random.Random(5)  # noqa: S311 - the same values in every run
    names = [f"{'n' * generator.randrange(9)}{number}" for number in range(600)] + ["\xe9", "", "a\nb", 'q"', "x" * 70]
    claim_name_lists = [generator.sample(names, generator.randrange(40)) for _ in range(300)]
    for claim_names in [*claim_name_lists, *claim_name_lists]:
        payload = {name: generator.choice([1, "text", None, True, [0]]) for name in claim_names} | {"exp": NOW + 10}
        claims = verifier.verify(create_token(payload=payload))
        assert claims == payload
        assert list(claims) == list(payload)


KEPT_VALUES = """
import json
from fastjose import Verifier, sign_token

values = [None, True, False, 0, 1, "", "None", "https://a.example", [], {}, 1.0]
verifier = Verifier("s" * 32, algorithms="HS256", required=(), audience=["a", "b", "c"])
for number, earlier in enumerate(values):
    for index, value in enumerate([earlier, *values, *values]):
        claims = {"iss": "xyz"[index % 3], "aud": "abc"[index % 2], "n" * (number + 1): 0, "value": value}
        verified = verifier.verify(sign_token(claims, "s" * 32, algorithm="HS256"))
        assert repr(verified) == repr(claims), (earlier, value)
        verified.update(dict.fromkeys(verified, "changed"))
"""


def test_claims_with_the_names_of_an_earlier_token_have_their_own_values() -> None:
    """In a process of its own: `iss`, `aud`, null, true and false are kept with the names of the first token."""
    subprocess.run([sys.executable, "-c", KEPT_VALUES], check=True)  # noqa: S603 - the program above


def test_verify_rejects_duplicate_claims_after_learning_their_names() -> None:
    verifier = hs256_verifier()
    assert verifier.verify(create_token(payload=b'{"sub":"a","exp":9999999999}'))
    for payload in (b'{"sub":"a","exp":9999999999,"sub":"b"}', b'{"sub":"a","sub":"b","exp":9999999999}'):
        assert error_code_of(lambda payload=payload: verifier.verify(create_token(payload=payload))) == "malformed"  # type: ignore[misc]


@pytest.mark.parametrize(
    "options", [{"audience": "b"}, {"issuer": "b"}, {"subject": "b"}, {"typ": "b"}, {"required": "b"}]
)
def test_verifiers_do_not_share_their_caches(options: dict[str, Any]) -> None:
    own = {"audience": "a", "issuer": "a", "subject": "a", "typ": "a", "required": "aud"}
    signed_token = create_token(payload={**CLAIMS, "aud": "a", "iss": "a", "sub": "a"}, typ="a")
    one, other = hs256_verifier(**own, cache_size=10), hs256_verifier(**{**own, **options}, cache_size=10)
    assert one.verify(signed_token)["sub"] == "a"
    with pytest.raises(JWTError):
        other.verify(signed_token)
    other_key_verifier = Verifier(b"o" * 64, algorithms="HS256", audience="a", cache_size=10)
    assert error_code_of(lambda: other_key_verifier.verify(signed_token)) == "bad_signature"


def _alter_token(signed_token: str) -> Iterator[str]:
    header, payload, mac = signed_token.split(".")
    yield f"{header}.{payload}."
    yield f"{header}.{payload}.{mac[:-1]}"
    yield f"{header}.{payload}.{mac}A"
    yield f"{header}.{payload}.{mac}="
    yield f"{header}.{payload}.{mac[:-1]}{chr(ord(mac[-1]) + 1)}"
    yield f"{header}.{payload}.{'A' * len(mac)}"
    yield f"{header}.{payload}A.{mac}"
    yield f"{header}..{mac}"
    yield f"{signed_token}.{mac}"
    yield f"{signed_token} "


def test_verify_rejects_altered_copies_of_a_cached_token() -> None:
    verifier = hs256_verifier(cache_size=10)
    signed_token = create_token()
    assert verifier.verify(signed_token) == CLAIMS
    for variant in _alter_token(signed_token):
        with pytest.raises(JWTError):
            verifier.verify(variant)
        assert verifier.verify(signed_token) == CLAIMS


def test_cache_evicts_and_stays_correct_if_too_small() -> None:
    verifier = hs256_verifier(cache_size=1)
    many = [create_token(payload={**CLAIMS, "n": number, "x": "x" * 1000}) for number in range(50)]
    for _ in range(2):
        assert [verifier.verify(signed_token)["n"] for signed_token in many] == list(range(50))
    large = create_token(payload={**CLAIMS, "x": "x" * 40_000})
    assert verifier.verify(large) == verifier.verify(large)


def test_verify_checks_the_size_of_tokens_despite_the_cache() -> None:
    text = create_token()
    verifier = hs256_verifier(cache_size=10, max_token_bytes=len(text))
    assert verifier.verify(text) == CLAIMS
    assert error_code_of(lambda: verifier.verify(text + "A" * 10)) == "too_large"


@pytest.mark.parametrize("cache_size", [0, 10])
def test_verify_follows_freezegun_and_time_machine(monkeypatch: pytest.MonkeyPatch, cache_size: int) -> None:
    monkeypatch.undo()
    verifier = hs256_verifier(cache_size=cache_size)
    signed_token = create_token(payload={"exp": NOW + 10})
    for set_clock in (_freeze_at, _travel_to):
        with set_clock(NOW + 9):
            assert verifier.verify(signed_token) == {"exp": NOW + 10}
        with set_clock(NOW + 10), pytest.raises(ExpiredSignatureError):
            verifier.verify(signed_token)
    with pytest.raises(ExpiredSignatureError):
        verifier.verify(signed_token)


def _freeze_at(seconds: int) -> Any:
    return freeze_time(dt.datetime.fromtimestamp(seconds, dt.timezone.utc))


def _travel_to(seconds: int) -> Any:
    return time_machine.travel(dt.datetime.fromtimestamp(seconds, dt.timezone.utc), tick=False)


def verify_in_event_loop(verifier: Verifier, text: Any) -> dict[str, Any]:
    """Return the claims of `text`, awaited on a new event loop."""

    async def main() -> dict[str, Any]:
        return await verifier.verify_async(text)

    return asyncio.run(main())


def test_verify_async_creates_no_task_and_does_not_yield() -> None:
    tasks: list[Any] = []

    def record_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **rest: Any) -> asyncio.Task[Any]:
        tasks.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **rest)

    async def main() -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(record_task)
        next_turn = loop.create_future()
        loop.call_soon(next_turn.set_result, True)  # noqa: FBT003 - the value does not matter
        claims = await hs256_verifier().verify_async(create_token())
        assert not next_turn.done()
        await next_turn
        assert tasks == []
        return claims

    assert asyncio.run(main()) == CLAIMS


def test_verify_async_with_local_key_completes_in_the_first_step() -> None:
    async def main() -> None:
        with pytest.raises(StopIteration) as stopped:
            hs256_verifier().verify_async(create_token()).send(None)
        assert stopped.value.value == CLAIMS

    asyncio.run(main())


@pytest.mark.parametrize(("text", "error"), [("a.b.c", JWTError), (None, TypeError)])
def test_verify_async_raises_immediate_errors_at_the_call(text: Any, error: type[Exception]) -> None:
    async def main() -> None:
        with pytest.raises(error):
            await hs256_verifier().verify_async(text)
        with pytest.raises(error):
            hs256_verifier().verify_async(text)  # type: ignore[unused-coroutine]  # the mistake under test

    asyncio.run(main())


def test_verify_async_awaited_twice_raises_runtime_error() -> None:
    async def main() -> None:
        verification = hs256_verifier().verify_async(create_token())
        assert inspect.iscoroutine(verification)
        await verification
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await verification

    asyncio.run(main())


def test_verify_async_never_awaited_warns() -> None:
    async def main() -> None:
        with pytest.warns(RuntimeWarning, match="was never awaited"):
            hs256_verifier().verify_async(create_token())  # type: ignore[unused-coroutine]  # the mistake under test

    asyncio.run(main())


def test_verify_async_works_with_gather_and_wait_for() -> None:
    async def main() -> list[dict[str, Any]]:
        verifier = Verifier(spki(public_key_of(ec_key())))
        waits = [asyncio.wait_for(verifier.verify_async(create_token("ES256")), 60) for _ in range(20)]
        return list(await asyncio.gather(*waits))

    assert asyncio.run(main()) == [CLAIMS] * 20


def test_verify_async_without_event_loop_raises_runtime_error() -> None:
    for text in (create_token(), "a.b.c"):
        with pytest.raises(RuntimeError, match="event loop"):
            hs256_verifier().verify_async(text)  # type: ignore[unused-coroutine]  # the mistake under test


@pytest.fixture
def _no_thread_switching() -> Iterator[None]:
    """Switch threads only when a thread releases the GIL by itself."""
    default_interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(default_interval)


@pytest.mark.usefixtures("_no_thread_switching")
def test_verify_with_public_key_releases_the_gil() -> None:
    gate, has_run = threading.Lock(), threading.Event()
    gate.acquire()
    waiting = threading.Thread(target=_acquire_and_report, args=(gate, has_run))
    waiting.start()
    verifier, signed_token = Verifier(spki(public_key_of(ec_key()))), create_token("ES256")
    gate.release()
    attempts = 0
    while not has_run.is_set() and attempts < 100_000:
        verifier.verify(signed_token)
        attempts += 1
    assert attempts < 100_000
    waiting.join()


def _acquire_and_report(gate: threading.Lock, has_run: threading.Event) -> None:
    gate.acquire()
    has_run.set()


def test_verifier_repr_shows_algorithms_and_hides_keys() -> None:
    verifier = Verifier([SECRET, spki(public_key_of(rsa_key()))], algorithms=["HS256", "RS256"])
    assert repr(verifier) == "<fastjose.Verifier algorithms=[HS256, RS256]>"


def test_verify_error_names_the_wrong_claim() -> None:
    with pytest.raises(JWTClaimsError) as raised:
        hs256_verifier(audience="api").verify(create_token(payload={**CLAIMS, "aud": "web"}))
    assert (raised.value.code, raised.value.claim, str(raised.value)) == ("wrong_audience", "aud", "Invalid audience")


def test_empty_audience_list_is_accepted_only_without_expected_audience() -> None:
    token = create_token(payload={**CLAIMS, "aud": []})
    assert Verifier(SECRET, algorithms="HS256").verify(token)["aud"] == []
    with pytest.raises(JWTClaimsError) as caught:
        Verifier(SECRET, algorithms="HS256", audience="api").verify(token)
    assert (caught.value.code, caught.value.claim) == ("wrong_audience", "aud")
    for other in ("", [""], ["api"], "api"):
        with pytest.raises(JWTClaimsError, match="Invalid audience"):
            Verifier(SECRET, algorithms="HS256").verify(create_token(payload={**CLAIMS, "aud": other}))


def pad(segment: str) -> str:
    return segment + "=" * (-len(segment) % 4)


def sign_padded(header: dict[str, Any], payload: dict[str, Any]) -> str:
    """Return a token as an AWS Application Load Balancer writes it: the padding of header and payload is signed."""
    signing_input = ".".join(pad(b64u(json.dumps(part).encode())) for part in (header, payload))
    signature = append_signature(signing_input, "ES256", ec_key("P-256")).rpartition(".")[2]
    return f"{signing_input}.{pad(signature)}"


@pytest.mark.parametrize("filler", ["", "a", "ab"])
def test_padded_token_is_accepted_only_with_allow_padding(filler: str) -> None:
    key = spki(public_key_of(ec_key("P-256")))
    header, claims = {"alg": "ES256", "kid": "k" + filler, "signer": "arn"}, {**CLAIMS, "x": filler}
    token = sign_padded(header, claims)
    for cache_size in (0, 8):
        verifier = Verifier(key, allow_padding=True, cache_size=cache_size)
        assert verifier.verify(token) == verifier.verify(token) == claims
        assert verifier.verify(create_token("ES256")) == CLAIMS
    assert verify_token(token, key, allow_padding=True) == claims
    for strict in (Verifier(key), Verifier(key, allow_padding=False)):
        with pytest.raises(JWTError) as caught:
            strict.verify(token)
        assert caught.value.code == "malformed"


def test_allow_padding_rejects_every_other_spelling() -> None:
    verifier = Verifier(spki(public_key_of(ec_key("P-256"))), allow_padding=True)
    header, payload, signature = sign_padded({"alg": "ES256", "x": "ab"}, CLAIMS).split(".")
    spellings = [
        f"{header}.{payload}.{signature}=",
        f"{header}.{payload}.{signature[:-1]}",
        f"{header}=.{payload}.{signature}",
        f"{header}. {payload}.{signature}",
        f"{header}.{payload}.={signature}",
        f"{header}.{payload}.{signature[:-3]}B==",
        f"{header}.{payload}.====",
        f"{header}.{payload}.{signature}\n",
    ]
    for token in spellings:
        with pytest.raises(JWTError) as caught:
            verifier.verify(token)
        assert caught.value.code == "malformed", token
    for token in (f"{header.rstrip('=')}.{payload}.{signature}", f"{header}.{payload.rstrip('=')}.{signature}"):
        if token.count("=") != f"{header}.{payload}.{signature}".count("="):  # the padding is signed
            with pytest.raises(JWTError, match="Signature verification failed"):
                verifier.verify(token)
