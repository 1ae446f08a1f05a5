"""What an entry of the corpus is: a token, the verifier that it is held against, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from fastjose import ExpiredSignatureError, JWKError, JWTClaimsError, JWTError
from support.jose_builder import CLAIMS, SECRET

Verdict: TypeAlias = "Accepted | Refused"

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
    """The token is taken, and these are its claims."""

    claims: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """It is refused with this class, `code` and `claim`; `code` is `configuration` where the arguments are wrong."""

    error: type[Exception]
    code: str
    claim: str | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """One entry. `needs_verifier` is false where no verifier can be made of its arguments."""

    id: str
    token: bytes
    keys: Any
    options: dict[str, Any]
    expected: Verdict
    needs_verifier: bool = True


def accept(name: str, token: str | bytes, claims: dict[str, Any] = CLAIMS, keys: Any = SECRET, **options: Any) -> Case:
    """Expect the token to be taken."""
    return Case(name, _bytes(token), keys, _options(keys, options), Accepted(claims))


def refuse(name: str, token: str | bytes, code: str, keys: Any = SECRET, **options: Any) -> Case:
    """Expect the token to be refused; `claim` names the claim concerned where `code` does not."""
    claim = options.pop("claim", CLAIM_OF.get(code))
    refused = Refused(CLASSES.get(code, JWTError), code, claim)
    return Case(name, _bytes(token), keys, _options(keys, options), refused)


def unusable(name: str, token: str | bytes, code: str, keys: Any, **options: Any) -> Case:
    """Expect the arguments to be refused before a token is read."""
    refused = Refused(CLASSES[code], code)
    return Case(name, _bytes(token), keys, _options(keys, options), refused, needs_verifier=False)


def _bytes(token: str | bytes) -> bytes:
    return token.encode() if isinstance(token, str) else token


def _options(keys: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Allow HS256 where the verifier has the secret of the tests and nothing else is said."""
    return {"algorithms": ["HS256"], **options} if keys is SECRET else options
