"""Lines of docs/security/rfc8725.md that no other test shows."""

from __future__ import annotations

import pytest

from fastjose import JOSEError, Verifier, jwe, jwt, sign_token
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWEAlgorithmUnsupportedError, JWKError
from support.tokens.jose_builder import CLAIMS, SECRET, create_token_with_signature, ec_key, private_pem

SIGNATURES = 50
PASSWORD = "correct horse battery"


def test_none_cannot_be_requested() -> None:
    unsigned = create_token_with_signature(b"", "none")
    with pytest.raises(ValueError, match="none"):
        Verifier(SECRET, algorithms=["none"])
    with pytest.raises(JOSEError):
        jwt.decode(unsigned, SECRET, algorithms=["none"])
    with pytest.raises(JOSEError):
        jwt.decode(unsigned, "", algorithms=["none"])
    with pytest.raises(JOSEError):
        jwt.encode(CLAIMS, SECRET, algorithm="none")


def test_ecdsa_signatures_never_share_a_nonce() -> None:
    """The first half of an ECDSA signature is a function of its nonce."""
    pem = private_pem(ec_key()).decode()
    signatures = [sign_token(CLAIMS, pem, algorithm="ES256").split(".")[2] for _ in range(SIGNATURES)]
    assert len({signature[:42] for signature in signatures}) == SIGNATURES


@pytest.mark.parametrize("algorithm", ["dir", "A128KW", "A192KW", "A256KW"])
@pytest.mark.parametrize("encryption", sorted(ALGORITHMS.AES_JWE_ENC))
def test_password_encrypts_nothing(algorithm: str, encryption: str) -> None:
    with pytest.raises(JWKError, match=r"Key must be \d+ bit"):
        jwe.encrypt(b"content", PASSWORD, encryption, algorithm)
    with pytest.raises(JWEAlgorithmUnsupportedError):
        jwe.encrypt(b"content", PASSWORD, encryption, "PBES2-HS256+A128KW")
