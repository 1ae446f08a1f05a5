"""The stores of sessions and of API keys on SQLite: which tables they read, and with which arguments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import BigInteger, Integer, String, Uuid, column, create_engine

from fastjose._api_keys import secondary_storage
from fastjose._api_keys.database import find_stored_form
from fastjose._api_keys.key_hash import hash_api_key
from fastjose._api_keys.key_query import read_metadata, read_permissions
from fastjose._database.layout import Field
from fastjose._sessions.session_queries import SessionQuery, read_id
from fastjose.api_keys import DatabaseApiKeys, SecondaryStorageApiKeys
from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import DatabaseNames, DatabaseSessions, SecondaryStorageSessions
from support.better_auth.tables import ADAPTERS, EXPIRES_AT, MEMBER, ORGANIZATION, SESSION, TOKEN, USER, Tables

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk_" + "k" * 64
API_KEY: dict[str, Any] = {
    "id": "key-1",
    "key": hash_api_key(KEY),
    "referenceId": "user-1",
    "enabled": True,
    "expiresAt": EXPIRES_AT,
    "permissions": None,
    "metadata": None,
}
OLDER_KEY = {("userId" if name == "referenceId" else name): value for name, value in API_KEY.items()}


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Return tables with a session, an API key and their user."""
    tables = Tables(f"sqlite+aiosqlite:///{tmp_path}/auth.db")
    for model, row in (("user", USER), ("session", SESSION), ("apikey", API_KEY)):
        tables.create(model, row)
    return tables


def look_up(kind: Any, tables: Tables, credential: str, **options: Any) -> Any:
    async def run() -> Any:
        store = kind(tables.url, **{"timeout_seconds": 60, **options})
        try:
            return await store(credential)
        finally:
            await store.close()

    return asyncio.run(run())


def find_key(tables: Tables, **options: Any) -> Any:
    return look_up(DatabaseApiKeys, tables, KEY, **options)


def find_session(tables: Tables, **options: Any) -> Any:
    return look_up(DatabaseSessions, tables, TOKEN, **options)


def find_roles(tables: Tables, user_id: str, organization_id: str, **options: Any) -> list[str]:
    async def run() -> list[str]:
        store = DatabaseSessions(tables.url, timeout_seconds=60, **options)
        try:
            return await store.find_organization_roles(TOKEN, user_id, organization_id)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.mark.parametrize("find", [find_key, find_session])
def test_own_names_of_tables_and_columns_are_read(tables: Tables, find: Any) -> None:
    tables.execute('ALTER TABLE "user" RENAME TO people')
    with pytest.raises(StoreUnavailableError):
        find(tables)
    assert find(tables, names=DatabaseNames(tables={"user": "people"}))["user"]["id"] == "user-1"


@pytest.mark.parametrize("find", [find_key, find_session])
def test_number_of_the_tables_is_chosen(tables: Tables, find: Any) -> None:
    plural = Tables(tables.url, ADAPTERS["plural-camel-case"])
    for model, row in (("session", SESSION), ("apikey", API_KEY), ("user", {**USER, "name": "Grace"})):
        plural.create(model, row)
    with pytest.raises(StoreUnavailableError, match="both match: pass plural_tables="):
        find(tables)
    for is_plural, name in ((False, "Ada"), (True, "Grace")):
        assert find(tables, plural_tables=is_plural)["user"]["name"] == name


@pytest.mark.parametrize("find", [find_key, find_session])
def test_user_is_in_the_table_that_is_named_alike(tables: Tables, find: Any) -> None:
    Tables(tables.url, ADAPTERS["plural-camel-case"]).create("user", {**USER, "name": "of the application"})
    assert find(tables)["user"]["name"] == "Ada"


@pytest.mark.parametrize("find", [find_key, find_session])
def test_tables_are_those_of_the_schema(tables: Tables, find: Any) -> None:
    assert find(tables, schema="main")["user"]["id"] == "user-1"
    with pytest.raises(StoreUnavailableError):
        find(tables, schema="another")


