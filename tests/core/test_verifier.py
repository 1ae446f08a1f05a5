"""`Verifier`: its arguments, its choice of keys, its cache, its clock, and the awaitable that it returns."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import inspect
import random
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
from support.jose_builder import (
    CLAIMS,
    NOW,
    SECRET,
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

MAKERS: list[Any] = [Verifier, partial(verify_token, create_token())]
each_maker = pytest.mark.parametrize("make", MAKERS, ids=["Verifier", "verify_token"])


class Clock:
    """A clock that stands where it is set."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock at `NOW`; a test may set it."""
    stopped = Clock()
    monkeypatch.setattr("time.time", stopped)
    return stopped


def hs256(**options: Any) -> Verifier:
    """Make a verifier of the tests' secret."""
    return Verifier(SECRET, algorithms="HS256", **options)


def code(attempt: Callable[[], object]) -> str:
    """Return the code with which `attempt` is refused."""
    with pytest.raises(JOSEError) as caught:
        attempt()
    return caught.value.code


NO_ALGORITHMS: list[Any] = [[], (), {}, iter([]), "", [""], "none", ["none"], ["HS256", "none"], "*", ["*"]]
UNKNOWN_ALGORITHMS: list[Any] = ["hs256", "HS256,RS256", "H", ["HS256 "], "ES256k"]


@each_maker
@pytest.mark.parametrize("names", NO_ALGORITHMS + UNKNOWN_ALGORITHMS)
def test_algorithms_that_name_none_or_an_unknown_one_are_refused(make: Any, names: Any) -> None:
    with pytest.raises(ValueError, match="algorithm"):
        make(SECRET, algorithms=names)


@each_maker
@pytest.mark.parametrize("names", [1, 1.5, True, b"HS256", [b"HS256"], [None], ["HS256", 1], object()])
def test_algorithms_of_another_type_are_refused(make: Any, names: Any) -> None:
    with pytest.raises(TypeError, match="algorithms must be a str or an iterable of str"):
        make(SECRET, algorithms=names)


@each_maker
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
def test_algorithms_are_needed_where_a_key_does_not_name_its_own(make: Any, keys: Any) -> None:
    with pytest.raises(ValueError, match="algorithms must be given"):
        make(keys)


@pytest.mark.parametrize(("keys", "name"), [
    pytest.param(oct_jwk(SECRET, alg="HS256"), "HS256", id="JWK with alg"),
    pytest.param(Key(SECRET, algorithm="HS256"), "HS256", id="bound Key"),
    pytest.param(jwk(public_key_of(rsa_key()), alg="RS256"), "RS256", id="RSA JWK with alg"),
    pytest.param(spki(public_key_of(ec_key())), "ES256", id="EC"),
    pytest.param(jwk(public_key_of(ec_key("secp256k1")), alg="ES256K"), "ES256K", id="secp256k1 JWK with alg"),
    pytest.param(spki(public_key_of(ed_key())), "EdDSA", id="Ed25519"),
    pytest.param({"keys": [jwk(public_key_of(ed_key()))]}, "EdDSA", id="JWK Set"),
])  # fmt: skip
def test_algorithms_may_be_left_out_where_each_key_names_its_own(keys: Any, name: str) -> None:
    verifier = Verifier(keys)
    assert verifier.algorithms == [name]
    assert verifier.verify(create_token(name)) == CLAIMS


@pytest.mark.parametrize(
    "names", [["HS256"], ("HS256",), {"HS256"}, {"HS256": 1}, (name for name in ["HS256"]), "HS256"]
)
def test_algorithms_are_any_iterable_and_a_text_is_one_name(names: Any) -> None:
    assert Verifier(SECRET, algorithms=names).algorithms == ["HS256"]


def test_lists_that_change_afterwards_change_nothing() -> None:
    names, required, audience, keys = ["HS256"], ["exp"], ["api"], [SECRET]
    verifier = Verifier(keys, algorithms=names, required=required, audience=audience)
    names.append("HS512")
    required.append("tenant")
    audience[0] = "web"
    keys[0] = b"o" * 64
    verifier.algorithms.append("HS512")
    assert verifier.algorithms == ["HS256"]
    assert verifier.verify(create_token(payload={**CLAIMS, "aud": "api"})) == {**CLAIMS, "aud": "api"}
    assert code(lambda: verifier.verify(create_token("HS512"))) == "algorithm_not_allowed"


