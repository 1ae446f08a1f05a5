"""Values that are valid and still seldom meant: secrets, issuer and audience, tolerance, cache, origins."""

from __future__ import annotations

import difflib
import ipaddress
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastjose import better_auth
from fastjose._cli.doctor.findings import find
from fastjose._cli.doctor.providers import check_providers
from fastjose._cli.doctor.secrets import check_secrets
from fastjose._cli.doctor.values.audience_and_origins import check_audience, check_origins
from fastjose._hints.url_differences import find_difference
from fastjose.settings import DEVELOPMENT_ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding
    from fastjose.settings import AuthSettings

_MAX_LEEWAY_SECONDS = 300
_MAX_CACHE_BYTES = 1_000_000_000
_BYTES_OF_CACHED_TOKEN = 4_096
_PRODUCTION_ENVIRONMENTS = ("production", "prod", "staging", "stage", "preview", "qa", "live")
_EXAMPLE_HOST = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|your-?(?:app|domain|tenant)\S*)$", re.IGNORECASE)
_INTERNAL_SUFFIXES = (".internal", ".local", ".svc", ".cluster.local", ".lan", ".docker", ".intranet")
_LOOPBACK_NAMES = ("localhost", "host.docker.internal")


def check_policy(settings: AuthSettings, environment: Environment) -> Iterator[Finding]:
    """Yield the doubtful values of valid settings."""
    yield from check_secrets(settings)
    yield from _check_unused_secret(settings, environment)
    yield from _check_names(settings)
    yield from check_providers(settings)
    yield from _check_urls(settings)
    yield from _check_numbers(settings, environment)
    yield from _check_environment_name(settings)
    yield from _check_origins(settings)
    yield from check_audience(settings)
    yield from check_origins(settings)


def _check_unused_secret(settings: AuthSettings, environment: Environment) -> Iterator[Finding]:
    """Yield that the secret of Better Auth verifies tokens that Better Auth does not issue by default."""
    if settings.mode != "secret" or settings.jwt_secret is not None or "jwt" not in settings.credentials:
        return
    names = [*environment.in_file, *environment.process]
    front_end = next((name for name in names if "BETTER_AUTH_URL" in name.upper()), None)
    text = "tokens are verified with BETTER_AUTH_SECRET, but Better Auth's jwt() signs with the keys of its JWK Set"
    if front_end is not None:
        cure = "remove JWT_MODE=secret" if settings.jwt_mode == "secret" and settings.better_auth_url else None
        yield find("secret_in_place_of_keys", f"{text}; {front_end} shows that it runs", cure)
        return
    yield find("shared_secret_of_better_auth", text)


def _check_names(settings: AuthSettings) -> Iterator[Finding]:
    base = settings.better_auth_url
    if base is not None and settings.mode == "jwks" and settings.accepted_profile == "api":
        yield from _check_against_origin("JWT_ISSUER", settings.issuers, base)
        yield from _check_against_origin("JWT_AUDIENCE", settings.audiences, base)
    if settings.mode == "oidc" and settings.oidc_issuer:
        yield from _check_own_issuer(settings)
    values = {"JWT_ISSUER": settings.issuers, "JWT_AUDIENCE": settings.audiences, "JWT_CLIENT_ID": settings.client_ids}
    for variable, names in values.items():
        if any(" " in name for name in names):
            yield find("space_in_name", f"{variable} has a name with a space")
        if any(_is_example(name) for name in names):
            yield find("placeholder_value", f"{variable} looks like the placeholder of a template")
    if not settings.jwt_check_audience and not settings.client_ids and not settings.accepted_claims:
        yield find("audience_not_checked", "JWT_CHECK_AUDIENCE=0 accepts the tokens of every application of the issuer")


def _check_against_origin(variable: str, names: list[str], base: str) -> Iterator[Finding]:
    """Yield that a name differs a little from the origin that Better Auth writes into `iss` and `aud` by default."""
    origin = better_auth.origin(base)
    if not names or origin in names:
        return
    difference = find_difference([origin], names)
    has_path = any(name.startswith(f"{origin}/") for name in names)
    if difference is None and not has_path:
        text = f"{variable} is not {origin}, which Better Auth writes into its tokens by default"
        option = f"jwt.{variable.removeprefix('JWT_').lower()}"
        yield find("names_of_better_auth", text, f"remove {variable}, or set {option} in Better Auth to it")
        return
    code = "issuer_mismatch" if variable == "JWT_ISSUER" else "audience_mismatch"
    text = f"{variable} differs a little from {origin}, which Better Auth writes into its tokens by default"
    cure = f"remove {variable}, or write it like the baseURL of Better Auth, without path and slash at the end"
    yield find(code, text, cure, line=f"{variable}={origin}")


def _check_own_issuer(settings: AuthSettings) -> Iterator[Finding]:
    issuer = (settings.oidc_issuer or "").strip()
    if settings.issuers and issuer not in settings.issuers and find_difference([issuer], settings.issuers):
        text = (
            "JWT_ISSUER and OIDC_ISSUER differ a little, but the iss of tokens is that of the document, to the letter"
        )
        yield find("issuer_mismatch", text, "remove JWT_ISSUER")
    if issuer in settings.audiences:
        text = "JWT_AUDIENCE is the issuer, but tokens are for an API, whose identifier is another one"
        yield find("audience_is_issuer", text)


