"""Writes of an owned session: rows of the owner alone are inserted, changed and deleted."""

from __future__ import annotations

import contextlib
import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, delete, insert, inspect, select, text, update
from sqlalchemy.exc import CompileError
from sqlalchemy.orm import Session, aliased, make_transient_to_detached
from sqlalchemy.orm.exc import ObjectDeletedError

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
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

tasks_table: Any = Task.__table__


def read_all(engine: Engine) -> list[tuple[Any, ...]]:
    """Return every row of every owner, to compare before and after."""
    with engine.connect() as connection:
        return [
            tuple(row)
            for table in sorted(Task.metadata.tables.values(), key=lambda table: table.name)
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]


@pytest.fixture
def before(engine: Engine) -> list[tuple[Any, ...]]:
    """Return the rows as they are before the test."""
    return read_all(engine)


# New objects


def test_add_sets_owner(engine: Engine, session: Session) -> None:
    session.add_all([Task(title="new"), Photo(path="new"), Memo(memo="new")])
    session.commit()
    with Session(engine) as plain:
        assert set(plain.scalars(select(Task.user_id).where(Task.title == "new"))) == {"ada"}
        assert set(plain.scalars(select(Photo.user_id).where(Photo.path == "new"))) == {"ada"}
        assert set(plain.scalars(select(Memo.user_id).where(Memo.memo == "new"))) == {"ada"}


def add_task_of_other(session: Session) -> None:
    session.add(Task(title="new", user_id="grace"))


def add_task_to_project_of_other(session: Session) -> None:
    session.add(Task(title="new", project_id=2))


def add_comment_to_task_of_other(session: Session) -> None:
    session.add(Comment(text="new", task_id=2))


def add_comment_to_no_task(session: Session) -> None:
    session.add(Comment(text="new", task_id=99))


def add_reaction_to_comment_of_other(session: Session) -> None:
    session.add(Reaction(emoji="new", comment_id=2))


def add_sql_expression_as_owner(session: Session) -> None:
    session.add(Task(title="new", user_id=select(text("'grace'")).scalar_subquery()))


def add_sql_expression_as_parent(session: Session) -> None:
    session.add(Comment(text="new", task_id=select(text("2")).scalar_subquery()))


def add_public(session: Session) -> None:
    session.add(Tag(name="new"))


def add_undeclared(session: Session) -> None:
    session.add(Secret(text="new", task_id=1))


def merge_task_of_other(session: Session) -> None:
    session.merge(Task(id=99, title="stolen", user_id="grace"))


def add_forged_task(session: Session) -> None:
    forged = Task(id=2, user_id="ada", title="task of grace")
    make_transient_to_detached(forged)
    session.add(forged)
    forged.title = "stolen"


def delete_forged_task(session: Session) -> None:
    forged = Task(id=2, user_id="ada", title="task of grace")
    make_transient_to_detached(forged)
    session.delete(forged)


def add_comment_to_forged_task(session: Session) -> None:
    forged = Task(id=2, user_id="ada", title="task of grace")
    make_transient_to_detached(forged)
    session.add(forged)
    session.add(Comment(text="new", task=forged))


def change_owner(session: Session) -> None:
    session.get_one(Task, 1).user_id = "grace"


def remove_owner(session: Session) -> None:
    session.get_one(Task, 1).user_id = None  # type: ignore[assignment]


def change_owner_of_photo(session: Session) -> None:
    session.scalars(select(Photo)).one().user_id = "grace"


def move_comment(session: Session) -> None:
    session.get_one(Comment, 1).task_id = 2


def move_task_to_project_of_other(session: Session) -> None:
    session.get_one(Task, 1).project_id = 2


def change_public(session: Session) -> None:
    session.scalars(select(Tag)).one().name = "new"


def delete_public(session: Session) -> None:
    session.delete(session.scalars(select(Tag)).one())


