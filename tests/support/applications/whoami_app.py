"""An application whose routes return the authenticated user.

`TEST_CLOCK_SHIFT_SECONDS` moves its clock, so that tokens expire without a wait. The application exits when its
standard input closes, so that it cannot outlive the test run that holds the other end.
"""

import os
import time
from typing import Any

import time_machine
from fastapi import FastAPI

from fastjose.auth import AuthenticatedUser, OptionalUser, UserId
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

app = FastAPI()


@app.get("/me")
async def me(user: AuthenticatedUser) -> dict[str, Any]:
    return {"user_id": user.user_id, "email": user.email, "name": user.name}


@app.get("/user-id")
async def user_id(user_id: UserId) -> dict[str, str]:
    return {"user_id": user_id}


@app.get("/optional")
async def optional(user: OptionalUser) -> dict[str, Any]:
    return {"user_id": user.user_id if user else None}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


def shift_clock() -> None:
    shift = float(os.environ.get("TEST_CLOCK_SHIFT_SECONDS", "0"))
    if shift:
        time_machine.travel(time.time() + shift, tick=True).start()


shift_clock()
exit_when_stdin_closes()
