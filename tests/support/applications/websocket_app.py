"""An application with WebSocket routes that send the user. It exits when its standard input closes."""

from typing import Annotated

from fastapi import Depends, FastAPI, WebSocket

from fastjose.auth import AuthenticatedUser, CurrentUser, OptionalUser, UserId, require_role
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

app = FastAPI()


async def accept_and_send(websocket: WebSocket, text: str) -> None:
    """Accept the connection as docs/guide/identity.md describes, send `text`, and close."""
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol="bearer" if "bearer" in offered else None)
    await websocket.send_text(text)
    await websocket.close()


@app.websocket("/me")
async def me(websocket: WebSocket, user: AuthenticatedUser) -> None:
    await accept_and_send(websocket, f"{user.user_id} {user.email}")


@app.websocket("/user-id")
async def user_id(websocket: WebSocket, user_id: UserId) -> None:
    await accept_and_send(websocket, user_id)


@app.websocket("/optional")
async def optional(websocket: WebSocket, user: OptionalUser) -> None:
    await accept_and_send(websocket, user.user_id if user else "guest")


@app.websocket("/admin")
async def admin(websocket: WebSocket, user: Annotated[CurrentUser, Depends(require_role("admin"))]) -> None:
    await accept_and_send(websocket, user.user_id)


@app.get("/me")
async def me_over_http(user: AuthenticatedUser) -> str:
    return user.user_id


exit_when_stdin_closes()