@pytest.mark.parametrize(
    "change",
    [
        add_task_of_other,
        add_task_to_project_of_other,
        add_comment_to_task_of_other,
        add_comment_to_no_task,
        add_reaction_to_comment_of_other,
        add_sql_expression_as_owner,
        add_sql_expression_as_parent,
        add_public,
        add_undeclared,
        merge_task_of_other,
        add_forged_task,
        delete_forged_task,
        add_comment_to_forged_task,
        change_owner,
        remove_owner,
        change_owner_of_photo,
        move_comment,
        move_task_to_project_of_other,
        change_public,
        delete_public,
    ],
)
def test_change_of_other_owner_raises_and_writes_nothing(
    engine: Engine, session: Session, before: list[Any], change: Callable[[Session], None]
) -> None:
    with pytest.raises(OwnershipError):  # noqa: PT012 - some are refused at once, others at the flush
        change(session)
        session.commit()
    session.rollback()
    session.commit()
    assert read_all(engine) == before


@pytest.mark.parametrize("commit", ["commit", "flush"])
def test_row_that_moved_to_other_owner_is_not_written(engine: Engine, session: Session, commit: str) -> None:
    session.expire_on_commit = False
    task = session.get_one(Task, 1)
    session.commit()
    with Session(engine) as plain:
        plain.get_one(Task, 1).user_id = "grace"
        plain.commit()
    task.title = "stolen"
    with pytest.raises(OwnershipError):
        getattr(session, commit)()
    session.rollback()
    with Session(engine) as plain:
        assert plain.get_one(Task, 1).title == "task of ada"
    with pytest.raises(ObjectDeletedError):
        session.delete(task)


def test_own_objects_are_written(engine: Engine, session: Session) -> None:
    task = session.get_one(Task, 1)
    task.title, task.user_id = "new", "ada"
    task.comments.append(Comment(text="new", reactions=[Reaction(emoji="new")]))
    task.project = Project(name="new")
    session.add(Comment(text="new", task_id=1))
    session.scalars(select(Photo)).one().path = "new"
    session.add(Vote(name="new"))
    session.commit()
    with session.begin_nested():
        session.delete(task.comments[0])
    session.commit()
    with Session(engine) as plain:
        assert plain.get_one(Task, 1).title == "new"
        assert [comment.text for comment in plain.get_one(Task, 1).comments] == ["new", "new"]
        assert plain.get_one(Task, 1).project.user_id == "ada"  # type: ignore[union-attr]


def test_delete_cascades_to_own_rows(engine: Engine, session: Session, before: list[Any]) -> None:
    task = session.get_one(Task, 1)
    with Session(engine) as plain:
        plain.execute(delete(Secret))
        plain.commit()
    with pytest.raises(OwnershipError, match="Secret"):  # noqa: PT012 - the relationship to a model that is not declared
        session.delete(task)
        session.flush()
    session.rollback()
    assert len(read_all(engine)) == len(before) - 2


def test_flush_after_rollback_is_checked(session: Session, engine: Engine) -> None:
    session.get_one(Comment, 1).text = "new"
    session.delete(session.get_one(Comment, 1))
    session.flush()
    session.rollback()
    assert session.get_one(Comment, 1).text == "comment of ada"
    session.get_one(Task, 1).title = "new"
    session.commit()
    with Session(engine) as plain:
        assert plain.get_one(Task, 1).title == "new"


# Statements


