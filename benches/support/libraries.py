"""The libraries, each called as its own documentation shows: to verify and to sign, with a key as text and prepared.

Every verification checks the signature, `exp`, `iat`, `iss` and `aud`, and returns the claims.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, Literal

import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
import jwt_rs
import oxyjwt
from jose import jwk as python_jose_jwk
from jose import jwt as python_jose

from benches.support.fixtures import ALGORITHMS, KEY_TYPES, ORIGIN, keys
from fastjose import Verifier, jwk, jwt, sign_token, verify_token

Call = Callable[[], Any]
Form = Literal["text", "key"]
"""A key as text, parsed by the library when and as often as it likes; or as the library's own object, made before."""
FORMS: tuple[Form, ...] = ("text", "key")
HMAC = ("HS256", "HS512")


@dataclass(frozen=True)
class Library:
    """A library with `decode` and `encode` as python-jose and PyJWT have them."""

    name: str
    distribution: str
    decode: Callable[..., Any]
    encode: Callable[..., Any] | None
    verifying_key: Callable[[str], Any]
    """Makes the key object for an algorithm, out of `material`."""
    signing_key: Callable[[str], Any]
    reads_text: Container[str] = ALGORITHMS
    """The algorithms whose keys are taken as text. For others a key object is made at each call."""
    lacks: Container[str] = ()
    forms: tuple[Form, ...] = FORMS

    def verification(self, token: str, algorithm: str, form: Form) -> Call:
        """Return a call that verifies `token`."""
        decode, make = self.decode, self.verifying_key
        if form == "text" and algorithm not in self.reads_text:
            return lambda: decode(token, make(algorithm), algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)
        key = make(algorithm) if form == "key" else keys(algorithm).verifying
        return partial(decode, token, key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN)

    def signature(self, claims: Mapping[str, Any], algorithm: str, form: Form) -> Call:
        """Return a call that signs `claims`; the library has an `encode`."""
        encode, make, claims = self.encode, self.signing_key, dict(claims)
        assert encode is not None
        if form == "text" and algorithm not in self.reads_text:
            return lambda: encode(claims, make(algorithm), algorithm)
        key = make(algorithm) if form == "key" else keys(algorithm).signing
        return lambda: encode(claims, key, algorithm)


@dataclass(frozen=True)
class Native(Library):
    """`Verifier`, which is made before, with everything that it expects."""

    cache_size: int = 0

    def verification(self, token: str, algorithm: str, form: Form) -> Call:  # noqa: ARG002 - it has this one form
        """Return a call that verifies `token`."""
        return partial(verifier(algorithm, cache_size=self.cache_size).verify, token)


def verifier(algorithm: str, **options: Any) -> Verifier:
    """Return a `Verifier` that expects what every library here expects."""
    return Verifier(keys(algorithm).verifying, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN, **options)


def _pyjwk(module: Any) -> Callable[[str], Any]:
    """Return what makes the key object that PyJWT and those who follow it have, from a JWK."""
    return lambda algorithm: module.PyJWK(keys(algorithm).jwk, algorithm)


def _oxyjwt_key(kind: Any, half: str) -> Callable[[str], Any]:
    """Return what makes oxyjwt's `DecodingKey` or `EncodingKey`, with the constructor of each type of key."""
    by_type = {"oct": kind.from_secret, "RSA": kind.from_rsa_pem, "EC": kind.from_ec_pem, "OKP": kind.from_ed_pem}
    return lambda algorithm: by_type[KEY_TYPES[algorithm]](getattr(keys(algorithm), half))


_EXPECTED_BY_JOSERFC = joserfc.jwt.JWTClaimsRegistry(
    exp={"essential": True},
    iss={"essential": True, "value": ORIGIN},
    aud={"essential": True, "value": ORIGIN},
)


def _joserfc_decode(token: str, key: Any, *, algorithms: list[str], issuer: str, audience: str) -> dict[str, Any]:
    """Verify as joserfc's guide does: decode, then validate. It has read issuer and audience already."""
    assert issuer == audience == ORIGIN
    claims: dict[str, Any] = joserfc.jwt.decode(token, key, algorithms=algorithms).claims
    _EXPECTED_BY_JOSERFC.validate(claims)
    return claims


def _joserfc_encode(claims: dict[str, Any], key: Any, algorithm: str) -> str:
    token: str = joserfc.jwt.encode({"alg": algorithm}, claims, key, algorithms=[algorithm])
    return token


