"""The form of a provider's tokens, as data: what a provider signs, what the page must accept of it, and what not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Claims = Mapping[str, Any]

ABSENT: Any = ...
"""In claims and in changes of them: the claim is left out."""
EXPIRY: Any = "the time when the token expires"
"""In a header: the value of the claim `exp`, which AWS repeats there."""


@dataclass(frozen=True)
class TokenForm:
    """A kind of token: one row of the page's table.

    The texts in it are those of the provider, with its real URLs. `LoopbackIssuer.localize` replaces their hosts.
    """

    section: str
    """The heading of the page's section, whose two blocks must accept the token."""
    name: str
    """The cell `token` of the row."""
    claims: Claims
    """The claims; `iat` and `exp` are added."""
    user_id: str | None
    """The id of the user that the application gets. None if the token is refused, as the page says."""
    algorithm: str = "RS256"
    header: Claims = field(default_factory=dict)
    """Members of the header beside `alg`."""
    secret: str | None = None
    """The shared secret, in place of the provider's key for `algorithm`."""
    auth_js_version: int | None = None
    """The version of Auth.js that encrypts the claims with `secret`, in place of a signature."""
    padded: bool = False
    """Whether the segments have the padding of base64, as those of AWS."""
    signed_header: Claims = field(default_factory=dict)
    """Members that differ in the header that was signed."""
    place: tuple[Literal["header", "cookie"], str] = ("header", "Authorization")
    """Where a request has the token."""
    page_origin: str | None = None
    """The origin of the pages that send the cookie. Requests of other pages that change something are refused."""
    roles: Sequence[str] = ()
    scopes: Sequence[str] = ()
    permissions: Sequence[str] = ()
    is_issuer_compared: bool = True
    """Whether `iss` is. That of a load balancer is not: its configuration decides the issuer."""
    accepted: Mapping[str, Claims] = field(default_factory=dict)
    """Changes of the claims with which the token is accepted too."""
    rejected: Mapping[str, Claims] = field(default_factory=dict)
    """Changes of the claims with which it is rejected, beside those that every token has."""
    rejected_headers: Mapping[str, Claims] = field(default_factory=dict)
    """Changes of the header with which it is rejected."""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the row in the table."""
        return self.section, self.name

    @property
    def grants(self) -> dict[str, Sequence[str]]:
        """Return what the token grants, by kind."""
        return {"role": self.roles, "scope": self.scopes, "permission": self.permissions}

    def changes_to_reject(self, now: int) -> dict[str, Claims]:
        """Return the changes with which the token must be rejected, by what they are."""
        changes: dict[str, Claims] = {
            "expired": {"exp": now - 60},
            "without expiry": {"exp": ABSENT},
            "not valid yet": {"nbf": now + 600},
        }
        if "iss" in self.claims and self.is_issuer_compared:
            changes["another issuer"] = {"iss": "https://another-issuer.example.com"}
        return {**changes, **self.rejected}


def apply_changes(claims: Claims, changes: Claims) -> dict[str, Any]:
    """Return `claims` with `changes`, without those that are ABSENT."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not ABSENT}
