"""The application under test: it takes session tokens, session cookies and API keys, as its environment says."""

import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from fastjose.fastapi import ApiKeys, CredentialAuth, SessionCookies, SessionTokens
from support.processes.exit_on_stdin_close import exit_when_stdin_closes

LOOK_UP, STORE_URL = os.environ["E2E_LOOK_UP"], os.environ["E2E_STORE_URL"]
SECRETS = [os.environ["BETTER_AUTH_SECRET"]]
STRATEGY: Any = os.environ["E2E_STRATEGY"] or None


def create_key_store() -> Any:
    """Return the store of API keys of the environment."""
    if LOOK_UP == "remote":
        from fastjose.api_keys import RemoteApiKeys  # noqa: PLC0415 - see `create_store`

        return RemoteApiKeys(STORE_URL)
    if LOOK_UP == "redis":
        from fastjose.api_keys import SecondaryStorageApiKeys  # noqa: PLC0415 - see `create_store`

        return SecondaryStorageApiKeys(STORE_URL)
    from fastjose.api_keys import DatabaseApiKeys  # noqa: PLC0415 - see `create_store`

    return DatabaseApiKeys(STORE_URL)


def create_store() -> Any:
    """Return the store of the environment, or None."""
    # Imported one by one: each needs packages of its own.
    if LOOK_UP == "remote":
        from fastjose.sessions import RemoteSessions  # noqa: PLC0415 - see above

        return RemoteSessions(STORE_URL, cache_seconds=float(os.environ["E2E_MAX_AGE_SECONDS"]))
    if LOOK_UP == "redis":
        from fastjose.sessions import SecondaryStorageSessions  # noqa: PLC0415 - see above

        return SecondaryStorageSessions(STORE_URL)
    if LOOK_UP == "database":
        from fastjose.sessions import DatabaseSessions  # noqa: PLC0415 - see above

        return DatabaseSessions(STORE_URL)
    return None


def create_verifier() -> Any:
    """Return the verifier of cookies that a key of the JWK Set signs, or None."""
    if STRATEGY != "jwks":
        return None
    from fastjose.better_auth import session_cookie_verifier  # noqa: PLC0415 - as above

    return session_cookie_verifier(os.environ["BETTER_AUTH_URL"])


def create_credentials() -> list[Any]:
    """Return the credentials of the environment."""
    if os.environ["E2E_CREDENTIAL"] == "api_key":
        return [ApiKeys(create_key_store(), organization_config_ids=["organization"])]
    store = create_store()
    cookies = SessionCookies(
        store,
        secrets=SECRETS,
        strategy=STRATEGY,
        verifier=create_verifier(),
        cookie_prefix=os.environ["E2E_COOKIE_PREFIX"],
    )
    tokens = [SessionTokens(store, secrets=SECRETS, allow_unsigned=True)] if store else []
    return [*tokens, cookies]


auth = CredentialAuth(*create_credentials())
app = FastAPI()


@app.get("/user-id")
async def user_id(user_id: Annotated[str, Depends(auth.user_id)]) -> dict[str, str]:
    return {"user_id": user_id}


exit_when_stdin_closes()
