"""Hostile signatures and keys: every algorithm family, public keys used as secrets, unusable JWKs."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from fastjose import Key
from support.tokens.attack_tokens.case import Case, accepted_case, invalid_arguments_case, rejected_case
from support.tokens.jose_builder import (
    CLAIMS,
    CURVE_OF,
    SECRET,
    Jwk,
    PrivateKey,
    b64u,
    build_token,
    certificate,
    create_token,
    create_token_with_signature,
    ec_key,
    ed_key,
    encode_uint,
    jwk,
    oct_jwk,
    openssh,
    pkcs1,
    private_jwk,
    public_key_of,
    rsa_key,
    sign_bytes,
    sign_ec,
    sign_rsa,
    signing_input,
    spki,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4 D.1.2.3
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1
ED25519_PRIME = 2**255 - 19


def signing_input_for(algorithm: str) -> bytes:
    """Return the signing input of a token whose header contains only `algorithm`."""
    return signing_input({"alg": algorithm}, CLAIMS).encode()


def wrong_signatures(prefix: str, algorithm: str, keys: Any, wrong: dict[str, bytes]) -> Iterator[Case]:
    """Yield a rejected case for each signature in `wrong`."""
    for name, made in wrong.items():
        yield rejected_case(
            f"{prefix}-{name}",
            create_token_with_signature(made, algorithm),
            "bad_signature",
            keys,
            algorithms=[algorithm],
        )


def hmac_signatures() -> Iterator[Case]:
    """Yield MACs of wrong length or of other algorithms than the header's."""
    mac = sign_bytes("HS256", SECRET, signing_input_for("HS256"))
    yield from wrong_signatures("hmac", "HS256", SECRET, {
        "empty": b"",
        "first-byte": mac[:1],
        "half": mac[:16],
        "one-short": mac[:-1],
        "one-more": mac + b"\x00",
        "twice": mac * 2,
        "last-bit": mac[:-1] + bytes([mac[-1] ^ 1]),
        "first-bit": bytes([mac[0] ^ 128]) + mac[1:],
        "zeros": bytes(32),
        "sha384": sign_bytes("HS384", SECRET, signing_input_for("HS256")),
        "sha512-cut": sign_bytes("HS512", SECRET, signing_input_for("HS256"))[:32],
        "keyless-hash": hashlib.sha256(signing_input_for("HS256")).digest(),
        "empty-key": sign_bytes("HS256", b"", signing_input_for("HS256")),
        "zero-key": sign_bytes("HS256", bytes(64), signing_input_for("HS256")),
        "of-other-header": sign_bytes("HS256", SECRET, signing_input_for("HS384")),
        "of-header-alone": sign_bytes("HS256", SECRET, signing_input_for("HS256").split(b".")[0]),
        "as-text": base64.b16encode(mac),
    })  # fmt: skip


def secrets() -> Iterator[Case]:
    """Yield secrets around the minimum length, which is the hash length (RFC 7518 §3.2)."""
    for size in [1, 16, 31]:
        weak = b"s" * size
        yield invalid_arguments_case(
            f"secret-{size}-bytes", create_token(key=weak), "weak_key", weak, algorithms=["HS256"]
        )
        yield invalid_arguments_case(
            f"secret-jwk-{size}-bytes", create_token(key=weak), "weak_key", oct_jwk(weak), algorithms=["HS256"]
        )
    for name, size in [("HS384", 47), ("HS512", 63)]:
        weak = b"s" * size
        yield invalid_arguments_case(
            f"secret-{name}-{size}-bytes", create_token(name, key=weak), "weak_key", weak, algorithms=[name]
        )
        exact = b"s" * (size + 1)
        yield accepted_case(
            f"secret-{name}-{size + 1}-bytes", create_token(name, key=exact), keys=exact, algorithms=[name]
        )
        both = [name, "HS256"]
        yield rejected_case(
            f"secret-{name}-unlike-HS256", create_token(name, key=weak), "algorithm_not_allowed", weak, algorithms=both
        )
    for name, empty in {"str": "", "bytes": b"", "jwk": oct_jwk(b""), "set": {"keys": [oct_jwk(b"")]}}.items():
        yield invalid_arguments_case(
            f"secret-empty-{name}", create_token(key=b""), "invalid_key", empty, algorithms=["HS256"]
        )
    for name, key in {
        "missing": {"kty": "oct"},
        "null": {"kty": "oct", "k": None},
        "int": {"kty": "oct", "k": 0},
    }.items():
        yield invalid_arguments_case(
            f"secret-jwk-k-{name}", create_token(key=b""), "invalid_key", key, algorithms=["HS256"]
        )
    short = Key(b"s", allow_short_secret=True)
    yield accepted_case("secret-short-allowed", create_token(key=b"s"), keys=short, algorithms=["HS256"])
    yield rejected_case(
        "secret-short-allowed-not-guessed", create_token(key=b"t"), "bad_signature", short, algorithms=["HS256"]
    )