@pytest.mark.parametrize("synchronize", [False, "fetch", "evaluate", "auto"])
@pytest.mark.parametrize(
    "statement",
    [
        update(Task).values(title="changed"),
        update(Task).where(Task.user_id == "grace").values(title="changed"),
        update(Task).where(Task.id.in_([1, 2])).values({Task.title: "changed"}),
        update(Task).where(Task.project_id.in_(select(Project.id))).values(title="changed"),
        update(Task).values(title=select(Project.name).where(Project.id == Task.project_id).scalar_subquery()),
        update(Comment).values(text="changed"),
        update(Reaction).values(emoji="changed"),
        update(Memo).values(memo="changed"),
        update(Entry).values(kind="entry"),
        delete(Reaction),
        delete(Reaction).where(Reaction.id == 2),
        delete(Reaction).where(Reaction.comment_id.in_(select(Comment.id))),
        update(Vote).values(name="changed"),
    ],
    ids=str,
)
def test_statement_leaves_rows_of_other_owner(
    engine: Engine, session: Session, before: list[Any], statement: Any, synchronize: object
) -> None:
    if synchronize == "evaluate" and ("SELECT" in str(statement) or statement.table.name in {"comment", "reaction"}):
        pytest.skip("SQLAlchemy does not evaluate a subquery")
    session.execute(statement, execution_options={"synchronize_session": synchronize})
    session.commit()
    after = read_all(engine)
    assert [row for row in before if "grace" in str(row)] == [row for row in after if "grace" in str(row)]


def test_statement_counts_and_returns_rows_of_owner(session: Session) -> None:
    assert session.execute(update(Task).values(title="new")).rowcount == 1  # type: ignore[attr-defined]
    assert session.scalars(update(Task).values(title="newer").returning(Task.id)).all() == [1]
    assert session.query(Task).update({"title": "newest"}) == 1
    assert session.query(Reaction).delete() == 1
    assert session.scalars(delete(Reaction).returning(Reaction.id)).all() == []


REFUSED: dict[str, tuple[Any, Any]] = {
    "owner": (update(Task).values(user_id="grace"), None),
    "owner attribute": (update(Task).values({Task.user_id: "grace"}), None),
    "ordered owner": (update(Task).ordered_values((Task.user_id, "grace")), None),
    "owner parameter": (update(Task), {"user_id": "grace"}),
    "primary key": (update(Task).values(id=9), None),
    "foreign key": (update(Task).values(project_id=2), None),
    "parent": (update(Comment).values(task_id=2), None),
    "alias": (update(aliased(Task)).values(title="x"), None),
    "delete of an alias": (delete(aliased(Reaction)), None),
    "by primary key": (update(Task), [{"id": 2, "title": "stolen"}]),
    "by primary key once": (update(Task), [{"id": 2, "title": "stolen"}, {"id": 1, "title": "x"}]),
    "second table": (update(Task).where(Task.project_id == Project.id).values(title=Project.name), None),
    "second table in delete": (delete(Comment).where(Comment.task_id == Task.id), None),
    "inherited owner": (update(Photo).values(path="stolen"), None),
    "inherited owner in delete": (delete(Photo), None),
    "text": (update(Task).where(text("1 = 1 OR 1 = 1")).values(title="stolen"), None),
    "text value": (update(Task).values(title=text("(SELECT max(title) FROM task)")), None),
    "table": (update(tasks_table).values(title="stolen"), None),
    "table in delete": (delete(tasks_table), None),
    "table in subquery": (update(Task).where(Task.id.in_(select(tasks_table.c.id))).values(title="x"), None),
    "insert": (insert(Task).values(title="new", user_id="grace"), None),
    "insert many": (insert(Task), [{"title": "new", "user_id": "grace"}]),
    "insert own": (insert(Task).values(title="new", user_id="ada"), None),
    "insert comment": (insert(Comment).values(text="new", task_id=2), None),
    "insert table": (insert(tasks_table).values(title="new", user_id="grace"), None),
    "insert from select": (insert(Vote).from_select(["name"], select(tasks_table.c.title)), None),
    "insert from select of model": (insert(Vote).from_select(["name"], select(Task.title)), None),
    "insert value of model": (insert(Vote).values(name=select(Task.title).limit(1).scalar_subquery()), None),
    "insert text": (insert(Vote).from_select(["name"], text("SELECT title FROM task").columns(Task.title)), None),
    "public": (update(Tag).values(name="new"), None),
    "delete public": (delete(Tag), None),
    "insert public": (insert(Tag).values(name="new"), None),
    "undeclared": (update(Secret).values(text="new"), None),
    "sql": (text("UPDATE task SET user_id = 'ada'"), None),
}


