"""What is peculiar to Better Auth: its URLs, the kinds of token that it hands to a backend, its secrets.

Its API tokens carry the *origin* of its base URL as `iss` and `aud`, whatever the path; its keys are at
`{base}/jwks`, where `{base}` is the base URL with `/api/auth` unless another path is configured. The access tokens of
its OAuth provider carry `{base}` as `iss`, and as `aud` the resource that they were requested for::

    verifier = api_verifier("https://app.example.com")
    verifier = oauth_verifier("https://app.example.com", audience="https://api.example.com")

Each kind is a `Profile`, and no token passes under two of them (RFC 8725 §3.12). The others that Better Auth signs
with the same keys, id_tokens and session cookies, pass under none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from fastjose._core import RemoteKeySet, Verifier, url_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from fastjose._core import Key

    Material: TypeAlias = "str | bytes | Mapping[str, Any] | Key | RemoteKeySet"
    Keys: TypeAlias = "Material | Sequence[Material]"

__all__ = [
    "API",
    "DEFAULT_PATH",
    "DEVELOPMENT_SECRET",
    "OAUTH",
    "SESSION_COOKIE_TYPE",
    "Profile",
    "api_verifier",
    "base",
    "jwks_url",
    "oauth_verifier",
    "origin",
]

DEVELOPMENT_SECRET = "better-auth-secret-12345678901234567890"  # noqa: S105 - public: its default for development
"""The secret that Better Auth falls back to in development. Everybody knows it."""

SESSION_COOKIE_TYPE = "better-auth.session-cache+jwt"
"""The `typ` of the session cookie that `jwt({sessionCookieCache: true})` signs with a key of the JWK Set."""

DEFAULT_PATH = "/api/auth"
"""Better Auth's `basePath`, unless another is configured."""


def base(url: str) -> str:
    """Return where Better Auth's routes are, which its OAuth access tokens name as issuer.

    Args:
        url: Its base URL, with or without `/api/auth`, with or without a slash at the end; another path is its
            `basePath`.

    Raises:
        ValueError: It is no http or https URL, or holds a user name or a password.
    """
    its_origin = origin(url)  # first: urlsplit's own errors may show what was to be refused
    return its_origin + (urlsplit(url.strip()).path.rstrip("/") or DEFAULT_PATH)


def jwks_url(base_url: str) -> str:
    """Return where Better Auth at `base_url` publishes its keys.

    Args:
        base_url: As for `base`.

    Raises:
        ValueError: As `base`.
    """
    return f"{base(base_url)}/jwks"


def origin(url: str) -> str:
    """Return the origin of `url`, which Better Auth's API tokens name as issuer and as audience.

    It is written as a browser writes it (RFC 6454 §6.2): scheme, host, and the port if it is unusual.

    Raises:
        ValueError: It is no http or https URL, or holds a user name or a password.
    """
    try:
        return url_origin(url)
    except ValueError:
        is_url = "://" in url
    hint = "without a user name or a password" if is_url and "@" in url else "and this is none"
    raise ValueError(f"a URL such as https://app.example.com is needed, {hint}")


@dataclass(frozen=True)
class Profile:
    """What tells one kind of Better Auth's tokens from the others."""

    name: Literal["api", "oauth"]
    typ: str
    """The header's `typ`, as `Verifier` compares it: for `JWT` there need be none."""
    required: tuple[str, ...]
    """The claims that must be there."""
    issuer: Callable[[str], str]
    """From the base URL to what is in `iss`."""

    def verifier(  # noqa: PLR0913 - keyword arguments, as `Verifier` names them
        self,
        keys: Keys,
        *,
        issuer: str | Iterable[str],
        audience: str | Iterable[str],
        algorithms: str | Iterable[str] | None,
        leeway_seconds: float,
        max_token_bytes: int = 65_536,
        cache_size: int = 0,
    ) -> Verifier:
        """Return a verifier of tokens of this kind; the arguments are those of `Verifier`."""
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
        )


API = Profile("api", typ="JWT", required=("exp", "iat", "iss", "aud", "sub"), issuer=origin)
"""The token of the `jwt()` plugin, from `GET /api/auth/token`. Its `aud` is its `iss`, unless told otherwise."""

