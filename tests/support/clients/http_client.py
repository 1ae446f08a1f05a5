"""A synchronous client that calls an ASGI application in this process, without a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

    from starlette.applications import Starlette
    from typing_extensions import Self

T = TypeVar("T")


class HttpClient:
    """A client of `app`; the `with` block starts the application and shuts it down.

    An exception that the application does not handle is raised here, so that a 500 cannot go unnoticed.
    """

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self._loop = asyncio.new_event_loop()  # startup, requests and shutdown share one loop
        self._lifespan = app.router.lifespan_context(app)

    def __enter__(self) -> Self:
        try:
            self._run(self._lifespan.__aenter__())
        except BaseException:
            self._loop.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._run(self._lifespan.__aexit__(kind, error, trace))
        finally:
            self._loop.close()

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        return self.request("GET", path, token)

    def post(self, path: str, token: str | None = None, **body: Any) -> httpx.Response:
        return self.request("POST", path, token, **body)

    def patch(self, path: str, token: str | None = None, **body: Any) -> httpx.Response:
        return self.request("PATCH", path, token, **body)

    def delete(self, path: str, token: str | None = None) -> httpx.Response:
        return self.request("DELETE", path, token)

    def request(self, method: str, path: str, token: str | None = None, **body: Any) -> httpx.Response:
        """Send one request, with `token` as the bearer token if it is given.

        `body` is passed to httpx: `json`, `data` or `headers`.
        """
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self._run(self._send(method, path, **{"headers": headers, **body}))

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
            return await client.request(method, path, **options)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)
