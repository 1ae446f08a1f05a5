"""`SessionTokens`: session tokens of Better Auth as bearer tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastjose._arguments import check_flag
from fastjose._core import SessionTokenReader
from fastjose._credentials.principal import CredentialName, Principal
from fastjose._credentials.secrets import check_secrets
from fastjose._places.sources import BearerHeader
from fastjose._program_only import program_only
from fastjose._sessions.lookup import look_up_session
from fastjose._sessions.revocation import check_not_revoked, check_revocations
from fastjose._sessions.session_token import SessionToken
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from fastjose._sessions.lookup import SessionLookup
    from fastjose.better_auth import Revocations

_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,128}(?:\.[A-Za-z0-9+/=%]+)?")
_SIGNED_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,128}\.(?:[A-Za-z0-9+/]|%2[Bb]|%2[Ff]){43}(?:=|%3[Dd])")
"""The signature has 32 bytes in Base64, percent-encoded or not."""


class SessionTokens:
    """Session tokens in the Authorization header, as the `bearer()` plugin hands them out. Immutable.

    If the token has a signature, it is checked first. Then the session is looked up, in any case: a good signature does
    not say that the session still exists, or that it has ever been usable.

    Example:
        auth = CredentialAuth(SessionTokens(RemoteSessions("https://app.example.com"), secrets=[SECRET]))
    """

    name: CredentialName = "session"

    @hide_arguments
    @program_only("SessionTokens must be given to CredentialAuth: write Depends(auth.current_user)")
    def __init__(
        self,
        lookup: SessionLookup,
        *,
        secrets: Sequence[str] = (),
        allow_unsigned: bool = False,
        revocations: Revocations | None = None,
    ) -> None:
        """Accept the tokens that `lookup` knows.

        Args:
            lookup: A store, or any `async def lookup(token) -> Mapping | None` of the application.
            secrets: The secret of Better Auth, and further ones that are accepted. Without a secret the signature of a
                token is not verified; `lookup` decides alone.
            allow_unsigned: Whether a token without a signature is accepted, as in the body of a sign-in response and of
                the device flow. Defaults to False.
            revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`, which is asked as well.

        Raises:
            TypeError: `lookup` cannot be called, `secrets` is not a list, `allow_unsigned` is not a bool, or
                `revocations` is not a list of revocations.
            ValueError: A secret is empty, or is the published default of Better Auth.
        """
        if not callable(lookup):
            raise TypeError("lookup must be a store of sessions, or an async function of a session token")
        check_secrets(secrets)
        check_revocations(revocations)
        self.lookup = lookup
        self.allow_unsigned = check_flag("allow_unsigned", allow_unsigned)
        self.source = BearerHeader("A session token of Better Auth.")
        self._reader = SessionTokenReader(secrets, allow_unsigned=allow_unsigned)
        self._has_secrets, self._revocations = bool(secrets), revocations

    def matches(self, token: str) -> bool:
        """Return whether `token` has the shape of a session token, with or without a signature."""
        return _SHAPE.fullmatch(token) is not None

    def matches_signed(self, token: str) -> bool:
        """Return whether `token` has the shape of a session token with a signature."""
        return _SIGNED_SHAPE.fullmatch(token) is not None

    async def authenticate_token(self, token: str, named_fields: AbstractSet[str]) -> Principal:
        """Return the sender that `token` authenticates.

        Raises:
            SessionError: The token is rejected, its session is unknown or has ended, or its user is banned.
            StoreUnavailableError: The store cannot answer.
        """
        session_token = SessionToken(self._reader.read(token), raw=token)
        session, claims = await look_up_session(self.lookup, session_token, named_fields)
        check_not_revoked(self._revocations, session)
        return Principal("session", claims, session=session, token=session_token)
