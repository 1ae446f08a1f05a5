"""SELECTs that the ORM compiles without the criteria of a model, or with criteria that do not filter it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import (
    CompoundSelect,
    and_,
    case,
    event,
    except_,
    extract,
    func,
    intersect,
    join,
    literal,
    literal_column,
    or_,
    outerjoin,
    select,
    text,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased, foreign, relationship, selectinload, with_loader_criteria
from sqlalchemy.orm import join as orm_join

from fastjose._ownership.session.restriction import restrict_session
from fastjose.sqlmodel import OwnershipError, declare_owned
from support.ownership import own_models
from support.ownership.models import Comment, Project, Tag, Task, Vote
from support.ownership.own_models import OwnModels

if TYPE_CHECKING:
    from sqlalchemy import Engine

# Expressions from which a SELECT does not learn that it is one of models

EXPRESSIONS: dict[str, Any] = {
    "window": func.max(Task.title).over(),
    "window by partition": func.count().over(partition_by=Task.user_id),
    "window by order": func.rank().over(order_by=Task.title),
    "window in a label": func.max(Task.title).over().label("latest"),
    "window in a function": func.upper(func.max(Task.title).over()),
    "window in an operator": func.max(Task.title).over() + "!",
    "aggregate with FILTER": func.max(Task.title).filter(Task.id > 0),
    "count with FILTER": func.count().filter(Task.id > 0),
    "aggregate within a group": func.mode().within_group(Task.title),
    "CASE of a value": case({"grace": Task.title}, value=Task.user_id),
    "CASE with ELSE": case((literal(1) == 2, "none"), else_=Task.title),
    "part of a date": extract("year", Task.title),
}
MODEL = r"^Task must be among the columns of its SELECT, in select_from\(Task\)"


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression_without_its_model_is_refused(session: Session, name: str) -> None:
    alone = select(EXPRESSIONS[name])
    for statement in (
        alone,
        union(alone, alone),
        select(alone.subquery()),
        select(alone.cte()),
        select(Tag.id, alone.limit(1).scalar_subquery()),
        select(Tag.id).where(Tag.id.in_(alone)),
        update(Task).values(title=alone.limit(1).scalar_subquery()),
        update(Vote).values(name=alone.limit(1).scalar_subquery()),
    ):
        with pytest.raises(OwnershipError, match=MODEL):
            session.execute(statement)


def test_window_of_a_model_that_is_named_is_filtered(session: Session) -> None:
    latest, comment = func.max(Task.title).over(), func.max(Comment.text).over()
    assert session.execute(select(latest).select_from(Task)).all() == [("task of ada",)]
    assert session.execute(select(Task.id, latest)).all() == [(1, "task of ada")]
    assert session.execute(select(comment).where(Comment.id > 0).select_from(Comment)).all() == [("comment of ada",)]
    count = select(func.count().filter(Task.id > 0)).select_from(Task).scalar_subquery()
    assert session.execute(select(Tag.id, count)).all() == [(1, 1)]
    assert session.scalars(select(func.max(Tag.name).over())).all() == ["urgent"]  # of a public model


# Functions that return a table


def words(text: Any, session: Session) -> Any:
    """Return a function whose table has one row for each word or JSON value of a text."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    split = func.json_each(func.json_array(text)) if is_sqlite else func.regexp_split_to_table(text, "#")
    table = split.table_valued("value", name="words", joins_implicitly=True)
    return table if is_sqlite else table.render_derived()


def test_function_of_a_model_that_is_read_is_filtered(session: Session) -> None:
    table = words(Task.title, session)
    other = aliased(Task)
    of_alias = words(other.title, session)
    assert session.execute(select(Task.id, table.c.value)).all() == [(1, "task of ada")]
    joined = (
        select(Tag.id, Task.id, table.c.value).select_from(Tag).join(Task, Task.id > 0).join(table, literal(1) == 1)
    )
    assert session.execute(joined).all() == [(1, 1, "task of ada")]
    assert session.execute(select(other.id, of_alias.c.value)).all() == [(1, "task of ada")]
    inner = select(func.max(table.c.value)).scalar_subquery()
    assert session.execute(select(Task.id, inner)).all() == [(1, "task of ada")]


