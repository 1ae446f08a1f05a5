"""Published vulnerabilities of JOSE libraries, as attacks on the python-jose API.

The tests have the names of `test_advisory`, which attacks the strict API. If python-jose's contract leaves a weakness
to the application, the test shows which protection remains.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from fastjose import (
    ExpiredSignatureError,
    JWEError,
    JWKError,
    JWSError,
    JWTClaimsError,
    JWTError,
    _core,
    jwe,
    jwk,
    jws,
    jwt,
)
from fastjose.constants import ALGORITHMS
from fastjose.exceptions import JWEInvalidAuth, JWEParseError
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
    oct_jwk,
    openssh,
    pkcs1,
    private_pem,
    public_key_of,
    rsa_key,
    sign_bytes,
    signing_input,
    spki,
)
from support.tokens.jose_builder import jwk as as_jwk

if TYPE_CHECKING:
    from collections.abc import Iterator

RSA_PEM = spki(public_key_of(rsa_key()))
RSA = as_jwk(public_key_of(rsa_key()))
HS256 = {"alg": "HS256"}
EVERY = ["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256"]
AES = b"k" * 16


@pytest.fixture(autouse=True)
def _freeze_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastjose.jwt.time", lambda: float(NOW))


def catch_decode_error(made: str | bytes, key: Any = SECRET, algorithms: Any = "HS256", **options: Any) -> Exception:
    """Return the error with which `jwt.decode` rejects the token."""
    with pytest.raises((JWTError, JWKError)) as caught:
        jwt.decode(made, key, algorithms, **options)
    return caught.value


def catch_error_text(made: str | bytes, key: Any = SECRET, algorithms: Any = "HS256", **options: Any) -> str:
    """Return the text of the error with which `jwt.decode` rejects the token."""
    return str(catch_decode_error(made, key, algorithms, **options))


def key_forms(material: bytes) -> Iterator[Any]:
    """Yield the key material in every form that an application may pass."""
    yield material
    yield [material]
    yield {"kid-1": material}
    yield oct_jwk(material)
    try:
        yield material.decode()
    except UnicodeDecodeError:
        return


def assert_rejected_as_secret(material: bytes) -> None:
    """Assert that `material`, an encoded public key, can neither verify nor create a MAC in any form."""
    forged = create_token(key=material, kid="kid-1")
    for key in key_forms(material):
        for algorithms in (None, "HS256", EVERY, ALGORITHMS.SUPPORTED):
            catch_decode_error(forged, key, algorithms)
        with pytest.raises(JWSError):
            jws.sign(b"", key)
    with pytest.raises(JWKError):
        jwk.construct(material, "HS256")


KEYS = {"rsa": rsa_key(), "ecdsa": ec_key(), "ed25519": ed_key()}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_cve_2015_9235_cve_2024_33663_public_key_as_hmac_secret(key: Any) -> None:
    pem, der, jwk_text = (
        spki(public_key_of(key)),
        spki(public_key_of(key), pem=False),
        json.dumps(as_jwk(public_key_of(key))).encode(),
    )
    for material in (pem, der, jwk_text, openssh(public_key_of(key)), private_pem(key)):
        assert_rejected_as_secret(material)
    for spelled in (b"\n" + pem, b"\xef\xbb\xbf" + pem, pem.replace(b"\n", b"\r\n"), pem.decode().encode("utf-16")):
        assert_rejected_as_secret(spelled)
    for encoded in (
        base64.b64encode(pem),
        base64.b64encode(der),
        der.hex().encode(),
        b"%a" % as_jwk(public_key_of(key)),
    ):
        assert_rejected_as_secret(encoded)


def test_cve_2017_11424_pkcs1_key_as_hmac_secret() -> None:
    assert_rejected_as_secret(pkcs1(rsa_key().public_key()))
    assert_rejected_as_secret(b"<RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_cve_2015_2951_alg_none(name: str) -> None:
    keys: list[Any] = [SECRET, RSA_PEM, RSA, {"keys": [RSA]}, None, "", [], jwk.construct(RSA, "RS256")]
    for key in keys:
        for made in (create_token_with_signature(b"", name), build_token({"alg": name})):
            for algorithms in (None, "HS256", EVERY, [name], name, ALGORITHMS.SUPPORTED, ALGORITHMS.ALL):
                catch_decode_error(made, key, algorithms)


def test_cve_2016_7036_truncated_mac_is_rejected() -> None:
    # aws-lc-rs compares in constant time. This test checks that prefixes and extensions of a MAC are rejected.
    made, mac = signing_input(HS256, CLAIMS), sign_bytes("HS256", SECRET, signing_input(HS256, CLAIMS).encode())
    assert jwt.decode(f"{made}.{b64u(mac)}", SECRET, "HS256") == CLAIMS
    for other in (mac[:-1], mac + b"\0", mac[:16], b"", mac[:31] + bytes([mac[31] ^ 1])):
        assert catch_error_text(f"{made}.{b64u(other)}") == "Signature verification failed."


def test_cve_2018_0114_cve_2026_34240_key_in_header() -> None:
    stranger = rsa_key(other=True)
    theirs = as_jwk(public_key_of(stranger), kid="own")
    forged = create_token("RS256", key=stranger, jwk=theirs, jku="https://attacker.example", x5c=["AA"], kid="own")
    keys: list[Any] = [RSA_PEM, RSA, {"keys": [{**RSA, "kid": "own"}]}, {"own": RSA_PEM}, {"keys": []}, []]
    for key in keys:
        for algorithms in (None, "RS256", EVERY):
            assert catch_error_text(forged, key, algorithms) == "Signature verification failed."
    catch_decode_error(forged, None, "RS256")
    catch_decode_error(forged, {}, "RS256")


def test_cve_2019_14853_der_signature() -> None:
    r, s = b"\x02\x01\x01", b"\x02\x01\x01"
    for made in (b"\x30\x06" + r + s, b"\x30\x80" + r + s + b"\x00\x00", b"\x30\x06" + r + s + b"\x00", b"\x30"):
        catch_decode_error(create_token_with_signature(made, "ES256"), spki(public_key_of(ec_key())), "ES256")


def test_cve_2022_21449_signature_of_zeros() -> None:
    for name in ("ES256", "ES384", "ES512"):
        for curve, size in [("P-256", 64), ("P-384", 96), ("P-521", 132)]:
            for made in (bytes(size), b"\xff" * size, bytes(size - 1) + b"\1"):
                catch_decode_error(create_token_with_signature(made, name), spki(public_key_of(ec_key(curve))), name)


@pytest.mark.parametrize("exponent", ["AQ", "AA", "Ag", "AAAAAQ"])
def test_weak_rsa_exponent_is_rejected(exponent: str) -> None:
    assert "exponent" in catch_error_text(
        create_token_with_signature(b"\1" * 256, "RS256"), {**RSA, "e": exponent}, "RS256"
    )


def test_cve_2022_23539_weak_rsa_key() -> None:
    for key in (spki(public_key_of(rsa_key(1024))), as_jwk(public_key_of(rsa_key(1024)))):
        assert "2048 bits" in catch_error_text(create_token("RS256", key=rsa_key(1024)), key, "RS256")


def test_cve_2022_23541_key_of_other_type() -> None:
    keys = {"keys": [{**RSA, "kid": "rsa"}, oct_jwk(SECRET, kid="oct")]}
    for known in (RSA_PEM, json.dumps(RSA).encode(), RSA["n"].encode(), b"rsa", b"oct", b"RSA", b"AQAB"):
        for kid in ("rsa", "oct", "", "keys", "0"):
            catch_decode_error(create_token(key=known, kid=kid), keys, EVERY)


def test_cve_2022_39227_json_and_compact_mixed() -> None:
    header, payload, mac = create_token().split(".")
    members = {"protected": header, "payload": payload, "signature": mac}
    catch_decode_error(json.dumps({f"  {header}.{b64u(b'{}')}.": "", **members}))
    catch_decode_error(json.dumps(members))


def test_cve_2022_36083_excessive_pbes2_iterations() -> None:
    header = b64u(json.dumps({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2**31 - 1, "p2s": "AA"}).encode())
    with pytest.raises(JWEError, match="not supported"):
        jwe.decrypt(f"{header}.AAAA.AAAA.AAAA.AAAA", b"password")


def encrypt_content(content: bytes, header: dict[str, str], cek: bytes = AES, encrypted_key: bytes = b"") -> str:
    """Encrypt `content` unchanged, even if the header announces compression."""
    protected = b64u(json.dumps(header).encode())
    ciphertext, tag = _core.aead_seal("A128GCM", cek, bytes(12), protected.encode(), content)
    return ".".join([protected, *map(b64u, (encrypted_key, bytes(12), ciphertext, tag))])


@pytest.mark.parametrize("window", [15, -15])
def test_cve_2024_33664_decompression_bomb(window: int) -> None:
    squeezing = zlib.compressobj(9, wbits=window)
    bomb = squeezing.compress(bytes(30_000_000)) + squeezing.flush()
    with pytest.raises(JWEError, match="Decompressed JWE string exceeds 256000 bytes"):
        jwe.decrypt(encrypt_content(bomb, {"alg": "dir", "enc": "A128GCM", "zip": "DEF"}), AES)
    with pytest.raises(JWEError, match="exceeds 256000 bytes"):
        jwe.decrypt("A" * 256_001, AES)


def test_rfc_3218_rsa1_5_errors_are_equal() -> None:
    key = public_key_of(rsa_key())
    header = {"alg": "RSA1_5", "enc": "A128GCM"}
    keys = [encrypt_pkcs1_v15(key, content) for content in (AES, b"k" * 15, b"", b"k" * 17)] + [
        bytes(256),
        b"",
        b"\xff" * 257,
    ]
    for encrypted_key in keys:
        with pytest.raises(JWEInvalidAuth) as caught:
            jwe.decrypt(encrypt_content(b"", header, b"x" * 16, encrypted_key), private_pem(rsa_key()))
        assert (str(caught.value), caught.value.__context__) == ("Invalid JWE Auth Tag", None)
    assert jwe.decrypt(encrypt_content(b"content", header, AES, keys[0]), private_pem(rsa_key())) == b"content"


def encrypt_pkcs1_v15(key: Any, content: bytes) -> bytes:
    """Encrypt `content` with PKCS #1 v1.5."""
    return bytes(key.encrypt(content, padding.PKCS1v15()))


