"""Members of a JWK Set that cannot be used: which, and why."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from fastjose import JWKError, JWKSetUnavailableError, JWTError, RemoteKeySet, Verifier
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.bearer_tokens import KEY_SET, make_api_token
from support.tokens.jose_builder import jwk, public_key_of, rsa_key

RSA: dict[str, Any] = jwk(public_key_of(rsa_key()), kid="rsa")
GOOD = KEY_SET["keys"][0]


def standard_base64(text: str) -> str:
    """Return base64url as base64 with padding."""
    return base64.b64encode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).decode()


def without(*names: str, **changes: Any) -> dict[str, Any]:
    """Return the RSA JWK without some members, and with changes."""
    return {name: value for name, value in {**RSA, **changes}.items() if name not in names}


REASONS: list[tuple[dict[str, Any], str]] = [
    (without(n="D" + "_" * 337 + "8"), "An RSA key needs at least 2048 bits (RFC 7518 section 3.3); this has 2028."),
    (without("n", "e", x5c=["MIIB"]), "Mandatory parameters are missing: n, e; the certificates in x5c are not read"),
    (without("e"), "Mandatory parameters are missing: e."),
    (without("kty"), "Mandatory parameters are missing: kty."),
    (without(kid=5), "wrong type: kid must be a str"),
    (without(kid=["rsa"]), "wrong type: kid must be a str"),
    (without(alg="rs256"), "The JWK's alg must be RS256: names are case-sensitive."),
    (without(alg="RS256 "), "The JWK's alg is not supported."),
    (without(alg=256), "wrong type: alg must be a str"),
    (without(use="SIG"), "The JWK's use must be sig: names are case-sensitive."),
    (without(use="signature"), "The JWK's use and key_ops must allow verifying signatures."),
    (without(key_ops="verify"), "wrong type: key_ops must be a list of str"),
    (without(key_ops=["verify", 1]), "wrong type: key_ops must be a list of str"),
    (without(kty="rsa"), "The JWK's kty must be RSA: names are case-sensitive."),
    (without(kty="DSA"), "The JWK's kty is not supported."),
    (without(e=65537), "wrong type: e must be a str in base64url, such as AQAB for 65537"),
    (without(n=17), "wrong type: n must be a str in base64url"),
    (without(n=standard_base64("_-" * 171)), "not base64url: n is standard base64"),
    (without(n=RSA["n"] + "="), "not base64url: n has padding"),
    (without(n=RSA["n"][:80] + "\n" + RSA["n"][80:]), "not base64url: n contains white space"),
    (without(e=""), "not base64url: e must not be empty"),
]


@pytest.mark.parametrize(("member", "reason"), REASONS)
def test_skipped_key_is_listed_with_its_position_and_reason(member: dict[str, Any], reason: str) -> None:
    verifier = Verifier({"keys": [GOOD, member]}, algorithms=["EdDSA", "RS256"])
    (skipped,) = verifier.skipped_keys
    assert skipped.startswith("keys[1]")
    assert reason in skipped
    for value in (RSA["n"][:16], member.get("n")):
        assert str(value) not in skipped


@pytest.mark.parametrize(("member", "reason"), REASONS)
def test_set_without_usable_key_reports_the_reason(member: dict[str, Any], reason: str) -> None:
    with pytest.raises(JWKError, match="The JWK Set has no usable key: keys") as raised:
        Verifier({"keys": [member]}, algorithms=["RS256"])
    assert reason in str(raised.value)
    assert raised.value.code == ("weak_key" if "2028" in reason else "invalid_key")


def test_set_without_usable_key_reports_at_most_five_reasons() -> None:
    with pytest.raises(JWKError) as raised:
        Verifier({"keys": [without("e")] * 8}, algorithms=["RS256"])
    assert str(raised.value).count("keys[") == 5
    assert str(raised.value).endswith("and 3 more.")
    with pytest.raises(JWKError, match="its list is empty"):
        Verifier({"keys": []}, algorithms=["RS256"])


def test_kid_is_listed_only_if_a_log_line_can_contain_it() -> None:
    for kid, is_listed in {"abc-1_2.x=": True, "a" * 64: True, "a" * 65: False, "a b": False, "a\nb": False}.items():
        (skipped,) = Verifier({"keys": [GOOD, without("e", kid=kid)]}).skipped_keys
        assert (f"(kid {kid})" in skipped) is is_listed


def test_members_for_encryption_are_not_listed() -> None:
    members = [
        without(use="enc"),
        without(alg="RSA-OAEP-256"),
        without("n", use="enc"),
        {"kty": "EC", "alg": "ECDH-ES"},
    ]
    assert Verifier({"keys": [GOOD, *members]}).skipped_keys == []


def test_skipped_keys_of_several_sets_are_listed_together() -> None:
    verifier = Verifier([{"keys": [GOOD, without("e")]}, {"keys": [GOOD, without("n")]}])
    assert [text.rpartition(": ")[2] for text in verifier.skipped_keys] == ["e.", "n."]


def test_remote_set_lists_skipped_keys_after_its_fetch() -> None:
    secret = {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}
    with serve_jwks(lambda: {"keys": [GOOD, without(alg="rs256"), secret]}) as proxy:
        keys = RemoteKeySet(proxy.url)
        verifier = Verifier(keys, audience="https://app.example.com")
        assert keys.skipped_keys == verifier.skipped_keys == []
        verifier.verify(make_api_token())
        assert keys.skipped_keys == verifier.skipped_keys
        weak_case, symmetric = keys.skipped_keys
    assert "alg must be RS256" in weak_case
    assert symmetric.startswith("keys[2] (kid shared): Symmetric keys")
    assert "c2VjcmV0" not in symmetric


def test_remote_set_without_usable_key_reports_the_reason() -> None:
    with serve_jwks(lambda: {"keys": [without(use="SIG")]}) as proxy:
        keys = RemoteKeySet(proxy.url)
        with pytest.raises(
            JWKSetUnavailableError, match=r"no usable key: keys\[0\] \(kid rsa\): The JWK's use must be sig"
        ):
            keys.fetch()


def test_rejection_does_not_tell_the_client_which_keys_were_skipped() -> None:
    verifier = Verifier({"keys": [{**GOOD, "kid": "a"}, without("e")]})
    with pytest.raises(JWTError, match=r"^No key matches the token\.$"):
        verifier.verify(make_api_token())
