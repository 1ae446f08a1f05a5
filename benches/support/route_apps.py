"""Applications around a `BearerAuth` or a `StubAuth`: one with a user route only, one that also uses roles and claims.

They use public names of fastjose only, so that `against_commit.py` can run them on another commit.
"""

# FastAPI reads the annotations of the routes, which name local variables: so this module must not import `annotations`.

import contextlib
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Response
from fastapi.security import OAuth2PasswordBearer

from benches.support.asgi_requests import request_batch
from benches.support.fixtures import CLAIMS, create_token
from benches.support.libraries import create_verifier
from benches.support.remote_keys import fetch_remote_key_set, serve_eddsa_key
from benches.support.stub_auth import StubAuth
from fastjose import Verifier
from fastjose.fastapi import BearerAuth, CurrentUser

USER = CurrentUser(user_id=CLAIMS["sub"], email=CLAIMS["email"], name=CLAIMS["name"])
ROLE = "admin"
USER_PATH, CLAIMS_PATH, ROLE_PATH = "/me", "/claims", "/admin"
OTHER_ISSUER = "https://other.example.com"


def create_bearer_auth() -> BearerAuth:
    """Return a `BearerAuth` that verifies HS256 tokens of one issuer for one audience."""
    return BearerAuth(create_verifier("HS256"))


def create_stub_auth() -> StubAuth:
    """Return a `StubAuth` around FastAPI's own security schemes, without code of fastjose on the request path."""
    scheme, optional_scheme = (OAuth2PasswordBearer("/token", auto_error=auto_error) for auto_error in (True, False))
    return StubAuth(USER, scheme, optional_scheme)


def create_user_app(auth: Any) -> FastAPI:
    """Return an application whose only route depends on the user."""
    app = FastAPI()

    @app.get(USER_PATH)
    async def get_user(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> Any:
        return user

    return app


def create_role_app(auth: Any) -> FastAPI:
    """Return the application of `create_user_app` with two more routes: one reads the claims, one requires a role."""
    app = create_user_app(auth)

    @app.get(CLAIMS_PATH)
    async def get_claims(claims: Annotated[dict[str, Any], Depends(auth.current_claims)]) -> Any:
        return claims

    @app.get(ROLE_PATH)
    async def get_admin(
        user: Annotated[CurrentUser, Depends(auth.current_user)],
        _: Annotated[CurrentUser, Depends(auth.require_role(ROLE))],
    ) -> Any:
        return user

    return app


def create_remote_verifier(issuer: str, kid: str, key_index: int) -> Verifier:
    """Return a verifier of EdDSA tokens of one issuer, whose key set is fetched and stays fresh for a day."""
    with serve_eddsa_key(kid, key_index) as url:
        keys = fetch_remote_key_set(url)
    return Verifier(keys, issuer=issuer, audience=issuer)


def create_one_issuer_app(auth: BearerAuth) -> FastAPI:
    """Return an application whose only route depends on the optional user of one `BearerAuth`."""
    app = FastAPI()

    @app.get(USER_PATH)
    async def get_user(user: Annotated[CurrentUser | None, Depends(auth.current_user_optional)]) -> Any:
        return user or Response(status_code=401)

    return app


def create_two_issuers_app(first: BearerAuth, second: BearerAuth) -> FastAPI:
    """Return an application whose only route depends on the optional users of two issuers, and takes one of them."""
    app = FastAPI()

    @app.get(USER_PATH)
    async def get_user(
        one: Annotated[CurrentUser | None, Depends(first.current_user_optional)],
        other: Annotated[CurrentUser | None, Depends(second.current_user_optional)],
    ) -> Any:
        return one or other or Response(status_code=401)

    return app


@contextlib.contextmanager
def warm_request_batch(app: FastAPI, path: str) -> Iterator[Callable[[], None]]:
    """Provide a function that sends a batch of requests for `path`, after one batch for each route of the application.

    The first batches matter: a request for claims or for a role must not change the cost of later requests.
    """
    token = create_token("HS256", {**CLAIMS, "role": ROLE})
    own_paths = {USER_PATH, CLAIMS_PATH, ROLE_PATH} & {getattr(route, "path", None) for route in app.routes}
    for own_path in sorted(own_paths):
        with request_batch(app, own_path, token) as send_requests:
            send_requests()
    with request_batch(app, path, token) as send_requests:
        yield send_requests
