"""The methods of a repository, with and without `async`."""

from __future__ import annotations

import asyncio
import types
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

import pytest
from fastapi import HTTPException
from pydantic import BaseModel
from sqlalchemy import BigInteger, Engine, create_engine, inspect, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, mapped_column, scoped_session, sessionmaker

from fastjose._ownership.declarations import Parent, find_declaration
from fastjose.sqlmodel import (
    AsyncOwnedRepository,
    OwnedRepository,
    OwnerIdError,
    OwnershipError,
    declare_owned,
    declare_public,
)
from support.ownership.models import (
    Account,
    AccountRepository,
    AsyncCommentRepository,
    AsyncTaskRepository,
    Base,
    Comment,
    CommentRepository,
    DocumentRepository,
    EntryRepository,
    OpenTaskRepository,
    PhotoRepository,
    Project,
    ProjectRepository,
    ReactionRepository,
    Secret,
    Tag,
    Task,
    TaskRepository,
)
from support.ownership.own_models import OwnModels, reference, text
from support.ownership.rows import add_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN, FOREIGN, MISSING = 1, 2, 99
ModelT = TypeVar("ModelT")


class TaskBody(BaseModel):
    """A body that asks for too much."""

    title: str | None = None
    done: bool | None = None
    user_id: str | None = None
    id: int | None = None
    project_id: int | None = None


def reject(call: Callable[[], object]) -> tuple[int, str]:
    """Return the status and the detail of the response that a call raises."""
    with pytest.raises(HTTPException) as caught:
        call()
    return caught.value.status_code, caught.value.detail


# Reading


def test_list_returns_rows_of_owner(tasks: TaskRepository) -> None:
    added = [tasks.create({"title": f"task {number}"}).id for number in range(3)]
    assert [task.id for task in tasks.list()] == [OWN, *added]
    assert [task.id for task in tasks.list(Task.title != "task 1", Task.id > OWN)] == [added[0], added[2]]
    assert [task.id for task in tasks.list(order_by=Task.id.desc(), limit=2, offset=1)] == [added[1], added[0]]
    assert [task.id for task in tasks.list(order_by=[Task.done, Task.id], limit=1)] == [OWN]
    assert tasks.list(limit=0) == tasks.list(Task.user_id == "grace") == []


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"offset": -1}, {"limit": True}, {"limit": "5"}])
def test_list_invalid_number_raises(tasks: TaskRepository, arguments: Any) -> None:
    (name,) = arguments
    with pytest.raises(ValueError, match=f"^{name} must be a number that is not negative$"):
        tasks.list(**arguments)


def test_count_and_exists_concern_rows_of_owner(tasks: TaskRepository) -> None:
    assert tasks.count() == 1
    assert tasks.count(Task.title == "task of grace") == 0
    assert tasks.exists()
    assert tasks.exists(Task.id == OWN)
    assert not tasks.exists(Task.id == FOREIGN)


@pytest.mark.parametrize("key", [FOREIGN, MISSING, 2**31, 2**63, -1, 10**30])
def test_row_of_other_owner_is_answered_as_missing_one(session: Session, key: int) -> None:
    tasks = TaskRepository(session, "ada")
    assert tasks.find(key) is None
    for call in (tasks.get, tasks.delete, lambda key: tasks.update(key, {"title": "stolen"})):
        assert reject(lambda call=call: call(key)) == (404, "Task not found")  # type: ignore[misc]


def test_row_of_other_owner_without_hidden_existence_returns_403(session: Session) -> None:
    tasks = OpenTaskRepository(session, "ada")
    for call in (tasks.get, tasks.delete, lambda key: tasks.update(key, {"title": "stolen"})):
        assert reject(lambda call=call: call(FOREIGN)) == (403, "Not authorized to access this to-do")  # type: ignore[misc]
        assert reject(lambda call=call: call((FOREIGN,)))[0] == 403  # type: ignore[misc]
        assert reject(lambda call=call: call(MISSING)) == (404, "To-do not found")  # type: ignore[misc]
        assert reject(lambda call=call: call(2**63)) == (404, "To-do not found")  # type: ignore[misc]


