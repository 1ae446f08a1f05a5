"""The restriction of a session: its events, the guard of its connections, and what it refuses as a last check."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from sqlalchemy import (
    CursorResult,
    delete,
    event,
    exists,
    func,
    insert,
    inspect,
    literal,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import (
    Session,
    aliased,
    joinedload,
    lazyload,
    load_only,
    query_expression,
    relationship,
    selectinload,
    with_expression,
    with_loader_criteria,
)

from fastjose._ownership.declarations import find_declaration
from fastjose._ownership.session import flush_checks
from fastjose._ownership.session.restriction import restrict_session
from fastjose.sqlmodel import OwnerIdError, OwnershipError, declare_owned, declare_public
from support.ownership import own_models
from support.ownership.models import Base, Comment, Project, Reaction, Secret, Tag, Task, TaskRepository, Vote
from support.ownership.own_models import OwnModels, integer, reference

SELECT_ONE = text("SELECT 1")


@pytest.fixture
def models() -> OwnModels:
    """Return an empty set of models."""
    return OwnModels()


def is_guarded(session: Session) -> bool:
    """Return whether the connection of a session refuses a statement that did not pass through the session."""
    refusal = ""
    try:
        session.connection().execute(SELECT_ONE)
    except OwnershipError as error:
        refusal = str(error)
    return refusal.startswith("a statement must be executed by the session")


# The guard of the connections


@pytest.mark.parametrize("savepoints", [0, 1, 2])
def test_connection_that_was_open_before_is_guarded(models: OwnModels, savepoints: int) -> None:
    with Session(models.engine) as session:
        session.connection()
        opened = [session.begin_nested() for _ in range(savepoints)]
        restrict_session(session, "ada")
        for savepoint in reversed(opened):
            savepoint.rollback()
        assert is_guarded(session)


def test_each_connection_that_was_open_before_is_guarded(models: OwnModels) -> None:
    other = OwnModels()
    first, second = models.create("First", user_id=own_models.text()), other.create("Second", user_id=own_models.text())
    with Session(binds={first: models.engine, second: other.engine}) as session:
        opened = [session.connection(bind_arguments={"mapper": inspect(model)}) for model in (first, second)]
        restrict_session(session, "ada")
        for connection in opened:
            with pytest.raises(OwnershipError):
                connection.execute(SELECT_ONE)


def test_connection_of_each_transaction_is_guarded(models: OwnModels) -> None:
    with models.open() as session:
        for _ in range(2):
            assert is_guarded(session)
            with session.begin_nested():
                assert is_guarded(session)
            assert is_guarded(session)
            session.rollback()


def test_unrestricted_blocks_may_be_nested(models: OwnModels) -> None:
    restriction = restrict_session(Session(models.engine), "ada")
    with Session(models.engine) as session:
        assert restrict_session(session, "ada") is restrict_session(session, "ada") is not restriction
        restriction = restrict_session(session, "ada")
        with restriction.permit_all():
            with restriction.permit_all():
                assert not is_guarded(session)
            assert not is_guarded(session)
        assert is_guarded(session)


def test_guard_permits_statements_of_its_own_session_alone(models: OwnModels) -> None:
    with models.open() as first, Session(models.engine) as second:
        other = restrict_session(second, "ada")
        options = {"_fastjose_passed": other}
        with pytest.raises(OwnershipError):
            first.connection().execute(SELECT_ONE, execution_options=options)
        with pytest.raises(OwnershipError):
            first.execute(SELECT_ONE, execution_options={**options, "_fastjose_own": other})


@pytest.mark.parametrize("owner_id", ["", None, 0.5])
def test_session_for_an_id_that_is_none_raises(models: OwnModels, owner_id: Any) -> None:
    with Session(models.engine) as session, pytest.raises(OwnerIdError):
        restrict_session(session, owner_id)


# Loads


def test_model_behind_one_that_is_not_declared_is_filtered(engine: Any) -> None:
    with Session(engine) as plain:
        plain.get_one(Task, 1).project_id = 2
        plain.commit()
    with Session(engine) as session:
        TaskRepository(session, "ada")
        task = session.scalars(select(Task).options(joinedload(Task.project))).one()
        assert task.project is None


def test_relationship_of_an_inheriting_model_is_filtered(models: OwnModels) -> None:
    label = declare_owned(models.create("Label", user_id=own_models.text()))
    entry = declare_owned(
        models.create(
            "Entry", user_id=own_models.text(), kind=own_models.text(), __mapper_args__={"polymorphic_on": "kind"}
        )
    )
    photo = models.create(
        "Photo",
        entry,
        id=reference("entry.id", primary_key=True),
        label_id=reference("label.id"),
        label=relationship("Label", lazy="joined"),
        __mapper_args__={"polymorphic_identity": "photo", "polymorphic_load": "inline"},
    )
    models.store(label(id=1, user_id="ada"), label(id=2, user_id="grace"))
    models.store(photo(user_id="ada", label_id=1), photo(user_id="ada", label_id=2))
    with models.open() as session:
        assert [found.label and found.label.id for found in session.scalars(select(entry))] == [1, None]


def test_row_of_another_owner_that_is_loaded_all_the_same_is_removed(session: Session) -> None:
    restriction = restrict_session(session, "ada")
    with pytest.raises(OwnershipError, match="Task"):
        restriction.execute(session, select(Task).where(Task.id == 2)).all()
    assert list(session.identity_map.values()) == []
    assert restriction.execute(session, select(Task.id).order_by(Task.id)).all() == [(1,), (2,)]


def test_public_object_of_another_session_is_attached(engine: Any, session: Session) -> None:
    with Session(engine) as plain:
        tag = plain.scalars(select(Tag)).one()
    session.add(tag)
    assert tag in session


def test_object_whose_owner_was_not_loaded_is_not_attached(engine: Any, session: Session) -> None:
    with Session(engine) as plain:
        task = plain.scalars(select(Task).where(Task.id == 1).options(load_only(Task.title))).one()
    with pytest.raises(OwnershipError, match=r"^an object of Task must be loaded by the session of its owner$"):
        session.add(task)


def test_public_row_is_refreshed(session: Session) -> None:
    vote = session.scalars(select(Vote)).one()
    session.expire(vote, ["name"])
    assert vote.name == "yes"
    session.refresh(vote)
    assert vote.name == "yes"


def test_expression_that_an_option_loads_is_refused_if_it_reads_other_rows(models: OwnModels) -> None:
    task = models.create("Task", user_id=own_models.text(), name=own_models.text(), value=query_expression())
    note = declare_owned(models.create("Note", user_id=own_models.text()))
    declare_owned(task)
    rows = [model(user_id=owner) for model in (task, note) for owner in ("ada", "grace")]
    models.store(*rows)
    other, table = aliased(task), task.__table__.alias()
    with models.open() as session:
        for value in (task.id + 1, func.abs(task.__table__.c.id) + 1, literal(2)):
            (found,) = session.scalars(select(task).options(with_expression(task.value, value)))
            assert found.value == 2
            session.expunge_all()
        for value in (
            select(func.max(note.id)).scalar_subquery(),
            select(func.max(other.id)).scalar_subquery(),
            select(func.max(task.id)).scalar_subquery(),
            func.max(other.id),
            note.id,
            table.c.id,
            literal_column("(SELECT max(id) FROM task)"),
        ):
            for statement in (
                select(task),
                select(task).from_statement(select(task)),
                update(task).values(name="x").returning(task),
            ):
                with pytest.raises(OwnershipError):
                    session.scalars(statement.options(with_expression(task.value, value))).all()
        changed = update(task).values(name="x").returning(task)
        assert session.scalars(changed.options(with_expression(task.value, task.id + 1))).one().id == 1
        literal_alone = select(task).from_statement(select(task)).options(with_expression(task.value, literal(2)))
        assert session.scalars(literal_alone).one().id == 1


@pytest.mark.parametrize("option", [joinedload, selectinload, lazyload])
def test_criterion_of_a_relationship_is_filtered_or_refused(session: Session, option: Any) -> None:
    own = Comment.id.in_(select(Reaction.comment_id))
    for criterion, count in ((Comment.text != "", 1), (Comment.text == "", 0), (own, 1)):
        (task,) = session.scalars(select(Task).options(option(Task.comments.and_(criterion)))).unique()
        assert len(task.comments) == count
        session.expire_all()
    table: Any = Task.__table__
    foreign = exists().where(Project.id == 2), Project.id == 2
    for refused in (text("1 = 1"), Comment.id.in_(select(table.c.id)), *foreign):
        comments = option(Task.comments.and_(refused))
        through_tasks = select(Project).options(selectinload(Project.tasks).options(comments))
        for statement in (select(Task).options(comments), through_tasks):
            with pytest.raises(OwnershipError):
                session.scalars(statement).unique().all()


@pytest.mark.parametrize(
    "create", [select, lambda model: select(model.title), lambda model: update(model).values(done=True)]
)
def test_criterion_of_the_application_for_a_model_is_checked(session: Session, create: Any) -> None:
    table: Any = Task.__table__
    title = "task of grace"
    permitted: list[tuple[Any, int]] = [
        (Task.id > 0, 1),
        (lambda model: model.id > 0, 1),
        (Task.id < 0, 0),
        (lambda model: model.id.in_(select(model.id)), 1),
        (Task.id.in_(select(Comment.task_id)), 1),
    ]
    for criterion, count in permitted:
        with session.begin_nested() as savepoint:
            result: Any = session.execute(create(Task).options(with_loader_criteria(Task, criterion)))
            assert (result.rowcount if isinstance(result, CursorResult) else len(result.all())) == count
            savepoint.rollback()
    rejected: list[Any] = [
        text("1 = 1"),
        literal_column("1 = 1 OR 1 = 1"),
        lambda _: literal_column("1 = 1 OR 1 = 1"),
        Task.id.in_(select(table.c.id).where(table.c.title == title)),
        exists().where(table.alias().c.title == title),
        exists().where(Project.id == 2),
    ]
    for criterion in rejected:
        for statement in (create(Task), delete(Task)):
            with pytest.raises(OwnershipError):
                session.execute(statement.options(with_loader_criteria(Task, criterion)))


def test_criterion_of_a_subquery_is_checked(session: Session) -> None:
    for criterion, is_permitted in ((Task.id > 0, True), (literal_column("1 = 1 OR 1 = 1"), False)):
        inner = select(Task.id).options(with_loader_criteria(Task, criterion))
        with contextlib.nullcontext() if is_permitted else pytest.raises(OwnershipError):
            assert len(session.scalars(select(Task).where(Task.id.in_(inner))).all()) == 1


def test_criterion_of_all_models_applies_to_those_that_are_declared(session: Session) -> None:
    assert find_declaration(inspect(Secret)) is None
    every = with_loader_criteria(Base, lambda _: true(), include_aliases=True)
    assert len(session.scalars(select(Task).options(every)).all()) == 1


# Flushes


@pytest.mark.parametrize("moved", range(5))
def test_each_row_of_a_flush_is_checked(models: OwnModels, moved: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush_checks, "KEYS_PER_QUERY", 2)
    task = declare_owned(models.create("Task", user_id=own_models.text(), title=own_models.text()))
    models.store(*(task(user_id="ada", title="old") for _ in range(5)))
    with models.open() as session:
        rows = session.scalars(select(task).order_by(task.id)).all()
        for row in rows:
            row.title = "new"
        session.flush()
        for row in rows:
            row.title = "newer"
        with Session(models.engine) as plain:  # of the same connection
            plain.execute(update(task).where(task.id == rows[moved].id).values(user_id="grace"))
            plain.flush()
            with pytest.raises(OwnershipError):
                session.flush()


def test_row_with_a_composite_key_is_checked(models: OwnModels) -> None:
    document = declare_owned(
        models.create(
            "Document",
            id=integer(primary_key=True),
            part=integer(primary_key=True),
            user_id=own_models.text(),
            title=own_models.text(),
        )
    )
    keys = ((1, 2, "ada"), (1, 3, "ada"), (2, 1, "grace"))
    models.store(*(document(id=number, part=part, user_id=owner) for number, part, owner in keys))
    with models.open() as session:
        own = session.get_one(document, (1, 2))
        own.title = "new"
        session.commit()
        assert (own.id, own.part, own.title) == (1, 2, "new")


def test_rows_are_locked_before_they_are_written(session: Session) -> None:
    locks: list[tuple[str, bool]] = []

    @event.listens_for(session.get_bind(), "before_execute")
    def note(_connection: Any, statement: Any, *_: Any) -> None:
        if statement.is_select:
            locks.append((statement.columns_clause_froms[0].name, statement._for_update_arg is not None))

    task = session.get_one(Task, 1)
    locks.clear()
    task.title, task.project = "new", Project(name="new")
    session.flush()
    event.remove(session.get_bind(), "before_execute", note)
    assert locks == [("task", True), ("project", False)]


def test_reference_that_does_not_change_is_not_checked(engine: Any) -> None:
    with Session(engine) as plain:
        plain.get_one(Task, 1).project_id = 2
        plain.commit()
    with Session(engine) as session:
        TaskRepository(session, "ada")
        session.get_one(Task, 1).title = "new"
        session.commit()
        session.get_one(Task, 1).project_id = 1
        session.commit()
        session.get_one(Task, 1).project_id = 2
        with pytest.raises(OwnershipError):
            session.commit()


def test_owner_column_may_be_a_foreign_key(models: OwnModels) -> None:
    declare_owned(models.create("User", id=own_models.text(primary_key=True)), owner_column="id")
    task = declare_owned(models.create("Task", user_id=reference("user.id")))
    models.store()
    with models.open() as session:
        session.add(task())
        session.commit()
        assert session.scalars(select(task.user_id)).all() == ["ada"]


def test_reference_to_the_model_that_it_inherits_from_is_checked(models: OwnModels) -> None:
    entry = declare_owned(models.create("Entry", user_id=own_models.text()))
    key = reference("entry.id", primary_key=True)
    arguments = {"inherit_condition": key.column == entry.__table__.c.id}
    album = models.create("Album", entry, id=key, cover_id=reference("entry.id"), __mapper_args__=arguments)
    models.store(entry(id=1, user_id="ada"), entry(id=2, user_id="grace"))
    with models.open() as session:
        session.add(album(cover_id=1))
        session.commit()
        session.add(album(cover_id=2))
        with pytest.raises(OwnershipError):
            session.commit()


def test_each_reference_of_a_row_is_checked(models: OwnModels) -> None:
    task = declare_owned(models.create("Task", user_id=own_models.text()))
    tag = models.create("Tag")
    declare_public(tag)
    tags = {f"tag_{number}": reference("tag.id") for number in range(6)}
    link = models.create(
        "Link", user_id=own_models.text(), source=reference("task.id"), target=reference("task.id"), **tags
    )
    declare_owned(link)
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"), *(tag() for _ in range(6)))
    chosen = {f"tag_{number}": number + 1 for number in range(6)}
    with models.open() as session:
        for references in ({"source": 2}, {"target": 2}, {"source": 1, "target": 2}, {"source": 2, "target": 1}):
            session.add(link(**references, **chosen))
            with pytest.raises(OwnershipError):
                session.flush()
            session.rollback()
        session.add(link(source=1, **chosen))
        session.flush()
        session.add(link(source=select(text("1")).scalar_subquery()))
        with pytest.raises(OwnershipError, match=r"^source of Link must be a value, not an SQL expression$"):
            session.flush()


def test_primary_key_that_is_a_reference_is_checked(models: OwnModels) -> None:
    task = declare_owned(models.create("Task", user_id=own_models.text()))
    detail = models.create("Detail", id=reference("task.id", primary_key=True), user_id=own_models.text())
    declare_owned(detail)
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"))
    with models.open() as session:
        session.add(detail(id=1))
        session.commit()
        session.add(detail(id=2))
        with pytest.raises(OwnershipError):
            session.commit()


def test_owner_of_another_type_is_another_owner(models: OwnModels) -> None:
    account = declare_owned(models.create("Account", user_id=integer()))
    models.store()
    with Session(models.engine) as session:
        restrict_session(session, "1")
        for wrong in (True, "1", 1.0):
            session.add(account(user_id=wrong))
            with pytest.raises(OwnershipError, match=r"^user_id of Account must be the owner of the session"):
                session.flush()
            session.rollback()
        session.add_all([account(user_id=1), account()])
        session.commit()
        assert session.scalar(select(func.count(account.id))) == 2


def test_insert_into_a_public_model_that_leads_to_an_owned_one_returns_rows_of_owner(models: OwnModels) -> None:
    task = declare_owned(models.create("Task", user_id=own_models.text()))
    vote = models.create("Vote", task_id=reference("task.id"), task=relationship(task, lazy="joined"))
    declare_public(vote, writable=True)
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"))
    with Session(models.engine) as plain:
        plain.add_all([vote(id=1, task_id=1), vote(id=2, task_id=2)])
        plain.commit()
    with models.open() as session:
        rows = session.scalars(insert(vote).values(id=3).returning(vote)).all()
        assert [row.id for row in rows] == [3]
        found = session.scalars(select(vote).order_by(vote.id)).unique().all()
        assert [row.task and row.task.id for row in found] == [1, None, None]


def test_public_row_is_written_if_it_is_declared_as_writable(models: OwnModels) -> None:
    tag, vote = models.create("Tag", name=own_models.text()), models.create("Vote", name=own_models.text())
    declare_public(tag)
    declare_public(vote, writable=True)
    models.store(tag(name="old"), vote(name="old"))
    with models.open() as session:
        session.scalars(select(vote)).one().name = "new"
        session.flush()
        session.delete(session.scalars(select(vote)).one())
        session.commit()
        assert inspect(session.scalars(select(tag)).one()).persistent
        session.scalars(select(tag)).one().name = "new"
        with pytest.raises(OwnershipError, match=r"^Tag must be declared with declare_public\(Tag, writable=True\)"):
            session.flush()


# Statements that change rows


def create_task_with_three_names(models: OwnModels) -> Any:
    """Return a model whose columns have another name, another key, and another attribute."""
    declare_owned(models.create("Project", user_id=own_models.text()))
    declare_public(models.create("Tag"))
    task = models.create(
        "Task",
        number=integer("id_name", key="id_key", primary_key=True),
        owner=own_models.text("owner_name", key="owner_key"),
        title=own_models.text(),
        project=reference("project.id", "project_name", key="project_key"),
        tag_id=reference("tag.id"),
    )
    return declare_owned(task, owner_column="owner")


NAMES = [f"{kind}_{form}" for kind in ("id", "owner", "project") for form in ("name", "key")]


@pytest.mark.parametrize("name", [*NAMES, "number", "owner", "project"])
def test_update_of_a_protected_column_by_any_of_its_names_raises(models: OwnModels, name: str) -> None:
    task = create_task_with_three_names(models)
    models.store()
    attribute = getattr(task, name, None)
    column = task.__table__.columns.get(name)
    with models.open() as session:
        for key in (name, *(form for form in (attribute, column) if form is not None)):
            for statement in (update(task).values({key: 2}), update(task).ordered_values((key, 2))):
                with pytest.raises(OwnershipError, match=r"^the values of an UPDATE must not be the owner.*remove "):
                    session.execute(statement)
        with pytest.raises(OwnershipError, match=rf"remove {name}$"):
            session.execute(update(task), {name: 2})


def test_update_of_other_columns_changes_rows_of_the_owner(models: OwnModels) -> None:
    task = create_task_with_three_names(models)
    models.store(task(owner="ada", title="old"), task(owner="grace", title="old"))
    with models.open() as session:
        session.execute(update(task).values(title="new", tag_id=5))
        session.execute(update(task).ordered_values((task.title, "newer")))
        session.execute(update(task), {"tag_id": 6})
        session.commit()
    with Session(models.engine) as plain:
        rows = plain.execute(select(task.owner, task.title, task.tag_id).order_by(task.number)).all()
        assert rows == [("ada", "newer", 6), ("grace", "old", None)]


def test_parent_of_a_row_is_protected(models: OwnModels) -> None:
    task = declare_owned(models.create("Task", user_id=own_models.text()))
    comment = models.create("Comment", task_id=integer(), text=own_models.text())
    comment.task = relationship(task, primaryjoin=task.id == comment.task_id, foreign_keys=comment.task_id)
    declare_owned(comment, parent="task")
    models.store(task(id=1, user_id="ada"), comment(task_id=1, text="old"))
    with models.open() as session:
        with pytest.raises(OwnershipError, match=r"remove task_id$"):
            session.execute(update(comment).values(task_id=2))
        session.execute(update(comment).values(text="new"))
        assert session.scalars(select(comment.text)).all() == ["new"]