def test_a_jwk_that_changes_afterwards_changes_nothing() -> None:
    members = oct_jwk(SECRET, alg="HS256")
    verifier, key = Verifier(members), Key(members)
    members["k"] = "A" * 64
    assert verifier.verify(create_token()) == CLAIMS
    assert Verifier(key).verify(create_token()) == CLAIMS


@each_maker
@pytest.mark.parametrize(
    "keys", ["", b"", {}, {"keys": []}, {"keys": None}, {"keys": {}}, {"keys": [{}]}, [""], [{}], [SECRET, b""]]
)
def test_empty_keys_are_refused(make: Any, keys: Any) -> None:
    with pytest.raises(JWKError) as caught:
        make(keys, algorithms="HS256")
    assert caught.value.code == "invalid_key"


@each_maker
@pytest.mark.parametrize("keys", [[], ()])
def test_no_keys_are_refused(make: Any, keys: Any) -> None:
    with pytest.raises(ValueError, match="keys must contain at least one key"):
        make(keys, algorithms="HS256")


NO_KEYS = [None, 1, True, object(), [None], [[SECRET]], bytearray(SECRET), memoryview(SECRET), {SECRET}, iter([SECRET])]


@each_maker
@pytest.mark.parametrize("keys", NO_KEYS, ids=lambda keys: type(keys).__name__)
def test_keys_of_another_type_are_refused(make: Any, keys: Any) -> None:
    with pytest.raises(TypeError, match="keys must be"):
        make(keys, algorithms="HS256")


def test_keys_may_be_mixed_in_one_list() -> None:
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


@each_maker
@pytest.mark.parametrize(
    "seconds", [-1, -0.001, float("nan"), float("inf"), float("-inf"), 10**400], ids=lambda seconds: str(seconds)[:9]
)
def test_a_leeway_that_is_no_span_is_refused(make: Any, seconds: Any) -> None:
    with pytest.raises(ValueError, match="leeway_seconds"):
        make(SECRET, algorithms="HS256", leeway_seconds=seconds)


@each_maker
@pytest.mark.parametrize("seconds", ["10", dt.timedelta(seconds=10), [10]])
def test_a_leeway_of_another_type_is_refused(make: Any, seconds: Any) -> None:
    with pytest.raises(TypeError):
        make(SECRET, algorithms="HS256", leeway_seconds=seconds)


@pytest.mark.parametrize("seconds", [2**53, 2**63, 2**64, 1e308])
def test_a_large_leeway_does_not_wrap_around(seconds: float) -> None:
    lax = hs256(leeway_seconds=seconds)
    for claims in [{"exp": 1}, {"exp": NOW + 1, "nbf": NOW + 2**31}]:
        assert lax.verify(create_token(payload=claims)) == claims


@each_maker
@pytest.mark.parametrize("size", [-1, -(2**63), 2**63, 2**64])
def test_a_token_size_out_of_range_is_refused(make: Any, size: int) -> None:
    with pytest.raises(ValueError, match="max_token_bytes"):
        make(SECRET, algorithms="HS256", max_token_bytes=size)


@pytest.mark.parametrize("size", [-1, 2**52, 2**60, 2**62, 2**63, 2**64])
def test_a_cache_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="cache_size"):
        hs256(cache_size=size)


def test_the_size_of_a_token_is_counted_in_bytes() -> None:
    text = create_token()
    assert hs256(max_token_bytes=len(text)).verify(text) == CLAIMS
    assert code(lambda: hs256(max_token_bytes=len(text) - 1).verify(text)) == "too_large"
    assert code(lambda: hs256(max_token_bytes=10).verify("\u20ac" * 4)) == "too_large"


