"""The check that SQLAlchemy is installed, which only the extra `fastjose[database]` requires."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re


def require_sqlalchemy(store: str) -> None:
    """Return if SQLAlchemy can be imported with its asyncio extension.

    Raises:
        ImportError: SQLAlchemy or greenlet is not installed. The message names `store` and what to install.
    """
    missing = [name for name in ("sqlalchemy", "greenlet") if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(
            f"{store} must have SQLAlchemy with asyncio, and {' and '.join(missing)} cannot be imported: "
            'pip install "fastjose[database]"'
        )


def require_sqlalchemy_version(user: str, oldest: tuple[int, int, int]) -> None:
    """Return if SQLAlchemy has at least a version.

    Raises:
        ImportError: It is older. The message names `user` and what to install.
    """
    installed = importlib.metadata.version("sqlalchemy")
    if tuple(map(int, re.findall(r"[0-9]+", installed)[:3])) < oldest:
        version = ".".join(map(str, oldest))
        raise ImportError(f'{user} must have SQLAlchemy {version} or newer: pip install "sqlalchemy>={version}"')
