"""API keys of Better Auth: the stores that hold them."""

from __future__ import annotations

from fastjose._api_keys.database import DatabaseApiKeys
from fastjose._api_keys.secondary_storage import SecondaryStorageApiKeys
from fastjose._core import RemoteApiKeys

__all__ = ["DatabaseApiKeys", "RemoteApiKeys", "SecondaryStorageApiKeys"]