def test_function_of_a_model_that_is_not_read_is_refused(session: Session) -> None:
    table, raw = words(Task.title, session), words(Task.__table__.alias().c.title, session)
    for statement in (
        select(table.c.value),
        select(Project.id, table.c.value),
        select(Project.id, raw.c.value),
        select(aliased(Task).id, table.c.value),
        select(Task.id, select(table.c.value).subquery().c.value),
        select(Project.id).where(select(func.max(table.c.value)).scalar_subquery() != ""),
        select(Task.id, words(select(func.max(Task.__table__.c.title)).scalar_subquery(), session).c.value),
    ):
        with pytest.raises(OwnershipError):
            session.execute(statement)


# Correlation: without `correlate()`, to the next SELECT around alone

of_task = select(Comment.id).where(Task.title == "task of grace")
FAR: dict[str, Any] = {
    "EXISTS": select(Task.id).where(select(Project.id).where(of_task.exists()).exists()),
    "subquery in a column": select(Task.id, select(of_task.scalar_subquery()).select_from(Project).scalar_subquery()),
    "subquery in IN": select(Task.id).where(Task.id.in_(select(Project.id).where(Project.id.in_(of_task)))),
    "table of the next SELECT that is one of the first": select(Task.id).where(
        select(Task.id, Project.id).select_from(Project).where(of_task.exists()).exists()
    ),
    "UPDATE": update(Task).where(select(Project.id).where(of_task.exists()).exists()).values(title="known"),
}


@pytest.mark.parametrize("name", FAR)
def test_model_of_a_select_further_out_is_refused(session: Session, name: str) -> None:
    with pytest.raises(OwnershipError, match=r"^Task must be named in \.correlate\(Task\)"):
        session.execute(FAR[name])


def test_model_of_a_select_further_out_that_is_named_is_filtered(session: Session) -> None:
    own, other = (
        select(Project.id)
        .where(
            select(Comment.id).where(Task.title == title).correlate(Task).exists(),
        )
        .exists()
        for title in ("task of ada", "task of grace")
    )
    assert session.scalars(select(Task.id).where(own)).all() == [1]
    assert session.scalars(select(Task.id).where(other)).all() == []
    again = select(Task.id).where(select(Comment.id).where(Comment.task_id == Task.id).exists())
    assert session.scalars(select(Task.id).where(Task.id.in_(again))).all() == [1]
    deep = select(Tag.id).where(Tag.id.in_(select(Vote.id).where(Task.id > 0).correlate(Task)))
    between = select(Comment.id).where(Comment.id.in_(deep))
    assert session.scalars(select(Task.id).where(Task.id.in_(select(Project.id).where(between.exists())))).all() == [1]


# FULL JOIN

derived = aliased(Task, select(Task).subquery())
numbers = select(literal(1).label("number")).subquery()
FULL: dict[str, Any] = {
    "public model": select(Tag.id, Task.title).outerjoin(Task, Task.id < 0, full=True),
    "model": select(Project.id, Task.title).outerjoin(Project.tasks, full=True),
    "relationship": select(Task.title, Tag.name).outerjoin(Task.tags, full=True),
    "alias": select(Tag.id, aliased(Task).title).join(aliased(Task), Tag.id < 0, full=True),
    "subquery": select(Task.title).select_from(numbers).outerjoin(Task, Task.id < 0, full=True),
    "join object": select(Tag.id, Task.title).select_from(outerjoin(Tag, Task, Task.id < 0, full=True)),
    "join object in a join": select(Tag.id, Task.title).select_from(
        outerjoin(outerjoin(Tag, Task, Task.id < 0, full=True), Project, Project.id > 0)
    ),
    "alias of a subquery": select(derived.title, Tag.id).select_from(derived).outerjoin(Tag, Tag.id < 0, full=True),
    "column of an alias of a subquery": select(func.upper(derived.title)).outerjoin(
        numbers, literal(1) == 2, full=True
    ),
    "target alone": select(numbers.c.number).outerjoin(Task, Task.id < 0, full=True),
    "column alone": select(Task).outerjoin(numbers, numbers.c.number < 0, full=True),
    "join object alone": select(numbers.c.number).select_from(outerjoin(numbers, Task, Task.id < 0, full=True)),
    "in a subquery": select(select(Tag.id, Task.title).outerjoin(Task, Task.id < 0, full=True).subquery()),
}


@pytest.mark.parametrize("name", FULL)
def test_full_join_of_models_is_refused(session: Session, name: str) -> None:
    with pytest.raises(OwnershipError, match=r"^a FULL JOIN of models cannot be filtered by owner: join subqueries"):
        session.execute(FULL[name])