OAUTH = Profile("oauth", typ="at+jwt", required=("exp", "iat", "iss", "aud", "jti", "client_id", "sub"), issuer=base)
"""The access token of the `oauthProvider()` plugin (RFC 9068 §2). Its `aud` is the `resource` that the client asked for
(RFC 8707 §2); a client that asked for none has an opaque one."""


def api_verifier(  # noqa: PLR0913 - keyword arguments, as users name them
    base_url: str,
    *,
    issuer: str | Iterable[str] | None = None,
    audience: str | Iterable[str] | None = None,
    jwks_url: str | None = None,
    keys: Keys | None = None,
    algorithms: str | Iterable[str] | None = None,
    leeway_seconds: float = 10,
    allow_http: bool = False,
    max_token_bytes: int = 65_536,
    cache_size: int = 0,
) -> Verifier:
    """Return a verifier of Better Auth's API tokens, those of its `jwt()` plugin (`API`).

    Args:
        base_url: As for `base`.
        issuer: The accepted `iss`, or several of which it must be one; by default the base URL's origin.
        audience: The accepted `aud`, or several of which it must name one; by default the base URL's origin.
        jwks_url: Where the keys are; by default below the base URL.
        keys: The keys themselves, or a `RemoteKeySet` of your own making, in the place of `jwks_url`. Verifiers of one
            server may share one.
        algorithms: The allow-list; by default every asymmetric one, each bound to its key.
        leeway_seconds: How far Better Auth's clock may be off.
        allow_http: Fetch keys over plain http from another machine, too, as inside a container network.
        max_token_bytes: The longest token that is read.
        cache_size: How many verified tokens are remembered, as `Verifier` has it.

    Raises:
        ValueError: A URL is none or not to be trusted; or as `Verifier`.
        TypeError, JWKError: As `Verifier`.
    """
    own_origin = API.issuer(base_url)
    return API.verifier(
        _remote_keys(jwks_url, base_url, allow_http) if keys is None else keys,
        issuer=own_origin if issuer is None else issuer,
        audience=own_origin if audience is None else audience,
        algorithms=algorithms,
        leeway_seconds=leeway_seconds,
        max_token_bytes=max_token_bytes,
        cache_size=cache_size,
    )


def oauth_verifier(  # noqa: PLR0913 - the same
    base_url: str,
    *,
    audience: str | Iterable[str],
    issuer: str | Iterable[str] | None = None,
    jwks_url: str | None = None,
    keys: Keys | None = None,
    algorithms: str | Iterable[str] | None = None,
    leeway_seconds: float = 10,
    allow_http: bool = False,
    max_token_bytes: int = 65_536,
    cache_size: int = 0,
) -> Verifier:
    """Return a verifier of the access tokens of Better Auth's OAuth provider (`OAUTH`).

    A token that a client got for itself (`client_credentials`) has the client's id as `sub`.

    Args:
        base_url: As for `base`.
        audience: The resource that clients ask for, which the token must name; or several of which it must name one.
        issuer: The accepted `iss`, or several of which it must be one; by default the base URL with `/api/auth`.
        jwks_url: As for `api_verifier`.
        keys: As for `api_verifier`.
        algorithms: As for `api_verifier`.
        leeway_seconds: As for `api_verifier`.
        allow_http: As for `api_verifier`.
        max_token_bytes: As for `api_verifier`.
        cache_size: As for `api_verifier`.

    Raises:
        ValueError, TypeError, JWKError: As `api_verifier`.
    """
    if audience is None:  # as from a variable that is not set: the verifier would refuse every token
        raise TypeError("audience must name the resource that clients ask access tokens for")
    own_issuer = OAUTH.issuer(base_url)
    return OAUTH.verifier(
        _remote_keys(jwks_url, base_url, allow_http) if keys is None else keys,
        issuer=own_issuer if issuer is None else issuer,
        audience=audience,
        algorithms=algorithms,
        leeway_seconds=leeway_seconds,
        max_token_bytes=max_token_bytes,
        cache_size=cache_size,
    )


def _remote_keys(url: str | None, base_url: str, allow_http: bool) -> RemoteKeySet:  # noqa: FBT001 - passed on
    return RemoteKeySet(f"{base(base_url)}/jwks" if url is None else url, allow_http=allow_http)
