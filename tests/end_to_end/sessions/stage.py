"""The processes of one combination: the store, Better Auth, the connection to the store, and the application."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from end_to_end.client import Client
from end_to_end.sessions.better_auth import Accounts
from end_to_end.sessions.load import OutageStep
from end_to_end.sessions.stores import run_postgresql, run_redis
from end_to_end.sessions.tcp_proxy import ProxyState, TcpProxy
from support.better_auth_server import run_better_auth_server
from support.uvicorn_server import run_uvicorn_with

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from end_to_end.sessions.settings import Setting
    from end_to_end.sessions.stores import PostgresqlServer
    from support.better_auth_server import BetterAuth
    from support.redis_server import RedisServer


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
    server: PostgresqlServer | RedisServer | None = None


@contextlib.asynccontextmanager
async def open_stage(setting: Setting, directory: Path) -> AsyncIterator[Stage]:
    """Start every process of `setting`, with logs in `directory`, and stop them after the block."""
    async with contextlib.AsyncExitStack() as stack:
        storage = stack.enter_context(_run_storage(setting.storage, directory))
        server = stack.enter_context(
            run_better_auth_server(
                setting.configuration, directory / "better-auth.log", line=setting.line, **storage.options
            )
        )
        proxy = await stack.enter_async_context(TcpProxy(*_find_address(setting, server, storage)))
        environment = _describe_app(setting, server, proxy, directory)
        app = stack.enter_context(
            run_uvicorn_with(Path(sys.executable), directory, setting.application, environment, ["--no-access-log"])
        )
        accounts = await stack.enter_async_context(Accounts(server))
        client = await stack.enter_async_context(Client(app.origin))
        outages = [_interrupt(proxy, state) for state in (ProxyState.REFUSING, ProxyState.SILENT)]
        if storage.server is not None:
            outages.append(_stop(setting.storage, storage.server))
        yield Stage(setting, server, accounts, client, [] if setting.look_up == "none" else outages)


@contextlib.contextmanager
def _run_storage(storage: str, directory: Path) -> Any:
    if storage == "redis":
        with run_redis() as redis:
            yield _Storage({"redis_url": redis.url}, redis)
    elif storage == "postgresql":
        with run_postgresql() as postgresql:
            yield _Storage({"database_url": postgresql.url}, postgresql)
    elif storage == "sqlite":
        yield _Storage({"database_url": f"sqlite://{directory}/better-auth.db"})
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
        stores["database"] = f"sqlite+aiosqlite:///{directory}/better-auth.db"
    return {
        "BETTER_AUTH_URL": server.origin,
        "BETTER_AUTH_SECRET": server.secret,
        "E2E_LOOK_UP": setting.look_up,
        "E2E_STORE_URL": stores[setting.look_up],
        "E2E_STRATEGY": setting.strategy,
        "E2E_COOKIE_PREFIX": setting.cookie_prefix,
        "E2E_MAX_AGE_SECONDS": str(setting.max_age_seconds),
    }


def _interrupt(proxy: TcpProxy, state: ProxyState) -> OutageStep:
    """Return an outage of the connection alone: Better Auth goes on, so that sessions end meanwhile."""

    async def begin() -> None:
        await proxy.set_state(state)

    async def end() -> None:
        await proxy.set_state(ProxyState.FORWARDING)

    return OutageStep(state.value, begin, end)


def _stop(name: str, server: PostgresqlServer | RedisServer) -> OutageStep:
    """Return an outage of the store itself, which Better Auth meets too."""

    async def begin() -> None:
        await asyncio.to_thread(server.stop)

    async def end() -> None:
        await asyncio.to_thread(server.start)

    return OutageStep(f"{name} stopped", begin, end)
