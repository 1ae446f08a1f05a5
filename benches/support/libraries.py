"""JWT libraries that are compared, each called as its documentation shows, with keys as text and as key objects.

Every verification checks the signature, `exp`, `iat`, `iss` and `aud`, and returns the claims.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
import jwt_rs
import oxyjwt
from jose import jwk as python_jose_jwk
from jose import jwt as python_jose

from benches.support.fixtures import KEY_TYPES, ORIGIN, get_key_pair
from benches.support.library import Library
from benches.support.ryjwt_library import import_ryjwt
from fastjose import Verifier, jwk, jwt, sign_token, verify_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benches.support.library import Call, KeyForm

HMAC = ("HS256", "HS512")


@dataclass(frozen=True)
class VerifierLibrary(Library):
    """`fastjose.Verifier`, created before the measurement with all expected values."""

    cache_size: int = 0

    def prepare_verification(self, token: str, algorithm: str, key_form: KeyForm) -> Call:  # noqa: ARG002 - one form only
        """Return a function that verifies `token`."""
        return partial(create_verifier(algorithm, cache_size=self.cache_size).verify, token)


def create_verifier(algorithm: str, key_index: int = 0, **options: Any) -> Verifier:
    """Return a `Verifier` that expects the issuer and the audience that every library here expects."""
    key = get_key_pair(algorithm, key_index).verification_key
    return Verifier(key, algorithms=[algorithm], issuer=ORIGIN, audience=ORIGIN, **options)


def _pyjwk_factory(module: Any) -> Callable[[str], Any]:
    """Return a function that creates a `PyJWK` of PyJWT or of a library with the same API."""
    return lambda algorithm: module.PyJWK(get_key_pair(algorithm).verification_jwk, algorithm)


def _pyjwt_signing_key_factory(module: Any) -> Callable[[str], Any]:
    """Return a function that creates a signing key of PyJWT or of a library with the same API."""
    return lambda algorithm: module.get_algorithm_by_name(algorithm).prepare_key(get_key_pair(algorithm).signing_key)


def _oxyjwt_key_factory(key_class: Any, attribute: str) -> Callable[[str], Any]:
    """Return a function that creates a `DecodingKey` or `EncodingKey` of oxyjwt from an attribute of `KeyPair`."""
    constructors = {
        "oct": key_class.from_secret,
        "RSA": key_class.from_rsa_pem,
        "EC": key_class.from_ec_pem,
        "OKP": key_class.from_ed_pem,
    }
    return lambda algorithm: constructors[KEY_TYPES[algorithm]](getattr(get_key_pair(algorithm), attribute))


_JOSERFC_EXPECTED_CLAIMS = joserfc.jwt.JWTClaimsRegistry(
    exp={"essential": True},
    iss={"essential": True, "value": ORIGIN},
    aud={"essential": True, "value": ORIGIN},
)


def _joserfc_decode(token: str, key: Any, *, algorithms: list[str], issuer: str, audience: str) -> dict[str, Any]:
    """Decode the token, then validate its claims, as the guide of joserfc does."""
    assert issuer == audience == ORIGIN  # `_JOSERFC_EXPECTED_CLAIMS` has both
    claims: dict[str, Any] = joserfc.jwt.decode(token, key, algorithms=algorithms).claims
    _JOSERFC_EXPECTED_CLAIMS.validate(claims)
    return claims


def _joserfc_encode(claims: dict[str, Any], key: Any, algorithm: str) -> str:
    token: str = joserfc.jwt.encode({"alg": algorithm}, claims, key, algorithms=[algorithm])
    return token


def _joserfc_key_factory(attribute: str) -> Callable[[str], Any]:
    """Return a function that creates a key of joserfc from an attribute of `KeyPair`."""
    return lambda algorithm: joserfc.jwk.import_key(getattr(get_key_pair(algorithm), attribute), KEY_TYPES[algorithm])


def _sign_token(claims: Mapping[str, Any], key: str, algorithm: str) -> str:
    return sign_token(claims, key, algorithm=algorithm)


FASTJOSE_FUNCTIONS = Library(
    "fastjose `verify_token`, `sign_token`",
    "fastjose",
    decode=verify_token,
    encode=_sign_token,
    create_verification_key=lambda algorithm: get_key_pair(algorithm).verification_key,
    create_signing_key=lambda algorithm: get_key_pair(algorithm).signing_key,
    key_forms=("text",),
)
FASTJOSE_VERIFIER = VerifierLibrary(
    "fastjose `Verifier`",
    "fastjose",
    decode=verify_token,
    encode=None,
    create_verification_key=FASTJOSE_FUNCTIONS.create_verification_key,
    create_signing_key=FASTJOSE_FUNCTIONS.create_signing_key,
    key_forms=("key",),
)
FASTJOSE_VERIFIER_CACHED = replace(FASTJOSE_VERIFIER, name="fastjose `Verifier`, cached token", cache_size=1_000)
FASTJOSE_JWT = Library(
    "fastjose `jwt`",
    "fastjose",
    decode=jwt.decode,
    encode=jwt.encode,
    create_verification_key=lambda algorithm: jwk.construct(get_key_pair(algorithm).verification_key, algorithm),
    create_signing_key=lambda algorithm: jwk.construct(get_key_pair(algorithm).signing_key, algorithm),
)
OXYJWT = Library(
    "oxyjwt",
    "oxyjwt",
    decode=oxyjwt.decode,
    encode=oxyjwt.encode,
    create_verification_key=_oxyjwt_key_factory(oxyjwt.DecodingKey, "verification_key"),
    create_signing_key=_oxyjwt_key_factory(oxyjwt.EncodingKey, "signing_key"),
    text_key_algorithms=HMAC,
)
PYTHON_JOSE = Library(
    "python-jose",
    "python-jose",
    decode=python_jose.decode,
    encode=python_jose.encode,
    create_verification_key=lambda algorithm: python_jose_jwk.construct(
        get_key_pair(algorithm).verification_key, algorithm
    ),
    create_signing_key=lambda algorithm: python_jose_jwk.construct(get_key_pair(algorithm).signing_key, algorithm),
    unsupported_algorithms=("PS256", "EdDSA"),
)
PYJWT = Library(
    "PyJWT",
    "pyjwt",
    decode=pyjwt.decode,
    encode=pyjwt.encode,
    create_verification_key=_pyjwk_factory(pyjwt),
    create_signing_key=_pyjwt_signing_key_factory(pyjwt),
)
JOSERFC = Library(
    "joserfc",
    "joserfc",
    decode=_joserfc_decode,
    encode=_joserfc_encode,
    create_verification_key=_joserfc_key_factory("verification_key"),
    create_signing_key=_joserfc_key_factory("signing_key"),
    text_key_algorithms=(),
)
PYJWT_RS = Library(
    "pyjwt-rs",
    "pyjwt-rs",
    decode=jwt_rs.decode,
    encode=jwt_rs.encode,
    create_verification_key=_pyjwk_factory(jwt_rs),
    create_signing_key=_pyjwt_signing_key_factory(jwt_rs),
)


def _import_webtoken() -> list[Library]:
    """Return webtoken if it is installed; it requires Python 3.11.

    Signing is not measured, because webtoken 0.5 prints a line for each signature.
    """
    if find_spec("webtoken") is None:
        return []
    import webtoken  # noqa: PLC0415 - it may be missing

    create_key = _pyjwk_factory(webtoken)
    return [Library("webtoken", "webtoken", webtoken.decode, None, create_key, create_key)]


RYJWT = import_ryjwt()
"""ryjwt, or None below CPython 3.12."""

LIBRARIES = [
    FASTJOSE_VERIFIER,
    FASTJOSE_VERIFIER_CACHED,
    FASTJOSE_FUNCTIONS,
    FASTJOSE_JWT,
    *([RYJWT] if RYJWT else []),
    OXYJWT,
    *_import_webtoken(),
    PYJWT_RS,
    JOSERFC,
    PYTHON_JOSE,
    PYJWT,
]