def test_full_join_of_subqueries_is_filtered(session: Session) -> None:
    task, tag = select(Task).subquery(), select(Tag.id, Tag.name).cte()
    expected = {("urgent", None), (None, "task of ada")}
    number = tag.c.id + 100
    assert (
        set(session.execute(select(tag.c.name, task.c.title).outerjoin(task, task.c.id == number, full=True)))
        == expected
    )
    joined = outerjoin(task, tag, task.c.id == number, full=True)
    assert set(session.execute(select(tag.c.name, task.c.title).select_from(joined))) == expected


def test_full_join_with_a_function_of_the_row_around_it_is_filtered(session: Session) -> None:
    table, titles = words(Task.title, session), select(literal("task of ada").label("title")).subquery()
    joined = outerjoin(table, titles, table.c.value == titles.c.title, full=True)
    count = select(func.count(titles.c.title)).select_from(joined).scalar_subquery()
    assert session.execute(select(Task.id, count)).all() == [(1, 1)]


# Join objects, in which the ORM does not look for models

other = aliased(Task)
is_of_grace, other_is_of_grace = func.lower(Task.title) == "task of grace", func.lower(other.title) == "task of grace"
always = literal(1) == 1
JOIN_OBJECTS: dict[str, Any] = {
    "on the left": select(Tag.id).select_from(join(Task, Tag, is_of_grace)),
    "on the right": select(Tag.id).select_from(join(Tag, Task, is_of_grace)),
    "alias": select(Tag.id).select_from(join(Tag, other, other_is_of_grace)),
    "outer join": select(Tag.id).select_from(outerjoin(Task, Tag, is_of_grace)),
    "in a join object": select(Tag.id).select_from(join(join(numbers, Task, is_of_grace), Tag, always)),
    "on the right of a join object": select(Tag.id).select_from(join(Tag, join(numbers, Task, is_of_grace), always)),
    "target of a join": select(Tag.id).join(join(numbers, Task, is_of_grace), always),
    "alias in a target": select(Tag.id).join(outerjoin(other, numbers, other_is_of_grace), always),
    "joined to a model": select(Tag.id).join_from(join(numbers, Task, is_of_grace), Tag, always),
    "second model of the ORM": select(Tag.id).join(orm_join(numbers, Task, is_of_grace), always),
    "count": select(func.count(Tag.id)).select_from(join(Tag, Task, is_of_grace)),
    "subquery": select(select(Tag.id).select_from(join(Tag, Task, is_of_grace)).subquery()),
}


@pytest.mark.parametrize("name", JOIN_OBJECTS)
def test_model_in_a_join_object_alone_is_refused(session: Session, name: str) -> None:
    with pytest.raises(OwnershipError, match=MODEL):
        session.execute(JOIN_OBJECTS[name])


def test_join_object_of_models_that_are_filtered_is_permitted(session: Session) -> None:
    both = join(Tag, Task, always)
    assert session.execute(select(Tag.id, Task.title).select_from(both)).all() == [(1, "task of ada")]
    assert session.execute(select(Task).select_from(both)).all() == [(session.get_one(Task, 1),)]
    target = select(numbers.c.number, Task.title).select_from(numbers).join(both, always)
    assert session.execute(target).all() == [(1, "task of ada")]
    first = orm_join(Task, numbers, is_of_grace, isouter=True)
    assert session.execute(select(Tag.id).select_from(Tag).join(first, always)).all() == [(1,)]
    derived = select(Task).subquery()
    inner = select(func.max(derived.c.title)).select_from(join(numbers, derived, always)).scalar_subquery()
    assert session.execute(select(Tag.id, inner)).all() == [(1, "task of ada")]


# Options of a statement that loads models from another

