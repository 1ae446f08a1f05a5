"""SQL text in the parts of a statement that take no text: it could widen the condition of the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy
from sqlalchemy import (
    ARRAY,
    Enum,
    Integer,
    Numeric,
    String,
    TypeDecorator,
    UnaryExpression,
    and_,
    case,
    cast,
    column,
    delete,
    extract,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    text,
    try_cast,
    type_coerce,
    union,
    update,
    values,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Bundle, aliased, with_loader_criteria
from sqlalchemy.sql.elements import ClauseElement, ColumnElement, TypeClause, quoted_name
from sqlalchemy.sql.operators import custom_op

from fastjose._ownership.session.element_text import check_element
from fastjose._ownership.session.statements import find_mappers
from fastjose.sqlmodel import OwnershipError
from support.ownership.models import Comment, Project, Tag, Task, TaskRepository, Vote

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TEXT = r"^SQL text cannot be filtered by owner: select its model instead, or use repository\.unrestricted\(\)$"
HINT = "^hints are SQL text, which cannot be filtered by owner$"
PRECEDENCE = r"^the operator (\|\||LIKE) must not have a precedence: remove precedence=… from op\(\)$"
identifier: Any = Task.id
title: Any = Task.title

# Operators


def either(operand: Any = identifier, operator: str = "OR", **options: Any) -> Any:
    """Return a condition that is true for every row, unless parentheses separate it from the owner."""
    return operand.op(operator, **options)(1)


ALWAYS_TRUE: dict[str, Any] = {
    "op": either(precedence=5),
    "bool_op": identifier.bool_op("OR", precedence=5)(1),
    "comparison": either(precedence=100, is_comparison=True),
    "after a column": UnaryExpression(identifier, modifier=custom_op("IS NOT NULL OR 1", precedence=50)),
    "after a column without a precedence": UnaryExpression(identifier, modifier=custom_op("OR 1 = 1 OR")) == 1,
    "before a column": UnaryExpression(identifier, operator=custom_op("1 OR", precedence=50)),
    "range that takes the condition of the owner": either(operator="BETWEEN 0 AND 99 OR", precedence=5),
    "range": either(operator="BETWEEN", precedence=5),
    "OR of MySQL": either(operator="||", precedence=5),
    "OR of MySQL after a column": UnaryExpression(identifier, modifier=custom_op("||")) - 5,
    "words with a precedence": either(operator="LIKE", precedence=5),
}


@pytest.mark.parametrize("name", ALWAYS_TRUE)
def test_operator_that_widens_the_condition_is_refused(tasks: TaskRepository, name: str) -> None:
    condition = ALWAYS_TRUE[name]
    session = tasks.session
    for statement in (
        select(Task.title).where(condition),
        select(Tag.name).where(Tag.id.in_(select(Task.id).where(condition))),
        select(Project.id).join(Project.tasks.and_(condition)),
        select(Project.id).outerjoin(Task, condition),
        select(Task.title).options(with_loader_criteria(Task, condition)),
        select(func.count().filter(condition)).select_from(Task),
        select(case((condition, 1), else_=0)).select_from(Task),
        update(Task).where(condition).values(title="x"),
        delete(Task).where(condition),
    ):
        with pytest.raises(OwnershipError, match=f"{TEXT}|{PRECEDENCE}"):
            session.execute(statement)
    for read in (tasks.list, tasks.count, tasks.exists):
        with pytest.raises(OwnershipError, match=f"{TEXT}|{PRECEDENCE}"):
            read(condition)


OTHER_TABLE = "UNION SELECT title FROM task WHERE id IS NOT"
READS_ANOTHER_TABLE: dict[str, Any] = {
    "group": select(Task.title).group_by(identifier.op(OTHER_TABLE)(null())),
    "group of words": select(Task.title).group_by(Task.id).having(identifier.op(f"IS NOT NULL {OTHER_TABLE}")(null())),
    "order": select(Task.title).order_by(identifier.op(f"LIMIT 1 {OTHER_TABLE}")(null())),
    "public model": select(Tag.name).where(Tag.id.op(f"IS NOT NULL {OTHER_TABLE}")(null())),
    "union": union(select(Task.title), select(Tag.name)).order_by(title.op(OTHER_TABLE)(null())),
}


every_row: Any = or_(Task.id > 0, Task.id < 0)


def modified(operand: Any) -> Any:
    return UnaryExpression(operand, modifier=custom_op("IS TRUE"))


WITHOUT_PARENTHESES: dict[str, Any] = {
    "a lambda": lambda: every_row,
    "a lambda of a label": lambda: every_row.label("x"),
    "before a modifier": modified(every_row),
    "before a modifier, labelled": modified(every_row.label("x")),
    "before a modifier, of another type": modified(type_coerce(every_row, Integer)),
    "before a modifier, both": modified(type_coerce(every_row.label("x"), Integer)),
    "lower bound": Task.id.between(every_row, 5),
    "upper bound": Task.id.between(0, every_row),
    "upper bound, labelled": Task.id.between(0, every_row.label("x")),
    "upper bound, negated": ~Task.id.between(5, every_row),
}


@pytest.mark.parametrize("name", WITHOUT_PARENTHESES)
def test_or_without_parentheses_is_refused(tasks: TaskRepository, name: str) -> None:
    condition = WITHOUT_PARENTHESES[name]
    for statement in (select(Task.title), update(Task).values(title="x"), delete(Task)):
        with pytest.raises(OwnershipError, match=r"^a condition with OR must be in parentheses .* self_group"):
            tasks.session.execute(statement.where(condition))


def test_or_in_parentheses_is_filtered(session: Session) -> None:
    conditions: list[Any] = [
        lambda: every_row.self_group(),  # noqa: PLW0108 - SQLAlchemy takes a lambda alone
        lambda: Task.id > 0,
        lambda: and_(Task.id > 0, Task.id < 99),
        modified(every_row.self_group()),
        modified(Task.id > 0),
        Task.id.between(case((every_row, 0), else_=99), 99),
        Task.id.between(0, Task.id + 1),
    ]
    for condition in conditions:
        assert session.scalars(select(Task.title).where(condition)).all() == ["task of ada"]


@pytest.mark.parametrize("name", READS_ANOTHER_TABLE)
def test_operator_that_reads_another_table_is_refused(session: Session, name: str) -> None:
    with pytest.raises(OwnershipError, match=TEXT):
        session.execute(READS_ANOTHER_TABLE[name])


TEXT_OPERATORS = (
    *("OR", "or", "XOR", "AND", "BETWEEN", "IN", "UNION", "COLLATE", "LIKE x", "IS  NOT", "IS\nNOT", "IS NOT LIKE"),
    *("", "$$", "=$$", "::", ":=", ",", ".", "\\", "[", "]", "{", "}", "=\n", "= =", "é", "¦", "=--", "/*", "*/"),
)


@pytest.mark.parametrize("operator", TEXT_OPERATORS)
def test_operator_that_is_neither_signs_nor_a_known_word_is_refused(operator: str) -> None:
    unknown: Any = custom_op(operator)
    expressions: list[Any] = [
        title.op(operator)("x"),
        UnaryExpression(title, operator=unknown),
        UnaryExpression(title, modifier=unknown),
    ]
    for expression in expressions:
        with pytest.raises(OwnershipError, match=TEXT):
            find_mappers(select(Task.id).where(expression))


OPERATORS = (
    *(
        "=",
        "<>",
        "!=",
        "->",
        "->>",
        "#>",
        "#>>",
        "#-",
        "@>",
        "<@",
        "?",
        "?|",
        "?&",
        "&&",
        "||",
        "<->",
        "<=>",
        "~*",
        "!~*",
    ),
    *("~*", "!~*", "^", "%", "&", "|", "<<", ">>", "-|-", "@@", "@?", "|/", "||/"),
    *("LIKE", "NOT LIKE", "ilike", "Not Ilike", "RLIKE", "REGEXP", "NOT REGEXP", "GLOB", "MATCH", "SIMILAR TO"),
    *("IS", "IS NOT", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "DIV", "MOD", "OVERLAPS", "AT TIME ZONE"),
    *("SOUNDS LIKE", "MEMBER OF"),
)


@pytest.mark.parametrize("operator", OPERATORS)
def test_operator_of_signs_or_a_known_word_is_permitted(operator: str) -> None:
    found = find_mappers(select(Task.id).where(title.op(operator)("x"), title.bool_op(operator)("x")))
    assert {mapper.class_ for mapper in found} == {Task}


@pytest.mark.parametrize(
    "operator", ["NOT", "IS NULL", "IS NOT NULL", "IS TRUE", "IS NOT FALSE", "IS UNKNOWN", "!", "~"]
)
def test_unary_operator_of_signs_or_a_known_word_is_permitted(operator: str) -> None:
    known: Any = custom_op(operator)
    conditions: list[Any] = [UnaryExpression(title, operator=known), UnaryExpression(title, modifier=known)]
    assert {mapper.class_ for mapper in find_mappers(select(Task.id).where(*conditions))} == {Task}


def test_signs_with_a_precedence_are_filtered(session: Session) -> None:
    """They bind more tightly than AND in each database: SQLAlchemy's operators of JSON have one."""
    found = session.scalars(select(Task.title).where(identifier.op(">=", precedence=5)(1)))
    assert found.all() == ["task of ada"]
    data: Any = column("data", JSONB)
    for condition in (data.has_key("x"), data.contains({}), data["x"].astext == "y", data.has_any(["x"])):
        assert {mapper.class_ for mapper in find_mappers(select(Task.id).where(condition))} == {Task}


