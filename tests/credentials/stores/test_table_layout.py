"""The layout of the tables in a database: which tables and columns are Better Auth's, and what errors say of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import BigInteger, Integer, String, Text, Uuid, column, create_engine, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import JSON, Boolean, TypeEngine

from fastjose._database.hidden_text import HiddenText
from fastjose._database.layout import Field, HiddenString, Layout, build_field, list_names, match_ids
from fastjose._database.rows import Selection
from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import DatabaseNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    Create = Callable[..., None]

SESSION = '"id" text, "token" text, "userId" text, "expiresAt" date'
SNAKE_SESSION = '"id" text, "token" text, "user_id" text, "expires_at" date'
USER = '"id" text, "email" text, "emailVerified" boolean'


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Yield a connection to an empty database in memory."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def create(connection: Connection) -> Create:
    """Return a function that creates a table with the columns of a text."""

    def create(**tables: str) -> None:
        for name, columns in tables.items():
            connection.exec_driver_sql(f'CREATE TABLE "{name}" ({columns})')

    return create


def require(connection: Connection, model: str, schema: str | None = None, **names: Any) -> Any:
    return Layout(connection, DatabaseNames(**names), schema).require_table(model)


def fail(connection: Connection, model: str, schema: str | None = None, **names: Any) -> str:
    with pytest.raises(StoreUnavailableError) as caught:
        require(connection, model, schema, **names)
    return str(caught.value)


def compile_sql(clause: Any) -> str:
    return " ".join(str(clause.compile(dialect=postgresql.dialect())).split())  # type: ignore[no-untyped-call]


# --- Which table ---


@pytest.mark.parametrize(("name", "columns"), [("session", SESSION), ("sessions", SESSION), ("session", SNAKE_SESSION)])
def test_table_is_found_by_its_name_and_columns(
    connection: Connection, create: Create, name: str, columns: str
) -> None:
    create(**{name: columns, "other": columns})
    table = require(connection, "session")
    assert (table.model, table.name, set(table.fields)) == ("session", name, {"id", "token", "userId", "expiresAt"})
    statement = select(table.column("userId"), table.column("expiresAt")).select_from(table.clause)
    assert connection.execute(statement).all() == []


@pytest.mark.parametrize("missing", ["id", "token", "userId", "expiresAt"])
def test_table_without_a_required_column_is_not_found(connection: Connection, create: Create, missing: str) -> None:
    create(session=SESSION.replace(f'"{missing}"', '"other"'))
    message = fail(connection, "session")
    assert message.startswith(
        'the table "session" must have the columns id, token, userId, expiresAt or id, token, user_id, expires_at, '
        "and has "
    )
    assert '"other"' in message
    assert "pass names=DatabaseNames(fields={'session': …})" in message


def test_columns_that_a_table_must_have_are_named_once_for_equal_styles(connection: Connection, create: Create) -> None:
    create(organization='"id" text')
    fields = {"createdAt": "created"}
    message = fail(connection, "organization", fields={"organization": fields})
    assert message.startswith('the table "organization" must have the columns id, created, and has "id": pass')


def test_table_of_another_style_than_the_given_one_is_not_found(connection: Connection, create: Create) -> None:
    create(session=SNAKE_SESSION)
    assert "id, token, userId, expiresAt, and has" in fail(connection, "session", columns="camelCase")
    assert require(connection, "session", columns="snake_case").name == "session"


def test_view_is_a_table(connection: Connection, create: Create) -> None:
    create(accounts=USER)
    connection.exec_driver_sql('CREATE VIEW "user" AS SELECT * FROM accounts')
    assert require(connection, "user").name == "user"


def test_tables_are_those_of_the_schema(connection: Connection, create: Create) -> None:
    create(session=SESSION)
    connection.exec_driver_sql("ATTACH ':memory:' AS \"Auth\"")
    connection.exec_driver_sql(f'CREATE TABLE "Auth"."sessions" ({SNAKE_SESSION})')
    connection.exec_driver_sql("INSERT INTO \"Auth\".\"sessions\" VALUES ('1', 't', 'u', '2030-01-01')")
    assert require(connection, "session").name == "session"
    table = require(connection, "session", "Auth")
    assert table.name == "sessions"
    assert connection.execute(select(table.column("userId")).select_from(table.clause)).scalar() == "u"
    assert "the default schema has \"session\": pass names=DatabaseNames(tables={'user': …}), or schema=" in fail(
        connection, "user"
    )
    message = fail(connection, "user", "Auth")
    assert message.startswith(
        'the database must have Better Auth\'s table "user" or "users", and the schema "Auth" has "sessions": '
    )


def test_tables_and_views_of_the_schema_alone_are_read(connection: Connection, create: Create) -> None:
    create(session=SESSION, user=USER)
    connection.exec_driver_sql("ATTACH ':memory:' AS auth")
    connection.exec_driver_sql(f"CREATE TABLE auth.accounts ({USER})")
    connection.exec_driver_sql("INSERT INTO auth.accounts VALUES ('1', 'ada@example.com', 1)")
    assert 'has "accounts": pass' in fail(connection, "user", "auth")
    connection.exec_driver_sql('CREATE VIEW auth."user" AS SELECT * FROM accounts')
    table = require(connection, "user", "auth")
    statement = select(table.column("id")).select_from(table.clause)
    assert connection.execute(statement).scalars().all() == ["1"]
    assert compile_sql(statement) == 'SELECT "auth"."user"."id" FROM "auth"."user"'


def test_columns_of_a_table_in_a_schema_are_listed(connection: Connection, create: Create) -> None:
    create(session=SESSION)
    connection.exec_driver_sql("ATTACH ':memory:' AS auth")
    connection.exec_driver_sql('CREATE TABLE auth."session" ("number" text)')
    assert 'and has "number": pass' in fail(connection, "session", "auth")


def test_several_tables_raise_an_error_that_names_them(connection: Connection, create: Create) -> None:
    create(user=USER, users=USER)
    assert fail(connection, "user").startswith(
        'one table must be Better Auth\'s \'user\', and "user" and "users" both match: pass plural_tables=, or '
        "names=DatabaseNames(tables={'user': …})"
    )


def test_table_with_the_columns_of_both_styles_is_ambiguous(connection: Connection, create: Create) -> None:
    create(session=f'{SESSION}, "user_id" text, "expires_at" date')
    assert 'and "session" and "session" both match' in fail(connection, "session")
    assert require(connection, "session", columns="snake_case").column("userId").name == "user_id"
    assert require(connection, "session", columns="camelCase").column("userId").name == "userId"


@pytest.mark.parametrize(("beside", "found"), [("session", "user"), ("sessions", "users")])
def test_table_beside_another_is_named_like_it(connection: Connection, create: Create, beside: str, found: str) -> None:
    create(**{"user": USER, "users": USER, beside: SESSION})
    layout = Layout(connection, DatabaseNames(), None)
    assert layout.require_table("user", beside=layout.require_table("session")).name == found


@pytest.mark.parametrize("name", ["user", "users"])
def test_only_table_is_used_beside_one_that_is_named_otherwise(
    connection: Connection, create: Create, name: str
) -> None:
    create(**{name: USER, "session" if name == "users" else "sessions": SESSION})
    layout = Layout(connection, DatabaseNames(), None)
    assert layout.require_table("user", beside=layout.require_table("session")).name == name


def test_no_table_is_said_to_be_none(connection: Connection) -> None:
    assert 'Better Auth\'s table "session" or "sessions", and the default schema has none: ' in fail(
        connection, "session"
    )


def test_error_lists_twenty_names_at_most() -> None:
    names = [f"t{number}" for number in range(21)]
    listed = ", ".join(f'"t{number}"' for number in range(20))
    assert list_names([]) == "none"
    assert list_names(iter(names[:2])) == '"t0", "t1"'
    assert list_names(names[:20]) == listed
    assert list_names(iter(names)) == f"{listed} and 1 more"


# --- Which column ---


def test_column_in_the_name_of_its_field_counts_before_another(connection: Connection) -> None:
    for number, more in enumerate(['"ban_expires" text, "banExpires" text', '"banExpires" text, "ban_expires" text']):
        connection.exec_driver_sql(f"ATTACH ':memory:' AS s{number}")
        connection.exec_driver_sql(
            f'CREATE TABLE s{number}."user" ("id" text, "email" text, "email_verified" text, {more})'
        )
        table = require(connection, "user", f"s{number}")
        assert table.column("banExpires").name == "ban_expires"


def test_column_of_the_other_style_holds_a_field_unless_another_does(connection: Connection, create: Create) -> None:
    create(users='"id" text, "email" text, "email_verified" text, "banExpires" text')
    assert require(connection, "user").column("banExpires").name == "banExpires"


def test_column_of_a_table_in_camel_case_is_named_as_it_is(connection: Connection, create: Create) -> None:
    create(user=f'{USER}, "favorite_color" text')
    assert "favorite_color" in require(connection, "user").fields


def test_own_name_of_a_column_counts_before_the_name_of_better_auth(connection: Connection, create: Create) -> None:
    create(user=f'"born" text, {USER}, "createdAt" text')
    table = require(connection, "user", fields={"user": {"createdAt": "born"}})
    assert table.column("createdAt").name == "born"


def test_names_of_tables_and_columns_are_quoted(connection: Connection, create: Create) -> None:
    create(people='"id" text, "e-mail" text, "ORDER" text')
    fields = {"user": {"email": "e-mail", "emailVerified": "ORDER"}}
    table = require(connection, "user", tables={"user": "people"}, fields=fields)
    statement = select(table.column("email"), table.column("emailVerified")).select_from(table.clause)
    assert compile_sql(statement) == 'SELECT "people"."e-mail", "people"."ORDER" FROM "people"'
    assert connection.execute(statement).all() == []


@pytest.mark.parametrize(("model", "field"), [("session", "token"), ("apikey", "key")])
def test_secret_is_hidden_in_the_rows_of_a_query(
    connection: Connection, create: Create, model: str, field: str
) -> None:
    create(session=SESSION, apikey='"id" text, "key" text, "enabled" boolean, "expiresAt" date')
    table = require(connection, model)
    connection.execute(table.clause.insert().values({field: "a-secret", "id": "1"}))
    connection.execute(table.clause.insert().values({"id": "2"}))
    first, second = connection.execute(select(table.column(field), table.column("id")).order_by(table.column("id")))
    assert isinstance(first[0], HiddenText)
    assert tuple(first) == ("a-secret", "1")
    assert "a-secret" not in repr(first)
    assert second[0] is None
    assert not isinstance(first[1], HiddenText)
    assert HiddenString.cache_ok


@pytest.mark.parametrize(
    ("column_type", "value", "converted"),
    [(Boolean(), 1, True), (JSON(), "[1]", [1]), (Integer(), 1, 1), (Text(), "[1]", "[1]")],
)
def test_field_of_the_application_has_the_kind_of_its_column(
    column_type: TypeEngine[Any], value: object, converted: object
) -> None:
    clause: Any = column("more")
    built = build_field("more", clause, column_type)
    assert (built.column, built.type) == (clause, column_type)
    assert (built.convert(value), type(built.convert(value))) == (converted, type(converted))


def test_columns_of_a_table_have_the_types_of_the_database(connection: Connection, create: Create) -> None:
    create(user=f'{USER}, "settings" json, "count" integer')
    fields = require(connection, "user").fields
    kinds: dict[str, Any] = {"emailVerified": Boolean, "settings": JSON, "count": Integer, "email": Text}
    assert all(isinstance(fields[name].type, kind) for name, kind in kinds.items())
    assert fields["settings"].convert('{"a":1}') == {"a": 1}
    assert fields["email"].convert('{"a":1}') == '{"a":1}'


# --- Ids ---


def build_id(name: str, column_type: TypeEngine[Any]) -> Field:
    return Field(column(name), column_type, str)


@pytest.mark.parametrize("reference_type", [String(), Text()])
@pytest.mark.parametrize(
    ("id_type", "cast_type", "pattern"),
    [
        (Integer(), "BIGINT", "^[0-9]{1,18}$"),
        (BigInteger(), "BIGINT", "^[0-9]{1,18}$"),
        (Uuid(), "UUID", "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    ],
)
def test_text_is_compared_with_ids_of_another_type_on_postgresql(
    reference_type: TypeEngine[Any], id_type: TypeEngine[Any], cast_type: str, pattern: str
) -> None:
    condition = match_ids(build_id("id", id_type), build_id("reference", reference_type), "postgresql")
    sql = compile_sql(condition)
    assert sql.startswith("id = CASE WHEN (reference ~ ")
    assert sql.endswith(f"THEN CAST(reference AS {cast_type}) END")
    parameters = condition.compile(dialect=postgresql.dialect()).params.values()  # type: ignore[no-untyped-call]
    assert list(parameters) == [pattern]


@pytest.mark.parametrize(
    ("id_type", "reference_type", "dialect"),
    [
        (Text(), Text(), "postgresql"),
        (Integer(), Integer(), "postgresql"),
        (Uuid(), Uuid(), "postgresql"),
        (Integer(), Text(), "sqlite"),
    ],
)
def test_ids_that_can_be_compared_are_compared_as_they_are(
    id_type: TypeEngine[Any], reference_type: TypeEngine[Any], dialect: str
) -> None:
    condition = match_ids(build_id("id", id_type), build_id("reference", reference_type), dialect)
    assert compile_sql(condition) == "id = reference"


# --- Rows ---


def test_selection_reads_each_field_once_under_a_label_of_its_own(connection: Connection, create: Create) -> None:
    create(user=f'{USER}, "banned" boolean', session=SESSION)
    user, session = require(connection, "user"), require(connection, "session")
    connection.exec_driver_sql("INSERT INTO \"user\" VALUES ('1', 'ada@example.com', 1, NULL)")
    connection.exec_driver_sql("INSERT INTO \"session\" VALUES ('2', 't', '1', '2030-01-01T00:00:00Z')")
    users, sessions = Selection(user, ["id", "emailVerified", "id", "banned"]), Selection(session, ["id", "expiresAt"])
    labels = [*users.label_columns(), *sessions.label_columns()]
    assert [each.name for each in labels] == ["user_0", "user_1", "user_2", "session_0", "session_1"]
    assert (len(users), len(sessions)) == (3, 2)
    statement = select(*labels, literal(1)).where(session.column("userId") == user.column("id"))
    row = connection.execute(statement).one()
    assert users.convert(row[:3]) == {"id": "1", "emailVerified": True, "banned": None}
    assert sessions.convert(row[3:5]) == {"id": "2", "expiresAt": "2030-01-01T00:00:00.000Z"}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_selection_converts_no_other_number_of_values(connection: Connection, create: Create, count: int) -> None:
    create(user=USER)
    with pytest.raises(ValueError, match=r"zip\(\)"):
        Selection(require(connection, "user"), ["id", "email"]).convert(["x"] * count)


def test_selection_of_a_missing_field_names_the_first(connection: Connection, create: Create) -> None:
    create(users=USER)
    with pytest.raises(StoreUnavailableError, match=r'^the table "users" must have a column for \'phone\': change'):
        Selection(require(connection, "user"), ["id", "phone", "image"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("expiresAt", "tomorrow"), ("expiresAt", 1e300), ("enabled", "perhaps"), ("score", Decimal("Infinity"))],
)
def test_selection_of_an_unreadable_value_raises_an_error_without_it(
    connection: Connection, create: Create, name: str, value: object
) -> None:
    create(apikeys='"id" text, "key" text, "enabled" boolean, "expiresAt" date, "score" numeric')
    with pytest.raises(StoreUnavailableError) as caught:
        Selection(require(connection, "apikey"), ["id", name]).convert(["1", value])
    assert str(caught.value) == f'"apikeys" must have a date or a boolean as {name!r}'
    assert caught.value.__context__ is None
