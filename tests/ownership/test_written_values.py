"""Expressions of SQL that a flush or an INSERT writes: they must not read rows of another owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import column, delete, func, insert, literal_column, select, text, values
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import aliased

from fastjose._ownership.session.element_parts import parts_of
from fastjose.sqlmodel import OwnershipError
from support.ownership.models import Comment, Photo, Tag, Task, Vote

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

tasks: Any = Task.__table__
votes: Any = Vote.__table__
table_title = select(func.max(tasks.c.title)).scalar_subquery()
model_title = select(func.max(Task.title)).scalar_subquery()
READS: dict[str, Any] = {
    "table": table_title,
    "model": model_title,
    "model through a parent": select(func.max(Comment.text)).scalar_subquery(),
    "expression": func.upper(model_title),
    "values": select(values(column("title"), name="titles").data([(model_title,)])).scalar_subquery(),
    "scalar values": func.max(values(column("title")).data([(model_title,)]).scalar_values()),
    "text": text("(SELECT max(title) FROM task)"),
    "literal column": literal_column("(SELECT max(title) FROM task)"),
    "column of another table": tasks.alias().c.title,
    "attribute of another model": Comment.text,
}


@pytest.mark.parametrize("name", READS)
def test_flush_refuses_an_expression_that_reads_rows(session: Session, name: str) -> None:
    task = session.scalars(select(Task)).one()
    vote = session.scalars(select(Vote)).one()
    for row, attribute in ((task, "title"), (vote, "name")):
        setattr(row, attribute, READS[name])
        with pytest.raises(OwnershipError):
            session.flush()
        session.rollback()
    for row in (Task(title=READS[name]), Vote(name=READS[name])):
        session.add(row)
        with pytest.raises(OwnershipError):
            session.flush()
        session.rollback()


def test_flush_names_the_attribute_that_reads_rows(session: Session) -> None:
    session.add(Task(title=model_title))
    with pytest.raises(OwnershipError, match=r"^title of Task must not be a subquery of a model that has an owner: "):
        session.flush()


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (Task.title + "!", "task of ada!"),
        (tasks.c.title + "!", "task of ada!"),
        (Task.title, "task of ada"),
        (func.upper("new"), "NEW"),
        (select(func.max(Tag.name)).scalar_subquery(), "urgent"),
    ],
)
def test_flush_writes_an_expression_of_the_row_and_of_public_models(
    session: Session, expression: Any, written: str
) -> None:
    task = session.scalars(select(Task)).one()
    task.title = expression
    session.commit()
    assert task.title == written


def test_flush_writes_an_expression_of_a_table_that_is_inherited_from(session: Session) -> None:
    photo = session.scalars(select(Photo)).one()
    photo.path = Photo.path + "!"
    session.commit()
    assert photo.path == "photo of ada!"


def test_flush_does_not_check_what_it_deletes(session: Session) -> None:
    vote = session.scalars(select(Vote)).one()
    vote.name = model_title
    session.delete(vote)
    session.flush()
    assert session.scalars(select(Vote)).all() == []


# INSERT statements into public models


def upsert(session: Session, **values_of_row: Any) -> Any:
    """Return an INSERT of the dialect of the session."""
    create: Callable[..., Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[
        session.get_bind().dialect.name
    ]
    return create(Vote).values(id=1, **values_of_row)


@pytest.mark.parametrize("name", READS)
def test_insert_of_an_expression_that_reads_rows_is_refused(session: Session, name: str) -> None:
    read = READS[name]
    statement = upsert(session, name="yes")
    for refused in (
        insert(Vote).values(name=read),
        insert(Vote).values([{"name": "new"}, {"name": read}]),
        insert(Vote).values([(7, "new"), (8, read)]),
        statement.on_conflict_do_update(index_elements=["id"], set_={"name": read}),
        statement.on_conflict_do_update(index_elements=["id"], set_={"name": "new"}, where=func.upper(read) == "new"),
        statement.on_conflict_do_nothing(index_elements=["id"], index_where=func.upper(read) == "new"),
    ):
        with pytest.raises(OwnershipError):
            session.execute(refused)


def test_insert_of_values_and_upsert_write_public_rows(session: Session) -> None:
    session.execute(insert(Vote).values([{"id": 7, "name": "seven"}, {"id": 8, "name": func.upper("eight")}]))
    session.execute(insert(Vote).values([(9, "nine")]))
    session.execute(upsert(session, name="yes").on_conflict_do_nothing())
    for values_of_row in ({"name": Vote.name + "!"}, {"name": votes.c.name + "?"}):
        statement = upsert(session, name="no")
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values_of_row))
    statement = upsert(session, name="!")
    changed = {"name": Vote.name + statement.excluded.name}
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=Vote.id > 0))
    names = session.scalars(select(Vote.name).order_by(Vote.id)).all()
    assert names == ["yes!?!", "seven", "EIGHT", "nine"]


def test_row_of_an_upsert_may_be_named_by_an_earlier_statement(session: Session) -> None:
    """Each statement has an alias of its own, and all of them are rendered as the one row."""
    first = upsert(session)
    derived = first.values(name="yes")
    changed = {"name": func.upper(first.excluded.name)}
    session.execute(derived.on_conflict_do_update(index_elements=["id"], set_=changed, where=first.excluded.id > 0))
    assert session.scalars(select(Vote.name)).all() == ["YES"]
    inner = select(func.max(votes.alias("excluded").c.name)).scalar_subquery()
    for refused in (votes.alias().c.name, inner, aliased(Task, name="excluded").title):
        statement = derived.on_conflict_do_update(index_elements=["id"], set_={"name": refused})
        with pytest.raises(OwnershipError):
            session.execute(statement)


def test_values_of_an_upsert_of_mysql_are_among_the_parts_of_a_statement() -> None:
    statement = mysql.insert(Vote).values(id=1)
    statement = statement.on_duplicate_key_update(name=model_title)
    assert any(part is model_title for part in parts_of(statement))
    plain = mysql.insert(Vote).values(id=1, name="yes").on_duplicate_key_update(name="no")
    assert not any(part is model_title for part in parts_of(plain))


def test_row_that_an_upsert_would_insert_may_be_read_on_mysql(session: Session) -> None:
    statement = mysql.insert(Vote).values(id=1, name="yes")
    statement = statement.on_duplicate_key_update(name=statement.inserted.name)
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the database of the test does not know the syntax
        session.execute(statement)
    assert not isinstance(raised.value, OwnershipError)
    with pytest.raises(OwnershipError):
        session.execute(mysql.insert(Vote).values(id=1).on_duplicate_key_update(name=votes.alias().c.name))
    with pytest.raises(OwnershipError, match=r"^an INSERT, UPDATE or DELETE must not be part"):
        session.execute(insert(Vote).values(name="new").add_cte(delete(tasks).cte()))
