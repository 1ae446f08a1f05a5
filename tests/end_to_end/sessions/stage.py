"""The processes of one combination: the store, Better Auth, the connection to the store, and the application."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from end_to_end.client import Client
from end_to_end.sessions.api_keys import KeyAccounts
from end_to_end.sessions.better_auth import Accounts
from end_to_end.sessions.load import OutageStep
from end_to_end.sessions.settings import KEYS, LIMITED
from end_to_end.sessions.tcp_proxy import ProxyState, TcpProxy
from support.better_auth.server import run_better_auth_server
from support.servers.postgresql import run_postgresql_server
from support.servers.redis_server import run_redis_server
from support.servers.uvicorn_server import run_uvicorn_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from end_to_end.sessions.settings import Setting
    from support.better_auth.server import BetterAuth
    from support.servers.postgresql import PostgreSqlServer
    from support.servers.redis_server import RedisServer

SQLITE_FILE = "better-auth.db"
LOCK_SECONDS = 10
KEEP_DATA = ("--appendonly", "yes", "--appendfsync", "always")
"""Settings with which Redis has every session after a restart."""


@dataclass(frozen=True)
class Stage:
    """One running combination."""

    setting: Setting
    server: BetterAuth
    accounts: Accounts
    app: Client
    outages: list[OutageStep]


@dataclass
class _Storage:
    """Where Better Auth keeps sessions: its options, and the server that can be stopped, if there is one."""

    options: dict[str, Any]
    server: PostgreSqlServer | RedisServer | None = None


@contextlib.asynccontextmanager
async def open_stage(setting: Setting, directory: Path) -> AsyncIterator[Stage]:
    """Start every process of `setting`, with logs in `directory`, and stop them after the block."""
    async with contextlib.AsyncExitStack() as stack:
        storage = stack.enter_context(_run_storage(setting.storage, directory))
        server = stack.enter_context(
            run_better_auth_server(
                setting.configuration,
                directory / "better-auth.log",
                line=setting.line,
                node_env=_node_env(setting),
                **storage.options,
            )
        )
        proxy = await stack.enter_async_context(TcpProxy(*_find_address(setting, server, storage)))
        environment = _describe_app(setting, server, proxy, directory)
        app = stack.enter_context(
            run_uvicorn_with(Path(sys.executable), directory, setting.application, environment, ["--no-access-log"])
        )
        accounts = await stack.enter_async_context(_create_accounts(setting, server))
        client = await stack.enter_async_context(Client(app.origin))
        yield Stage(setting, server, accounts, client, _list_outages(setting, storage, proxy, directory))


def _create_accounts(setting: Setting, server: BetterAuth) -> Accounts:
    if setting.forms == KEYS:
        return KeyAccounts(server)
    return Accounts(server, keeps_sessions_of_removed_users=(setting.line, setting.storage) == ("1.4", "redis"))


def _node_env(setting: Setting) -> str | None:
    return "production" if setting.configuration == LIMITED else None


@contextlib.contextmanager
def _run_storage(storage: str, directory: Path) -> Any:
    if storage == "redis":
        with run_redis_server(*KEEP_DATA) as redis:
            yield _Storage({"redis_url": redis.url}, redis)
    elif storage == "postgresql":
        with run_postgresql_server() as postgresql:
            yield _Storage({"database_url": postgresql.url}, postgresql)
    elif storage == "sqlite":
        yield _Storage({"database_url": f"sqlite://{directory}/{SQLITE_FILE}"})
    else:
        yield _Storage({})


def _find_address(setting: Setting, server: BetterAuth, storage: _Storage) -> tuple[str, int]:
    """Return where the application looks sessions up: a host and a port, or the path of a Unix socket."""
    if setting.look_up == "redis":
        return "127.0.0.1", storage.server.port  # type: ignore[union-attr]
    if setting.look_up == "database" and setting.storage == "postgresql":
        return storage.server.socket, 0  # type: ignore[union-attr]
    return "127.0.0.1", server.port


def _describe_app(setting: Setting, server: BetterAuth, proxy: TcpProxy, directory: Path) -> dict[str, str]:
    """Return the environment of the application, whose store is behind the proxy."""
    address = f"127.0.0.1:{proxy.port}"
    stores = {
        "remote": f"http://{address}/api/auth",
        "none": f"http://{address}/api/auth",
        "redis": f"redis://{address}/0",
        "database": f"postgresql+asyncpg://test@{address}/postgres",
    }
    if setting.storage == "sqlite" and setting.look_up == "database":
        stores["database"] = f"sqlite+aiosqlite:///{directory}/{SQLITE_FILE}"
    by_environment = {
        "JWT_CREDENTIALS": "api_key" if setting.forms == KEYS else "session,cookie",
        "BETTER_AUTH_SESSION_STORE": stores[setting.look_up],
        "BETTER_AUTH_ALLOW_UNSIGNED_TOKENS": "1",
        "BETTER_AUTH_COOKIE_CACHE": setting.strategy,
        "BETTER_AUTH_COOKIE_PREFIX": setting.cookie_prefix,
    }
    return {
        **{name: value for name, value in by_environment.items() if value},
        "BETTER_AUTH_URL": server.origin,
        "BETTER_AUTH_SECRET": server.secret,
        "E2E_CREDENTIAL": "api_key" if setting.forms == KEYS else "session",
        "E2E_LOOK_UP": setting.look_up,
        "E2E_STORE_URL": stores[setting.look_up],
        "E2E_STRATEGY": setting.strategy,
        "E2E_COOKIE_PREFIX": setting.cookie_prefix,
        "E2E_MAX_AGE_SECONDS": str(setting.max_age_seconds),
    }


def _list_outages(setting: Setting, storage: _Storage, proxy: TcpProxy, directory: Path) -> list[OutageStep]:
    """Return what can go down between the application and its sessions."""
    if setting.look_up == "none":
        return []
    if setting.storage == "sqlite" and setting.look_up == "database":
        return [_lock(directory / SQLITE_FILE)]
    outages = [_interrupt(proxy, state) for state in (ProxyState.REFUSING, ProxyState.SILENT)]
    return outages + ([_stop(setting.storage, storage.server)] if storage.server is not None else [])


def _lock(file: Path) -> OutageStep:
    """Return an outage of SQLite: another process holds its lock."""
    connection = sqlite3.connect(file, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)

    async def begin() -> None:
        await asyncio.to_thread(connection.execute, "BEGIN EXCLUSIVE")

    async def end() -> None:
        await asyncio.to_thread(connection.execute, "ROLLBACK")

    return OutageStep("sqlite locked", begin, end)


def _interrupt(proxy: TcpProxy, state: ProxyState) -> OutageStep:
    """Return an outage of the connection alone: Better Auth goes on, so that sessions end meanwhile."""

    async def begin() -> None:
        await proxy.set_state(state)

    async def end() -> None:
        await proxy.set_state(ProxyState.FORWARDING)

    return OutageStep(state.value, begin, end)


def _stop(name: str, server: PostgreSqlServer | RedisServer) -> OutageStep:
    """Return an outage of the store itself, which Better Auth meets too."""

    async def begin() -> None:
        await asyncio.to_thread(server.stop)

    async def end() -> None:
        await asyncio.to_thread(server.start)

    return OutageStep(f"{name} stopped", begin, end)