def test_row_with_the_smallest_or_largest_key_is_found(engine: Engine, tasks: TaskRepository) -> None:
    limit = 2**63 if engine.dialect.name == "sqlite" else 2**31
    with Session(engine) as plain:
        plain.add_all([Task(id=key, user_id="ada", title="at the limit") for key in (-limit, limit - 1)])
        plain.commit()
    for key in (-limit, limit - 1):
        assert tasks.get(key).id == key
    for key in (-limit - 1, limit):
        assert tasks.find(key) is None
        assert reject(lambda key=key: OpenTaskRepository(tasks.session, "ada").get(key))[0] == 404  # type: ignore[misc]


def test_key_with_another_number_of_values_raises(tasks: TaskRepository) -> None:
    for key in ((), (OWN, 2)):
        with pytest.raises(TypeError, match=r"^the primary key must have 1 values$"):
            tasks.get(key)
    for found in (tasks.get((OWN,)), tasks.find((OWN,)), tasks.find(OWN)):
        assert found is not None
        assert found.id == OWN


def test_key_that_postgresql_cannot_hold_is_not_looked_for() -> None:
    unreachable = create_engine("postgresql+psycopg://app@127.0.0.1:1/none")
    models = OwnModels()
    event = declare_owned(models.create("Event", id=mapped_column(BigInteger, primary_key=True), user_id=text()))

    class EventRepository(OwnedRepository[event]):  # type: ignore[valid-type]
        pass

    with Session(binds={Task: unreachable, event: unreachable}) as session:
        for repository, limit in ((TaskRepository(session, "ada"), 2**31), (EventRepository(session, "ada"), 2**63)):
            assert repository.find(limit) is repository.find(-limit - 1) is repository.find("1\x00") is None
            for key in (limit - 1, -limit):
                with pytest.raises(OperationalError):
                    repository.find(key)
    with Session(binds={Account: unreachable}) as session:
        with pytest.raises(OperationalError):
            AccountRepository(session, 7).find(2**40)
        assert AccountRepository(session, 7).find("\x00") is None


def test_create_writes_the_defaults_of_the_body(tasks: TaskRepository) -> None:
    class Draft(BaseModel):
        title: str = "untitled"
        done: bool = True

    created = tasks.create(Draft())
    assert (created.title, created.done) == ("untitled", True)
    assert tasks.update(OWN, Draft(done=True)).title == "task of ada"


# Writing


def test_create_ignores_owner_and_key_of_body(engine: Engine, tasks: TaskRepository) -> None:
    task = tasks.create(TaskBody(title="new", user_id="grace", id=FOREIGN, done=True))
    assert (task.user_id, task.title, task.done) == ("ada", "new", True)
    assert task.id > FOREIGN
    with Session(engine) as plain:
        assert plain.get_one(Task, FOREIGN).title == "task of grace"
        assert plain.get_one(Task, task.id).user_id == "ada"


def test_update_changes_only_fields_that_were_sent(engine: Engine, tasks: TaskRepository) -> None:
    task = tasks.update(OWN, TaskBody(title="new", user_id="grace", id=MISSING))
    assert (task.id, task.user_id, task.title, task.done) == (OWN, "ada", "new", False)
    assert tasks.update(OWN, TaskBody()).title == "new"
    assert tasks.update(OWN, {"done": True}).done
    assert tasks.update(OWN, done=False).title == "new"
    with Session(engine) as plain:
        assert plain.get_one(Task, OWN).user_id == "ada"


def test_write_without_commit_is_rolled_back(engine: Engine, tasks: TaskRepository) -> None:
    tasks.create({"title": "new"}, commit=False)
    tasks.update(OWN, {"title": "new"}, commit=False)
    tasks.session.rollback()
    assert [task.title for task in tasks.list()] == ["task of ada"]
    projects = ProjectRepository(tasks.session, "ada")
    projects.delete(projects.create({"name": "new"}, commit=False).id, commit=False)
    tasks.session.commit()
    with Session(engine) as plain:
        assert len(plain.scalars(select(Task)).all()) == 2