def ecdsa_signatures() -> Iterator[Case]:
    """Yield ECDSA signatures with r or s out of range or of wrong length (RFC 7518 §3.4)."""
    key, text = ec_key(), signing_input_for("ES256")
    r, s = sign_ec("ES256", key, text)
    zero, order = bytes(32), P256_ORDER.to_bytes(32, "big")
    yield from wrong_signatures("ecdsa", "ES256", spki(public_key_of(key)), {
        "zeros": zero + zero,
        "r-zero": zero + s,
        "s-zero": r + zero,
        "r-order": order + s,
        "s-order": r + order,
        "both-order": order + order,
        "all-ones": b"\xff" * 64,
        "r-and-s-one": encode_32_bytes(1) + encode_32_bytes(1),
        "s-first": s + r,
        "der": key.sign(text, ec.ECDSA(hashes.SHA256())),
        "empty": b"",
        "one-byte": b"\x00",
        "one-short": (r + s)[:-1],
        "one-more": r + s + b"\x00",
        "zero-in-front": b"\x00" + r + s,
        "halves-of-33": b"\x00" + r + b"\x00" + s,
        "twice": (r + s) * 2,
        "16-kb": (r + s) * 256,
        "sha384": b"".join(sign_p256_with_sha384(text)),
        "of-other-key": sign_bytes("ES256", ec_key(other=True), text),
        "of-p384": sign_bytes("ES384", ec_key("P-384"), text),
        "of-secp256k1": sign_bytes("ES256", ec_key("secp256k1"), text),
    })  # fmt: skip


def encode_32_bytes(value: int) -> bytes:
    """Return `value` as 32 bytes, big-endian."""
    return value.to_bytes(32, "big")


def sign_p256_with_sha384(text: bytes) -> tuple[bytes, bytes]:
    return sign_ec("ES384", ec_key(), text)


def ecdsa_high_s() -> Iterator[Case]:
    """Yield (r, n - s), which is a valid signature too: JOSE does not require the lower s (RFC 7518 §3.4)."""
    r, s = sign_ec("ES256", ec_key(), signing_input_for("ES256"))
    other = encode_32_bytes(P256_ORDER - int.from_bytes(s, "big"))
    for name, half in {"as-signed": s, "negated": other}.items():
        made = create_token_with_signature(r + half, "ES256")
        yield accepted_case(f"ecdsa-s-{name}", made, keys=spki(public_key_of(ec_key())), algorithms=["ES256"])


def ecdsa_curves() -> Iterator[Case]:
    """Yield keys on other curves than the algorithm's (RFC 7518 §3.4)."""
    every = list(CURVE_OF)
    for name in every:
        for other in every:
            if other == name:
                continue
            stranger = public_key_of(ec_key(CURVE_OF[other]))
            made = build_token({"alg": name}, algorithm=other)
            yield rejected_case(
                f"curve-{name}-by-{other}", made, "algorithm_not_allowed", spki(stranger), algorithms=every
            )
            yield invalid_arguments_case(
                f"curve-{name}-with-{other}-key", made, "configuration", spki(stranger), algorithms=[name]
            )
            mislabelled = jwk(stranger, alg=name)
            yield invalid_arguments_case(
                f"curve-{name}-on-{other}-jwk", made, "invalid_key", mislabelled, algorithms=[name]
            )
    bitcoin = public_key_of(ec_key("secp256k1"))
    forged = create_token("ES256", key=ec_key("secp256k1"))
    for form, own in {"pem": spki(bitcoin), "jwk": jwk(bitcoin), "jwk-alg": jwk(bitcoin, alg="ES256K")}.items():
        yield invalid_arguments_case(f"curve-secp256k1-{form}", forged, "configuration", own, algorithms=["ES256"])
        yield rejected_case(
            f"curve-secp256k1-{form}-as-es256", forged, "algorithm_not_allowed", own, algorithms=["ES256K"]
        )
    renamed = jwk(bitcoin, crv="P-256")
    yield invalid_arguments_case("curve-secp256k1-renamed", forged, "invalid_key", renamed, algorithms=["ES256"])


