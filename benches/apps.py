"""The same application around `fastjose.auth`, around the specified code on python-jose, and with nothing verified."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from fastapi import Depends

import targets as t
from asgi import requests
from fastjose.fastapi import BearerAuth, CurrentUser
from libraries import verifier
from material import CLAIMS, ORIGIN, keys, token
from support.fresh_import import build_app, import_fresh, load_auth, set_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

PAYLOAD_CLAIMS = {name: CLAIMS[name] for name in ("sub", "exp", "iat", "iss", "email", "name", "emailVerified")}
"""Seven claims, and no `aud`: the specified code refuses a token that has one."""

USER = CurrentUser(user_id=CLAIMS["sub"], email=CLAIMS["email"], name=CLAIMS["name"])


class _NothingVerified(BearerAuth):
    """The same dependencies, and a user who was made before: whoever asks is Ada."""

    async def _identify(self, token: str) -> CurrentUser:  # noqa: ARG002 - that is the point
        return USER

    _identify_or_none = _identify


@cache
def fastjose_auth() -> Any:
    """Return `fastjose.auth` in shared-secret mode, as strict as the specified code."""
    return _fastjose_auth()


@cache
def strict_auth() -> Any:
    """Return the same, for one issuer and one audience alone."""
    return _fastjose_auth(JWT_ISSUER=ORIGIN, JWT_AUDIENCE=ORIGIN)


def _fastjose_auth(**environment: str) -> Any:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        return load_auth(patch, Path(directory), BETTER_AUTH_SECRET=keys("HS256").verifying, **environment)


@cache
def specified_auth() -> Any:
    """Return the specified code on python-jose, with the same secret."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        set_environment(patch, Path(directory), {"BETTER_AUTH_SECRET": keys("HS256").verifying})
        return import_fresh(patch, "specified", "specified".__eq__)


@cache
def stubbed_auth() -> Any:
    """Return the dependencies of fastjose with verification taken out."""
    auth = _NothingVerified(verifier("HS256"))
    return SimpleNamespace(
        AuthenticatedUser=Annotated[CurrentUser, Depends(auth.current_user)],
        OptionalUser=Annotated[CurrentUser | None, Depends(auth.current_user_optional)],
        UserId=Annotated[str, Depends(auth.user_id)],
    )


ANSWERING: Mapping[str, tuple[Callable[[], Any], Mapping[str, Any]]] = {
    t.FASTJOSE: (strict_auth, CLAIMS),
    t.STUBBED: (stubbed_auth, CLAIMS),
    t.SPECIFIED: (specified_auth, PAYLOAD_CLAIMS),
}
"""Who answers requests, and the claims in them: twelve, and seven for the specified code, which can take no `aud`."""


def answering(name: str, path: str) -> AbstractContextManager[Callable[[], None]]:
    """Lend a call that has one of them answer a batch of requests for `path`."""
    auth, claims = ANSWERING[name]
    return requests(build_app(auth()), path, token("HS256", claims))
