"""The application under test, with `fastapi-betterauth`, configured as in its manual."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_betterauth import BetterAuth, User

from support.processes.exit_on_stdin_close import exit_when_stdin_closes

auth = BetterAuth(os.environ["BETTER_AUTH_URL"])
app = FastAPI()


@app.get("/user-id")
async def user_id(user: Annotated[User, Depends(auth)]) -> dict[str, str]:
    return {"user_id": user["sub"]}


exit_when_stdin_closes()
