"""Strategies for claims, options and expectations, from typical to unusual ones."""

from __future__ import annotations

import hashlib
from collections import UserDict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from support.python_jose.differential.draw import one_in, pick, sample
from support.python_jose.differential.keys import SIGNATURES
from support.python_jose.differential.library import PerLibraryValue, named_value
from support.tokens.jose_builder import NOW, b64u

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAN, INFINITY = float("nan"), float("inf")

AUDIENCES = ("api", "web", "", "é")
ISSUERS = ("https://issuer.example", "https://issuer.example/", "x", "")
SUBJECTS = ("user-1", "user-2", "")
ACCESS_TOKENS = ("access", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")
AT_HASHES = tuple(
    b64u(hash_(token.encode()).digest()[: hash_().digest_size // 2])
    for token in ACCESS_TOKENS
    for hash_ in (hashlib.sha256, hashlib.sha384)
)

# Unusual JSON values of a claim.
UNUSUAL_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, -0.0, 1e22, 1e-7, 1e308, NAN, INFINITY, -INFINITY, 2**53, -(2**63), 10**30),
    *("", "a", "é", "\u2028", "\U0001f511", "\x00", '"', "\\", "</script>", " ", "1.5", "NaN", "true"),
    *([], ["a"], ["api", 1], ["api", "web"], [None], [[]], {}, {"a": 1}, {"b": 1, "a": {"d": [], "c": None}}),
)


NEAR = tuple(NOW + offset for offset in (0, 1, -1, 3600, -3600, 9, 10, 11, -9, -10, -11, 60, 61, -60, -61))
TIMES: tuple[Any, ...] = (
    *(*NEAR, *NEAR, *map(float, NEAR), *map(str, NEAR)),
    *(time + part for time in NEAR for part in (0.75, -0.25)),
    *(form.format(NOW) for form in (" {} ", "{}_0", "+{}", "{}.0", "0{}", "{}e0", "-{}", "{}\n")),
    *("9_9", " 9 ", "\u0663", "\uff11\uff17", "0x10", "1__0", "9" * 30, 10**18, 10**400, -(10**30), 1e300, 2**63),
    *UNUSUAL_VALUES,
)
"""Valid and invalid times as any JSON value."""


def _mostly(*typical: Any) -> tuple[Any, ...]:
    return (*typical * (len(UNUSUAL_VALUES) // len(typical)), *UNUSUAL_VALUES)


REGISTERED: dict[str, tuple[Any, ...]] = {
    "exp": TIMES,
    "nbf": TIMES,
    "iat": TIMES,
    "aud": _mostly(*AUDIENCES, ["api", "web"], ["web"], ["x", "é"], []),
    "iss": _mostly(*ISSUERS),
    "sub": _mostly(*SUBJECTS),
    "jti": _mostly("id-1", ""),
    "at_hash": _mostly(*AT_HASHES),
}
GOOD: dict[str, tuple[Any, ...]] = {
    "sub": SUBJECTS,
    "exp": (NOW + 1, NOW + 60, NOW + 3600),
    "iat": (NOW - 60, NOW),
    "nbf": (NOW - 60, NOW),
    "iss": ISSUERS[:2],
    "aud": ("api", "web", ["api", "web"]),
}
SCALARS = st.one_of(
    *(st.integers(), st.floats(), st.text(max_size=6), st.text(alphabet=st.characters(), max_size=3)),
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=4,
)
"""Any JSON value, including NaN and Infinity."""


def draw_json_value(draw: st.DrawFn) -> Any:
    """Draw a JSON value, unusual or arbitrary."""
    return draw(JSON_VALUES) if one_in(draw, 4) else pick(draw, UNUSUAL_VALUES)


def sample_members(draw: st.DrawFn, values: Mapping[str, Sequence[Any]], max_size: int) -> dict[str, Any]:
    """Draw up to `max_size` members, each with one of its values."""
    return {name: pick(draw, values[name]) for name in sample(draw, sorted(values), max_size)}


def draw_claims(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a JSON object with registered claims, valid or invalid, and private claims."""
    registered = sample_members(draw, REGISTERED, 4)
    private = {name: draw_json_value(draw) for name in sample(draw, ("name", "email", "é", ""), 2)}
    return {**private, **registered} if one_in(draw, 2) else {**registered, **private}


def draw_valid_claims(draw: st.DrawFn) -> dict[str, Any]:
    """Draw valid claims."""
    return sample_members(draw, GOOD, 4)


# Encoding: values that exist only in Python.
DATETIMES: tuple[datetime, ...] = (
    datetime(2026, 1, 1, 12, 0, 0, 999_999),  # noqa: DTZ001 - a naive datetime is a test case
    datetime(2026, 1, 1, tzinfo=timezone.utc),
    datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(1, 1, 1),  # noqa: DTZ001
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))),
    datetime(1969, 12, 31, tzinfo=timezone.utc),
)


def _circular(_library: Any) -> Any:
    claims: dict[str, Any] = {"a": 1}
    claims["b"] = claims
    return claims


class Label(str):
    """A subclass of str, like an enumeration."""

    __slots__ = ()


class Count(int):
    """A subclass of int, like an enumeration."""


NOT_JSON: tuple[Any, ...] = (
    *(b"bytes", bytearray(b"a"), {1}, frozenset(), object, Decimal("1.5"), 1j, timedelta(1), range(2), (1, "a"), ()),
    *(
        *DATETIMES,
        Label("a"),
        Count(5),
        named_value("10**5000", 10**5000),
        "\ud800",
        [(1, 2)],
        {"a": {1}},
        [b"a"],
        {"a": (1,)},
    ),
    PerLibraryValue("a circular dict", _circular),
)
KEYS_OF_DICTS: tuple[Any, ...] = (1, -1, None, True, False, 1.5, NAN, 10**30, "a", "", "\ud800", (1,), b"a", Label("b"))


def draw_python_claims(draw: st.DrawFn) -> dict[Any, Any]:
    """Draw claims as callers write them, with datetimes, non-string keys and values that JSON does not have."""
    drawn: dict[Any, Any] = dict(draw_claims(draw))
    for name in sample(draw, ("exp", "iat", "nbf", "created"), 2):
        drawn[name] = pick(draw, (*DATETIMES, *NEAR))
    if one_in(draw, 5):
        drawn[pick(draw, KEYS_OF_DICTS)] = draw_json_value(draw)
    if one_in(draw, 7):
        drawn["other"] = pick(draw, NOT_JSON)
    return drawn


NON_DICTS: tuple[Any, ...] = (
    *(None, "", "text", b"bytes", 1, [], [("a", 1)], (), {"a"}, object, PerLibraryValue("a circular dict", _circular)),
)


def draw_mapping(draw: st.DrawFn) -> Any:
    """Draw claims in another mapping than dict, or a value that is not a mapping."""
    claims = draw_valid_claims(draw)
    return pick(
        draw,
        (
            PerLibraryValue(f"UserDict({claims!r})", lambda _: UserDict(claims)),
            PerLibraryValue(f"MappingProxyType({claims!r})", lambda _: MappingProxyType(claims)),
            *NON_DICTS,
        ),
    )


# Expectations.
FLAGS: tuple[Any, ...] = (True, False, None, 0, 1, "", "yes", [], ["x"])
VERIFY = ("signature", "aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash", "name")
REQUIRE = (*VERIFY[1:], "foo", "", "é")
OPTIONS = (*(f"verify_{name}" for name in VERIFY), *(f"require_{name}" for name in REQUIRE))
LEEWAYS: tuple[Any, ...] = (
    *(0, 1, 10, 60, -10, 10**9, 10**30, 10**400, -(10**400), 0.5, 10.9, -1.5, NAN, INFINITY, True, False),
    *(timedelta(seconds=10), timedelta(seconds=10, microseconds=999_999), timedelta(seconds=-10), timedelta(days=1)),
    *(timedelta(microseconds=-1), Decimal(10), None, "10", "", [], (), {}, b"1", 1j, object),
)


UNUSUAL_OPTIONS: tuple[Any, ...] = (
    *([], {}, "", 0, False, 1, "ab", [("verify_exp", False)], [1], ["ab"], object, {1: 2}, {"verify": True}, {"": 1}),
    *({"foo": True}, {"require": True}, {"strict_aud": True}),
)


def draw_options(draw: st.DrawFn) -> Any:
    """Draw the argument `options`, usually a dict of flags."""
    if one_in(draw, 16):
        return pick(draw, UNUSUAL_OPTIONS)
    drawn = {name: pick(draw, (True, False, True, False, *FLAGS)) for name in sample(draw, OPTIONS, 3)}
    if one_in(draw, 3):
        drawn["leeway"] = pick(draw, (0, 10, timedelta(seconds=10), *LEEWAYS))
    return drawn


EXPECTED: dict[str, tuple[Any, ...]] = {
    "audience": (*AUDIENCES, *AUDIENCES, None, ["api"], ("api",), {"api"}, [], 1, True, b"api", {"api": 1}, object),
    "issuer": (
        *(*ISSUERS, *ISSUERS, None, list(ISSUERS), ISSUERS[:2], set(ISSUERS), frozenset(("x",)), [], (), {}),
        *({"x": 1}, [None], [1], {None, 1}, b"x", 0, 1, True, 1.5, object),
    ),
    "subject": (*SUBJECTS, *SUBJECTS, None, 1, True, [], ["user-1"], b"user-1", 0, object),
    "access_token": (*ACCESS_TOKENS, *ACCESS_TOKENS, None, "", "é", "\ud800", b"access", 1, 0, [], ["a"], object),
}


def draw_expectations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw keyword arguments of `jwt.decode`: audience, issuer, subject, access_token, options."""
    expected = sample_members(draw, EXPECTED, 2)
    return {**expected, "options": draw_options(draw)} if one_in(draw, 2) else expected


@cache
def algorithms_arguments(algorithm: str) -> tuple[Any, ...]:
    """Return values of the argument `algorithms` for a token with this `alg`: matching, other and unusual ones."""
    matching = (
        algorithm,
        [algorithm],
        [algorithm],
        (algorithm,),
        {algorithm},
        list(SIGNATURES),
        [algorithm, "x"],
        None,
    )
    unusual: tuple[Any, ...] = (
        *([], (), "", set(), {}, {algorithm: 1}, ["HS256"], ["RS256", "ES256"], "HS256", "RS256", "none", ["none"]),
        *(f"{algorithm},HS384", f"x{algorithm}", algorithm[:2], [algorithm.lower()], [None], [1], [[algorithm]]),
        *(0, 1, True, False, 1.5, algorithm.encode(), [algorithm.encode()], object, ["PS256", "EdDSA"]),
        PerLibraryValue(f"iter([{algorithm}])", lambda _: iter([algorithm])),
    )
    return (*matching * 6, *unusual)