@pytest.mark.parametrize("kind", [DatabaseApiKeys, DatabaseSessions])
def test_schema_is_that_of_the_argument_or_of_the_url(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    for module in ("_api_keys.key_query.ApiKeyQuery", "_sessions.session_queries.SessionQuery"):
        monkeypatch.setattr(f"fastjose.{module}", lambda _connection, _names, schema, _more: seen.append(schema))
    url = "postgresql+psycopg://app@localhost/app?schema=auth"
    for store in (kind(url), kind(url, schema="other")):
        query = store._api_keys if kind is DatabaseApiKeys else store._sessions
        query._prepare(None)
    assert seen == ["auth", "other"]


@pytest.mark.parametrize("kind", [DatabaseApiKeys, DatabaseSessions])
def test_missing_sqlalchemy_is_named_with_the_store(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=rf"\b{kind.__name__}\b"):
        kind("sqlite:///auth.db")


def test_look_ups_have_a_default_time_limit() -> None:
    for database in (DatabaseApiKeys("sqlite:///auth.db"), DatabaseSessions("sqlite:///auth.db")):
        assert database._reader._timeout_seconds == 5
    for kind in (SecondaryStorageApiKeys, SecondaryStorageSessions):
        assert kind("redis://localhost")._storage._timeout_seconds == 2
        assert kind("redis://localhost", timeout_seconds=7)._storage._timeout_seconds == 7
        assert kind("redis://localhost")._storage.prefix == "better-auth:"


# --- API keys ---


@pytest.mark.parametrize(("length", "is_key"), [(0, False), (1, True), (1024, True), (1025, False)])
def test_text_of_the_length_of_a_key_is_looked_up(length: int, is_key: bool) -> None:  # noqa: FBT001 - pytest
    key = "k" * length
    assert (find_stored_form(key, is_hashed=True) == hash_api_key(key)) is is_key
    assert (secondary_storage._hash_or_none(key) == hash_api_key(key)) is is_key


def test_key_that_is_not_hashed_is_stored_as_it_is() -> None:
    assert [find_stored_form(key, is_hashed=False) for key in ("", "k", "k" * 1025)] == [None, "k", None]


def test_text_that_is_not_unicode_is_no_key() -> None:
    assert find_stored_form("\ud800", is_hashed=True) is None
    assert secondary_storage._hash_or_none("\ud800") is None


def test_organization_is_in_the_table_that_is_named_alike(tables: Tables) -> None:
    tables.create("organization", {**ORGANIZATION, "id": "another"})
    Tables(tables.url, ADAPTERS["plural-camel-case"]).create("organization", {**ORGANIZATION, "id": "user-1"})
    assert find_key(tables)["user"]["id"] == "user-1"


def test_user_of_an_older_key_is_never_an_organization(tables: Tables) -> None:
    tables.execute("DROP TABLE apikey")
    tables.create("apikey", OLDER_KEY)
    tables.create("organization", {**ORGANIZATION, "id": "user-1"})
    found = find_key(tables)
    assert (found["user"]["id"], found["apiKey"]["userId"], "key" in found["apiKey"]) == ("user-1", "user-1", False)


def test_reference_counts_before_the_user_of_an_older_key(tables: Tables) -> None:
    tables.execute("DROP TABLE apikey")
    tables.create("apikey", {**API_KEY, "userId": "user-2"})
    assert find_key(tables)["user"]["id"] == "user-1"


def test_configuration_says_whether_an_organization_owns_a_key(tables: Tables) -> None:
    assert find_key(tables, organization_config_ids=["default"])["user"] is None, "without a table of organizations"
    tables.create("organization", {**ORGANIZATION, "id": "organization-1"})
    assert find_key(tables, organization_config_ids=["default"]) is None
    assert find_key(tables, organization_config_ids=["another"])["user"]["id"] == "user-1"
    assert find_key(tables)["user"]["id"] == "user-1"
    tables.execute("UPDATE apikey SET referenceId = 'organization-1'")
    assert find_key(tables)["user"] is None
    assert find_key(tables, organization_config_ids=["default"])["user"] is None
    assert find_key(tables, organization_config_ids=["another"]) is None
    assert find_key(tables, organization_config_ids=[]) is None


@pytest.mark.parametrize(
    ("value", "permissions"),
    [
        ('{"files":["read"]}', {"files": ["read"]}),
        ({"files": []}, {"files": []}),
        ("{}", {}),
        ('{"files":["read"],"tasks":"read"}', None),
        ('{"files":["read",1]}', None),
        ('["read"]', None),
        (None, None),
    ],
)
def test_permissions_are_lists_of_actions(value: Any, permissions: Any) -> None:
    assert read_permissions(value) == permissions


def test_metadata_may_be_json_in_json() -> None:
    assert read_metadata('{"a":1}') == read_metadata('"{\\"a\\":1}"') == {"a": 1}
    assert read_metadata(None) is None


# --- Sessions and members ---


def test_token_of_the_same_letters_in_another_case_is_unknown(tables: Tables) -> None:
    tables.execute("DROP TABLE session")
    tables.execute('CREATE TABLE session (id, "expiresAt", token TEXT COLLATE NOCASE, "userId")')
    tables.insert("session", {name: SESSION[name] for name in ("id", "expiresAt", "token", "userId")})
    assert find_session(tables)["session"]["token"] == TOKEN
    assert look_up(DatabaseSessions, tables, TOKEN.swapcase()) is None


def test_session_without_an_end_raises_an_error(tables: Tables) -> None:
    tables.execute('UPDATE session SET "expiresAt" = NULL')
    with pytest.raises(StoreUnavailableError, match=r"^each session must have a date as 'expiresAt'"):
        find_session(tables)


def test_check_for_an_empty_table_reads_one_row(tables: Tables) -> None:
    for number in range(2):
        tables.insert("session", {**SESSION, "id": f"more-{number}", "token": f"more-{number}"})
    engine = create_engine(tables.url.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        query = SessionQuery(connection, DatabaseNames(), None, None)
        assert len(connection.execute(query._any_session).all()) == 1
    engine.dispose()


def test_columns_of_the_user_are_those_that_are_asked_for(tables: Tables) -> None:
    always = {"id", "banned", "banExpires", "isAnonymous"}
    assert set(find_session(tables, user_columns=["email"])["user"]) == {*always, "email"}
    assert set(find_session(tables)["user"]) == set(USER)
    tables.execute('ALTER TABLE "user" DROP COLUMN banned')
    assert set(find_session(tables, user_columns=[])["user"]) == always - {"banned"}


def test_roles_are_those_of_the_user_in_the_organization(tables: Tables) -> None:
    tables.create("member", {**MEMBER, "role": "admin, billing,, admin"})
    tables.insert("member", {**MEMBER, "id": "2", "role": "owner"})
    tables.insert("member", {**MEMBER, "id": "3", "userId": "user-2", "role": "other"})
    tables.insert("member", {**MEMBER, "id": "4", "organizationId": "organization-2", "role": "third"})
    tables.insert("member", {**MEMBER, "id": "5", "organizationId": "organization-3", "role": None})
    assert find_roles(tables, "user-1", "organization-1") == ["admin", "billing", "owner"]
    assert find_roles(tables, "user-2", "organization-1") == ["other"]
    assert find_roles(tables, "user-1", "organization-2") == ["third"]
    for user_id, organization_id in (("user-1", "organization-3"), ("user-2", "organization-2"), ("", ""), ("x", "\0")):
        assert find_roles(tables, user_id, organization_id) == []
    assert find_roles(tables, "user-1", "organization-1", schema="main") == ["admin", "billing", "owner"]
    with pytest.raises(StoreUnavailableError):
        find_roles(tables, "user-1", "organization-1", schema="another")


def test_members_are_in_the_table_that_is_named_alike(tables: Tables) -> None:
    tables.create("member", MEMBER)
    Tables(tables.url, ADAPTERS["plural-camel-case"]).create("member", {**MEMBER, "role": "owner"})
    assert find_roles(tables, "user-1", "organization-1") == ["admin", "billing"]


def test_members_are_found_without_a_table_of_sessions(tables: Tables) -> None:
    tables.create("member", MEMBER)
    tables.execute("DROP TABLE session")
    assert find_roles(tables, "user-1", "organization-1") == ["admin", "billing"]


def test_id_is_a_value_of_its_column() -> None:
    def read(kind: Any, text: str) -> Any:
        return read_id(Field(column("id"), kind, str), text)

    uuid = "7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01"
    for kind in (Integer(), BigInteger()):
        assert [read(kind, text) for text in ("17", "999999999", "1000000000", "", "x", "-1", "1 ", "\u0661")] == [
            17,
            999_999_999,
            *[None] * 6,
        ]
    assert [str(read(Uuid(), uuid)), read(Uuid(), "user-1")] == [uuid, None]
    assert read(String(), "17") == "17"
