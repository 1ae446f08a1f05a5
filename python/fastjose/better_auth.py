"""Verifiers of Better Auth's tokens, and the URLs and constants of Better Auth that they depend on.

Better Auth issues two kinds of token to a backend. Each is described by a `Profile`:

- `API`: the token of the `jwt()` plugin. Its `iss` and `aud` are the *origin* of Better Auth's base URL.
- `OAUTH`: the access token of the `oauthProvider()` plugin (RFC 9068). Its `iss` is the base URL with `/api/auth`. Its
  `aud` is the resource for which the client requested it.

Example::

    verifier = api_verifier("https://app.example.com")
    verifier = oauth_verifier("https://app.example.com", audience="https://api.example.com")

No token passes under both profiles (RFC 8725 §3.12). Better Auth signs ID tokens and session cookies with the same
keys. Both profiles reject them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from fastjose._allowed_hosts import AllowedHosts
from fastjose._arguments import check_names
from fastjose._config.defaults import DEFAULT_CACHE_SIZE
from fastjose._core import RemoteKeySet, Verifier, url_origin
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from fastjose._core import Key, RevocationList, _HasRevocationList, _UrlObject

    UrlInput: TypeAlias = "str | _UrlObject"
    KeyInput: TypeAlias = "str | bytes | Mapping[str, Any] | Key | RemoteKeySet"
    KeysInput: TypeAlias = "KeyInput | Sequence[KeyInput]"
    Revocations: TypeAlias = RevocationList | _HasRevocationList

__all__ = [
    "API",
    "DEFAULT_PATH",
    "DEVELOPMENT_SECRET",
    "OAUTH",
    "SESSION_COOKIE_AUDIENCE",
    "SESSION_COOKIE_TYPE",
    "Profile",
    "api_verifier",
    "auth_base_url",
    "host_verifiers",
    "jwks_url",
    "oauth_verifier",
    "origin",
    "session_cookie_verifier",
]

DEVELOPMENT_SECRET = "better-auth-secret-12345678901234567890"  # noqa: S105 - public: Better Auth's default
"""The secret that Better Auth uses in development if none is configured. It is public."""

SESSION_COOKIE_TYPE = "better-auth.session-cache+jwt"
"""The `typ` of the session cookie that `jwt({sessionCookieCache: true})` signs with a key of the JWK Set."""

SESSION_COOKIE_AUDIENCE = "better-auth:session-cache"
"""The `aud` of that cookie."""

DEFAULT_PATH = "/api/auth"
"""The default of Better Auth's option `basePath`."""


def auth_base_url(url: UrlInput) -> str:
    """Return the URL of Better Auth's routes, which is the `iss` of its OAuth access tokens.

    Example::

        auth_base_url("https://app.example.com/")      # "https://app.example.com/api/auth"
        auth_base_url("https://app.example.com/auth")  # "https://app.example.com/auth"

    Args:
        url: Better Auth's base URL, with or without `/api/auth` and a slash at the end. Another path is its `basePath`.

    Raises:
        ValueError: `url` is not an http or https URL, or contains a user name or a password. The text does not contain
            `url`.
    """
    scheme_and_host = origin(url)  # first: the errors of urlsplit may contain the password that this line rejects
    return scheme_and_host + (urlsplit(str(url).strip()).path.rstrip("/") or DEFAULT_PATH)


def jwks_url(base_url: UrlInput) -> str:
    """Return the URL of the JWK Set that Better Auth publishes.

    Example::

        jwks_url("https://app.example.com")  # "https://app.example.com/api/auth/jwks"

    Args:
        base_url: Better Auth's base URL, in the forms that `auth_base_url` accepts.

    Raises:
        ValueError: `base_url` is not an http or https URL, or contains a user name or a password.
    """
    return f"{auth_base_url(base_url)}/jwks"


def origin(url: UrlInput) -> str:
    """Return the origin of `url`, which is the `iss` and the `aud` of Better Auth's API tokens.

    The origin is serialized as in a browser (RFC 6454 §6.2): scheme, host, and the port if it is not the default.

    Example::

        origin("HTTPS://App.example.com:443/api/auth")  # "https://app.example.com"

    Args:
        url: An http or https URL, as a str or a URL object such as pydantic's `HttpUrl`. Its path is ignored.

    Raises:
        ValueError: `url` is not an http or https URL, or contains a user name or a password. The text does not contain
            `url`.
    """
    try:
        return url_origin(url)
    except ValueError:
        remedy = _url_remedy(str(url))
    # Outside the handler: the caught error may contain the URL, and must not be the context of this one.
    raise ValueError(f"the URL must be http or https with a host, such as https://app.example.com{remedy}")


