"""The application under test, with `fastapi-better-auth-bridge`, configured as in its manual."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_better_auth import BetterAuth, Session, User

from support.processes.exit_on_stdin_close import exit_when_stdin_closes

auth = BetterAuth.from_env()
app = FastAPI()


@app.get("/user-id")
async def user_id(session: Annotated[Session[User], Depends(auth.current_session())]) -> dict[str, str]:
    return {"user_id": session.user.id}


exit_when_stdin_closes()