def test_jwk_for_oaep_does_not_decrypt_rsa1_5() -> None:
    key = {**jwk.construct(private_pem(rsa_key()), "RSA-OAEP").to_dict(), "alg": "RSA-OAEP"}
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - required by the algorithm
    made = encrypt_content(
        b"content", {"alg": "RSA-OAEP", "enc": "A128GCM"}, AES, rsa_key().public_key().encrypt(AES, oaep)
    )
    assert jwe.decrypt(made, key) == b"content"
    with pytest.raises(JWEError, match="not allowed"):
        jwe.decrypt(
            encrypt_content(
                b"", {"alg": "RSA1_5", "enc": "A128GCM"}, AES, encrypt_pkcs1_v15(public_key_of(rsa_key()), AES)
            ),
            key,
        )


def test_cve_2024_37568_no_algorithm_and_a_public_key() -> None:
    for key in (RSA_PEM, RSA, json.dumps(RSA), json.dumps({"keys": [RSA]}), {"keys": [RSA]}, {"a": RSA_PEM}):
        for known in (RSA_PEM, json.dumps(RSA).encode(), b"", RSA["n"].encode()):
            catch_decode_error(create_token(key=known), key, None)


def test_cve_2024_51744_expired_forged_token_reports_signature() -> None:
    assert not isinstance(catch_decode_error(create_token(payload={"exp": 1}, key=b"o" * 64)), ExpiredSignatureError)
    assert isinstance(catch_decode_error(create_token(payload={"exp": 1})), ExpiredSignatureError)


