"""The entry of the corpus: a token, the arguments of its verifier, and the expected verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from fastjose import ExpiredSignatureError, JWKError, JWTClaimsError, JWTError
from support.tokens.jose_builder import CLAIMS, SECRET

Verdict: TypeAlias = "Accepted | Rejected"

CLASSES: dict[str, type[Exception]] = {
    "configuration": ValueError,
    "invalid_key": JWKError,
    "weak_key": JWKError,
    "expired": ExpiredSignatureError,
    "invalid_claim": JWTClaimsError,
    "not_yet_valid": JWTClaimsError,
    "wrong_issuer": JWTClaimsError,
    "wrong_audience": JWTClaimsError,
    "wrong_subject": JWTClaimsError,
}
CLAIM_OF = {
    "expired": "exp",
    "not_yet_valid": "nbf",
    "wrong_issuer": "iss",
    "wrong_audience": "aud",
    "wrong_subject": "sub",
}


@dataclass(frozen=True)
class Accepted:
    """The token is accepted, and these are its claims."""

    claims: dict[str, Any]


@dataclass(frozen=True)
class Rejected:
    """The token is rejected with this error. If the arguments are invalid, `code` is `configuration`."""

    error: type[Exception]
    code: str
    claim: str | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """An entry of the corpus. `needs_verifier` is false if its arguments cannot construct a verifier."""

    id: str
    token: bytes
    keys: Any
    options: dict[str, Any]
    expected: Verdict
    needs_verifier: bool = True


def accepted_case(
    name: str, token: str | bytes, claims: dict[str, Any] = CLAIMS, keys: Any = SECRET, **options: Any
) -> Case:
    """Return a case whose token must be accepted."""
    return Case(name, encode_token(token), keys, with_default_algorithms(keys, options), Accepted(claims))


def rejected_case(name: str, token: str | bytes, code: str, keys: Any = SECRET, **options: Any) -> Case:
    """Return a case whose token must be rejected. `claim` names the invalid claim if `code` does not."""
    claim = options.pop("claim", CLAIM_OF.get(code))
    rejected = Rejected(CLASSES.get(code, JWTError), code, claim)
    return Case(name, encode_token(token), keys, with_default_algorithms(keys, options), rejected)


def invalid_arguments_case(name: str, token: str | bytes, code: str, keys: Any, **options: Any) -> Case:
    """Return a case whose arguments must be rejected before a token is parsed."""
    rejected = Rejected(CLASSES[code], code)
    return Case(name, encode_token(token), keys, with_default_algorithms(keys, options), rejected, needs_verifier=False)


def encode_token(token: str | bytes) -> bytes:
    return token.encode() if isinstance(token, str) else token


def with_default_algorithms(keys: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options, with HS256 allowed if the key is the tests' secret and no algorithms are given."""
    return {"algorithms": ["HS256"], **options} if keys is SECRET else options