@each_maker
@pytest.mark.parametrize("argument", ["issuer", "audience"])
@pytest.mark.parametrize("value", [[], "", [""], (), ["a", ""]])
def test_an_expectation_of_nothing_is_refused(make: Any, argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=argument):
        make(SECRET, algorithms="HS256", **{argument: value})


@each_maker
@pytest.mark.parametrize("argument", ["issuer", "audience", "required"])
@pytest.mark.parametrize("value", [1, b"a", [1], [None], object()])
def test_names_of_another_type_are_refused(make: Any, argument: str, value: Any) -> None:
    with pytest.raises(TypeError, match=argument):
        make(SECRET, algorithms="HS256", **{argument: value})


@each_maker
@pytest.mark.parametrize("argument", ["subject", "typ"])
@pytest.mark.parametrize("value", [1, b"a", ["a"], object()])
def test_texts_of_another_type_are_refused(make: Any, argument: str, value: Any) -> None:
    with pytest.raises(TypeError):
        make(SECRET, algorithms="HS256", **{argument: value})


@each_maker
def test_options_are_keywords_and_known(make: Any) -> None:
    with pytest.raises(TypeError):
        make(SECRET, algorithms="HS256", verify_signature=False)
    with pytest.raises(TypeError):
        make(SECRET, algorithms="HS256", options={})
    with pytest.raises(TypeError):
        make(SECRET, ["HS256"])


@pytest.mark.parametrize("names", ["tenant", ["tenant"], ("exp", "tenant"), {"tenant"}, iter(["tenant"])])
def test_required_is_one_name_or_several(names: Any) -> None:
    verifier = hs256(required=names)
    with pytest.raises(JWTError, match='missing required key "tenant" among claims') as caught:
        verifier.verify(create_token())
    assert (caught.value.code, caught.value.claim) == ("missing_claim", "tenant")
    assert verifier.verify(create_token(payload={**CLAIMS, "tenant": None})) == {**CLAIMS, "tenant": None}


def test_exp_is_required_unless_said_otherwise() -> None:
    timeless = create_token(payload={"sub": "a"})
    assert code(lambda: hs256().verify(timeless)) == "missing_claim"
    assert code(lambda: verify_token(timeless, SECRET, algorithms="HS256")) == "missing_claim"
    assert hs256(required=[]).verify(timeless) == {"sub": "a"}


@pytest.mark.parametrize("form", [list, tuple, set, iter, dict.fromkeys])
@pytest.mark.parametrize(("argument", "claim"), [("issuer", "iss"), ("audience", "aud")])
def test_one_of_several_expected_is_enough(argument: str, claim: str, form: Any) -> None:
    verifier = hs256(**{argument: form(["a", "b"])})
    for name in ("a", "b"):
        assert verifier.verify(create_token(payload={**CLAIMS, claim: name}))[claim] == name
    assert code(lambda: verifier.verify(create_token(payload={**CLAIMS, claim: "c"}))).startswith("wrong_")
    assert code(lambda: verifier.verify(create_token())) == "missing_claim"


class Text(str):
    """A str of another class."""

    __slots__ = ()


class Bytes(bytes):
    """Bytes of another class."""


@pytest.mark.parametrize("form", [str, Text, str.encode, lambda text: Bytes(text.encode())])
def test_a_token_is_a_str_or_bytes(form: Any) -> None:
    assert hs256().verify(form(create_token())) == CLAIMS


NO_TOKENS = [None, 1, 1.5, True, bytearray(b"a.b.c"), memoryview(b"a.b.c"), ["a.b.c"], {"token": "a.b.c"}, object()]


@pytest.mark.parametrize("wrong", NO_TOKENS, ids=lambda wrong: type(wrong).__name__)
def test_a_token_of_another_type_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="token must be a str or bytes"):
        hs256().verify(wrong)
    with pytest.raises(TypeError, match="token must be a str or bytes"):
        verify_token(wrong, SECRET, algorithms="HS256")
    with pytest.raises(TypeError, match="token must be a str or bytes"):
        result(hs256(), wrong)