def test_write_is_committed_by_default(engine: Engine, session: Session) -> None:
    projects = ProjectRepository(session, "ada")
    first = projects.create({"name": "first"}).id
    second = projects.create({"name": "second"}).id
    session.rollback()
    projects.update(first, {"name": "changed"})
    session.rollback()
    projects.delete(second)
    session.rollback()
    with Session(engine) as plain:
        names = set(plain.scalars(select(Project.name).where(Project.user_id == "ada")))
    assert names == {"project of ada", "changed"}


def test_delete_removes_row_and_its_comments(engine: Engine, session: Session) -> None:
    comments = CommentRepository(session, "ada")
    comments.delete(OWN)
    assert comments.list() == []
    with Session(engine) as plain:
        assert [comment.id for comment in plain.scalars(select(Comment))] == [FOREIGN]


@pytest.mark.parametrize("owner", ["ada", "grace"])
def test_values_with_owner_raise(tasks: TaskRepository, owner: str) -> None:
    with pytest.raises(TypeError, match="user_id must not be given"):
        tasks.create({"title": "new"}, user_id=owner)
    with pytest.raises(TypeError, match="user_id must not be given"):
        tasks.update(OWN, user_id=owner)


@pytest.mark.parametrize("body", [{"nothing": 1}, {"project": Project()}, {"comments": []}, {"__class__": 1}])
def test_field_that_is_no_column_raises(tasks: TaskRepository, body: Any) -> None:
    with pytest.raises(TypeError, match="must be columns of Task"):
        tasks.create({"title": "new", **body})
    with pytest.raises(TypeError, match="must be columns of Task"):
        tasks.update(OWN, body)


def test_error_names_every_field_that_is_no_column(tasks: TaskRepository) -> None:
    with pytest.raises(TypeError, match=r"^the fields must be columns of Task: remove nothing, something$"):
        tasks.create({"something": 1, "title": "new", "nothing": 1})


@pytest.mark.parametrize("body", ["title", 5, [("title", "new")]])
def test_body_of_other_type_raises(tasks: TaskRepository, body: Any) -> None:
    with pytest.raises(TypeError, match="the body must be"):
        tasks.create(body)


# Foreign keys and parents


@pytest.mark.parametrize("key", [FOREIGN, MISSING])
def test_foreign_key_to_row_of_other_owner_returns_404(engine: Engine, tasks: TaskRepository, key: int) -> None:
    comments = CommentRepository(tasks.session, "ada")
    assert reject(lambda: comments.create({"text": "new"}, task_id=key)) == (404, "Task not found")
    assert reject(lambda: comments.create({"text": "new", "task_id": key})) == (404, "Task not found")
    assert reject(lambda: comments.update(OWN, {"task_id": key})) == (404, "Task not found")
    assert reject(lambda: tasks.create(TaskBody(title="new", project_id=key))) == (404, "Project not found")
    assert reject(lambda: tasks.update(OWN, TaskBody(project_id=key))) == (404, "Project not found")
    with Session(engine) as plain:
        assert len(plain.scalars(select(Comment)).all()) == len(plain.scalars(select(Task)).all()) == 2


def test_rows_of_parent_belong_to_its_owner(session: Session) -> None:
    comments, reactions = CommentRepository(session, "ada"), ReactionRepository(session, "ada")
    comment = comments.create({"text": "new"}, task_id=OWN)
    assert [found.text for found in comments.list()] == ["comment of ada", "new"]
    reaction = reactions.create({"emoji": "new"}, comment_id=comment.id)
    assert reactions.count() == 2
    assert reactions.get(reaction.id).comment is comment
    assert reject(lambda: reactions.get(FOREIGN)) == (404, "Reaction not found")
    assert reject(lambda: reactions.create({"emoji": "new"}, comment_id=FOREIGN)) == (404, "Comment not found")


def test_repositories_of_one_session_share_it(session: Session) -> None:
    project = ProjectRepository(session, "ada").create({"name": "new"}, commit=False)
    task = TaskRepository(session, "ada").create({"title": "new"}, project_id=project.id)
    assert task.project is project