def _url_remedy(url: str) -> str:
    """Return what to remove from an invalid URL, as the end of a sentence. It does not contain `url`."""
    if "://" in url and "@" in url:
        return ", without a user name or a password"
    if not {"{", "<"}.isdisjoint(url):
        return ": replace the placeholder, such as {tenantid}, with its value"
    return ", without quotes" if url.strip().startswith(("'", '"')) else ""


@dataclass(frozen=True)
class Profile:
    """The properties that distinguish one kind of Better Auth's tokens from the other.

    Attributes:
        name: The value of `JWT_PROFILE` that selects the profile.
        typ: The header's `typ`, as `Verifier` compares it. With `JWT` the header may omit it.
        required: The claims that a token must have.
        issuer: Returns the `iss` of the tokens for a base URL of Better Auth.
    """

    name: Literal["api", "oauth"]
    typ: str
    required: tuple[str, ...]
    issuer: Callable[[UrlInput], str]

    @hide_arguments
    def build_verifier(  # noqa: PLR0913 - keyword arguments, named as in `Verifier`
        self,
        keys: KeysInput,
        *,
        issuer: str | Iterable[str],
        audience: str | Iterable[str],
        algorithms: str | Iterable[str] | None,
        leeway_seconds: float,
        max_token_bytes: int = 65_536,
        cache_size: int = DEFAULT_CACHE_SIZE,
        revocations: Revocations | None = None,
    ) -> Verifier:
        """Return a verifier of tokens of this kind.

        Args:
            keys: The keys, or a `RemoteKeySet`.
            issuer: The accepted `iss`, or several.
            audience: The accepted `aud`, or several.
            algorithms: The allow-list. None accepts every asymmetric algorithm but ES256K.
            leeway_seconds: Clock skew to tolerate when `exp` and `nbf` are validated, in seconds.
            max_token_bytes: Maximum length of a token, in bytes.
            cache_size: Maximum number of verified tokens to cache, at most 4 KiB each on average. 0: no cache.
            revocations: The list of revoked tokens, sessions and users, as for `Verifier`.

        Raises:
            ValueError: An argument has a value that `Verifier` rejects.
            TypeError: An argument has a wrong type.
            JWKError: A key cannot be used.
        """
        return Verifier(
            keys,
            algorithms=algorithms,
            issuer=issuer,
            audience=audience,
            typ=self.typ,
            required=self.required,
            leeway_seconds=leeway_seconds,
            max_token_bytes=max_token_bytes,
            cache_size=cache_size,
            revocations=revocations,
        )


API = Profile("api", typ="JWT", required=("exp", "iat", "iss", "aud", "sub"), issuer=origin)
"""The token of the `jwt()` plugin, from `GET /api/auth/token`. Its `aud` is its `iss`, unless `jwt.audience` is set."""

OAUTH = Profile(
    "oauth",
    typ="at+jwt",
    required=("exp", "iat", "iss", "aud", "jti", "client_id", "sub"),
    issuer=auth_base_url,
)
"""The access token of the `oauthProvider()` plugin (RFC 9068 §2).

Its `aud` is the `resource` that the client requested (RFC 8707 §2). A client that requests no resource gets an opaque
token, which is not a JWT."""


