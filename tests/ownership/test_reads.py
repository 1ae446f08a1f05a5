"""Reads of an owned session: every form of SELECT returns rows of the owner alone, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy
from sqlalchemy import (
    Engine,
    bindparam,
    case,
    column,
    exists,
    func,
    inspect,
    lateral,
    literal,
    literal_column,
    outerjoin,
    select,
    table,
    tablesample,
    text,
    true,
    union,
    union_all,
    update,
)
from sqlalchemy.exc import InvalidRequestError, NoResultFound
from sqlalchemy.orm import (
    Bundle,
    Session,
    aliased,
    contains_eager,
    join,
    joinedload,
    load_only,
    selectin_polymorphic,
    selectinload,
    subqueryload,
    with_polymorphic,
)

from fastjose.sqlmodel import OwnershipError
from support.ownership.models import (
    Comment,
    Entry,
    Memo,
    Photo,
    Project,
    Reaction,
    Secret,
    Tag,
    Task,
    TaskRepository,
    Vote,
    task_tags,
)

if TYPE_CHECKING:
    from collections.abc import Callable


Other = aliased(Task, name="other")
OtherComment = aliased(Comment)
OtherPhoto = aliased(Photo, flat=True)
SUBQUERY = select(Task).subquery()
FROM_SUBQUERY = aliased(Task, SUBQUERY)
CTE = select(Task.id, Task.title).where(Task.id > 0).cte("recent")
TREE = select(Task.id.label("id")).cte("tree", recursive=True)
RECURSIVE = TREE.union_all(select(Task.id + 100).join(TREE, Task.id == TREE.c.id).where(Task.id < 50))
POLYMORPHIC = with_polymorphic(Entry, [Photo, Memo])


def texts(rows: list[Any]) -> str:
    """Return everything that was read, as one text."""
    return " ".join(str(getattr(row, "__dict__", row)) for row in rows)


# SELECTs that have one row for ada, and would have two without the owner.
ONE_ROW: dict[str, Any] = {
    "entity": select(Task),
    "columns": select(Task.id, Task.title),
    "where": select(Task).where(Task.id > 0),
    "or": select(Task).where((Task.id == 1) | (Task.id == 2)),
    "or of the other owner": select(Task).where((Task.user_id == "grace") | (Task.user_id == "ada")),
    "alias": select(Other),
    "alias columns": select(Other.title).where(Other.id > 0),
    "label": select(Task.title.label("name")).order_by("name"),
    "bundle": select(Bundle("task", Task.id, Task.title)),
    "expression": select(func.upper(Task.title)),
    "case": select(case((Task.id > 0, Task.title), else_="")),
    "subquery": select(select(Task.title).subquery().c.title),
    "entity of subquery": select(FROM_SUBQUERY),
    "cte": select(CTE.c.title),
    "cte in where": select(Task).where(Task.id.in_(select(CTE.c.id))),
    "join": select(Task).join(Task.project),
    "join of column": select(Project.id).join(Project.tasks),
    "join on": select(Task).join(Project, Project.id > 0),
    "join of alias": select(Project.id).join(Project.tasks.of_type(Other)),
    "join from": select(Task.title).join_from(Project, Task, Task.id > 0),
    "join from relationship": select(Task.title).join_from(Project, Project.tasks),
    "join of alias on": select(Task.title, Other.title.label("other")).join(Other, Other.id > 0),
    "join of alias with other rows": select(Task.title, Other.title.label("other")).outerjoin(
        Other, Other.id != Task.id
    ),
    "join of alias from another model": select(Project.id, Other.title).join(Other, Other.id > 0),
    "join from alias": select(Other.title, Project.id).join_from(Project, Other, Other.id > 0),
    "join of alias through parent": select(Comment.text, OtherComment.text.label("other")).join(
        OtherComment, OtherComment.id > 0
    ),
    "join of alias in joined inheritance": select(Photo.path, OtherPhoto.path.label("other")).join(
        OtherPhoto, OtherPhoto.id > 0
    ),
    "join of a sibling": select(Memo.memo, OtherPhoto.path).join(OtherPhoto, OtherPhoto.id > 0),
    "outer join": select(Project.id, Task.title).outerjoin(Task, Task.id > 0),
    "outer join from": select(Project.id, Task.title).select_from(outerjoin(Project, Task, Task.id > 0)),
    "many to many": select(Task).join(Task.tags).where(Tag.name == "urgent"),
    "many to many any": select(Task).join(Task.tags),
    "from_statement": select(Task).from_statement(select(Task)),
    "from_statement union": select(Task).from_statement(union(select(Task), select(Task))),
    "through parent": select(Comment),
    "through parent columns": select(Comment.text),
    "through parent alias": select(aliased(Comment)),
    "through two parents": select(Reaction),
    "parent join": select(Comment).join(Comment.task),
    "joined inheritance": select(Photo),
    "joined inheritance column": select(Photo.path),
    "single inheritance": select(Memo),
    "single inheritance column": select(Memo.memo),
    "polymorphic": select(POLYMORPHIC).where(POLYMORPHIC.Photo.path.is_not(None)),
    "select in polymorphic": select(Entry).where(Entry.kind == "photo").options(selectin_polymorphic(Entry, [Photo])),
    "load only": select(Task).options(load_only(Task.title)),
    "distinct": select(Task).distinct(),
    "limit": select(Task).limit(5).offset(0),
    "group": select(Task.title, func.count()).group_by(Task.title).having(func.count() > 0),
    "window": select(Task.title, func.row_number().over(order_by=Task.id)),
    "for update": select(Task).with_for_update(),
    "exists in where": select(Project).where(select(Task.id).where(Task.id > 0).exists()),
    "correlated exists": select(Project).where(select(Task.id).where(Task.project_id == Project.id).exists()),
    "exists from": select(Project).where(exists().select_from(Task).where(Task.project_id == Project.id)),
    "in subquery": select(Project).where(Project.id.in_(select(Task.project_id))),
    "scalar subquery": select(Project.id, select(func.max(Task.title)).scalar_subquery()),
    "correlated subquery": select(
        Project.id, select(func.max(Task.title)).where(Task.project_id == Project.id).scalar_subquery()
    ),
    "correlated by name": select(Task).where(
        select(Project.id).where(Project.id == Task.project_id).correlate(Task).exists()
    ),
    "correlated except by name": select(Task).where(
        select(Project.id).where(Project.id == Task.project_id).correlate_except(Project).exists()
    ),
    "subquery in subquery": select(Task).where(
        select(Project.id).where(select(Comment.id).where(Comment.task_id == Task.id).correlate(Task).exists()).exists()
    ),
    "having and order": select(Task.title).group_by(Task.title).having(func.count(Task.id) > 0).order_by(Task.title),
    "sample alias": select(aliased(Task, name="one")).join(Project, true()),
}


@pytest.mark.parametrize("name", ONE_ROW)
def test_select_returns_rows_of_owner(session: Session, name: str) -> None:
    rows = list(session.execute(ONE_ROW[name]).all())
    assert len(rows) == 1
    assert "grace" not in texts(rows)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (select(func.count()).select_from(Task), 1),
        (select(func.count(Task.id)), 1),
        (select(func.count(Task.title.distinct())), 1),
        (select(func.max(Task.id)), 1),
        (select(func.count()).select_from(Comment), 1),
        (select(func.count()).select_from(select(Task).subquery()), 1),
        (select(func.count()).select_from(Task).where(Task.user_id == "grace"), 0),
        (select(select(Task.id).where(Task.user_id == "grace").exists()), False),
        (select(select(Comment.id).where(Comment.text == "comment of grace").exists()), False),
        (select(func.count()).select_from(Tag), 1),
        (select(func.count(Vote.id)), 1),
        (select(func.abs(-3)), 3),
    ],
)
def test_scalar_counts_rows_of_owner(session: Session, statement: Any, expected: object) -> None:
    assert session.scalar(statement) == expected


@pytest.mark.parametrize("combine", [union, union_all])
def test_union_returns_rows_of_owner(session: Session, combine: Callable[..., Any]) -> None:
    statement = combine(select(Task.title), select(Other.title), select(Comment.text)).order_by("title")
    rows = session.scalars(statement).all()
    assert set(rows) == {"task of ada", "comment of ada"}


def test_lateral_returns_rows_of_owner(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has no LATERAL")
    titles = lateral(select(Task.title).where(Task.project_id <= Project.id))
    assert session.execute(select(Project.id, titles.c.title).join(titles, true())).all() == [(1, "task of ada")]


def test_recursive_cte_returns_rows_of_owner(session: Session) -> None:
    assert sorted(session.scalars(select(RECURSIVE.c.id))) == [1, 101]


# Parameters

PARAMETERS = {f"{name}_{number}": "grace" for name in ("user_id", "owner", "param") for number in range(1, 5)}
"""Names that SQLAlchemy makes for values in a statement; a client can guess them."""


@pytest.mark.parametrize(
    "statement",
    [
        select(Task.title),
        select(Task.title).where(Task.id > bindparam("number")),
        select(Task.title).join(Task.project).where(Task.id > 0),
        select(Other.title).join(Task, Task.id > 0),
        select(Comment.text),
        select(Reaction.emoji),
        select(Photo.path),
        select(Task.title).where(Task.id.in_(select(Comment.task_id))),
    ],
    ids=str,
)
def test_parameters_do_not_replace_the_owner(session: Session, statement: Any) -> None:
    parameters = {**PARAMETERS, "number": 0}
    assert [row.split()[-1] for row in session.scalars(statement, parameters)] == ["ada"]
    assert [row.split()[-1] for row in session.scalars(statement.params(parameters))] == ["ada"]


def test_parameters_of_a_query_do_not_replace_the_owner(session: Session) -> None:
    assert [title for (title,) in session.query(Task.title).params(PARAMETERS)] == ["task of ada"]


# Loads through relationships


@pytest.mark.parametrize("option", [joinedload, selectinload, subqueryload])
def test_eager_load_returns_rows_of_owner(engine: Any, option: Callable[..., Any]) -> None:
    with Session(engine) as plain:  # a project of ada with a task of grace, which another program has stored
        foreign = plain.get_one(Task, 2)
        foreign.project_id = 1
        plain.commit()
    with Session(engine) as session:
        TaskRepository(session, "ada")
        project = session.scalars(select(Project).options(option(Project.tasks))).unique().one()
        assert [task.title for task in project.tasks] == ["task of ada"]


def test_lazy_load_returns_rows_of_owner(engine: Any) -> None:
    with Session(engine) as plain:
        plain.get_one(Task, 2).project_id = 1
        plain.get_one(Comment, 1).task_id = 2  # then a comment of grace
        plain.commit()
    with Session(engine) as session:
        TaskRepository(session, "ada")
        project = session.get_one(Project, 1)
        assert [task.title for task in project.tasks] == ["task of ada"]
        assert project.tasks[0].comments == []
        assert [tag.name for tag in project.tasks[0].tags] == ["urgent"]


def test_contains_eager_returns_rows_of_owner(session: Session) -> None:
    statement = select(Project).join(Project.tasks).options(contains_eager(Project.tasks))
    assert [task.title for project in session.scalars(statement).unique() for task in project.tasks] == ["task of ada"]


def test_cached_statement_returns_rows_of_each_owner(engine: Engine) -> None:
    for owner in ("ada", "grace", "ada"):
        with Session(engine) as session:
            TaskRepository(session, owner)
            for statement in (
                select(Task.title, Other.title).join(Other, Other.id > 0),
                select(Comment.text, OtherComment.text).join(OtherComment, OtherComment.id > 0),
                select(Photo.path, OtherPhoto.path).join(OtherPhoto, OtherPhoto.id > 0),
            ):
                ((one, other),) = session.execute(statement).all()
                assert one == other
                assert one.endswith(f" of {owner}")


@pytest.mark.parametrize("option", [joinedload, selectinload, None])
def test_relationship_to_undeclared_model_raises(session: Session, option: Callable[..., Any] | None) -> None:
    options = [] if option is None else [option(Task.secrets)]
    with pytest.raises(OwnershipError, match="Secret must be declared"):
        [task.secrets for task in session.scalars(select(Task).options(*options)).unique()]


# Loads by primary key


def test_get_of_other_owner_returns_none(session: Session) -> None:
    assert session.get(Task, 2) is None
    assert session.get(Task, 1) is not None
    assert session.get(Comment, 2) is None
    with pytest.raises(NoResultFound):
        session.get_one(Task, 2)


def test_query_returns_rows_of_owner(session: Session) -> None:
    assert [task.id for task in session.query(Task)] == [1]
    assert session.query(Task).filter(Task.id == 2).first() is None
    assert session.query(Task).count() == 1
    assert session.query(func.count(Task.id)).scalar() == 1


def move_to_grace(engine: Any, model: Any, key: int) -> None:
    with Session(engine) as plain:
        plain.get_one(model, key).user_id = "grace"
        plain.commit()


@pytest.mark.parametrize("model", [Task, Photo, Memo])
def test_refresh_of_moved_row_raises(engine: Any, model: Any) -> None:
    with Session(engine) as session:
        TaskRepository(session, "ada")
        row = session.scalars(select(model)).one()
        session.commit()
        move_to_grace(engine, model, inspect_key(row))
        with pytest.raises((InvalidRequestError, OwnershipError)):
            session.refresh(row)
        with pytest.raises((InvalidRequestError, OwnershipError)):
            _ = row.user_id


def inspect_key(row: object) -> int:
    (key,) = inspect(row).identity
    return int(key)


def test_deferred_column_of_moved_row_raises(engine: Any) -> None:
    with Session(engine) as session:
        TaskRepository(session, "ada")
        entries = session.scalars(select(Entry).where(Entry.kind == "photo")).all()
        task = session.scalars(select(Task).options(load_only(Task.id))).one()
        session.rollback()
        (photo,) = entries
        key = inspect_key(photo)
        assert isinstance(photo, Photo)
        assert photo.path == "photo of ada"
        session.expire_all()
        session.commit()
        move_to_grace(engine, Entry, key)
        move_to_grace(engine, Task, 1)
        with pytest.raises((InvalidRequestError, OwnershipError)):
            _ = photo.path
        with pytest.raises((InvalidRequestError, OwnershipError)):
            _ = task.title


def test_refresh_of_own_row_reads_it(session: Session) -> None:
    for model in (Task, Photo, Memo, Comment, Tag):
        row = session.scalars(select(model)).one()
        session.refresh(row)
        session.expire(row)
        assert inspect_key(row) == row.id  # type: ignore[attr-defined]


# Streams and savepoints


def test_yield_per_returns_rows_of_owner(session: Session) -> None:
    assert [task.id for task in session.scalars(select(Task).execution_options(yield_per=1))] == [1]
    assert [task.id for part in session.scalars(select(Task)).partitions(1) for task in part] == [1]


def test_savepoint_reads_rows_of_owner(session: Session) -> None:
    with session.begin_nested():
        assert [task.id for task in session.scalars(select(Task))] == [1]
    with session.begin_nested() as savepoint:
        savepoint.rollback()
    assert session.scalar(select(func.count(Task.id))) == 1


# SELECTs that are refused, because the ORM could not filter them

tasks_table: Any = Task.__table__
REFUSED: dict[str, Any] = {
    "text": text("SELECT title FROM task"),
    "text from_statement": select(Task).from_statement(text("SELECT * FROM task")),
    "returned rows": select(Task).from_statement(update(Task).values(done=True).returning(Task)),
    "text columns": select(Task).from_statement(text("SELECT id FROM task").columns(Task.id)),
    "text in where": select(Task).where(text("1 = 1 OR 1 = 1")),
    "text in order": select(Task).order_by(text("title")),
    "text in union order": union(select(Task.id), select(Task.id)).order_by(text("id")),
    "text prefix": select(Task).prefix_with("DISTINCT"),
    "text suffix": select(Task).suffix_with("OR 1 = 1"),
    "text column": select(Task.id, text("(SELECT max(title) FROM task)")),
    "text table": select(text("title")).select_from(text("task")),
    "literal column": select(literal_column("(SELECT max(title) FROM task)")),
    "literal column in where": select(Task).where(literal_column("1 = 1 OR 1").is_not(None)),
    "hint": select(Task).with_statement_hint("OR 1 = 1"),
    "table": select(tasks_table),
    "table column": select(tasks_table.c.title),
    "table alias": select(tasks_table.alias()),
    "table in from": select(func.count()).select_from(tasks_table),
    "table in where": select(Project.id).where(tasks_table.c.title != ""),
    "table in subquery": select(Project.id).where(Project.id.in_(select(tasks_table.c.project_id))),
    "table in exists": select(Project.id).where(exists().select_from(tasks_table).where(tasks_table.c.id > 0)),
    "table in cte": select(select(tasks_table).cte().c.title),
    "table in join": select(Project.id).join(tasks_table, tasks_table.c.id > 0),
    "table in union": union(select(Task.title), select(tasks_table.c.title)),
    "table sample": select(tablesample(tasks_table, 100).c.title),
    "light table": select(table("task", column("title"))),
    "function of table": select(func.row_to_json(tasks_table.table_valued())),
    "model in where only": select(Project.id).where(Task.title == "task of grace"),
    "model in exists only": select(Project.id).where(exists().where(Task.title == "task of grace")),
    "model correlated away": select(Task).where(select(Project.id).where(Task.id == 2).correlate(None).exists()),
    "model correlated to none": select(Project.id).where(
        select(Comment.id).where(Task.id == 2).correlate(Task).exists()
    ),
    "model correlated except it": select(Task).where(
        select(Project.id).where(Task.id == 2).correlate_except(Task).exists()
    ),
    "table in order": select(Task).order_by(tasks_table.c.title, select(tasks_table.c.id).limit(1).scalar_subquery()),
    "text in having": select(Task.title).group_by(Task.title).having(text("1 = 1")),
    "text in union group": union(select(Task.id), select(Task.id)).group_by(text("id")),
    "table hint": select(Task).with_hint(Task, "OR 1 = 1"),
    "text in join condition": select(Task).join(Project, text("1 = 1")),
    "model in join condition": select(Task).join(Project, Comment.id > 0),
    "join of a model to one that it inherits from": select(Entry.kind, Photo.path).outerjoin(Photo, true()),
    "join of a model to one that inherits from it": select(Photo.path).join(Entry, true()),
    "join of a model and of one that inherits from it": select(Task.id).join(Entry, true()).join(Photo, true()),
    "join of a model to one in a join": select(Task.id).select_from(join(Task, Entry, true())).join(Photo, true()),
    "join of a model to an expression of one that it inherits from": select(func.max(Entry.kind)).join(Photo, true()),
    "alias of an alias of a table": select(tasks_table.alias("one").alias("two").c.title),
    "join of tables": select(tasks_table.join(Project.__table__, true())),
    "only outer model": select(Task).where(exists().where(Task.title == "task of grace")),
    "order only": select(Project.id).order_by(Task.title),
    "having only": select(func.count(Project.id)).having(func.max(Task.title) != ""),
    "two models in expression": select(Task.id + Project.id),
    "two models in subquery": select(select(func.max(Task.id + Project.id)).scalar_subquery()),
    "outer model in from subquery": select(Task.id, select(Project.id).where(Task.id == 2).subquery().c.id),
    "insert in cte": select(tasks_table.insert().values(title="x").returning(tasks_table.c.id).cte().c.id),
    "undeclared": select(Secret),
    "undeclared column": select(func.count(Secret.id)),
    "undeclared in where": select(Task).where(select(Secret.id).where(Secret.id > 0).exists()),
    "undeclared join": select(Task).join(Task.secrets),
    "function": func.now(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unfilterable_select_raises(session: Session, name: str) -> None:
    with pytest.raises(OwnershipError):
        session.execute(REFUSED[name])


@pytest.mark.parametrize(
    "condition",
    [
        Project.tasks.any(Task.title == "task of grace"),
        Task.project.has(Project.name == "project of grace"),
        Task.comments.any(Comment.text == "comment of grace"),
        Task.tags.any(Tag.name == "nothing"),
    ],
    ids=str,
)
def test_any_and_has_find_rows_of_owner_or_are_refused(engine: Engine, condition: Any) -> None:
    with Session(engine) as plain:  # rows of ada and of grace that lead to each other, stored by another program
        plain.get_one(Task, 1).project_id, plain.get_one(Task, 2).project_id = 2, 1
        plain.commit()
    with Session(engine) as session:
        TaskRepository(session, "ada")
        model = Project if "project.id = task.project_id AND task.title" in str(condition) else Task
        try:
            assert session.scalars(select(model).where(condition)).all() == []
        except OwnershipError:
            assert sqlalchemy.__version__.startswith("2.0.")  # it hides the models from the ORM


def test_public_table_is_read(session: Session) -> None:
    assert session.execute(select(task_tags.c.tag_id, Task.id).join(Task, Task.id == task_tags.c.task_id)).all()
    numbers = union_all(select(literal(1).label("number")), select(literal(2))).subquery()
    assert session.scalars(select(numbers.c.number).order_by("number")).all() == [1, 2]


def test_connection_of_session_refuses_statements(session: Session) -> None:
    for statement in (text("SELECT 1"), select(tasks_table), select(Task)):
        with pytest.raises(OwnershipError, match="executed by the session"):
            session.connection().execute(statement)
    with pytest.raises(OwnershipError, match="executed by the session"):
        session.connection().exec_driver_sql("SELECT title FROM task")
