"""The values of a request body that may be written to a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from fastjose._ownership.criteria import owner_attribute

if TYPE_CHECKING:
    from fastjose._ownership.types import AnyMapper


@runtime_checkable
class PydanticModel(Protocol):
    """A Pydantic model or a SQLModel."""

    def model_dump(self, *, exclude_unset: bool) -> dict[str, Any]:
        """Return the fields."""


Body = PydanticModel | Mapping[str, Any]


def read_body(mapper: AnyMapper, body: Body | None, values: Mapping[str, Any], *, only_set: bool) -> dict[str, Any]:
    """Return the columns of a body, and the values of the application, which win.

    The owner and the primary key of the body are left out.

    Args:
        mapper: The mapper of the row.
        body: A Pydantic model or a mapping.
        values: Columns that the application sets itself.
        only_set: Whether fields that the client did not send are left out.

    Raises:
        TypeError: The body is of another type, has a field that is not a column, or `values` has the owner.
    """
    sent = _fields(body, only_set=only_set)
    keys = {mapper.get_property_by_column(column).key for column in mapper.primary_key}
    owner = owner_attribute(mapper)
    if owner in values:
        raise TypeError(f"{owner} must not be given: it is the owner of the repository")
    row = {name: value for name, value in sent.items() if name not in keys and name != owner} | dict(values)
    if unknown := sorted(set(row) - set(mapper.column_attrs.keys())):
        raise TypeError(f"the fields must be columns of {mapper.class_.__name__}: remove {', '.join(unknown)}")
    return row


def _fields(body: Body | None, *, only_set: bool) -> dict[str, Any]:
    if body is None:
        return {}
    if isinstance(body, Mapping):
        return dict(body)
    if isinstance(body, PydanticModel):
        return body.model_dump(exclude_unset=only_set)
    raise TypeError("the body must be a Pydantic model, a SQLModel or a mapping")
