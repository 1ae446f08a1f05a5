"""Hostile signatures and keys: each family of algorithms, keys in the place of secrets, JWKs that must not be used."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from fastjose import Key
from support.attack_tokens.case import Case, accept, refuse, unusable
from support.jose_builder import (
    CLAIMS,
    CURVE_OF,
    SECRET,
    Jwk,
    PrivateKey,
    b64u,
    certificate,
    ec_halves,
    ec_key,
    ed_key,
    jwk,
    number,
    oct_jwk,
    openssh,
    pkcs1,
    private_jwk,
    public,
    rsa_key,
    rsa_signature,
    signature,
    signed,
    signing_input,
    spki,
    token,
    with_signature,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4 D.1.2.3
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1
ED25519_PRIME = 2**255 - 19


def message(algorithm: str) -> bytes:
    """Return what is signed under a header of `algorithm` alone."""
    return signing_input({"alg": algorithm}, CLAIMS).encode()


def wrong_signatures(prefix: str, algorithm: str, keys: Any, wrong: dict[str, bytes]) -> Iterator[Case]:
    """Expect each of `wrong` to be refused as a signature under `algorithm`."""
    for name, made in wrong.items():
        yield refuse(f"{prefix}-{name}", with_signature(made, algorithm), "bad_signature", keys, algorithms=[algorithm])


def hmac_signatures() -> Iterator[Case]:
    """The MAC in its whole length, by the algorithm that the header names."""
    mac = signature("HS256", SECRET, message("HS256"))
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
        "sha384": signature("HS384", SECRET, message("HS256")),
        "sha512-cut": signature("HS512", SECRET, message("HS256"))[:32],
        "keyless-hash": hashlib.sha256(message("HS256")).digest(),
        "empty-key": signature("HS256", b"", message("HS256")),
        "zero-key": signature("HS256", bytes(64), message("HS256")),
        "of-other-header": signature("HS256", SECRET, message("HS384")),
        "of-header-alone": signature("HS256", SECRET, message("HS256").split(b".")[0]),
        "as-text": base64.b16encode(mac),
    })  # fmt: skip


def secrets() -> Iterator[Case]:
    """A secret is at least as long as the hash (RFC 7518 §3.2), and never empty."""
    for size in [1, 16, 31]:
        weak = b"s" * size
        yield unusable(f"secret-{size}-bytes", token(key=weak), "weak_key", weak, algorithms=["HS256"])
        yield unusable(f"secret-jwk-{size}-bytes", token(key=weak), "weak_key", oct_jwk(weak), algorithms=["HS256"])
    for name, size in [("HS384", 47), ("HS512", 63)]:
        weak = b"s" * size
        yield unusable(f"secret-{name}-{size}-bytes", token(name, key=weak), "weak_key", weak, algorithms=[name])
        exact = b"s" * (size + 1)
        yield accept(f"secret-{name}-{size + 1}-bytes", token(name, key=exact), keys=exact, algorithms=[name])
        both = [name, "HS256"]
        yield refuse(
            f"secret-{name}-unlike-HS256", token(name, key=weak), "algorithm_not_allowed", weak, algorithms=both
        )
    for name, empty in {"str": "", "bytes": b"", "jwk": oct_jwk(b""), "set": {"keys": [oct_jwk(b"")]}}.items():
        yield unusable(f"secret-empty-{name}", token(key=b""), "invalid_key", empty, algorithms=["HS256"])
    for name, key in {
        "missing": {"kty": "oct"},
        "null": {"kty": "oct", "k": None},
        "int": {"kty": "oct", "k": 0},
    }.items():
        yield unusable(f"secret-jwk-k-{name}", token(key=b""), "invalid_key", key, algorithms=["HS256"])
    short = Key(b"s", allow_short_secret=True)
    yield accept("secret-short-allowed", token(key=b"s"), keys=short, algorithms=["HS256"])
    yield refuse("secret-short-allowed-not-guessed", token(key=b"t"), "bad_signature", short, algorithms=["HS256"])


def ecdsa_signatures() -> Iterator[Case]:
    """Two numbers between 0 and the order, each in the length of a coordinate (RFC 7518 §3.4)."""
    key, text = ec_key(), message("ES256")
    r, s = ec_halves("ES256", key, text)
    zero, order = bytes(32), P256_ORDER.to_bytes(32, "big")
    yield from wrong_signatures("ecdsa", "ES256", spki(public(key)), {
        "zeros": zero + zero,
        "r-zero": zero + s,
        "s-zero": r + zero,
        "r-order": order + s,
        "s-order": r + order,
        "both-order": order + order,
        "all-ones": b"\xff" * 64,
        "r-and-s-one": number_bytes(1) + number_bytes(1),
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
        "sha384": b"".join(_p256_over_sha384(text)),
        "of-other-key": signature("ES256", ec_key(other=True), text),
        "of-p384": signature("ES384", ec_key("P-384"), text),
        "of-secp256k1": signature("ES256", ec_key("secp256k1"), text),
    })  # fmt: skip


def number_bytes(value: int) -> bytes:
    """Write `value` in 32 bytes."""
    return value.to_bytes(32, "big")


def _p256_over_sha384(text: bytes) -> tuple[bytes, bytes]:
    return ec_halves("ES384", ec_key(), text)


def ecdsa_second_spelling() -> Iterator[Case]:
    """JOSE does not ask for the lower s, so (r, n - s) is a signature as well (RFC 7518 §3.4)."""
    r, s = ec_halves("ES256", ec_key(), message("ES256"))
    other = number_bytes(P256_ORDER - int.from_bytes(s, "big"))
    for name, half in {"as-signed": s, "negated": other}.items():
        made = with_signature(r + half, "ES256")
        yield accept(f"ecdsa-s-{name}", made, keys=spki(public(ec_key())), algorithms=["ES256"])


def ecdsa_curves() -> Iterator[Case]:
    """Each algorithm has its one curve (RFC 7518 §3.4)."""
    every = list(CURVE_OF)
    for name in every:
        for other in every:
            if other == name:
                continue
            stranger = public(ec_key(CURVE_OF[other]))
            made = signed({"alg": name}, algorithm=other)
            yield refuse(f"curve-{name}-by-{other}", made, "algorithm_not_allowed", spki(stranger), algorithms=every)
            yield unusable(f"curve-{name}-with-{other}-key", made, "configuration", spki(stranger), algorithms=[name])
            mislabelled = jwk(stranger, alg=name)
            yield unusable(f"curve-{name}-on-{other}-jwk", made, "invalid_key", mislabelled, algorithms=[name])
    bitcoin = public(ec_key("secp256k1"))
    forged = token("ES256", key=ec_key("secp256k1"))
    for form, own in {"pem": spki(bitcoin), "jwk": jwk(bitcoin), "jwk-alg": jwk(bitcoin, alg="ES256K")}.items():
        yield unusable(f"curve-secp256k1-{form}", forged, "configuration", own, algorithms=["ES256"])
        yield refuse(f"curve-secp256k1-{form}-as-es256", forged, "algorithm_not_allowed", own, algorithms=["ES256K"])
    renamed = jwk(bitcoin, crv="P-256")
    yield unusable("curve-secp256k1-renamed", forged, "invalid_key", renamed, algorithms=["ES256"])


def rsa_signatures() -> Iterator[Case]:
    """A signature has the length of the modulus and is a number below it (RFC 8017 §8.1.2, §8.2.2)."""
    key, text = rsa_key(), message("RS256")
    good = rsa_signature("RS256", key, text)
    modulus = key.public_key().public_numbers().n
    yield from wrong_signatures("rsa", "RS256", spki(public(key)), {
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
        "pss": rsa_signature("PS256", key, text),
        "sha384": rsa_signature("RS384", key, text),
        "sha512": rsa_signature("RS512", key, text),
        "of-other-key": rsa_signature("RS256", rsa_key(other=True), text),
        **{f"padding-{name}": _rsa_power(block) for name, block in _paddings(text).items()},
    })  # fmt: skip


SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo, RFC 8017 §9.2 note 1


def _paddings(text: bytes) -> dict[str, bytes]:
    """Encode as PKCS #1 v1.5 does, each with one thing wrong that lax readers have let pass (CVE-2006-4339 and kin)."""
    digest = hashlib.sha256(text).digest()
    no_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20"
    whole = SHA256_PREFIX + digest
    return {
        "hash-alone": _block(digest),
        "no-null": _block(no_null + digest),
        "trailing-bytes": _block(whole + b"\x00" * 100),
        "short-and-trailing": b"\x00\x01" + b"\xff" * 8 + b"\x00" + whole + bytes(194),
        "block-type-2": _block(whole).replace(b"\x00\x01", b"\x00\x02", 1),
        "not-all-ff": _block(whole).replace(b"\xff", b"\xfe", 1),
        "no-separator": b"\x00\x01" + b"\xff" * (254 - len(whole)) + whole,
        "long-length": _block(b"\x30\x81\x31" + SHA256_PREFIX[2:] + digest),
    }


