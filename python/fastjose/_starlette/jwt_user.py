"""`JwtUser`: `request.user` of an authenticated request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.authentication import BaseUser

if TYPE_CHECKING:
    from fastjose._connections.sender import Sender


class JwtUser(BaseUser):
    """The user of a request whose credential was verified. Immutable.

    A request without a credential has Starlette's `UnauthenticatedUser`, which has neither an id nor claims.

    Example:
        async def me(request: Request) -> JSONResponse:
            return JSONResponse({"user_id": request.user.user_id})
    """

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        """Create the user from an authenticated sender."""
        self._sender = sender

    @property
    def is_authenticated(self) -> bool:
        """True."""
        return True

    @property
    def user_id(self) -> str:
        """The user's id, never blank: `sub`, or the claim that `user_id_claim` names.

        Raises:
            TypeError: `user_id_claim` is None, so that a token need not identify a user.
        """
        if self._sender.user_id is None:
            raise TypeError("user_id_claim must name the claim with the user's id: it is None")
        return self._sender.user_id

    @property
    def identity(self) -> str:
        """`user_id`, under the name that Starlette uses."""
        return self.user_id

    @property
    def display_name(self) -> str:
        """The name, else the email, else the id. Empty if the token has none of these."""
        return self.name or self.email or self._sender.user_id or ""

    @property
    def email(self) -> str | None:
        """The claim `email`, if it is a str."""
        return self._find_text("email")

    @property
    def name(self) -> str | None:
        """The claim `name`, if it is a str."""
        return self._find_text("name")

    @property
    def claims(self) -> dict[str, Any]:
        """The verified claims of the token, or the fields of the user of another credential."""
        return self._sender.claims

    @property
    def model(self) -> Any:
        """The user as the `user_model` of a `BearerAuth` or `CredentialAuth` has it. None without one."""
        return self._sender.user

    def __eq__(self, other: object) -> bool:
        """Return whether both are the same user, with the same claims."""
        return isinstance(other, JwtUser) and self._sender == other._sender

    __hash__ = None  # type: ignore[assignment]  # the claims are a dict

    def __repr__(self) -> str:
        """Return the id alone: logs contain no claims."""
        return f"JwtUser(user_id={self._sender.user_id!r})"

    def _find_text(self, claim: str) -> str | None:
        value = self._sender.claims.get(claim)
        return value if isinstance(value, str) else None