def _joserfc_key(half: str) -> Callable[[str], Any]:
    return lambda algorithm: joserfc.jwk.import_key(getattr(keys(algorithm), half), KEY_TYPES[algorithm])


def _sign_token(claims: Mapping[str, Any], key: str, algorithm: str) -> str:
    return sign_token(claims, key, algorithm=algorithm)


TEXT = Library(
    "fastjose `verify_token`, `sign_token`",
    "fastjose",
    decode=verify_token,
    encode=_sign_token,
    verifying_key=lambda algorithm: keys(algorithm).verifying,
    signing_key=lambda algorithm: keys(algorithm).signing,
    forms=("text",),
)
VERIFIER = Native(
    "fastjose `Verifier`",
    "fastjose",
    decode=verify_token,
    encode=None,
    verifying_key=TEXT.verifying_key,
    signing_key=TEXT.signing_key,
    forms=("key",),
)
SEEN_BEFORE = replace(VERIFIER, name="fastjose `Verifier`, seen before", cache_size=1_000)
FASTJOSE = Library(
    "fastjose `jwt`",
    "fastjose",
    decode=jwt.decode,
    encode=jwt.encode,
    verifying_key=lambda algorithm: jwk.construct(keys(algorithm).verifying, algorithm),
    signing_key=lambda algorithm: jwk.construct(keys(algorithm).signing, algorithm),
)
OXYJWT = Library(
    "oxyjwt",
    "oxyjwt",
    decode=oxyjwt.decode,
    encode=oxyjwt.encode,
    verifying_key=_oxyjwt_key(oxyjwt.DecodingKey, "verifying"),
    signing_key=_oxyjwt_key(oxyjwt.EncodingKey, "signing"),
    reads_text=HMAC,
)
PYTHON_JOSE = Library(
    "python-jose",
    "python-jose",
    decode=python_jose.decode,
    encode=python_jose.encode,
    verifying_key=lambda algorithm: python_jose_jwk.construct(keys(algorithm).verifying, algorithm),
    signing_key=lambda algorithm: python_jose_jwk.construct(keys(algorithm).signing, algorithm),
    lacks=("PS256", "EdDSA"),
)
PYJWT = Library(
    "PyJWT",
    "pyjwt",
    decode=pyjwt.decode,
    encode=pyjwt.encode,
    verifying_key=_pyjwk(pyjwt),
    signing_key=lambda algorithm: pyjwt.get_algorithm_by_name(algorithm).prepare_key(keys(algorithm).signing),
)
JOSERFC = Library(
    "joserfc",
    "joserfc",
    decode=_joserfc_decode,
    encode=_joserfc_encode,
    verifying_key=_joserfc_key("verifying"),
    signing_key=_joserfc_key("signing"),
    reads_text=(),
)
PYJWT_RS = Library(
    "pyjwt-rs",
    "pyjwt-rs",
    decode=jwt_rs.decode,
    encode=jwt_rs.encode,
    verifying_key=_pyjwk(jwt_rs),
    signing_key=lambda algorithm: jwt_rs.get_algorithm_by_name(algorithm).prepare_key(keys(algorithm).signing),
)


def _webtoken() -> list[Library]:
    """Return webtoken, which needs Python 3.11. It signs nothing here: version 0.5 prints a line at each signature."""
    if find_spec("webtoken") is None:
        return []
    import webtoken  # noqa: PLC0415 - it may be missing

    make = _pyjwk(webtoken)
    return [Library("webtoken", "webtoken", webtoken.decode, encode=None, verifying_key=make, signing_key=make)]


LIBRARIES = [
    VERIFIER,
    SEEN_BEFORE,
    TEXT,
    FASTJOSE,
    OXYJWT,
    *_webtoken(),
    PYJWT_RS,
    JOSERFC,
    PYTHON_JOSE,
    PYJWT,
]


def combinations(libraries: Sequence[Library]) -> list[tuple[str, Library, Form]]:
    """Return every algorithm with each library that has it, and each form of key that this one takes."""
    return [
        (algorithm, library, form)
        for algorithm in ALGORITHMS
        for library in libraries
        if algorithm not in library.lacks
        for form in library.forms
    ]


def called(value: object) -> str | None:
    """Return what pytest calls a parameter: a library by its name."""
    return value.name.replace("`", "") if isinstance(value, Library) else None
