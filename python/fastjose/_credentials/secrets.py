"""Checks of secrets that an application passes in code. Those of the environment: `_config.keys.shared_secret`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from fastjose._core import MIN_SECRET_BYTES
from fastjose.better_auth import DEVELOPMENT_SECRET
from fastjose.exceptions import ConfigurationWarning

_MIN_BYTES = MIN_SECRET_BYTES["HS256"]


def check_secrets(secrets: Sequence[str], old_secrets: Sequence[str] = ()) -> None:
    """Reject secrets that are not in a list, as each character would be a secret, and one that is published.

    Warns of a secret in `secrets` that an attacker can guess. Those in `old_secrets` are not accepted.

    Raises:
        TypeError: An argument is not a list: a str, bytes, or None.
        ValueError: A secret is the published default of Better Auth.
    """
    if not _is_list(secrets) or not _is_list(old_secrets):
        raise TypeError("secrets must be a list of secrets: [SECRET]")
    if DEVELOPMENT_SECRET in secrets or DEVELOPMENT_SECRET in old_secrets:
        raise ValueError("secrets must not have Better Auth's known default secret: generate one")
    if any(isinstance(secret, str) and len(secret.encode("utf-8", "replace")) < _MIN_BYTES for secret in secrets):
        warnings.warn(
            f"secrets must have at least {_MIN_BYTES} bytes each (RFC 7518 §3.2): an attacker can guess a shorter one, "
            "and sign sessions with it",
            ConfigurationWarning,
            stacklevel=4,  # above the constructor and its decorator
        )


def _is_list(secrets: object) -> bool:
    return isinstance(secrets, Sequence) and not isinstance(secrets, str | bytes)
