"""Tables that a SELECT reads in the name of a model: by an alias of another table, or by a loader option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import exists, func, inspect, join, literal, select, tablesample, true, union, update
from sqlalchemy.orm import (
    Load,
    aliased,
    contains_eager,
    joinedload,
    lazyload,
    relationship,
    selectinload,
    subqueryload,
    with_polymorphic,
)

from fastjose.sqlmodel import OwnershipError, declare_owned
from support.ownership import own_models
from support.ownership.models import Comment, Entry, Memo, Photo, Project, Secret, Tag, Task, Vote
from support.ownership.own_models import OwnModels

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

tasks: Any = Task.__table__
comments: Any = Comment.__table__
projects: Any = Project.__table__

# Aliases of the table of another model


def alias(model: Any, table: Any) -> Any:
    """Return an alias of a model whose columns are those of a table that have their names."""
    return aliased(model, table, adapt_on_names=True)


OTHER_TABLES: dict[str, tuple[Any, Any]] = {
    "public model of an owned table": (Tag, projects),
    "public model of the alias of an owned table": (Tag, projects.alias()),
    "public model of a sample of an owned table": (Tag, tablesample(projects, func.bernoulli(100))),
    "public model of an undeclared table": (Tag, Secret.__table__),
    "public model of a join": (Tag, join(Tag.__table__, projects, true())),
    "owned model of a table with another owner column": (Task, Photo.__table__),
    "owned model of a table with the same owner column": (Project, tasks),
    "model with a parent of an undeclared table": (Comment, Secret.__table__),
    "owned model of a join with another table": (Task, join(tasks, projects, true())),
    "owned model of a join with itself": (Task, join(tasks, tasks.alias(), true())),
    "model that inherits, of its own table alone": (Photo, Photo.__table__),
    "model that inherits, of the first table alone": (Photo, Entry.__table__),
    "model of the table of one that inherits from it": (Entry, Photo.__table__),
}


@pytest.mark.parametrize("name", OTHER_TABLES)
def test_alias_of_other_tables_than_those_of_its_model_is_refused(session: Session, name: str) -> None:
    model, table = OTHER_TABLES[name]
    other = alias(model, table)
    message = rf"^aliased\({model.__name__}, …\) must be an alias of the tables of {model.__name__} or of a subquery"
    for statement in (
        select(other),
        select(other.id),
        select(func.count(other.id)),
        select(func.count()).select_from(other),
        select(Vote.id).join(other, true()),
        select(Vote.id).where(other.id > 0),
        select(Vote.id).where(exists().select_from(other)),
        select(select(other.id).subquery()),
        union(select(other.id), select(Vote.id)),
        update(Vote).values(name="x").where(Vote.id.in_(select(other.id))),
    ):
        with pytest.raises(OwnershipError, match=message):
            session.execute(statement)


def test_alias_of_the_tables_of_its_model_is_filtered(session: Session) -> None:
    sampled = aliased(Task, tablesample(tasks, func.bernoulli(100)))
    aliases = [
        aliased(Task),
        aliased(Task, tasks),
        alias(Task, tasks.alias("x")),
        aliased(Task, select(Task).subquery()),
    ]
    if session.get_bind().dialect.name == "postgresql":
        aliases.append(sampled)
    for other in aliases:
        assert session.scalars(select(other.title)).all() == ["task of ada"]
    assert session.scalars(select(alias(Tag, Tag.__table__.alias()).name)).all() == ["urgent"]
    assert session.scalars(select(aliased(Photo, flat=True).path)).all() == ["photo of ada"]
    entries: Any = with_polymorphic(Entry, [Photo], flat=True, aliased=True)
    assert session.scalars(select(entries.Photo.path).where(entries.Photo.path != "")).all() == ["photo of ada"]
    assert session.scalars(select(aliased(Memo).memo)).all() == ["memo"]


def test_alias_of_several_models_that_inherit_is_filtered() -> None:
    models = OwnModels()
    arguments = {"polymorphic_on": "kind", "polymorphic_identity": "entry"}
    entry = models.create("Entry", user_id=own_models.text(), kind=own_models.text(), __mapper_args__=arguments)
    declare_owned(entry)
    inheriting = []
    for name in ("photo", "video"):
        columns = {"id": own_models.reference("entry.id", primary_key=True), name: own_models.text()}
        inheriting.append(models.create(name.title(), entry, **columns, __mapper_args__={"polymorphic_identity": name}))
    photo, video = inheriting
    models.store(photo(user_id="ada", photo="p"), video(user_id="ada", video="v"), video(user_id="grace", video="w"))
    with models.open() as session:
        for is_flat in (False, True):
            every: Any = with_polymorphic(entry, "*", flat=is_flat)
            assert len(session.scalars(select(every)).all()) == 2
            assert session.scalars(select(every.Video.video).where(every.Video.video != "")).all() == ["v"]
            found = session.execute(select(every.id, every.Photo.photo).where(every.Photo.photo == "p"))
            assert found.all() == [(1, "p")]
        some: Any = with_polymorphic(entry, [video], flat=True)
        assert session.scalars(select(some.Video.video).where(some.Video.id > 0)).all() == ["v"]


OF_TYPE: dict[str, Any] = {
    "table of another model": alias(Comment, Secret.__table__),
    "join with another table": alias(Comment, join(comments, tasks, true())),
}


@pytest.mark.parametrize("name", OF_TYPE)
def test_relationship_to_an_alias_of_other_tables_is_refused(session: Session, name: str) -> None:
    target = Task.comments.of_type(OF_TYPE[name])
    statements: list[Any] = [select(Task).join(target), select(Task.id).outerjoin(target)]
    for load in (joinedload, selectinload, subqueryload, contains_eager):
        statements += [
            select(Task).options(load(target)),
            select(Task).options(load(target)).from_statement(select(Task)),
        ]
    statements.append(update(Task).values(title="x").returning(Task).options(selectinload(target)))
    for statement in statements:
        with pytest.raises(
            OwnershipError, match=r"^aliased\(Comment, …\) must be an alias of the tables of Comment or"
        ):
            session.execute(statement)


def test_relationship_that_the_application_maps_to_an_alias_is_loaded() -> None:
    models = OwnModels()
    task = declare_owned(models.create("Task", user_id=own_models.text()))
    note = declare_owned(models.create("Note", user_id=own_models.text(), kind=own_models.text()))
    link = models.create("Link", task_id=own_models.reference("task.id"), note_id=own_models.reference("note.id"))
    linked = aliased(note, join(note, link, link.note_id == note.id), flat=True)
    task.notes = relationship(linked, primaryjoin=task.id == linked_column(linked, link), viewonly=True)
    models.store(task(id=1, user_id="ada"), note(id=1, user_id="ada"), note(id=2, user_id="grace"))
    models.store(link(task_id=1, note_id=1), link(task_id=1, note_id=2))
    with models.open() as session:
        (found,) = session.scalars(select(task).options(selectinload(task.notes)))
        assert [other.id for other in found.notes] == [1]


def linked_column(linked: Any, link: Any) -> Any:
    """Return the column of the link in the join of an alias."""
    return inspect(linked).selectable.right.corresponding_column(link.__table__.c.task_id)


# What contains_eager() loads

Other = aliased(Comment)
WITHOUT_JOIN: dict[str, Any] = {
    "model": select(Task).options(contains_eager(Task.comments)),
    "many-to-one": select(Comment).options(contains_eager(Comment.task)),
    "columns": select(Comment).options(contains_eager(Comment.task).load_only(Task.title)),
    "alias": select(Task).options(contains_eager(Task.comments.of_type(Other))),
    "other alias": select(Task).join(Task.comments).options(contains_eager(Task.comments.of_type(Other))),
    "alias of the option": select(Task).options(contains_eager(Task.comments, alias=comments.alias())),
    "second step": select(Task)
    .join(Task.comments)
    .options(contains_eager(Task.comments).contains_eager(Comment.reactions)),
    "after another loader": select(Task).options(selectinload(Task.comments).contains_eager(Comment.reactions)),
    "of a load": select(Task).options(Load(Task).contains_eager(Task.comments)),
    "in a subquery": select(select(Task).options(contains_eager(Task.comments)).subquery()),
}


@pytest.mark.parametrize("name", WITHOUT_JOIN)
def test_contains_eager_without_a_join_is_refused(session: Session, name: str) -> None:
    """The ORM would add the table without the criteria of its model."""
    message = r"^contains_eager\((\w+\.\w+)\) must load what its SELECT joins: add \.join\(\1\)$"
    with pytest.raises(OwnershipError, match=message):
        session.execute(WITHOUT_JOIN[name])


def test_option_of_get_that_adds_a_table_is_refused(session: Session) -> None:
    for is_new in (False, True):
        with pytest.raises(OwnershipError, match=r"^contains_eager\(Task\.comments\) must load what its SELECT joins"):
            session.get(Task, 1, options=[contains_eager(Task.comments)], populate_existing=is_new)


def test_contains_eager_of_a_join_is_filtered(session: Session) -> None:
    other = aliased(Comment)
    for statement in (
        select(Task).join(Task.comments).options(contains_eager(Task.comments)),
        select(Task).outerjoin(Task.comments).options(contains_eager(Task.comments)),
        select(Task).join(Comment, literal(1) == 1).options(contains_eager(Task.comments)),
        select(Task).join(Task.comments.of_type(other)).options(contains_eager(Task.comments.of_type(other))),
        select(Task).join(other, literal(1) == 1).options(contains_eager(Task.comments, alias=other)),
        select(Task).options(contains_eager(Task.comments)).from_statement(select(Task, Comment).join(Task.comments)),
    ):
        session.expunge_all()
        (task,) = session.scalars(statement).unique()
        assert [comment.text for comment in task.comments] == ["comment of ada"]
    tags = select(Task).join(Task.tags).options(contains_eager(Task.tags))
    assert [[tag.name for tag in task.tags] for task in session.scalars(tags).unique()] == [["urgent"]]
    steps = select(Task).join(Task.comments).join(Comment.reactions)
    loaded = steps.options(contains_eager(Task.comments).contains_eager(Comment.reactions))
    session.expunge_all()
    (task,) = session.scalars(loaded).unique()
    assert [reaction.emoji for reaction in task.comments[0].reactions] == ["reaction of ada"]


def test_loader_options_of_every_relationship_are_permitted(session: Session) -> None:
    for option in (Load(Comment).lazyload("*"), lazyload("*"), Load(Comment).raiseload("*")):
        assert [comment.text for comment in session.scalars(select(Comment).options(option))] == ["comment of ada"]
