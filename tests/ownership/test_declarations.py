"""What is declared as owned or public: by an attribute, by a parent, by a chain of parents."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import Column, ForeignKeyConstraint, Integer, Table, Uuid, func, inspect, select, true
from sqlalchemy.orm import Session, mapped_column, relationship

from fastjose._ownership import criteria
from fastjose._ownership.criteria import owner_criterion
from fastjose._ownership.declarations import find_declaration
from fastjose._ownership.session.restriction import restrict_session
from fastjose.sqlmodel import OwnershipError, declare_owned, declare_public
from support.ownership.own_models import OwnModels, integer, reference, text

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def models() -> OwnModels:
    """Return an empty set of models."""
    return OwnModels()


def require_condition(model: Any) -> Any:
    return owner_criterion(inspect(model), "ada")


# Declarations


def test_declaration_returns_its_model_and_is_that_of_its_arguments(models: OwnModels) -> None:
    task = models.create("Task", user_id=text(), owner=text())
    comment = models.create("Comment", task_id=reference("task.id"), task=relationship("Task"))
    vote, tag = models.create("Vote"), models.create("Tag")
    assert declare_owned(task, owner_column="owner") is task
    assert declare_owned(comment, parent=task) is comment
    declare_public(vote, writable=True)
    declare_public(tag)
    found = [find_declaration(inspect(model)) for model in (task, comment, vote, tag)]
    assert [str(declared[1]) for declared in found if declared] == [
        "OwnerColumn(name='owner')",
        f"Parent(target={task!r})",
        "Public(is_writable=True)",
        "Public(is_writable=False)",
    ]


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [({}, "user_id"), ({"owner_column": "x"}, "x"), ({"parent": "y", "owner_column": "id"}, "y")],
)
def test_declaration_without_its_attribute_raises(models: OwnModels, arguments: Any, missing: str) -> None:
    with pytest.raises(TypeError, match=rf"^Task must have the attribute {missing}: "):
        declare_owned(models.create("Task"), **arguments)


def test_error_of_a_declaration_names_the_table_or_the_thing(models: OwnModels) -> None:
    table = Table("task_tags", models.base.metadata, Column("id", Integer, primary_key=True))
    declare_public(table)
    with pytest.raises(TypeError, match=r"^task_tags must be declared once, and is declared as Public\(is_writable=F"):
        declare_public(table, writable=True)
    task = models.create("Task", user_id=text())
    things: list[tuple[Any, str]] = [(5, "5"), ("text", "text"), (dict, "dict"), (task(), "<.*Task object")]
    for thing, name in things:
        for declare in (declare_public, declare_owned):
            with pytest.raises(TypeError, match=rf"^{name}.* must be a mapped class: "):
                declare(thing)


def test_model_that_inherits_has_the_declaration_of_the_first(models: OwnModels) -> None:
    entry = models.create("Entry", user_id=text())
    photo = models.create("Photo", entry, id=reference("entry.id", primary_key=True))
    memo = models.create("Memo", entry, id=reference("entry.id", primary_key=True))
    declare_owned(entry)
    declare_owned(memo)
    bases = [found[0].class_ for model in (entry, photo, memo) if (found := find_declaration(inspect(model)))]
    assert bases == [entry, entry, entry]


OTHERWISE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "public and owned": (partial(declare_public, writable=True), declare_owned),
    "owned and public": (declare_owned, declare_public),
    "two columns": (declare_owned, partial(declare_owned, owner_column="maker")),
    "column and parent": (declare_owned, partial(declare_owned, parent="folder")),
    "public and writable": (declare_public, partial(declare_public, writable=True)),
}


def inherit(models: OwnModels, name: str, base: Any, is_joined: bool) -> Any:  # noqa: FBT001 - a parameter of the test
    """Return a model that inherits from another, in a table of its own or in that of the other."""
    arguments = {"__mapper_args__": {"polymorphic_identity": name.lower()}}
    if is_joined:
        key = reference(f"{base.__tablename__}.id", primary_key=True)
        return models.create(name, base, id=key, **arguments)
    return type(name, (base,), arguments)


@pytest.mark.parametrize("is_joined", [True, False])
@pytest.mark.parametrize("first_is_base", [True, False])
@pytest.mark.parametrize("name", OTHERWISE)
def test_models_of_one_line_of_inheritance_are_declared_alike(
    models: OwnModels,
    name: str,
    is_joined: bool,  # noqa: FBT001 - a parameter
    first_is_base: bool,  # noqa: FBT001 - a parameter
) -> None:
    """A query for the first returns the rows of all, filtered by its own declaration."""
    models.create("Folder", user_id=text())
    columns = {"user_id": text(), "maker": text(), "folder_id": reference("folder.id")}
    arguments = {"polymorphic_on": "kind", "polymorphic_identity": "entry"}
    entry = models.create("Entry", kind=text(), folder=relationship("Folder"), **columns, __mapper_args__=arguments)
    picture = inherit(models, "Picture", entry, is_joined)
    photo = inherit(models, "Photo", picture, is_joined)
    declare_base, declare_photo = OTHERWISE[name]
    (declare_first, first), (declare_second, second) = (declare_base, entry), (declare_photo, photo)
    if not first_is_base:
        (declare_first, first), (declare_second, second) = (declare_second, second), (declare_first, first)
    declare_first(first)
    message = rf"^{second.__name__} must be declared as {first.__name__} is, because one inherits from the other"
    for _ in range(2):  # the second attempt does not succeed either
        with pytest.raises(TypeError, match=message):
            declare_second(second)
    declare_first(second)
    found = [find_declaration(inspect(model)) for model in (entry, picture, photo)]
    assert len({declared[1] for declared in found if declared}) == 1


# Parents


def create_task(models: OwnModels, **attributes: Any) -> Any:
    return declare_owned(models.create("Task", user_id=text(), **attributes))


@pytest.mark.parametrize("name", ["task_id", "replies", "tags"])
def test_parent_that_is_not_many_to_one_raises(models: OwnModels, name: str) -> None:
    create_task(models)
    models.create("Reply", comment_id=reference("comment.id"))
    models.create("Tag")
    table = Table("comment_tags", models.base.metadata, Column("comment_id", Integer), Column("tag_id", Integer))
    tags = relationship(
        "Tag",
        secondary=table,
        primaryjoin="Comment.id == foreign(comment_tags.c.comment_id)",
        secondaryjoin="Tag.id == foreign(comment_tags.c.tag_id)",
    )
    comment = models.create("Comment", task_id=reference("task.id"), replies=relationship("Reply"), tags=tags)
    declare_owned(comment, parent=name)
    with pytest.raises(TypeError, match=rf"^{name} of Comment must be a many-to-one relationship$"):
        require_condition(comment)


@pytest.mark.parametrize("count", [0, 2])
def test_parent_class_needs_one_foreign_key(models: OwnModels, count: int) -> None:
    task = create_task(models)
    comment = models.create("Comment", **{f"task_{number}": reference("task.id") for number in range(count)})
    declare_owned(comment, parent=task)
    with pytest.raises(TypeError, match=r"^Comment must have one foreign key to Task: name its many-to-one relation"):
        require_condition(comment)


def test_parent_class_of_a_model_without_a_table_raises(models: OwnModels) -> None:
    task, comment = create_task(models), models.create("Comment", task_id=reference("task.id"))
    view = models.create("View", __table__=select(comment.__table__).subquery())
    declare_owned(view, parent=task)
    with pytest.raises(TypeError, match=r"^View must have one foreign key to Task"):
        require_condition(view)


def test_relationship_names_one_of_two_foreign_keys(models: OwnModels) -> None:
    task = create_task(models)
    link = models.create(
        "Link",
        task_id=reference("task.id"),
        source_id=reference("task.id"),
        task=relationship("Task", foreign_keys="Link.task_id"),
    )
    declare_owned(link, parent="task")
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"))
    models.store(link(task_id=1, source_id=2), link(task_id=2, source_id=1))
    with models.open() as session:
        assert [found.task_id for found in session.scalars(select(link))] == [1]


@pytest.mark.parametrize("by_name", [False, True])
def test_rows_of_a_parent_with_a_composite_key_belong_to_its_owner(models: OwnModels, by_name: bool) -> None:  # noqa: FBT001 - pytest
    folder = declare_owned(
        models.create("Folder", id=integer(primary_key=True), part=integer(primary_key=True), user_id=text())
    )
    sheet = models.create(
        "Sheet",
        folder_id=integer(),
        folder_part=integer(),
        folder=relationship("Folder"),
        __table_args__=(ForeignKeyConstraint(["folder_id", "folder_part"], ["folder.id", "folder.part"]),),
    )
    declare_owned(sheet, parent="folder" if by_name else folder)
    models.store(folder(id=1, part=2, user_id="ada"), folder(id=2, part=1, user_id="grace"))
    models.store(sheet(folder_id=1, folder_part=2), sheet(folder_id=2, folder_part=1), sheet(folder_id=1))
    with models.open() as session:
        assert [(found.folder_id, found.folder_part) for found in session.scalars(select(sheet))] == [(1, 2)]


def test_rows_of_a_parent_that_inherits_belong_to_its_owner(models: OwnModels) -> None:
    entry = declare_owned(models.create("Entry", user_id=text()))
    photo = models.create("Photo", entry, id=reference("entry.id", primary_key=True))
    frame = declare_owned(models.create("Frame", photo_id=reference("photo.id")), parent=photo)
    models.store(photo(id=1, user_id="ada"), photo(id=2, user_id="grace"))
    models.store(frame(photo_id=1), frame(photo_id=2))
    with models.open() as session:
        assert [found.photo_id for found in session.scalars(select(frame))] == [1]


def test_chain_of_parents_has_a_limited_length(models: OwnModels, monkeypatch: pytest.MonkeyPatch) -> None:
    task = create_task(models)
    comment = declare_owned(models.create("Comment", task_id=reference("task.id")), parent=task)
    reaction = declare_owned(models.create("Reaction", comment_id=reference("comment.id")), parent=comment)
    monkeypatch.setattr(criteria, "MAX_PARENTS", 2)
    require_condition(reaction)
    monkeypatch.setattr(criteria, "MAX_PARENTS", 1)
    require_condition(comment)
    with pytest.raises(OwnershipError, match=r"^Comment must have an owner"):
        require_condition(reaction)


def test_parent_that_has_no_owner_raises(models: OwnModels) -> None:
    task, tag, node = models.create("Task"), models.create("Tag"), models.create("Node", node_id=reference("node.id"))
    declare_public(tag)
    declare_owned(node, parent=node)
    for parent, message in ((task, "Task must be declared"), (tag, "Tag must have an owner"), (node, "Node must have")):
        name = f"Child{parent.__name__}"
        child = models.create(name, parent_id=reference(f"{parent.__tablename__}.id"))
        declare_owned(child, parent=parent)
        with pytest.raises(OwnershipError, match=rf"^{message}"):
            require_condition(child)


# Statements about several models


def test_models_without_a_relationship_are_filtered_too(models: OwnModels) -> None:
    task, note = create_task(models), declare_owned(models.create("Note", user_id=text()))
    rows = [model(user_id=owner) for model in (task, note) for owner in ("ada", "grace")]
    models.store(*rows)
    with models.open() as session:
        number = select(func.count(note.id)).scalar_subquery()
        assert session.execute(select(task.id, number)).all() == [(1, 1)]
        assert session.execute(select(task.id, note.id).join(note, true())).all() == [(1, 1)]


def test_public_model_is_read_with_every_row(models: OwnModels) -> None:
    tag = models.create("Tag")
    declare_public(tag)
    models.store(tag(), tag())
    with models.open() as session:
        assert len(session.scalars(select(tag)).all()) == 2
    with Session(models.engine) as plain:
        assert plain.scalar(select(func.count(tag.id))) == 2


def test_owners_of_several_types_are_compared_in_one_statement(models: OwnModels) -> None:
    own, other = UUID(int=1), UUID(int=2)
    task = declare_owned(models.create("Task", user_id=text()))
    note = declare_owned(models.create("Note", user_id=mapped_column(Uuid())))
    link = declare_owned(models.create("Link", user_id=mapped_column(Uuid(as_uuid=False))))
    for owner in (other, own):
        models.store(task(user_id=str(owner)), note(user_id=owner), link(user_id=str(owner)))
    with Session(models.engine) as session:
        restrict_session(session, str(own))
        statement = select(task.user_id, note.user_id, link.user_id).select_from(task)
        rows = session.execute(statement.join(note, true()).join(link, true()))
        assert rows.all() == [(str(own), own, str(own))]
