"""An application whose /docs offers each form of sign-in: a pasted token, a cookie, and the issuer `ISSUER`.

The application exits when its standard input closes, so that it cannot outlive the test run that holds the other end.
"""

import os
from typing import Annotated

from fastapi import Depends, FastAPI, Response, WebSocket
from fastapi.security import APIKeyCookie

from fastjose import RemoteKeySet, Verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from fastjose.testing import TokenIssuer
from support.processes.exit_on_stdin_close import exit_when_stdin_closes
from support.servers.oidc_server import AUDIENCE, CLIENT_ID

own = TokenIssuer("https://own.test")
own_verifier = Verifier(own.key, algorithms=["EdDSA"], issuer="https://own.test", audience="https://own.test")
issuer = os.environ["ISSUER"]
pasted = BearerAuth(own_verifier, scheme_name="Pasted", websocket_subprotocol="bearer")
cookie = BearerAuth(own_verifier, scheme=APIKeyCookie(name="__session"))
code = BearerAuth(
    Verifier(RemoteKeySet.of_issuer(issuer, allow_http=True), issuer=issuer, audience=AUDIENCE), scheme_name="Issuer"
)

app = FastAPI(swagger_ui_init_oauth={"clientId": CLIENT_ID, "usePkceWithAuthorizationCodeGrant": True})


@app.get("/pasted")
async def get_pasted(user: Annotated[CurrentUser, Depends(pasted.current_user)]) -> CurrentUser:
    return user


@app.get("/cookie")
async def get_cookie(user: Annotated[CurrentUser, Depends(cookie.current_user)]) -> CurrentUser:
    return user


@app.post("/cookie")
async def change(user: Annotated[CurrentUser, Depends(cookie.current_user)]) -> CurrentUser:
    return user


@app.get("/issuer")
async def get_issuer(user: Annotated[CurrentUser, Depends(code.current_user)]) -> CurrentUser:
    return user


@app.websocket("/cookie-socket")
async def cookie_socket(websocket: WebSocket, user: Annotated[CurrentUser, Depends(cookie.current_user)]) -> None:
    await websocket.accept()
    await websocket.send_text(user.user_id)


@app.websocket("/subprotocol-socket")
async def subprotocol_socket(websocket: WebSocket, user: Annotated[CurrentUser, Depends(pasted.current_user)]) -> None:
    await websocket.accept(subprotocol="bearer")
    await websocket.send_text(user.user_id)


@app.post("/sign-in", include_in_schema=False)
async def sign_in(response: Response) -> str:
    """Return a token for ada, and set it as a cookie. The test is the only client."""
    token = own.mint_token("ada")
    response.set_cookie("__session", token, httponly=True, samesite="lax")
    return token


exit_when_stdin_closes()
