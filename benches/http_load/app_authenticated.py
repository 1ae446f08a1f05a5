"""An application whose only route returns the authenticated user, configured by the environment alone."""

from fastapi import FastAPI

from fastjose.auth import AuthenticatedUser, CurrentUser
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

app = FastAPI()
exit_when_stdin_closes()


@app.get("/me")
async def get_user(user: AuthenticatedUser) -> CurrentUser:
    """Return the user."""
    return user