def rsa_signatures() -> Iterator[Case]:
    """Yield RSA signatures of wrong length or not below the modulus (RFC 8017 §8.1.2, §8.2.2)."""
    key, text = rsa_key(), signing_input_for("RS256")
    good = sign_rsa("RS256", key, text)
    modulus = key.public_key().public_numbers().n
    yield from wrong_signatures("rsa", "RS256", spki(public_key_of(key)), {
        "empty": b"",
        "zeros": bytes(256),
        "one": (1).to_bytes(256, "big"),
        "modulus": modulus.to_bytes(256, "big"),
        "modulus-minus-one": (modulus - 1).to_bytes(256, "big"),
        "plus-modulus": (int.from_bytes(good, "big") + modulus).to_bytes(257, "big"),
        "one-short": good[:-1],
        "first-byte-off": good[1:],
        "one-more": good + b"\x00",
        "zero-in-front": b"\x00" + good,
        "16-kb": good * 64,
        "pss": sign_rsa("PS256", key, text),
        "sha384": sign_rsa("RS384", key, text),
        "sha512": sign_rsa("RS512", key, text),
        "of-other-key": sign_rsa("RS256", rsa_key(other=True), text),
        **{f"padding-{name}": sign_raw_rsa(block) for name, block in malformed_paddings(text).items()},
    })  # fmt: skip


SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo, RFC 8017 §9.2 note 1


def malformed_paddings(text: bytes) -> dict[str, bytes]:
    """Return PKCS #1 v1.5 encodings with one error each, which lax parsers have accepted (such as CVE-2006-4339)."""
    digest = hashlib.sha256(text).digest()
    no_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20"
    whole = SHA256_PREFIX + digest
    return {
        "hash-alone": pad_to_modulus(digest),
        "no-null": pad_to_modulus(no_null + digest),
        "trailing-bytes": pad_to_modulus(whole + b"\x00" * 100),
        "short-and-trailing": b"\x00\x01" + b"\xff" * 8 + b"\x00" + whole + bytes(194),
        "block-type-2": pad_to_modulus(whole).replace(b"\x00\x01", b"\x00\x02", 1),
        "not-all-ff": pad_to_modulus(whole).replace(b"\xff", b"\xfe", 1),
        "no-separator": b"\x00\x01" + b"\xff" * (254 - len(whole)) + whole,
        "long-length": pad_to_modulus(b"\x30\x81\x31" + SHA256_PREFIX[2:] + digest),
    }


def pad_to_modulus(content: bytes) -> bytes:
    return b"\x00\x01" + b"\xff" * (253 - len(content)) + b"\x00" + content


def sign_raw_rsa(block: bytes) -> bytes:
    numbers = rsa_key().private_numbers()
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")


def pss_signatures() -> Iterator[Case]:
    """Yield PSS signatures with another salt length or another MGF1 hash than required (RFC 7518 §3.5)."""
    key, text = rsa_key(), signing_input_for("PS256")
    mixed = padding.PSS(padding.MGF1(hashes.SHA512()), salt_length=32)
    yield from wrong_signatures("pss", "PS256", spki(public_key_of(key)), {
        "pkcs1": sign_rsa("RS256", key, text),
        "sha384": sign_rsa("PS384", key, text),
        "salt-20": sign_rsa("PS256", key, text, salt=20),
        "salt-33": sign_rsa("PS256", key, text, salt=33),
        "salt-maximal": sign_rsa("PS256", key, text, salt=222),
        "other-mgf-hash": key.sign(hashlib.sha256(text).digest(), mixed, Prehashed(hashes.SHA256())),
        "of-other-key": sign_rsa("PS256", rsa_key(other=True), text),
    })  # fmt: skip


