"""What the core writes of a claims set, against Python's `json`: the same octets, or none."""

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


def written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def text(draw: random.Random) -> str:
    return "".join(draw.choice(LETTERS[:-1] if draw.random() < 0.98 else LETTERS) for _ in range(draw.randrange(6)))


def scalar(draw: random.Random) -> Any:
    number = draw.uniform(-1e6, 1e6) * 10 ** draw.randrange(-30, 30)
    return draw.choice([text(draw), None, True, False, draw.choice(NUMBERS), draw.randrange(-(10**19), 10**19), number])


def value(draw: random.Random, depth: int) -> Any:
    if depth == 0 or draw.random() < 0.7:
        return scalar(draw)
    return draw.choice([members(draw, depth - 1), [value(draw, depth - 1) for _ in range(draw.randrange(4))]])


def members(draw: random.Random, depth: int) -> dict[str, Any]:
    return {text(draw): value(draw, depth) for _ in range(draw.randrange(5))}


def test_the_octets_are_those_of_python() -> None:
    draw = random.Random(7)  # noqa: S311 - the same values every time
    taken = 0
    for _ in range(20_000):
        drawn = members(draw, 3)
        octets = json_dumps_bytes(drawn)
        assert octets in {None, written(drawn)}
        taken += octets is not None
    assert taken > 10_000


def test_what_tokens_have_is_written() -> None:
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
    assert json_dumps_bytes(value) == written(value)


def test_what_holds_itself_is_left_to_python() -> None:
    circle: dict[str, Any] = {}
    circle["self"] = [circle]
    assert json_dumps_bytes(circle) is None


class Text(str):
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
        {"a": Text("b")},
        {Text("a"): "b"},
        {"a": OrderedDict()},
        OrderedDict(a=1),
        {"a": [[[object()]]]},
    ],
)
def test_what_is_not_plain_is_left_to_python(value: Any) -> None:
    assert json_dumps_bytes(value) is None
