"""What to write in place of the names of python-jose that fastjose does not have."""

from __future__ import annotations

from typing import Final

_PEM = "jwk.construct(key, algorithm).to_pem() reads PKCS #1 and PKCS #8; to_pem('PKCS1') writes PKCS #1"
_STANDARD = "import it from the standard library"
_ENCRYPT, _DECRYPT = "jwe.encrypt does it", "jwe.decrypt does it"
_RSA = "jwk.construct(key, algorithm) reads RSA keys, also without their primes"

_BY_MODULE: Final = {"backends._asn1": _PEM}

BY_NAME: Final = {
    "_process_jwk": "jwk.construct(jwk, algorithm)",
    "_der_to_raw": "the key's sign(message) returns raw signatures",
    "_raw_to_der": "the key's verify(message, signature) accepts raw signatures",
    "_sig_component_length": "the key's sign and verify convert signatures",
    "_encode_header": "jws.sign(payload, key, headers, algorithm)",
    "_encode_payload": "jws.sign(payload, key, headers, algorithm)",
    "_sign_header_and_claims": "jws.sign(payload, key, headers, algorithm)",
    "_auth_tag": _ENCRYPT,
    "_big_endian": _ENCRYPT,
    "_compress": _ENCRYPT,
    "_decompress": _DECRYPT,
    "_decrypt_and_auth": _DECRYPT,
    "_encoded_header": _ENCRYPT,
    "_encrypt_and_auth": _ENCRYPT,
    "_get_cek": _ENCRYPT,
    "_get_direct_key_wrap_cek": _ENCRYPT,
    "_get_encryption_key_mac_key_and_key_length_from_cek": _ENCRYPT,
    "_get_hmac_key": _ENCRYPT,
    "_get_key_bytes_from_key": "jwk.construct(key, algorithm).to_dict()['k']",
    "_get_random_cek_bytes_for_enc": "secrets.token_bytes(length)",
    "_jwe_compact_deserialize": "jwe.get_unverified_header, or jwe.decrypt",
    "_jwe_compact_serialize": _ENCRYPT,
    "_long_to_bytes": "utils.long_to_bytes, or int.to_bytes",
    "_gcd": "math.gcd",
    "_rsa_recover_prime_factors": _RSA,
    "_legacy_private_key_pkcs8_to_pkcs1": _PEM,
    "pem_to_spki": "jwk.construct(key, algorithm).to_pem() writes SPKI",
    "rsa_private_key_pkcs1_to_pkcs8": _PEM,
    "rsa_private_key_pkcs8_to_pkcs1": _PEM,
    "rsa_public_key_pkcs1_to_pkcs8": _PEM,
    "rsa_public_key_pkcs8_to_pkcs1": _PEM,
    "base64url_decode": "utils.base64url_decode",
    "base64url_encode": "utils.base64url_encode",
    "base64_to_long": "utils.base64_to_long",
    "long_to_base64": "utils.long_to_base64",
    "ensure_binary": "utils.ensure_binary",
    "is_pem_format": "utils.is_pem_format",
    "is_ssh_key": "utils.is_ssh_key",
    "Key": "backends.base.Key",
    "ALGORITHMS": "constants.ALGORITHMS",
    "JWKError": "exceptions.JWKError",
    "JWEError": "exceptions.JWEError",
    **dict.fromkeys(
        (
            "Iterable",
            "Mapping",
            "binascii",
            "hashlib",
            "hmac",
            "math",
            "pack",
            "struct",
            "timedelta",
            "warnings",
            "zlib",
        ),
        _STANDARD,
    ),
}
"""Replacements, below `fastjose` where no other place is named. A name that is missing here has none."""


def find_replacement(name: str) -> str:
    """Return what to write in place of a full name of python-jose, or an empty str.

    Example::

        find_replacement("jose.backends._asn1.x").split("(")[0]  # "jwk.construct"
    """
    path = name.split(".")[1:]
    for module, replacement in _BY_MODULE.items():
        if f"{'.'.join(path)}.".startswith(f"{module}."):
            return replacement
    return next((BY_NAME[part] for part in path if part in BY_NAME), "")
