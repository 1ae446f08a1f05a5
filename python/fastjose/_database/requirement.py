"""The check that SQLAlchemy is installed, which only the extra `fastjose[database]` requires."""

from __future__ import annotations

import importlib.util


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
