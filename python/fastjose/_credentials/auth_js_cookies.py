"""`AuthJsCookies`: the cookie of a browser that is signed in to Auth.js or NextAuth.js."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._arguments import check_leeway, list_origins
from fastjose._core import AuthJsCookieReader, OriginPolicy, require_subject
from fastjose._credentials.credential import CrossOriginError
from fastjose._credentials.principal import CredentialName, Principal
from fastjose._credentials.secrets import check_secrets
from fastjose._places.sources import CookieHeader
from fastjose._program_only import program_only
from fastjose._tracebacks import hide_arguments
from fastjose.exceptions import JOSEError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from starlette.requests import HTTPConnection

    from fastjose.better_auth import Revocations

DEFAULT_COOKIE_NAME = "authjs.session-token"


class AuthJsCookies:
    """The session cookie of Auth.js 5 or NextAuth.js 4 with the session strategy `jwt`. Immutable.

    The cookie is a JWE whose key is derived from the secret (`AUTH_SECRET`, `NEXTAUTH_SECRET`). Nothing is looked up: a
    browser that has signed out, and kept the cookie, is accepted until `exp`. With the session strategy `database` the
    cookie is opaque, and is rejected.

    Browsers send cookies with the requests of every page. The page of another origin is refused (CSRF): see
    `trusted_origins`.

    Example:
        auth = CookieAuth(AuthJsCookies([AUTH_SECRET], trusted_origins=["https://app.example.com"]))
    """

    name: CredentialName = "auth_js"

    @hide_arguments
    @program_only("AuthJsCookies must be given to CredentialAuth: write Depends(auth.current_user)")
    def __init__(
        self,
        secrets: Sequence[str],
        *,
        cookie_name: str | None = None,
        leeway_seconds: float = 15,
        trusted_origins: Iterable[str] = (),
        revocations: Revocations | None = None,
    ) -> None:
        """Accept the cookies of one application.

        Args:
            secrets: The secret of Auth.js, and earlier ones during a rotation. An attacker who knows one of them can
                sign in as any user: leave out one that has leaked.
            cookie_name: The whole name of the cookie, if the application sets `cookies.sessionToken.name`. Defaults to
                the names of Auth.js 5 and of NextAuth.js 4, with and without `__Secure-`.
            leeway_seconds: Clock skew to tolerate when `exp` is validated, in seconds. Auth.js tolerates 15.
            trusted_origins: The origins of pages, beside the application's own, that may send requests that change
                something, such as `https://app.example.com`.
            revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`: a cookie is found by its
                `jti`, its `sid`, or its `sub` and `iat`. Auth.js gives a renewed cookie another `jti` and `iat`.

        Raises:
            TypeError: `secrets` is a str, or an argument has the wrong type.
            ValueError: No secret is given, one is empty, `cookie_name` or an origin is invalid, or `leeway_seconds` is
                negative, infinite or not a number, or above 300 with `revocations`.
        """
        check_secrets(secrets)
        leeway_seconds = check_leeway("leeway_seconds", leeway_seconds)
        self._reader = AuthJsCookieReader(
            secrets, cookie_name=cookie_name, leeway_seconds=leeway_seconds, revocations=revocations
        )
        self.source = CookieHeader(cookie_name or DEFAULT_COOKIE_NAME)
        self._origins = OriginPolicy(list_origins(trusted_origins))

    async def authenticate_connection(
        self, connection: HTTPConnection, _named_fields: AbstractSet[str]
    ) -> Principal | None:
        """Return the sender that the cookie of a request authenticates, or None without the cookie.

        Raises:
            CrossOriginError: The page of another origin sends a request that may change something.
            JOSEError: The cookie is rejected or revoked, or it has no `sub`.
            StoreUnavailableError: The list of revocations is not synchronised.
        """
        try:
            claims = self._reader.read(self.source.headers(connection))
        except JOSEError:
            self._check_origin(connection)
            raise
        if claims is None:
            return None
        self._check_origin(connection)
        require_subject(claims)
        return Principal("auth_js", claims)

    def _check_origin(self, connection: HTTPConnection) -> None:
        if not self._origins.allows(connection.scope):
            raise CrossOriginError
