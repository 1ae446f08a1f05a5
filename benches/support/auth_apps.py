"""Authentication modules that are compared: fastjose, the reference code on python-jose, and a stub."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import Depends

import benches.targets as t
from benches.support.asgi_requests import request_batch
from benches.support.fixtures import CLAIMS, ORIGIN, create_token, get_key_pair
from benches.support.route_apps import USER, create_bearer_auth
from benches.support.stub_auth import StubAuth
from fastjose.fastapi import CurrentUser
from support.environment.fresh_import import build_app, import_fresh, load_auth, set_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

PYTHON_JOSE_AUTH = "benches.support.python_jose_auth"
PAYLOAD_CLAIMS = {name: CLAIMS[name] for name in ("sub", "exp", "iat", "iss", "email", "name", "emailVerified")}
"""Seven claims without `aud`, because the reference code rejects a token that has one."""


@cache
def load_fastjose_auth() -> Any:
    """Return `fastjose.auth` in shared-secret mode, without an expected issuer or audience, like the reference code."""
    return _load_fastjose_auth()


@cache
def load_strict_fastjose_auth() -> Any:
    """Return `fastjose.auth` in shared-secret mode, with an expected issuer and audience."""
    return _load_fastjose_auth(JWT_ISSUER=ORIGIN, JWT_AUDIENCE=ORIGIN)


def _load_fastjose_auth(**environment: str) -> Any:
    secret = get_key_pair("HS256").verification_key
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        return load_auth(patch, Path(directory), BETTER_AUTH_SECRET=secret, **environment)


@cache
def load_python_jose_auth() -> Any:
    """Return the reference code on python-jose, with the same secret."""
    secret = get_key_pair("HS256").verification_key
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        set_environment(patch, Path(directory), {"BETTER_AUTH_SECRET": secret})
        return import_fresh(patch, PYTHON_JOSE_AUTH, PYTHON_JOSE_AUTH.__eq__)


@cache
def load_stub_auth() -> Any:
    """Return the names of `fastjose.auth` with fastjose's security schemes, but without verification."""
    auth = create_bearer_auth()
    stub = StubAuth(USER, auth.oauth2_scheme, auth.oauth2_scheme_optional)
    return SimpleNamespace(
        AuthenticatedUser=Annotated[CurrentUser, Depends(stub.current_user)],
        OptionalUser=Annotated[CurrentUser | None, Depends(stub.current_user_optional)],
        UserId=Annotated[str, Depends(stub.user_id)],
    )


REQUEST_CANDIDATES: Mapping[str, tuple[Callable[[], Any], Mapping[str, Any]]] = {
    t.FASTJOSE: (load_strict_fastjose_auth, CLAIMS),
    t.STUB: (load_stub_auth, CLAIMS),
    t.PYTHON_JOSE_REFERENCE: (load_python_jose_auth, PAYLOAD_CLAIMS),
}
"""The authentication module of each candidate, and the claims in its requests."""


def candidate_requests(candidate: str, path: str) -> AbstractContextManager[Callable[[], None]]:
    """Provide a function that sends a batch of requests for `path` to the application of `candidate`."""
    load_candidate_auth, claims = REQUEST_CANDIDATES[candidate]
    return request_batch(build_app(load_candidate_auth()), path, create_token("HS256", claims))