@pytest.mark.parametrize(
    "issuer", ["http", "https://issuer", "", "issuer.example", None, 1, ["https://issuer.example"]]
)
def test_cve_2024_53861_cve_2025_30144_partial_issuer(issuer: Any) -> None:
    for expected in ("https://issuer.example", ["https://issuer.example"], {"https://issuer.example"}):
        made = create_token(payload={**CLAIMS, "iss": issuer})
        assert isinstance(catch_decode_error(made, issuer=expected), JWTClaimsError)
    assert catch_error_text(create_token(), issuer="https://issuer.example") == "Invalid issuer"


@pytest.mark.parametrize("algorithms", ["HS256", "HS256 RS256", "RS256,HS256", ["HS"], [], "", {}, ("RS256",)])
def test_partial_algorithm_name_is_rejected(algorithms: Any) -> None:
    for name in ("HS", "S256", "256", "", "h", "HS2"):
        catch_decode_error(build_token({"alg": name}), SECRET, algorithms)
    assert (algorithms == "HS256") == (catch_error_or_none(create_token(), algorithms) is None)


def catch_error_or_none(made: str, algorithms: Any) -> Exception | None:
    """Return the error with which `jwt.decode` rejects the token, or None if it accepts it."""
    try:
        jwt.decode(made, SECRET, algorithms)
    except JWTError as error:
        return error
    return None


