"""An application whose only route returns a fixed user and has one dependency, which does nothing."""

from typing import Annotated

from fastapi import Depends, FastAPI

from fastjose.fastapi import CurrentUser
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

USER = CurrentUser(user_id="a" * 32, email="ada@example.com", name="Ada Lovelace")

app = FastAPI()
exit_when_stdin_closes()


async def do_nothing() -> None:
    """Do nothing."""


@app.get("/me")
async def get_user(_: Annotated[None, Depends(do_nothing)]) -> CurrentUser:
    """Return the fixed user."""
    return USER