NAME_A_MODEL = "^an INSERT, UPDATE or DELETE must name a model, not a table or an alias$"


@pytest.mark.parametrize("name", REFUSED)
def test_unfilterable_statement_raises_and_writes_nothing(
    engine: Engine, session: Session, before: list[Any], name: str
) -> None:
    statement, parameters = REFUSED[name]
    with pytest.raises(OwnershipError):
        session.execute(statement, parameters)
    session.commit()
    assert read_all(engine) == before


@pytest.mark.parametrize(
    ("statement", "parameters", "message"),
    [
        (update(tasks_table).values(title="x"), None, NAME_A_MODEL),
        (update(aliased(Task)).values(title="x"), None, NAME_A_MODEL),
        (delete(aliased(Reaction)), None, NAME_A_MODEL),
        (insert(Task).values(title="x"), None, "^an INSERT statement could name another owner: "),
        (
            insert(Vote).from_select(["name"], select(Task.title)),
            None,
            "^an INSERT must not read a model that has",
        ),
        (update(Task), [{"id": 2, "title": "x"}], "^an UPDATE of rows by primary key cannot be filtered by owner: "),
        (update(Task).values(user_id="x", id=9), None, "remove id, user_id$"),
        (update(Comment).values(id=9, task_id=2), None, "remove id, task_id$"),
        (delete(Photo), None, "^rows of Photo must be changed as objects: the owner is in the table of Entry$"),
        (update(Task).values(title="x").prefix_with("OR IGNORE"), None, "^prefixes and suffixes are SQL text"),
        (
            select(Task).from_statement(update(Task).values(title="x").returning(Task)),
            None,
            "^a statement must be a SELECT, UPDATE or DELETE of models: ",
        ),
    ],
    ids=str,
)
def test_refusal_of_a_statement_says_why(session: Session, statement: Any, parameters: Any, message: str) -> None:
    with pytest.raises(OwnershipError, match=message):
        session.execute(statement, parameters)


@pytest.mark.parametrize(
    "statement",
    [
        update(Task).where(Task.title != bindparam("other")).values(title="new"),
        update(Comment).where(Comment.text != bindparam("other")).values(text="new"),
        delete(Reaction).where(Reaction.emoji != bindparam("other")),
    ],
    ids=str,
)
def test_parameters_do_not_replace_the_owner_of_changed_rows(
    engine: Engine, session: Session, before: list[Any], statement: Any
) -> None:
    names = {f"{name}_{number}": "grace" for name in ("user_id", "owner", "param") for number in range(1, 5)}
    with contextlib.suppress(CompileError):  # an UPDATE accepts columns alone
        result: Any = session.execute(statement, {**names, "other": ""})
        assert result.rowcount == 1
    session.commit()
    after = read_all(engine)
    assert [row for row in before if "grace" in str(row)] == [row for row in after if "grace" in str(row)]


def test_statement_with_the_mapper_of_another_model_changes_rows_of_owner(session: Session, engine: Engine) -> None:
    arguments = {"mapper": inspect(Vote)}
    session.execute(update(Task).values(title="new"), bind_arguments=arguments)
    with pytest.raises(OwnershipError):
        session.execute(update(Task).values(user_id="grace"), bind_arguments=arguments)
    with pytest.raises(OwnershipError):
        session.execute(insert(Task).values(user_id="grace", title="new"), bind_arguments=arguments)
    session.commit()
    with Session(engine) as plain:
        assert plain.scalars(select(Task.title).order_by(Task.id)).all() == ["new", "task of grace"]