def rsa_keys() -> Iterator[Case]:
    """Yield RSA keys below 2048 bits (RFC 7518 §3.3) or with an even or too small exponent."""
    small = rsa_key(1024)
    forms: dict[str, Any] = {
        "pem": spki(public_key_of(small)),
        "pkcs1": pkcs1(small.public_key()),
        "jwk": jwk(public_key_of(small)),
    }
    for name, key in {**forms, "certificate": certificate(small), "der": spki(public_key_of(small), pem=False)}.items():
        yield invalid_arguments_case(
            f"rsa-1024-{name}", create_token("RS256", key=small), "weak_key", key, algorithms=["RS256"]
        )
    own = jwk(public_key_of(rsa_key()))
    for exponent in [0, 1, 2, 4, 65536]:
        key = {**own, "e": encode_uint(exponent, 3)}
        yield invalid_arguments_case(
            f"rsa-exponent-{exponent}", create_token("RS256"), "invalid_key", key, algorithms=["RS256"]
        )
    padded = jwk(public_key_of(small), n=encode_uint(small.public_key().public_numbers().n, 256))
    yield invalid_arguments_case(
        "rsa-1024-with-zeros", create_token("RS256", key=small), "weak_key", padded, algorithms=["RS256"]
    )
    one = create_token_with_signature(b"\x00" * 255 + b"\x01", "RS256")
    yield invalid_arguments_case(
        "rsa-exponent-one-forged", one, "invalid_key", {**own, "e": "AQ"}, algorithms=["RS256"]
    )
    yield from rsa_algorithms()


def rsa_algorithms() -> Iterator[Case]:
    """Yield keys restricted to one algorithm, with tokens of another allowed algorithm."""
    for bound, used in [("RS256", "PS256"), ("PS256", "RS256"), ("RS512", "RS256"), ("RS256", "RS512")]:
        key = jwk(public_key_of(rsa_key()), alg=bound)
        both = [bound, used]
        yield rejected_case(
            f"rsa-{bound}-key-{used}-token", create_token(used), "algorithm_not_allowed", key, algorithms=both
        )
        lying = build_token({"alg": used}, algorithm=bound)
        yield rejected_case(f"rsa-{bound}-key-{used}-header", lying, "algorithm_not_allowed", key, algorithms=both)
        yield invalid_arguments_case(f"rsa-{bound}-key-{used}-allowed", lying, "configuration", key, algorithms=[used])