@hide_arguments
def api_verifier(  # noqa: PLR0913 - keyword arguments, as users name them
    base_url: UrlInput,
    *,
    issuer: str | Iterable[str] | None = None,
    audience: str | Iterable[str] | None = None,
    jwks_url: UrlInput | None = None,
    keys: KeysInput | None = None,
    algorithms: str | Iterable[str] | None = None,
    leeway_seconds: float = 10,
    allow_http: bool = False,
    max_token_bytes: int = 65_536,
    cache_size: int = DEFAULT_CACHE_SIZE,
    revocations: Revocations | None = None,
) -> Verifier:
    """Return a verifier of Better Auth's API tokens, the tokens of its `jwt()` plugin (`API`).

    Example::

        verifier = api_verifier("https://app.example.com")
        claims = await verifier.verify_async(token)

    Args:
        base_url: Better Auth's base URL, in the forms that `auth_base_url` accepts.
        issuer: The accepted `iss`, or several. Defaults to the origin of `base_url`.
        audience: The accepted `aud`, or several. Defaults to the origin of `base_url`.
        jwks_url: URL of the JWK Set. Defaults to `jwks_url(base_url)`.
        keys: Keys or a `RemoteKeySet` to use in place of `jwks_url`. Several verifiers may share one `RemoteKeySet`.
        algorithms: The allow-list. By default every asymmetric algorithm but ES256K, each only with keys of its type.
        leeway_seconds: Clock skew to tolerate when `exp` and `nbf` are validated, in seconds.
        allow_http: Whether keys may be fetched over plain http from another machine, such as in a container network.
        max_token_bytes: Maximum length of a token, in bytes.
        cache_size: Maximum number of verified tokens to cache, at most 4 KiB each on average. 0: no cache.
        revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`: revoked tokens are rejected
            before they expire.

    Raises:
        ValueError: A URL is invalid, or plain http is not allowed for it. Also for a value that `Verifier` rejects.
        TypeError: An argument has a wrong type.
        JWKError: A key in `keys` cannot be used.
    """
    default = API.issuer(base_url)
    return API.build_verifier(
        _remote_keys(jwks_url, base_url, allow_http) if keys is None else keys,
        issuer=default if issuer is None else issuer,
        audience=default if audience is None else audience,
        algorithms=algorithms,
        leeway_seconds=leeway_seconds,
        max_token_bytes=max_token_bytes,
        cache_size=cache_size,
        revocations=revocations,
    )


@hide_arguments
def host_verifiers(  # noqa: PLR0913 - keyword arguments, as users name them
    base_url: UrlInput,
    *,
    allowed_hosts: Iterable[str],
    jwks_url: UrlInput | None = None,
    keys: KeysInput | None = None,
    algorithms: str | Iterable[str] | None = None,
    leeway_seconds: float = 10,
    allow_http: bool = False,
    cache_size: int = 100,
    revocations: Revocations | None = None,
) -> Callable[[str], Verifier | None]:
    """Return the function from an issuer to its verifier, for a server with `baseURL: { allowedHosts }`.

    Such a server writes the origin of the request's host as `iss` and `aud` of its API tokens. A token for one host is
    not valid for another. All verifiers share the keys of `base_url`; no other host is contacted.

    Example::

        find_verifier = host_verifiers(
            "https://app.example.com", allowed_hosts=["app.example.com", "*.preview.example.com"]
        )
        auth = BearerAuth(find_verifier)

    Args:
        base_url: Better Auth's base URL, from which the keys are fetched.
        allowed_hosts: The hosts: a name; or `*.` and a name, for every name below it, whose labels have only letters,
            digits and hyphens. Scheme and port are those of `base_url`, unless the entry has its own, as in
            `http://localhost:3000`.
        jwks_url: URL of the JWK Set. Defaults to `jwks_url(base_url)`.
        keys: Keys or a `RemoteKeySet` to use in place of `jwks_url`.
        algorithms: The allow-list. By default every asymmetric algorithm but ES256K, each only with keys of its type.
        leeway_seconds: Clock skew to tolerate when `exp` and `nbf` are validated, in seconds.
        allow_http: Whether keys may be fetched over plain http from another machine, such as in a container network.
        cache_size: Maximum number of verified tokens to cache for each host, at most 4 KiB each on average.
        revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`.

    Raises:
        ValueError: A URL or an entry is invalid, or plain http is not allowed. Also where `Verifier` raises it.
        TypeError: `allowed_hosts` is not a list of str, or an argument has a wrong type.
    """
    hosts = AllowedHosts(origin(base_url), allowed_hosts, origin)
    shared_keys = _remote_keys(jwks_url, base_url, allow_http) if keys is None else keys

    if algorithms is not None and not isinstance(algorithms, str):
        algorithms = check_names("algorithms", algorithms, "EdDSA")

    def build_verifier(host_origin: str) -> Verifier:
        return API.build_verifier(
            shared_keys,
            issuer=host_origin,
            audience=host_origin,
            algorithms=algorithms,
            leeway_seconds=leeway_seconds,
            cache_size=cache_size,
            revocations=revocations,
        )

    def find_verifier(issuer: str) -> Verifier | None:
        return build_verifier(issuer) if hosts.allow(issuer) else None

    build_verifier(origin(base_url))  # raises the errors of arguments that `Verifier` rejects
    return find_verifier