def test_insert_into_writable_model_adds_rows(engine: Engine, session: Session) -> None:
    session.execute(insert(Vote).values(name="new"))
    session.execute(insert(Vote), [{"name": "one"}, {"name": "two"}])
    session.commit()
    with Session(engine) as plain:
        assert sorted(plain.scalars(select(Vote.name))) == ["new", "one", "two", "yes"]


def test_legacy_bulk_methods_raise(engine: Engine, session: Session, before: list[Any]) -> None:
    session.get_one(Task, 1)
    writes: list[Callable[[], Any]] = [
        lambda: session.bulk_insert_mappings(Task, [{"title": "new", "user_id": "grace"}]),
        lambda: session.bulk_update_mappings(Task, [{"id": 2, "title": "stolen"}]),
        lambda: session.bulk_save_objects([Task(title="new", user_id="grace")]),
    ]
    for write in writes:
        with pytest.raises(OwnershipError, match="executed by the session"):
            write()
        session.rollback()
    assert read_all(engine) == before


def test_bulk_method_after_empty_flush_raises(engine: Engine, session: Session, before: list[Any]) -> None:
    task = session.get_one(Task, 1)
    task.title = task.title  # modified, but without a change: the flush has no work
    session.flush()
    with pytest.raises(OwnershipError, match="executed by the session"):
        session.bulk_update_mappings(Task, [{"id": 2, "title": "stolen"}])
    session.rollback()
    assert read_all(engine) == before


# The session


def test_session_of_other_owner_raises(session: Session) -> None:
    assert TaskRepository(session, "ada").session is session
    for _ in range(2):
        with pytest.raises(OwnershipError, match="one owner"):
            TaskRepository(session, "grace")
        session.close()


def test_session_that_contains_object_of_other_owner_raises(engine: Engine) -> None:
    for model, key in ((Task, 2), (Comment, 1)):
        with Session(engine) as session:
            loaded = session.get_one(model, key)
            with pytest.raises(OwnershipError):
                TaskRepository(session, "ada")
            del loaded
    with Session(engine) as session:
        kept = [session.get_one(Task, 1), session.get_one(Secret, 1)]
        assert TaskRepository(session, "ada").get(1) is kept[0]
        with pytest.raises(OwnershipError, match="executed by the session"):
            session.connection().execute(text("SELECT 1"))


def test_object_of_other_session_raises(engine: Engine, session: Session) -> None:
    with Session(engine) as plain:
        loaded: list[Any] = [plain.get_one(Task, 2), plain.get_one(Comment, 1)]
        loaded.append(plain.get_one(Secret, 1))
    for foreign, name in zip(loaded, ("Task", "Comment", "Secret"), strict=True):
        with pytest.raises(OwnershipError, match=name):
            session.add(foreign)
    assert not session.new
    assert not list(session.identity_map.values())


def test_closed_sessions_are_not_kept(engine: Engine) -> None:
    def work() -> weakref.ref[Session]:
        with Session(engine) as session:
            TaskRepository(session, "ada").update(1, {"title": "new"})
            return weakref.ref(session)

    kept = [work() for _ in range(3)]
    gc.collect()
    assert [reference() for reference in kept] == [None] * 3


def test_other_sessions_are_not_changed(engine: Engine, session: Session) -> None:
    assert session.get(Task, 2) is None
    with Session(engine) as plain:
        assert [task.id for task in plain.scalars(select(Task).order_by(Task.id))] == [1, 2]
        assert plain.execute(text("SELECT 1")).scalar() == 1


def test_session_on_connection_of_caller_restricts_session_alone(engine: Engine) -> None:
    with engine.connect() as connection, Session(connection) as session:
        TaskRepository(session, "ada")
        assert [task.id for task in session.scalars(select(Task))] == [1]
        with pytest.raises(OwnershipError):
            session.execute(text("SELECT 1"))
        assert connection.execute(text("SELECT 1")).scalar() == 1
