"""`DatabaseApiKeys`: API keys in the table of `@better-auth/api-key`, and of Better Auth 1.4."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from fastjose._api_keys.key_hash import hash_api_key
from fastjose.api_keys import DatabaseApiKeys
from fastjose.exceptions import StoreUnavailableError
from support.better_auth.server import RELEASE_LINES, BetterAuth, Browser, run_better_auth_server
from support.better_auth.tables import ADAPTERS, EXPIRES_AT, NOW, ORGANIZATION, USER, Tables, to_json
from support.servers.postgresql import drop_all_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk_" + "QwErTyUiOpAsDfGhJkLzXcVbNm" * 2
PASSWORD = "correct horse battery staple"
HASH = hash_api_key(KEY)
API_KEY: dict[str, Any] = {
    "id": "key-1",
    "configId": "default",
    "name": "ci",
    "start": "sk_QwE",
    "prefix": "sk_",
    "key": HASH,
    "referenceId": "user-1",
    "refillInterval": None,
    "refillAmount": None,
    "lastRefillAt": None,
    "enabled": True,
    "rateLimitEnabled": True,
    "rateLimitTimeWindow": 86_400_000,
    "rateLimitMax": 10,
    "requestCount": 3,
    "remaining": 7,
    "lastRequest": NOW,
    "expiresAt": EXPIRES_AT,
    "createdAt": NOW,
    "updatedAt": NOW,
    "permissions": '{"files":["read","write"]}',
    "metadata": "null",
}
PARSED = {**to_json(API_KEY), "permissions": {"files": ["read", "write"]}, "metadata": None}
FOUND = {"apiKey": {name: value for name, value in PARSED.items() if name != "key"}, "user": to_json(USER)}
OF_ORGANIZATION = {**API_KEY, "configId": "org", "referenceId": "organization-1"}


@pytest.fixture
def tables(async_database_url: str) -> Tables:
    """Return tables of the built-in adapter with an API key and its user, on each driver."""
    tables = Tables(async_database_url)
    tables.create("user", USER)
    tables.create("apikey", API_KEY)
    return tables


def look_up(url: str, key: str = KEY, **options: Any) -> dict[str, Any] | None:
    """Return what a new store finds."""

    async def run() -> dict[str, Any] | None:
        api_keys = DatabaseApiKeys(url, **{"timeout_seconds": 60, **options})
        try:
            return await api_keys(key)
        finally:
            await api_keys.close()

    return asyncio.run(run())


# --- Tables ---


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_api_keys_tables_of_adapter_are_found_without_names(async_database_url: str, adapter: str) -> None:
    tables = Tables(async_database_url, ADAPTERS[adapter])
    tables.create("user", USER)
    tables.create("apikey", API_KEY)
    digits = tables.adapter.date_digits
    parsed = {**to_json(API_KEY, digits), "permissions": {"files": ["read", "write"]}, "metadata": None}
    del parsed["key"]
    assert look_up(async_database_url) == {"apiKey": parsed, "user": to_json(USER, digits)}


def test_api_keys_table_of_better_auth_1_4_has_user_id(async_database_url: str) -> None:
    tables = Tables(async_database_url)
    tables.create("user", USER)
    older = {name: value for name, value in API_KEY.items() if name not in {"configId", "referenceId"}}
    tables.create("apikey", {**older, "userId": "user-1"})
    found = look_up(async_database_url)
    assert found is not None
    assert found["apiKey"]["userId"] == "user-1"
    assert found["user"] == to_json(USER)


def test_api_keys_table_without_owner_column_raises_error(async_database_url: str) -> None:
    tables = Tables(async_database_url)
    tables.create("user", USER)
    tables.create("apikey", {name: value for name, value in API_KEY.items() if name != "referenceId"})
    with pytest.raises(StoreUnavailableError, match="must have a column for 'referenceId' or 'userId'"):
        look_up(async_database_url)


@pytest.mark.parametrize(
    ("id_type", "user_id"), [("uuid", "7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01"), ("integer", "17"), ("bigint", "17")]
)
def test_api_keys_reference_is_text_of_other_id_type_joins_user(
    async_database_url: str, id_type: str, user_id: str
) -> None:
    tables = Tables(async_database_url, id_type=id_type)
    tables.create("user", {**USER, "id": user_id})
    tables.create("apikey", {**API_KEY, "id": user_id, "referenceId": user_id})
    tables.insert("apikey", {**API_KEY, "id": user_id, "key": hash_api_key("other"), "referenceId": "9" * 30})
    found = look_up(async_database_url)
    assert found is not None
    assert (found["user"]["id"], found["apiKey"]["id"]) == (user_id, user_id)
    assert look_up(async_database_url, "other") is None


def test_api_keys_reference_is_text_of_uuid_joins_organization(async_database_url: str) -> None:
    owner = "7a6e0cf6-7d7c-4bb4-9b9e-0c3f1b1e1a01"
    tables = Tables(async_database_url, id_type="uuid")
    tables.create("user", {**USER, "id": str(uuid.UUID(int=1))})
    tables.create("organization", {**ORGANIZATION, "id": owner})
    tables.create("apikey", {**API_KEY, "id": owner, "referenceId": owner})
    found = look_up(async_database_url)
    assert found is not None
    assert (found["user"], found["apiKey"]["referenceId"]) == (None, owner)


def test_api_keys_hash_keys_is_false_finds_plain_keys_only(tables: Tables) -> None:
    tables.insert("apikey", {**API_KEY, "id": "key-2", "key": "plain"})
    found = look_up(tables.url, "plain", hash_keys=False)
    assert found is not None
    assert found["apiKey"]["id"] == "key-2"
    assert "key" not in found["apiKey"]
    assert look_up(tables.url, "plain") is None
    assert look_up(tables.url, hash_keys=False) is None
    assert look_up(tables.url, HASH) is None  # the stored hash is not a key


# --- Owners ---


def test_api_keys_owner_is_organization_has_no_user(tables: Tables) -> None:
    tables.create("organization", ORGANIZATION)
    tables.execute("DELETE FROM apikey")
    tables.insert("apikey", OF_ORGANIZATION)
    for organization_config_ids in (None, ["org"]):
        found = look_up(tables.url, organization_config_ids=organization_config_ids)
        assert found is not None
        assert found["user"] is None
        assert found["apiKey"]["referenceId"] == "organization-1"
    assert look_up(tables.url, organization_config_ids=["another"]) is None


def test_api_keys_owner_does_not_exist_returns_none(tables: Tables) -> None:
    tables.execute('DELETE FROM "user"')
    assert look_up(tables.url) is None
    tables.create("organization", ORGANIZATION)
    assert look_up(tables.url) is None
    assert look_up(tables.url, organization_config_ids=["default"]) is None


def test_api_keys_user_and_organization_have_same_id_raises_error_unless_configured(tables: Tables) -> None:
    tables.create("organization", {**ORGANIZATION, "id": "user-1"})
    with pytest.raises(StoreUnavailableError, match="pass organization_config_ids="):
        look_up(tables.url)
    assert look_up(tables.url, organization_config_ids=[]) == FOUND
    found = look_up(tables.url, organization_config_ids=["default"])
    assert found is not None
    assert found["user"] is None


# --- Values ---


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ('{"files":["read"]}', {"files": ["read"]}),
        (json.dumps('{"files":["read"]}'), None),
        ('{"files":"read"}', None),
        ('{"files":[1]}', None),
        ("[]", None),
        ("nonsense", None),
        ("[" * 100_000, None),
        ('{"files":["\\ud800"]}', None),
        (None, None),
    ],
)
def test_api_keys_permissions_are_parsed_or_none(tables: Tables, stored: str | None, expected: object) -> None:
    tables.execute(f"UPDATE apikey SET permissions = {'?' if tables.is_sqlite else '%s'}", stored)  # noqa: S608 - ours
    found = look_up(tables.url)
    assert found is not None
    assert found["apiKey"]["permissions"] == expected


def test_api_keys_metadata_is_parsed_also_if_stored_as_json_in_json(tables: Tables) -> None:
    for stored in ('{"team":"a"}', json.dumps('{"team":"a"}')):
        placeholder = "?" if tables.is_sqlite else "%s"
        tables.execute(f"UPDATE apikey SET metadata = {placeholder}", stored)  # noqa: S608 - ours
        found = look_up(tables.url)
        assert found is not None
        assert found["apiKey"]["metadata"] == {"team": "a"}


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY.lower(), "' OR '1'='1", f"{KEY}\0", "\ud800", "A" * 1_000_000])
@pytest.mark.parametrize("hash_keys", [True, False])
def test_api_keys_unknown_or_hostile_key_returns_none(tables: Tables, key: str, *, hash_keys: bool) -> None:
    assert look_up(tables.url, key, hash_keys=hash_keys) is None


def test_api_keys_table_is_missing_raises_error(async_database_url: str) -> None:
    Tables(async_database_url).create("user", USER)
    with pytest.raises(StoreUnavailableError, match='must have Better Auth\'s table "apikey" or "apikeys"'):
        look_up(async_database_url)


def test_api_keys_logs_contain_no_key(tables: Tables, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        engine = create_async_engine(tables.url, echo="debug")
        for hash_keys in (True, False):
            await DatabaseApiKeys(engine, hash_keys=hash_keys, timeout_seconds=60)(KEY)
        await engine.dispose()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(run())
    logged = [record.getMessage() for record in caplog.records]
    assert any("Row (" in message for message in logged)
    assert not any(KEY in message or HASH in message for message in logged)


def test_api_keys_organization_config_ids_is_text_raises_type_error() -> None:
    with pytest.raises(TypeError, match="organization_config_ids must be a list of names"):
        DatabaseApiKeys("sqlite:///auth.db", organization_config_ids="org")


# --- Real Better Auth ---


class Running(NamedTuple):
    """A server, the URL of its database, and a user who is signed in."""

    server: BetterAuth
    database_url: str
    browser: Browser
    user_id: str


NAMES = ["everything", "everything-plural"]


@pytest.fixture(scope="module", params=[(line, names) for line in RELEASE_LINES for names in NAMES], ids="-".join)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgresql: str
) -> Iterator[Running]:
    """Yield a server of each release line with a user."""
    line, configuration = request.param
    drop_all_tables(postgresql)
    log = tmp_path_factory.mktemp("better-auth") / "server.log"
    with (
        run_better_auth_server(configuration, log, line=line, database_url=postgresql) as server,
        Browser(server) as browser,
    ):
        user = browser.sign_up(f"{uuid.uuid4().hex}@example.com", PASSWORD, "Ada")
        yield Running(server, postgresql, browser, user["id"])


def test_better_auth_key_is_found_with_its_user(running: Running) -> None:
    created = running.server.create_api_key(
        running.user_id, prefix="sk_", permissions={"files": ["read"]}, remaining=5, metadata={"team": "a"}
    )
    found = look_up(running.database_url, created["key"])
    assert found is not None
    assert found["user"]["id"] == running.user_id
    assert found["apiKey"] == {name: value for name, value in created.items() if name != "key"}


def test_better_auth_key_is_disabled_shows_it_until_enabled(running: Running) -> None:
    created = running.server.create_api_key(running.user_id)
    for enabled in (False, True):
        running.server.update_api_key(running.user_id, created["id"], enabled=enabled)
        found = look_up(running.database_url, created["key"])
        assert found is not None
        assert found["apiKey"]["enabled"] is enabled


def test_better_auth_key_with_expiry_shows_it(running: Running) -> None:
    created = running.server.create_api_key(running.user_id, expiresIn=86_400)
    found = look_up(running.database_url, created["key"])
    assert found is not None
    assert found["apiKey"]["expiresAt"] == created["expiresAt"]


def test_better_auth_key_that_is_used_shows_what_remains(running: Running) -> None:
    created = running.server.create_api_key(running.user_id, remaining=2)
    running.browser.get("/get-session", headers={"x-api-key": created["key"]})
    for _ in range(2):  # a look-up of fastjose counts nothing
        found = look_up(running.database_url, created["key"])
        assert found is not None
        assert found["apiKey"]["remaining"] == 1


def test_better_auth_deleted_key_is_unknown(running: Running) -> None:
    created = running.server.create_api_key(running.user_id)
    running.browser.post("/api-key/delete", keyId=created["id"])
    assert look_up(running.database_url, created["key"]) is None


@pytest.mark.parametrize("running", [("1.7", names) for names in NAMES], ids="-".join, indirect=True)  # not in 1.4
def test_better_auth_key_of_organization_has_no_user(running: Running) -> None:
    organization = running.browser.post("/organization/create", name="Org", slug=uuid.uuid4().hex).json()
    created = running.server.create_api_key(running.user_id, configId="organization", organizationId=organization["id"])
    found = look_up(running.database_url, created["key"])
    assert found is not None
    assert found["user"] is None
    assert found["apiKey"]["referenceId"] == organization["id"]
