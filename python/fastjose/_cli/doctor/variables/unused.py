"""Variables that are read only with a kind of credential, or a source of keys, that is not chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastjose._cli.doctor.findings import find
from fastjose._config.names.misspelled_variables import KNOWN_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding


class _Group(NamedTuple):
    """Variables, by the beginning of their names, and the kinds of credential that read them."""

    prefixes: tuple[str, ...]
    kinds: tuple[str, ...]


_GROUPS = (
    _Group(("BETTER_AUTH_SESSION_STORE",), ("session", "cookie", "api_key")),
    _Group(("BETTER_AUTH_COOKIE_",), ("cookie",)),
    _Group(("BETTER_AUTH_ALLOW_UNSIGNED_TOKENS",), ("session",)),
    _Group(("BETTER_AUTH_API_KEY_HEADER",), ("api_key",)),
    _Group(("AUTH_JS_",), ("auth_js",)),
    _Group(("JWT_ALGORITHM", "JWT_PROFILE", "JWT_PUBLIC_KEY", "JWT_SECRET", "JWT_MODE", "ALB_SIGNER"), ("jwt",)),
    _Group(("OIDC_ISSUER", "JWT_AUDIENCE"), ("jwt", "opaque")),
)
_OF_AUTH_JS = ("AUTH_SECRET", "AUTH_SECRET_FILE")
_SOURCES = (
    *("JWKS_URL", "OIDC_ISSUER", "JWT_PUBLIC_KEY", "ALB_SIGNER", "JWT_SECRET", "JWT_SECRET_FILE", "BETTER_AUTH_URL"),
    *("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRET_FILE", "BETTER_AUTH_SECRETS_FILE"),
)
_FETCH_OPTIONS = (
    *("JWKS_HEADERS", "JWKS_BEARER_TOKEN_FILE", "JWKS_CA_CERTIFICATES", "JWKS_CLIENT_CERTIFICATE", "JWKS_PROXY"),
    "JWKS_ALLOW_HTTP",
)
_FETCHED = ("JWKS_URL", "OIDC_ISSUER", "ALB_SIGNER", "BETTER_AUTH_URL")


def check_unused(environment: Environment) -> Iterator[Finding]:
    """Yield the variables that have no effect, because what reads them is not chosen."""
    used = sorted(filter(environment.is_set, KNOWN_VARIABLES))
    accepted = [each.strip() for each in (environment.find("JWT_CREDENTIALS") or "jwt").split(",")]
    introspection = [name for name in used if name.startswith("INTROSPECTION_")]
    if introspection and "opaque" not in accepted:
        value = _add("opaque", accepted, environment)
        text = f"{_count(introspection)} no effect: JWT_CREDENTIALS does not have opaque"
        cure = f"set JWT_CREDENTIALS={value}, or remove {_it(introspection)}"
        yield find("unused_introspection", text, cure, line=f"JWT_CREDENTIALS={value}")
    for group in _GROUPS:
        names = [name for name in used if name.startswith(group.prefixes) and not name.startswith("JWT_AUDIENCE_")]
        if names and set(accepted).isdisjoint(group.kinds):
            yield _describe(names, group.kinds, accepted, environment)
    secrets = [name for name in _OF_AUTH_JS if environment.is_set(name)]
    if secrets and accepted == ["jwt"] and not any(map(environment.is_set, _SOURCES)):
        yield _describe(secrets, ("auth_js",), [], environment)
    yield from _check_fetch_options(accepted, environment)


def _describe(names: list[str], kinds: tuple[str, ...], accepted: list[str], environment: Environment) -> Finding:
    value = _add(kinds[0], accepted, environment)
    text = f"{_count(names)} no effect: JWT_CREDENTIALS does not have {' or '.join(kinds)}"
    cure = f"set JWT_CREDENTIALS={value}, or remove {_it(names)}"
    return find("unused_variables", text, cure, line=f"JWT_CREDENTIALS={value}")


def _check_fetch_options(accepted: list[str], environment: Environment) -> Iterator[Finding]:
    """Yield the options of requests that the application does not send."""
    names = [name for name in _FETCH_OPTIONS if environment.is_set(name)]
    is_remote = any(map(environment.is_set, _FETCHED)) or not {*accepted} <= {"jwt", "auth_js"}
    is_configured = any(map(environment.is_set, (*_SOURCES, "AUTH_SECRET")))
    is_static = (environment.find("JWT_MODE") or "") in {"secret", "public_key"} and {*accepted} <= {"jwt", "auth_js"}
    if names and is_configured and (is_static or not is_remote):
        text = f"{_count(names)} no effect: no keys are fetched, because tokens are verified with a configured key"
        yield find("unused_variables", text, f"remove {_it(names)}, or set the URL of the keys")


def _add(kind: str, accepted: list[str], environment: Environment) -> str:
    """Return the value of `JWT_CREDENTIALS` with a kind: beside the others, if they can be verified."""
    others = accepted if environment.is_set("JWT_CREDENTIALS") or any(map(environment.is_set, _SOURCES)) else []
    return ",".join([*others, kind])


def _count(names: list[str]) -> str:
    return f"{', '.join(names)} {'has' if len(names) == 1 else 'have'}"


def _it(names: list[str]) -> str:
    return names[0] if len(names) == 1 else "them"
