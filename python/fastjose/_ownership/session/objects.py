"""Whether an object may be in a session of an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from fastjose._ownership.criteria import owner_attribute, require_declaration
from fastjose._ownership.declarations import Parent, find_declaration
from fastjose._ownership.errors import ForeignRowError, OwnershipError
from fastjose._ownership.owner_ids import convert_owner_id

if TYPE_CHECKING:
    from sqlalchemy.orm import InstanceState

    from fastjose._ownership.types import AnyMapper, OwnerId


def check_loaded(loaded: object, owner_id: OwnerId) -> None:
    """Return if a loaded object has the owner, or its owner was not loaded.

    Raises:
        OwnershipError: Its model is not declared, or it has another owner.
    """
    state: InstanceState[Any] = inspect(loaded)
    require_declaration(state.mapper)
    name = owner_attribute(state.mapper)
    if name is not None and name in state.dict and not is_owner(state.dict[name], state.mapper, name, owner_id):
        raise ForeignRowError(state.mapper.class_.__name__)


def check_attached(attached: object, owner_id: OwnerId, *, known: bool = False) -> None:
    """Return if an object may be attached to the session of the owner.

    An object that is not in the database is checked when it is flushed.

    Args:
        attached: The object.
        owner_id: The id of the owner.
        known: Whether the object was in the session before: its model need not be declared then.

    Raises:
        OwnershipError: The object is in the database and has another owner, or one that is not known without a query.
    """
    state: InstanceState[Any] = inspect(attached)
    if state.key is None or (known and find_declaration(state.mapper) is None):
        return
    _, declaration = require_declaration(state.mapper)
    name = owner_attribute(state.mapper)
    is_known = name in state.dict if name is not None else not isinstance(declaration, Parent)
    if not is_known:
        raise OwnershipError(f"an object of {state.mapper.class_.__name__} must be loaded by the session of its owner")
    if name is not None and not is_owner(state.dict[name], state.mapper, name, owner_id):
        raise ForeignRowError(state.mapper.class_.__name__)


def is_owner(value: object, mapper: AnyMapper, name: str, owner_id: OwnerId) -> bool:
    """Return whether the value of an owner attribute is the owner. An SQL expression is not."""
    expected = convert_owner_id(owner_id, mapper.columns[name])
    return type(value) is type(expected) and value == expected
