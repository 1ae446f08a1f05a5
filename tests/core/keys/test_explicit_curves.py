"""EC keys that contain the numbers of their curve: accepted only if every number is that of the curve."""

from __future__ import annotations

from typing import Any

import jose.jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fastjose import JWKError, JWSError, Key, Verifier, jwk, jwt, sign_token
from support.tokens.explicit_curve import (
    P256,
    CurveNumbers,
    explicit_parameters_pem,
    explicit_pkcs8,
    explicit_sec1,
    explicit_spki,
    to_pem,
)

PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = PRIVATE.public_key()
SEC1 = to_pem("EC PRIVATE KEY", explicit_sec1(PRIVATE))
PRIVATE_PEMS = {
    "SEC 1": SEC1,
    "PKCS #8": to_pem("PRIVATE KEY", explicit_pkcs8(PRIVATE)),
    "openssl ecparam": explicit_parameters_pem() + SEC1,
}
PUBLIC_PEM = to_pem("PUBLIC KEY", explicit_spki(PUBLIC))
REJECTED = "must be on P-256"


@pytest.mark.parametrize("pem", PRIVATE_PEMS.values(), ids=PRIVATE_PEMS)
def test_explicit_p256_key_signs_and_verifies_as_in_python_jose(pem: str) -> None:
    for token in (jwt.encode({"a": 1}, pem, "ES256"), sign_token({"a": 1}, pem, algorithm="ES256")):
        assert jose.jwt.decode(token, PUBLIC_PEM, ["ES256"]) == {"a": 1}
    assert jwt.decode(jose.jwt.encode({"a": 1}, pem, "ES256"), PUBLIC_PEM, ["ES256"]) == {"a": 1}


@pytest.mark.parametrize("key", [PUBLIC_PEM, explicit_spki(PUBLIC)], ids=["PEM", "DER"])
def test_verifier_accepts_explicit_p256_key(key: Any) -> None:
    token = sign_token({}, PRIVATE_PEMS["PKCS #8"], algorithm="ES256")
    assert Key(key).algorithms == ["ES256"]
    assert Verifier(key, required=()).verify(token) == {}


def test_explicit_key_is_exported_with_the_name_of_its_curve() -> None:
    private = jwk.construct(SEC1, "ES256")
    assert private.to_dict()["crv"] == "P-256"
    assert private.public_key().to_pem() == jwk.construct(PUBLIC, "ES256").to_pem()


@pytest.mark.parametrize(
    "curve",
    [
        # The attacker chooses a generator of which the private number for any public key is known (CVE-2020-0601).
        P256._replace(x=PUBLIC.public_numbers().x, y=PUBLIC.public_numbers().y),
        P256._replace(a=P256.a - 1),
        P256._replace(b=P256.b + 1),
        P256._replace(p=P256.p - 2),
        P256._replace(order=P256.order - 2),
        P256._replace(cofactor=2),
    ],
    ids=["generator", "a", "b", "p", "order", "cofactor"],
)
def test_explicit_curve_with_another_number_is_rejected(curve: CurveNumbers) -> None:
    public, private = explicit_spki(PUBLIC, curve), explicit_sec1(PRIVATE, curve)
    for key in (public, to_pem("PUBLIC KEY", public)):
        with pytest.raises(JWKError, match=REJECTED):
            Key(key)
    with pytest.raises(JWSError, match=REJECTED):
        jwt.encode({}, to_pem("EC PRIVATE KEY", private), "ES256")
    with pytest.raises(JWSError, match=REJECTED):
        jwt.encode({}, to_pem("PRIVATE KEY", explicit_pkcs8(PRIVATE, curve)), "ES256")


def test_explicit_curve_with_foreign_point_is_rejected() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    mixed = explicit_sec1(PRIVATE)[:-64] + explicit_sec1(other)[-64:]
    with pytest.raises(JWSError):
        jwt.encode({}, to_pem("EC PRIVATE KEY", mixed), "ES256")
    with pytest.raises(JWKError, match=r"does not lie on its curve|must be on P-256"):
        Key(explicit_spki(PUBLIC)[:-1] + bytes([explicit_spki(PUBLIC)[-1] ^ 1]))


@pytest.mark.parametrize("key", [PUBLIC_PEM, explicit_spki(PUBLIC), SEC1, explicit_sec1(PRIVATE)])
def test_explicit_key_is_not_an_hmac_secret(key: Any) -> None:
    with pytest.raises(JWSError, match="should not be used as an HMAC secret"):
        jwt.encode({}, key, "HS256")
