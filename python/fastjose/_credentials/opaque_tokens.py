"""`OpaqueTokens`: opaque access tokens as bearer tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._arguments import check_flag
from fastjose._core import RemoteIntrospection
from fastjose._credentials.bearer_shapes import is_jwt
from fastjose._credentials.principal import CredentialName, Principal
from fastjose._places.sources import BearerHeader
from fastjose._program_only import program_only
from fastjose._sessions.revocation import check_revocations
from fastjose._sessions.session import session_from_claims
from fastjose._verifiers.bearer_policy import BearerPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from typing import Any

    from fastjose.better_auth import Revocations


class OpaqueTokens:
    """OAuth access tokens in the Authorization header that an authorization server is asked about. Immutable.

    The server is asked at each request, so a token that it revokes is rejected at once.

    Example:
        introspection = RemoteIntrospection(
            "https://app.example.com/api/auth/oauth2/introspect",
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, accepted_client_id=CLIENT_ID,
        )
        auth = CredentialAuth(JwtCredentials(verifier), OpaqueTokens(introspection))
    """

    name: CredentialName = "opaque"

    @program_only("OpaqueTokens must be given to CredentialAuth: write Depends(auth.current_user)")
    def __init__(
        self,
        introspection: RemoteIntrospection,
        *,
        introspect_jwts: bool = False,
        user_id_claim: str | None = "sub",
        accept: Callable[[dict[str, Any]], bool] | None = None,
        revocations: Revocations | None = None,
    ) -> None:
        """Accept the tokens that `introspection` accepts.

        Args:
            introspection: The introspection endpoint, and the requirements on its tokens.
            introspect_jwts: Whether JWTs are introspected as well. Defaults to False: a JWT is left to
                `JwtCredentials`, or rejected without it.
            user_id_claim: The claim with the user's id, as in `BearerAuth`. The dependencies return it as `sub`. None:
                a token need not have one, as those of machines.
            accept: A plain function of the claims that accepts a token by returning `True`, as in `BearerAuth`.
            revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`, which is asked as well.

        Raises:
            TypeError: `introspection` is not a `RemoteIntrospection`, `introspect_jwts` is not a bool,
                `user_id_claim` is neither a str nor None, `accept` is not a plain function, or `revocations` is not a
                list of revocations.
            ValueError: `user_id_claim` is empty.
        """
        if not isinstance(introspection, RemoteIntrospection):
            raise TypeError("introspection must be a fastjose.introspection.RemoteIntrospection")
        check_revocations(revocations)
        self.policy = BearerPolicy(user_id_claim, accept)
        self._revocations = revocations
        self.introspection = introspection
        self.introspect_jwts = check_flag("introspect_jwts", introspect_jwts)
        self.source = BearerHeader("An opaque access token.")

    def matches(self, token: str) -> bool:
        """Return whether `token` is not a JWT by its shape, or JWTs are introspected as well."""
        return self.introspect_jwts or not is_jwt(token)

    async def authenticate_token(self, token: str, _named_fields: AbstractSet[str]) -> Principal:
        """Return the sender that `token` authenticates.

        Raises:
            JOSEError: The token is not active, its claims do not satisfy the requirements, or it is revoked.
            StoreUnavailableError: The authorization server does not answer clearly, or the list of revocations is not
                synchronised.
        """
        claims = self.policy.check(await self.introspection.introspect(token), self._revocations)
        return Principal("opaque", claims, session=session_from_claims(claims))