def eddsa_signatures() -> Iterator[Case]:
    """Yield EdDSA signatures of wrong length or with S not below the group order (RFC 8032 §5.1.7)."""
    key, text = ed_key(), signing_input_for("EdDSA")
    good = key.sign(text)
    scalar = int.from_bytes(good[32:], "little")
    yield from wrong_signatures("eddsa", "EdDSA", spki(public_key_of(key)), {
        "empty": b"",
        "zeros": bytes(64),
        "half": good[:32],
        "one-short": good[:-1],
        "one-more": good + b"\x00",
        "twice": good * 2,
        "114-bytes-as-ed448": good + bytes(50),
        "s-plus-order": good[:32] + (scalar + ED25519_ORDER).to_bytes(32, "little"),
        "s-top-bits": good[:63] + bytes([good[63] | 0xE0]),
        "s-first": good[32:] + good[:32],
        "r-identity-s-zero": IDENTITY + bytes(32),
        "of-other-key": ed_key(other=True).sign(text),
    })  # fmt: skip
    for name in ["Ed448", "ED25519", "Eddsa", "Ed25519ph"]:
        made = build_token({"alg": name}, algorithm="EdDSA")
        yield rejected_case(
            f"eddsa-name-{name}", made, "algorithm_not_allowed", spki(public_key_of(key)), algorithms=["EdDSA"]
        )
    for bound, used in [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA"), ("Ed25519", "Ed25519")]:
        yield accepted_case(
            f"eddsa-{bound}-key-{used}-token", create_token(used, key=key), keys=jwk(public_key_of(key), alg=bound)
        )


IDENTITY = (1).to_bytes(32, "little")
ED25519_BASE = bytes.fromhex("58" + "66" * 31)  # the base point, RFC 8032 §5.1


def encode_edwards_point(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def small_order_keys() -> dict[str, bytes]:
    """Return all encodings, canonical or not, of the points whose order divides the cofactor."""
    eighth = int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    )  # "Taming the many EdDSAs" (2020), table 6
    ordinates = {"0": 0, "1": 1, "minus-1": ED25519_PRIME - 1, "eighth": eighth, "other-eighth": ED25519_PRIME - eighth}
    again = {"0-again": ED25519_PRIME, "1-again": ED25519_PRIME + 1}
    return {
        f"{name}-{sign}": encode_edwards_point(y, sign) for name, y in {**ordinates, **again}.items() for sign in (0, 1)
    }


def eddsa_keys() -> Iterator[Case]:
    """Yield keys of small order, which verify forged signatures, and non-canonical points."""
    forged = create_token_with_signature(ED25519_BASE + (1).to_bytes(32, "little"), "EdDSA")
    for name, point in small_order_keys().items():
        key = {"kty": "OKP", "crv": "Ed25519", "x": b64u(point)}
        yield invalid_arguments_case(f"eddsa-small-order-{name}", forged, "invalid_key", key, algorithms=["EdDSA"])
    for extra in range(2, 19):
        for sign in (0, 1):
            key = {"kty": "OKP", "crv": "Ed25519", "x": b64u(encode_edwards_point(ED25519_PRIME + extra, sign))}
            yield invalid_arguments_case(
                f"eddsa-not-canonical-{extra}-{sign}", forged, "invalid_key", key, algorithms=["EdDSA"]
            )
    own = public_key_of(ed_key())
    wrong = {
        "31": {"x": b64u(bytes(31))},
        "33": {"x": b64u(bytes(33))},
        "Ed448": {"crv": "Ed448"},
        "X25519": {"crv": "X25519"},
    }
    for name, members in wrong.items():
        yield invalid_arguments_case(
            f"eddsa-key-{name}", create_token("EdDSA"), "invalid_key", jwk(own, **members), algorithms=["EdDSA"]
        )


def public_key_encodings(key: PrivateKey) -> dict[str, bytes]:
    """Return all common encodings of a public key, which an attacker knows."""
    pem, der, ssh = spki(public_key_of(key)), spki(public_key_of(key), pem=False), openssh(public_key_of(key))
    text = json.dumps(jwk(public_key_of(key))).encode()
    texts = {
        "pem": pem,
        "ssh": ssh,
        "jwk": text,
        "jwk-set": b'{"keys":[%b]}' % text,
        "der-base64": base64.b64encode(der),
    }
    spelled = {
        **texts,
        **{f"{name}-{form}": made for name, own in texts.items() for form, made in reformatted_pem(own).items()},
        "jwk-in-an-array": b"[%b]" % text,
        "pem-base64": base64.b64encode(pem),
        "pem-in-a-line": pem.replace(b"\n", b"\\n"),
        "pem-behind-words": b"# the key\n" + pem,
        "pem-body": b"".join(pem.splitlines()[1:-1]),
        "jwk-base64": base64.b64encode(text),
        "jwk-with-a-name-twice": text[:-1] + b',"kty":"x"}',
        "ssh-without-its-name": ssh.split()[1],
        "ssh-in-binary": base64.b64decode(ssh.split()[1]),
        "ssh-behind-options": b"no-pty,no-x11-forwarding " + ssh,
        "der": der,
        "der-line-feed-in-front": b"\n" + der,
        "der-line-feed-behind": der + b"\n",
        "der-base64-in-lines": base64.encodebytes(der),
        "der-base64url": b64u(der).encode(),
        "certificate": certificate(key),
        "certificate-der": certificate(key, pem=False),
        "certificate-base64": base64.b64encode(certificate(key, pem=False)),
    }
    return {**spelled, **(pkcs1_encodings(key) if jwk(public_key_of(key))["kty"] == "RSA" else {})}


def reformatted_pem(text: bytes) -> dict[str, bytes]:
    return {
        "space-in-front": b" \t\n" + text,
        "line-feed-behind": text.rstrip(b"\n") + b"\n\n",
        "carriage-returns": text.replace(b"\n", b"\r\n") + b"\r\n",
        "byte-order-mark": b"\xef\xbb\xbf" + text,
        "utf-16": text.decode().encode("utf-16"),
        "utf-16-le": text.decode().encode("utf-16-le"),
        "utf-16-be": text.decode().encode("utf-16-be"),
        "utf-32-le": text.decode().encode("utf-32-le"),
        "nul-behind": text + b"\x00",
    }


def pkcs1_encodings(key: Any) -> dict[str, bytes]:
    pem, der = pkcs1(key.public_key()), pkcs1(key.public_key(), pem=False)
    return {"pkcs1": pem, "pkcs1-space-in-front": b"\n" + pem, "pkcs1-der": der, "pkcs1-base64": base64.b64encode(der)}


def known_secrets(key: PrivateKey) -> dict[str, bytes]:
    """Add encodings that cannot be distinguished from a secret: only the key's algorithm prevents the attack."""
    members = jwk(public_key_of(key))
    coordinate = members.get("n") or members["x"]
    raw = base64.urlsafe_b64decode(coordinate + "==")
    return {
        **public_key_encodings(key),
        "number": raw,
        "number-base64url": coordinate.encode(),
        "nothing": b"",
        "zeros": bytes(64),
    }


def confusion() -> Iterator[Case]:
    """Yield MACs with a public key as secret, which must never be accepted (RFC 8725 §2.1)."""
    keys: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed_key()}
    for name, key in keys.items():
        both, pem, members = [name, "HS256"], spki(public_key_of(key)), jwk(public_key_of(key))
        for form, known in known_secrets(key).items():
            forged = create_token(key=known)
            case = f"confusion-{name}-{form}"
            yield rejected_case(case, forged, "algorithm_not_allowed", pem, algorithms=both)
            yield rejected_case(f"{case}-jwk", forged, "algorithm_not_allowed", members, algorithms=both)
            yield rejected_case(f"{case}-beside-a-secret", forged, "bad_signature", [pem, SECRET], algorithms=both)
        yield invalid_arguments_case(
            f"confusion-{name}-HS256-alone", create_token(key=pem), "configuration", pem, algorithms=["HS256"]
        )
        yield invalid_arguments_case(
            f"confusion-{name}-jwk-as-HS256", create_token(key=pem), "invalid_key", {**members, "alg": "HS256"}
        )
        mixed = {"keys": [jwk(public_key_of(key), kid="a"), oct_jwk(SECRET, kid="b")]}
        yield rejected_case(
            f"confusion-{name}-in-a-set", create_token(key=pem, kid="a"), "unknown_key", mixed, algorithms=both
        )