def _block(content: bytes) -> bytes:
    return b"\x00\x01" + b"\xff" * (253 - len(content)) + b"\x00" + content


def _rsa_power(block: bytes) -> bytes:
    numbers = rsa_key().private_numbers()
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")


def pss_signatures() -> Iterator[Case]:
    """The salt is as long as the hash, and MGF1 uses the same hash (RFC 7518 §3.5)."""
    key, text = rsa_key(), message("PS256")
    mixed = padding.PSS(padding.MGF1(hashes.SHA512()), salt_length=32)
    yield from wrong_signatures("pss", "PS256", spki(public(key)), {
        "pkcs1": rsa_signature("RS256", key, text),
        "sha384": rsa_signature("PS384", key, text),
        "salt-20": rsa_signature("PS256", key, text, salt=20),
        "salt-33": rsa_signature("PS256", key, text, salt=33),
        "salt-maximal": rsa_signature("PS256", key, text, salt=222),
        "other-mgf-hash": key.sign(hashlib.sha256(text).digest(), mixed, Prehashed(hashes.SHA256())),
        "of-other-key": rsa_signature("PS256", rsa_key(other=True), text),
    })  # fmt: skip


def rsa_keys() -> Iterator[Case]:
    """2048 bits and more (RFC 7518 §3.3); the exponent odd and above 1."""
    small = rsa_key(1024)
    forms: dict[str, Any] = {"pem": spki(public(small)), "pkcs1": pkcs1(small.public_key()), "jwk": jwk(public(small))}
    for name, key in {**forms, "certificate": certificate(small), "der": spki(public(small), pem=False)}.items():
        yield unusable(f"rsa-1024-{name}", token("RS256", key=small), "weak_key", key, algorithms=["RS256"])
    own = jwk(public(rsa_key()))
    for exponent in [0, 1, 2, 4, 65536]:
        key = {**own, "e": number(exponent, 3)}
        yield unusable(f"rsa-exponent-{exponent}", token("RS256"), "invalid_key", key, algorithms=["RS256"])
    padded = jwk(public(small), n=number(small.public_key().public_numbers().n, 256))
    yield unusable("rsa-1024-with-zeros", token("RS256", key=small), "weak_key", padded, algorithms=["RS256"])
    one = with_signature(b"\x00" * 255 + b"\x01", "RS256")
    yield unusable("rsa-exponent-one-forged", one, "invalid_key", {**own, "e": "AQ"}, algorithms=["RS256"])
    yield from rsa_algorithms()