def test_inherited_rows_belong_to_their_owner(session: Session) -> None:
    photo = PhotoRepository(session, "ada").create({"path": "new"})
    assert photo.user_id == "ada"
    assert PhotoRepository(session, "ada").count() == 2
    assert EntryRepository(session, "ada").count() == 3
    assert PhotoRepository(session, "ada").update(photo.id, {"path": "newer"}).path == "newer"
    PhotoRepository(session, "ada").delete(photo.id)
    assert EntryRepository(session, "ada").count() == 2


# Types of the owner column, and ids that it cannot store


def test_uuid_owner_is_read_from_its_text(engine: Engine) -> None:
    ada, grace = uuid4(), uuid4()
    with Session(engine) as session:
        documents = DocumentRepository(session, str(ada))
        document = documents.create({"text": "new"}, number=1, part="a")
        assert document.owner == ada
        assert DocumentRepository(session, ada).get((1, "a")) is document
        with pytest.raises(TypeError, match="must have 2 values"):
            documents.get(1)
    with Session(engine) as session:
        documents = DocumentRepository(session, grace)
        assert documents.list() == []
        assert reject(lambda: documents.get((1, "a"))) == (404, "Document not found")
        with pytest.raises(IntegrityError):
            documents.create({"text": "stolen"}, number=1, part="a")


def test_int_owner_is_read_from_its_text(engine: Engine) -> None:
    with Session(engine) as session:
        assert AccountRepository(session, "7").create({"label": "new"}, slug="seven").owner_number == 7
        assert AccountRepository(session, 7).count() == 1
        assert AccountRepository(session, 7).find("\x00") is None
    with Session(engine) as session:
        assert AccountRepository(session, 70).list() == []


@pytest.mark.parametrize(
    "owner_id", ["ada", "07", "+7", " 7", "7 ", "7.0", "1_0", "\u0667", "", "9" * 30, "\x00", None, True, b"7", 7.0]
)
def test_id_that_is_no_int_raises(engine: Engine, owner_id: Any) -> None:
    with Session(engine) as session, pytest.raises(OwnerIdError):
        AccountRepository(session, owner_id)


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: "{" + text + "}", lambda text: text.replace("-", ""), lambda text: text[1:]]
)
def test_id_that_is_no_canonical_uuid_raises(engine: Engine, change: Callable[[str], str]) -> None:
    with Session(engine) as session, pytest.raises(OwnerIdError):
        DocumentRepository(session, change("aaaaaaaa-0000-4000-8000-00000000000a"))


@pytest.mark.parametrize("owner_id", ["", None, 0.5, b"ada", "a\x00"])
def test_id_that_is_no_text_raises(engine: Engine, owner_id: Any) -> None:
    with Session(engine) as session, pytest.raises(OwnerIdError):
        TaskRepository(session, owner_id)


# The unrestricted session


def test_unrestricted_session_reaches_all_rows(engine: Engine, tasks: TaskRepository) -> None:
    tasks.create({"title": "new"}, commit=False)
    with tasks.unrestricted() as everybody:
        found = everybody.get_one(Task, FOREIGN)
        assert len(everybody.scalars(select(Task)).all()) == 3
        everybody.get_one(Project, FOREIGN).name = "changed"
    assert found.title == "task of grace"
    assert tasks.find(FOREIGN) is None
    assert tasks.session.get(Task, FOREIGN) is None
    with pytest.raises(OwnershipError):
        tasks.session.connection().exec_driver_sql("SELECT 1")
    with Session(engine) as plain:
        assert plain.get_one(Project, FOREIGN).name == "project of grace"
    tasks.session.commit()
    with Session(engine) as plain:
        assert plain.get_one(Project, FOREIGN).name == "changed"


