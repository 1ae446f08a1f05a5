"""Log hints about credentials that are not JWTs. Like those about JWTs, no line contains any part of a credential."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastjose._config.names.setting_names import IN_CODE, SettingNames
from fastjose._hints.hint_log import Hint, HintLog
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from starlette.requests import HTTPConnection

    from fastjose.exceptions import JOSEError

CREDENTIAL_HINTS = {
    "jwt_not_accepted": "the client sent a JWT, but the application does not accept JWTs; add jwt to JWT_CREDENTIALS, "
    "or JwtCredentials to CredentialAuth; OpaqueTokens(introspect_jwts=True) introspects JWTs as well",
    "session_token_not_accepted": "the client sent a session token of Better Auth's bearer(), but the application does "
    "not accept session tokens; add session to JWT_CREDENTIALS, or SessionTokens to CredentialAuth; if it is an opaque "
    "access token, which has the same form, add opaque or OpaqueTokens",
    "opaque_token_inactive": "the authorization server calls the token inactive, and has not called any token active "
    "yet; check that it lets the client of this application introspect the token: Better Auth shows a token only to "
    "the client that requested it, and to the clients that are linked to the token's resource",
    "opaque_token_claims": "the token is active, but what the authorization server says of it does not satisfy the "
    "requirements of the application (RemoteIntrospection, user_model): $error",
    "api_key_as_bearer": "the client sent what looks like an API key in the Authorization header; it must send it in "
    "the header x-api-key",
    "credential_not_accepted": "the client sent a bearer token that has the form of no accepted credential",
    "unsigned_session_token": "the client sent a session token without its signature, as in the body of a sign-in "
    "response; let it send the value of the header set-auth-token, or set BETTER_AUTH_ALLOW_UNSIGNED_TOKENS=1 "
    "(SessionTokens(allow_unsigned=True))",
    "bad_session_signature": "the session token is not signed with the configured secret of Better Auth; "
    "BETTER_AUTH_SECRET must be exactly that of the server",
    "session_data_bad_signature": "the cookie session_data is not signed with the configured secret of Better Auth; "
    "BETTER_AUTH_SECRET must be exactly that of the server",
    "unknown_session_data_key": "the cookie session_data is encrypted with another secret than the configured ones; "
    "BETTER_AUTH_SECRET or BETTER_AUTH_SECRETS must have those of the server",
    "session_data_old_secret": "the cookie session_data is encrypted with an older secret of Better Auth, which "
    "is not accepted; let the user sign in again, or accept the older secrets during a rotation with "
    "JWT_ACCEPT_OLD_SECRETS=1 (secrets=)",
    "session_data_other_strategy": "the cookie session_data has the format of another strategy; "
    "BETTER_AUTH_COOKIE_CACHE (strategy=) must be session.cookieCache.strategy of the server",
    "session_data_other_version": "the cookie session_data has another version; BETTER_AUTH_COOKIE_CACHE_VERSION "
    "(version=) must be session.cookieCache.version of the server",
    "authorization_scheme": "the client sent a header Authorization that is not Bearer and a token, or two of them; "
    "let it send Authorization: Bearer and the token once, and let no proxy add or change the header",
    "empty_token": "the client sent Authorization: Bearer without a token; the front end sends requests before it has "
    "a token, or reads it from the wrong place: without a token, it must send no header",
    "session_cookie_not_accepted": "the browser sent Better Auth's session cookie and no token, but the application "
    "does not accept cookies; add cookie to JWT_CREDENTIALS, or let the front end fetch a token from GET "
    "/api/auth/token",
    "session_cookie_of_another_name": "the browser sent a session cookie of Better Auth, but not under the name that "
    "the application reads; BETTER_AUTH_COOKIE_PREFIX (cookie_prefix=) must be advanced.cookiePrefix of the server; "
    "fastjose doctor --sign-in shows it; ignore this if the cookie is of another application on the same host",
    "api_key_not_accepted": "the client sent the header x-api-key and no token, but the application does not accept "
    "API keys; add api_key to JWT_CREDENTIALS, or ApiKeys to CredentialAuth",
    "cross_origin_request": "the page of another origin sends a request with cookies that may change something; if the "
    "page is yours, add its origin to JWT_TRUSTED_ORIGINS (trusted_origins=)",
    "token_scheme_failed": "a security scheme of the application (scheme=) raised an error, or returned neither a str, "
    "HTTPAuthorizationCredentials nor None; the request is rejected with 401",
    "session_claims_missing": "the route needs a session, but the token has no sid; let definePayload of Better Auth's "
    "jwt() add sid, act and org",
    "api_key_without_user": "require_not_anonymous refuses an API key with 403, because the store of API keys does not "
    "know its user: it may be anonymous; use DatabaseApiKeys or RemoteApiKeys, or require a permission of the key",
    "store_unavailable": "$error; the requests are answered with 503",
}
"""The hint of each known misconfiguration, by its code. The codes are stable across releases."""

API_KEY = re.compile(r"(?:[A-Za-z0-9]+_)?[A-Za-z]{64,}")
_SESSION_TOKEN = re.compile(r"[A-Za-z0-9]{32}(?:\.[A-Za-z0-9+/=%]{43,50})?")
_SESSION_COOKIE = re.compile(r"(?:^|[;, ])[^;,= ]*\.session_token=[^;, ]")
_JWS_DOTS = 2


class CredentialHints:
    """A rate-limited logger of hints about the credentials that an application rejects."""

    def __init__(self, names: SettingNames = IN_CODE) -> None:
        """Create the logger. Its lines name the settings `names`."""
        self._log, self._names = HintLog(CREDENTIAL_HINTS), names

    def log_hint(self, error: JOSEError, token: str | None) -> None:
        """Log the hint for a credential that was rejected with `error`; `token` is the bearer token, if any."""
        code = _find_code(error, token)
        if code is not None:
            self._log.warn(code, lambda: {"error": self._names.describe(error)})

    def find_hints(self, error: JOSEError, token: str | None) -> list[Hint]:
        """Return the hint that `log_hint` logs, if there is one, and log nothing."""
        return self._format(_find_code(error, token), error)

    def log_opaque_token(self, error: JOSEError, *, has_seen_active: bool) -> None:
        """Log the hint for an opaque token that was rejected with `error`: not for one that has expired."""
        code = _find_code_of_opaque_token(error, has_seen_active=has_seen_active)
        if code is not None:
            self._log.warn(code, lambda: {"error": self._names.describe(error)})

    def find_opaque_token_hints(self, error: JOSEError, *, has_seen_active: bool) -> list[Hint]:
        """Return the hint that `log_opaque_token` logs, if there is one, and log nothing."""
        return self._format(_find_code_of_opaque_token(error, has_seen_active=has_seen_active), error)

    def _format(self, code: str | None, error: JOSEError) -> list[Hint]:
        return [] if code is None else [Hint(code, self._log.format(code, {"error": self._names.describe(error)}))]

    def log_missing(
        self, connection: HTTPConnection, accepted: Collection[str] = (), *, is_bearer_expected: bool
    ) -> None:
        """Log the hint for a request without an accepted credential, if it has one that is not accepted.

        The application accepts the kinds of credential `accepted`. It does not look at them beside a bearer token, also
        an empty one. `is_bearer_expected`: a bearer token in the header Authorization would be looked at.
        """
        headers = connection.headers
        has_cookie = any(_SESSION_COOKIE.search(cookies) for cookies in headers.getlist("cookie"))
        if is_bearer_expected and _is_not_bearer(headers.getlist("authorization")):
            self._log.warn("authorization_scheme")
        elif has_cookie and "cookie" not in accepted:
            self._log.warn("session_cookie_not_accepted")
        elif has_cookie and "authorization" not in headers:  # a cookie of the right name would be a credential
            self._log.warn("session_cookie_of_another_name")
        elif "api_key" not in accepted and "x-api-key" in headers:
            self._log.warn("api_key_not_accepted")
        elif is_bearer_expected and any(headers.getlist("authorization")):  # not a token, not another scheme
            self._log.warn("empty_token")

    def log_code(self, code: str) -> None:
        """Log the hint of `code`."""
        self._log.warn(code)


def _is_not_bearer(values: Sequence[str]) -> bool:
    """Return whether headers Authorization are there, but are several or of another scheme."""
    return len(values) > 1 or any(value.strip().partition(" ")[0].lower() not in {"", "bearer"} for value in values)


def _find_code(error: JOSEError, token: str | None) -> str | None:
    """Return the code of the hint for a rejected credential, or None."""
    if isinstance(error, StoreUnavailableError):
        return "store_unavailable"
    code = error.code
    if code == "credential_not_accepted":
        code = _describe_shape(token or "")
    return code if code in CREDENTIAL_HINTS else None


def _find_code_of_opaque_token(error: JOSEError, *, has_seen_active: bool) -> str | None:
    """Return the code of the hint for a rejected opaque token, or None."""
    if isinstance(error, StoreUnavailableError):
        return "store_unavailable"
    if error.code == "inactive_token":
        return None if has_seen_active else "opaque_token_inactive"
    return None if error.code in {"malformed", "expired", "not_yet_valid"} else "opaque_token_claims"


def _describe_shape(token: str) -> str:
    """Return the code of the hint for a bearer token that no accepted credential has the shape of."""
    if _SESSION_TOKEN.fullmatch(token):
        return "session_token_not_accepted"
    if API_KEY.fullmatch(token):
        return "api_key_as_bearer"
    return "jwt_not_accepted" if token.count(".") == _JWS_DOTS else "credential_not_accepted"