@pytest.mark.parametrize(
    "text", ["\ud800", create_token() + "\udfff", "\ud800.\ud800.\ud800"], ids=["alone", "behind", "thrice"]
)
def test_a_token_with_a_lone_surrogate_is_malformed(text: str) -> None:
    with pytest.raises(JWTError) as caught:
        hs256().verify(text)
    assert caught.value.code == "malformed"
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


def test_a_key_is_chosen_by_its_name() -> None:
    others = [oct_jwk(bytes([number]) * 64, kid=f"k{number}", alg="HS256") for number in range(1, 100)]
    verifier = Verifier({"keys": others})
    for number in (1, 50, 99):
        key = bytes([number]) * 64
        assert verifier.verify(create_token(key=key, kid=f"k{number}")) == CLAIMS
        assert code(lambda key=key: verifier.verify(create_token(key=key, kid="k2"))) == "bad_signature"  # type: ignore[misc]
    assert code(lambda: verifier.verify(create_token(key=b"\x01" * 64, kid="k100"))) == "unknown_key"


@pytest.mark.parametrize(
    ("position", "expected"), [(0, None), (31, None), (32, "bad_signature"), (99, "bad_signature")]
)
@pytest.mark.parametrize("kid", [None, "a-name-that-no-key-has"])
def test_a_token_is_held_against_32_keys_at_the_most(position: int, expected: str | None, kid: str | None) -> None:
    keys: list[bytes] = [bytes([number + 1]) * 64 for number in range(100)]
    verifier = Verifier(keys, algorithms="HS256")
    made = create_token(key=keys[position]) if kid is None else create_token(key=keys[position], kid=kid)
    if expected is None:
        assert verifier.verify(made) == CLAIMS
    else:
        assert code(lambda: verifier.verify(made)) == expected


def test_keys_of_other_algorithms_do_not_count() -> None:
    keys: list[Any] = [bytes([number + 1]) * 64 for number in range(100)]
    verifier = Verifier([*keys, spki(public_key_of(ec_key()))], algorithms=["HS256", "ES256"])
    assert verifier.verify(create_token("ES256")) == CLAIMS


def test_a_key_without_a_name_stands_in_for_an_unknown_one_alone() -> None:
    verifier = Verifier([Key(SECRET), Key(b"o" * 64, kid="named")], algorithms="HS256")
    assert verifier.verify(create_token(kid="other")) == CLAIMS
    assert verifier.verify(create_token(key=b"o" * 64)) == CLAIMS
    assert code(lambda: verifier.verify(create_token(kid="named"))) == "bad_signature"


def test_the_same_material_keeps_apart_what_it_is_given_as() -> None:
    text = '{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}'
    for _ in range(2):
        with pytest.raises(JWKError):
            verify_token(create_token(key=text.encode()), text, algorithms="HS256")
    der = spki(public_key_of(ed_key()), pem=False)
    for _ in range(2):
        assert verify_token(create_token("EdDSA"), der, algorithms="EdDSA") == CLAIMS
        with pytest.raises(JOSEError):
            verify_token(create_token("EdDSA"), der.decode("latin-1"), algorithms=["EdDSA", "HS256"])


def test_many_keys_pass_through_the_cache_of_parsed_ones() -> None:
    keys = [number.to_bytes(2, "big") * 32 for number in range(600)]
    for key in [*keys, *keys]:
        assert verify_token(create_token(key=key), key, algorithms="HS256") == CLAIMS
        assert code(lambda key=key: verify_token(create_token(key=SECRET), key, algorithms="HS256")) == "bad_signature"  # type: ignore[misc]


def test_a_remembered_token_expires(clock: Clock) -> None:
    verifier = hs256(cache_size=10)
    made = create_token(payload={"exp": NOW + 10})
    assert verifier.verify(made) == {"exp": NOW + 10}
    clock.now = NOW + 9.9
    assert verifier.verify(made) == {"exp": NOW + 10}
    clock.now = NOW + 10
    with pytest.raises(ExpiredSignatureError):
        verifier.verify(made)
    clock.now = NOW
    assert verifier.verify(made) == {"exp": NOW + 10}


