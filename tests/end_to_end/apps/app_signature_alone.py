"""An application that trusts a signed token: it asks for the user once, and never whether the session still lives.

The test must detect it.
"""

import base64
import hashlib
import hmac
import os
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, HTTPException, Request

from end_to_end.apps.app_get_session import ask_better_auth
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

app = FastAPI()
users: dict[str, str] = {}


@app.get("/user-id")
async def user_id(request: Request) -> dict[str, Any]:
    authorization, cookie = request.headers.get("authorization", ""), request.headers.get("cookie", "")
    value = unquote(authorization.removeprefix("Bearer ") or cookie.partition("session_token=")[2].partition(";")[0])
    token, _, signature = value.rpartition(".")
    mac = hmac.new(os.environ["BETTER_AUTH_SECRET"].encode(), token.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(mac).decode(), signature):
        raise HTTPException(401, "Signature verification failed.")
    if token not in users:
        session = await ask_better_auth({"authorization": f"Bearer {token}"})
        users[token] = session["user"]["id"] if session else "someone"
    return {"user_id": users[token]}


exit_when_stdin_closes()