def rsa_algorithms() -> Iterator[Case]:
    """A key that is bound to one algorithm verifies no other, whatever the allow-list holds."""
    for bound, used in [("RS256", "PS256"), ("PS256", "RS256"), ("RS512", "RS256"), ("RS256", "RS512")]:
        key = jwk(public(rsa_key()), alg=bound)
        both = [bound, used]
        yield refuse(f"rsa-{bound}-key-{used}-token", token(used), "algorithm_not_allowed", key, algorithms=both)
        lying = signed({"alg": used}, algorithm=bound)
        yield refuse(f"rsa-{bound}-key-{used}-header", lying, "algorithm_not_allowed", key, algorithms=both)
        yield unusable(f"rsa-{bound}-key-{used}-allowed", lying, "configuration", key, algorithms=[used])


def eddsa_signatures() -> Iterator[Case]:
    """64 bytes, with S below the group's order (RFC 8032 §5.1.7)."""
    key, text = ed_key(), message("EdDSA")
    good = key.sign(text)
    scalar = int.from_bytes(good[32:], "little")
    yield from wrong_signatures("eddsa", "EdDSA", spki(public(key)), {
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
        made = signed({"alg": name}, algorithm="EdDSA")
        yield refuse(f"eddsa-name-{name}", made, "algorithm_not_allowed", spki(public(key)), algorithms=["EdDSA"])
    for bound, used in [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA"), ("Ed25519", "Ed25519")]:
        yield accept(f"eddsa-{bound}-key-{used}-token", token(used, key=key), keys=jwk(public(key), alg=bound))


IDENTITY = (1).to_bytes(32, "little")
ED25519_BASE = bytes.fromhex("58" + "66" * 31)  # the base point, RFC 8032 §5.1


def _edwards(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def small_order_keys() -> dict[str, bytes]:
    """Spell every point whose order divides the cofactor, canonically and not: y of 0, 1, -1 and the two of order 8."""
    eighth = int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    )  # "Taming the many EdDSAs" (2020), table 6
    ordinates = {"0": 0, "1": 1, "minus-1": ED25519_PRIME - 1, "eighth": eighth, "other-eighth": ED25519_PRIME - eighth}
    again = {"0-again": ED25519_PRIME, "1-again": ED25519_PRIME + 1}
    return {f"{name}-{sign}": _edwards(y, sign) for name, y in {**ordinates, **again}.items() for sign in (0, 1)}


def eddsa_keys() -> Iterator[Case]:
    """A key of small order verifies what nobody signed; a point has one spelling."""
    forged = with_signature(ED25519_BASE + (1).to_bytes(32, "little"), "EdDSA")
    for name, point in small_order_keys().items():
        key = {"kty": "OKP", "crv": "Ed25519", "x": b64u(point)}
        yield unusable(f"eddsa-small-order-{name}", forged, "invalid_key", key, algorithms=["EdDSA"])
    for extra in range(2, 19):
        for sign in (0, 1):
            key = {"kty": "OKP", "crv": "Ed25519", "x": b64u(_edwards(ED25519_PRIME + extra, sign))}
            yield unusable(f"eddsa-not-canonical-{extra}-{sign}", forged, "invalid_key", key, algorithms=["EdDSA"])
    own = public(ed_key())
    wrong = {
        "31": {"x": b64u(bytes(31))},
        "33": {"x": b64u(bytes(33))},
        "Ed448": {"crv": "Ed448"},
        "X25519": {"crv": "X25519"},
    }
    for name, members in wrong.items():
        yield unusable(f"eddsa-key-{name}", token("EdDSA"), "invalid_key", jwk(own, **members), algorithms=["EdDSA"])


def disguises(key: PrivateKey) -> dict[str, bytes]:
    """Spell a public key in the ways in which keys travel, all of them known to an attacker."""
    pem, der, ssh = spki(public(key)), spki(public(key), pem=False), openssh(public(key))
    text = json.dumps(jwk(public(key))).encode()
    texts = {
        "pem": pem,
        "ssh": ssh,
        "jwk": text,
        "jwk-set": b'{"keys":[%b]}' % text,
        "der-base64": base64.b64encode(der),
    }
    spelled = {
        **texts,
        **{f"{name}-{form}": made for name, own in texts.items() for form, made in _respelled(own).items()},
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
    return {**spelled, **(_pkcs1_disguises(key) if jwk(public(key))["kty"] == "RSA" else {})}


def _respelled(text: bytes) -> dict[str, bytes]:
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


def _pkcs1_disguises(key: Any) -> dict[str, bytes]:
    pem, der = pkcs1(key.public_key()), pkcs1(key.public_key(), pem=False)
    return {"pkcs1": pem, "pkcs1-space-in-front": b"\n" + pem, "pkcs1-der": der, "pkcs1-base64": base64.b64encode(der)}


def secrets_that_are_known(key: PrivateKey) -> dict[str, bytes]:
    """Add what cannot be told from a secret, so that only the key's binding stands against it."""
    members = jwk(public(key))
    coordinate = members.get("n") or members["x"]
    raw = base64.urlsafe_b64decode(coordinate + "==")
    return {
        **disguises(key),
        "number": raw,
        "number-base64url": coordinate.encode(),
        "nothing": b"",
        "zeros": bytes(64),
    }


def confusion() -> Iterator[Case]:
    """A public key never verifies a MAC, whatever the header says and the allow-list holds (RFC 8725 §2.1)."""
    keys: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed_key()}
    for name, key in keys.items():
        both, pem, members = [name, "HS256"], spki(public(key)), jwk(public(key))
        for form, known in secrets_that_are_known(key).items():
            forged = token(key=known)
            case = f"confusion-{name}-{form}"
            yield refuse(case, forged, "algorithm_not_allowed", pem, algorithms=both)
            yield refuse(f"{case}-jwk", forged, "algorithm_not_allowed", members, algorithms=both)
            yield refuse(f"{case}-beside-a-secret", forged, "bad_signature", [pem, SECRET], algorithms=both)
        yield unusable(f"confusion-{name}-HS256-alone", token(key=pem), "configuration", pem, algorithms=["HS256"])
        yield unusable(f"confusion-{name}-jwk-as-HS256", token(key=pem), "invalid_key", {**members, "alg": "HS256"})
        mixed = {"keys": [jwk(public(key), kid="a"), oct_jwk(SECRET, kid="b")]}
        yield refuse(f"confusion-{name}-in-a-set", token(key=pem, kid="a"), "unknown_key", mixed, algorithms=both)


def jwks_refused() -> Iterator[Case]:
    """A JWK that is not for this, is broken, or is bound to something else (RFC 7517 §4, RFC 7518 §6)."""
    keys: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed_key()}
    for name, key in keys.items():
        for member, made in _spoiled(jwk(public(key))).items():
            yield unusable(f"jwk-{name}-{member}", token(name), "invalid_key", made, algorithms=[name])
    yield from points_refused()


def points_refused() -> Iterator[Case]:
    """A point lies on its curve, and its coordinates have the curve's length (RFC 7518 §6.2.1.2)."""
    x, y = (jwk(public(ec_key()))[name] for name in ("x", "y"))
    for member, wrong in {
        "coordinates-exchanged": {"x": y, "y": x},
        "point-zero": {"x": number(0, 32), "y": number(0, 32)},
        "coordinate-beyond-the-field": {"x": b64u(b"\xff" * 32)},
        "zero-in-front": {"x": b64u(b"\x00" + base64.urlsafe_b64decode(x + "=="))},
        "coordinate-short": {"x": b64u(base64.urlsafe_b64decode(x + "==")[:31])},
        "no-y": {"y": None},
        "compressed": {"y": ""},
    }.items():
        spoiled = {**jwk(public(ec_key())), **wrong}
        yield unusable(f"jwk-ES256-{member}", token("ES256"), "invalid_key", spoiled, algorithms=["ES256"])


def _spoiled(good: Jwk) -> dict[str, Jwk]:
    """Spoil one member each."""
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


def jwks_accepted() -> Iterator[Case]:
    """What a JWK may have beside the key, and what a set may hold beside a key that can be used (RFC 7517 §4, §5)."""
    own = public(rsa_key())
    members_that_do_no_harm: dict[str, dict[str, Any]] = {
        "use-sig": {"use": "sig"},
        "key-ops-verify": {"key_ops": ["verify"]},
        "key-ops-sign-and-verify": {"key_ops": ["sign", "verify"]},
        "unknown-members": {"ext": True, "iat": 1, "nested": {"a": [1]}},
        "alg": {"alg": "RS256"},
    }
    for name, members in members_that_do_no_harm.items():
        yield accept(f"jwk-{name}", token("RS256"), keys=jwk(own, **members), algorithms=["RS256"])
    private: dict[str, PrivateKey] = {"RS256": rsa_key(), "ES256": ec_key(), "EdDSA": ed_key()}
    for kind, key in private.items():
        yield accept(f"jwk-private-{kind}", token(kind), keys=private_jwk(key), algorithms=[kind])
    for name, neighbours in NEIGHBOURS.items():
        keys = {"keys": [*neighbours, jwk(own, kid="k")]}
        yield accept(f"jwk-set-beside-{name}", token("RS256", kid="k"), keys=keys, algorithms=["RS256"])


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


def sets_refused() -> Iterator[Case]:
    """A set without a key that can be used verifies nothing."""
    sets: dict[str, Any] = {
        "empty": [],
        "null": None,
        "object": {},
        "text": "x",
        "unusable": [1, {}, {"kty": "XYZ"}],
        "nested": [{"keys": [jwk(public(rsa_key()))]}],
        "for-encryption": [jwk(public(rsa_key()), use="enc")],
    }
    for name, keys in sets.items():
        yield unusable(f"jwk-set-{name}", token("RS256"), "invalid_key", {"keys": keys}, algorithms=["RS256"])
    enc = {"keys": [jwk(public(rsa_key()), use="enc", kid="k"), jwk(public(rsa_key(other=True)), kid="s")]}
    yield refuse("jwk-set-key-for-encryption", token("RS256", kid="k"), "unknown_key", enc, algorithms=["RS256"])


GROUPS = [
    hmac_signatures,
    secrets,
    ecdsa_signatures,
    ecdsa_second_spelling,
    ecdsa_curves,
    rsa_signatures,
    pss_signatures,
    rsa_keys,
    eddsa_signatures,
    eddsa_keys,
    confusion,
    jwks_refused,
    jwks_accepted,
    sets_refused,
]
