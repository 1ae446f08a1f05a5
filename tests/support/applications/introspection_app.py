"""An application that introspects opaque tokens, configured by environment variables."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI

from fastjose.fastapi import CredentialAuth, CurrentUser, OpaqueTokens
from fastjose.introspection import RemoteIntrospection
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

introspection = RemoteIntrospection(
    os.environ["INTROSPECTION_URL"],
    client_id="api",
    client_secret=os.environ["INTROSPECTION_CLIENT_SECRET"],
    accepted_client_id="web",
    cache_seconds=float(os.environ["INTROSPECTION_CACHE_SECONDS"]),
    timeout_seconds=60,
)
auth = CredentialAuth(OpaqueTokens(introspection))
app = FastAPI()


@app.get("/me")
async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
    return user


exit_when_stdin_closes()
