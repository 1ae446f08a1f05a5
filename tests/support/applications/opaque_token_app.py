"""An application that accepts opaque tokens, and the introspection endpoint that it asks."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from typing import Annotated, Any

from fastapi import Depends, FastAPI

from fastjose.fastapi import CredentialAuth, CurrentUser
from fastjose.introspection import RemoteIntrospection
from support.clients.http_client import HttpClient
from support.servers.introspection_server import ACTIVE, introspect_at, read_form
from support.servers.lookup_server import LookupServer, reply_json


class IntrospectionServer:
    """An introspection endpoint whose response a test replaces."""

    def __init__(self, server: LookupServer) -> None:
        self._server = server
        self.requests = server.requests

    def introspection(self, **options: Any) -> RemoteIntrospection:
        return introspect_at(self._server, **options)

    def respond(self, status: int = 200, **members: Any) -> None:
        self._server.respond = lambda _: reply_json({**ACTIVE, **members}, status)

    def tokens(self) -> list[str]:
        return [read_form(request)["token"] for request in self.requests]


def build_app(auth: CredentialAuth[CurrentUser]) -> HttpClient:
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
        return user

    @app.get("/optional")
    async def optional(user: Annotated[CurrentUser | None, Depends(auth.current_user_optional)]) -> CurrentUser | None:
        return user

    @app.get("/claims")
    async def claims(claims: Annotated[dict[str, Any], Depends(auth.current_claims)]) -> dict[str, Any]:
        return claims

    @app.get("/tasks")
    async def tasks(user: Annotated[CurrentUser, Depends(auth.require_scope("tasks:read"))]) -> CurrentUser:
        return user

    @app.get("/session")
    async def session(session: Annotated[Any, Depends(auth.current_session)]) -> Any:
        return session.id

    @app.get("/itself")
    async def itself(user: Annotated[CurrentUser, Depends(auth.forbid_impersonation)]) -> CurrentUser:
        return user

    return HttpClient(app)
