"""Variables that are not read, because they have another name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find
from fastjose._config.names.misspelled_variables import (
    KNOWN_VARIABLES,
    OF_BETTER_AUTH,
    PREFIXES,
    find_misspelled,
    suggest_variable,
)
from fastjose._telemetry.switch import USER_ID_VARIABLE, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding

_PREFIXES = (*PREFIXES, "BETTERAUTH_")
_CURES_OF_NAMES = {
    "AUTH0_DOMAIN": "set OIDC_ISSUER to the domain as a URL: https:// before it, and / behind it",
    "KEYCLOAK_URL": "set OIDC_ISSUER to the URL of the realm, such as https://keycloak.example.com/realms/acme",
    "SUPABASE_URL": "set OIDC_ISSUER to it, with /auth/v1 at its end",
    "SECRET_KEY": "rename it to JWT_SECRET, and ALGORITHM to JWT_ALGORITHM",
    **dict.fromkeys(
        ("NEXTAUTH_URL", "AUTH_URL", "NEXT_PUBLIC_AUTH_URL", "VITE_AUTH_URL"),
        "for Better Auth, rename it to BETTER_AUTH_URL; for the cookie of Auth.js, set JWT_CREDENTIALS=auth_js, "
        "AUTH_SECRET, and JWT_TRUSTED_ORIGINS to its origin",
    ),
}
_SOURCES = ("JWKS_URL", "OIDC_ISSUER", "JWT_PUBLIC_KEY", "ALB_SIGNER", "JWT_SECRET", "JWT_SECRET_FILE")
_SOURCES_OF_BETTER_AUTH = ("BETTER_AUTH_URL", "BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRET_FILE")
_OWN_VARIABLES = (VARIABLE, USER_ID_VARIABLE)
_MIN_SIMILARITY = 0.9
_KEPT_EXPORT = re.compile(r"\s*(?:export|set|setx|\$env:)\s+([A-Za-z_]\w*)", re.IGNORECASE)


def check_names(environment: Environment) -> Iterator[Finding]:
    """Yield the names that are misspelled, of other libraries, or written in a form that is not read."""
    for name in sorted({*environment.process, *environment.in_file}):
        yield from _check_name(name, environment)


def _check_name(name: str, environment: Environment) -> Iterator[Finding]:
    upper = name.upper()
    if upper in KNOWN_VARIABLES:
        return
    if upper.strip() in KNOWN_VARIABLES or _KEPT_EXPORT.match(name) or _KEPT_EXPORT.match(upper):
        found = _KEPT_EXPORT.match(name)
        variable = (found[1] if found else name).strip().upper()
        if variable in KNOWN_VARIABLES:
            text = f"the name of the variable {variable} has white space or the word export in it, so it is not read"
            yield find("export_in_name", text, f"write {variable}=… without export: docker --env-file keeps the word")
        return
    target = suggest_variable(upper, environment.names) or _find_switch(upper)
    if target is not None and not environment.is_set(target) and _is_meant(upper, target, environment):
        yield find(
            "misspelled_variable",
            f"the variable {name} is not read; {target} is, and is not set",
            _CURES_OF_NAMES.get(upper, f"rename it to {target}"),
        )
    elif upper.startswith(_PREFIXES) and not OF_BETTER_AUTH.fullmatch(upper):
        text = f"the variable {name} is not read by fastjose"
        yield find("unknown_variable", text)


def _find_switch(name: str) -> str | None:
    """Return the switch of telemetry whose misspelling a name is, or None."""
    is_own = name.startswith("FASTJOS") and name not in _OWN_VARIABLES
    close = difflib.get_close_matches(name, _OWN_VARIABLES, 1, _MIN_SIMILARITY) if is_own else []
    return close[0] if close else None


def _is_meant(name: str, target: str, environment: Environment) -> bool:
    """Return whether a variable is for fastjose. Other programs have theirs, which count if nothing is configured."""
    credentials = environment.find("JWT_CREDENTIALS") or ""
    if name == "BETTER_AUTH_TRUSTED_ORIGINS":
        return "cookie" in credentials
    if name == "NEXTAUTH_SECRET":
        return "auth_js" in credentials
    if name.startswith(_PREFIXES) and (target != "JWT_SECRET" or find_misspelled(name) is not None):
        return True
    is_of_front_end = name.endswith("_BETTER_AUTH_URL")
    sources = _SOURCES if is_of_front_end else (*_SOURCES, *_SOURCES_OF_BETTER_AUTH)
    is_source = target in {*_SOURCES, *_SOURCES_OF_BETTER_AUTH}
    return not is_source or not ("auth_js" in credentials or any(map(environment.is_set, sources)))
