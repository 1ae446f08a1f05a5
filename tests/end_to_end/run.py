"""One run: Better Auth, the proxy, one application, the load, and the verdicts on its responses."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from end_to_end.client import Client
from end_to_end.issuer import Issuer
from end_to_end.load_generator import Load, Plan
from end_to_end.proxy import Proxy
from end_to_end.report import RunReport
from support.better_auth.server import run_better_auth_server
from support.servers.uvicorn_server import run_uvicorn_with

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.libraries import Library


def run(library: Library, plan: Plan, directory: Path) -> RunReport:
    """Send the load of `plan` to `library`; write logs to `directory`."""
    return asyncio.run(_run(library, plan, directory))


async def _run(library: Library, plan: Plan, directory: Path) -> RunReport:
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(Proxy())
        server = stack.enter_context(
            run_better_auth_server(plan.configuration, directory / "better-auth.log", origin=proxy.origin)
        )
        environment = {"BETTER_AUTH_URL": proxy.origin}
        app = stack.enter_context(
            run_uvicorn_with(library.python, directory, library.application, environment, ["--no-access-log"])
        )
        to_issuer, upstream, to_app = [
            await stack.enter_async_context(Client(origin)) for origin in (server.address, server.address, app.origin)
        ]
        proxy.forward_to(upstream)
        issuer = Issuer(server, to_issuer)
        load = Load(plan, issuer, proxy, to_app)
        await load.run()
    return RunReport(library.name, plan, load, issuer.published_keys, proxy)