@hide_arguments
def session_cookie_verifier(
    base_url: UrlInput,
    *,
    issuer: str | Iterable[str] | None = None,
    keys: KeysInput | None = None,
    leeway_seconds: float = 0,
    allow_http: bool = False,
) -> Verifier:
    """Return a verifier of the cookie `session_data` of `jwt({ sessionCookieCache: true })`, for `SessionCookies`.

    It accepts no other token of Better Auth, and no other verifier of this module accepts the cookie.

    Example::

        verifier = session_cookie_verifier("https://app.example.com")

    Args:
        base_url: Better Auth's base URL, in the forms that `auth_base_url` accepts.
        issuer: The accepted `iss`, or several. Defaults to the origin of `base_url`.
        keys: Keys or a `RemoteKeySet`, such as that of `api_verifier`. Defaults to the one at `jwks_url(base_url)`.
        leeway_seconds: Clock skew to tolerate, in seconds. A signed-out browser is accepted that much longer.
        allow_http: Permit plain http to every host, for example in a container network.

    Raises:
        ValueError: An argument has an invalid value.
    """
    return Verifier(
        _remote_keys(None, base_url, allow_http) if keys is None else keys,
        issuer=origin(base_url) if issuer is None else issuer,
        audience=SESSION_COOKIE_AUDIENCE,
        typ=SESSION_COOKIE_TYPE,
        required=("exp", "iat", "iss", "aud", "sub", "sid"),
        leeway_seconds=leeway_seconds,
    )


@hide_arguments
def oauth_verifier(  # noqa: PLR0913 - keyword arguments, as users name them
    base_url: UrlInput,
    *,
    audience: str | Iterable[str],
    issuer: str | Iterable[str] | None = None,
    jwks_url: UrlInput | None = None,
    keys: KeysInput | None = None,
    algorithms: str | Iterable[str] | None = None,
    leeway_seconds: float = 10,
    allow_http: bool = False,
    max_token_bytes: int = 65_536,
    cache_size: int = DEFAULT_CACHE_SIZE,
    revocations: Revocations | None = None,
) -> Verifier:
    """Return a verifier of the access tokens of Better Auth's OAuth provider (`OAUTH`).

    If a client requests a token for itself (`client_credentials`), its `sub` is the id of the client.

    Example::

        verifier = oauth_verifier("https://app.example.com", audience="https://api.example.com")
        claims = await verifier.verify_async(token)

    Args:
        base_url: Better Auth's base URL, in the forms that `auth_base_url` accepts.
        audience: The resource for which clients request tokens, or several. A token must name one of them in `aud`.
        issuer: The accepted `iss`, or several. Defaults to `auth_base_url(base_url)`.
        jwks_url: URL of the JWK Set. Defaults to `jwks_url(base_url)`.
        keys: Keys or a `RemoteKeySet` to use in place of `jwks_url`. Several verifiers may share one `RemoteKeySet`.
        algorithms: The allow-list. By default every asymmetric algorithm but ES256K, each only with keys of its type.
        leeway_seconds: Clock skew to tolerate when `exp` and `nbf` are validated, in seconds.
        allow_http: Whether keys may be fetched over plain http from another machine, such as in a container network.
        max_token_bytes: Maximum length of a token, in bytes.
        cache_size: Maximum number of verified tokens to cache, at most 4 KiB each on average. 0: no cache.
        revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`: revoked tokens are rejected
            before they expire.

    Raises:
        ValueError: A URL is invalid, or plain http is not allowed for it. Also for a value that `Verifier` rejects.
        TypeError: `audience` is None, or an argument has a wrong type.
        JWKError: A key in `keys` cannot be used.
    """
    if audience is None:  # for example from an unset variable: the verifier would reject every token
        raise TypeError("audience must name the resource for which clients request access tokens")
    default_issuer = OAUTH.issuer(base_url)
    return OAUTH.build_verifier(
        _remote_keys(jwks_url, base_url, allow_http) if keys is None else keys,
        issuer=default_issuer if issuer is None else issuer,
        audience=audience,
        algorithms=algorithms,
        leeway_seconds=leeway_seconds,
        max_token_bytes=max_token_bytes,
        cache_size=cache_size,
        revocations=revocations,
    )


def _remote_keys(url: UrlInput | None, base_url: UrlInput, allow_http: bool) -> RemoteKeySet:  # noqa: FBT001 - passed on
    """Return the key set at `url`, or at Better Auth's default URL if `url` is None."""
    return RemoteKeySet(jwks_url(base_url) if url is None else url, allow_http=allow_http)
