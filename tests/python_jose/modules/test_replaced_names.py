"""Detection of replaced functions of a module, and errors that name the member that JSON cannot have."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from fastjose._json_errors import name_member
from fastjose._replaceable import watch_names

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "module_of_the_test"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a module with the functions `one`, `two` and `other`."""
    module = ModuleType(NAME)
    for name in ("one", "two", "other"):
        setattr(module, name, lambda name=name: name)
    monkeypatch.setitem(sys.modules, NAME, module)
    return module


def test_replaced_name_is_noted_until_the_original_is_back(module: Any) -> None:
    replaced = watch_names(NAME, ["one", "two"])
    assert replaced == set()
    with mock.patch.object(module, "one", return_value="patched"):
        assert (replaced, module.one()) == ({"one"}, "patched")
        with mock.patch(f"{NAME}.two"):
            assert replaced == {"one", "two"}
        assert replaced == {"one"}
    assert (replaced, module.one(), module.two()) == (set(), "one", "two")


def test_each_name_is_compared_with_its_own_original(module: Any) -> None:
    replaced = watch_names(NAME, ("one", "two"))
    one, two = module.one, module.two
    module.one, module.two = two, one
    assert replaced == {"one", "two"}
    module.one = one
    assert replaced == {"two"}
    module.two = two
    assert replaced == set()


def test_name_that_is_equal_to_the_original_is_another_one(module: Any) -> None:
    module.one = [1]
    replaced = watch_names(NAME, ["one"])
    module.one = [1]
    assert replaced == {"one"}


def test_other_names_of_a_watched_module_are_set_as_usual(module: Any) -> None:
    replaced = watch_names(NAME, iter(["one"]))
    module.other, module.more = 1, 2
    assert (replaced, module.other, module.more) == (set(), 1, 2)
    assert isinstance(module, ModuleType)


def test_name_that_is_missing_is_not_watched(module: Any) -> None:
    assert module
    with pytest.raises(AttributeError, match="missing"):
        watch_names(NAME, ["missing"])
    with pytest.raises(KeyError):
        watch_names("no_module_of_the_test", [])


# --- Errors of JSON ---


def encode(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def describe(members: dict[str, Any], noun: str = "claim", encode: Callable[[Any], Any] = encode) -> Exception:
    with pytest.raises((TypeError, ValueError)) as caught:
        encode(members)
    error: Any = caught.value
    return name_member(error, members, encode, noun)


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ({1}, TypeError, "Object of type set is not JSON serializable"),
        (float("nan"), ValueError, "Out of range float values are not JSON compliant"),
        ([{"deep": {1}}], TypeError, "Object of type set is not JSON serializable"),
    ],
)
def test_member_that_cannot_be_encoded_is_named(value: object, kind: type[Exception], message: str) -> None:
    error = describe({"sub": "a", "bad": value, "worse": value}, "header parameter")
    assert type(error) is kind
    assert str(error).startswith(message)
    assert str(error).endswith(" (header parameter 'bad')")
    assert str(describe({"bad": value})).endswith(" (claim 'bad')")


def test_error_that_no_member_causes_is_returned_as_it_is() -> None:
    members: Any = {(1, 2): "the name is a tuple"}
    with pytest.raises(TypeError) as caught:
        encode(members)
    assert name_member(caught.value, members, encode, "claim") is caught.value


@pytest.mark.parametrize(
    "error", [UnicodeEncodeError("utf-8", "x", 0, 1, "a subclass"), json.JSONDecodeError("a subclass", "x", 0)]
)
def test_error_of_another_type_is_returned_as_it_is(error: ValueError) -> None:
    assert name_member(error, {"bad": {1}}, encode, "claim") is error


def test_other_error_of_a_member_is_raised() -> None:
    def fail(_: object) -> str:
        raise RecursionError("too deep")

    with pytest.raises(RecursionError):
        name_member(ValueError("x"), {"bad": 1}, fail, "claim")
