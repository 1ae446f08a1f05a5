"""Requests whose instructions are counted: `python -m benches.instructions.request_workloads`, under callgrind.

Each workload is an application of its own with one route at one path, so that routing costs the same everywhere. The
requests are equal, and the route returns the same user. The workloads differ in the dependency of the route alone.

It imports neither a compared library nor a random key, so that it also runs in `.venv-min-versions`.
"""

# FastAPI reads the annotations of the routes, which name local variables: so this module must not import `annotations`.

import contextlib
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from benches.instructions.fixed_tokens import CLAIMS, ED25519_JWK, create_eddsa_token, create_hs256_token
from benches.instructions.forks import call_repeatedly, run_in_forks
from benches.support.asgi_requests import request_sender
from benches.support.fixtures import ORIGIN, SECRET
from benches.targets import (
    BARE_ROUTE,
    BARE_ROUTE_ID,
    BARE_ROUTE_UNTYPED,
    EMPTY_DEPENDENCY,
    USER_EDDSA,
    USER_EDDSA_SEEN,
    USER_HS256,
    USER_HS256_UNTYPED,
    USER_ID_HS256,
    VERIFY_HS256,
)
from fastjose import Verifier
from fastjose.fastapi import CurrentUser
from support.environment.fresh_import import load_auth
from support.servers.proxies.jwks_proxy import serve_jwks

PATH = "/me"
CACHE_SIZE = 1_000
USER = CurrentUser(user_id=CLAIMS["sub"], email=CLAIMS["email"], name=CLAIMS["name"])
Workload = Callable[[int], object]


def main() -> None:
    """Run every workload."""
    with contextlib.ExitStack() as stack:
        run_in_forks(open_workloads(stack))


def check_workloads() -> None:
    """Run each workload once."""
    with contextlib.ExitStack() as stack:
        for run in open_workloads(stack).values():
            run(1)


def open_workloads(stack: contextlib.ExitStack) -> Mapping[str, Workload]:
    """Return the workloads; closing `stack` closes their event loops and the key server."""
    hs256_token, eddsa_token = create_hs256_token(), create_eddsa_token()
    jwks_url = stack.enter_context(serve_jwks(lambda: {"keys": [ED25519_JWK]})).url
    hs256 = load_fixed_auth(BETTER_AUTH_SECRET=SECRET)
    eddsa, eddsa_seen = (load_fixed_auth(JWKS_URL=jwks_url, JWT_CACHE_SIZE=str(size)) for size in (0, CACHE_SIZE))
    apps = {
        BARE_ROUTE: (create_bare_app(), hs256_token),
        EMPTY_DEPENDENCY: (create_empty_dependency_app(), hs256_token),
        USER_HS256: (create_user_app(hs256.AuthenticatedUser), hs256_token),
        USER_EDDSA: (create_user_app(eddsa.AuthenticatedUser), eddsa_token),
        USER_EDDSA_SEEN: (create_user_app(eddsa_seen.AuthenticatedUser), eddsa_token),
        BARE_ROUTE_ID: (create_bare_id_app(), hs256_token),
        USER_ID_HS256: (create_id_app(hs256.UserId), hs256_token),
        BARE_ROUTE_UNTYPED: (create_untyped_bare_app(), hs256_token),
        USER_HS256_UNTYPED: (create_untyped_user_app(hs256.AuthenticatedUser), hs256_token),
    }
    workloads: dict[str, Workload] = {
        name: stack.enter_context(request_sender(app, PATH, token)) for name, (app, token) in apps.items()
    }
    verifier = Verifier(SECRET, algorithms="HS256", issuer=ORIGIN, audience=ORIGIN)
    return {**workloads, VERIFY_HS256: partial(call_repeatedly, partial(verifier.verify, hs256_token))}


def load_fixed_auth(**environment: str) -> Any:
    """Return `fastjose.auth` for the issuer and audience of the tokens; without a token cache by default."""
    settings = {"JWT_ISSUER": ORIGIN, "JWT_AUDIENCE": ORIGIN, "JWT_CACHE_SIZE": "0", **environment}
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        return load_auth(patch, Path(directory), **settings)


def create_bare_app() -> FastAPI:
    """Return an application whose route has no dependency."""
    app = FastAPI()

    @app.get(PATH)
    async def get_user() -> CurrentUser:
        return USER

    return app


def create_empty_dependency_app() -> FastAPI:
    """Return an application whose route has one dependency, which does nothing."""
    app = FastAPI()

    async def do_nothing() -> None:
        """Do nothing."""

    @app.get(PATH)
    async def get_user(_: Annotated[None, Depends(do_nothing)]) -> CurrentUser:
        return USER

    return app


def create_user_app(authenticated_user: Any) -> FastAPI:
    """Return an application whose route depends on the user."""
    app = FastAPI()

    @app.get(PATH)
    async def get_user(user: authenticated_user) -> CurrentUser:
        return user  # type: ignore[no-any-return] # the annotation is a parameter

    return app


def create_bare_id_app() -> FastAPI:
    """Return an application whose route returns an id, without a dependency."""
    app = FastAPI()

    @app.get(PATH)
    async def get_id() -> str:
        return USER.user_id

    return app


def create_id_app(user_id: Any) -> FastAPI:
    """Return an application whose route depends on the id of the user."""
    app = FastAPI()

    @app.get(PATH)
    async def get_id(user_id: user_id) -> str:
        return user_id  # type: ignore[no-any-return] # the annotation is a parameter

    return app


def create_untyped_bare_app() -> FastAPI:
    """Return the application of `create_bare_app`, without the return type of the route."""
    app = FastAPI()

    @app.get(PATH)
    async def get_user():  # type: ignore[no-untyped-def] # noqa: ANN202 - the missing return type is measured
        return USER

    return app


def create_untyped_user_app(authenticated_user: Any) -> FastAPI:
    """Return the application of `create_user_app`, without the return type of the route."""
    app = FastAPI()

    @app.get(PATH)
    async def get_user(user: authenticated_user):  # type: ignore[no-untyped-def] # noqa: ANN202 - it is measured
        return user

    return app


if __name__ == "__main__":
    main()
