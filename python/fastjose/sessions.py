"""Sessions of Better Auth without a JWT: the stores that hold them, and their tokens."""

from __future__ import annotations

from fastjose._core import RemoteSessions
from fastjose._database.names import DatabaseNames
from fastjose._sessions.database import DatabaseSessions
from fastjose._sessions.secondary_storage import SecondaryStorageSessions
from fastjose._sessions.session import Session
from fastjose._sessions.session_token import SessionToken

__all__ = ["DatabaseNames", "DatabaseSessions", "RemoteSessions", "SecondaryStorageSessions", "Session", "SessionToken"]
