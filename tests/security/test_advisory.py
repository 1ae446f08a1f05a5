"""Each published flaw of a JOSE library that concerns verification, as an attack on this one: refused.

Named after the CVE or the GHSA number, or after the project where there is none.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from fastjose import JOSEError, Key, Verifier, verify_token
from support.jose_builder import (
    CLAIMS,
    NOW,
    SECRET,
    b64u,
    ec_key,
    ed_key,
    jwk,
    oct_jwk,
    openssh,
    pkcs1,
    public,
    rsa_key,
    sealed,
    signature,
    signed,
    signing_input,
    spki,
    token,
    with_signature,
)

RSA_PEM = spki(public(rsa_key()))
HS256 = {"alg": "HS256"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def code(made: str, keys: Any = SECRET, algorithms: Any = "HS256", **options: Any) -> str:
    """Return the code of the refusal; `configuration` where the arguments are refused."""
    with pytest.raises((JOSEError, ValueError)) as caught:
        verify_token(made, keys, algorithms=algorithms, **options)
    return getattr(caught.value, "code", "configuration")


def refused_as_secret(material: bytes) -> None:
    """Expect `material`, a public key in some spelling, to verify no MAC, however it is given."""
    forged = token(key=material)
    assert code(forged, material) in {"invalid_key", "configuration"}
    assert code(forged, material, ["HS256", "RS256", "ES256", "EdDSA"]) in {"invalid_key", "algorithm_not_allowed"}
    with pytest.raises(JOSEError):
        Key(material, allow_short_secret=True)


def test_cve_2015_9235_rsa_key_as_hmac_secret() -> None:
    refused_as_secret(RSA_PEM)
    assert code(token(key=RSA_PEM), RSA_PEM, ["RS256", "HS256"]) == "algorithm_not_allowed"


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_cve_2015_2951_alg_none(name: str) -> None:
    assert code(with_signature(b"", name)) == "algorithm_not_allowed"
    assert code(signed({"alg": name})) == "algorithm_not_allowed"


def test_cve_2017_11424_pkcs1_key_as_hmac_secret() -> None:
    refused_as_secret(pkcs1(rsa_key().public_key()))


def test_cve_2018_0114_key_in_the_header() -> None:
    stranger = rsa_key(other=True)
    forged = token("RS256", key=stranger, jwk=jwk(public(stranger)))
    assert code(forged, RSA_PEM, "RS256") == "bad_signature"


def test_cve_2019_14853_der_signature() -> None:
    r, s = b"\x02\x01\x01", b"\x02\x01\x01"
    for made in (b"\x30\x06" + r + s, b"\x30\x80" + r + s + b"\x00\x00", b"\x30\x06" + r + s + b"\x00", b"\x30"):
        assert code(with_signature(made, "ES256"), spki(public(ec_key())), "ES256") == "bad_signature"


def test_cve_2022_21449_signature_of_zeros() -> None:
    for name, curve, size in [("ES256", "P-256", 64), ("ES384", "P-384", 96), ("ES512", "P-521", 132)]:
        assert code(with_signature(bytes(size), name), spki(public(ec_key(curve))), name) == "bad_signature"


def test_cve_2022_23529_object_as_secret() -> None:
    class Secret:
        def __str__(self) -> str:
            return SECRET.hex()

    with pytest.raises(TypeError):
        Verifier(Secret(), algorithms="HS256")  # type: ignore[arg-type]


def test_cve_2022_23539_weak_rsa_key() -> None:
    assert code(token("RS256", key=rsa_key(1024)), spki(public(rsa_key(1024))), "RS256") == "weak_key"


def test_cve_2022_23540_no_algorithms_given() -> None:
    assert code(with_signature(b"", "none"), algorithms=None) == "configuration"


def test_cve_2022_23541_key_of_another_kind_found() -> None:
    keys = {"keys": [jwk(public(rsa_key()), kid="rsa"), oct_jwk(SECRET, kid="oct")]}
    assert code(token(key=RSA_PEM, kid="rsa"), keys, ["RS256", "HS256"]) == "unknown_key"


@pytest.mark.parametrize("key", [ec_key(), ed_key()], ids=["ecdsa", "ed25519"])
def test_cve_2022_29217_openssh_key_as_hmac_secret(key: Any) -> None:
    refused_as_secret(openssh(public(key)))


def test_cve_2022_39227_json_and_compact_mixed() -> None:
    header, payload, mac = token().split(".")
    members = {"protected": header, "payload": payload, "signature": mac}
    forged = json.dumps({f"  {header}.{b64u(b'{}')}.": "", **members})
    assert code(forged) == "malformed"


def test_cve_2022_36083_iterations_without_end() -> None:
    header = b64u(json.dumps({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2**31 - 1, "p2s": "AA"}).encode())
    assert code(f"{header}.AAAA.AAAA.AAAA.AAAA") == "malformed"


@pytest.mark.parametrize("prefix", [b" ", b"\n", b"\t", b"\r\n", b"\xef\xbb\xbf", b"\x00"])
def test_cve_2023_48223_cve_2026_34950_pem_behind_white_space(prefix: bytes) -> None:
    refused_as_secret(prefix + RSA_PEM)
    refused_as_secret(prefix + pkcs1(rsa_key().public_key()))


def test_cve_2024_28176_compressed_claims() -> None:
    assert verify_token(token(zip="DEF"), SECRET, algorithms="HS256") == CLAIMS
    assert code(f"{b64u(b'{}')}.AAAA.AAAA.AAAA.AAAA") == "malformed"


def test_cve_2024_33663_key_in_der_or_openssh_as_hmac_secret() -> None:
    for key in (rsa_key(), ec_key(), ed_key()):
        refused_as_secret(openssh(public(key)))
        refused_as_secret(spki(public(key), pem=False))


def test_cve_2024_37568_no_algorithm_and_a_public_key() -> None:
    assert code(token(key=RSA_PEM), RSA_PEM, None) == "configuration"


def test_cve_2024_51744_expired_and_forged_is_forged() -> None:
    assert code(token(payload={"exp": 1}, key=b"o" * 64)) == "bad_signature"


@pytest.mark.parametrize("issuer", ["http", "https://issuer", "", "issuer.example"])
def test_cve_2024_53861_issuer_by_its_part(issuer: str) -> None:
    assert code(token(payload={**CLAIMS, "iss": issuer}), issuer="https://issuer.example") == "wrong_issuer"


def test_cve_2025_27144_cve_2025_30204_many_dots() -> None:
    assert code("." * 1_000_000) == "too_large"
    assert code("." * 65_536) == "malformed"


def test_cve_2025_30144_issuers_in_an_array() -> None:
    both = ["https://attacker.example", "https://issuer.example"]
    assert code(token(payload={**CLAIMS, "iss": both}), issuer="https://issuer.example") == "invalid_claim"


def test_cve_2025_45768_short_hmac_secret() -> None:
    assert code(token(key=b"secret"), b"secret") == "weak_key"


def test_cve_2025_61152_no_argument_turns_verification_off() -> None:
    turn_off: Any = verify_token
    for options in ({"options": {"verify_signature": False}}, {"verify": False}):
        with pytest.raises(TypeError):
            turn_off(with_signature(b"", "none"), SECRET, algorithms="HS256", **options)


def test_cve_2025_61920_cve_2025_65015_long_input_is_not_echoed() -> None:
    for made in (token(kid="k" * 40_000), signed({"alg": "x" * 40_000}), f"{'A' * 40_000}.AA.AA"):
        with pytest.raises(JOSEError) as caught:
            verify_token(made, Key(SECRET, kid="own"), algorithms="HS256")
        assert len(repr(caught.value)) < 200


@pytest.mark.parametrize("empty", ["", b"", None, [], {}, {"keys": []}])
def test_cve_2025_65945_cve_2026_45363_secret_that_was_not_found(empty: Any) -> None:
    with pytest.raises((JOSEError, ValueError, TypeError)):
        verify_token(token(key=b""), empty, algorithms="HS256")


def test_cve_2026_22748_claims_are_judged_unasked() -> None:
    for claims in ({"sub": "a"}, {"exp": NOW}, {**CLAIMS, "nbf": NOW + 1}, {**CLAIMS, "aud": "another-api"}):
        assert code(token(payload=claims)) in {"missing_claim", "expired", "not_yet_valid", "wrong_audience"}


def test_cve_2026_22817_jwk_without_alg() -> None:
    key = jwk(public(rsa_key()))
    for known in (RSA_PEM, json.dumps(key).encode(), key["n"].encode(), b""):
        assert code(token(key=known), key, ["RS256", "HS256"]) == "algorithm_not_allowed"
        assert code(token(key=known), key, None) == "configuration"


@pytest.mark.parametrize("name", ["", "x", "hs256", "HS255", "none"])
def test_cve_2026_23993_unknown_algorithm_and_empty_signature(name: str) -> None:
    assert code(with_signature(b"", name)) in {"malformed", "algorithm_not_allowed"}


@pytest.mark.parametrize("claim", ["exp", "nbf"])
def test_cve_2026_25537_time_of_the_wrong_type(claim: str) -> None:
    wrong: list[Any] = [str(NOW), None, [NOW], {}, True]
    for value in wrong:
        assert code(token(payload={**CLAIMS, claim: value})) == "invalid_claim"
        assert code(token(payload={"exp": NOW + 1, claim: value}), required=[]) == "invalid_claim"


@pytest.mark.parametrize("claim", ["iss", "sub"])
def test_cve_2026_25537_kin_name_of_the_wrong_type(claim: str) -> None:
    wrong: list[Any] = [1, None, ["a"], {}, True]
    for value in wrong:
        assert code(token(payload={**CLAIMS, claim: value})) == "invalid_claim"


@pytest.mark.parametrize("nothing", [{"keys": []}, {}, b""])
def test_cve_2026_27962_header_key_and_no_own(nothing: Any) -> None:
    forged = token("RS256", jwk=jwk(public(rsa_key())))
    assert code(forged, nothing, "RS256") == "invalid_key"


def test_cve_2026_28802_none_and_empty_signature() -> None:
    forged = with_signature(b"", "none")
    assert code(forged) == "algorithm_not_allowed"
    assert code(forged, algorithms=["HS256", "none"]) == "configuration"


def test_cve_2026_29000_cve_2026_34986_jwe() -> None:
    header = b64u(b'{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}')
    unsigned = with_signature(b"", "none")
    for made in (f"{header}.AAAA.AAAA.{b64u(unsigned.encode())}.AAAA", f"{header}....", f"{header}..A.A.A"):
        assert code(made, RSA_PEM, "RS256") == "malformed"


@pytest.mark.parametrize("value", [["x-unknown"], [], None, "exp", ["b64"], ["exp"]])
def test_cve_2025_59420_cve_2026_32597_cve_2026_35042_crit(value: Any) -> None:
    assert code(signed({**HS256, "x-unknown": 1, "crit": value})) == "unsupported_header"


def test_cve_2026_34240_header_key_beside_the_own() -> None:
    stranger = ec_key(other=True)
    forged = token("ES256", key=stranger, jwk=jwk(public(stranger)), kid="own")
    assert code(forged, jwk(public(ec_key()), kid="own"), "ES256") == "bad_signature"


def test_cve_2026_35039_remembered_token_found_by_its_part() -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=100)
    made = token()
    assert verifier.verify(made) == CLAIMS
    forged = f"{signing_input(HS256, {**CLAIMS, 'sub': 'root'})}.{made.rpartition('.')[2]}"
    for other in (forged, made[:-4] + "AAAA", made[:-1]):
        with pytest.raises(JOSEError):
            verifier.verify(other)


def test_cve_2026_35041_every_second_verification() -> None:
    verifier = Verifier(SECRET, algorithms="HS256", audience=["api", "web"])
    made = token(payload={**CLAIMS, "aud": "web"})
    assert [verifier.verify(made)["aud"] for _ in range(4)] == ["web"] * 4


def test_cve_2026_44699_mac_with_an_empty_key_under_an_rsa_jwk() -> None:
    key = jwk(public(rsa_key()))
    assert code(token(key=b""), key, ["RS256", "HS256"]) == "algorithm_not_allowed"
    assert code(token(key=b""), {"keys": [key, oct_jwk(SECRET)]}, ["RS256", "HS256"]) == "bad_signature"


def test_cve_2026_48526_jwk_text_as_hmac_secret() -> None:
    for key in (rsa_key(), ec_key(), ed_key()):
        refused_as_secret(json.dumps(jwk(public(key))).encode())


def test_ghsa_jq35_7prp_9v3f_header_and_key_disagree() -> None:
    key = jwk(public(rsa_key()), alg="RS512")
    forged = signed({"alg": "RS256"}, algorithm="RS512")
    assert code(forged, key, "RS256") == "configuration"
    assert code(forged, key, ["RS256", "RS512"]) == "algorithm_not_allowed"


def test_ghsa_w7vc_732c_9m39_payload_that_is_not_encoded() -> None:
    header = b64u(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    assert code(sealed(f"{header}.{b64u(json.dumps(CLAIMS).encode())}")) == "unsupported_header"


RSA_JWK = json.dumps(jwk(public(rsa_key()))).encode()
GHSA_SPELLINGS = {
    "set": b'{"keys":[%b]}' % RSA_JWK,
    "array": b"[%b]" % RSA_JWK,
    "base64": base64.b64encode(RSA_JWK),
    "pem in base64": base64.b64encode(RSA_PEM),
    "mark": b"\xef\xbb\xbf" + RSA_JWK,
    "utf-16": RSA_JWK.decode().encode("utf-16"),
    "der": spki(public(rsa_key()), pem=False),
    "der in base64": base64.b64encode(spki(public(rsa_key()), pem=False)),
}


@pytest.mark.parametrize("spelled", GHSA_SPELLINGS.values(), ids=GHSA_SPELLINGS)
def test_ghsa_r6x4_923q_g947_and_kin_key_respelled_as_hmac_secret(spelled: bytes) -> None:
    refused_as_secret(spelled)


def test_ghsa_pxh4_856f_4h89_empty_key_in_a_jwk() -> None:
    for key in (oct_jwk(b""), {"keys": [oct_jwk(b"")]}, {"kty": "oct"}):
        assert code(token(key=b""), key) == "invalid_key"


def test_ghsa_8wjv_2p76_3863_deep_nesting() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    assert code(signed(HS256, b'{"exp":1700003600,"x":%b}' % deep)) == "malformed"
    assert code(signed(b'{"alg":"HS256","x":%b}' % deep)) == "malformed"


def test_ghsa_w6j9_cwv2_h6wq_one_bad_key_in_a_set() -> None:
    keys = {"keys": [None, {}, {"kty": "EC"}, {"kty": "RSA", "n": "!", "e": 1}, oct_jwk(SECRET, alg="HS256")]}
    assert verify_token(token(), keys) == CLAIMS


@pytest.mark.parametrize("spoil", ["=", "==", " ", "\n", "\r\n", "%", "!", "\x00"])
def test_ghsa_hxm8_2xgr_2p9m_lax_base64(spoil: str) -> None:
    header, payload, mac = token().split(".")
    for made in (
        f"{header}.{payload}.{mac}{spoil}",
        sealed(f"{header}.{payload}{spoil}"),
        sealed(f"{header}{spoil}.{payload}"),
    ):
        assert code(made) == "malformed"


def test_ghsa_jc38_x7x8_2xc8_algorithm_outside_of_what_is_signed() -> None:
    header, payload, mac = signed({"typ": "JWT"}).split(".")
    assert code(f"{header}.{payload}.{mac}") == "malformed"
    assert code(json.dumps({"protected": header, "header": HS256, "payload": payload, "signature": mac})) == "malformed"


def test_python_jose_413_crit_ignored() -> None:
    assert code(token(crit=["http://example.com/UNDEFINED"])) == "unsupported_header"


def test_jsonwebtoken_493_expected_claim_that_is_missing() -> None:
    for options in ({"audience": "api"}, {"issuer": "https://issuer.example"}, {"subject": "another"}):
        assert code(token(payload={"exp": NOW + 1}), required=[], **options) == "missing_claim"


def test_haproxy_long_ecdsa_signature() -> None:
    for size in (65, 128, 16_384, 40_000):
        made = signature("ES256", ec_key(), b"") * (size // 64 + 1)
        assert code(with_signature(made[:size], "ES256"), spki(public(ec_key())), "ES256") == "bad_signature"


def test_identity_as_ed25519_key() -> None:
    base = bytes.fromhex("58" + "66" * 31)
    forged = with_signature(base + (1).to_bytes(32, "little"), "EdDSA")
    identity = {"kty": "OKP", "crv": "Ed25519", "x": b64u((1).to_bytes(32, "little"))}
    assert code(forged, identity, "EdDSA") == "invalid_key"
