"""An application behind a proxy: what it sees of the request, a cookie, a redirect and a WebSocket."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, WebSocket
from fastapi.security import APIKeyCookie

from fastjose import Verifier
from fastjose.auth import AuthenticatedUser, CurrentUser
from fastjose.fastapi import BearerAuth
from support.environment.fresh_import import SECRET

app = FastAPI()
cookies = BearerAuth(Verifier(SECRET, algorithms=["HS256"]), scheme=APIKeyCookie(name="token"))
CookieUser = Annotated[CurrentUser, Depends(cookies.current_user)]


@app.get("/seen")
async def seen(request: Request) -> dict[str, Any]:
    """Return what the application sees of the request."""
    client = request.client.host if request.client else None
    return {"scheme": request.url.scheme, "host": request.headers["host"], "client": client}


@app.get("/me")
async def me(user: AuthenticatedUser) -> CurrentUser:
    """Return the user of a bearer token."""
    return user


@app.post("/change")
async def change(user: CookieUser) -> CurrentUser:
    """Return the user of a cookie."""
    return user


@app.get("/items/")
async def items() -> list[str]:
    """Return nothing. A request without the slash is redirected."""
    return []


@app.websocket("/events")
async def events(websocket: WebSocket, user: AuthenticatedUser) -> None:
    """Greet the user."""
    await websocket.accept(subprotocol="bearer" if "bearer" in websocket.scope["subprotocols"] else None)
    await websocket.send_text(f"Hello {user.user_id}")
    await websocket.close()
