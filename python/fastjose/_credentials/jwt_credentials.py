"""`JwtCredentials`: JSON Web Tokens as bearer tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._core import Verifier, reject_sender_constrained, require_subject
from fastjose._credentials.principal import CredentialName, Principal
from fastjose._credentials.sources import BearerHeader
from fastjose._sessions.session import session_from_claims

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_JWS_DOTS = 2


class JwtCredentials:
    """JSON Web Tokens in the Authorization header, verified by one verifier. Immutable.

    Example:
        auth = CredentialAuth(JwtCredentials(api_verifier("https://app.example.com")), SessionTokens(…))
    """

    name: CredentialName = "jwt"

    def __init__(self, verifier: Verifier) -> None:
        """Accept the tokens that `verifier` verifies. A token without `sub` or with `cnf` is rejected in any case.

        Raises:
            TypeError: `verifier` is not a `Verifier`.
        """
        if not isinstance(verifier, Verifier):
            raise TypeError("verifier must be a fastjose.Verifier")
        self.verifier = verifier
        self.source = BearerHeader("A JSON Web Token.")

    def matches(self, token: str) -> bool:
        """Return whether `token` has three segments."""
        return token.count(".") == _JWS_DOTS

    async def authenticate_token(self, token: str, _named_fields: AbstractSet[str]) -> Principal:
        """Return the sender that `token` authenticates.

        Raises:
            JOSEError: The token is rejected, or its key cannot be fetched now.
        """
        claims = self.verifier.try_verify(token)
        if claims is None:
            claims = await self.verifier.verify_async(token)
        reject_sender_constrained(claims)
        require_subject(claims)
        return Principal("jwt", claims, session=session_from_claims(claims))
