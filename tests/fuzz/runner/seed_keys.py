"""Seeds of keys: JWKs, JWK Sets, PEM, DER and certificates."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ed448, x448, x25519
from jwt import PyJWK

from fastjose import jwk
from fuzz.runner.seed_values import KEYS, public
from support.tokens import explicit_curve


def create_jwks() -> list[bytes]:
    """Return JWKs with changed members, and sets of them."""
    keys = [*KEYS, *map(public, KEYS)]
    changes: list[dict[str, Any]] = [
        *({"use": value} for value in ("sig", "enc", "Sig")),
        *({"key_ops": value} for value in (["verify"], ["sign"], ["verify", "verify"], 1, [1])),
        *({"alg": value} for value in ("RS256", "rs256", "RSA-OAEP")),
        *({"kty": value} for value in ("rsa", None)),
        *({name: "A" * 43} for name in ("x", "y")),
        *({"kid": 5}, {"oth": []}, {"crv": "P-257"}, {"x": "AA"}, {"x": "A="}, {"n": "AQAB"}, {"e": "AQ"}, {"e": "Ag"}),
        *({"k": "AA"}, {"k": 1}, {"qi": None}, {"d": "AAAA"}),
        {"k": "A" * 32 + "AAAAB3NzaC1yc2E" + "A" * 16},  # the name of a key of SSH
    ]
    inputs = [b"K" + json.dumps(key).encode() for key in keys]
    inputs += [b"K" + json.dumps({**key, **change}).encode() for change in changes for key in (KEYS[0], *keys[-6:])]
    without_crt = {name: value for name, value in KEYS[1].items() if name not in {"p", "q", "dp", "dq", "qi"}}
    inputs += [
        b"K" + json.dumps(without_crt).encode(),
        b"K{",
        b"K[]",
        b"S[]",
        b"S{}",
        b"S<html>",
        b'S{"keys":[]}',
        b'S{"jwks_uri":"x"}',
    ]
    pems = {"a": create_pem(), "b": create_pem()}
    sets: list[Any] = [
        {"keys": keys},
        {"keys": [*keys[-7:], 1, {}, {"kid": "x y"}]},
        pems,
        {**pems, "c": 1},
        {"key-of-a-set-of-google": "-----BEGIN PUBLIC KEY-----", "b": "-----BEGIN PUBLIC KEY-----"},
        {"kty": "EC"},
    ]
    sets += [{"keys": [{**key, "use": "enc"} for key in keys]}, {"keys": [{"kty": "EC"}] * 18}, {"keys": [KEYS[0]]}]
    return [*inputs, *(b"S" + json.dumps(one).encode() for one in sets), *create_key_answers()]


def create_key_answers() -> list[bytes]:
    """Return answers of a server for one key: keys, absences, refusals and failures, at the edges of the ages."""
    pems = [create_pem(KEYS[1], "RS256"), create_pem(KEYS[-1], "EdDSA")]
    found: list[dict[str, Any]] = [{"status": 200, "body": pem} for pem in pems]
    statuses = [*(400, 401, 403, 404, 407, 408, 410, 421, 425, 429), *(204, 301, 500, 503, 99, 1000)]
    answers: list[list[dict[str, Any]]] = [
        *([found[1], {"after": 1, "status": status}, {"after": 5000, "status": status}] for status in statuses),
        *([{**found[1], "max_age": age}, {"after": age, "status": 403}] for age in (0, 59, 60, 61, 600, 601, 999_999)),
        *([found[1], {"after": after, "status": 403}] for after in (599, 600, 4199, 4200)),
        [found[0], found[1], found[1], {"status": 404}, found[1]],
        [{"status": 404}, found[1], {"after": 700, "status": 200, "body": "<html>"}, {"after": 700, **found[1]}],
        [{"status": 200, "body": pems[1] + " " * 3500}, {"status": 200, "body": "\n" + pems[1]}],
        [{"status": 200, "body": pems[1].replace("PUBLIC", "PRIVATE")}, {"status": 200, "body": "".join(pems)}],
    ]
    kids: list[Any] = ["a", "x-1_2.z", "...", ".", "..", "", "a/b", "%2e", "é", "k" * 128, "k" * 129, 1]
    inputs: list[Any] = [{"kid": "a", "answers": one} for one in answers]
    inputs += [{"kid": kid, "answers": [found[1]]} for kid in kids]
    return [b"A" + json.dumps(one).encode() for one in inputs]


def create_pem(key: dict[str, Any] = KEYS[1], algorithm: str = "RS256") -> str:
    """Return a key of the set, by default the RSA key, as a public key in PEM."""
    pem: bytes = jwk.construct(key, algorithm).public_key().to_pem()
    return pem.decode()


def create_encoded_keys() -> list[bytes]:
    """Return the keys in each format of PEM and DER."""
    names = {
        "RSA": "RS256",
        "P-256": "ES256",
        "P-384": "ES384",
        "P-521": "ES512",
        "secp256k1": "ES256K",
        "Ed25519": "EdDSA",
    }
    inputs = []
    for one in KEYS[1:]:
        key = PyJWK(one, names[one.get("crv", "RSA")]).key
        none = s.NoEncryption()
        formats = [s.PrivateFormat.PKCS8] + ([] if one["kty"] == "OKP" else [s.PrivateFormat.TraditionalOpenSSL])
        publics = [s.PublicFormat.SubjectPublicKeyInfo] + ([s.PublicFormat.PKCS1] if one["kty"] == "RSA" else [])
        for format_ in formats:
            inputs.append(b"P" + key.private_bytes(s.Encoding.PEM, format_, none))
            inputs.append(b"D" + key.private_bytes(s.Encoding.DER, format_, none))
        for public_format in publics:
            pem = key.public_key().public_bytes(s.Encoding.PEM, public_format)
            der = key.public_key().public_bytes(s.Encoding.DER, public_format)
            inputs += [b"P" + pem, b"D" + der, b"BPUBLIC KEY\0" + der, b"BPRIVATE KEY\0" + der, b"BX\0" + der]
            inputs += [
                b"P\xef\xbb\xbf" + pem,
                b"Ptext\n" + pem,
                b"P" + pem.replace(b"\n", b"\\n"),
                b"P" + der.hex().encode(),
            ]
            inputs.append(b"P" + base64.b64encode(der))
        if one["kty"] == "EC":
            point = key.public_key().public_bytes(s.Encoding.X962, s.PublicFormat.CompressedPoint)
            length = len(point)
            # The algorithm identifier is what precedes the bit string of the uncompressed point.
            identifier = der[: -2 * length - 1][2 + (der[1] == 0x81) :]
            inputs += [b"D" + point, b"D" + compress_point(identifier, point)]
        if one.get("crv") == "P-256":
            explicit = (explicit_curve.explicit_spki(key.public_key()), explicit_curve.explicit_sec1(key))
            inputs += [b"D" + encoded for encoded in (*explicit, explicit_curve.explicit_pkcs8(key))]
        inputs += [b"BCERTIFICATE\0" + create_certificate(key), b"D" + create_certificate(key)]
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    inputs += [
        b"P" + parameters,
        b"P" + parameters + inputs[-1],
        b"P-----BEGIN PUBLIC KEY-----",
        b"Pssh-rsa AAAA",
        b"P",
    ]
    inputs += create_other_keys()
    return [*inputs, b"Pa secret that is longer than thirty-two bytes", b"D0\x03\x02\x01\x00"]


def compress_point(identifier: bytes, point: bytes) -> bytes:
    """Return an SPKI with a compressed point; `identifier` ends with the tag of the bit string."""
    identifier = identifier[: identifier.rindex(b"\x03")] if b"\x03" in identifier[-4:] else identifier
    content = identifier + b"\x03" + bytes([len(point) + 1]) + b"\0" + point
    return b"\x30" + bytes([len(content)]) + content


def create_other_keys() -> list[bytes]:
    """Return keys of types that do not sign, or that fastjose does not have."""
    keys: list[Any] = [
        x25519.X25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
        x448.X448PrivateKey.generate(),
    ]
    publics = [key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo) for key in keys]
    privates = [key.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption()) for key in keys]
    return [b"D" + der for der in (*publics, *privates)]


def create_certificate(key: Any) -> bytes:
    """Return a certificate of a key, signed with itself."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fuzz")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begin).not_valid_after(begin + dt.timedelta(days=1))
    is_edwards = "Ed25519" in type(key).__name__
    return builder.sign(key, None if is_edwards else hashes.SHA256()).public_bytes(s.Encoding.DER)
