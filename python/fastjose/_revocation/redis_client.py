"""Clients of redis-py for the threads of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis import Redis


def check_redis(redis: str | Redis) -> None:
    """Check that `redis` is a URL or a synchronous client of one server.

    Raises:
        ModuleNotFoundError: redis-py is not installed.
        TypeError: It is neither.
        ValueError: It is a URL that redis-py does not accept. The text does not contain it.
    """
    create_client(redis, timeout_seconds=1).close()


def create_client(redis: str | Redis, *, timeout_seconds: float) -> Redis:
    """Return a client with connections of its own to the server of `redis`. Each command is tried once.

    Args:
        redis: A URL, or a client whose connection settings are copied.
        timeout_seconds: The time for a connection, and for an answer, in seconds.
    """
    try:
        import redis as redis_py  # noqa: PLC0415 - an extra
        from redis.backoff import NoBackoff  # noqa: PLC0415 - an extra
        from redis.retry import Retry  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as missing:
        name = missing.name
        raise ModuleNotFoundError('this requires redis-py: pip install "fastjose[redis]"', name=name) from None
    options: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": False,
        "protocol": 2,
    }
    if isinstance(redis, str):
        return _client_of_url(redis_py, redis, options)
    pool = redis.connection_pool if isinstance(redis, redis_py.Redis) else None
    if pool is None or type(pool) not in {redis_py.ConnectionPool, redis_py.BlockingConnectionPool}:
        raise TypeError("redis must be a URL such as redis://localhost:6379/0, or a redis.Redis of one server")
    pool_class, connection_class = redis_py.ConnectionPool, pool.connection_class
    kwargs = {name: value for name, value in pool.connection_kwargs.items() if not name.startswith("maint_")}
    return redis_py.Redis(connection_pool=pool_class(connection_class=connection_class, **{**kwargs, **options}))


def _client_of_url(redis_py: Any, url: str, options: dict[str, Any]) -> Redis:
    try:
        client: Redis = redis_py.Redis.from_url(url, **options)
    except ValueError:
        pass
    else:
        return client
    # Outside the handler: the caught error may contain a part of the URL, and must not be the context of this one.
    raise ValueError("the URL of Redis must begin with redis://, rediss:// or unix://")
