"""Opaque access tokens: OAuth 2.0 Token Introspection (RFC 7662) at an authorization server.

`OpaqueTokens` of `fastjose.fastapi` accepts the tokens as a credential.
"""

from __future__ import annotations

from fastjose._core import RemoteIntrospection

__all__ = ["RemoteIntrospection"]
