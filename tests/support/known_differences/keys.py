"""Where keys are read and used differently than python-jose reads and uses them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from support.differential.keys import ADDED, SHORT_RSA, SIGNATURES
from support.differential.library import JOSE, call, named
from support.jose_builder import certificate, ec_key, jwk, public, rsa_key, spki
from support.known_differences.difference import Difference, as_octets, is_canonical

if TYPE_CHECKING:
    from support.known_differences.difference import Seen

READING, USING = "Reading keys", "Using keys"
RSA_PEM = named("RSA public PEM", spki(public(rsa_key())).decode())
EC_CERTIFICATE = named("EC certificate", certificate(ec_key()).decode())

MEMBERS = ("k", "n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y")
UNABLE = re.compile(r"Unable to parse an (RSA_JWK|ECKey) from key: ")
OWN_TEXTS = (
    *("The PEM text…", "This PEM block…", "The public key…", "The private key…", "The certificate…", "The key…"),
    *("The numbers…", "A key of this kind…"),
    *("The RSA…", "An RSA key…", "The EC…", "The point…", "The curve…", "A parameter of the JWK…", "The JWK…"),
    *("Mandatory…", "Incorrect key type…", "Precomputed…", "Encrypted…", "Unable to parse…", "Expecting a string…"),
)


def _is_key_error(seen: Seen) -> bool:
    """Tell whether fastjose says that a key cannot be read, wrapped as python-jose wraps it where it signs."""
    error = seen.ours.error
    return error is not None and "exceptions.JWKError" in {error.kind, *error.wraps} and seen.says(*OWN_TEXTS)


def _foreign_class(seen: Seen) -> bool:
    wrapped = seen.jose.error.wraps[:1] if seen.jose.error and seen.is_signing else (seen.jose.kind,)
    return _is_key_error(seen) and not any(kind.startswith("exceptions.") for kind in wrapped)


def _parser_text(seen: Seen) -> bool:
    """Tell whether both say that the key cannot be read, python-jose in its parser's words."""
    if "by the other" in seen.call.operation and not _is_key_error(seen):
        seen = replace(seen, jose=seen.ours, ours=seen.jose)  # what python-jose wrote, fastjose read
    wraps = seen.jose.error.wraps if seen.jose.error else ()
    inner = wraps[1:] if seen.is_signing else wraps
    return _is_key_error(seen) and bool(inner) and "." in inner[0] and not inner[0].startswith("exceptions.")


def _without_the_key(seen: Seen) -> bool:
    theirs, ours = UNABLE.match(seen.jose.text), UNABLE.match(seen.ours.text)
    return bool(theirs and ours and theirs[0] == ours[0])


def _renamed(seen: Seen) -> bool:
    is_same = _without_class_names(seen.jose.text) == _without_class_names(seen.ours.text)
    return is_same and seen.jose.text != seen.ours.text and seen.jose.kind == seen.ours.kind


def _without_class_names(text: str) -> str:
    return re.sub(r"(\b(fast)?jose\.backends\.\w+\.)?(Cryptography)?(?=[A-Z]+Key\b)", "", text)


def _argument_texts(seen: Seen) -> bool:
    if seen.calls("jwe"):
        return not isinstance(seen.argument(0, "jwe_str"), (str, bytes)) and seen.jose.kind == seen.ours.kind
    wrong = not all(isinstance(one, bytes) for one in seen.call.positional[2:])
    return seen.calls("key") and wrong and "bytes-like object is required" in seen.ours.text


def _public_signs(seen: Seen) -> bool:
    return seen.says("A public key cannot sign.") and (seen.is_signing or seen.calls("key.sign"))


def _no_signature_algorithm(seen: Seen) -> bool:
    is_in_the_same_class = seen.jose.kind in {seen.ours.kind, "builtins.AttributeError"}
    said = "is not an algorithm that is supported" in seen.ours.text
    return seen.algorithm not in SIGNATURES and is_in_the_same_class and said


def _no_wrapping_algorithm(seen: Seen) -> bool:
    is_wrapping = seen.calls("key.wrap_key", "key.unwrap_key", "jwe.encrypt")
    texts = ("The specified alg value is not supported", "alg RS256 is not implemented")
    return is_wrapping and seen.jose.kind == "exceptions.JWEError" and seen.says(*texts)


def _unfit_rsa(seen: Seen) -> bool:
    return seen.says("An RSA key needs at least 2048 bits…", "The RSA key's modulus…", "The RSA key's exponent…")