def test_unrestricted_session_that_fails_is_rolled_back(engine: Engine, tasks: TaskRepository) -> None:
    with pytest.raises(RuntimeError, match="a failure"), tasks.unrestricted() as everybody:  # noqa: PT012 - the block
        everybody.get_one(Project, FOREIGN).name = "changed"
        everybody.flush()
        raise RuntimeError("a failure")
    tasks.session.rollback()
    with pytest.raises(OwnershipError):
        tasks.session.connection().exec_driver_sql("SELECT 1")
    with Session(engine) as plain:
        assert plain.get_one(Project, FOREIGN).name == "project of grace"


@pytest.mark.filterwarnings("ignore:nested transaction already deassociated")
def test_unrestricted_session_that_is_rolled_back_ends_the_savepoint_of_the_repository(tasks: TaskRepository) -> None:
    tasks.create({"title": "before"}, commit=False)
    with pytest.raises(InvalidRequestError, match="inactive"), tasks.session.begin_nested():  # noqa: PT012 - the block
        tasks.create({"title": "own"}, commit=False)
        with tasks.unrestricted() as everybody:
            assert len(everybody.scalars(select(Task)).all()) == 4
            everybody.rollback()
    assert [task.title for task in tasks.list()] == ["task of ada", "before"]


# Declarations


def test_declaration_that_differs_raises() -> None:
    declare_owned(Task)
    for declare in (
        lambda: declare_owned(Task, owner_column="title"),
        lambda: declare_owned(Task, parent="project"),
        lambda: declare_public(Task),
        lambda: declare_public(Tag, writable=True),
        lambda: declare_owned(Tag, owner_column="name"),
    ):
        with pytest.raises(TypeError, match="must be declared once"):
            declare()


def test_declaration_of_other_things_raises() -> None:
    with pytest.raises(TypeError, match="Secret must have the attribute user_id"):
        declare_owned(Secret)
    with pytest.raises(TypeError, match="must be a mapped class"):
        declare_owned(BaseModel)
    with pytest.raises(TypeError, match="must be a mapped class"):
        declare_public(5)  # type: ignore[arg-type]


def test_repository_without_model_raises(engine: Engine) -> None:
    class Untyped(OwnedRepository):  # type: ignore[type-arg]
        pass

    with Session(engine) as session, pytest.raises(TypeError, match="must name its model"):
        Untyped(session, "ada")


def test_repository_inherits_the_keywords_of_a_generic_one() -> None:
    class OpenRepository(OwnedRepository[ModelT], owner_column="owner", hide_existence=False):
        pass

    models = OwnModels()
    note, task = models.create("Note", owner=text()), models.create("Task", user_id=text(), owner=text())

    class NoteRepository(OpenRepository[note]):  # type: ignore[valid-type]
        pass

    class HiddenRepository(OpenRepository[task], owner_column="user_id", hide_existence=True, resource_name="to-do"):  # type: ignore[valid-type]
        pass

    class FurtherRepository(HiddenRepository):
        pass

    class Named(Generic[ModelT]):
        pass

    comment = models.create("Comment", task_id=reference("task.id"))

    class CommentsOfTasks(Named[str], OwnedRepository[comment], parent=task):  # type: ignore[valid-type]
        pass

    class FurtherComments(CommentsOfTasks):
        pass

    declared = find_declaration(inspect(comment))
    assert CommentsOfTasks.model is FurtherComments.model is comment
    assert declared is not None
    assert declared[1] == Parent(task)
    assert not hasattr(OpenRepository, "model")
    read = attrgetter("model", "owner_column", "hide_existence", "resource_name")
    assert read(NoteRepository) == (note, "owner", False, "note")
    assert read(HiddenRepository) == read(FurtherRepository) == (task, "user_id", True, "to-do")
    models.store(note(id=1, owner="ada"), note(id=2, owner="grace"))
    with Session(models.engine) as session:
        found: list[Any] = NoteRepository(session, "ada").list()
        assert [row.id for row in found] == [1]
        assert reject(lambda: NoteRepository(session, "ada").get(2))[0] == 403