def _check_urls(settings: AuthSettings) -> Iterator[Finding]:
    named = {
        "BETTER_AUTH_URL": settings.better_auth_url,
        "JWKS_URL": settings.jwks_url,
        "OIDC_ISSUER": settings.oidc_issuer,
        "INTROSPECTION_URL": settings.introspection_url,
    }
    for variable, value in named.items():
        url = urlsplit((value or "").strip())
        host = url.hostname or ""
        if _EXAMPLE_HOST.search(host):
            yield find("placeholder_value", f"{variable} has the host name of an example")
        elif url.scheme == "http" and host and not is_internal(host):
            text = f"{variable} uses plain http to a public host: who controls the network can replace the keys"
            yield find("plain_http", text, "use https, and remove JWKS_ALLOW_HTTP", line=None)
    yield from _check_internal_base_url(settings)


def _check_internal_base_url(settings: AuthSettings) -> Iterator[Finding]:
    """Yield that the expected `iss` is an internal name: Better Auth writes the public one."""
    base = settings.better_auth_url or ("" if settings.issuers else settings.jwks_url)
    host = urlsplit(base or "").hostname or ""
    has_names = bool(settings.issuers) and (bool(settings.audiences) or not settings.jwt_check_audience)
    if settings.mode != "jwks" or not host or has_names or is_loopback(host) or not is_internal(host):
        return
    variable = "BETTER_AUTH_URL" if settings.better_auth_url else "JWKS_URL"
    text = f"{variable} has the internal host {host}, so iss and aud must be its origin; users see a public one"
    keys_url = better_auth.jwks_url(base or "")
    plain = ", and JWKS_ALLOW_HTTP=1" if keys_url.startswith("http:") else ""
    cure = "set BETTER_AUTH_URL to the public URL of Better Auth, as in its baseURL, and JWKS_URL to the internal one"
    yield find("internal_base_url", text, cure + plain, line=None if settings.jwks_url else f"JWKS_URL={keys_url}")


def explain_plain_http(settings: AuthSettings, findings: list[Finding]) -> list[Finding]:
    """Return the findings of a failed start, with what to set if plain http to an internal host is not permitted."""
    urls = (settings.jwks_url, settings.better_auth_url, settings.oidc_issuer, settings.introspection_url)
    hosts = [urlsplit(url.strip()).hostname or "" for url in urls if url and url.strip().startswith("http:")]
    if not hosts or not all(map(is_internal, hosts)) or not any(each.code == "plain_http" for each in findings):
        return findings
    cure = "set JWKS_ALLOW_HTTP=1 if the network is private; else use https"
    line = "JWKS_ALLOW_HTTP=1"
    explained = [replace(each, cure=cure, line=line) if each.code == "plain_http" else each for each in findings]
    return [*explained, *_check_internal_base_url(settings)]


def is_internal(host: str) -> bool:
    """Return whether a host is this machine or in a private network, by its name or its address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_INTERNAL_SUFFIXES) or is_loopback(host)
    return address.is_private or address.is_loopback or address.is_link_local


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in _LOOPBACK_NAMES or host.endswith(".localhost")


def _is_example(name: str) -> bool:
    host = urlsplit(name).hostname if "://" in name else None
    return bool(_EXAMPLE_HOST.search(host or "")) or re.match(r"your[-_ ]|<", name, re.IGNORECASE) is not None


def _check_numbers(settings: AuthSettings, environment: Environment) -> Iterator[Finding]:
    if settings.jwt_leeway_seconds > _MAX_LEEWAY_SECONDS:
        text = f"JWT_LEEWAY_SECONDS accepts tokens for {settings.jwt_leeway_seconds:g} s after they have expired"
        yield find("long_leeway", text, line="JWT_LEEWAY_SECONDS=10")
    workers = environment.find("WEB_CONCURRENCY") or "1"
    count = int(workers) if workers.isdecimal() else 1
    size_bytes = settings.jwt_cache_size * _BYTES_OF_CACHED_TOKEN * count
    if size_bytes > _MAX_CACHE_BYTES:
        text = f"JWT_CACHE_SIZE may take {size_bytes / 1e9:.1f} GB in {count} worker processes"
        yield find("large_cache", text, line="JWT_CACHE_SIZE=1000")


def _check_environment_name(settings: AuthSettings) -> Iterator[Finding]:
    name = (settings.environment or "").strip().lower()
    known = (*DEVELOPMENT_ENVIRONMENTS, *_PRODUCTION_ENVIRONMENTS)
    if not name or name in known:
        return
    close = difflib.get_close_matches(name, DEVELOPMENT_ENVIRONMENTS, 1)
    if close:
        text = f"ENVIRONMENT is almost {close[0]}, but counts as production"
        yield find("environment_name", text, f"write ENVIRONMENT={close[0]}", line=f"ENVIRONMENT={close[0]}")


def _check_origins(settings: AuthSettings) -> Iterator[Finding]:
    has_cookies = not {"cookie", "auth_js"}.isdisjoint(settings.credentials) or settings.jwt_token_cookie is not None
    prefix = settings.better_auth_cookie_prefix
    if prefix.startswith(("__Secure-", "__Host-")) or "session" in prefix:
        yield find("cookie_prefix", "BETTER_AUTH_COOKIE_PREFIX is the name of a cookie, or has __Secure- in it")
    if not has_cookies:
        if settings.jwt_trusted_origins is not None:
            yield find("origins_without_cookies", "JWT_TRUSTED_ORIGINS is set, but no cookie is accepted")
        return
    if settings.jwt_trusted_origins is None:
        text = "cookies are accepted, but only from pages of the application's own origin"
        yield find("no_trusted_origins", text)
    elif settings.better_auth_url is not None:
        origin = better_auth.origin(settings.better_auth_url)
        difference = find_difference([origin], settings.trusted_origins)
        if difference and origin not in [better_auth.origin(each) for each in settings.trusted_origins]:
            text = f"JWT_TRUSTED_ORIGINS has {origin} in another spelling ({difference})"
            yield find("trusted_origin_mismatch", text, line=f"JWT_TRUSTED_ORIGINS={origin}")
