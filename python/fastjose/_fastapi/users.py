"""The user and the common claims of a verified token, as Pydantic models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from fastjose._core import user_fields
from fastjose._verified_model import VerifiedModel

if TYPE_CHECKING:
    from collections.abc import Mapping


class TokenPayload(VerifiedModel):
    """The claims of a verified token that an application commonly reads (RFC 7519 §4.1, OpenID Connect Core §5.1)."""

    sub: str
    """The user's id."""
    exp: int | None = None
    """The expiration time, in whole seconds since the epoch."""
    iat: int | None = None
    """The time of issue, in whole seconds since the epoch."""
    iss: str | None = None
    """The issuer."""
    aud: str | list[str] | None = None
    """The audience, or several."""
    email: str | None = None
    """The user's e-mail address."""
    name: str | None = None
    """The user's full name."""

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> TokenPayload:
        """Build the payload from verified claims. Fractions of seconds are truncated (RFC 7519 §2).

        Raises:
            JWTError: `sub` is missing or blank; `code` is `missing_claim`.
            JWTClaimsError: `email` or `name` is neither a string nor null; `code` is `invalid_claim`.
        """
        user_fields(claims)  # raises the errors
        exp, iat = claims.get("exp"), claims.get("iat")
        if isinstance(exp, float) or isinstance(iat, float):
            claims = {**claims, "exp": _whole_seconds(exp), "iat": _whole_seconds(iat)}
        # The part of `model_validate` that does the work, in two thirds of its time.
        payload: TokenPayload = cls.__pydantic_validator__.validate_python(claims)
        return payload


class CurrentUser(VerifiedModel):
    """The authenticated user of a request."""

    _dependency = "AuthenticatedUser, or with Annotated[CurrentUser, Depends(auth.current_user)]"
    model_config = ConfigDict(frozen=True)

    user_id: str
    """The `sub` of the token, never blank."""
    email: str | None = None
    """The claim `email`."""
    name: str | None = None
    """The claim `name`."""

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> CurrentUser:
        """Build the user from verified claims.

        Raises:
            JWTError: `sub` is missing or blank; `code` is `missing_claim`.
            JWTClaimsError: `email` or `name` is neither a string nor null; `code` is `invalid_claim`.
            ValidationError: A subclass requires other fields than `user_id`, `email` and `name`. Pass such a model to
                `BearerAuth(user_model=…)`, which fills it from the claims.
        """
        # The part of `model_validate` that does the work, in two thirds of its time.
        user: CurrentUser = cls.__pydantic_validator__.validate_python(user_fields(claims))
        return user


def _whole_seconds(numeric_date: float | None) -> int | None:
    """Truncate the fraction that a NumericDate may have (RFC 7519 §2)."""
    return None if numeric_date is None else int(numeric_date)
