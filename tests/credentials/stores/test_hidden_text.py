"""`HiddenText` and the tokens that a query can have as a parameter."""

from __future__ import annotations

import pytest

from fastjose._database.hidden_text import HiddenText, hide_token


def test_text_is_hidden_in_its_repr_and_equal_to_itself() -> None:
    text = HiddenText("a-secret")
    assert text == "a-secret"
    assert "a-secret" not in f"{text!r} {[text]} { ({'token': text}) }"
    assert f"{text!r}" == "<hidden>"


@pytest.mark.parametrize("token", ["t", "t" * 512, "~ !", "a.b-c_d"])
def test_token_that_a_database_can_hold_is_a_hidden_parameter(token: str) -> None:
    hidden = hide_token(token)
    assert isinstance(hidden, HiddenText)
    assert hidden == token


@pytest.mark.parametrize("token", ["", "t" * 513, "t\0", "t\n", "\x7f", "é", "\ud800", "٣"])
def test_token_that_no_database_can_hold_is_no_parameter(token: str) -> None:
    assert hide_token(token) is None
