"""`JwtCredentials`: JSON Web Tokens as bearer tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._core import Verifier
from fastjose._credentials.principal import CredentialName, Principal
from fastjose._places.sources import BearerHeader
from fastjose._program_only import program_only
from fastjose._sessions.session import session_from_claims
from fastjose._telemetry.switch import observe_verifier
from fastjose._verifiers.bearer_policy import BearerPolicy
from fastjose._verifiers.choice import ChosenVerifier
from fastjose._verifiers.issuers import Issuers, create_issuers

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from typing import Any

    from fastjose._verifiers.choice import VerifierInput

_JWS_DOTS = 2


class JwtCredentials:
    """JSON Web Tokens in the Authorization header, verified by one verifier, or by that of their issuer.

    Example:
        jwts = JwtCredentials(api_verifier("https://app.example.com"))
        auth = CredentialAuth(jwts, SessionTokens(RemoteSessions("https://app.example.com")))
    """

    name: CredentialName = "jwt"

    @program_only("JwtCredentials must be given to CredentialAuth: write Depends(auth.current_user)")
    def __init__(
        self,
        verifier: VerifierInput,
        *,
        user_id_claim: str | None = "sub",
        accept: Callable[[dict[str, Any]], bool] | None = None,
    ) -> None:
        """Accept the tokens that `verifier` verifies. A token with `cnf` is rejected in any case.

        Args:
            verifier: A `Verifier`, a list of them with different issuers, or a function or coroutine function from an
                issuer to its verifier, as in `BearerAuth`.
            user_id_claim: The claim with the user's id, as in `BearerAuth`. The dependencies return it as `sub`.
            accept: A plain function of the verified claims that accepts a token by returning `True`, as in
                `BearerAuth`.

        Raises:
            TypeError: `verifier` is neither a `Verifier`, a list of them nor a function; `user_id_claim` is neither a
                str nor None; or `accept` is not a plain function.
            ValueError: Verifiers in a list do not have different issuers, or `user_id_claim` is empty.
        """
        self.policy = BearerPolicy(user_id_claim, accept)
        self.verifier: Verifier | Issuers[ChosenVerifier] = (
            verifier if isinstance(verifier, Verifier) else create_issuers(verifier, ChosenVerifier)
        )
        if isinstance(verifier, Verifier):
            observe_verifier(verifier)
        self.source = BearerHeader("A JSON Web Token.")

    def matches(self, token: str) -> bool:
        """Return whether `token` has three segments."""
        return token.count(".") == _JWS_DOTS

    async def authenticate_token(self, token: str, _named_fields: AbstractSet[str]) -> Principal:
        """Return the sender that `token` authenticates.

        Raises:
            JOSEError: The token is rejected, or its key cannot be fetched now.
        """
        issuers = self.verifier
        verifier = issuers if isinstance(issuers, Verifier) else (await issuers.choose(token)).verifier
        claims = verifier.try_verify(token)
        if claims is None:
            claims = await verifier.verify_async(token)
        claims = self.policy.check(claims, verifier.revocations)
        return Principal("jwt", claims, session=session_from_claims(claims))