# Kinds of elements


class Clock(ColumnElement[Any]):
    """A construct of the application, as SQLAlchemy documents them."""

    inherit_cache = True
    type = Integer()


class Fragment(ClauseElement):
    """An element that is text: `__visit_name__` is one that fastjose does not know."""

    __visit_name__ = "fragment"


@compiles(Clock)
def _compile_clock(*_: Any, **__: Any) -> str:
    return "42"


def test_element_of_an_unknown_kind_is_refused() -> None:
    unknown = (
        r"^an element of SQL that fastjose does not know \(fragment\) cannot be filtered by owner: select its model"
    )
    for statement in (
        union(select(Task.id), select(Tag.id)).order_by(func.abs(Task.id)),
        select(Task.id).where(func.abs(Task.id) > 0),
    ):
        for function in _functions(statement):
            function.clause_expr.element.clauses = [Fragment()]
        with pytest.raises(OwnershipError, match=unknown):
            find_mappers(statement)


def _functions(statement: Any) -> list[Any]:
    """Return the functions in the ORDER BY and in the WHERE clause of a statement."""
    conditions = [condition.left for condition in getattr(statement, "_where_criteria", ())]
    return [*conditions, *statement._order_by_clauses]


def test_construct_of_the_application_is_permitted(session: Session) -> None:
    assert session.execute(select(Task.title, Clock())).all() == [("task of ada", 42)]


