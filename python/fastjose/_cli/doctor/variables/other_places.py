"""Variables that are set where they are not read, or twice, and references that nothing replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find
from fastjose._cli.doctor.variables.lines import REFERENCE
from fastjose._config.names.misspelled_variables import KNOWN_VARIABLES
from fastjose._telemetry.switch import USER_ID_VARIABLE, VARIABLE, read_switch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding

_PROXY_VARIABLES = frozenset({"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"})
_CERTIFICATE_VARIABLES = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR"})


def check_overridden(environment: Environment) -> Iterator[Finding]:
    """Yield the variables that have one value in the process and another in the file, and those that are empty."""
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


def check_references(environment: Environment) -> Iterator[Finding]:
    """Yield the references that nothing has replaced: `docker --env-file` passes them on as they are."""
    for name, value in environment.process.items():
        if name.upper() in KNOWN_VARIABLES and REFERENCE.search(value):
            text = f"{name.upper()} has a reference such as ${{NAME}} in the process environment, which replaces none"
            yield find("placeholder_value", text, "write the value itself: docker --env-file replaces no reference")


def check_other_variables(environment: Environment) -> Iterator[Finding]:
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


def check_telemetry(environment: Environment, *, is_given_file: bool) -> Iterator[Finding]:
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
