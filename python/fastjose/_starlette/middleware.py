"""`JwtAuthenticationMiddleware`: Starlette's middleware, whose refusals also answer the handshake of a WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.authentication import AuthCredentials, AuthenticationError, UnauthenticatedUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection

from fastjose._refusals.refusal import can_answer_handshake
from fastjose._starlette.responses import refusal_of

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class JwtAuthenticationMiddleware(AuthenticationMiddleware):
    """Authenticates requests and handshakes. Starlette's own class closes a refused handshake with the code 1000."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, unless the credential of the request is refused."""
        if scope["type"] != "websocket":
            await super().__call__(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            authenticated = await self.backend.authenticate(connection)
        except AuthenticationError as error:
            await self._refuse_handshake(connection, error, receive, send)
            return
        scope["auth"], scope["user"] = authenticated or (AuthCredentials(), UnauthenticatedUser())
        await self.app(scope, receive, send)

    async def _refuse_handshake(
        self, connection: HTTPConnection, error: AuthenticationError, receive: Receive, send: Send
    ) -> None:
        """Send the response, or close the WebSocket if the server cannot: it then answers the handshake with 403."""
        if can_answer_handshake(connection.scope):
            await self.on_error(connection, error)(connection.scope, receive, send)
        else:
            refusal = refusal_of(error)
            await send({"type": "websocket.close", "code": refusal.close_code, "reason": refusal.detail})
