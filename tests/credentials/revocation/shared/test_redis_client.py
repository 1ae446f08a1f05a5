"""The clients of redis-py that the threads use: their settings, and what they are created from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import redis
from redis.sentinel import Sentinel

from fastjose._revocation.redis_client import check_redis, create_client

if TYPE_CHECKING:
    from collections.abc import Callable


def settings_of(client: redis.Redis) -> dict[str, Any]:
    pool: Any = client.connection_pool
    assert type(pool) is redis.ConnectionPool
    return dict(pool.connection_kwargs)


def check_settings(client: redis.Redis, timeout_seconds: float) -> None:
    settings = settings_of(client)
    names = ("socket_timeout", "socket_connect_timeout", "decode_responses", "protocol")
    assert [settings[name] for name in names] == [timeout_seconds, timeout_seconds, False, 2]
    attempts: list[int] = []

    def fail() -> None:
        attempts.append(1)
        raise redis.ConnectionError

    with pytest.raises(redis.ConnectionError):
        settings["retry"].call_with_retry(fail, lambda _: None)
    assert len(attempts) == 1


def test_url_says_where_the_server_is() -> None:
    client = create_client("redis://ada:hunter2@cache.example:7000/3", timeout_seconds=2.5)
    settings = settings_of(client)
    assert [settings[name] for name in ("host", "port", "db")] == ["cache.example", 7_000, 3]
    assert (settings["username"], settings["password"]) == ("ada", "hunter2")
    check_settings(client, 2.5)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://localhost", redis.Connection),
        ("rediss://localhost", redis.SSLConnection),
        ("unix:///run/redis.sock", redis.UnixDomainSocketConnection),
    ],
)
def test_scheme_of_the_url_chooses_the_connection(url: str, kind: type) -> None:
    assert create_client(url, timeout_seconds=1).connection_pool.connection_class is kind
    check_redis(url)


@pytest.mark.parametrize("pool_class", [redis.ConnectionPool, redis.BlockingConnectionPool])
def test_settings_of_a_client_are_copied_and_those_of_the_threads_replace_them(pool_class: Any) -> None:
    options = {"host": "cache.example", "db": 3, "password": "hunter2", "decode_responses": True, "protocol": 3}
    pool = pool_class(connection_class=redis.SSLConnection, socket_timeout=60, **options)
    pool.connection_kwargs["maint_notifications_config"] = object()
    with redis.Redis(connection_pool=pool) as given:
        client = create_client(given, timeout_seconds=2.5)
        check_redis(given)
    settings = settings_of(client)
    assert [settings[name] for name in ("host", "db", "password")] == ["cache.example", 3, "hunter2"]
    assert client.connection_pool is not pool
    assert client.connection_pool.connection_class is redis.SSLConnection
    assert not any(name.startswith("maint_") for name in settings)
    assert pool.connection_kwargs["socket_timeout"] == 60
    check_settings(client, 2.5)


SENTINEL: Any = Sentinel
"""It has no types."""


class OtherPool(redis.ConnectionPool):
    """A pool of the application, whose connections only it can create."""


NOT_ONE_SERVER: dict[str, Callable[[], Any]] = {
    "sentinel": lambda: SENTINEL([("localhost", 26_379)]).master_for("main"),
    "pool of the application": lambda: redis.Redis(connection_pool=OtherPool()),
    "pool alone": redis.ConnectionPool,
    "class": lambda: redis.Redis,
    "bytes": lambda: b"redis://localhost",
    "None": lambda: None,
}


@pytest.mark.parametrize("create", NOT_ONE_SERVER.values(), ids=NOT_ONE_SERVER)
def test_object_that_is_no_client_of_one_server_raises_type_error(create: Callable[[], Any]) -> None:
    for function in (check_redis, lambda given: create_client(given, timeout_seconds=1)):
        with pytest.raises(TypeError, match=r"redis must be a URL such as redis://localhost:6379/0, or a redis\.Redis"):
            function(create())


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://hunter2", "redis://user:hunter2@host:port/0"])
def test_url_that_redis_py_does_not_accept_is_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="the URL of Redis must begin with redis://, rediss:// or unix://") as raised:
        check_redis(url)
    assert "hunter2" not in str(raised.value)
    assert (raised.value.__context__, raised.value.__cause__) == (None, None)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ModuleNotFoundError, match=r'this requires redis-py: pip install "fastjose\[redis\]"') as raised:
        check_redis("redis://localhost")
    assert raised.value.name == "redis"
