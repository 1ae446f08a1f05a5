"""Refuse tokens before they expire: of a session that has ended, of a user who was banned.

`RevocationList` is the list in the memory of one process.

Example::

    revocations = RevocationList()
    verifier = api_verifier("https://app.example.com", revocations=revocations)
    revocations.revoke_user("user-1")
"""

from fastjose._core import RevocationList

__all__ = ["RevocationList"]
