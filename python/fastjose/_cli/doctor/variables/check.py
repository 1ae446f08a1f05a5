"""Mistakes in the names and the spelling of variables, before any value is interpreted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastjose._cli.doctor.variables.files import check_place
from fastjose._cli.doctor.variables.lines import check_lines
from fastjose._cli.doctor.variables.names import check_names
from fastjose._cli.doctor.variables.other_places import (
    check_other_variables,
    check_overridden,
    check_references,
    check_telemetry,
)
from fastjose._cli.doctor.variables.unused import check_unused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.environment import Environment
    from fastjose._cli.doctor.findings import Finding


def check_variables(environment: Environment, *, is_given_file: bool) -> Iterator[Finding]:
    """Yield the mistakes in names. `is_given_file`: the file was named by the user, so other programs may read it."""
    yield from check_names(environment)
    yield from check_overridden(environment)
    yield from check_lines(environment, is_given_file=is_given_file)
    yield from check_place(environment)
    yield from check_telemetry(environment, is_given_file=is_given_file)
    yield from check_references(environment)
    yield from check_unused(environment)
    if not is_given_file:
        yield from check_other_variables(environment)
