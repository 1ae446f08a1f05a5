"""Secrets: PyJWT accepts one of any length, `verify_token` none that is shorter than its hash."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastjose._migrate.pyjwt.draft import Draft

_MIN_OCTETS = {"HS256": 32, "HS384": 48, "HS512": 64}


def read_algorithms(draft: Draft, node: ast.expr | None) -> list[str] | None:
    """Return the names in a literal, or in one whose parts are constants of the file. None for other expressions."""
    found = draft.find_constant(node)
    if isinstance(found, ast.Constant):
        return [str(found.value)]
    if not isinstance(found, (ast.List, ast.Tuple, ast.Set)):
        return None
    parts = [draft.find_constant(each) for each in found.elts]
    names = [str(each.value) for each in parts if isinstance(each, ast.Constant)]
    return names if len(names) == len(parts) else None


def find_min_secret_length(names: Sequence[str] | None) -> int:
    """Return the number of octets that the shortest secret of these algorithms has."""
    return min((_MIN_OCTETS[name] for name in names or () if name in _MIN_OCTETS), default=32)


def find_secret_length(draft: Draft, key: ast.expr) -> int | None:
    """Return the number of octets of a key that is a literal or a constant of the file, else None."""
    secret = draft.find_constant(key)
    if not isinstance(secret, ast.Constant) or not isinstance(secret.value, (str, bytes)):
        return None
    octets = secret.value.encode(errors="replace") if isinstance(secret.value, str) else secret.value
    return len(octets)


def note_secret(draft: Draft, call: ast.Call, key: ast.expr, names: Sequence[str] | None) -> None:
    """Report the length that a secret must have, where it cannot be read here."""
    if find_secret_length(draft, key) is None and (names is None or any(name in _MIN_OCTETS for name in names)):
        condition = "" if names else "with HS256, HS384 or HS512, "
        draft.note(
            call,
            f"{condition}the secret must have at least {find_min_secret_length(names)} octets: verify_token raises "
            "JWKError for a shorter one, which `except fastjose.JWTError` does not catch",
        )
