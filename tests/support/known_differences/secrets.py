"""Where secrets are taken, and keys chosen, differently than python-jose does it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.differential.keys import EC, HMAC, RSA
from support.differential.library import JOSE, call, key_object, named, outcome
from support.jose_builder import jwk, oct_jwk, public, rsa_key, signed, token
from support.known_differences.difference import Difference, as_octets, from_json, is_container

if TYPE_CHECKING:
    from support.known_differences.difference import Seen

SECRETS, CHOICE = "Secrets", "Choosing keys"
SECRET = b"secret"
SECRET_KEY = key_object(named("secret", "secret"), "HS256")
TOKEN = token("HS256", {}, SECRET)


def _refused_secret(seen: Seen) -> bool:
    return seen.says(
        "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret."
    )


def _is_public_material(text: bytes) -> bool:
    """Tell whether it is a public or private key in a form that python-jose does not know as one: a JWK, or DER."""
    read = from_json(text)
    return isinstance(read, dict) or text[:1] in {b"{", b"[", b"\x30"}


def _key_as_secret(seen: Seen) -> bool:
    return _refused_secret(seen) and any(_is_public_material(as_octets(key)) for key in [seen.key])


def _empty_secret(seen: Seen) -> bool:
    return seen.says("The secret must not be empty.") and any(_is_empty(key) for key in [seen.key, *seen.keys])


def _is_empty(key: Any) -> bool:
    return key in ("", b"", '""') or (isinstance(key, dict) and not str(key.get("k", "x")).strip("="))


def _as_json(seen: Seen) -> bool:
    is_text = isinstance(seen.key, (str, bytes)) and seen.is_verifying
    return (
        is_text
        and not is_container(seen.key)
        and from_json(seen.key) != seen.key
        and not isinstance(from_json(seen.key), dict)
    )


def _passed_over(seen: Seen) -> bool:
    is_sound = seen.effect == "says" or any(_verifies(seen, key) for key in seen.keys)
    return seen.has_several_keys and seen.is_refused_by_key and is_sound


def _verifies(seen: Seen, key: Any) -> bool:
    """Tell whether python-jose takes the token with this key alone."""
    return outcome(JOSE, seen.with_key([key])).error is None


def _by_kid(seen: Seen) -> bool:
    kid = seen.header.get("kid")
    is_named = isinstance(kid, str) and any(isinstance(key, dict) and key.get("kid") == kid for key in seen.keys)
    in_mapping = isinstance(kid, str) and isinstance(from_json(seen.key), dict) and kid in from_json(seen.key)
    is_untried = seen.says("Signature verification failed.") or seen.jose.warned != seen.ours.warned
    return (is_named or in_mapping) and is_untried


def _no_list(seen: Seen) -> bool:
    read = from_json(seen.key)
    keys = read.get("keys") if isinstance(read, dict) else None
    return isinstance(keys, (str, bytes, dict, int)) and seen.says("The JWK Set's keys must be a list.")


def _no_kty(seen: Seen) -> bool:
    return isinstance(from_json(seen.key), dict) and seen.says("The JWK has no kty.")


def _other_family(seen: Seen) -> bool:
    """Tell whether a key object is of another family than the algorithm that the header names."""
    own = [getattr(key, "_algorithm", seen.algorithm) for key in seen.keys]
    is_other = any(seen.algorithm not in FAMILIES.get(str(name)[:2], ()) for name in own)
    is_untried = seen.says("Signature verification failed.") or seen.jose.warned != seen.ours.warned
    return is_other and is_untried and seen.is_verifying


FAMILIES = {"HS": HMAC, "RS": (*RSA, "PS256", "PS384", "PS512"), "ES": EC}


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "keys-as-secrets",
        SECRETS,
        "refuses PEM and OpenSSH keys as HMAC secrets, and takes the same keys as JWK text or DER",
        "refuses a key or certificate as a secret in any form",
        "whoever knows a public key could sign with it (RFC 8725 §2.1, CVE-2024-33663)",
        ("refuses", "says"),
        _key_as_secret,
        call("jwk.construct", json.dumps(jwk(public(rsa_key()))), "HS256"),
    ),
    Difference(
        "empty-secrets",
        SECRETS,
        "signs and verifies with an empty secret",
        "refuses it",
        "everybody has it; it is what an unset variable leaves behind",
        ("refuses", "says"),
        _empty_secret,
        call("jwt.encode", {}, ""),
    ),
    Difference(
        "secrets-as-json",
        SECRETS,
        'reads a secret as JSON when it verifies, and not when it signs: `"abc"` loses its quotes, `null` is refused',
        "takes a secret as it is; only JWKs, JWK Sets, mappings and lists are read from JSON",
        "what was signed with a secret is verified with it",
        ("accepts", "refuses", "says"),
        _as_json,
        call("jwt.decode", TOKEN, '"secret"', ["HS256"]),
    ),
    Difference(
        "sets-pass-over",
        CHOICE,
        "fails at the first of several keys that cannot be used with the algorithm",
        "passes over it: the others are tried, and if none fits the signature is wrong",
        "sets hold keys of several kinds, and of kinds to come (RFC 7517 §5)",
        ("accepts", "says"),
        _passed_over,
        call("jwt.decode", TOKEN, [jwk(public(rsa_key())), "secret"], ["HS256"]),
    ),
    Difference(
        "kid",
        CHOICE,
        "ignores `kid`",
        "tries those of several keys that bear the token's `kid`; where none bears it, all",
        "the token says which key it is (RFC 7515 §4.1.4)",
        ("refuses", "says", "returns"),
        _by_kid,
        call("jwt.decode", token("HS256", {}, SECRET, kid="a"), [oct_jwk(b"x", kid="a"), "secret"], ["HS256"]),
    ),
    Difference(
        "sets-that-are-no-list",
        CHOICE,
        "takes a text or a mapping as `keys` apart into letters or names, each of them a key",
        "raises JWKError",
        "everybody knows these",
        ("refuses", "says"),
        _no_list,
        call("jwt.decode", TOKEN, {"keys": {"secret": 1}}, ["HS256"]),
    ),
    Difference(
        "jwk-without-kty",
        CHOICE,
        "takes a JWK without `kty` for a mapping of names to keys, and its members for secrets",
        "raises JWKError",
        "everybody knows `AQAB`",
        ("refuses", "says"),
        _no_kty,
        call("jwt.decode", token("HS256", {}, b"AQAB"), {"n": "AQAB", "e": "AQAB"}, ["HS256"]),
    ),
    Difference(
        "key-objects-of-another-family",
        CHOICE,
        "verifies with a key object whatever algorithm the token names",
        "verifies with it what is of its family",
        "a key is used for what it is for (RFC 8725 §3.1)",
        ("refuses", "says", "returns"),
        _other_family,
        call("jws.verify", signed({"alg": "RS256"}, {}, "HS256", SECRET), SECRET_KEY, ["RS256"]),
    ),
)