class Template(tuple[Any, ...]):
    """What `t"…"` is in Python 3.14, as far as SQLAlchemy reads it."""

    __slots__ = ()


@pytest.fixture
def tstring(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return SQLAlchemy's `tstring()` for a text."""
    if not hasattr(sqlalchemy, "tstring"):
        pytest.skip("SQLAlchemy 2.0 has no tstring()")
    monkeypatch.setattr("sqlalchemy.sql.elements.Template", Template)
    build: Any = sqlalchemy.tstring
    return lambda fragment: build(Template((fragment,)))


def test_template_string_is_refused(tasks: TaskRepository, tstring: Any) -> None:
    always = tstring("1=1 OR 1=1")
    for statement in (
        select(Task.title).where(always),
        select(Tag.name).where(tstring("EXISTS (SELECT 1 FROM task)")),
        select(tstring("(SELECT max(title) FROM task)")).select_from(Task),
        select(Task.title).order_by(tstring("(SELECT max(title) FROM task)")),
        select(Task.title).group_by(always),
        select(Task.title).options(with_loader_criteria(Task, always)),
        union(select(Task.id), select(Tag.id)).order_by(always),
        update(Task).where(always).values(title="x"),
        update(Task).values(title=tstring("(SELECT max(title) FROM task)")),
        delete(Task).where(always),
        insert(Vote).values(name=tstring("(SELECT max(title) FROM task)")),
    ):
        with pytest.raises(OwnershipError, match=TEXT):
            tasks.session.execute(statement)
    with pytest.raises(OwnershipError, match=TEXT):
        tasks.count(always)
    with pytest.raises(OwnershipError, match=r"^a statement must be a SELECT, UPDATE or DELETE of models"):
        tasks.session.execute(tstring("SELECT title FROM task"))


# Names, types and fields that are rendered as they are


def bare(name: str) -> quoted_name:
    """Return a name that SQLAlchemy does not quote."""
    return quoted_name(name, quote=False)


def table_of(name: str, type_: Any = None) -> Any:
    """Return the table of a function."""
    return func.json_each("[]").table_valued(column(name, type_), name="found")


class Words(TypeDecorator[str]):
    """A type of the application."""

    impl = String
    cache_ok = True


MALICIOUS = bare("x, (SELECT 1)")
from_function: Any = lambda: text("1=1 OR 1=1")  # noqa: E731 - SQLAlchemy reads the code of a lambda
SIZE: Any = "10) OR (1"
RENDERED: dict[str, Any] = {
    "field of extract": select(extract("epoch FROM now()) > 0 OR (1", Task.id)).select_from(Task),
    "column": select(column(MALICIOUS)).select_from(Task),
    "label": select(Task.title.label(MALICIOUS)),
    "function": select(getattr(func, MALICIOUS)(Task.title)),
    "package of a function": select(getattr(getattr(func, MALICIOUS), "lower")(Task.title)),  # noqa: B009 - as above
    "alias": select(aliased(Task, name=MALICIOUS).title),
    "subquery": select(select(Task.id).subquery(MALICIOUS).c.id),
    "cte": select(select(Task.id).cte(MALICIOUS).c.id),
    "collation": select(Task.title.collate(MALICIOUS)),
    "column of a function": select(table_of(MALICIOUS).render_derived().c[MALICIOUS]),
    "type of a column of a function": select(table_of("value", String(SIZE)).render_derived(with_types=True).c.value),
    "column of a function that is not read": select(
        func.json_each("[]").table_valued(column("value"), column(MALICIOUS), name="found").render_derived().c.value
    ),
    "rows of values": select(values(column("id", Integer), name=MALICIOUS).data([(1,)]).c.id),
    "column of rows of values": select(values(column(MALICIOUS, Integer), name="found").data([(1,)])),
    "type of a column of rows of values": select(
        values(column("id", Integer), column("name", String(SIZE)), name="found").data([(1, "x")]).c.id
    ),
    "length": select(cast(Task.title, String(SIZE))),
    "length in try_cast": select(try_cast(Task.title, String(SIZE))),
    "precision": select(cast(Task.title, Numeric(SIZE))),
    "scale": select(cast(Task.title, Numeric(10, SIZE))),
    "fields of an interval": select(cast(Task.title, INTERVAL(fields="day) OR (1"))),
    "collation of a type": select(cast(Task.title, String(collation='x" OR "'))),
    "character set": select(cast(Task.title, mysql.VARCHAR(10, charset="utf8) OR (1"))),
    "name of an enumeration": select(cast(Task.title, Enum("a", name=MALICIOUS))),
    "type of the application": select(cast(Task.title, Words(SIZE))),
    "items": select(cast(Task.title, ARRAY(String(SIZE)))),
    "variant": select(cast(Task.title, String().with_variant(String(SIZE), "postgresql"))),
    "function of a condition": select(Task.id).where(from_function),
    "columns of a bundle": select(Bundle("both", Task.id, literal_column("(SELECT 1)"))),
    "type of a value": select(Task.id).where(Task.title == literal("x", String(SIZE))),
}


@pytest.mark.parametrize("name", RENDERED)
def test_text_in_what_is_rendered_as_it_is_is_refused(name: str) -> None:
    with pytest.raises(OwnershipError, match=TEXT):
        find_mappers(RENDERED[name])


def test_text_in_the_clause_of_a_type_is_refused() -> None:
    with pytest.raises(OwnershipError, match=TEXT):
        check_element(TypeClause(String(SIZE)))
    check_element(TypeClause(String(10)))


def test_names_and_types_that_are_plain_are_permitted(session: Session) -> None:
    plain = select(
        Task.title.label(bare("title_1")),
        cast(Task.title, String(100, collation="en_US.UTF-8")),
        cast(Task.title, Numeric(10, 2)),
        cast(Task.title, Enum("a, b", "c)", name="kind")),
        cast(Task.title, INTERVAL(fields="DAY TO SECOND", precision=3)),
        cast(Task.title, mysql.VARCHAR(10, charset="utf8mb4")),
        cast(Task.title, ARRAY(String(10), dimensions=2)),
        Task.title.collate("en-US-x-icu"),
        extract("EPOCH", Task.title),
        extract("timezone_hour", Task.title),
        getattr(func, bare("public.lower"))(Task.title),
        getattr(func, bare("v$lower"))(Task.title),
        Task.title.label("a, (b)"),  # quoted
    )
    assert {mapper.class_ for mapper in find_mappers(plain)} == {Task}
    assert session.scalars(select(cast(Task.title, String(11)).label(bare("cut")))).all() == ["task of ada"]
    assert session.scalars(select(Comment.text.label('a", (b)'))).all() == ["comment of ada"]


# UPDATE, DELETE and INSERT


@pytest.mark.parametrize("statement", [update(Task).values(title="x"), delete(Task)])
def test_hint_of_a_change_is_refused(session: Session, statement: Any) -> None:
    for dialect in ("*", "mssql"):
        with pytest.raises(OwnershipError, match=HINT):
            session.execute(statement.with_hint("x", dialect_name=dialect))


def test_text_in_an_option_of_a_dialect_is_refused(session: Session) -> None:
    for limit in ("1 OR 1", text("1 OR 1")):
        with pytest.raises(OwnershipError, match=HINT):
            session.execute(update(Task).values(title="x").with_dialect_options(mysql_limit=limit))
    session.execute(update(Task).values(title="x").with_dialect_options(mysql_limit=1))


@pytest.mark.parametrize("dialect", [sqlite, postgresql])
def test_name_in_an_upsert_that_is_text_is_refused(session: Session, dialect: Any) -> None:
    upsert = dialect.insert(Vote).values(id=1, name="x")
    assigned = bare("name = (SELECT max(title) FROM task), name")
    refused = [
        upsert.on_conflict_do_update(index_elements=["id"], set_={assigned: "x"}),
        upsert.on_conflict_do_update(index_elements=[bare("id) DO NOTHING --")], set_={"name": "x"}),
        upsert.on_conflict_do_nothing(index_elements=[bare("id) DO NOTHING --")]),
    ]
    if dialect is postgresql:
        refused.append(upsert.on_conflict_do_nothing(constraint=bare("x DO NOTHING --")))
    for statement in refused:
        with pytest.raises(OwnershipError, match=TEXT):
            session.execute(statement)
    if dialect.__name__.endswith(session.get_bind().dialect.name):
        session.execute(upsert.on_conflict_do_update(index_elements=["id"], set_={"name": "z"}))
        assert session.scalars(select(Vote.name)).all() == ["z"]
