"""An application that asks Better Auth itself about every request: the test must find no error in it."""

import os
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

from support.processes.exit_on_stdin_close import exit_when_stdin_closes

app = FastAPI()
client = httpx.AsyncClient(trust_env=False, timeout=5)
# With a strategy, Better Auth itself decides whether it believes `session_data`.
QUESTION = "/get-session" if os.environ["E2E_STRATEGY"] else "/get-session?disableCookieCache=true"
CARRIERS = ("authorization", "cookie", "x-api-key")


@app.get("/user-id")
async def user_id(request: Request) -> dict[str, str]:
    headers = {name: request.headers[name] for name in CARRIERS if name in request.headers}
    session = await ask_better_auth(headers)
    if session is None:
        raise HTTPException(401, "No session.")
    return {"user_id": session["user"]["id"]}


async def ask_better_auth(headers: dict[str, str]) -> Any:
    try:
        response = await client.get(os.environ["E2E_STORE_URL"] + QUESTION, headers=headers)
    except httpx.HTTPError:
        raise HTTPException(503, "Better Auth does not respond.") from None
    if response.status_code in (401, 403):  # API keys
        return None
    if response.status_code != 200:
        raise HTTPException(503, "Better Auth does not answer.")
    return response.json()


exit_when_stdin_closes()