def test_subclass_of_a_repository_may_repeat_its_declaration() -> None:
    class Again(TaskRepository, owner_column="user_id", resource_name="to-do"):
        pass

    class Comments(CommentRepository, parent="task"):
        pass

    read = attrgetter("model", "owner_column", "resource_name")
    assert read(Again) == (Task, "user_id", "to-do")
    assert read(Comments) == (Comment, "user_id", "comment")
    assert read(TaskRepository) == (Task, "user_id", "task")


KEYWORDS: list[tuple[type[Any], dict[str, Any]]] = [
    (TaskRepository, {"owner_column": "title"}),
    (TaskRepository, {"parent": "project"}),
    (TaskRepository, {"parent": Project}),
    (CommentRepository, {"owner_column": "text"}),
    (CommentRepository, {"parent": Task}),
    (AsyncTaskRepository, {"owner_column": "title"}),
]


@pytest.mark.parametrize(("base", "keywords"), KEYWORDS)
def test_subclass_of_a_repository_with_another_declaration_raises(base: type[Any], keywords: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=rf"^{base.model.__name__} must be declared once, and is declared as "):
        types.new_class("Further", (base,), keywords)


def test_repository_without_a_model_has_no_parent() -> None:
    with pytest.raises(TypeError, match=r"^Open must name its model to have a parent: OwnedRepository\[Comment\], par"):

        class Open(OwnedRepository[ModelT], parent="task"):
            pass


def test_name_of_the_resource_of_a_generic_repository_is_inherited() -> None:
    class Named(OwnedRepository[ModelT], resource_name="thing"):
        pass

    class Tasks(Named[Task]):
        pass

    class Comments(Tasks, OwnedRepository[Comment], parent="task"):
        pass

    assert (Named.resource_name, Tasks.resource_name, Comments.resource_name) == ("thing", "thing", "comment")
    assert Comments.model is Comment


# Sessions of other types


def test_session_of_another_type_raises(engine: Engine) -> None:
    factory = sessionmaker(engine)
    scoped, plain = scoped_session(factory), AsyncSession(create_async_engine("sqlite+aiosqlite://"))
    others: list[tuple[Any, str]] = [
        (scoped, "scoped_session"),
        (plain, "AsyncSession"),
        (factory, "sessionmaker"),
        (engine, "Engine"),
        (None, "NoneType"),
    ]
    for session, name in others:
        message = rf"^session must be a Session of .*, and is of the type {name}: call a scoped_session to get its Sess"
        with pytest.raises(TypeError, match=message):
            TaskRepository(session, "ada")
    with factory() as unrestricted:
        assert len(unrestricted.scalars(select(Task)).all()) == 2
    assert [task.title for task in TaskRepository(scoped(), "ada").list()] == ["task of ada"]
    scoped.remove()


def test_asynchronous_session_of_another_type_raises(engine: Engine) -> None:
    scoped = async_scoped_session(async_sessionmaker(create_async_engine("sqlite+aiosqlite://")), lambda: 1)
    others: list[tuple[Any, str]] = [(scoped, "async_scoped_session"), (Session(engine), "Session"), (None, "NoneType")]
    for session, name in others:
        message = rf"^session must be an AsyncSession of .*, and is of the type {name}: call an async_scoped_session to"
        with pytest.raises(TypeError, match=message):
            AsyncTaskRepository(session, "ada")
    assert AsyncTaskRepository(scoped(), "ada").session is scoped()


# Without `async` under concurrency


def test_users_in_two_sessions_do_not_see_each_other(engine: Engine) -> None:
    def work(number: int) -> set[str]:
        owner = ("ada", "grace")[number % 2]
        with Session(engine) as session:
            tasks, comments = TaskRepository(session, owner), CommentRepository(session, owner)
            for _ in range(5):
                seen = tasks.list() + list(session.scalars(select(Task)))
                assert {task.user_id for task in seen} == {owner}
                assert {comment.text for comment in comments.list()} == {f"comment of {owner}"}
                assert {task.project.user_id for task in seen if task.project} == {owner}
            return {owner}

    with ThreadPoolExecutor(8) as threads:
        assert set.union(*threads.map(work, range(16))) == {"ada", "grace"}


# With `async`


