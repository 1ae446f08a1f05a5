"""Published vulnerabilities of JOSE libraries in verification, as attacks that fastjose must reject.

Each test is named after the CVE or GHSA number, or after the project if it has neither.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from fastjose import JOSEError, Key, Verifier, verify_token
from support.tokens.jose_builder import (
    CLAIMS,
    NOW,
    SECRET,
    append_signature,
    b64u,
    build_token,
    create_token,
    create_token_with_signature,
    ec_key,
    ed_key,
    jwk,
    oct_jwk,
    openssh,
    pkcs1,
    public_key_of,
    rsa_key,
    sign_bytes,
    signing_input,
    spki,
)

RSA_PEM = spki(public_key_of(rsa_key()))
HS256 = {"alg": "HS256"}


@pytest.fixture(autouse=True)
def _freeze_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def catch_error_code(made: str, keys: Any = SECRET, algorithms: Any = "HS256", **options: Any) -> str:
    """Return the code of the error, or `configuration` if the arguments are rejected."""
    with pytest.raises((JOSEError, ValueError)) as caught:
        verify_token(made, keys, algorithms=algorithms, **options)
    return getattr(caught.value, "code", "configuration")


def assert_rejected_as_secret(material: bytes) -> None:
    """Assert that `material`, an encoded public key, cannot verify a MAC in any form."""
    forged = create_token(key=material)
    assert catch_error_code(forged, material) in {"invalid_key", "configuration"}
    assert catch_error_code(forged, material, ["HS256", "RS256", "ES256", "EdDSA"]) in {
        "invalid_key",
        "algorithm_not_allowed",
    }
    with pytest.raises(JOSEError):
        Key(material, allow_short_secret=True)


def test_cve_2015_9235_rsa_key_as_hmac_secret() -> None:
    assert_rejected_as_secret(RSA_PEM)
    assert catch_error_code(create_token(key=RSA_PEM), RSA_PEM, ["RS256", "HS256"]) == "algorithm_not_allowed"


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_cve_2015_2951_alg_none(name: str) -> None:
    assert catch_error_code(create_token_with_signature(b"", name)) == "algorithm_not_allowed"
    assert catch_error_code(build_token({"alg": name})) == "algorithm_not_allowed"


def test_cve_2017_11424_pkcs1_key_as_hmac_secret() -> None:
    assert_rejected_as_secret(pkcs1(rsa_key().public_key()))


def test_cve_2018_0114_key_in_header() -> None:
    stranger = rsa_key(other=True)
    forged = create_token("RS256", key=stranger, jwk=jwk(public_key_of(stranger)))
    assert catch_error_code(forged, RSA_PEM, "RS256") == "bad_signature"


def test_cve_2019_14853_der_signature() -> None:
    r, s = b"\x02\x01\x01", b"\x02\x01\x01"
    for made in (b"\x30\x06" + r + s, b"\x30\x80" + r + s + b"\x00\x00", b"\x30\x06" + r + s + b"\x00", b"\x30"):
        assert (
            catch_error_code(create_token_with_signature(made, "ES256"), spki(public_key_of(ec_key())), "ES256")
            == "bad_signature"
        )


def test_cve_2022_21449_signature_of_zeros() -> None:
    for name, curve, size in [("ES256", "P-256", 64), ("ES384", "P-384", 96), ("ES512", "P-521", 132)]:
        assert (
            catch_error_code(create_token_with_signature(bytes(size), name), spki(public_key_of(ec_key(curve))), name)
            == "bad_signature"
        )


def test_cve_2022_23529_object_as_secret() -> None:
    class SecretWithStr:
        def __str__(self) -> str:
            return SECRET.hex()

    with pytest.raises(TypeError):
        Verifier(SecretWithStr(), algorithms="HS256")  # type: ignore[arg-type]


def test_cve_2022_23539_weak_rsa_key() -> None:
    assert (
        catch_error_code(create_token("RS256", key=rsa_key(1024)), spki(public_key_of(rsa_key(1024))), "RS256")
        == "weak_key"
    )


def test_cve_2022_23540_no_algorithms_given() -> None:
    assert catch_error_code(create_token_with_signature(b"", "none"), algorithms=None) == "configuration"


def test_cve_2022_23541_key_of_other_type() -> None:
    keys = {"keys": [jwk(public_key_of(rsa_key()), kid="rsa"), oct_jwk(SECRET, kid="oct")]}
    assert catch_error_code(create_token(key=RSA_PEM, kid="rsa"), keys, ["RS256", "HS256"]) == "unknown_key"


@pytest.mark.parametrize("key", [ec_key(), ed_key()], ids=["ecdsa", "ed25519"])
def test_cve_2022_29217_openssh_key_as_hmac_secret(key: Any) -> None:
    assert_rejected_as_secret(openssh(public_key_of(key)))


def test_cve_2022_39227_json_and_compact_mixed() -> None:
    header, payload, mac = create_token().split(".")
    members = {"protected": header, "payload": payload, "signature": mac}
    forged = json.dumps({f"  {header}.{b64u(b'{}')}.": "", **members})
    assert catch_error_code(forged) == "malformed"


def test_cve_2022_36083_excessive_pbes2_iterations() -> None:
    header = b64u(json.dumps({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2**31 - 1, "p2s": "AA"}).encode())
    assert catch_error_code(f"{header}.AAAA.AAAA.AAAA.AAAA") == "malformed"


@pytest.mark.parametrize("prefix", [b" ", b"\n", b"\t", b"\r\n", b"\xef\xbb\xbf", b"\x00"])
def test_cve_2023_48223_cve_2026_34950_pem_behind_white_space(prefix: bytes) -> None:
    assert_rejected_as_secret(prefix + RSA_PEM)
    assert_rejected_as_secret(prefix + pkcs1(rsa_key().public_key()))


def test_cve_2024_28176_compressed_claims() -> None:
    assert verify_token(create_token(zip="DEF"), SECRET, algorithms="HS256") == CLAIMS
    assert catch_error_code(f"{b64u(b'{}')}.AAAA.AAAA.AAAA.AAAA") == "malformed"


def test_cve_2024_33663_key_in_der_or_openssh_as_hmac_secret() -> None:
    for key in (rsa_key(), ec_key(), ed_key()):
        assert_rejected_as_secret(openssh(public_key_of(key)))
        assert_rejected_as_secret(spki(public_key_of(key), pem=False))


def test_cve_2024_37568_no_algorithm_and_a_public_key() -> None:
    assert catch_error_code(create_token(key=RSA_PEM), RSA_PEM, None) == "configuration"


def test_cve_2024_51744_expired_forged_token_reports_signature() -> None:
    assert catch_error_code(create_token(payload={"exp": 1}, key=b"o" * 64)) == "bad_signature"


@pytest.mark.parametrize("issuer", ["http", "https://issuer", "", "issuer.example"])
def test_cve_2024_53861_partial_issuer(issuer: str) -> None:
    assert (
        catch_error_code(create_token(payload={**CLAIMS, "iss": issuer}), issuer="https://issuer.example")
        == "wrong_issuer"
    )


def test_cve_2025_27144_cve_2025_30204_many_dots() -> None:
    assert catch_error_code("." * 1_000_000) == "too_large"
    assert catch_error_code("." * 65_536) == "malformed"


def test_cve_2025_30144_issuers_in_an_array() -> None:
    both = ["https://attacker.example", "https://issuer.example"]
    assert (
        catch_error_code(create_token(payload={**CLAIMS, "iss": both}), issuer="https://issuer.example")
        == "invalid_claim"
    )


def test_cve_2025_45768_short_hmac_secret() -> None:
    assert catch_error_code(create_token(key=b"secret"), b"secret") == "weak_key"


def test_cve_2025_61152_no_argument_turns_verification_off() -> None:
    turn_off: Any = verify_token
    for options in ({"options": {"verify_signature": False}}, {"verify": False}):
        with pytest.raises(TypeError):
            turn_off(create_token_with_signature(b"", "none"), SECRET, algorithms="HS256", **options)


def test_cve_2025_61920_cve_2025_65015_long_input_is_not_echoed() -> None:
    for made in (create_token(kid="k" * 40_000), build_token({"alg": "x" * 40_000}), f"{'A' * 40_000}.AA.AA"):
        with pytest.raises(JOSEError) as caught:
            verify_token(made, Key(SECRET, kid="own"), algorithms="HS256")
        assert len(repr(caught.value)) < 200


@pytest.mark.parametrize("empty", ["", b"", None, [], {}, {"keys": []}])
def test_cve_2025_65945_cve_2026_45363_missing_secret(empty: Any) -> None:
    with pytest.raises((JOSEError, ValueError, TypeError)):
        verify_token(create_token(key=b""), empty, algorithms="HS256")


def test_cve_2026_22748_claims_are_validated_by_default() -> None:
    for claims in ({"sub": "a"}, {"exp": NOW}, {**CLAIMS, "nbf": NOW + 1}, {**CLAIMS, "aud": "another-api"}):
        assert catch_error_code(create_token(payload=claims)) in {
            "missing_claim",
            "expired",
            "not_yet_valid",
            "wrong_audience",
        }


def test_cve_2026_22817_jwk_without_alg() -> None:
    key = jwk(public_key_of(rsa_key()))
    for known in (RSA_PEM, json.dumps(key).encode(), key["n"].encode(), b""):
        assert catch_error_code(create_token(key=known), key, ["RS256", "HS256"]) == "algorithm_not_allowed"
        assert catch_error_code(create_token(key=known), key, None) == "configuration"


@pytest.mark.parametrize("name", ["", "x", "hs256", "HS255", "none"])
def test_cve_2026_23993_unknown_algorithm_and_empty_signature(name: str) -> None:
    assert catch_error_code(create_token_with_signature(b"", name)) in {"malformed", "algorithm_not_allowed"}


@pytest.mark.parametrize("claim", ["exp", "nbf"])
def test_cve_2026_25537_time_of_the_wrong_type(claim: str) -> None:
    wrong: list[Any] = [str(NOW), None, [NOW], {}, True]
    for value in wrong:
        assert catch_error_code(create_token(payload={**CLAIMS, claim: value})) == "invalid_claim"
        assert catch_error_code(create_token(payload={"exp": NOW + 1, claim: value}), required=[]) == "invalid_claim"


@pytest.mark.parametrize("claim", ["iss", "sub"])
def test_cve_2026_25537_string_claim_of_the_wrong_type(claim: str) -> None:
    wrong: list[Any] = [1, None, ["a"], {}, True]
    for value in wrong:
        assert catch_error_code(create_token(payload={**CLAIMS, claim: value})) == "invalid_claim"


@pytest.mark.parametrize("nothing", [{"keys": []}, {}, b""])
def test_cve_2026_27962_header_key_without_configured_key(nothing: Any) -> None:
    forged = create_token("RS256", jwk=jwk(public_key_of(rsa_key())))
    assert catch_error_code(forged, nothing, "RS256") == "invalid_key"


def test_cve_2026_28802_none_and_empty_signature() -> None:
    forged = create_token_with_signature(b"", "none")
    assert catch_error_code(forged) == "algorithm_not_allowed"
    assert catch_error_code(forged, algorithms=["HS256", "none"]) == "configuration"


def test_cve_2026_29000_cve_2026_34986_jwe() -> None:
    header = b64u(b'{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}')
    unsigned = create_token_with_signature(b"", "none")
    for made in (f"{header}.AAAA.AAAA.{b64u(unsigned.encode())}.AAAA", f"{header}....", f"{header}..A.A.A"):
        assert catch_error_code(made, RSA_PEM, "RS256") == "malformed"


@pytest.mark.parametrize("value", [["x-unknown"], [], None, "exp", ["b64"], ["exp"]])
def test_cve_2025_59420_cve_2026_32597_cve_2026_35042_crit(value: Any) -> None:
    assert catch_error_code(build_token({**HS256, "x-unknown": 1, "crit": value})) == "unsupported_header"


def test_cve_2026_34240_header_key_with_configured_key() -> None:
    stranger = ec_key(other=True)
    forged = create_token("ES256", key=stranger, jwk=jwk(public_key_of(stranger)), kid="own")
    assert catch_error_code(forged, jwk(public_key_of(ec_key()), kid="own"), "ES256") == "bad_signature"


def test_cve_2026_35039_cached_token_is_matched_exactly() -> None:
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=100)
    made = create_token()
    assert verifier.verify(made) == CLAIMS
    forged = f"{signing_input(HS256, {**CLAIMS, 'sub': 'root'})}.{made.rpartition('.')[2]}"
    for other in (forged, made[:-4] + "AAAA", made[:-1]):
        with pytest.raises(JOSEError):
            verifier.verify(other)


def test_cve_2026_35041_every_second_verification() -> None:
    verifier = Verifier(SECRET, algorithms="HS256", audience=["api", "web"])
    made = create_token(payload={**CLAIMS, "aud": "web"})
    assert [verifier.verify(made)["aud"] for _ in range(4)] == ["web"] * 4


def test_cve_2026_44699_mac_with_an_empty_key_under_an_rsa_jwk() -> None:
    key = jwk(public_key_of(rsa_key()))
    assert catch_error_code(create_token(key=b""), key, ["RS256", "HS256"]) == "algorithm_not_allowed"
    assert (
        catch_error_code(create_token(key=b""), {"keys": [key, oct_jwk(SECRET)]}, ["RS256", "HS256"]) == "bad_signature"
    )


def test_cve_2026_48526_jwk_text_as_hmac_secret() -> None:
    for key in (rsa_key(), ec_key(), ed_key()):
        assert_rejected_as_secret(json.dumps(jwk(public_key_of(key))).encode())


def test_ghsa_jq35_7prp_9v3f_header_and_key_disagree() -> None:
    key = jwk(public_key_of(rsa_key()), alg="RS512")
    forged = build_token({"alg": "RS256"}, algorithm="RS512")
    assert catch_error_code(forged, key, "RS256") == "configuration"
    assert catch_error_code(forged, key, ["RS256", "RS512"]) == "algorithm_not_allowed"


def test_ghsa_w7vc_732c_9m39_unencoded_payload() -> None:
    header = b64u(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    assert catch_error_code(append_signature(f"{header}.{b64u(json.dumps(CLAIMS).encode())}")) == "unsupported_header"


RSA_JWK = json.dumps(jwk(public_key_of(rsa_key()))).encode()
GHSA_SPELLINGS = {
    "set": b'{"keys":[%b]}' % RSA_JWK,
    "array": b"[%b]" % RSA_JWK,
    "base64": base64.b64encode(RSA_JWK),
    "pem in base64": base64.b64encode(RSA_PEM),
    "mark": b"\xef\xbb\xbf" + RSA_JWK,
    "utf-16": RSA_JWK.decode().encode("utf-16"),
    "der": spki(public_key_of(rsa_key()), pem=False),
    "der in base64": base64.b64encode(spki(public_key_of(rsa_key()), pem=False)),
}


@pytest.mark.parametrize("spelled", GHSA_SPELLINGS.values(), ids=GHSA_SPELLINGS)
def test_ghsa_r6x4_923q_g947_reformatted_key_as_hmac_secret(spelled: bytes) -> None:
    assert_rejected_as_secret(spelled)


def test_ghsa_pxh4_856f_4h89_empty_key_in_a_jwk() -> None:
    for key in (oct_jwk(b""), {"keys": [oct_jwk(b"")]}, {"kty": "oct"}):
        assert catch_error_code(create_token(key=b""), key) == "invalid_key"


def test_ghsa_8wjv_2p76_3863_deep_nesting() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    assert catch_error_code(build_token(HS256, b'{"exp":1700003600,"x":%b}' % deep)) == "malformed"
    assert catch_error_code(build_token(b'{"alg":"HS256","x":%b}' % deep)) == "too_large"


def test_ghsa_w6j9_cwv2_h6wq_one_bad_key_in_a_set() -> None:
    keys = {"keys": [None, {}, {"kty": "EC"}, {"kty": "RSA", "n": "!", "e": 1}, oct_jwk(SECRET, alg="HS256")]}
    assert verify_token(create_token(), keys) == CLAIMS


@pytest.mark.parametrize("spoil", ["=", "==", " ", "\n", "\r\n", "%", "!", "\x00"])
def test_ghsa_hxm8_2xgr_2p9m_lax_base64(spoil: str) -> None:
    header, payload, mac = create_token().split(".")
    for made in (
        f"{header}.{payload}.{mac}{spoil}",
        append_signature(f"{header}.{payload}{spoil}"),
        append_signature(f"{header}{spoil}.{payload}"),
    ):
        assert catch_error_code(made) == "malformed"


def test_ghsa_jc38_x7x8_2xc8_unprotected_algorithm() -> None:
    header, payload, mac = build_token({"typ": "JWT"}).split(".")
    assert catch_error_code(f"{header}.{payload}.{mac}") == "malformed"
    assert (
        catch_error_code(json.dumps({"protected": header, "header": HS256, "payload": payload, "signature": mac}))
        == "malformed"
    )


def test_python_jose_413_crit_ignored() -> None:
    assert catch_error_code(create_token(crit=["http://example.com/UNDEFINED"])) == "unsupported_header"


def test_jsonwebtoken_493_missing_expected_claim() -> None:
    for options in ({"audience": "api"}, {"issuer": "https://issuer.example"}, {"subject": "another"}):
        assert catch_error_code(create_token(payload={"exp": NOW + 1}), required=[], **options) == "missing_claim"


def test_haproxy_long_ecdsa_signature() -> None:
    for size in (65, 128, 16_384, 40_000):
        made = sign_bytes("ES256", ec_key(), b"") * (size // 64 + 1)
        assert (
            catch_error_code(create_token_with_signature(made[:size], "ES256"), spki(public_key_of(ec_key())), "ES256")
            == "bad_signature"
        )


def test_ed25519_identity_point_as_key() -> None:
    base = bytes.fromhex("58" + "66" * 31)
    forged = create_token_with_signature(base + (1).to_bytes(32, "little"), "EdDSA")
    identity = {"kty": "OKP", "crv": "Ed25519", "x": b64u((1).to_bytes(32, "little"))}
    assert catch_error_code(forged, identity, "EdDSA") == "invalid_key"
