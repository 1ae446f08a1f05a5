"""Verifiers of tokens of any OpenID Connect issuer: its keys are found by discovery.

Example::

    verifier = oidc_verifier("https://acme.eu.auth0.com/", audience="https://api.example.com")
    claims = await verifier.verify_async(token)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from fastjose._config.defaults import DEFAULT_CACHE_SIZE
from fastjose._core import DiscoveryDocument, RemoteKeySet, Verifier
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from typing_extensions import Unpack

    from fastjose._core import Key, RevocationList, _HasRevocationList, _Pem, _UrlObject

    KeyInput: TypeAlias = "str | bytes | Mapping[str, Any] | Key | RemoteKeySet"
    Scalar: TypeAlias = "str | int | bool"

__all__ = ["DiscoveryDocument", "oidc_verifier"]


class FetchOptions(TypedDict, total=False):
    """The keyword arguments of `RemoteKeySet`."""

    allow_http: bool
    max_age_seconds: float
    min_age_seconds: float
    refresh_jitter: float
    max_stale_seconds: float
    fetch_burst: int
    fetch_interval_seconds: float
    max_wait_seconds: float
    max_waiting_threads: int
    recheck_interval_seconds: float
    max_retry_after_seconds: float
    timeout_seconds: float
    max_body_bytes: int
    max_keys: int
    headers: Mapping[str, str | os.PathLike[str]] | None
    ca_certificates: _Pem | None
    client_certificate: _Pem | tuple[_Pem, _Pem] | None
    proxy: str | _UrlObject | None
    initial: Mapping[str, Any] | str | bytes | None


@hide_arguments
def oidc_verifier(  # noqa: PLR0913 - keyword arguments, as users name them
    issuer: str,
    *,
    audience: str | Iterable[str] | None = None,
    client_id: str | Iterable[str] | None = None,
    claims: Mapping[str, Scalar | Iterable[Scalar]] | None = None,
    check_audience: bool = True,
    audience_exact: bool = False,
    accepted_issuer: str | Iterable[str] | None = None,
    typ: str | Iterable[str] | None = ("JWT", "at+jwt"),
    keys: KeyInput | Sequence[KeyInput] | None = None,
    algorithms: str | Iterable[str] | None = None,
    leeway_seconds: float = 10,
    max_token_bytes: int = 65_536,
    cache_size: int = DEFAULT_CACHE_SIZE,
    revocations: RevocationList | _HasRevocationList | None = None,
    **fetch_options: Unpack[FetchOptions],
) -> Verifier:
    """Return a verifier of the tokens of an issuer that publishes a discovery document.

    An issuer signs the tokens of all its applications with the same keys. So a verifier must distinguish
    the tokens for this application: by `audience`, or by `client_id` or `claims` if they have no `aud`.

    Example::

        oidc_verifier("https://acme.eu.auth0.com/", audience="https://api.example.com")
        oidc_verifier("https://id.example.com/realms/a", client_id="web", check_audience=False)

    Args:
        issuer: The issuer, to the letter as in its discovery document: with or without a slash at the end.
        audience: The accepted `aud`, or several. A token must name one of them. Without it, a token with `aud` is
            rejected, unless `check_audience` is False.
        client_id: The accepted client, or several: `azp`, `client_id`, `cid` or `appid`.
        claims: The claims that must have one of some values.
        check_audience: Whether `aud` is compared. If False, any `aud` is accepted. It is safe with `client_id` or
            `claims` that bind a token to this application, or if the issuer serves this application alone.
        audience_exact: Whether every member of `aud` must be one of `audience`.
        accepted_issuer: The accepted `iss`, or several, if tokens name another than the discovery document. Defaults to
            `issuer`. Google's ID tokens have `https://accounts.google.com` or `accounts.google.com`.
        typ: The accepted `typ` of the header, or several. Defaults to `JWT` and `at+jwt` (RFC 9068). A token without
            `typ` counts as `JWT`. None: `typ` is not checked.
        keys: Keys or a `RemoteKeySet` to use in place of the discovered ones. Several verifiers may share one.
        algorithms: The allow-list. By default every asymmetric algorithm but ES256K, each only with keys of its type.
        leeway_seconds: Clock skew to tolerate when `exp` and `nbf` are validated, in seconds.
        max_token_bytes: Maximum length of a token, in bytes.
        cache_size: Maximum number of verified tokens to cache, at most 4 KiB each on average. 0: no cache.
        revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`: revoked tokens are rejected
            before they expire.
        **fetch_options: The keyword arguments of `RemoteKeySet.of_issuer`, such as `headers` and `proxy`.

    Raises:
        ValueError: Nothing distinguishes the tokens for this application: `audience`, `client_id` and `claims` are
            absent, and `check_audience` is not False. Or a value is invalid for `Verifier` or `RemoteKeySet.of_issuer`.
        TypeError: An argument has a wrong type, or `keys` is given together with an argument of the fetch.
        JWKError: A key in `keys` cannot be used.
    """
    if audience is None and client_id is None and claims is None and check_audience:
        raise ValueError(
            "oidc_verifier must have audience, client_id or claims, because the issuer signs the tokens of all its "
            "applications with the same keys; pass check_audience=False to accept all of them"
        )
    if keys is not None and fetch_options:
        raise TypeError(f"{next(iter(fetch_options))} must be absent together with keys; pass it to the RemoteKeySet")
    return Verifier(
        RemoteKeySet.of_issuer(issuer, **fetch_options) if keys is None else keys,
        issuer=issuer if accepted_issuer is None else accepted_issuer,
        audience=audience,
        client_id=client_id,
        claims=claims,
        check_audience=check_audience,
        audience_exact=audience_exact,
        typ=typ,
        algorithms=algorithms,
        leeway_seconds=leeway_seconds,
        max_token_bytes=max_token_bytes,
        cache_size=cache_size,
        revocations=revocations,
    )
