"""The argument `options` of PyJWT's `decode`."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FLAGS = frozenset(f"verify_{name}" for name in ("signature", "exp", "nbf", "iat", "aud", "iss", "sub", "jti"))
_ALWAYS_CHECKED = {
    "verify_exp": (
        "keep PyJWT here: fastjose.verify_token always checks exp. To accept tokens for some time after it, write "
        "fastjose.verify_token(…, leeway_seconds=…, required=(), check_issued_at=True)"
    ),
    "verify_nbf": "keep PyJWT here: fastjose.verify_token always checks nbf",
    "verify_sub": "remove verify_sub if sub is always a str, else keep PyJWT here: fastjose.verify_token checks it",
    "verify_jti": "remove verify_jti if jti is always a str, else keep PyJWT here: fastjose.verify_token checks it",
}
"""The checks that `Verifier` always makes, and what to write where PyJWT does not make them."""


@dataclass
class DecodeOptions:
    """The options of one call.

    Attributes:
        flags: The values of `verify_…` that are not True.
        required: The value of `require`, or None.
        problem: What cannot be changed, and what to write. Empty if everything can.
    """

    flags: set[str] = field(default_factory=set)
    required: ast.expr | None = None
    problem: str = ""

    @property
    def is_unverified(self) -> bool:
        """Return whether the signature is not verified."""
        return "verify_signature" in self.flags


def read_options(node: ast.expr | None) -> DecodeOptions:
    """Return the options that an expression describes."""
    if node is None:
        return DecodeOptions()
    members = _read_names(node)
    if members is None:
        return DecodeOptions(problem="write the options as a dict of constants in the call, then run the command again")
    return _read_members(members)


def _read_names(node: ast.expr) -> dict[str, ast.expr] | None:
    """Return the members of a dict whose names are constants, or None for any other expression."""
    if not isinstance(node, ast.Dict):
        return None
    members = {
        key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
    }
    names = {name: value for name, value in members.items() if isinstance(name, str)}
    return names if len(names) == len(node.keys) else None


def _read_members(members: Mapping[str, ast.expr]) -> DecodeOptions:
    options = DecodeOptions()
    for name, value in members.items():
        if name == "require":
            options.required = value
            if isinstance(value, (ast.List, ast.Tuple, ast.Set)) and not value.elts:
                options.required = None
            elif isinstance(value, ast.Constant):
                options.problem = "write the names of the required claims as a list: required=[…]"
        elif name in {*_FLAGS, "strict_aud", "enforce_minimum_key_length"} and isinstance(value, ast.Constant):
            _read_flag(options, name, is_set=bool(value.value))
        elif name in {*_FLAGS, "strict_aud"}:
            options.problem = f"write True or False for {name}, or two calls, then run the command again"
        elif name != "enforce_minimum_key_length":
            options.problem = f"remove {name}: PyJWT does not have this option"
    if options.is_unverified:
        _check_unverified(options, members)
    return options


def _read_flag(options: DecodeOptions, name: str, *, is_set: bool) -> None:
    if name == "strict_aud" and is_set:
        options.problem = (
            "if a list with only this audience may be accepted too, write fastjose.verify_token(…, "
            "audience_exact=True, required=(), check_issued_at=True), else keep PyJWT here"
        )
    elif name in _FLAGS and not is_set:
        options.flags.add(name)
        if name in _ALWAYS_CHECKED:
            options.problem = options.problem or _ALWAYS_CHECKED[name]


def _check_unverified(options: DecodeOptions, members: Mapping[str, ast.expr]) -> None:
    """Without the signature, PyJWT makes no other check, unless an option names it."""
    checks = [name for name in members if name.startswith("verify_") and name not in options.flags]
    if checks or options.required is not None:
        options.problem = (
            "write fastjose.jwt.get_unverified_claims(token), and check the claims in code: nothing proves them"
        )
    else:
        options.problem = ""
