"""Identity: what a verified token says of its bearer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from fastjose.exceptions import JWTClaimsError, JWTError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CurrentUser", "TokenPayload", "subject"]


def subject(claims: Mapping[str, Any]) -> str:
    """Return whom a verified token names.

    A subject that is blank names nobody; one that holds U+0000 names nobody whom PostgreSQL could know.

    Raises:
        JWTError: Nobody; `code` is `missing_claim`.
    """
    named: str = claims.get("sub", "")
    if named.strip() and "\0" not in named:
        return named
    error = JWTError('missing required key "sub" among claims')
    error.code, error.claim = "missing_claim", "sub"
    raise error


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
        subject(claims)
        email, name = claims.get("email"), claims.get("name")
        if not (isinstance(email, _OPTIONAL_TEXT) and isinstance(name, _OPTIONAL_TEXT)):
            raise _no_text(email)
        exp, iat = claims.get("exp"), claims.get("iat")
        if isinstance(exp, float) or isinstance(iat, float):
            claims = {**claims, "exp": _whole_seconds(exp), "iat": _whole_seconds(iat)}
        return cls.model_validate(claims)


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
        """
        named = subject(claims)
        email, name = claims.get("email"), claims.get("name")
        if not (isinstance(email, _OPTIONAL_TEXT) and isinstance(name, _OPTIONAL_TEXT)):
            raise _no_text(email)
        # As `model_construct` does, without looking at the model each time: every request needs a user, and to have
        # pydantic judge these texts once more takes as long as to verify the token.
        user = cls.__new__(cls)
        _set(user, "__dict__", {"user_id": named, "email": email, "name": name})
        _set(user, "__pydantic_fields_set__", {"user_id", "email", "name"})
        _set(user, "__pydantic_extra__", None)
        _set(user, "__pydantic_private__", None)
        return user


_set = object.__setattr__  # the model itself is frozen

_OPTIONAL_TEXT = (str, type(None))


def _whole_seconds(numeric_date: float | None) -> int | None:
    """Drop the fraction that a NumericDate may have (RFC 7519 §2)."""
    return None if numeric_date is None else int(numeric_date)


def _no_text(email: object) -> JWTClaimsError:
    """Return the error for an `email` or `name` that is no text: of the two, `email` first."""
    claim = "name" if isinstance(email, _OPTIONAL_TEXT) else "email"
    error = JWTClaimsError(f"{claim.capitalize()} must be a string.")
    error.code, error.claim = "invalid_claim", claim
    return error
