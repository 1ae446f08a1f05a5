"""`SecondaryStorageApiKeys` on what a real Better Auth writes into a real Redis."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest

from fastjose.api_keys import SecondaryStorageApiKeys
from support.better_auth.server import BetterAuth, Browser, run_better_auth_server
from support.servers.redis_server import run_redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator

Storage = tuple[BetterAuth, str, str, str]
"""A server, the URL and the prefix of its Redis, and the name of the field that holds the owner of a key."""

STORAGES: list[tuple[str, Literal["package", "by-hand"], str]] = [
    ("1.7", "package", "referenceId"),
    ("1.7", "by-hand", "referenceId"),
    ("1.4", "by-hand", "userId"),
]


@pytest.fixture(scope="module", params=STORAGES, ids=" ".join)
def storage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    line, kind, owner = request.param
    log = tmp_path_factory.mktemp("better-auth") / "server.log"
    with (
        run_redis_server() as redis,
        run_better_auth_server("everything", log, line=line, redis_url=redis.url, redis_storage=kind) as server,
    ):
        yield server, redis.url, "better-auth:" if kind == "package" else "", owner


@pytest.fixture
def user_id(storage: Storage) -> str:
    with Browser(storage[0]) as browser:
        user = browser.sign_up(f"ada{time.time_ns()}@example.com", "correct horse battery staple", "Ada")
    return str(user["id"])


def look_up(storage: Storage, key: str) -> dict[str, Any] | None:
    async def run() -> dict[str, Any] | None:
        api_keys = SecondaryStorageApiKeys(storage[1], prefix=storage[2])
        try:
            return await api_keys(key)
        finally:
            await api_keys.close()

    return asyncio.run(run())


def find(storage: Storage, key: str) -> dict[str, Any]:
    found = look_up(storage, key)
    assert found is not None
    assert "user" not in found
    fields = found["apiKey"]
    assert isinstance(fields, dict)
    return fields


def test_created_key_is_found_with_its_fields(storage: Storage, user_id: str) -> None:
    permissions = {"files": ["read", "write"]}
    created = storage[0].create_api_key(user_id, name="CI", prefix="sk_", permissions=permissions, remaining=3)
    fields = find(storage, created["key"])
    assert fields == {name: value for name, value in created.items() if name != "key"}
    assert (fields[storage[3]], fields["permissions"], fields["enabled"]) == (user_id, permissions, True)
    assert look_up(storage, created["key"].removeprefix("sk_")) is None


def test_key_without_permissions_has_none(storage: Storage, user_id: str) -> None:
    created = storage[0].create_api_key(user_id, expiresIn=86_400)
    fields = find(storage, created["key"])
    assert fields["permissions"] is None
    assert fields["expiresAt"] == created["expiresAt"]


def test_disabled_key_is_found_as_disabled(storage: Storage, user_id: str) -> None:
    created = storage[0].create_api_key(user_id)
    storage[0].update_api_key(user_id, created["id"], enabled=False)
    assert find(storage, created["key"])["enabled"] is False


def test_key_that_is_used_up_is_unknown(storage: Storage, user_id: str) -> None:
    created = storage[0].create_api_key(user_id, remaining=1)
    use = f"{storage[0].base_url}/get-session"
    assert find(storage, created["key"])["remaining"] == 1
    assert httpx.get(use, headers={"x-api-key": created["key"]}, trust_env=False).status_code == 200
    assert find(storage, created["key"])["remaining"] == 0
    assert httpx.get(use, headers={"x-api-key": created["key"]}, trust_env=False).status_code != 200
    assert look_up(storage, created["key"]) is None
