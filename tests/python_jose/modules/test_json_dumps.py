"""Claims sets serialized by the core, compared with Python's `json`: equal bytes, or None."""

from __future__ import annotations

import json
import random
from collections import OrderedDict
from typing import Any

import pytest

from fastjose._core import json_dumps_bytes

LETTERS = [
    '"',
    "\\",
    "/",
    "\b",
    "\f",
    "\n",
    "\r",
    "\t",
    "\x00",
    "\x1f",
    " ",
    "a",
    "~",
    "\x7f",
    "\x80",
    "\xe9",
    "\u20ac",
    "\U0001f600",
    "\ud800",
]
NUMBERS: list[Any] = [
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**63,
    0.0,
    -0.0,
    0.1,
    1e16,
    1e22,
    1e-5,
    5e-324,
    1.5e300,
    float("nan"),
    float("inf"),
]


def dump_compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def random_text(draw: random.Random) -> str:
    return "".join(draw.choice(LETTERS[:-1] if draw.random() < 0.98 else LETTERS) for _ in range(draw.randrange(6)))


def random_scalar(draw: random.Random) -> Any:
    number = draw.uniform(-1e6, 1e6) * 10 ** draw.randrange(-30, 30)
    return draw.choice(
        [random_text(draw), None, True, False, draw.choice(NUMBERS), draw.randrange(-(10**19), 10**19), number]
    )


def random_value(draw: random.Random, depth: int) -> Any:
    if depth == 0 or draw.random() < 0.7:
        return random_scalar(draw)
    return draw.choice(
        [random_members(draw, depth - 1), [random_value(draw, depth - 1) for _ in range(draw.randrange(4))]]
    )


def random_members(draw: random.Random, depth: int) -> dict[str, Any]:
    return {random_text(draw): random_value(draw, depth) for _ in range(draw.randrange(5))}


def test_json_dumps_bytes_equals_python() -> None:
    draw = random.Random(7)  # noqa: S311 - reproducible values
    taken = 0
    for _ in range(20_000):
        drawn = random_members(draw, 3)
        octets = json_dumps_bytes(drawn)
        assert octets in {None, dump_compact(drawn)}
        taken += octets is not None
    assert taken > 10_000


def test_json_dumps_bytes_typical_claims_returns_bytes() -> None:
    value = {
        "sub": "\xe9\u20ac\U0001f600",
        "exp": 1_700_000_000,
        "iat": 1.5,
        "n": -(2**63),
        "e": 1e22,
        "s": 1e-7,
        "no": None,
    }
    value |= {"yes": True, "not": False, "aud": ["a", ["b", {}]], "o": {"": {}}, "del": "\x7f", "quote": '"\\/\n'}
    assert json_dumps_bytes(value) == dump_compact(value)


def test_json_dumps_bytes_cycle_returns_none() -> None:
    circle: dict[str, Any] = {}
    circle["self"] = [circle]
    assert json_dumps_bytes(circle) is None


class StrSubclass(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        {1: "a"},
        {"a": 2**63},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": "\ud800"},
        {"\ud800": 1},
        {"a": (1,)},
        {"a": {1}},
        {"a": StrSubclass("b")},
        {StrSubclass("a"): "b"},
        {"a": OrderedDict()},
        OrderedDict(a=1),
        {"a": [[[object()]]]},
    ],
)
def test_json_dumps_bytes_unsupported_value_returns_none(value: Any) -> None:
    assert json_dumps_bytes(value) is None