def test_a_refusal_is_not_remembered(clock: Clock) -> None:
    verifier = hs256(cache_size=10)
    early = create_token(payload={**CLAIMS, "nbf": NOW + 10})
    assert code(lambda: verifier.verify(early)) == "not_yet_valid"
    clock.now = NOW + 10
    assert verifier.verify(early) == {**CLAIMS, "nbf": NOW + 10}
    clock.now = NOW
    assert code(lambda: verifier.verify(early)) == "not_yet_valid"


def test_what_is_done_to_the_claims_is_not_remembered() -> None:
    verifier = hs256(cache_size=10)
    made = create_token(payload={**CLAIMS, "roles": ["user"], "profile": {"name": "a"}})
    first = verifier.verify(made)
    first["roles"].append("admin")
    first["profile"]["name"] = "b"
    first["sub"] = "root"
    first["exp"] = 0
    assert verifier.verify(made) == {**CLAIMS, "roles": ["user"], "profile": {"name": "a"}}


def test_what_is_done_to_remembered_claims_is_not_remembered() -> None:
    verifier = hs256(cache_size=10)
    payload = {**CLAIMS, "roles": ["user", ["nested", {"deep": [1]}]], "profile": {"tags": [{}]}}
    made = create_token(payload=payload)
    for _ in range(3):
        claims = verifier.verify(made)
        assert claims == payload
        claims["roles"][1][1]["deep"].append("changed")
        claims["roles"].clear()
        claims["profile"]["tags"][0]["changed"] = True
        del claims["sub"]


def test_remembered_claims_are_the_same_to_the_last_bit() -> None:
    payload = {"exp": NOW + 10.5, "nbf": NOW, "z": -0.0, "e": 1e-7, "big": 10**30, "text": "\u20ac\U0001f600"}
    made = create_token(payload={**payload, "aud": ["a"], "no": None, "yes": True, "": "", "empty": {}})
    verifier = hs256(cache_size=10, audience="a")
    assert repr(verifier.verify(made)) == repr(verifier.verify(made)) == repr(hs256(audience="a").verify(made))


def test_what_is_remembered_takes_no_more_memory_than_said() -> None:
    verifier, share = hs256(cache_size=100), 4_096
    verifier.verify(create_token())
    fillings: list[Any] = [
        [[]] * 1_000,
        [{}] * 1_000,
        [0.5] * 2_000,
        ["\u20ac"] * 500,
        {f"n{i}": i for i in range(300)},
    ]
    tokens = [create_token(payload={**CLAIMS, "x": filling, "n": n}) for n in range(100) for filling in fillings]
    tracemalloc.start()
    try:
        for made in tokens:
            verifier.verify(made)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert share < held < 100 * share