def test_cve_2025_27144_cve_2025_30204_many_dots() -> None:
    catch_decode_error("." * 1_000_000)
    catch_decode_error(b"." * 1_000_000)
    for read in (jwe.get_unverified_header, lambda made: jwe.decrypt(made, AES)):
        with pytest.raises(JWEError):
            read("." * 200_000)


HUGE = [
    create_token(kid="k" * 1_000_000),
    build_token({"alg": "x" * 1_000_000}),
    f"{'A' * 1_000_000}.AA.AA",
    build_token(b'{"alg":"HS256","x":%b}' % (b"9" * 100_000)),
    build_token(b'{"alg":"HS256",' + b'"x":1,' * 10_000 + b'"y":1}'),
    build_token(b'{"alg":"HS256","x":' + b"[" * 500_000),
    build_token(b'{"alg":"HS256","x":[' + b"[]," * 300_000),
]


@pytest.mark.parametrize("made", HUGE, ids=range(len(HUGE)))
def test_cve_2025_61920_cve_2025_65015_long_input_is_not_echoed(made: str) -> None:
    for key in (b"another", RSA, RSA_PEM, {"keys": [RSA]}, jwk.construct(RSA, "RS256")):
        for algorithms in (None, EVERY):
            assert len(repr(catch_decode_error(made, key, algorithms))) < 200


@pytest.mark.parametrize("empty", ["", b"", None, [], {}, {"keys": []}, [""], {"a": ""}, {"keys": [oct_jwk(b"")]}])
def test_cve_2025_65945_cve_2026_45363_ghsa_pxh4_856f_4h89_empty_secret(empty: Any) -> None:
    for algorithms in (None, "HS256", EVERY):
        catch_decode_error(create_token(key=b""), empty, algorithms)


@pytest.mark.parametrize("k", ["", "=", "====", None, 0, [], {}, b""])
def test_cve_2026_45363_empty_secret_in_a_jwk(k: Any) -> None:
    assert isinstance(catch_decode_error(create_token(key=b""), {"kty": "oct", "k": k}), JWKError)
    assert isinstance(catch_decode_error(create_token(key=b""), {"kty": "oct"}), JWKError)


