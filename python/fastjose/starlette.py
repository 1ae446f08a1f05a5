"""`JwtAuthenticationBackend`: `request.user`, `request.auth` and `@requires` of Starlette, for verified credentials.

Example::

    backend = JwtAuthenticationBackend(api_verifier("https://app.example.com"))
    app = Starlette(routes=routes, middleware=[backend.middleware()])

FastAPI is not required. An application of FastAPI can use it, too, or the dependencies of `fastjose.fastapi`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    import starlette  # noqa: F401 - the check of this module's extra
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('this requires Starlette: pip install "fastjose[starlette]"', name=missing.name) from None

from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError
from starlette.middleware import Middleware

from fastjose._arguments import check_flag, list_origins
from fastjose._connections.reports_health import ReportsHealth
from fastjose._connections.sender import HasConnections, RefusedError
from fastjose._starlette.connections import TokenOptions, connections_from_environment, create_connections
from fastjose._starlette.jwt_user import JwtUser
from fastjose._starlette.middleware import JwtAuthenticationMiddleware
from fastjose._starlette.responses import RefusedCredentialError, create_response
from fastjose._starlette.scopes import list_scopes
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import HTTPConnection
    from starlette.responses import JSONResponse

    from fastjose._authorization.grants import GrantSource
    from fastjose._verifiers.choice import VerifierInput
    from fastjose.better_auth import Revocations

__all__ = ["JwtAuthenticationBackend", "JwtUser"]

_UNAUTHORIZED = 401


class JwtAuthenticationBackend(ReportsHealth, AuthenticationBackend):
    """An authentication backend for Starlette's `AuthenticationMiddleware`. Immutable.

    A request without a credential is unauthenticated: `request.user.is_authenticated` is False, and `request.auth` has
    no scopes. A request with a credential that is rejected gets the response of FastAPI's dependencies: 401, 403 for a
    cookie that the page of another origin sends, 503 while keys are unavailable. No route of it is called.

    The scopes of an authenticated request are `authenticated`, the scopes of its token, its roles as `role:admin`, and
    its permissions as `permission:task:read`. A route without `@requires` is open to everyone, as in Starlette.

    Example:
        backend = JwtAuthenticationBackend(api_verifier("https://app.example.com"))

        @requires(["authenticated", "role:admin"])
        async def me(request: Request) -> JSONResponse:
            return JSONResponse({"user_id": request.user.user_id})

        app = Starlette(routes=[Route("/me", me)], middleware=[backend.middleware()])
    """

    def __init__(  # noqa: PLR0913 - keyword arguments, all but one with a default
        self,
        auth: VerifierInput | HasConnections,
        *,
        optional: bool = False,
        user_id_claim: str | None = "sub",
        accept: Callable[[dict[str, Any]], bool] | None = None,
        roles: GrantSource | None = None,
        scopes: GrantSource | None = None,
        permissions: GrantSource | None = None,
        token_header: str | None = None,
        token_cookie: str | None = None,
        trusted_origins: Iterable[str] = (),
        resource_metadata: str | None = None,
        websocket_subprotocol: str | None = None,
    ) -> None:
        """Build the backend.

        Args:
            auth: A `Verifier`, a list of them with different issuers, or a function or coroutine function from an
                issuer to its verifier. Or a `BearerAuth` or `CredentialAuth` of `fastjose.fastapi`, which has the
                following arguments but `optional` itself.
            optional: Whether a request with a rejected credential is unauthenticated, in place of a 401. Defaults to
                False. The 403 and the 503 remain.
            user_id_claim: The claim with the user's id, as in `BearerAuth`. None: a token need not identify a user.
            accept: A plain function of the verified claims that accepts a token by returning `True`.
            roles: Where roles are: a claim, a path, a list of these, or a plain function of the claims. By default the
                claims `role` and `roles`.
            scopes: Where scopes are. By default the claims `scope` and `scp`.
            permissions: Where permissions are. By default the claim `permissions`.
            token_header: The header whose value is the token, such as `X-Access-Token`. By default the token is the
                bearer token of the header `Authorization`.
            token_cookie: The cookie with the token. If a request has the header as well, the header decides.
            trusted_origins: The origins of pages, beside the application's own, that may send requests with the cookie
                that change something, such as `https://app.example.com`.
            resource_metadata: The URL of the API's protected resource metadata, which each 401 names (RFC 9728 §5.1).
            websocket_subprotocol: The subprotocol after which a browser sends its token to a WebSocket, as in
                `BearerAuth`.

        Raises:
            TypeError: `auth` is something else, another argument has the wrong type, or is given beside a `BearerAuth`
                or `CredentialAuth`.
            ValueError: An argument is invalid; the message names it.
        """
        options = TokenOptions(
            user_id_claim,
            accept,
            roles,
            scopes,
            permissions,
            token_header,
            token_cookie,
            tuple(list_origins(trusted_origins)),
            resource_metadata,
            websocket_subprotocol,
        )
        self._connections = create_connections(auth, options)
        self._optional = check_flag("optional", optional)

    @classmethod
    def from_environment(
        cls, *, optional: bool = False, revocations: Revocations | None = None
    ) -> JwtAuthenticationBackend:
        """Build the backend from the environment and `.env`, as `fastjose.auth` does: see `fastjose.settings`.

        Args:
            optional: As in `JwtAuthenticationBackend`.
            revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`: revoked tokens, sessions and
                cookies are rejected. API keys do not ask it.

        Raises:
            ValueError: A variable is missing or has an invalid value; the message names it.
            ModuleNotFoundError: pydantic-settings is not installed.
        """
        return cls(hide_arguments(connections_from_environment)(revocations), optional=optional)

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, JwtUser] | None:
        """Return the scopes and the user of a request or a WebSocket handshake, or None without a credential.

        Awaits only if a key must be fetched, or a store must be asked.

        Raises:
            AuthenticationError: The credential is rejected, or cannot be verified now. `on_error` has its response.
        """
        try:
            sender = await self._connections.authenticate(conn)
        except RefusedError as error:
            if self._optional and error.refusal.status_code == _UNAUTHORIZED:
                return None
            raise RefusedCredentialError(error.refusal) from None
        if sender is None:
            return None
        return AuthCredentials(list_scopes(sender, self._connections.grants)), JwtUser(sender)

    def on_error(self, conn: HTTPConnection, exc: AuthenticationError) -> JSONResponse:
        """Return the response to a refused request, for `AuthenticationMiddleware(…, on_error=backend.on_error)`.

        It has the status 401, 403 or 503, the header `WWW-Authenticate` or `Retry-After`, and the JSON `{"detail": …}`.
        """
        return create_response(conn, exc)

    def middleware(self) -> Middleware:
        """Return the middleware with this backend, for `Starlette(middleware=[…])` and `FastAPI(middleware=[…])`.

        It is an `AuthenticationMiddleware` with `on_error`. The response also answers a WebSocket handshake.
        """
        return Middleware(JwtAuthenticationMiddleware, backend=self, on_error=self.on_error)