def test_threads_share_what_is_remembered() -> None:
    verifier = hs256(cache_size=50)
    tokens = [(number, create_token(payload={**CLAIMS, "n": number, "l": [number]})) for number in range(100)]
    wrong: list[Any] = []

    def work(shift: int) -> None:
        for number, made in (tokens[shift:] + tokens[:shift]) * 20:
            claims = verifier.verify(made)
            claims["l"].append("changed")
            if claims != {**CLAIMS, "n": number, "l": [number, "changed"]}:
                wrong.append(claims)

    threads = [threading.Thread(target=work, args=(shift,)) for shift in (0, 1, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_claims_of_every_shape_are_read_right() -> None:
    """More names, and more orders of them, than the reader keeps; each twice, for it knows the second time."""
    verifier, draw = hs256(), random.Random(5)  # noqa: S311 - the same ones every time
    names = [f"{'n' * draw.randrange(9)}{number}" for number in range(600)] + ["\xe9", "", "a\nb", 'q"', "x" * 70]
    shapes = [draw.sample(names, draw.randrange(40)) for _ in range(300)]
    for shape in [*shapes, *shapes]:
        payload = {name: draw.choice([1, "text", None, True, [0]]) for name in shape} | {"exp": NOW + 10}
        claims = verifier.verify(create_token(payload=payload))
        assert claims == payload
        assert list(claims) == list(payload)


def test_a_name_that_stands_twice_is_refused_though_the_names_are_known() -> None:
    verifier = hs256()
    assert verifier.verify(create_token(payload=b'{"sub":"a","exp":9999999999}'))
    for payload in (b'{"sub":"a","exp":9999999999,"sub":"b"}', b'{"sub":"a","sub":"b","exp":9999999999}'):
        assert code(lambda payload=payload: verifier.verify(create_token(payload=payload))) == "malformed"  # type: ignore[misc]


@pytest.mark.parametrize(
    "options", [{"audience": "b"}, {"issuer": "b"}, {"subject": "b"}, {"typ": "b"}, {"required": "b"}]
)
def test_verifiers_do_not_share_what_they_remember(options: dict[str, Any]) -> None:
    own = {"audience": "a", "issuer": "a", "subject": "a", "typ": "a", "required": "aud"}
    made = create_token(payload={**CLAIMS, "aud": "a", "iss": "a", "sub": "a"}, typ="a")
    one, other = hs256(**own, cache_size=10), hs256(**{**own, **options}, cache_size=10)
    assert one.verify(made)["sub"] == "a"
    with pytest.raises(JWTError):
        other.verify(made)
    foreign = Verifier(b"o" * 64, algorithms="HS256", audience="a", cache_size=10)
    assert code(lambda: foreign.verify(made)) == "bad_signature"


def _variants(made: str) -> Iterator[str]:
    header, payload, mac = made.split(".")
    yield f"{header}.{payload}."
    yield f"{header}.{payload}.{mac[:-1]}"
    yield f"{header}.{payload}.{mac}A"
    yield f"{header}.{payload}.{mac}="
    yield f"{header}.{payload}.{mac[:-1]}{chr(ord(mac[-1]) + 1)}"
    yield f"{header}.{payload}.{'A' * len(mac)}"
    yield f"{header}.{payload}A.{mac}"
    yield f"{header}..{mac}"
    yield f"{made}.{mac}"
    yield f"{made} "


def test_a_remembered_token_vouches_for_no_other() -> None:
    verifier = hs256(cache_size=10)
    made = create_token()
    assert verifier.verify(made) == CLAIMS
    for variant in _variants(made):
        with pytest.raises(JWTError):
            verifier.verify(variant)
        assert verifier.verify(made) == CLAIMS


def test_a_cache_that_is_too_small_forgets_and_stays_right() -> None:
    verifier = hs256(cache_size=1)
    many = [create_token(payload={**CLAIMS, "n": number, "x": "x" * 1000}) for number in range(50)]
    for _ in range(2):
        assert [verifier.verify(made)["n"] for made in many] == list(range(50))
    large = create_token(payload={**CLAIMS, "x": "x" * 40_000})
    assert verifier.verify(large) == verifier.verify(large)


def test_a_remembered_token_is_still_held_against_the_size() -> None:
    text = create_token()
    verifier = hs256(cache_size=10, max_token_bytes=len(text))
    assert verifier.verify(text) == CLAIMS
    assert code(lambda: verifier.verify(text + "A" * 10)) == "too_large"


@pytest.mark.parametrize("remembered", [0, 10])
def test_freezegun_and_time_machine_steer_the_clock(monkeypatch: pytest.MonkeyPatch, remembered: int) -> None:
    monkeypatch.undo()
    verifier = hs256(cache_size=remembered)
    made = create_token(payload={"exp": NOW + 10})
    for steer in (_frozen, _travelled):
        with steer(NOW + 9):
            assert verifier.verify(made) == {"exp": NOW + 10}
        with steer(NOW + 10), pytest.raises(ExpiredSignatureError):
            verifier.verify(made)
    with pytest.raises(ExpiredSignatureError):
        verifier.verify(made)


def _frozen(seconds: int) -> Any:
    return freeze_time(dt.datetime.fromtimestamp(seconds, dt.timezone.utc))


def _travelled(seconds: int) -> Any:
    return time_machine.travel(dt.datetime.fromtimestamp(seconds, dt.timezone.utc), tick=False)


def result(verifier: Verifier, text: Any) -> dict[str, Any]:
    """Await the verification of `text` on an event loop of its own."""

    async def main() -> dict[str, Any]:
        return await verifier.verify_async(text)

    return asyncio.run(main())


def test_awaiting_makes_no_task_and_does_not_let_the_loop_turn() -> None:
    made: list[Any] = []

    def remember(loop: asyncio.AbstractEventLoop, coroutine: Any, **rest: Any) -> asyncio.Task[Any]:
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **rest)

    async def main() -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(remember)
        turned = loop.create_future()
        loop.call_soon(turned.set_result, True)  # noqa: FBT003 - what it is set to does not matter
        claims = await hs256().verify_async(create_token())
        assert not turned.done()
        await turned
        assert made == []
        return claims

    assert asyncio.run(main()) == CLAIMS


def test_a_coroutine_is_done_at_its_first_step() -> None:
    async def main() -> None:
        with pytest.raises(StopIteration) as stopped:
            hs256().verify_async(create_token()).send(None)
        assert stopped.value.value == CLAIMS

    asyncio.run(main())


@pytest.mark.parametrize(("text", "error"), [("a.b.c", JWTError), (None, TypeError)])
def test_what_the_call_can_decide_is_raised_at_the_call(text: Any, error: type[Exception]) -> None:
    async def main() -> None:
        with pytest.raises(error):
            await hs256().verify_async(text)
        with pytest.raises(error):
            hs256().verify_async(text)  # type: ignore[unused-coroutine]  # the mistake under test

    asyncio.run(main())


def test_awaiting_twice_is_a_runtime_error() -> None:
    async def main() -> None:
        verification = hs256().verify_async(create_token())
        assert inspect.iscoroutine(verification)
        await verification
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await verification

    asyncio.run(main())


def test_a_coroutine_that_is_never_awaited_warns() -> None:
    async def main() -> None:
        with pytest.warns(RuntimeWarning, match="was never awaited"):
            hs256().verify_async(create_token())  # type: ignore[unused-coroutine]  # the mistake under test

    asyncio.run(main())


def test_many_verifications_can_be_gathered_and_timed_out() -> None:
    async def main() -> list[dict[str, Any]]:
        verifier = Verifier(spki(public_key_of(ec_key())))
        waits = [asyncio.wait_for(verifier.verify_async(create_token("ES256")), 60) for _ in range(20)]
        return list(await asyncio.gather(*waits))

    assert asyncio.run(main()) == [CLAIMS] * 20


def test_a_call_without_an_event_loop_is_a_runtime_error() -> None:
    for text in (create_token(), "a.b.c"):
        with pytest.raises(RuntimeError, match="event loop"):
            hs256().verify_async(text)  # type: ignore[unused-coroutine]  # the mistake under test


@pytest.fixture
def _no_switching() -> Iterator[None]:
    """Let a thread run only where another gives the interpreter up by itself."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_no_switching")
def test_another_thread_runs_while_a_public_key_verifies() -> None:
    gate, ran = threading.Lock(), threading.Event()
    gate.acquire()
    waiting = threading.Thread(target=_wait, args=(gate, ran))
    waiting.start()
    verifier, made = Verifier(spki(public_key_of(ec_key()))), create_token("ES256")
    gate.release()
    attempts = 0
    while not ran.is_set() and attempts < 100_000:
        verifier.verify(made)
        attempts += 1
    assert attempts < 100_000
    waiting.join()


def _wait(gate: threading.Lock, ran: threading.Event) -> None:
    gate.acquire()
    ran.set()


def test_shows_its_algorithms_and_no_key() -> None:
    verifier = Verifier([SECRET, spki(public_key_of(rsa_key()))], algorithms=["HS256", "RS256"])
    assert repr(verifier) == "<fastjose.Verifier algorithms=[HS256, RS256]>"


def test_a_claim_that_is_wrong_is_named() -> None:
    with pytest.raises(JWTClaimsError) as caught:
        hs256(audience="api").verify(create_token(payload={**CLAIMS, "aud": "web"}))
    assert (caught.value.code, caught.value.claim, str(caught.value)) == ("wrong_audience", "aud", "Invalid audience")
