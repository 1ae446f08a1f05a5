"""Settings of a test, without its environment's `.env`."""

from __future__ import annotations

from typing import Any

from fastjose.settings import AuthSettings


def make_settings(**fields: Any) -> AuthSettings:
    """Return settings with these fields, and the defaults or the variables of the environment for the others."""
    return AuthSettings(_env_file=None, **fields)  # type: ignore[call-arg]  # pydantic-settings accepts it in every class
