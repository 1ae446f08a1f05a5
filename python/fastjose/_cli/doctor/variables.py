"""Mistakes in the names and the spelling of variables, before any value is interpreted."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find
from fastjose._config.names.misspelled_variables import KNOWN_VARIABLES, OF_BETTER_AUTH, PREFIXES, suggest_variable
from fastjose._telemetry.switch import USER_ID_VARIABLE, VARIABLE, read_switch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding

_PREFIXES = (*PREFIXES, "BETTERAUTH_")
_MAX_FOLDERS = 100
_CURES_OF_NAMES = {
    "AUTH0_DOMAIN": "set OIDC_ISSUER to the domain as a URL: https:// before it, and / behind it",
    "KEYCLOAK_URL": "set OIDC_ISSUER to the URL of the realm, such as https://keycloak.example.com/realms/acme",
}
_OF_OTHERS = frozenset(
    {
        "NEXT_PUBLIC_BETTER_AUTH_URL",
        "NUXT_PUBLIC_BETTER_AUTH_URL",
        "PUBLIC_BETTER_AUTH_URL",
        "VITE_BETTER_AUTH_URL",
        "BETTER_AUTH_TRUSTED_ORIGINS",
        "NEXTAUTH_SECRET",
    }
)
_KEPT_EXPORT = re.compile(r"\s*(?:export|set|setx|\$env:)\s+([A-Za-z_]\w*)", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)(\s*)=(\s*)(.*?)(\s*)$")
_OTHER_FORM = re.compile(r"\s*-?\s*([A-Za-z_]\w*)\s*:\s")
_WITHOUT_SIGN = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)(?:\s.*)?$")
_COMMENT_IN_VALUE = re.compile(r"\s#")
_QUOTES = ("'", '"')
_REFERENCE = re.compile(r"\$\{[A-Za-z_]\w*(?::-[^}]*)?\}")
_PROXY_VARIABLES = frozenset({"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"})
_CERTIFICATE_VARIABLES = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR"})


def check_variables(environment: Environment, *, is_given_file: bool) -> Iterator[Finding]:
    """Yield the mistakes in names. `is_given_file`: the file was named by the user, so other programs may read it."""
    names = sorted({*environment.process, *environment.in_file})
    for name in names:
        yield from _check_name(name, environment)
    yield from _check_overridden(environment)
    yield from _check_lines(environment, is_given_file=is_given_file)
    yield from _check_place(environment)
    yield from _check_telemetry(environment, is_given_file=is_given_file)
    yield from _check_references(environment)
    if not is_given_file:
        yield from _check_other_variables(environment)


def _check_references(environment: Environment) -> Iterator[Finding]:
    """Yield the references that nothing has replaced: `docker --env-file` passes them on as they are."""
    for name, value in environment.process.items():
        if name.upper() in KNOWN_VARIABLES and _REFERENCE.search(value):
            text = f"{name.upper()} has a reference such as ${{NAME}} in the process environment, which replaces none"
            yield find("placeholder_value", text, "write the value itself: docker --env-file replaces no reference")


def _check_other_variables(environment: Environment) -> Iterator[Finding]:
    """Yield the variables of other programs that the core reads, but from the process environment alone."""
    has_proxy = (environment.find("JWKS_PROXY") or "").strip() == "environment"
    read = _CERTIFICATE_VARIABLES | _PROXY_VARIABLES if has_proxy else _CERTIFICATE_VARIABLES
    process = {name.upper() for name, value in environment.process.items() if value}
    for name, value in environment.in_file.items():
        if value and name.upper() in read - process:
            text = f"{name} is in {environment.file.name}, but is read from the process environment alone"
            cure = "set JWKS_CA_CERTIFICATES" if name.upper() in _CERTIFICATE_VARIABLES else "set JWKS_PROXY to the URL"
            yield find(
                "variable_in_file", text, f"set it in the process environment, or {cure}, which the file may have"
            )


def _check_telemetry(environment: Environment, *, is_given_file: bool) -> Iterator[Finding]:
    """Yield a switch of telemetry that is not read or has another value. Docker may read a file that was given."""
    process = {name for name, value in environment.process.items() if value}
    for variable in (VARIABLE, USER_ID_VARIABLE):
        if variable in environment.in_file and variable not in process and not is_given_file:
            text = f"{variable} is in {environment.file.name}, but is read from the process environment alone"
            yield find("telemetry_in_file", text)
        try:
            read_switch(variable, default=False)
        except ValueError as error:
            yield find("invalid_value", str(error))


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
    target = suggest_variable(upper)
    if target is not None and not environment.is_set(target) and _is_meant(upper, environment):
        yield find(
            "misspelled_variable",
            f"the variable {name} is not read; {target} is, and is not set",
            _CURES_OF_NAMES.get(upper, f"rename it to {target}"),
        )
    elif upper.startswith(_PREFIXES) and upper not in _OF_OTHERS and not OF_BETTER_AUTH.fullmatch(upper):
        text = f"the variable {name} is not read by fastjose"
        yield find("unknown_variable", text)


def _is_meant(name: str, environment: Environment) -> bool:
    """Return whether a variable must be for fastjose: the names of others count only if nothing else is configured."""
    if name not in _OF_OTHERS:
        return True
    if name == "BETTER_AUTH_TRUSTED_ORIGINS":
        return "cookie" in (environment.find("JWT_CREDENTIALS") or "")
    if name == "NEXTAUTH_SECRET":
        return "auth_js" in (environment.find("JWT_CREDENTIALS") or "")
    return not any(map(environment.is_set, ("JWKS_URL", "OIDC_ISSUER", "JWT_PUBLIC_KEY", "ALB_SIGNER", "JWT_SECRET")))


def _check_overridden(environment: Environment) -> Iterator[Finding]:
    process = {name.upper(): value for name, value in environment.process.items()}
    for name, value in environment.in_file.items():
        variable = name.upper()
        if variable in KNOWN_VARIABLES and value and process.get(variable) not in {None, "", value}:
            text = f"{variable} has one value in the process environment and another in {environment.file.name}"
            yield find(
                "overridden_variable", text, "the process environment counts: change it there, or unset it there"
            )
    for name, value in [*environment.process.items(), *environment.in_file.items()]:
        if name.upper() in KNOWN_VARIABLES and not value and not environment.is_set(name.upper()):
            yield find("empty_variable", f"{name.upper()} is empty, which counts as not set")


def _check_lines(environment: Environment, *, is_given_file: bool) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for number, line in enumerate(environment.lines, 1):
        place = f"line {number} of {environment.file.name}"
        found = _ASSIGNMENT.match(line)
        if found is None:
            other = _OTHER_FORM.match(line)
            if other is not None and other[1].upper() in KNOWN_VARIABLES:
                text = f"{place} sets {other[1].upper()} with a colon, so it is not read"
                yield find("unreadable_line", text, f"write {other[1].upper()}=…")
            bare = _WITHOUT_SIGN.match(line)
            if bare is not None and bare[1].upper() in KNOWN_VARIABLES:
                text = f"{place} has {bare[1].upper()} without =, so it is not read"
                yield find("unreadable_line", text, f"write {bare[1].upper()}=…")
            continue
        variable, value = found[1].upper(), found[4]
        if variable in KNOWN_VARIABLES and seen.setdefault(variable, value) != value:
            yield find("duplicate_variable", f"{place} sets {variable} again, to another value; the last one counts")
        if is_given_file and variable in KNOWN_VARIABLES:
            yield from _check_for_docker(place, variable, found, value, is_exported="export" in line.split("=")[0])


def _check_for_docker(
    place: str, variable: str, found: re.Match[str], value: str, *, is_exported: bool
) -> Iterator[Finding]:
    """Yield what docker --env-file reads in another way than fastjose reads `.env`."""
    problem = None
    if value.startswith(_QUOTES):
        problem = f"{place} has {variable} in quotes, which docker --env-file keeps in the value"
    elif is_exported:
        problem = f"{place} begins with export, which docker --env-file takes for a part of the name {variable}"
    elif found[2] or found[3]:
        problem = f"{place} has white space beside = of {variable}, which docker --env-file keeps"
    elif _COMMENT_IN_VALUE.search(value):
        problem = f"{place} has a comment behind the value of {variable}, which docker --env-file keeps in the value"
    elif found[5]:
        problem = f"{place} has white space behind the value of {variable}, which docker --env-file keeps"
    elif _REFERENCE.search(value):
        problem = f"{place} has a reference such as ${{NAME}} in {variable}, which docker --env-file does not replace"
    if problem is not None:
        yield find("docker_env_file", problem, f"write {variable}=… with the bare value and nothing else on the line")


def _check_place(environment: Environment) -> Iterator[Finding]:
    """Yield that the file is missing where it is read, but is elsewhere."""
    if environment.lines or environment.file.exists() or any(map(environment.is_set, KNOWN_VARIABLES)):
        return
    folders = [Path("..", *[".."] * depth) for depth in range(3)]
    with contextlib.suppress(OSError):
        folders += [each for each in sorted(Path().iterdir()) if each.is_dir()][:_MAX_FOLDERS]
    elsewhere = [folder / ".env" for folder in folders if (folder / ".env").is_file()]
    others = [
        name for name in (".env.local", ".env.development", ".env.production", ".env.example") if Path(name).is_file()
    ]
    if elsewhere or others:
        seen = [*map(str, elsewhere[:3]), *others]
        text = f"the working directory has no .env, and no variable is set, but there is {', '.join(seen)}"
        yield find("env_file_elsewhere", text)