OPTIONS: dict[str, Any] = {
    "criterion of a model": with_loader_criteria(Task, literal_column("1 = 1 OR 1"), include_aliases=True),
    "criterion of a relationship": selectinload(Task.comments.and_(text("1 = 1 OR 1 = 1"))),
    "criterion with a table": with_loader_criteria(Task, Task.id.in_(select(Task.__table__.c.id))),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_of_from_statement_are_checked(session: Session, name: str) -> None:
    for columns in (select(Task), select(Task.title)):
        with pytest.raises(OwnershipError, match=r"SQL text|the table task must be read through its model"):
            session.execute(columns.options(OPTIONS[name]).from_statement(columns))


def test_options_of_from_statement_that_are_filtered_are_permitted(session: Session) -> None:
    comments = selectinload(Task.comments.and_(Comment.text != ""))
    (task,) = session.scalars(select(Task).options(comments).from_statement(select(Task)))
    assert [comment.text for comment in task.comments] == ["comment of ada"]


# A parent whose relationship is more than columns


CONDITIONS: dict[str, Any] = {
    "further condition": lambda task, note: and_(task.id == foreign(note.target_id), note.kind == "task"),
    "alternative condition": lambda task, note: or_(task.id == foreign(note.target_id), note.kind == "task"),
    "alternative columns": lambda task, note: or_(task.id == foreign(note.target_id), task.part == foreign(note.part)),
    "comparison": lambda task, note: task.id >= foreign(note.target_id),
    "expression": lambda task, note: func.abs(task.id) == foreign(note.target_id),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_relationship_with_more_than_equal_columns_is_no_parent(name: str) -> None:
    models = OwnModels()
    task = declare_owned(models.create("Task", user_id=own_models.text(), part=own_models.integer()))
    note = models.create("Note", kind=own_models.text(), target_id=own_models.integer(), part=own_models.integer())
    condition = CONDITIONS[name](task, note)
    note.task = relationship(task, primaryjoin=condition, remote_side=[task.id, task.part], viewonly=True)
    declare_owned(note, parent="task")
    models.store(task(id=1, user_id="ada"), note(target_id=1, kind="project"))  # of a project of grace
    with models.open() as session, pytest.raises(TypeError, match=r"^task of Note must compare columns with those"):
        session.scalars(select(note)).all()


def test_relationship_that_compares_two_columns_is_a_parent() -> None:
    models = OwnModels()
    task = declare_owned(
        models.create(
            "Task",
            id=own_models.integer(primary_key=True),
            part=own_models.integer(primary_key=True),
            user_id=own_models.text(),
        )
    )
    note = models.create("Note", task_id=own_models.integer(), task_part=own_models.integer())
    note.task = relationship(
        task, primaryjoin=and_(task.id == foreign(note.task_id), foreign(note.task_part) == task.part)
    )
    declare_owned(note, parent="task")
    models.store(task(id=1, part=1, user_id="ada"), task(id=1, part=2, user_id="grace"))
    models.store(note(id=1, task_id=1, task_part=1), note(id=2, task_id=1, task_part=2))
    with models.open() as session:
        assert session.scalars(select(note.id)).all() == [1]


# The cache of statements


@pytest.mark.parametrize("combine", [union, union_all, intersect, except_])
@pytest.mark.parametrize("is_distinguished", [True, False])
def test_cached_union_returns_rows_of_each_owner(
    engine: Engine,
    combine: Any,
    is_distinguished: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hits: list[str] = []
    internals = [entry for entry in CompoundSelect._traverse_internals if entry[0] != "_with_options"]
    if not is_distinguished:  # as in SQLAlchemy 2.0
        monkeypatch.setattr(CompoundSelect, "_traverse_internals", internals)
    statement = combine(select(Task.title), select(Task.title).where(Task.id < 0))
    expected = {owner: [] if combine is intersect else [f"task of {owner}"] for owner in ("ada", "grace")}

    def note(*arguments: Any) -> None:
        hits.append(arguments[4].cache_hit.name)

    event.listen(engine, "before_cursor_execute", note)
    for owner in ("ada", "grace", "ada", "grace"):
        with Session(engine) as session:
            restrict_session(session, owner)
            assert session.scalars(statement).all() == expected[owner]
    event.remove(engine, "before_cursor_execute", note)
    assert is_distinguished or "CACHE_HIT" not in hits


@pytest.mark.parametrize("statement", [select(Task.title), select(Comment.text), select(aliased(Task).title)])
def test_cached_select_is_compiled_once_for_all_owners(engine: Engine, statement: Any) -> None:
    hits: list[str] = []

    def note(*arguments: Any) -> None:
        hits.append(arguments[4].cache_hit.name)

    engine.clear_compiled_cache()
    event.listen(engine, "before_cursor_execute", note)
    for owner in ("ada", "grace"):
        with Session(engine) as session:
            restrict_session(session, owner)
            (found,) = session.scalars(statement)
            assert found.endswith(f" of {owner}")
    event.remove(engine, "before_cursor_execute", note)
    assert hits == ["CACHE_MISS", "CACHE_HIT"]
