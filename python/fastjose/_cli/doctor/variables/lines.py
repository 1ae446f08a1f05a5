"""Lines of the file with variables that are not read, or that docker --env-file reads in another way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastjose._cli.doctor.findings import find
from fastjose._config.names.misspelled_variables import KNOWN_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)(\s*)=(\s*)(.*?)(\s*)$")
_OTHER_FORM = re.compile(r"\s*-?\s*([A-Za-z_]\w*)\s*:\s")
_WITHOUT_SIGN = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)(?:\s.*)?$")
_COMMENT_IN_VALUE = re.compile(r"\s#")
_QUOTES = ("'", '"')
REFERENCE = re.compile(r"\$\{[A-Za-z_]\w*(?::-[^}]*)?\}")


def check_lines(environment: Environment, *, is_given_file: bool) -> Iterator[Finding]:
    """Yield the mistakes of single lines. `is_given_file`: docker may read the file as well."""
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
    elif REFERENCE.search(value):
        problem = f"{place} has a reference such as ${{NAME}} in {variable}, which docker --env-file does not replace"
    if problem is not None:
        yield find("docker_env_file", problem, f"write {variable}=… with the bare value and nothing else on the line")
