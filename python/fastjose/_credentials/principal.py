"""`Principal`: who sent a request, and with which credential."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from fastjose._api_keys.api_key import ApiKey
    from fastjose._sessions.session import Session
    from fastjose._sessions.session_token import SessionToken

CredentialName = Literal["jwt", "opaque", "session", "cookie", "api_key", "auth_js"]
"""The names of credentials, as in `JWT_CREDENTIALS`."""


@dataclass(frozen=True)
class Principal:
    """The sender of a request, authenticated by one credential. Its repr contains nothing of the credential.

    Attributes:
        credential: The kind of credential.
        claims: The verified claims of a JWT, the claims that the authorization server returned for an opaque token, or
            the fields of the user, with the user's id as `sub`.
        session: The session, if the credential has one.
        api_key: The API key, if the credential is one.
        token: The session token, for further questions to the store.
    """

    credential: CredentialName
    claims: dict[str, Any] = field(repr=False)
    session: Session | None = field(default=None, repr=False)
    api_key: ApiKey | None = field(default=None, repr=False)
    token: SessionToken | None = field(default=None, repr=False)