def _not_base64url(seen: Seen) -> bool:
    if not seen.says("A parameter of the JWK is not base64url."):
        return False
    jwks = [key for key in seen.keys if isinstance(key, dict)]
    return any(not is_canonical(as_octets(one[name]).rstrip(b"=")) for one in jwks for name in MEMBERS if name in one)


def _not_text(seen: Seen) -> bool:
    is_bytes = any(isinstance(key, dict) and isinstance(key.get(name), bytes) for key in seen.keys for name in MEMBERS)
    return is_bytes and seen.jose.text == "'bytes' object has no attribute 'encode'"


def _certificate(seen: Seen) -> bool:
    is_there = any(b"-BEGIN CERTIFICATE-" in as_octets(key) for key in seen.keys)
    return is_there and seen.jose.text.startswith("Valid PEM but no BEGIN/END delimiters for a private key found.")


def _added(seen: Seen) -> bool:
    if seen.effect == "says":
        own = seen.key.get("alg") if isinstance(seen.key, dict) else None
        return (
            bool({*ADDED} & {str(seen.algorithm), str(own)}) and seen.jose.text == "Unable to find an algorithm for key"
        )
    return seen.call.positional[0] in ADDED if seen.calls("jwk.get_key") else seen.algorithm in ADDED


def _secp256k1(seen: Seen) -> bool:
    is_there = any(isinstance(key, dict) and key.get("crv") == "secp256k1" for key in seen.keys)
    curve = getattr(_held(seen.key, seen.algorithm), "curve", None)
    raised = (seen.jose.error.kind, *seen.jose.error.wraps) if seen.jose.error else ()
    return getattr(curve, "name", "") == "secp256k1" or (is_there and "builtins.KeyError" in raised)


def _other_kind(seen: Seen) -> bool:
    if seen.calls("key", "jwk.construct"):
        return _is_of_another_kind(seen.key, seen)
    is_only_warned = seen.is_verifying and (seen.jose.value, seen.jose.error) == (seen.ours.value, seen.ours.error)
    is_unreadable = seen.is_verifying and UNABLE.match(seen.jose.text)
    return bool(is_only_warned or is_unreadable) and any(_is_of_another_kind(key, seen) for key in seen.keys)


def _is_of_another_kind(key: Any, seen: Seen) -> bool:
    """Tell whether a key of one kind is held by the class of another."""
    if isinstance(key, Ed25519PublicKey) and seen.jose.text.startswith("Unable to parse an RSA_JWK from key: "):
        return True
    held = type(_held(key, seen.algorithm)).__name__
    return held.endswith("Key") and not held.startswith(KINDS.get(str(seen.algorithm)[:2], held))


KINDS = {"RS": "RSA", "ES": "EC", "EC": "EC"}


