"""Which models the walk through a statement finds, and what it refuses, without a database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Table,
    UnaryExpression,
    column,
    delete,
    desc,
    func,
    lateral,
    literal,
    literal_column,
    select,
    tablesample,
    text,
    true,
    union,
    update,
    values,
)
from sqlalchemy.orm import aliased, relationship, with_loader_criteria
from sqlalchemy.sql.operators import custom_op

from fastjose._ownership.session.statements import find_mappers
from fastjose.sqlmodel import OwnershipError, declare_owned, declare_public
from support.ownership import own_models
from support.ownership.models import Base, Comment, Entry, Photo, Project, Secret, Tag, Task, Vote
from support.ownership.own_models import OwnModels

tasks: Any = Task.__table__
comments: Any = Comment.__table__
done: Any = Task.done
count_of_table = select(func.count(tasks.c.id)).scalar_subquery()
count_of_model = select(func.count(Task.id)).scalar_subquery()
Other = aliased(Task)


@pytest.fixture
def models() -> OwnModels:
    """Return an empty set of models."""
    return OwnModels()


def rows_of(*row: Any) -> Any:
    """Return rows of values as a table."""
    return values(*(column(f"column_{number}", Integer) for number in range(len(row))), name="rows").data([row])


def titles() -> Any:
    """Return a LATERAL that is correlated to a project."""
    return lateral(select(Task.title).where(Task.project_id == Project.id))


project_titles = titles()
FOUND: dict[str, tuple[Any, set[type[Base]]]] = {
    "lateral": (select(Project.id).join(project_titles, true()), {Project, Task}),
    "lateral that is read twice": (
        union(
            select(Project.id, project_titles.c.title).join(project_titles, true()),
            select(Project.id, project_titles.c.title).join(project_titles, true()),
        ),
        {Project, Task},
    ),
    "values": (select(rows_of(1, 2)), set()),
    "subquery in values": (select(rows_of(1, count_of_model)), {Task}),
    "values in a condition": (select(Project.id).where(Project.id.in_(rows_of(1).scalar_values())), {Project}),
    "public model in a condition alone": (select(Project.id).where(Tag.id > 0), {Project, Tag}),
    "alias of a public model in a condition alone": (select(Project.id).where(aliased(Tag).id > 0), {Project, Tag}),
    "condition on the target of a relationship": (
        select(Project.id).join(Project.tasks).where(Task.title != ""),
        {Project, Task},
    ),
    "condition on the alias of a relationship": (
        select(Project.id).join(Project.tasks.of_type(Other)).where(Other.title != ""),
        {Project, Task},
    ),
    "criterion of a relationship in a join": (
        select(Project.id).join(Project.tasks.and_(Task.title != "", Project.id > 0)),
        {Project, Task},
    ),
    "correlated to a model that is not read": (
        select(Task.id).where(
            select(Project.id).where(Project.id == Task.project_id).correlate(Task, Comment, comments).exists()
        ),
        {Project, Task},
    ),
    "correlated except to a model that is not read": (
        select(Task.id).where(
            select(Project.id).where(Project.id == Task.project_id).correlate_except(Project, comments).exists()
        ),
        {Project, Task},
    ),
    "correlated to all": (
        select(Task.id).where(select(Project.id).where(Project.id == Task.project_id).exists()),
        {Project, Task},
    ),
    "limit of a union": (union(select(Project.id), select(Tag.id)).limit(count_of_model), {Project, Tag, Task}),
    "order of a union": (
        union(select(Project.id), select(Tag.id)).order_by("id", Project.id.desc(), literal_column("1")),
        {Project, Tag},
    ),
    "group of a union": (union(select(Project.id), select(Tag.id)).group_by(Project.id), {Project, Tag}),
    "order of a union by a subquery": (
        union(select(Project.id), select(Tag.id)).order_by(count_of_model),
        {Project, Tag, Task},
    ),
    "operators of signs and of words": (
        select(Task.title.op("->>")("x"), Task.title.op("IS DISTINCT FROM")("x")).where(
            UnaryExpression(done, operator=custom_op("NOT")),
            UnaryExpression(done, modifier=custom_op("IS TRUE"), type_=Boolean()),
        ),
        {Task},
    ),
    "order of a union by an operator": (
        union(select(Project.id), select(Tag.id)).order_by(Project.id.op("+")(1)),
        {Project, Tag},
    ),
    "sample by a column": (
        select(Project.id, aliased(Task, tablesample(tasks, func.bernoulli(Project.id))).id),
        {Project, Task},
    ),
    "sample": (select(aliased(Task, tablesample(tasks, func.bernoulli(50), seed=literal(1))).id), {Task}),
}
TABLE = r"^the table task must be read through its model: .* declare_public\(\) for a table that has no owner$"
MODEL = r"^Task must be among the columns of its SELECT, in select_from\(Task\) or in \.join\(Task\): "
TEXT = r"^SQL text cannot be filtered by owner: select its model instead, or use repository\.unrestricted\(\)$"
PREFIX = r"^prefixes and suffixes are SQL text, which cannot be filtered by owner$"
PART = r"^an INSERT, UPDATE or DELETE must not be part of another statement$"
recent = select(Task.id).cte("recent")
REFUSED: dict[str, tuple[Any, str]] = {
    "not a SELECT": (
        func.now(),
        r"^a statement must be a SELECT, UPDATE or DELETE of models: select its model instead",
    ),
    "table": (select(tasks), TABLE),
    "alias of a table": (select(tasks.alias().c.id), TABLE),
    "model in a condition alone": (select(Project.id).where(Task.id > 0), MODEL),
    "alias in a condition alone": (select(Project.id).where(Other.id > 0), MODEL),
    "text": (select(Task.id).where(text("1 = 1")), TEXT),
    "literal column": (select(literal_column("1 + 1")), TEXT),
    "operator with a subquery": (select(Task.title.op("|| (SELECT max(title) FROM task) ||")("x")), TEXT),
    "operator with a text": (select(Task.id).where(Task.title.op("= '' OR 1 = 1 OR '' =")("x")), TEXT),
    "operator with a comment": (select(Task.id).where(Task.title.op("=--")("x")), TEXT),
    "operator that begins a comment": (select(Task.id).where(Task.title.op("/*")("x")), TEXT),
    "operator that ends a comment": (select(Task.id).where(Task.title.op("*/")("x")), TEXT),
    "operator before a column": (select(Task.id).where(UnaryExpression(done, operator=custom_op("1; OR"))), TEXT),
    "operator after a column": (
        select(Task.id).where(UnaryExpression(done, modifier=custom_op("OR (1 = 1)"), type_=Boolean())),
        TEXT,
    ),
    "operator in the order of a union": (
        union(select(Task.id), select(Tag.id)).order_by(Task.id.op("+ (SELECT 1) +")(1)),
        TEXT,
    ),
    "hint": (select(Task).with_hint(Task, "x"), "^hints are SQL text, which cannot be filtered by owner$"),
    "hint of the statement": (select(Task).with_statement_hint("x"), "^hints are SQL text"),
    "prefix": (select(Task.id).prefix_with("x"), PREFIX),
    "suffix": (select(Task.id).suffix_with("x"), PREFIX),
    "prefix of a cte": (select(select(Task.id).cte().prefix_with("x")), PREFIX),
    "suffix of a cte": (select(select(Task.id).cte().suffix_with("x")), PREFIX),
    "suffix of an alias of a cte": (select(select(Task.id).cte().suffix_with("x").alias()), PREFIX),
    "undeclared": (select(Secret.id), "^Secret must be declared before an owned session can use it"),
    "undeclared in a join": (select(Task.id).join(Task.secrets), "^Secret must be declared"),
    "change in a cte": (select(Task.id).add_cte(update(tasks).values(title="x").cte()), PART),
    "change in a cte of a union": (union(select(Task.id), select(Tag.id)).add_cte(delete(tasks).cte()), PART),
    "table in a cte of a union": (union(select(Task.id), select(Tag.id)).add_cte(select(tasks).cte()), TABLE),
    "table in the limit of a union": (union(select(Task.id), select(Tag.id)).limit(count_of_table), TABLE),
    "table in the order of a union": (union(select(Task.id), select(Tag.id)).order_by(count_of_table), TABLE),
    "text in the order of a union": (union(select(Task.id), select(Tag.id)).order_by(desc(text("id"))), TEXT),
    "literal in the order of a union": (union(select(Task.id), select(Tag.id)).order_by(literal_column("1 + 1")), TEXT),
    "union in the order of a union": (
        union(select(Task.id), select(Tag.id)).order_by(union(select(tasks.c.id), select(Tag.id)).scalar_subquery()),
        TABLE,
    ),
    "text in the group of a union": (union(select(Task.id), select(Tag.id)).group_by(text("id")), TEXT),
    "table in the second subquery": (select(recent.c.id, select(tasks).subquery().c.id), TABLE),
    "table in values": (select(rows_of(1, count_of_table)), TABLE),
    "attribute in values alone": (select(rows_of(Task.id)), MODEL),
    "table in values of a condition": (
        select(Project.id).where(Project.id.in_(rows_of(count_of_table).scalar_values())),
        TABLE,
    ),
    "table in a sample": (select(aliased(Task, tablesample(tasks, func.bernoulli(count_of_table))).id), TABLE),
    "table in the seed of a sample": (
        select(aliased(Task, tablesample(tasks, func.bernoulli(1), seed=count_of_table).alias()).id),
        TABLE,
    ),
    "text in the criterion of a join": (select(Project.id).join(Project.tasks.and_(text("1 = 1"))), TEXT),
    "model in the criterion of a join": (
        select(Comment.id).join(Comment.task.and_(Project.id > 0)),
        "^Project must be among the columns",
    ),
    "lateral without the model that it is correlated to": (
        union(
            select(Project.id, project_titles.c.title).join(project_titles, true()),
            select(Vote.id, project_titles.c.title).join(project_titles, true()),
        ),
        "^Project must be among the columns",
    ),
    "joined to one that it inherits from": (
        select(Entry.id).join(Photo, true()),
        r"^Photo must be joined as aliased\(Photo, flat=True\): its table is read already$",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_walk_finds_each_model(name: str) -> None:
    statement, models = FOUND[name]
    assert {mapper.class_ for mapper in find_mappers(statement)} == models


@pytest.mark.parametrize("name", REFUSED)
def test_statement_that_cannot_be_filtered_is_refused(name: str) -> None:
    statement, message = REFUSED[name]
    with pytest.raises(OwnershipError, match=message):
        find_mappers(statement)


def test_table_of_a_relationship_may_be_named_in_its_join(models: OwnModels) -> None:
    link = Table(
        "link", models.base.metadata, Column("task_id", ForeignKey("task.id")), Column("tag_id", ForeignKey("tag.id"))
    )
    task = models.create("Task", user_id=own_models.text(), tags=relationship("Tag", secondary=link))
    declare_owned(task)
    tag = models.create("Tag")
    declare_public(tag)
    joined = select(task.id).join(task.tags).where(link.c.tag_id > 0)
    assert {mapper.class_ for mapper in find_mappers(joined)} == {task}
    with pytest.raises(OwnershipError, match=r"^the table link must be read through its model"):
        find_mappers(select(task.id).where(link.c.tag_id > 0))


def test_criterion_of_all_models_is_checked_for_those_that_are_declared(models: OwnModels) -> None:
    named = type("Named", (models.base,), {"__abstract__": True, "name": own_models.text()})
    task = declare_owned(models.create("Task", named, user_id=own_models.text()))
    models.create("Secret", named)
    every = with_loader_criteria(named, lambda model: model.name != "", include_aliases=True)
    assert {mapper.class_ for mapper in find_mappers(select(task.id).options(every))} == {task}
    refused = with_loader_criteria(named, lambda model: model.name != literal_column("now()"), include_aliases=True)
    with pytest.raises(OwnershipError, match=TEXT):
        find_mappers(select(task.id).options(refused))