def run_async(url: str, work: Callable[[Any], Any]) -> None:
    """Run a coroutine function with an engine whose database contains the rows."""

    async def run() -> None:
        engine = create_async_engine(url)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            async with AsyncSession(engine) as session:
                await session.run_sync(add_rows)
            await work(engine)
        finally:
            await engine.dispose()

    asyncio.run(run())


def test_async_repository_reads_and_writes_rows_of_owner(async_database_url: str) -> None:
    async def work(engine: Any) -> None:
        async with AsyncSession(engine) as session:  # objects expire after a commit, and are read again
            tasks, comments = AsyncTaskRepository(session, "ada"), AsyncCommentRepository(session, "ada")
            assert [task.title for task in await tasks.list(Task.id > 0, limit=5)] == ["task of ada"]
            task = await tasks.create(TaskBody(title="new", user_id="grace"))
            assert (task.user_id, task.title) == ("ada", "new")
            assert (await tasks.update(task.id, TaskBody(done=True))).done
            assert await tasks.count() == 2
            assert await tasks.exists(Task.done)
            assert await tasks.find(FOREIGN) is None
            key = task.id
            comment_key = (await comments.create({"text": "new"}, task_id=key)).id
            with pytest.raises(HTTPException, match="Task not found"):
                await comments.create({"text": "new"}, task_id=FOREIGN)
            with pytest.raises(HTTPException, match="Task not found"):
                await tasks.delete(FOREIGN)
            await comments.delete(comment_key)
            await session.commit()
            assert [task.id async for task in await session.stream_scalars(select(Task).order_by(Task.id))] == [1, key]
            for refused in (Task.__table__.select(), select(Task).where(Task.id == Project.id)):
                with pytest.raises(OwnershipError):
                    await session.execute(refused)
            with pytest.raises(OwnershipError):
                await (await session.connection()).exec_driver_sql("SELECT 1")
            async with tasks.unrestricted() as everybody:
                assert (await everybody.get_one(Task, FOREIGN)).title == "task of grace"
            with pytest.raises(OwnershipError):
                AsyncTaskRepository(session, "grace")

    run_async(async_database_url, work)


class AsyncProjectRepository(AsyncOwnedRepository[Project], hide_existence=False):
    pass


def test_async_repository_passes_each_argument(tmp_path: Path) -> None:
    async def work(engine: Any) -> None:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            projects = AsyncProjectRepository(session, "ada")
            added = [(await projects.create({"name": name})).id for name in "abc"]
            found = await projects.list(Project.name != "b", order_by=Project.name.desc(), limit=1, offset=1)
            assert [project.name for project in found] == ["c"]
            assert await projects.exists(Project.name == "c")
            assert not await projects.exists(Project.name == "d")
            assert await projects.count(Project.name > "a") == 3
            for key, status in ((FOREIGN, 403), (MISSING, 404)):
                for call in (projects.get, projects.delete, projects.update):
                    with pytest.raises(HTTPException) as caught:
                        await call(key)
                    assert caught.value.status_code == status
            await projects.update(added[0], {"name": "changed"})
            await session.rollback()
            await projects.delete(added[1])
            await session.rollback()
            await projects.update(added[2], {"name": "changed, too"}, commit=False)
            await projects.delete(added[0], commit=False)
            await session.rollback()
        async with AsyncSession(engine) as plain:
            names = set(await plain.scalars(select(Project.name).where(Project.user_id == "ada")))
            assert names == {"project of ada", "changed", "c"}

    run_async(f"sqlite+aiosqlite:///{tmp_path}/rows.db", work)


def test_async_users_do_not_see_each_other(async_database_url: str) -> None:
    async def work(engine: Any) -> None:
        async def read(owner: str) -> None:
            async with AsyncSession(engine) as session:
                for _ in range(5):
                    assert {task.user_id for task in await AsyncTaskRepository(session, owner).list()} == {owner}
                    assert {comment.text for comment in await session.scalars(select(Comment))} == {
                        f"comment of {owner}"
                    }

        await asyncio.gather(*(read(("ada", "grace")[number % 2]) for number in range(10)))

    run_async(async_database_url, work)
