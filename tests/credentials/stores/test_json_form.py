"""The JSON form of database values: each kind of column, and the values that are not of their kind."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from fastjose._database.json_form import (
    BOOLEAN_FIELDS,
    DATE_FIELDS,
    ID_FIELDS,
    choose_converter,
    format_date,
    read_boolean,
    read_json,
    read_value,
)

MOMENT = "2025-03-04T05:06:07.089Z"
SECONDS = 1_741_064_767
EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2025, 3, 4, 5, 6, 7, 89_000), MOMENT),  # noqa: DTZ001 - a date without a zone is UTC
        (datetime(2025, 3, 4, 5, 6, 7, 89_999, tzinfo=timezone.utc), MOMENT),
        (datetime(2025, 3, 4, 10, 36, 7, 89_000, tzinfo=EAST), MOMENT),
        (MOMENT, MOMENT),
        (MOMENT.replace("Z", "z"), MOMENT),
        (f"  {MOMENT}\n", MOMENT),
        ("2025-03-04T10:36:07.089+05:30", MOMENT),
        ("2025-03-04 05:06:07.089000", MOMENT),
        (SECONDS, "2025-03-04T05:06:07.000Z"),
        (str(SECONDS), "2025-03-04T05:06:07.000Z"),
        (Decimal(SECONDS), "2025-03-04T05:06:07.000Z"),
        (SECONDS + 0.5, "2025-03-04T05:06:07.500Z"),
        (SECONDS * 1000 + 89, MOMENT),
        (f" {SECONDS * 1000 + 89} ", MOMENT),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.000Z"),
        (99_999_999_999, "5138-11-16T09:46:39.000Z"),
        (100_000_000_000, "1973-03-03T09:46:40.000Z"),
        (-100_000_000_000, "1966-10-31T14:13:20.000Z"),
    ],
)
def test_date_is_in_utc_with_milliseconds(value: object, text: str) -> None:
    assert format_date(value) == text


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        None,
        b"2025-03-04",
        [],
        "",
        "tomorrow",
        "Z",
        "nan",
        "inf",
        float("nan"),
        float("inf"),
        1e300,
        Decimal("1e20"),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_date_that_is_unreadable_raises_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        format_date(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "a date must be a timestamp, ISO text, or a number"),
        (1e300, "a date must be between the years 1 and 9999"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), "a date must be between the years 1 and 9999"),
    ],
)
def test_error_of_an_unreadable_date_says_what_it_must_be(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        format_date(value)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="requires time.tzset()")
def test_time_zone_of_the_process_changes_no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        dates = [
            format_date(value)
            for value in (
                datetime(2025, 3, 4, 5, 6, 7, 89_000),  # noqa: DTZ001 - a date without a zone is UTC
                datetime(2025, 3, 4, 10, 36, 7, 89_000, tzinfo=EAST),
                MOMENT,
                MOMENT.removesuffix("Z"),
                SECONDS * 1000 + 89,
            )
        ]
    time.tzset()
    assert dates == [MOMENT] * 5


@pytest.mark.parametrize("value", [True, 1, 2, "true", "T", " t ", "1", "TRUE"])
def test_boolean_that_is_true_is_read(value: object) -> None:
    assert read_boolean(value) is True


@pytest.mark.parametrize("value", [False, 0, "false", "F", " f\n", "0", "False"])
def test_boolean_that_is_false_is_read(value: object) -> None:
    assert read_boolean(value) is False


@pytest.mark.parametrize("value", ["", "perhaps", "10", "yes", 1.0, b"1", None, [True]])
def test_boolean_that_is_unreadable_raises_value_error(value: object) -> None:
    with pytest.raises(ValueError, match="a boolean must be"):
        read_boolean(value)


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        ('{"a":[1]}', {"a": [1]}),
        ('"\\u00e9"', "é"),
        ("null", None),
        ({"a": 1}, {"a": 1}),
        ([1], [1]),
        ("dark", "dark"),
        ("", ""),
        ('"\\ud800"', '"\\ud800"'),
        ('{"\\udc00":1}', '{"\\udc00":1}'),
        ("[" * 100_000, "[" * 100_000),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_json_is_parsed_and_other_text_remains(value: object, parsed: object) -> None:
    assert read_json(value) == parsed


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("text", "text"),
        (True, True),
        (17, 17),
        (1.5, 1.5),
        ({"a": 1}, {"a": 1}),
        (["a"], ["a"]),
        (datetime(2025, 3, 4, 5, 6, 7, 89_000, tzinfo=timezone.utc), MOMENT),
        (date(2025, 3, 4), "2025-03-04"),
        (Decimal("3.00"), 3),
        (Decimal("3.25"), 3.25),
        (UUID("7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01"), "7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01"),
        (timedelta(seconds=1), "0:00:01"),
    ],
)
def test_other_value_is_in_its_json_form(value: object, read: object) -> None:
    result = read_value(value)
    assert (result, type(result)) == (read, type(read))


def test_date_of_a_column_that_is_none_of_better_auth_is_a_timestamp_with_milliseconds() -> None:
    assert choose_converter("bornAt", is_boolean=False, is_json=False)(datetime(2025, 3, 4)) == (  # noqa: DTZ001
        "2025-03-04T00:00:00.000Z"
    )


# The kind of each field is that of Better Auth, whatever the type of the column.
@pytest.mark.parametrize(("is_boolean", "is_json"), [(False, False), (False, True), (True, False)])
def test_field_of_better_auth_is_of_its_own_kind(*, is_boolean: bool, is_json: bool) -> None:
    def convert(name: str, value: object) -> Any:
        return choose_converter(name, is_boolean=is_boolean, is_json=is_json)(value)

    assert {convert(name, SECONDS) for name in DATE_FIELDS} == {"2025-03-04T05:06:07.000Z"}
    assert {convert(name, 1) for name in BOOLEAN_FIELDS} == {True}
    if not is_boolean:
        assert {convert(name, 17) for name in ID_FIELDS} == {"17"}


def test_field_of_the_application_is_of_the_kind_of_its_column() -> None:
    def convert(*, is_boolean: bool, is_json: bool) -> Any:
        return choose_converter("more", is_boolean=is_boolean, is_json=is_json)("1")

    assert convert(is_boolean=True, is_json=False) is True
    assert convert(is_boolean=False, is_json=True) == 1
    assert convert(is_boolean=False, is_json=False) == "1"
