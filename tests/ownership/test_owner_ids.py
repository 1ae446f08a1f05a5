"""Ids of owners as values of their columns: only the canonical text of an id names an owner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Text, TypeDecorator, Uuid
from sqlalchemy.types import NullType

from fastjose._ownership.owner_ids import check_owner_id, convert_owner_id, python_type
from fastjose.sqlmodel import OwnerIdError

ID = UUID("7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01")


class Decorated(TypeDecorator[str]):
    """A type of a `str`, as SQLModel has one."""

    impl = String
    cache_ok = True


@pytest.mark.parametrize("owner_id", ["ada", " ", 0, -1, ID])
def test_id_of_an_owner_is_returned(owner_id: Any) -> None:
    assert check_owner_id(owner_id) is owner_id


@pytest.mark.parametrize("owner_id", ["", None, True, False, 1.0, b"ada", "a\x00", ["ada"]])
def test_value_that_is_not_an_id_raises_owner_id_error(owner_id: Any) -> None:
    with pytest.raises(OwnerIdError, match=r"^the id of the owner must be a str that is not empty, an int or a UUID"):
        check_owner_id(owner_id)
    with pytest.raises(OwnerIdError):
        convert_owner_id(owner_id, Column("owner", String()))


@pytest.mark.parametrize(
    ("kind", "owner_id", "expected"),
    [
        (String(), "ada", "ada"),
        (Text(), 17, "17"),
        (Decorated(), ID, str(ID)),
        (Integer(), "17", 17),
        (Integer(), 17, 17),
        (Integer(), "0", 0),
        (BigInteger(), str(2**63 - 1), 2**63 - 1),
        (BigInteger(), str(-(2**63)), -(2**63)),
        (Uuid(), str(ID), ID),
        (Uuid(), ID, ID),
        (Uuid(as_uuid=False), str(ID), str(ID)),
    ],
)
def test_id_is_converted_to_the_type_of_its_column(kind: Any, owner_id: Any, expected: Any) -> None:
    converted = convert_owner_id(owner_id, Column("owner", kind))
    assert (type(converted), converted) == (type(expected), expected)


@pytest.mark.parametrize(
    ("kind", "owner_id", "name"),
    [
        *(
            (Integer(), text, "int")
            for text in ("ada", "None", "XXXX", "017", "+17", " 17", "1_7", "1.0", "\u0661", "-0")
        ),
        *((BigInteger(), number, "int") for number in (2**63, -(2**63) - 1)),
        *((Uuid(), text, "UUID") for text in ("ada", "None", "XXXX", str(ID).upper(), ID.hex, f"{{{ID}}}", 17)),
    ],
)
def test_id_in_another_form_raises_owner_id_error(kind: Any, owner_id: Any, name: str) -> None:
    message = rf"^the id of the owner must be the canonical text of the owner column's {name}"
    with pytest.raises(OwnerIdError, match=message):
        convert_owner_id(owner_id, Column("owner", kind))


def test_type_of_a_column_is_that_of_its_values() -> None:
    kinds: list[Any] = [String(), Decorated(), Integer(), BigInteger(), Uuid()]
    assert [python_type(Column("owner", kind)) for kind in kinds] == [str, str, int, int, UUID]


@pytest.mark.parametrize("kind", [Float(), Boolean(), NullType()])
def test_column_of_another_type_raises_type_error(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"^the owner column owner must be of a type for str, int or UUID"):
        python_type(Column("owner", kind))
