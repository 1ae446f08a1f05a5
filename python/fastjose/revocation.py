"""Refuse tokens before they expire: of a session that has ended, of a user who was banned.

- `RevocationList`: the list in the memory of one process.
- `RedisRevocations`: the list of several processes and machines, in Redis or Valkey, with a copy in each process.
- `logout_route`, `logout_verifier`: a route that takes the back-channel logout tokens of an OpenID provider.

Example::

    revocations = RevocationList()
    verifier = api_verifier("https://app.example.com", revocations=revocations)
    revocations.revoke_user("user-1")
"""

from fastjose._core import RevocationList
from fastjose._revocation.logout_route import logout_route
from fastjose._revocation.logout_tokens import logout_verifier
from fastjose._revocation.redis_revocations import RedisRevocations

__all__ = ["RedisRevocations", "RevocationList", "logout_route", "logout_verifier"]