def rejected_jwks() -> Iterator[Case]:
    """Yield JWKs for another use or algorithm, and malformed JWKs (RFC 7517 §4, RFC 7518 §6)."""
    keys: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed_key()}
    for name, key in keys.items():
        for member, made in spoiled_jwks(jwk(public_key_of(key))).items():
            yield invalid_arguments_case(
                f"jwk-{name}-{member}", create_token(name), "invalid_key", made, algorithms=[name]
            )
    yield from rejected_points()


def rejected_points() -> Iterator[Case]:
    """Yield points off their curve or with coordinates of wrong length (RFC 7518 §6.2.1.2)."""
    x, y = (jwk(public_key_of(ec_key()))[name] for name in ("x", "y"))
    for member, wrong in {
        "coordinates-exchanged": {"x": y, "y": x},
        "point-zero": {"x": encode_uint(0, 32), "y": encode_uint(0, 32)},
        "coordinate-beyond-the-field": {"x": b64u(b"\xff" * 32)},
        "zero-in-front": {"x": b64u(b"\x00" + base64.urlsafe_b64decode(x + "=="))},
        "coordinate-short": {"x": b64u(base64.urlsafe_b64decode(x + "==")[:31])},
        "no-y": {"y": None},
        "compressed": {"y": ""},
    }.items():
        spoiled = {**jwk(public_key_of(ec_key())), **wrong}
        yield invalid_arguments_case(
            f"jwk-ES256-{member}", create_token("ES256"), "invalid_key", spoiled, algorithms=["ES256"]
        )


