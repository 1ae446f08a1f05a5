"""`TokenReport`: what the text of a credential says about itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastjose._cli.inspection.times import ClaimedTime


@dataclass(frozen=True, kw_only=True)
class TokenReport:
    """What a credential contains. None of it is verified.

    Attributes:
        kind: A stable name of the kind, of `KINDS`.
        header: The header of a JWT, JWS or JWE. None for other credentials.
        claims: The claims, or the content of a session cookie. None if they are encrypted, or if it has none.
        times: The claims that are times.
        sizes: The lengths of the credential and of its decoded parts, in bytes.
        notes: What is unusual about it, and what was removed to read it.
    """

    kind: str
    header: Mapping[str, Any] | None = None
    claims: Mapping[str, Any] | None = None
    times: Mapping[str, ClaimedTime]
    sizes: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """What the kind is, in one sentence."""
        return KINDS[self.kind]

    def to_json(self) -> dict[str, Any]:
        """Return the report as `--json` prints it."""
        return {
            "verified": False,
            "kind": self.kind,
            "description": self.description,
            "header": self.header,
            "claims": self.claims,
            "times": {name: asdict(time) for name, time in self.times.items()},
            "bytes": dict(self.sizes),
            "notes": list(self.notes),
        }


KINDS = {
    "better_auth_token": "a token of Better Auth's jwt() plugin, for an API",
    "access_token": "an OAuth access token (RFC 9068)",
    "id_token": "an OpenID Connect ID token: it is for the client that signed the user in, not for an API",
    "logout_token": "a logout token of OpenID Connect back-channel logout: it does not authenticate a user",
    "microsoft_graph_token": "an access token for Microsoft Graph: only Microsoft Graph can verify its signature",
    "session_cookie": "Better Auth's cookie session_data, signed as a JWT: the session, for session.cookieCache",
    "compact_session_cookie": "Better Auth's cookie session_data, signed: the session, for session.cookieCache",
    "email_token": "a token from an e-mail of Better Auth: it does not authenticate a user",
    "unsigned_token": "a JWT without a signature (alg none), which no server may accept",
    "jwt": "a signed JWT",
    "jws": "a signed text (JWS) that is not a JWT: its payload is not a JSON object",
    "encrypted_token": "an encrypted token (JWE), such as the session cookie of Auth.js, or Better Auth's session_data",
    "session_token": "a session token of Better Auth, with its signature: it is looked up, it contains nothing",
    "unsigned_session_token": "a session token of Better Auth without its signature, or an opaque access token: the "
    "two have the same form; it is looked up, it contains nothing",
    "api_key": "an API key of Better Auth: it is looked up, it contains nothing",
}
"""What each kind of credential is, by its name, which is stable across releases."""
