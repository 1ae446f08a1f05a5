"""An application that does not verify tokens: the test must detect it."""

from typing import Annotated

import jwt
from fastapi import FastAPI, Header

from support.processes.exit_on_stdin_close import exit_when_stdin_closes

app = FastAPI()


@app.get("/user-id")
async def user_id(authorization: Annotated[str, Header()]) -> dict[str, str]:
    token = authorization.removeprefix("Bearer ")
    return {"user_id": jwt.decode(token, options={"verify_signature": False})["sub"]}


exit_when_stdin_closes()
