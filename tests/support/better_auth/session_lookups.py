"""Look-ups of one token by `RemoteSessions`, and their errors."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from fastjose.exceptions import StoreUnavailableError
from fastjose.sessions import SessionToken

if TYPE_CHECKING:
    from fastjose.sessions import RemoteSessions

UNSIGNED = "a" * 32
RAW = f"{UNSIGNED}.c2lnbmF0dXJl+/="
TOKEN = SessionToken(UNSIGNED, raw=RAW)
COOKIE = SessionToken(UNSIGNED, raw="a.b%2B%3D", carrier="cookie", cookie_name="__Secure-better-auth.session_token")
SECRET_CONTENT = "s3cret"
"""The content of responses that no error may contain."""


def look_up(sessions: RemoteSessions, token: SessionToken = TOKEN) -> Any:
    """Return the answer of a look-up in an event loop of its own."""

    async def main() -> Any:
        return await sessions(token)

    return asyncio.run(main())


def fail(sessions: RemoteSessions, token: SessionToken = TOKEN) -> StoreUnavailableError:
    """Return the error of a look-up, after a check that nothing of the token or of the response is in it."""
    with pytest.raises(StoreUnavailableError) as raised:
        look_up(sessions, token)
    text = "".join(traceback.format_exception(raised.value))
    assert UNSIGNED not in text
    assert SECRET_CONTENT not in text
    assert raised.value.code == "store_unavailable"
    assert raised.value.__context__ is None
    return raised.value
