"""Differences in the use of secrets and in the selection of keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.python_jose.differential.library import JOSE, call, named_value, outcome, shared_key_object
from support.python_jose.known_differences.difference import Difference, as_bytes, is_container, parse_json_key
from support.tokens.jose_builder import build_token, create_token, jwk, oct_jwk, public_key_of, rsa_key, spki

if TYPE_CHECKING:
    from support.python_jose.known_differences.difference import Mismatch

SECRETS, SELECTION = "Secrets", "Key selection"
SECRET = b"secret"
SECRET_KEY = shared_key_object(named_value("secret", "secret"), "HS256")
TOKEN = create_token("HS256", {}, SECRET)


def _rejects_asymmetric_secret(mismatch: Mismatch) -> bool:
    return mismatch.has_message(
        "The specified key is an asymmetric key or x509 certificate and should not be used as an HMAC secret."
    )


def _is_jwk_or_der(text: bytes) -> bool:
    """Return whether the text is a JWK or DER, which python-jose does not recognise as an asymmetric key."""
    parsed = parse_json_key(text)
    return isinstance(parsed, dict) or text[:1] in {b"{", b"[", b"\x30"}


def _is_key_as_secret(mismatch: Mismatch) -> bool:
    return _rejects_asymmetric_secret(mismatch) and any(_is_jwk_or_der(as_bytes(key)) for key in [mismatch.key])


def _has_empty_secret(mismatch: Mismatch) -> bool:
    return mismatch.has_message("The secret must not be empty.") and any(
        _is_empty(key) for key in [mismatch.key, *mismatch.keys]
    )


def _is_empty(key: Any) -> bool:
    return key in ("", b"", '""') or (isinstance(key, dict) and not str(key.get("k", "x")).strip("= \t\n\r\f"))


def _is_secret_parsed_as_json(mismatch: Mismatch) -> bool:
    is_text = isinstance(mismatch.key, (str, bytes)) and mismatch.is_verifying
    return (
        is_text
        and not is_container(mismatch.key)
        and parse_json_key(mismatch.key) != mismatch.key
        and not isinstance(parse_json_key(mismatch.key), dict)
    )


def _skips_unusable_key(mismatch: Mismatch) -> bool:
    is_correct = mismatch.effect == "changes_error" or any(
        _verifies_in_python_jose(mismatch, key) for key in mismatch.keys
    )
    return mismatch.has_several_keys and mismatch.is_key_failure and is_correct


def _verifies_in_python_jose(mismatch: Mismatch, key: Any) -> bool:
    """Return whether python-jose accepts the token with this key alone."""
    return outcome(JOSE, mismatch.with_key([key])).error is None


def _is_selected_by_kid(mismatch: Mismatch) -> bool:
    kid = mismatch.header.get("kid")
    is_named = isinstance(kid, str) and any(isinstance(key, dict) and key.get("kid") == kid for key in mismatch.keys)
    in_mapping = (
        isinstance(kid, str) and isinstance(parse_json_key(mismatch.key), dict) and kid in parse_json_key(mismatch.key)
    )
    is_untried = mismatch.has_message("Signature verification failed.") or mismatch.jose.warned != mismatch.ours.warned
    return (is_named or in_mapping) and is_untried


def _has_keys_not_a_list(mismatch: Mismatch) -> bool:
    parsed = parse_json_key(mismatch.key)
    keys = parsed.get("keys") if isinstance(parsed, dict) else None
    return isinstance(keys, (str, bytes, dict, int)) and mismatch.has_message("The JWK Set's keys must be a list.")


def _has_no_kty(mismatch: Mismatch) -> bool:
    return isinstance(parse_json_key(mismatch.key), dict) and mismatch.has_message("The JWK has no kty.")


def _is_mapping_without_key(mismatch: Mismatch) -> bool:
    return isinstance(parse_json_key(mismatch.key), dict) and mismatch.has_message("The mapping must be a JWK, …")


def _has_secret_without_kid(mismatch: Mismatch) -> bool:
    """Return whether a mapping has a text that is not PEM, and that the token does not name."""
    parsed = parse_json_key(mismatch.key)
    is_mapping = isinstance(parsed, dict) and "keys" not in parsed and "kty" not in parsed
    has_secret = any(as_bytes(key) and b"-----BEGIN" not in as_bytes(key) for key in mismatch.keys)
    return is_mapping and has_secret and mismatch.has_message("Signature verification failed.")


def _has_key_object_of_other_algorithm(mismatch: Mismatch) -> bool:
    """Return whether a key object has another algorithm than the header."""
    algorithms = [getattr(key, "_algorithm", mismatch.algorithm) for key in mismatch.keys]
    is_other = any(mismatch.algorithm != name for name in algorithms)
    is_untried = mismatch.has_message("Signature verification failed.") or mismatch.jose.warned != mismatch.ours.warned
    return is_other and is_untried and mismatch.is_verifying


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "keys-as-secrets",
        SECRETS,
        "rejects PEM and OpenSSH keys as HMAC secrets, but accepts the same keys as JWK text or DER",
        "rejects a key or certificate as a secret in any format",
        "an attacker could sign with the public key (RFC 8725 §2.1, CVE-2024-33663)",
        ("rejects", "changes_error"),
        _is_key_as_secret,
        call("jwk.construct", json.dumps(jwk(public_key_of(rsa_key()))), "HS256"),
    ),
    Difference(
        "empty-secrets",
        SECRETS,
        "signs and verifies with an empty secret",
        "rejects an empty secret",
        "an attacker can use it too; an unset variable yields it",
        ("rejects", "changes_error"),
        _has_empty_secret,
        call("jwt.encode", {}, ""),
    ),
    Difference(
        "secrets-as-json",
        SECRETS,
        'parses a secret as JSON in verification, but not in signing: `"abc"` loses its quotes, `null` is rejected',
        "uses a secret unchanged; only JWKs, JWK Sets, mappings and lists are parsed from JSON",
        "a token can be verified with the secret that signed it",
        ("accepts", "rejects", "changes_error"),
        _is_secret_parsed_as_json,
        call("jwt.decode", TOKEN, '"secret"', ["HS256"]),
    ),
    Difference(
        "unusable-keys-in-sets",
        SELECTION,
        "fails at the first key of a set that cannot be used with the algorithm",
        "skips the key and tries the others; if no key fits, signature verification fails",
        "a set may contain keys of several types, also of future types (RFC 7517 §5)",
        ("accepts", "changes_error"),
        _skips_unusable_key,
        call("jwt.decode", TOKEN, [jwk(public_key_of(rsa_key())), "secret"], ["HS256"]),
    ),
    Difference(
        "kid",
        SELECTION,
        "ignores `kid`",
        "tries only the keys with the token's `kid`; if no key has it, tries all keys",
        "`kid` selects the key (RFC 7515 §4.1.4)",
        ("rejects", "changes_error", "changes_result"),
        _is_selected_by_kid,
        call("jwt.decode", create_token("HS256", {}, SECRET, kid="a"), [oct_jwk(b"x", kid="a"), "secret"], ["HS256"]),
    ),
    Difference(
        "keys-not-a-list",
        SELECTION,
        "splits a string or mapping passed as `keys` into characters or names, and uses each as a key",
        "raises JWKError",
        "an attacker can guess such keys",
        ("rejects", "changes_error"),
        _has_keys_not_a_list,
        call("jwt.decode", TOKEN, {"keys": {"secret": 1}}, ["HS256"]),
    ),
    Difference(
        "jwk-without-kty",
        SELECTION,
        "treats a JWK without `kty` as a mapping of names to keys, and its members as secrets",
        "raises JWKError",
        "an attacker knows `AQAB`",
        ("rejects", "changes_error"),
        _has_no_kty,
        call("jwt.decode", create_token("HS256", {}, b"AQAB"), {"n": "AQAB", "e": "AQAB"}, ["HS256"]),
    ),
    Difference(
        "mappings-without-keys",
        SELECTION,
        "treats any JSON object, such as an error response, as a mapping of names to keys, and each text as a secret",
        "raises JWKError, unless a member is a key, or a secret that the token's `kid` names",
        "an attacker knows `Not Found`",
        ("rejects", "changes_error"),
        _is_mapping_without_key,
        call("jwt.decode", create_token("HS256", {}, b"Not Found"), {"message": "Not Found"}, ["HS256"]),
    ),
    Difference(
        "secrets-in-mappings",
        SELECTION,
        "uses every text in a mapping as a secret",
        "uses a text that is not PEM only for a token whose `kid` names it",
        "an attacker may know other texts in the mapping",
        ("rejects", "changes_error"),
        _has_secret_without_kid,
        call("jwt.decode", TOKEN, {"a": spki(public_key_of(rsa_key())).decode(), "b": "secret"}, ["HS256"]),
    ),
    Difference(
        "key-objects-of-other-algorithm",
        SELECTION,
        "verifies with a key object under any algorithm in the token",
        "verifies only if the token has the algorithm of the key object",
        "a key must only be used with its algorithm (RFC 8725 §3.1, GHSA-jq35-7prp-9v3f)",
        ("rejects", "changes_error", "changes_result"),
        _has_key_object_of_other_algorithm,
        call("jws.verify", build_token({"alg": "RS256"}, {}, "HS256", SECRET), SECRET_KEY, ["RS256"]),
    ),
)
