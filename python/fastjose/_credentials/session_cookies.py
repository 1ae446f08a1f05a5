"""`SessionCookies`: the cookies of a browser that is signed in to Better Auth."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Literal

from fastjose._arguments import list_origins
from fastjose._core import OriginPolicy, SessionCookieReader, Verifier
from fastjose._core import SessionCookies as ReadCookies
from fastjose._credentials.credential import CrossOriginError
from fastjose._credentials.principal import CredentialName, Principal
from fastjose._credentials.secrets import check_secrets
from fastjose._places.sources import CookieHeader
from fastjose._program_only import program_only
from fastjose._sessions.lookup import look_up_session
from fastjose._sessions.revocation import check_not_revoked, check_revocations
from fastjose._sessions.session_token import SessionToken
from fastjose._sessions.validation import session_error, validate_session
from fastjose._telemetry.switch import observe_verifier
from fastjose._tracebacks import hide_arguments
from fastjose.exceptions import JOSEError, SessionError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from starlette.requests import HTTPConnection

    from fastjose._sessions.lookup import SessionLookup
    from fastjose._sessions.session import Session
    from fastjose.better_auth import Revocations

CookieCacheStrategy = Literal["compact", "jwt", "jwe", "jwks"]
"""The format of the cookie `session_data`: Better Auth's `session.cookieCache.strategy`. With `jwks`, the strategy is
`jwt`, and a key of the JWK Set signs (`jwt({ sessionCookieCache: true })`)."""


_NOT_VALID = "The session cookie is not valid."


class SessionCookies:
    """Better Auth's cookies `session_token` and `session_data`. Immutable.

    With `strategy`, a valid `session_data` that belongs to the signed `session_token` beside it authenticates without a
    look-up, until it expires: five minutes by default, in which a signed-out browser is still accepted. Otherwise, and
    whenever `session_data` is not usable, `lookup` decides.

    Browsers send cookies with the requests of every page. The page of another origin is refused (CSRF): see
    `trusted_origins`.

    Example:
        cookies = SessionCookies(RemoteSessions("https://app.example.com"), trusted_origins=["https://app.example.com"])
        auth = CookieAuth(cookies)
    """

    name: CredentialName = "cookie"

    @hide_arguments
    @program_only("SessionCookies must be given to CredentialAuth: write Depends(auth.current_user)")
    def __init__(  # noqa: PLR0913 - keyword arguments, named as Better Auth's options
        self,
        lookup: SessionLookup | None = None,
        *,
        secrets: Sequence[str] = (),
        old_secrets: Sequence[str] = (),
        strategy: CookieCacheStrategy | None = None,
        verifier: Verifier | None = None,
        version: str | None = "1",
        cookie_prefix: str = "better-auth",
        session_token_name: str | None = None,
        session_data_name: str | None = None,
        trusted_origins: Iterable[str] = (),
        revocations: Revocations | None = None,
    ) -> None:
        """Accept the cookies of one Better Auth server.

        Args:
            lookup: A store, or any `async def lookup(token) -> Mapping | None` of the application. Without one, only
                `session_data` is accepted.
            secrets: The secret of Better Auth, and further ones that are accepted. Without a secret, the signature of
                `session_token` is not verified (`lookup` decides alone), and `session_data` is not used.
            old_secrets: Earlier secrets (`BETTER_AUTH_SECRETS`), which are not accepted: they only tell why a
                `session_data` of the strategy `jwe` is not used. An attacker who knows the secret can encrypt one.
            strategy: The format of `session_data`. None, the default: every request is looked up.
            verifier: For the strategy `jwks`: a `Verifier` of those cookies, as `session_cookie_verifier` of
                `fastjose.better_auth` returns it.
            version: Better Auth's `session.cookieCache.version`. None: not compared.
            cookie_prefix: Better Auth's `advanced.cookiePrefix`. The prefixes `__Secure-` and `__Host-` are found
                without being named.
            session_token_name: The whole name of the cookie, if `advanced.cookies.session_token.name` is set.
            session_data_name: The same for `session_data`.
            trusted_origins: The origins of pages, beside the application's own, that may send requests that change
                something, such as `https://app.example.com`.
            revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`, which is asked as well.

        Raises:
            TypeError: `lookup` cannot be called, `secrets` or `old_secrets` is a str, or `verifier` or `revocations`
                has the wrong type.
            ValueError: An argument is invalid, or neither `lookup` nor `strategy` is given.
        """
        check_secrets(secrets, old_secrets)
        check_revocations(revocations)
        _check_arguments(lookup, secrets, strategy, verifier)
        self.lookup = lookup
        self._reader = SessionCookieReader(
            secrets=[*secrets, *old_secrets],
            accepted_old_secrets=secrets[1:],
            strategy=strategy,
            cookie_prefix=cookie_prefix,
            session_token_name=session_token_name,
            session_data_name=session_data_name,
            version=version,
        )
        self.source = CookieHeader(session_token_name or f"{cookie_prefix}.session_token")
        self._verifier, self._version, self._revocations = verifier, version, revocations
        self._has_secrets = bool(secrets)
        if verifier is not None:
            observe_verifier(verifier)
        self._origins = OriginPolicy(list_origins(trusted_origins))

    async def authenticate_connection(
        self, connection: HTTPConnection, named_fields: AbstractSet[str]
    ) -> Principal | None:
        """Return the sender that the cookies of a request authenticate, or None without a session cookie.

        Raises:
            CrossOriginError: The page of another origin sends a request that may change something.
            SessionError: The cookies are rejected, the session is unknown or has ended, or its user is banned.
            StoreUnavailableError: The store, or the server of the keys, cannot answer.
        """
        cookies = self._reader.read(self.source.headers(connection))
        if not cookies.is_present:
            return None
        if not self._origins.allows(connection.scope):
            raise CrossOriginError
        token = _session_token(cookies)
        session, claims = await self._find_session(cookies, token, named_fields)
        check_not_revoked(self._revocations, session)
        return Principal("cookie", claims, session=session, token=token)

    async def _find_session(
        self, cookies: ReadCookies, token: SessionToken, named_fields: AbstractSet[str]
    ) -> tuple[Session, dict[str, Any]]:
        """Return the session in `session_data`, or the one that the store finds."""
        failure = session_error(cookies.failure or "unknown_session", _NOT_VALID)
        payload = cookies.payload
        if cookies.signed_data is not None and self._verifier is not None:
            payload = await self._verify_signed_data(self._verifier, cookies.signed_data, token)
        if payload is not None:
            try:
                return validate_session(payload, token, named_fields)
            except (SessionError, StoreUnavailableError) as error:
                failure.code = error.code
        if self.lookup is None:
            raise failure
        return await look_up_session(self.lookup, token, named_fields)

    async def _verify_signed_data(self, verifier: Verifier, text: str, token: SessionToken) -> dict[str, Any] | None:
        """Return the claims of a `session_data` that is signed with a key of the JWK Set, or None if it is not usable.

        Raises:
            JWKSetUnavailableError: The keys cannot be fetched, and the application has no store to ask instead.
        """
        try:
            claims = verifier.try_verify(text)
            if claims is None:
                claims = await verifier.verify_async(text)
        except JOSEError as error:
            if self.lookup is None and error.code == "keys_unavailable":
                raise
            return None
        if not _belongs_together(claims, token) or not self._is_expected_version(claims.get("version")):
            return None
        # Nothing else of the claims: `sid` is the session token.
        return {"session": claims["session"], "user": claims["user"]}

    def _is_expected_version(self, version: object) -> bool:
        """Compare the version as the reader of the other strategies does: a missing or empty one is the version 1."""
        return self._version is None or ("1" if version in (None, "") else version) == self._version


def _check_arguments(
    lookup: object, secrets: Sequence[str], strategy: CookieCacheStrategy | None, verifier: object
) -> None:
    if lookup is not None and not callable(lookup):
        raise TypeError("lookup must be a store of sessions, or an async function of a session token")
    if verifier is not None and not isinstance(verifier, Verifier):
        raise TypeError("verifier must be a fastjose.Verifier")
    if lookup is None and strategy is None:
        raise ValueError("lookup or strategy must be given: pass a store of sessions, or the strategy of session_data")
    if strategy is not None and not secrets:
        raise ValueError("secrets must have the secret of Better Auth, with which session_token is signed")
    if (strategy == "jwks") != (verifier is not None):
        raise ValueError('verifier must be given with the strategy "jwks", and only with it')


def _session_token(cookies: ReadCookies) -> SessionToken:
    """Return the token of the cookie `session_token`. Without it, upstream does not accept `session_data` either.

    Raises:
        SessionError: The cookie is missing, malformed, or has a bad signature.
    """
    if cookies.session_token is None or cookies.session_token_raw is None:
        raise session_error(cookies.failure or "unknown_session", _NOT_VALID)
    return SessionToken(
        cookies.session_token,
        raw=cookies.session_token_raw,
        carrier="cookie",
        cookie_name=cookies.session_token_name,
    )


def _belongs_together(claims: dict[str, Any], token: SessionToken) -> bool:
    """Return whether the signed cookie is of this session and user, as Better Auth requires (`sub` and `sid`)."""
    session, user = claims.get("session"), claims.get("user")
    if not isinstance(session, dict) or not isinstance(user, dict):
        return False
    stored, sid = session.get("token"), claims.get("sid")
    if not isinstance(stored, str) or not isinstance(sid, str) or claims.get("sub") != user.get("id"):
        return False
    expected = token.encode()
    return hmac.compare_digest(stored.encode("utf-8", "replace"), expected) and hmac.compare_digest(
        sid.encode("utf-8", "replace"), expected
    )
