"""Identity: what a verified token says of its bearer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from fastjose._core import user_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CurrentUser", "TokenPayload"]


class TokenPayload(BaseModel):
    """The claims of a verified token that an application commonly reads (RFC 7519 §4.1, OpenID Connect Core §5.1)."""

    sub: str
    """The user's id."""
    exp: int | None = None
    """When it expires, in whole seconds since the epoch."""
    iat: int | None = None
    """When it was issued, in whole seconds since the epoch."""
    iss: str | None = None
    """Who issued it."""
    aud: str | list[str] | None = None
    """Whom it is for."""
    email: str | None = None
    name: str | None = None

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> TokenPayload:
        """Take the payload from verified claims.

        Raises:
            JWTError: They name nobody; `code` is `missing_claim`.
            JWTClaimsError: `email` or `name` is neither a string nor null; `code` is `invalid_claim`.
        """
        user_fields(claims)  # for what it refuses
        exp, iat = claims.get("exp"), claims.get("iat")
        if isinstance(exp, float) or isinstance(iat, float):
            claims = {**claims, "exp": _whole_seconds(exp), "iat": _whole_seconds(iat)}
        # What `model_validate` calls; the way there takes half as long again.
        payload: TokenPayload = cls.__pydantic_validator__.validate_python(claims)
        return payload


class CurrentUser(BaseModel):
    """The user who sent the request."""

    model_config = ConfigDict(frozen=True)

    user_id: str
    """The token's `sub`, never empty."""
    email: str | None = None
    name: str | None = None

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> CurrentUser:
        """Take the user from verified claims.

        Raises:
            JWTError: As `TokenPayload.from_claims`.
            ValidationError: A subclass wants more than `user_id`, `email` and `name`. Those are for
                `BearerAuth(user_model=…)`, which fills them from the claims.
        """
        return cls.model_validate(user_fields(claims))


def _whole_seconds(numeric_date: float | None) -> int | None:
    """Drop the fraction that a NumericDate may have (RFC 7519 §2)."""
    return None if numeric_date is None else int(numeric_date)
