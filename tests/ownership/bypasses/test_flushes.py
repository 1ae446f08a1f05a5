"""What a flush writes after its first check, and references that are not among the columns that were loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Table, event, insert, literal, select, update
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Session, foreign, load_only, make_transient_to_detached, relationship, synonym

from fastjose.sqlmodel import OwnershipError, declare_owned, declare_public
from support.ownership.own_models import OwnModels, integer, reference, text

if TYPE_CHECKING:
    from collections.abc import Callable

OWNER = r"^user_id of Task must be the owner of the session, and must not change$"


@pytest.fixture
def models() -> OwnModels:
    """Return an empty set of models."""
    return OwnModels()


def all_rows(models: OwnModels, *columns: Any) -> list[Any]:
    with Session(models.engine) as plain:
        return list(plain.execute(select(*columns).order_by(*columns)).all())


# The owner, set by a relationship or an event


class Users(OwnModels):
    """Users whom every user may read, and tasks with a foreign key to their owner."""

    def __init__(self) -> None:
        """Declare the models and store a task of each owner."""
        super().__init__()
        self.user = self.create("User", id=text(primary_key=True))
        self.task = declare_owned(self.create("Task", user_id=reference("user.id"), title=text()))
        self.user.tasks = relationship(self.task, back_populates="user")
        self.task.user = relationship(self.user, back_populates="tasks")
        declare_public(self.user, writable=True)
        self.store(*(self.user(id=owner) for owner in ("ada", "grace")))
        self.store(self.task(id=1, user_id="ada"), self.task(id=2, user_id="grace"))


def give_away(models: Users, session: Session, grace: Any) -> None:
    session.get_one(models.task, 1).user = grace


def append(models: Users, session: Session, grace: Any) -> None:
    grace.tasks.append(session.get_one(models.task, 1))


def create_for(models: Users, session: Session, grace: Any) -> None:
    session.add(models.task(user=grace))


def release(models: Users, session: Session, _: Any) -> None:
    session.get_one(models.task, 1).user = None


@pytest.mark.parametrize("change", [give_away, append, create_for, release])
def test_relationship_does_not_change_the_owner(change: Callable[..., None]) -> None:
    models = Users()
    with models.open() as session:
        grace = session.get_one(models.user, "grace")
        change(models, session, grace)
        with pytest.raises(OwnershipError, match=OWNER):
            session.commit()
    assert all_rows(models, models.task.id, models.task.user_id) == [(1, "ada"), (2, "grace")]


def test_relationship_to_the_owner_may_be_set() -> None:
    models = Users()
    with models.open() as session:
        session.add(models.task(id=3, user=session.get_one(models.user, "ada")))
        session.commit()
    assert (3, "ada") in all_rows(models, models.task.id, models.task.user_id)


@pytest.mark.parametrize("name", ["before_insert", "before_update"])
def test_event_of_a_mapper_does_not_change_the_owner(name: str) -> None:
    models = Users()
    event.listen(models.task, name, lambda _mapper, _connection, task: setattr(task, "user_id", "grace"))
    with models.open() as session:
        session.get_one(models.task, 1).title = "new"
        session.add(models.task(id=3))
        with pytest.raises(OwnershipError, match=OWNER):
            session.commit()
    assert all_rows(models, models.task.id, models.task.user_id) == [(1, "ada"), (2, "grace")]


@pytest.mark.parametrize("owner", ["ada", "grace"])
def test_objects_that_an_event_adds_or_changes_are_checked(owner: str) -> None:
    models = Users()
    with models.open() as session:
        task = session.get_one(models.task, 1)

        @event.listens_for(session, "before_flush")
        def write(*_: Any) -> None:
            session.add(models.task(id=3, user_id=owner, title="added"))
            task.title = "changed"

        session.add(models.task(id=4))
        if owner == "ada":
            session.commit()
        else:
            with pytest.raises(OwnershipError, match=OWNER):
                session.commit()
    assert len(all_rows(models, models.task.id)) == (4 if owner == "ada" else 2)


# Foreign keys to models that inherit


class Library(OwnModels):
    """Entries, of which photos and memos inherit, and captions that lead to them."""

    def __init__(self) -> None:
        """Declare the models and store rows of two owners."""
        super().__init__()
        arguments = {"polymorphic_on": "kind", "polymorphic_identity": "entry"}
        self.entry = self.create("Entry", user_id=text(), kind=text(), __mapper_args__=arguments)
        self.photo = self.create(
            "Photo",
            self.entry,
            id=reference("entry.id", primary_key=True),
            __mapper_args__={"polymorphic_identity": "photo"},
        )
        self.caption = self.create(
            "Caption", user_id=text(), photo_id=reference("photo.id"), entry_id=reference("entry.id")
        )
        declare_owned(self.entry)
        declare_owned(self.caption)

    def store_rows(self) -> None:
        """Store a photo and an entry of each owner, and a caption of ada."""
        for number, owner in enumerate(("ada", "grace"), 1):
            self.store(self.photo(id=number, user_id=owner), self.entry(id=number + 10, user_id=owner))
        self.store(self.caption(id=1, user_id="ada"))


@pytest.mark.parametrize("is_photo_declared", [True, False])
def test_reference_to_an_inheriting_model_is_checked(is_photo_declared: bool) -> None:  # noqa: FBT001 - a parameter
    library = Library()
    if is_photo_declared:
        declare_owned(library.photo)
    library.store_rows()
    for name, own, foreign_keys in (("photo_id", [1], [2]), ("entry_id", [1, 11], [2, 12])):
        for key in own:
            with library.open() as session:
                session.add(library.caption(**{name: key}))
                setattr(session.get_one(library.caption, 1), name, key)
                session.commit()
        for key in foreign_keys:
            with library.open() as session:
                session.add(library.caption(**{name: key}))
                with pytest.raises(OwnershipError, match=r"^a row of (Photo|Entry) must exist and belong to"):
                    session.commit()
                session.rollback()
                setattr(session.get_one(library.caption, 1), name, key)
                with pytest.raises(OwnershipError):
                    session.commit()
                session.rollback()
                with pytest.raises(OwnershipError, match=rf"remove {name}$"):
                    session.execute(update(library.caption).values({name: key}))


def test_reference_to_a_table_of_which_one_inheriting_model_is_declared_is_checked(models: OwnModels) -> None:
    entry = models.create("Entry", user_id=text())
    photo = declare_owned(models.create("Photo", entry, id=reference("entry.id", primary_key=True)))
    caption = declare_owned(models.create("Caption", user_id=text(), entry_id=reference("entry.id")))
    models.store(photo(id=1, user_id="ada"), photo(id=2, user_id="grace"))
    with models.open() as session:
        session.add(caption(entry_id=1))
        session.commit()
        session.add(caption(entry_id=2))
        with pytest.raises(OwnershipError, match=r"^a row of Photo must exist and belong to"):
            session.commit()


def test_reference_to_a_table_of_two_models_is_to_a_row_of_the_first(models: OwnModels) -> None:
    arguments = {"polymorphic_on": "kind", "polymorphic_identity": "entry"}
    entry = declare_owned(models.create("Entry", user_id=text(), kind=text(), __mapper_args__=arguments))
    memo = type("Memo", (entry,), {"__mapper_args__": {"polymorphic_identity": "memo"}})  # in the same table
    caption = declare_owned(models.create("Caption", user_id=text(), entry_id=reference("entry.id")))
    models.store(entry(id=1, user_id="ada"), memo(id=2, user_id="ada"), memo(id=3, user_id="grace"))
    with models.open() as session:
        session.add_all(caption(entry_id=key) for key in (1, 2))
        session.commit()
        session.add(caption(entry_id=3))
        with pytest.raises(OwnershipError, match=r"^a row of Entry must exist and belong to"):
            session.commit()


def test_reference_to_a_table_that_another_model_joins_is_to_a_row_of_its_own_model(models: OwnModels) -> None:
    entry = models.create("Entry")
    photo = declare_owned(models.create("Photo", entry, id=reference("entry.id", primary_key=True), user_id=text()))
    frame = models.create("Frame", frame_id=integer(primary_key=True), photo_id=reference("photo.id"))
    joined = photo.__table__.join(frame.__table__, photo.__table__.c.id == frame.__table__.c.photo_id)
    framed = declare_owned(models.create("Framed", __table__=joined))
    caption = declare_owned(models.create("Caption", user_id=text(), photo_id=reference("photo.id")))
    models.store(photo(id=1, user_id="ada"), photo(id=2, user_id="grace"))
    with models.open() as session:
        assert session.scalars(select(framed.id)).all() == []
        session.add(caption(photo_id=1))
        session.commit()
        session.add(caption(photo_id=2))
        with pytest.raises(OwnershipError, match=r"^a row of Photo must exist and belong to"):
            session.commit()


@pytest.mark.parametrize("by_declaration", [True, False])
def test_reference_to_a_model_that_is_new_after_a_flush_is_checked(models: OwnModels, by_declaration: bool) -> None:  # noqa: FBT001 - a parameter
    entry = models.create("Entry", user_id=text())
    key: Column[int] = Column("id", ForeignKey("entry.id"), primary_key=True)
    photo = Table("photo", models.base.metadata, key)
    caption = declare_owned(models.create("Caption", user_id=text(), entry_id=reference("entry.id")))
    link = declare_owned(models.create("Link", user_id=text(), photo_id=reference("photo.id")))
    if not by_declaration:
        declare_owned(entry)
    models.store(entry(id=2, user_id="grace"))
    with Session(models.engine) as plain:
        plain.execute(insert(photo).values(id=2))
        plain.commit()
    with models.open() as session:
        session.add_all((caption(), link()))
        session.commit()
        if by_declaration:
            declare_owned(entry)
        else:
            models.create("Photo", entry, __table__=photo)
        session.add(caption(entry_id=2) if by_declaration else link(photo_id=2))
        with pytest.raises(OwnershipError, match=rf"^a row of {'Entry' if by_declaration else 'Photo'} must exist"):
            session.commit()


@pytest.mark.parametrize("is_fetched", ["auto", False])
@pytest.mark.parametrize("is_own", [True, False])
def test_reference_that_the_database_sets_is_checked(models: OwnModels, is_fetched: Any, is_own: bool) -> None:  # noqa: FBT001 - a parameter
    task = declare_owned(models.create("Task", user_id=text()))
    arguments = {"eager_defaults": is_fetched}
    about = reference("task.id", server_default="1" if is_own else "2")
    entry = declare_owned(models.create("Entry", user_id=text(), task_id=about, __mapper_args__=arguments))
    key, other = reference("entry.id", primary_key=True), reference("task.id", server_default="1" if is_own else "2")
    photo = models.create("Photo", entry, id=key, about_id=other, __mapper_args__=arguments)
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"))
    for new in (entry(), photo(task_id=1), photo(id=9, task_id=1)):
        with models.open() as session:
            session.add(new)
            if is_own:
                session.commit()
            else:
                with pytest.raises(OwnershipError, match=r"^a row of Task must exist and belong to"):
                    session.commit()
    assert len(all_rows(models, entry.__table__.c.id)) == (3 if is_own else 0)


# References that are not foreign keys, and parts of them that were not loaded


def test_parent_without_a_foreign_key_is_checked(models: OwnModels) -> None:
    task = declare_owned(models.create("Task", user_id=text()))
    note = models.create("Note", task_ref=integer())
    note.task = relationship(task, primaryjoin=task.id == foreign(note.task_ref))
    declare_owned(note, parent="task")
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"), note(id=1, task_ref=1))
    with models.open() as session:
        session.add(note(id=2, task_ref=1))
        session.commit()
        session.add(note(id=3, task_ref=2))
        with pytest.raises(OwnershipError, match=r"^a row of Task must exist"):
            session.commit()
        session.rollback()
        session.get_one(note, 1).task_ref = 2
        with pytest.raises(OwnershipError, match=r"^a row of Task must exist"):
            session.commit()
    assert all_rows(models, note.id, note.task_ref) == [(1, 1), (2, 1)]


@pytest.mark.parametrize(("part", "is_own"), [(2, True), (3, False)])
def test_part_of_a_reference_that_was_not_loaded_is_checked(models: OwnModels, part: int, is_own: bool) -> None:  # noqa: FBT001 - a parameter
    document = declare_owned(
        models.create("Document", id=integer(primary_key=True), part=integer(primary_key=True), user_id=text())
    )
    key = ForeignKeyConstraint(["document_id", "part"], ["document.id", "document.part"])
    page = declare_owned(
        models.create("Page", user_id=text(), document_id=integer(), part=integer(), __table_args__=(key,))
    )
    models.store(*(document(id=1, part=number, user_id="grace" if number == 3 else "ada") for number in (1, 2, 3)))
    models.store(page(id=1, user_id="ada", document_id=1, part=1))
    with models.open() as session:
        session.scalars(select(page).options(load_only(page.id))).one().part = part
        if is_own:
            session.commit()
        else:
            with pytest.raises(OwnershipError, match=r"^a row of Document must exist"):
                session.commit()
    assert all_rows(models, page.part) == [(part if is_own else 1,)]


# Objects that claim to be rows of the owner, to which relationships lead


class Links(OwnModels):
    """Tasks, their parts without a way back, and labels by a secondary table."""

    def __init__(self) -> None:
        """Declare the models and store rows of two owners."""
        super().__init__()
        self.task = declare_owned(self.create("Task", user_id=text()))
        self.part = declare_owned(self.create("Part", user_id=text(), task_id=reference("task.id")))
        self.label = declare_owned(self.create("Label", user_id=text()))
        names = ("task_id", "task.id"), ("label_id", "label.id")
        self.link = Table("link", self.base.metadata, *(Column(name, ForeignKey(key)) for name, key in names))
        self.task.parts = relationship(self.part, lazy="write_only")
        self.task.labels = relationship(self.label, secondary=self.link)
        for number, owner in enumerate(("ada", "grace"), 1):
            self.store(*(model(id=number, user_id=owner) for model in (self.task, self.part, self.label)))

    def claim(self, session: Session, model: Any, key: int) -> Any:
        """Return an object for a stored row, which says that its owner is ada."""
        claimed = model(id=key, user_id="ada")
        make_transient_to_detached(claimed)
        session.add(claimed)
        return claimed


@pytest.mark.parametrize("key", [1, 2])
def test_row_that_a_relationship_changes_is_checked(key: int) -> None:
    models = Links()
    with models.open() as session:
        task = session.get_one(models.task, 1)
        task.parts.add(models.claim(session, models.part, key))
        if key == 1:
            session.commit()
        else:
            with pytest.raises(OwnershipError, match=r"^a row of Part must exist"):
                session.commit()
    assert all_rows(models, models.part.id, models.part.task_id) == [(1, 1 if key == 1 else None), (2, None)]


@pytest.mark.parametrize("key", [1, 2])
def test_row_of_a_secondary_table_is_checked(key: int) -> None:
    models = Links()
    with models.open() as session:
        task = session.get_one(models.task, 1)
        task.labels += [models.claim(session, models.label, key), models.label(id=3)]
        if key == 1:
            session.commit()
        else:
            with pytest.raises(OwnershipError, match=r"^a row of Label must exist"):
                session.commit()
    assert all_rows(models, models.link.c.label_id) == ([(1,), (3,)] if key == 1 else [])


def test_row_whose_primary_key_a_flush_changes_is_checked(models: OwnModels) -> None:
    document = declare_owned(models.create("Document", slug=text(primary_key=True), user_id=text()))
    page = models.create("Page", slug=reference("document.slug", primary_key=True), user_id=text())
    declare_owned(page)
    document.pages = relationship(page, passive_updates=False)
    label = declare_owned(models.create("Label", user_id=text()))
    names = ("slug", "document.slug"), ("label_id", "label.id")
    link = Table("link", models.base.metadata, *(Column(name, ForeignKey(key)) for name, key in names))
    document.labels = relationship(label, secondary=link)
    models.store(document(slug="old", user_id="ada"), label(id=1, user_id="ada"))
    models.store(page(slug="old", user_id="ada"))
    with models.open() as session:
        changed, linked = session.get_one(document, "old"), session.get_one(label, 1)
        changed.slug, linked.id = "new", 2
        changed.labels.append(linked)
        session.commit()
    assert all_rows(models, page.slug) == [("new",)]
    assert all_rows(models, link.c.slug, link.c.label_id) == [("new", 2)]


def test_orphan_that_an_event_changes_is_deleted(models: OwnModels) -> None:
    task = declare_owned(models.create("Task", user_id=text()))
    part = declare_owned(models.create("Part", user_id=text(), title=text(), task_id=reference("task.id")))
    task.parts = relationship(part, cascade="all, delete-orphan")
    models.store(task(id=1, user_id="ada", parts=[part(id=number, user_id="ada") for number in (1, 2)]))
    with models.open() as session:

        @event.listens_for(session, "before_flush")
        def write(*_: Any) -> None:
            for removed in owner.parts[1:]:
                removed.title = "removed"
                owner.parts.remove(removed)

        owner = session.get_one(task, 1)
        session.add(task(id=2))
        session.commit()
    assert all_rows(models, part.id) == [(1,)]


def test_reference_to_a_public_model_may_be_changed(models: OwnModels) -> None:
    tag = models.create("Tag")
    declare_public(tag)
    task = declare_owned(models.create("Task", user_id=text(), tag_id=reference("tag.id")))
    models.store(tag(id=1), tag(id=2), task(id=1, user_id="ada", tag_id=1), task(id=2, user_id="grace", tag_id=1))
    with models.open() as session:
        session.execute(update(task).values(tag_id=2))
        session.commit()
    assert all_rows(models, task.id, task.tag_id) == [(1, 2), (2, 1)]


def test_row_with_a_column_that_must_not_be_loaded_is_written() -> None:
    parts = Links()
    with parts.open() as session:
        only = load_only(parts.part.id, raiseload=True)
        part = session.scalars(select(parts.part).options(only)).one()
        part.user_id = "ada"
        session.commit()
        assert part.task_id is None


# INSERT statements into public models that lead to models with an owner


def test_insert_of_a_reference_to_a_model_with_an_owner_is_refused(models: OwnModels) -> None:
    task = declare_owned(models.create("Task", user_id=text()))
    vote = models.create("Vote", name=text(), about=reference("task.id", "task_id"))
    declare_public(vote, writable=True)
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"), vote(id=1, name="yes"))
    upsert = sqlite.insert(vote).values(id=1, name="no")
    refused: list[tuple[Any, Any]] = [
        (insert(vote).values(about=2), None),
        (insert(vote).values({"task_id": 2}), None),
        (insert(vote).values({vote.about: 2}), None),
        (insert(vote).values([{"name": "no"}, {"name": "no", "about": 2}]), None),
        (insert(vote).values([(7, "no", 2)]), None),
        (insert(vote).from_select(["about"], select(literal(2))), None),
        (insert(vote), {"about": 2}),
        (insert(vote), [{"name": "no"}, {"about": 2}]),
        (upsert.on_conflict_do_update(index_elements=["id"], set_={"task_id": 2}), None),
        (upsert.on_conflict_do_update(index_elements=["id"], set_={vote.about: 2}), None),
        (mysql.insert(vote).values(name="no").on_duplicate_key_update(task_id=2), None),
    ]
    with models.open() as session:
        for statement, parameters in refused:
            with pytest.raises(OwnershipError, match=r"^the values of an INSERT must not be a foreign key"):
                session.execute(statement, parameters)
        session.execute(insert(vote).values([(7, "seven")]))
        session.execute(insert(vote), [{"name": "eight"}])
        session.execute(insert(vote).from_select(["name"], select(literal("nine"))))
        session.execute(upsert.on_conflict_do_update(index_elements=["id"], set_={"name": "changed"}))
        session.add(vote(name="about", about=1))
        session.commit()
    assert sorted(all_rows(models, vote.name)) == [("about",), ("changed",), ("eight",), ("nine",), ("seven",)]


@pytest.mark.skipif(not hasattr(hybrid_property, "bulk_dml"), reason="SQLAlchemy 2.0 has no bulk_dml()")
@pytest.mark.parametrize("is_owned", [True, False])
def test_insert_of_a_name_that_is_not_a_column_is_refused(models: OwnModels, is_owned: bool) -> None:  # noqa: FBT001 - a parameter
    """SQLAlchemy resolves the name of a hybrid attribute after the session has checked the statement."""
    task = declare_owned(models.create("Task", user_id=text()))
    declare_public(models.create("User"))

    def set_reference(_: Any, mapping: Any, value: Any) -> None:
        mapping["about"] = value

    about = reference("task.id" if is_owned else "user.id", "about_id")
    attributes: dict[str, Any] = {"name": text(), "about": about, "alias": synonym("about")}
    set_topic: Any = classmethod(set_reference)
    attributes["topic"] = hybrid_property(lambda vote: vote.about, bulk_dml_setter=set_topic)
    vote = models.create("Vote", **attributes)
    declare_public(vote, writable=True)
    models.store(task(id=1, user_id="ada"), task(id=2, user_id="grace"))
    with models.open() as session:
        for name in ("topic", "alias"):
            rows: list[dict[str, Any]] = [{"name": "yes"}, {"name": "no", name: 2}]
            for parameters in (rows, rows[1]):
                if is_owned:
                    message = rf"^the values of an INSERT must be columns of Vote: remove {name}$"
                    with pytest.raises(OwnershipError, match=message):
                        session.execute(insert(vote), parameters)
        if not is_owned:
            session.execute(insert(vote), [{"name": "no", "topic": 2}])
        session.execute(insert(vote), [{"name": "yes"}])
        session.commit()
    expected = [("yes", None)] if is_owned else [("no", 2), ("yes", None)]
    assert sorted(all_rows(models, vote.name, vote.about)) == expected
