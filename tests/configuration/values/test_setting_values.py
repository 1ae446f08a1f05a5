"""The readers of values: what they return, and errors that name the variable and contain no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose._config.setting_values import (
    check_has_no_comment,
    check_name,
    describe_invalid,
    is_quoted,
    prefix_variable,
    read_json_object,
    restore_line_feeds,
    split_list,
    unquote,
)
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "JWT_AUDIENCE"
EXAMPLE = '{"X-Api-Key": "..."}'


def error_of(read: Callable[[], Any]) -> ConfigurationError:
    """Return the error that `read` raises, which must name the variable, have no cause, and contain no value."""
    with pytest.raises(ConfigurationError) as raised:
        read()
    error = raised.value
    assert error.variable == VARIABLE
    assert str(error).startswith(VARIABLE)
    assert (error.__context__, error.__cause__) == (None, None)
    assert "hunter22" not in repr(error)
    return error


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, []),
        ("a", ["a"]),
        (" a , b,, c ,", ["a", "b", "c"]),
        ("a b", ["a b"]),
        (' ["a,b", " c ", ""] ', ["a,b", "c"]),
        ("a[0]", ["a[0]"]),
        ("{6f9619ff}", ["{6f9619ff}"]),
        ("$web", ["$web"]),
        ("a{b}", ["a{b}"]),
        ("a'b", ["a'b"]),
    ],
)
def test_list_is_split_at_commas_or_read_as_json(value: str | None, names: list[str]) -> None:
    assert split_list(VARIABLE, value) == names


@pytest.mark.parametrize(
    ("value", "code", "fragment"),
    [
        ("", "invalid_value", "must not be empty"),
        (" , ", "invalid_value", "must not be empty"),
        ("[]", "invalid_value", "must not be empty"),
        ('[" "]', "invalid_value", "must not be empty"),
        ("[hunter22", "invalid_value", "JSON list"),
        ('["hunter22", 5]', "invalid_value", "JSON list"),
        ("[" * 100_000, "invalid_value", "JSON list"),
        ('"hunter22"', "quoted_value", "quotes"),
        ("a,'hunter22", "quoted_value", "quotes"),
        ("hunter22`", "quoted_value", "quotes"),
        ("\u201chunter22\u201d", "quoted_value", "quotes"),
        ("hunter22\u2019", "quoted_value", "quotes"),
        ("\u201ehunter22", "quoted_value", "quotes"),
        ("\u2018hunter22", "quoted_value", "quotes"),
        ("a,${HUNTER}", "placeholder", "placeholder"),
        *((f"https://hunter22{character}", "placeholder", "placeholder") for character in "{}<>"),
        ("hunter22\u200b", "invalid_value", "invisible characters"),
        ("hunter22\x00x", "invalid_value", "invisible characters"),
    ],
)
def test_list_that_cannot_be_meant_is_an_error(value: str, code: str, fragment: str) -> None:
    error = error_of(lambda: split_list(VARIABLE, value))
    assert (error.code, fragment in str(error)) == (code, True)


@pytest.mark.parametrize("name", ["a", "X-Api", "webX", "https://a.example", "a'b", "{a}", "$a", "\u00e9"])
def test_name_that_a_token_may_have_is_accepted(name: str) -> None:
    check_name(VARIABLE, name)


@pytest.mark.parametrize("value", ["#hunter22", "a # b", "a\t#b"])
def test_comment_at_the_end_is_an_error(value: str) -> None:
    assert error_of(lambda: check_has_no_comment(VARIABLE, value)).code == "comment_in_value"


@pytest.mark.parametrize("value", ["", "a#b", "https://a.example/#b"])
def test_number_sign_within_a_word_is_no_comment(value: str) -> None:
    check_has_no_comment(VARIABLE, value)


@pytest.mark.parametrize(
    ("value", "code", "fragment"),
    [
        (" 'hunter22' ", "quoted_value", "must not be in quotes"),
        ("hunter22 # x", "comment_in_value", "ends with a comment"),
        ("hunter22", "invalid_value", ": must be a number"),
        ("", "invalid_value", ": must be a number"),
        (5, "invalid_value", ": must be a number"),
        (None, "invalid_value", ": must be a number"),
    ],
)
def test_invalid_value_is_described_by_its_cause(value: object, code: str, fragment: str) -> None:
    error = describe_invalid(VARIABLE, value, "must be a number")
    assert (error.code, error.variable, fragment in str(error)) == (code, VARIABLE, True)
    assert str(error).startswith(VARIABLE)
    assert "hunter22" not in str(error)


@pytest.mark.parametrize(("value", "members"), [(None, {}), ('{"a": 1, "b": [true]}', {"a": 1, "b": [True]})])
def test_json_object_is_read(value: str | None, members: dict[str, Any]) -> None:
    assert read_json_object(VARIABLE, value, EXAMPLE) == members


@pytest.mark.parametrize(
    ("value", "code", "ends"),
    [
        ("", "invalid_value", f"such as {EXAMPLE}"),
        ("{}", "invalid_value", f"such as {EXAMPLE}"),
        ("[1]", "invalid_value", f"such as {EXAMPLE}"),
        ("hunter22", "invalid_value", f"such as {EXAMPLE}"),
        ('{"a":' * 100_000, "invalid_value", f"such as {EXAMPLE}"),
        ('{"a": 1, "a": 2}', "invalid_value", f"such as {EXAMPLE}"),
        ('{"b": {"a": 1, "a": 1}}', "invalid_value", f"such as {EXAMPLE}"),
        (" '{\"hunter22\": 1}'\n", "quoted_value", "remove the quotes around it"),
        ('{"hunter22": 1} # ours', "comment_in_value", "remove the comment behind it"),
        ('{"a": {"b": 1}, "a": " # x"}', "invalid_value", f"such as {EXAMPLE}"),
        ('{"hunter22": " #", "a"}', "invalid_value", f"such as {EXAMPLE}"),
    ],
)
def test_value_that_is_no_json_object_is_an_error(value: str, code: str, ends: str) -> None:
    error = error_of(lambda: read_json_object(VARIABLE, value, EXAMPLE))
    assert (error.code, str(error).endswith(ends)) == (code, True)


PAIRS = ['""', "''", "``", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u00ab\u00bb"]


@pytest.mark.parametrize("pair", PAIRS)
def test_one_pair_of_quotes_is_removed(pair: str) -> None:
    quoted = f"{pair[0]} a {pair[1]}"
    assert is_quoted(quoted)
    assert unquote(f"\ufeff\t {quoted}\r\n") == "a"
    assert unquote(f"{pair[0]}{quoted}{pair[1]}") == quoted
    assert unquote(pair) == ""
    assert unquote(f"{pair[0]}\u00a0a\ufeff{pair[1]}") == "\u00a0a"


@pytest.mark.parametrize("text", ["", "'", '"', "a", "'a", "a'", "'a\"", "\u201da\u201c"])
def test_text_without_a_pair_of_quotes_is_kept(text: str) -> None:
    assert not is_quoted(text)
    assert unquote(f" {text} ") == text


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("a\\nb", "a\nb"),
        ("a\\\\nb", "a\nb"),
        ("a\\r\\nb", "a\nb"),
        ("a\nb", "a\nb"),
        ("a\\n\\nb", "a\n\nb"),
        ("n", "n"),
    ],
)
def test_escaped_line_feeds_are_restored(text: str, restored: str) -> None:
    assert restore_line_feeds(text) == restored


def test_value_error_becomes_an_error_of_the_variable() -> None:
    def read(error: Exception, *find_code: Callable[[], str]) -> None:
        with prefix_variable(VARIABLE, *find_code):
            raise error

    cases: list[tuple[Exception, str, str, str | None]] = [
        (ValueError("must be a URL"), f"{VARIABLE}: must be a URL", "invalid_value", VARIABLE),
        (ConfigurationError("quotes", code="quoted_value"), f"{VARIABLE}: quotes", "quoted_value", VARIABLE),
        (ConfigurationError("JWT_MODE x", code="a_code", variable="JWT_MODE"), "JWT_MODE x", "a_code", "JWT_MODE"),
    ]
    for error, text, code, variable in cases:
        with pytest.raises(ConfigurationError) as raised:
            read(error)
        assert (str(raised.value), raised.value.code, raised.value.variable) == (text, code, variable)
        assert raised.value.__suppress_context__ is (raised.value is not error)
    with pytest.raises(ConfigurationError) as raised:
        read(ValueError("must be https"), lambda: "plain_http")
    assert raised.value.code == "plain_http"


def test_block_without_an_error_is_left_alone() -> None:
    with prefix_variable(VARIABLE):
        read = True
    with pytest.raises(KeyError), prefix_variable(VARIABLE):
        raise KeyError(VARIABLE)
    assert read