def _held(key: Any, algorithm: Any) -> Any:
    """Return what python-jose's key object holds: a key of `cryptography`."""
    try:
        constructed = JOSE.module("jwk").construct(key, algorithm)
    except Exception:  # noqa: BLE001 - it holds nothing then
        return None
    return getattr(constructed, "prepared_key", None)


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "unfit-rsa-keys",
        READING,
        "takes RSA keys of any length that `cryptography` takes, and a modulus that is even",
        "takes RSA keys of 2048 to 8192 bits, modulus and exponent odd",
        "RFC 7518 §3.3, §4.2; the others are no keys, or cost too much",
        ("refuses", "says"),
        _unfit_rsa,
        call("jwk.construct", named("RSA 1024 public PEM", spki(public(SHORT_RSA))), "RS256"),
    ),
    Difference(
        "jwk-base64url",
        READING,
        "skips characters of a JWK that are not base64url, and takes those of base64",
        "takes base64url alone; padding and white space may be there",
        "RFC 7515 §2, RFC 7518 §6: what is skipped is read differently elsewhere",
        ("refuses", "says"),
        _not_base64url,
        call("jwk.construct", {"kty": "oct", "k": "c2V!jcmV0"}, "HS256"),
    ),
    Difference(
        "jwk-members-of-another-type",
        READING,
        "does not look at members of a JWK that it does not use",
        "refuses a JWK whose key parameters are no texts, used or not",
        "RFC 7518 §6",
        ("refuses", "says"),
        lambda seen: seen.says("A parameter of the JWK has the wrong type."),
        call("jwk.construct", {**jwk(public(rsa_key())), "dp": 1}, "RS256"),
    ),
    Difference(
        "jwk-members-as-bytes",
        READING,
        "fails with an AttributeError where `k` is bytes, as its own AES and DIR keys write it",
        "takes members of a JWK as bytes",
        "what `to_dict` returns can be read",
        ("accepts", "says"),
        _not_text,
        call("jwk.construct", {"kty": "oct", "k": b"c2VjcmV0"}, "HS256"),
    ),
    Difference(
        "certificates",
        READING,
        "reads a certificate of an RSA key that the text begins with",
        "reads a certificate of any kind of key, also after white space",
        "an addition",
        ("accepts", "says"),
        _certificate,
        call("jwk.construct", EC_CERTIFICATE, "ES256"),
    ),
    Difference(
        "added-algorithms",
        USING,
        "knows no PS256, PS384, PS512, EdDSA, Ed25519 and ES256K",
        "signs and verifies with them",
        "additions: RFC 7518 §3.5, RFC 8037, RFC 9864, RFC 8812",
        ("accepts", "returns", "says"),
        _added,
        call("jwk.get_key", "PS256"),
    ),
    Difference(
        "secp256k1",
        READING,
        "fails with a KeyError for a JWK on secp256k1, and signs ES256 with a PEM on it",
        "reads it; only ES256K uses it",
        "the algorithm names the curve (RFC 8812 §3.2)",
        ("accepts", "refuses", "says", "returns"),
        _secp256k1,
        call("jwk.construct", jwk(public(ec_key("secp256k1"))), "ES256"),
    ),
    Difference(
        "key-errors",
        READING,
        "fails with whatever was raised (TypeError, KeyError, ValueError, AttributeError …) for some malformed keys",
        "raises JWKError, and JWSError around it where it signs",
        "one class to catch",
        ("says",),
        _foreign_class,
        call("jwk.construct", {"kty": "EC", "crv": "P-257", "x": "AQ", "y": "AQ"}, "ES256"),
    ),
    Difference(
        "key-parser-texts",
        READING,
        "raises JWKError with the words of the parsers of `cryptography`",
        "raises JWKError in its own words",
        "`cryptography` is no dependency, and its words change",
        ("says",),
        _parser_text,
        call("jwk.construct", "no PEM", "RS256"),
    ),
    Difference(
        "keys-in-errors",
        READING,
        "puts what it cannot read as a key into the error's text",
        "names its class instead",
        "nothing of a key is in an error or a log",
        ("says",),
        _without_the_key,
        call("jwk.construct", ["a secret"], "RS256"),
    ),
    Difference(
        "public-keys-do-not-sign",
        USING,
        "fails with an AttributeError of `cryptography`, for RSA wrapped in a JWKError",
        "raises JWKError `A public key cannot sign.`",
        "it says what is wrong",
        ("says",),
        _public_signs,
        call("key.sign", RSA_PEM, "RS256", b"message"),
    ),
    Difference(
        "algorithms-that-do-not-sign",
        USING,
        "fails with a TypeError or AttributeError, wrapped where it signs, when a key that wraps is to sign or verify",
        "says in a TypeError, wrapped where it signs, which algorithms sign",
        "it says what is wrong",
        ("says",),
        _no_signature_algorithm,
        call("jws.sign", b"", RSA_PEM, algorithm="RSA-OAEP"),
    ),
    Difference(
        "algorithms-that-do-not-wrap",
        USING,
        "fails in the words of `cryptography`, wrapped in a JWEError, when a key for signatures is to wrap keys",
        "raises JWEAlgorithmUnsupportedError, a JWEError",
        "it says what is wrong",
        ("says",),
        _no_wrapping_algorithm,
        call("key.wrap_key", RSA_PEM, "RS256", b"message"),
    ),
    Difference(
        "class-names",
        USING,
        "calls its classes `CryptographyRSAKey` and the like in Python's own errors",
        "calls them `RSAKey` and the like",
        "nothing of `cryptography` is in them; the old names are there to import",
        ("says",),
        _renamed,
        call("key.is_public", "secret", "HS256"),
    ),
    Difference(
        "argument-texts",
        USING,
        "says in the words of `cryptography` that a message or signature is no bytes",
        "says it in Python's own, and before it looks at the key",
        "`cryptography` is no dependency",
        ("says",),
        _argument_texts,
        call("key.verify", RSA_PEM, "RS256", "message", b""),
    ),
    Difference(
        "keys-of-another-kind",
        USING,
        "fails with an AttributeError of `cryptography` when a key is used that its class does not fit, or only warns",
        "writes it as what it is, and signs and verifies nothing",
        "PEM says what it holds",
        ("says", "accepts", "returns"),
        _other_kind,
        call("key.to_dict", RSA_PEM, "ES256"),
    ),
)
