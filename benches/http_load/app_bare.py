"""An application whose only route returns a fixed user without authentication."""

from fastapi import FastAPI

from fastjose.fastapi import CurrentUser
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

USER = CurrentUser(user_id="a" * 32, email="ada@example.com", name="Ada Lovelace")

app = FastAPI()
exit_when_stdin_closes()


@app.get("/me")
async def get_user() -> CurrentUser:
    """Return the fixed user."""
    return USER