def spoiled_jwks(good: Jwk) -> dict[str, Jwk]:
    """Return copies of the JWK with one invalid member each."""
    number_name = "n" if good["kty"] == "RSA" else "x"
    own = good[number_name]
    wrong: dict[str, dict[str, Any]] = {
        "use-enc": {"use": "enc"},
        "use-unknown": {"use": "Sig"},
        "use-of-wrong-type": {"use": ["sig"]},
        "key-ops-sign": {"key_ops": ["sign"]},
        "key-ops-empty": {"key_ops": []},
        "key-ops-of-wrong-type": {"key_ops": "verify"},
        "use-sig-key-ops-sign": {"use": "sig", "key_ops": ["sign"]},
        "alg-none": {"alg": "none"},
        "alg-unknown": {"alg": "XX256"},
        "alg-for-encryption": {"alg": "RSA-OAEP-256", "use": "sig"},
        "alg-of-a-secret": {"alg": "HS256"},
        "alg-of-another-kty": {"alg": "ES384"},
        "alg-of-wrong-type": {"alg": ["RS256"]},
        "alg-in-lower-case": {"alg": "rs256"},
        "kid-of-wrong-type": {"kid": 5},
        "kty-unknown": {"kty": "XYZ"},
        "kty-in-lower-case": {"kty": good["kty"].lower()},
        "kty-of-wrong-type": {"kty": 1},
        "kty-of-a-secret": {"kty": "oct"},
        "number-padded": {number_name: own + "="},
        "number-in-other-alphabet": {number_name: "+/" + own[2:]},
        "number-with-space": {number_name: own[:8] + " " + own[8:]},
        "number-empty": {number_name: ""},
        "number-null": {number_name: None},
        "number-as-int": {number_name: 65537},
    }
    without = {f"no-{name}": {n: v for n, v in good.items() if n != name} for name in ("kty", number_name)}
    return {**{name: {**good, **members} for name, members in wrong.items()}, **without}


def accepted_jwks() -> Iterator[Case]:
    """Yield JWKs with additional members, and sets with additional unusable keys (RFC 7517 §4, §5)."""
    own = public_key_of(rsa_key())
    members_that_do_no_harm: dict[str, dict[str, Any]] = {
        "use-sig": {"use": "sig"},
        "key-ops-verify": {"key_ops": ["verify"]},
        "key-ops-sign-and-verify": {"key_ops": ["sign", "verify"]},
        "unknown-members": {"ext": True, "iat": 1, "nested": {"a": [1]}},
        "alg": {"alg": "RS256"},
    }
    for name, members in members_that_do_no_harm.items():
        yield accepted_case(f"jwk-{name}", create_token("RS256"), keys=jwk(own, **members), algorithms=["RS256"])
    private: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed_key()}
    for kind, key in private.items():
        yield accepted_case(f"jwk-private-{kind}", create_token(kind), keys=private_jwk(key), algorithms=[kind])
    for name, neighbours in NEIGHBOURS.items():
        keys = {"keys": [*neighbours, jwk(own, kid="k")]}
        yield accepted_case(f"jwk-set-beside-{name}", create_token("RS256", kid="k"), keys=keys, algorithms=["RS256"])


NEIGHBOURS: dict[str, list[Any]] = {
    "unknown-kty": [{"kty": "XYZ", "kid": "k"}],
    "another-curve": [{"kty": "EC", "crv": "P-224", "x": "AA", "y": "AA"}],
    "no-objects": [1, None, "x", True, [], {}, 1.5],
    "for-encryption": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc", "kid": "k"}],
    "secret": [oct_jwk(SECRET, kid="k")],
    "short-secret": [oct_jwk(b"s", kid="k")],
    "empty-secret": [oct_jwk(b"", kid="k")],
    "small-order": [{"kty": "OKP", "crv": "Ed25519", "x": b64u(IDENTITY), "kid": "k"}],
}


def rejected_sets() -> Iterator[Case]:
    """Yield sets without a usable key."""
    sets: dict[str, Any] = {
        "empty": [],
        "null": None,
        "object": {},
        "text": "x",
        "unusable": [1, {}, {"kty": "XYZ"}],
        "nested": [{"keys": [jwk(public_key_of(rsa_key()))]}],
        "for-encryption": [jwk(public_key_of(rsa_key()), use="enc")],
    }
    for name, keys in sets.items():
        yield invalid_arguments_case(
            f"jwk-set-{name}", create_token("RS256"), "invalid_key", {"keys": keys}, algorithms=["RS256"]
        )
    enc = {
        "keys": [jwk(public_key_of(rsa_key()), use="enc", kid="k"), jwk(public_key_of(rsa_key(other=True)), kid="s")]
    }
    yield rejected_case(
        "jwk-set-key-for-encryption", create_token("RS256", kid="k"), "unknown_key", enc, algorithms=["RS256"]
    )


GROUPS = [
    hmac_signatures,
    secrets,
    ecdsa_signatures,
    ecdsa_high_s,
    ecdsa_curves,
    rsa_signatures,
    pss_signatures,
    rsa_keys,
    eddsa_signatures,
    eddsa_keys,
    confusion,
    rejected_jwks,
    accepted_jwks,
    rejected_sets,
]
