"""`SecondaryStorageApiKeys` on a real Redis."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._api_keys.key_hash import hash_api_key
from fastjose.api_keys import SecondaryStorageApiKeys
from fastjose.exceptions import StoreUnavailableError
from support.servers.redis_server import run_redis_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.servers.redis_server import RedisServer

PREFIX = "better-auth:"
KEY = "sk_" + "AbCd" * 16
HASH = base64.urlsafe_b64encode(hashlib.sha256(KEY.encode()).digest()).decode().rstrip("=")
ENTRY = {
    "id": "k1",
    "configId": "default",
    "name": None,
    "start": "sk_AbC",
    "prefix": "sk_",
    "key": HASH,
    "referenceId": "u1",
    "enabled": True,
    "expiresAt": None,
    "remaining": 5,
    "permissions": '{"files":["read","write"]}',
    "metadata": None,
}
FIELDS = {
    **{name: value for name, value in ENTRY.items() if name != "key"},
    "permissions": {"files": ["read", "write"]},
}


@pytest.fixture(scope="module")
def running_server() -> Iterator[RedisServer]:
    with run_redis_server() as server:
        yield server


@pytest.fixture
def server(running_server: RedisServer) -> RedisServer:
    with running_server.connect() as client:
        client.flushall()
    return running_server


def write(server: RedisServer, name: str, value: str | bytes) -> None:
    with server.connect() as client:
        client.set(name, value)


def look_up(server: RedisServer, key: str = KEY, **options: Any) -> dict[str, Any] | None:
    async def run() -> dict[str, Any] | None:
        api_keys = SecondaryStorageApiKeys(server.url, **options)
        try:
            return await api_keys(key)
        finally:
            await api_keys.close()

    return asyncio.run(run())


def test_hash_of_key_is_better_auths() -> None:
    assert hash_api_key("abc") == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"  # SHA-256 of "abc": FIPS 180-4


@pytest.mark.parametrize("prefix", ["better-auth:", ""])
def test_look_up_of_stored_key_returns_its_fields_without_hash(server: RedisServer, prefix: str) -> None:
    write(server, f"{prefix}api-key:{HASH}", json.dumps(ENTRY))
    assert look_up(server, prefix=prefix) == {"apiKey": FIELDS}


def test_look_up_of_double_encoded_entry_returns_its_fields(server: RedisServer) -> None:
    write(server, f"{PREFIX}api-key:{HASH}", json.dumps(json.dumps(ENTRY)))
    assert look_up(server) == {"apiKey": FIELDS}


def test_permissions_that_better_auth_omits_are_none(server: RedisServer) -> None:
    entry = {name: value for name, value in ENTRY.items() if name != "permissions"}
    write(server, f"{PREFIX}api-key:{HASH}", json.dumps(entry))
    assert look_up(server) == {"apiKey": {**FIELDS, "permissions": None}}


@pytest.mark.parametrize("permissions", [None, {"files": ["read"]}])
def test_permissions_that_are_not_text_are_returned_unchanged(server: RedisServer, permissions: object) -> None:
    write(server, f"{PREFIX}api-key:{HASH}", json.dumps({**ENTRY, "permissions": permissions}))
    found = look_up(server)
    assert found is not None
    assert found["apiKey"]["permissions"] == permissions


@pytest.mark.parametrize("key", [KEY[:-1], KEY.lower(), HASH, "by-id:k1", "", "x" * 1025, "\ud800", "*"])
def test_look_up_of_unknown_key_returns_none(server: RedisServer, key: str) -> None:
    write(server, f"{PREFIX}api-key:{HASH}", json.dumps(ENTRY))
    write(server, f"{PREFIX}api-key:by-id:k1", json.dumps(ENTRY))
    too_long = hash_api_key("x" * 1025)
    write(server, f"{PREFIX}api-key:{too_long}", json.dumps({**ENTRY, "key": too_long}))
    assert look_up(server, key) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        json.dumps(ENTRY)[:-1],
        json.dumps(["k1"]),
        json.dumps({**ENTRY, "key": "another hash"}),
        json.dumps({name: value for name, value in ENTRY.items() if name != "key"}),
        json.dumps({**ENTRY, "id": None}),
        json.dumps({**ENTRY, "permissions": "{"}),
        b"\xff",
    ],
)
def test_look_up_of_unreadable_entry_is_unavailable(server: RedisServer, value: str | bytes) -> None:
    write(server, f"{PREFIX}api-key:{HASH}", value)
    with pytest.raises(StoreUnavailableError, match="the entry of the API key must be") as caught:
        look_up(server)
    assert caught.value.__context__ is None
    assert KEY not in str(caught.value)


def test_look_up_of_entry_of_another_type_is_unavailable(server: RedisServer) -> None:
    with server.connect() as client:
        client.rpush(f"{PREFIX}api-key:{HASH}", "k1")
    with pytest.raises(StoreUnavailableError):
        look_up(server)


def test_look_up_while_redis_is_stopped_is_unavailable(server: RedisServer) -> None:
    server.stop()
    try:
        with pytest.raises(StoreUnavailableError) as caught:
            look_up(server)
    finally:
        server.start()
    assert caught.value.__context__ is None
    assert KEY not in str(caught.value)


def test_repr_shows_no_password() -> None:
    assert repr(SecondaryStorageApiKeys("redis://:a-password@localhost", prefix="")) == (
        "SecondaryStorageApiKeys(prefix='')"
    )
