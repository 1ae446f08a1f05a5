"""`DatabaseNames`: the names that tables and columns may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose._database.names import KNOWN_TABLES, read_names
from fastjose.sessions import DatabaseNames

if TYPE_CHECKING:
    from fastjose._database.names import ColumnStyle

OWN = DatabaseNames(
    tables={"user": "people"},
    fields={"user": {"emailVerified": "mail ok", "createdAt": "born"}, "session": {"id": "n"}},
)


def test_table_has_a_name_in_each_number() -> None:
    for model in KNOWN_TABLES:
        assert DatabaseNames().list_table_names(model) == [model, f"{model}s"]
        assert DatabaseNames(plural_tables=False).list_table_names(model) == [model]
        assert DatabaseNames(plural_tables=True).list_table_names(model) == [f"{model}s"]


@pytest.mark.parametrize("plural_tables", [None, False, True])
def test_own_name_of_a_table_is_its_only_one(*, plural_tables: bool | None) -> None:
    names = DatabaseNames(tables={"user": "people"}, plural_tables=plural_tables)
    assert names.list_table_names("user") == ["people"]
    assert "people" not in names.list_table_names("session")


def test_columns_may_have_each_style_unless_one_is_given() -> None:
    assert DatabaseNames().list_styles() == ("camelCase", "snake_case")
    assert DatabaseNames(columns="camelCase").list_styles() == ("camelCase",)
    assert DatabaseNames(columns="snake_case").list_styles() == ("snake_case",)


@pytest.mark.parametrize(
    ("model", "field", "style", "column"),
    [
        ("user", "emailVerified", "camelCase", "mail ok"),
        ("user", "emailVerified", "snake_case", "mail ok"),
        ("user", "createdAt", "snake_case", "born"),
        ("user", "banExpires", "camelCase", "banExpires"),
        ("user", "banExpires", "snake_case", "ban_expires"),
        ("session", "createdAt", "camelCase", "createdAt"),
        ("session", "createdAt", "snake_case", "created_at"),
        ("session", "id", "snake_case", "n"),
        ("apikey", "rateLimitTimeWindow", "snake_case", "rate_limit_time_window"),
    ],
)
def test_column_and_field_name_each_other(model: str, field: str, style: ColumnStyle, column: str) -> None:
    assert OWN.name_column(model, field, style) == column
    assert OWN.name_field(model, column, style) == field


def test_column_of_another_style_keeps_its_name() -> None:
    assert OWN.name_field("user", "ban_expires", "camelCase") == "ban_expires"
    assert OWN.name_field("user", "banExpires", "snake_case") == "banExpires"
    assert OWN.name_field("user", "_ban__expires_2nd_", "snake_case") == "_ban__expires2nd_"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": "PascalCase"}, r"^columns must be one of 'camelCase', 'snake_case', or None"),
        ({"columns": ""}, r"^columns must be one of"),
        ({"tables": {"account": "x"}}, r"among user, session, member, organization, apikey, not 'account'"),
        ({"fields": {"users": {}}}, "not 'users'"),
        ({"tables": {"users": "x", "user": "y"}, "fields": {"account": {}}}, "not 'account'"),
        ({"tables": {"user": ""}}, "must be text that is not empty"),
        ({"tables": {"user": None}}, "must be text that is not empty"),
        ({"tables": {"user": "x", "session": ""}}, "must be text that is not empty"),
        ({"fields": {"user": {"id": ""}}}, "must be text that is not empty"),
        ({"fields": {"user": {"id": 1}}}, "must be text that is not empty"),
        ({"fields": {"user": {"id": "x"}, "session": {"id": "y", "token": b"z"}}}, "must be text that is not empty"),
    ],
)
def test_wrong_names_raise_value_error(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DatabaseNames(**arguments)


def test_arguments_of_a_store_are_read_as_one_object() -> None:
    assert read_names(None, plural_tables=None) == DatabaseNames()
    assert read_names("snake_case", plural_tables=True) == DatabaseNames(columns="snake_case", plural_tables=True)
    assert read_names(OWN, plural_tables=None) is OWN
    plural = DatabaseNames(plural_tables=True, fields=OWN.fields)
    assert read_names(plural, plural_tables=None).plural_tables is True
    read = read_names(plural, plural_tables=False)
    assert (read.plural_tables, read.fields) == (False, OWN.fields)


def test_names_of_another_type_raise_type_error() -> None:
    wrong: Any = {"user": "people"}
    with pytest.raises(TypeError, match=r"^names must be 'camelCase', 'snake_case', DatabaseNames or None"):
        read_names(wrong, plural_tables=None)