DOCUMENTS = {
    "keys is text": {"keys": "secrets"},
    "keys is a mapping": {"keys": {"kid-1": "secret"}},
    "keys is null": {"keys": None},
    "keys is a number": {"keys": 5},
    "jwk without kty": {"n": RSA["n"], "e": "AQAB"},
    "secret jwk without kty": {"k": "c2VjcmV0", "kid": "kid-1"},
    "point without kty": {"x": "AA", "y": "AQAB"},
    "certificate without kty": {"x5c": ["AQAB"], "x5t": "AQAB"},
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("known", [b"keys", b"kid-1", b"s", b"AQAB", b"secret", b"AA", b"None", b"5", b"c2VjcmV0"])
def test_key_document_is_not_used_as_secret(document: Any, known: bytes) -> None:
    for key in (document, json.dumps(document), json.dumps(document).encode()):
        for kid in ("kid", "keys", "x", "n", "e", "k", "kid-1"):
            assert catch_error_text(create_token(key=known, kid=kid), key, EVERY).startswith("The JWK")


@pytest.mark.parametrize(
    "key", [RSA, json.dumps(RSA), public_key_of(rsa_key()), RSA_PEM, None, 5, {"keys": [RSA]}, [RSA_PEM]]
)
@pytest.mark.parametrize("name", ["dir", "A128KW", "A256GCM", "A128CBC-HS256", "RSA-OAEP", "RSA1_5", "ECDH-ES", "x"])
def test_non_signature_algorithm_is_rejected(key: Any, name: str) -> None:
    for algorithms in (None, [name], ALGORITHMS.ALL):
        catch_decode_error(create_token_with_signature(b"\1" * 32, name), key, algorithms)
        with pytest.raises((JWSError, JWKError)):
            jws.verify(create_token_with_signature(b"\1" * 32, name), key, algorithms)


@pytest.mark.parametrize("name", ["", "x", "hs256", "HS255", "none", "HS256 ", "HS256\x00", None, 0, [], ["HS256"], {}])
def test_cve_2026_23993_unknown_algorithm_and_empty_signature(name: Any) -> None:
    for made in (create_token_with_signature(b"", name), build_token({"alg": name})):
        for algorithms in (None, EVERY, [name]):
            catch_decode_error(made, SECRET, algorithms)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_cve_2026_25537_time_of_the_wrong_type(claim: str) -> None:
    wrong: list[Any] = [None, [NOW], {}, "", "1.5", "soon", True, False, "9" * 5_000]
    for value in wrong:
        error = catch_decode_error(create_token(payload={**CLAIMS, claim: value}))
        assert isinstance(error, JWTClaimsError)
        assert error.claim == claim
    for value in (float("nan"), float("inf"), float("-inf")):
        text = catch_error_text(create_token(payload={**CLAIMS, claim: value}))
        assert text == "Invalid payload string: must be valid JSON"


@pytest.mark.parametrize("value", [["x-unknown"], [], None, "exp", ["b64"], ["exp"]])
def test_cve_2025_59420_cve_2026_32597_python_jose_413_crit(value: Any) -> None:
    assert (
        catch_error_text(build_token({**HS256, "x-unknown": 1, "crit": value}))
        == "Unsupported critical header parameter"
    )
    with pytest.raises(JWEError, match="Unsupported critical header parameter"):
        jwe.decrypt(encrypt_content(b"", {"alg": "dir", "enc": "A128GCM", "crit": value}), AES)


def test_cve_2026_27962_header_key_without_configured_key() -> None:
    forged = create_token("RS256", jwk=RSA)
    nothing: list[Any] = [{"keys": []}, {}, b"", None, [], [None]]
    for key in nothing:
        catch_decode_error(forged, key, "RS256")


@pytest.mark.parametrize("name", ["none", "x", "dir", "ES256k"])
def test_cve_2026_28498_at_hash_without_a_hash(name: str) -> None:
    made = create_token_with_signature(b"", name, {**CLAIMS, "at_hash": "x"})
    error = catch_decode_error(made, SECRET, None, options={"verify_signature": False}, access_token="access")
    assert str(error) == "Unable to calculate at_hash to verify against token claims."


def test_cve_2026_29000_cve_2026_34986_jwe() -> None:
    unsigned = create_token_with_signature(b"", "none")
    made = encrypt_content(unsigned.encode(), {"alg": "dir", "enc": "A128GCM", "cty": "JWT"})
    assert jwe.decrypt(made, AES) == unsigned.encode()
    for key in (AES, RSA_PEM, SECRET):
        catch_decode_error(made, key, None)
        catch_decode_error(made, key, ALGORITHMS.ALL)
    for crafted in ("....", "A....", "e30....", f"{b64u(b'{}')}.A.A.A.A", made[:-1], made + "."):
        with pytest.raises(JWEParseError):
            jwe.decrypt(crafted, AES)


def test_cve_2026_44699_mac_with_an_empty_key_under_an_rsa_jwk() -> None:
    catch_decode_error(create_token(key=b""), RSA, EVERY)
    catch_decode_error(create_token(key=b""), {"keys": [RSA, oct_jwk(SECRET)]}, EVERY)


def test_ghsa_jq35_7prp_9v3f_header_and_key_disagree() -> None:
    key = jwk.construct(RSA, "RS512")
    for disguised in ("RS256", "RS384", "PS512"):
        made = build_token({"alg": disguised}, algorithm="RS512", key=rsa_key())
        for several in (key, [key], {"keys": [key]}, {"a": key}):
            for algorithms in (disguised, [disguised, "RS512"], None):
                assert catch_error_text(made, several, algorithms) == "Signature verification failed."
    assert jwt.decode(create_token("RS512"), key, ["RS512"])
    for made in (
        create_token("RS256"),
        build_token({"alg": "HS256"}, key=RSA_PEM),
        build_token({"alg": "PS512"}, algorithm="RS256"),
    ):
        assert catch_error_text(made, key, EVERY) in {
            "Signature verification failed.",
            "The specified alg value is not allowed",
        }
    for name in ("HS512", "ES512", "EdDSA", "ES256K", "none", "dir"):
        made = build_token({"alg": name}, algorithm="RS512", key=rsa_key())
        assert catch_error_text(made, key, None) == "Signature verification failed."


def test_ghsa_w7vc_732c_9m39_unencoded_payload() -> None:
    header = b64u(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    for made in (
        append_signature(f"{header}.{b64u(json.dumps(CLAIMS).encode())}"),
        append_signature(f'{header}.{{"sub":"a"}}'),
    ):
        catch_decode_error(made)


def test_ghsa_8wjv_2p76_3863_deep_nesting() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    for made in (
        build_token(HS256, b'{"exp":1700003600,"x":%b}' % deep),
        build_token(b'{"alg":"HS256","x":%b}' % deep),
    ):
        assert catch_error_text(made).endswith("must be valid JSON")
    with pytest.raises(JWTError):
        jwt.get_unverified_header(build_token(b'{"alg":"HS256","x":%b}' % deep))
    with pytest.raises(JWEParseError):
        jwe.decrypt(f"{b64u(deep)}....", AES)
    catch_decode_error(create_token(key=b"known"), deep.decode(), EVERY)


def test_ghsa_w6j9_cwv2_h6wq_one_bad_key_in_a_set() -> None:
    bad: list[Any] = [
        None,
        {},
        {"kty": "EC"},
        {"kty": "RSA", "n": "!", "e": 1},
        {"kty": ["oct"]},
        {"kty": "\ud800"},
        [],
        "",
        5,
    ]
    assert jwt.decode(create_token(), {"keys": [*bad, oct_jwk(SECRET)]}, EVERY) == CLAIMS


@pytest.mark.parametrize("spoil", ["=", "==", " ", "\n", "\r\n", "%", "!", "\x00", "\u00e9", "\ud800"])
def test_ghsa_hxm8_2xgr_2p9m_lax_base64(spoil: str) -> None:
    header, payload, mac = create_token().split(".")
    catch_decode_error(f"{header}.{payload}.{mac}{spoil}")
    if spoil.isascii():
        catch_decode_error(append_signature(f"{header}.{payload}{spoil}"))
        catch_decode_error(append_signature(f"{header}{spoil}.{payload}"))


def test_haproxy_long_ecdsa_signature() -> None:
    for size in (65, 96, 128, 132, 16_384):
        made = sign_bytes("ES256", ec_key(), b"") * (size // 64 + 1)
        catch_decode_error(create_token_with_signature(made[:size], "ES256"), spki(public_key_of(ec_key())), "ES256")


def test_ed25519_identity_point_as_key() -> None:
    forged = create_token_with_signature(bytes.fromhex("58" + "66" * 31) + (1).to_bytes(32, "little"), "EdDSA")
    identity = {"kty": "OKP", "crv": "Ed25519", "x": b64u((1).to_bytes(32, "little"))}
    assert isinstance(catch_decode_error(forged, identity, "EdDSA"), JWKError)
    assert isinstance(catch_decode_error(forged, {"keys": [identity]}, "EdDSA"), JWTError)


def test_invalid_curve_point() -> None:
    point = as_jwk(public_key_of(ec_key()))
    zero = b64u(bytes(32))
    for members in ({"x": point["y"]}, {"crv": "P-384"}, {"crv": "secp256k1"}, {"x": zero, "y": zero}):
        for name in ("ES256", "ES384", "ES256K"):
            catch_decode_error(create_token("ES256"), {**point, **members}, [name, "ES256"])


def test_es256k_and_es256_are_not_confused() -> None:
    for name, other in [("ES256", "ES256K"), ("ES256K", "ES256")]:
        curve = {"ES256": "P-256", "ES256K": "secp256k1"}[name]
        disguised = build_token({"alg": other}, algorithm=name, key=ec_key(curve))
        for key in (spki(public_key_of(ec_key(curve))), as_jwk(public_key_of(ec_key(curve)))):
            catch_decode_error(disguised, key, None)
            catch_decode_error(disguised, key, ["ES256", "ES256K"])
            assert jwt.decode(create_token(name), key, [name]) == CLAIMS


def test_rs256_and_ps256_are_not_confused() -> None:
    for name, other in [("RS256", "PS256"), ("PS256", "RS256")]:
        catch_decode_error(build_token({"alg": other}, algorithm=name), RSA_PEM, ["RS256", "PS256"])


def test_private_jwk_members_are_not_disclosed() -> None:
    key = jwk.construct(private_pem(rsa_key()), "RS256").to_dict()
    secrets = [key[name][:12] for name in ("d", "p", "q", "dp", "dq", "qi")]
    for broken in ({**key, "d": key["p"]}, {**key, "q": key["d"]}, {**key, "qi": "!" + key["qi"]}):
        shown = repr(catch_decode_error(create_token("RS256"), broken, "RS256"))
        assert not any(secret in shown for secret in secrets)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda secret: jwe.decrypt(f"{secret}\ud800....", AES),
        lambda secret: jwe.get_unverified_header(f"{secret}\ud800...."),
        lambda secret: jwe.decrypt(jwe.encrypt(b"", AES, "A128GCM", "A128KW"), f"{secret}\ud800"),
        lambda secret: jwe.decrypt(jwe.encrypt(b"", AES, "A128GCM"), f"{secret}\ud800"),
        lambda secret: jwk.construct(f"{secret}\ud800", "A128KW"),
        lambda secret: jwk.construct(f"{secret}\ud800", "dir"),
        lambda secret: jwt.decode(f"{secret}\ud800..", SECRET, EVERY),
        lambda secret: jwt.decode(create_token(), f"{secret}\ud800", EVERY),
        lambda secret: jwt.decode(b64u(b'{"%b": \xff}' % secret.encode()) + ".e30.AA", SECRET, EVERY),
        lambda secret: jwt.get_unverified_claims("e30." + b64u(b'{"%b": }' % secret.encode()) + ".AA"),
        lambda secret: jwe.decrypt(b64u(b'{"%b": \xff}' % secret.encode()) + "....", AES),
        lambda secret: jws.sign(b"", f"{secret}\ud800"),
    ],
)
def test_errors_do_not_contain_input(attempt: Any) -> None:
    with pytest.raises((JWTError, JWSError, JWEError, JWKError)) as caught:
        attempt("a-secret-that-stays-one")
    assert "a-secret" not in "".join(visible_texts(caught.value))


def visible_texts(error: BaseException) -> Iterator[str]:
    """Yield everything that a debugger or error tracker would collect from an error and its chain."""
    yield repr((error, error.args, vars(error), getattr(error, "object", None), getattr(error, "doc", None)))
    for other in (error.__cause__, error.__context__, *error.args):
        if isinstance(other, BaseException):
            yield from visible_texts(other)


def test_kty_or_alg_of_wrong_type_raises_jwk_error() -> None:
    wrong: list[Any] = ["\ud800", None, 5, ["HS256"], {}]
    for value in wrong:
        assert isinstance(catch_decode_error(create_token(), {"kty": value, "k": b64u(SECRET)}), JWKError)
        with pytest.raises(JWKError, match="Unable to find an algorithm for key"):
            jwk.construct({**oct_jwk(SECRET), "alg": value})


def test_parse_cache_distinguishes_keys() -> None:
    point = as_jwk(public_key_of(ec_key()))
    edwards = as_jwk(public_key_of(ed_key()))
    pairs = [
        ("ES256", point, {**point, "x": point["y"], "y": point["x"]}),
        ("HS256", oct_jwk(SECRET), oct_jwk(SECRET + b"\0")),
        ("RS256", RSA, as_jwk(public_key_of(rsa_key(other=True)))),
        ("EdDSA", edwards, as_jwk(public_key_of(ed_key(other=True)))),
    ]
    for name, right, wrong in pairs * 2:
        assert jwt.decode(create_token(name), right, name) == CLAIMS
        catch_decode_error(create_token(name), wrong, name)
    changing = dict(RSA)
    assert jwt.decode(create_token("RS256"), changing, "RS256") == CLAIMS
    changing["n"] = as_jwk(public_key_of(rsa_key(other=True)))["n"]
    catch_decode_error(create_token("RS256"), changing, "RS256")


def test_parse_cache_is_bounded() -> None:
    secrets, kib_each = 4_000, 16  # ru_maxrss is in KiB
    code = f"""
import resource
from fastjose import jwt
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for number in range({secrets}):
    jwt.encode({{}}, str(number).rjust({kib_each} * 1024))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert int(done.stdout) < secrets * kib_each // 2


def test_decode_agrees_across_threads() -> None:
    keys = [oct_jwk(bytes([number]) * 32) for number in range(100)] + [oct_jwk(SECRET)]

    def verify_and_reject(number: int) -> bool:
        forged = create_token(key=bytes([number % 250 + 1]))
        return (
            jwt.decode(create_token(), {"keys": keys}, EVERY) == CLAIMS
            and catch_error_or_none(forged, EVERY) is not None
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(verify_and_reject, range(400)))


def test_public_key_der_with_trailing_data_is_not_used_as_secret() -> None:
    der = public_key_of(rsa_key()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert_rejected_as_secret(der + b"\n")
