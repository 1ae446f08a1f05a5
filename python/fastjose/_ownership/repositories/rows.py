"""The operations of a repository on a session, without the decision how a missing row is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import BigInteger, Integer, func, inspect, select

from fastjose._ownership.criteria import key_criterion, owner_criterion
from fastjose._ownership.repositories.bodies import Body, read_body
from fastjose._ownership.session.restriction import restrict_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from fastjose._ownership.types import AnyMapper, Condition, OwnerId

ModelT = TypeVar("ModelT")
_List = list  # `list` is a method below


class Rows(Generic[ModelT]):
    """The rows of one model that belong to one owner.

    Attributes:
        session: The session, restricted to the owner.
    """

    def __init__(self, session: Session, model: type[ModelT], owner_id: OwnerId) -> None:
        """Restrict the session to the owner."""
        self._mapper: AnyMapper = inspect(model)
        owner_criterion(self._mapper, owner_id)  # raises an error for an id that the column cannot store
        self.restriction = restrict_session(session, owner_id)
        self.session, self._model = session, model

    def list(self, where: Sequence[Condition], order_by: Any, limit: int | None, offset: int | None) -> _List[ModelT]:
        """Return rows, ordered by the primary key unless `order_by` says otherwise."""
        order = _ordering(order_by) or [
            self._mapper.get_property_by_column(column).class_attribute for column in self._mapper.primary_key
        ]
        statement = select(self._model).where(*_conditions(where)).order_by(*order)
        statement = statement.limit(_check_number(limit, "limit")).offset(_check_number(offset, "offset"))
        return _List(self.session.scalars(statement).unique())

    def count(self, where: Sequence[Condition]) -> int:
        """Return the number of rows."""
        return self.session.scalars(select(func.count()).select_from(self._model).where(*_conditions(where))).one()

    def find(self, key: Any) -> ModelT | None:
        """Return the row with the primary key, None if the owner does not have it."""
        parts = key if isinstance(key, tuple) else (key,)
        if len(parts) != len(self._mapper.primary_key):
            raise TypeError(f"the primary key must have {len(self._mapper.primary_key)} values")
        if not self._can_exist(parts):
            return None
        return (
            self.session.scalars(select(self._model).where(key_criterion(self._mapper, parts))).unique().one_or_none()
        )

    def exists_for_any_owner(self, key: Any) -> bool:
        """Return whether any owner has the row."""
        parts = key if isinstance(key, tuple) else (key,)
        if not self._can_exist(parts):
            return False
        statement = select(func.count()).select_from(self._model).where(key_criterion(self._mapper, parts))
        return bool(self.restriction.execute(self.session, statement).scalar_one())

    def create(self, body: Body | None, values: Mapping[str, Any], *, commit: bool) -> ModelT:
        """Add a row of the owner."""
        columns = read_body(self._mapper, body, values, only_set=False)
        row: ModelT = self._model(**columns)
        self.session.add(row)
        return self._write(row, commit=commit)

    def update(self, row: ModelT, body: Body | None, values: Mapping[str, Any], *, commit: bool) -> ModelT:
        """Set the fields of a row that the body sets."""
        for name, value in read_body(self._mapper, body, values, only_set=True).items():
            setattr(row, name, value)
        return self._write(row, commit=commit)

    def delete(self, row: ModelT, *, commit: bool) -> None:
        """Delete a row."""
        self.session.delete(row)
        self._save(commit=commit)

    def _write(self, row: ModelT, *, commit: bool) -> ModelT:
        self._save(commit=commit)
        if inspect(row).expired_attributes:
            self.session.refresh(row)
        return row

    def _save(self, *, commit: bool) -> None:
        try:
            self.session.flush()
            if commit:
                self.session.commit()
        except BaseException:
            self.session.rollback()
            raise

    def _can_exist(self, key: Sequence[Any]) -> bool:
        """Return whether a database can look for the key: PostgreSQL has no U+0000, and 32 bits for an INTEGER."""
        is_sqlite = self.session.get_bind(self._mapper).dialect.name == "sqlite"
        for value, column in zip(key, self._mapper.primary_key, strict=True):
            if isinstance(value, str) and "\x00" in value:
                return False
            has_64_bits = is_sqlite or isinstance(column.type, BigInteger) or not isinstance(column.type, Integer)
            limit = 2 ** (63 if has_64_bits else 31)
            if isinstance(value, int) and not -limit <= value < limit:
                return False
        return True


def _ordering(order_by: Any) -> list[Any]:
    if order_by is None:
        return []
    return list(order_by) if isinstance(order_by, (list, tuple)) else [order_by]


def _check_number(number: int | None, name: str) -> int | None:
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 0):
        raise ValueError(f"{name} must be a number that is not negative")
    return number


def _conditions(where: Sequence[Condition]) -> Any:
    """Return the conditions: `Task.done == True` is a `bool` to a type checker, if Task is a SQLModel."""
    return where
