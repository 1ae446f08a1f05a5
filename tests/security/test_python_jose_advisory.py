"""Each published flaw of a JOSE library, as an attack on the face for code written for python-jose.

Named as in `test_advisory`, which has them for the strict face. Where python-jose's contract leaves a flaw to the
program, because it allows more than a program should ask for, the test says what is held all the same.
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
from support.jose_builder import (
    CLAIMS,
    NOW,
    SECRET,
    b64u,
    ec_key,
    ed_key,
    oct_jwk,
    openssh,
    pkcs1,
    private_pem,
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
from support.jose_builder import jwk as as_jwk

if TYPE_CHECKING:
    from collections.abc import Iterator

RSA_PEM = spki(public(rsa_key()))
RSA = as_jwk(public(rsa_key()))
HS256 = {"alg": "HS256"}
EVERY = ["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256"]
AES = b"k" * 16


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastjose.jwt.time", lambda: float(NOW))


def refusal(made: str | bytes, key: Any = SECRET, algorithms: Any = "HS256", **options: Any) -> Exception:
    """Return the error with which `jwt.decode` refuses the token."""
    with pytest.raises((JWTError, JWKError)) as caught:
        jwt.decode(made, key, algorithms, **options)
    return caught.value


def text(made: str | bytes, key: Any = SECRET, algorithms: Any = "HS256", **options: Any) -> str:
    """Return the text of the refusal."""
    return str(refusal(made, key, algorithms, **options))


def forms_of(material: bytes) -> Iterator[Any]:
    """Yield key material in each shape in which a program may hold it."""
    yield material
    yield [material]
    yield {"kid-1": material}
    yield oct_jwk(material)
    try:
        yield material.decode()
    except UnicodeDecodeError:
        return


def refused_as_secret(material: bytes) -> None:
    """Expect `material`, a public key in some spelling, to verify no MAC and make none, however it is given."""
    forged = token(key=material, kid="kid-1")
    for key in forms_of(material):
        for algorithms in (None, "HS256", EVERY, ALGORITHMS.SUPPORTED):
            refusal(forged, key, algorithms)
        with pytest.raises(JWSError):
            jws.sign(b"", key)
    with pytest.raises(JWKError):
        jwk.construct(material, "HS256")


KEYS = {"rsa": rsa_key(), "ecdsa": ec_key(), "ed25519": ed_key()}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_cve_2015_9235_cve_2024_33663_public_key_as_hmac_secret(key: Any) -> None:
    pem, der, jwk_text = spki(public(key)), spki(public(key), pem=False), json.dumps(as_jwk(public(key))).encode()
    for material in (pem, der, jwk_text, openssh(public(key)), private_pem(key)):
        refused_as_secret(material)
    for spelled in (b"\n" + pem, b"\xef\xbb\xbf" + pem, pem.replace(b"\n", b"\r\n"), pem.decode().encode("utf-16")):
        refused_as_secret(spelled)
    for encoded in (base64.b64encode(pem), base64.b64encode(der), der.hex().encode(), b"%a" % as_jwk(public(key))):
        refused_as_secret(encoded)


def test_cve_2017_11424_pkcs1_key_as_hmac_secret() -> None:
    refused_as_secret(pkcs1(rsa_key().public_key()))
    refused_as_secret(b"<RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_cve_2015_2951_alg_none(name: str) -> None:
    keys: list[Any] = [SECRET, RSA_PEM, RSA, {"keys": [RSA]}, None, "", [], jwk.construct(RSA, "RS256")]
    for key in keys:
        for made in (with_signature(b"", name), signed({"alg": name})):
            for algorithms in (None, "HS256", EVERY, [name], name, ALGORITHMS.SUPPORTED, ALGORITHMS.ALL):
                refusal(made, key, algorithms)


def test_cve_2016_7036_mac_by_its_beginning() -> None:
    # That the comparison takes constant time is aws-lc-rs's doing; no prefix and no extension of a MAC passes for it.
    made, mac = signing_input(HS256, CLAIMS), signature("HS256", SECRET, signing_input(HS256, CLAIMS).encode())
    assert jwt.decode(f"{made}.{b64u(mac)}", SECRET, "HS256") == CLAIMS
    for other in (mac[:-1], mac + b"\0", mac[:16], b"", mac[:31] + bytes([mac[31] ^ 1])):
        assert text(f"{made}.{b64u(other)}") == "Signature verification failed."


def test_cve_2018_0114_cve_2026_34240_key_in_the_header() -> None:
    stranger = rsa_key(other=True)
    theirs = as_jwk(public(stranger), kid="own")
    forged = token("RS256", key=stranger, jwk=theirs, jku="https://attacker.example", x5c=["AA"], kid="own")
    keys: list[Any] = [RSA_PEM, RSA, {"keys": [{**RSA, "kid": "own"}]}, {"own": RSA_PEM}, {"keys": []}, []]
    for key in keys:
        for algorithms in (None, "RS256", EVERY):
            assert text(forged, key, algorithms) == "Signature verification failed."
    refusal(forged, None, "RS256")
    refusal(forged, {}, "RS256")


def test_cve_2019_14853_der_signature() -> None:
    r, s = b"\x02\x01\x01", b"\x02\x01\x01"
    for made in (b"\x30\x06" + r + s, b"\x30\x80" + r + s + b"\x00\x00", b"\x30\x06" + r + s + b"\x00", b"\x30"):
        refusal(with_signature(made, "ES256"), spki(public(ec_key())), "ES256")


def test_cve_2022_21449_signature_of_zeros() -> None:
    for name in ("ES256", "ES384", "ES512"):
        for curve, size in [("P-256", 64), ("P-384", 96), ("P-521", 132)]:
            for made in (bytes(size), b"\xff" * size, bytes(size - 1) + b"\1"):
                refusal(with_signature(made, name), spki(public(ec_key(curve))), name)


@pytest.mark.parametrize("exponent", ["AQ", "AA", "Ag", "AAAAAQ"])
def test_rsa_exponent_that_lets_anybody_sign(exponent: str) -> None:
    assert "exponent" in text(with_signature(b"\1" * 256, "RS256"), {**RSA, "e": exponent}, "RS256")


def test_cve_2022_23539_weak_rsa_key() -> None:
    for key in (spki(public(rsa_key(1024))), as_jwk(public(rsa_key(1024)))):
        assert "2048 bits" in text(token("RS256", key=rsa_key(1024)), key, "RS256")


def test_cve_2022_23541_key_of_another_kind_found() -> None:
    keys = {"keys": [{**RSA, "kid": "rsa"}, oct_jwk(SECRET, kid="oct")]}
    for known in (RSA_PEM, json.dumps(RSA).encode(), RSA["n"].encode(), b"rsa", b"oct", b"RSA", b"AQAB"):
        for kid in ("rsa", "oct", "", "keys", "0"):
            refusal(token(key=known, kid=kid), keys, EVERY)


def test_cve_2022_39227_json_and_compact_mixed() -> None:
    header, payload, mac = token().split(".")
    members = {"protected": header, "payload": payload, "signature": mac}
    refusal(json.dumps({f"  {header}.{b64u(b'{}')}.": "", **members}))
    refusal(json.dumps(members))


def test_cve_2022_36083_iterations_without_end() -> None:
    header = b64u(json.dumps({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2**31 - 1, "p2s": "AA"}).encode())
    with pytest.raises(JWEError, match="not supported"):
        jwe.decrypt(f"{header}.AAAA.AAAA.AAAA.AAAA", b"password")


def encrypted(content: bytes, header: dict[str, str], cek: bytes = AES, encrypted_key: bytes = b"") -> str:
    """Encrypt `content` as it is, whatever the header says of it."""
    protected = b64u(json.dumps(header).encode())
    ciphertext, tag = _core.aead_seal("A128GCM", cek, bytes(12), protected.encode(), content)
    return ".".join([protected, *map(b64u, (encrypted_key, bytes(12), ciphertext, tag))])


@pytest.mark.parametrize("window", [15, -15])
def test_cve_2024_33664_compressed_beyond_measure(window: int) -> None:
    squeezing = zlib.compressobj(9, wbits=window)
    bomb = squeezing.compress(bytes(30_000_000)) + squeezing.flush()
    with pytest.raises(JWEError, match="Decompressed JWE string exceeds 256000 bytes"):
        jwe.decrypt(encrypted(bomb, {"alg": "dir", "enc": "A128GCM", "zip": "DEF"}), AES)
    with pytest.raises(JWEError, match="exceeds 256000 bytes"):
        jwe.decrypt("A" * 256_001, AES)


def test_rfc_3218_rsa1_5_answers_alike() -> None:
    key = public(rsa_key())
    header = {"alg": "RSA1_5", "enc": "A128GCM"}
    keys = [padded(key, content) for content in (AES, b"k" * 15, b"", b"k" * 17)] + [bytes(256), b"", b"\xff" * 257]
    for encrypted_key in keys:
        with pytest.raises(JWEInvalidAuth) as caught:
            jwe.decrypt(encrypted(b"", header, b"x" * 16, encrypted_key), private_pem(rsa_key()))
        assert (str(caught.value), caught.value.__context__) == ("Invalid JWE Auth Tag", None)
    assert jwe.decrypt(encrypted(b"content", header, AES, keys[0]), private_pem(rsa_key())) == b"content"


def padded(key: Any, content: bytes) -> bytes:
    """Encrypt `content` with PKCS #1 v1.5."""
    return bytes(key.encrypt(content, padding.PKCS1v15()))


def test_a_jwk_for_oaep_opens_nothing_padded_otherwise() -> None:
    key = {**jwk.construct(private_pem(rsa_key()), "RSA-OAEP").to_dict(), "alg": "RSA-OAEP"}
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - the algorithm's own
    made = encrypted(b"content", {"alg": "RSA-OAEP", "enc": "A128GCM"}, AES, rsa_key().public_key().encrypt(AES, oaep))
    assert jwe.decrypt(made, key) == b"content"
    with pytest.raises(JWEError, match="not allowed"):
        jwe.decrypt(encrypted(b"", {"alg": "RSA1_5", "enc": "A128GCM"}, AES, padded(public(rsa_key()), AES)), key)


def test_cve_2024_37568_no_algorithm_and_a_public_key() -> None:
    for key in (RSA_PEM, RSA, json.dumps(RSA), json.dumps({"keys": [RSA]}), {"keys": [RSA]}, {"a": RSA_PEM}):
        for known in (RSA_PEM, json.dumps(RSA).encode(), b"", RSA["n"].encode()):
            refusal(token(key=known), key, None)


def test_cve_2024_51744_expired_and_forged_is_forged() -> None:
    assert not isinstance(refusal(token(payload={"exp": 1}, key=b"o" * 64)), ExpiredSignatureError)
    assert isinstance(refusal(token(payload={"exp": 1})), ExpiredSignatureError)


@pytest.mark.parametrize(
    "issuer", ["http", "https://issuer", "", "issuer.example", None, 1, ["https://issuer.example"]]
)
def test_cve_2024_53861_cve_2025_30144_issuer_by_its_part(issuer: Any) -> None:
    for expected in ("https://issuer.example", ["https://issuer.example"], {"https://issuer.example"}):
        made = token(payload={**CLAIMS, "iss": issuer})
        assert isinstance(refusal(made, issuer=expected), JWTClaimsError)
    assert text(token(), issuer="https://issuer.example") == "Invalid issuer"


@pytest.mark.parametrize("algorithms", ["HS256", "HS256 RS256", "RS256,HS256", ["HS"], [], "", {}, ("RS256",)])
def test_allow_list_by_its_part(algorithms: Any) -> None:
    for name in ("HS", "S256", "256", "", "h", "HS2"):
        refusal(signed({"alg": name}), SECRET, algorithms)
    assert (algorithms == "HS256") == (refusal_or_none(token(), algorithms) is None)


def refusal_or_none(made: str, algorithms: Any) -> Exception | None:
    """Return the refusal, if it is one."""
    try:
        jwt.decode(made, SECRET, algorithms)
    except JWTError as error:
        return error
    return None


def test_cve_2025_27144_cve_2025_30204_many_dots() -> None:
    refusal("." * 1_000_000)
    refusal(b"." * 1_000_000)
    for read in (jwe.get_unverified_header, lambda made: jwe.decrypt(made, AES)):
        with pytest.raises(JWEError):
            read("." * 200_000)


HUGE = [
    token(kid="k" * 1_000_000),
    signed({"alg": "x" * 1_000_000}),
    f"{'A' * 1_000_000}.AA.AA",
    signed(b'{"alg":"HS256","x":%b}' % (b"9" * 100_000)),
    signed(b'{"alg":"HS256",' + b'"x":1,' * 10_000 + b'"y":1}'),
    signed(b'{"alg":"HS256","x":' + b"[" * 500_000),
    signed(b'{"alg":"HS256","x":[' + b"[]," * 300_000),
]


@pytest.mark.parametrize("made", HUGE, ids=range(len(HUGE)))
def test_cve_2025_61920_cve_2025_65015_long_input_is_not_echoed(made: str) -> None:
    for key in (b"another", RSA, RSA_PEM, {"keys": [RSA]}, jwk.construct(RSA, "RS256")):
        for algorithms in (None, EVERY):
            assert len(repr(refusal(made, key, algorithms))) < 200


@pytest.mark.parametrize("empty", ["", b"", None, [], {}, {"keys": []}, [""], {"a": ""}, {"keys": [oct_jwk(b"")]}])
def test_cve_2025_65945_cve_2026_45363_ghsa_pxh4_856f_4h89_empty_secret(empty: Any) -> None:
    for algorithms in (None, "HS256", EVERY):
        refusal(token(key=b""), empty, algorithms)


@pytest.mark.parametrize("k", ["", "=", "====", None, 0, [], {}, b""])
def test_cve_2026_45363_empty_secret_in_a_jwk(k: Any) -> None:
    assert isinstance(refusal(token(key=b""), {"kty": "oct", "k": k}), JWKError)
    assert isinstance(refusal(token(key=b""), {"kty": "oct"}), JWKError)


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
def test_what_stands_in_a_document_is_no_secret(document: Any, known: bytes) -> None:
    for key in (document, json.dumps(document), json.dumps(document).encode()):
        for kid in ("kid", "keys", "x", "n", "e", "k", "kid-1"):
            assert text(token(key=known, kid=kid), key, EVERY).startswith("The JWK")


@pytest.mark.parametrize("key", [RSA, json.dumps(RSA), public(rsa_key()), RSA_PEM, None, 5, {"keys": [RSA]}, [RSA_PEM]])
@pytest.mark.parametrize("name", ["dir", "A128KW", "A256GCM", "A128CBC-HS256", "RSA-OAEP", "RSA1_5", "ECDH-ES", "x"])
def test_algorithm_that_signs_nothing(key: Any, name: str) -> None:
    for algorithms in (None, [name], ALGORITHMS.ALL):
        refusal(with_signature(b"\1" * 32, name), key, algorithms)
        with pytest.raises((JWSError, JWKError)):
            jws.verify(with_signature(b"\1" * 32, name), key, algorithms)


@pytest.mark.parametrize("name", ["", "x", "hs256", "HS255", "none", "HS256 ", "HS256\x00", None, 0, [], ["HS256"], {}])
def test_cve_2026_23993_unknown_algorithm_and_empty_signature(name: Any) -> None:
    for made in (with_signature(b"", name), signed({"alg": name})):
        for algorithms in (None, EVERY, [name]):
            refusal(made, SECRET, algorithms)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_cve_2026_25537_time_of_the_wrong_type(claim: str) -> None:
    wrong: list[Any] = [None, [NOW], {}, "", "1.5", "soon", float("nan"), float("inf"), "9" * 5_000]
    for value in wrong:
        error = refusal(token(payload={**CLAIMS, claim: value}))
        assert isinstance(error, JWTClaimsError)
        assert error.claim == claim


@pytest.mark.parametrize("value", [["x-unknown"], [], None, "exp", ["b64"], ["exp"]])
def test_cve_2025_59420_cve_2026_32597_python_jose_413_crit(value: Any) -> None:
    assert text(signed({**HS256, "x-unknown": 1, "crit": value})) == "Unsupported critical header parameter"
    with pytest.raises(JWEError, match="Unsupported critical header parameter"):
        jwe.decrypt(encrypted(b"", {"alg": "dir", "enc": "A128GCM", "crit": value}), AES)


def test_cve_2026_27962_header_key_and_no_own() -> None:
    forged = token("RS256", jwk=RSA)
    nothing: list[Any] = [{"keys": []}, {}, b"", None, [], [None]]
    for key in nothing:
        refusal(forged, key, "RS256")


@pytest.mark.parametrize("name", ["none", "x", "dir", "ES256k"])
def test_cve_2026_28498_at_hash_without_a_hash(name: str) -> None:
    made = with_signature(b"", name, {**CLAIMS, "at_hash": "x"})
    error = refusal(made, SECRET, None, options={"verify_signature": False}, access_token="access")
    assert str(error) == "Unable to calculate at_hash to verify against token claims."


def test_cve_2026_29000_cve_2026_34986_jwe() -> None:
    unsigned = with_signature(b"", "none")
    made = encrypted(unsigned.encode(), {"alg": "dir", "enc": "A128GCM", "cty": "JWT"})
    assert jwe.decrypt(made, AES) == unsigned.encode()
    for key in (AES, RSA_PEM, SECRET):
        refusal(made, key, None)
        refusal(made, key, ALGORITHMS.ALL)
    for crafted in ("....", "A....", "e30....", f"{b64u(b'{}')}.A.A.A.A", made[:-1], made + "."):
        with pytest.raises(JWEParseError):
            jwe.decrypt(crafted, AES)


def test_cve_2026_44699_mac_with_an_empty_key_under_an_rsa_jwk() -> None:
    refusal(token(key=b""), RSA, EVERY)
    refusal(token(key=b""), {"keys": [RSA, oct_jwk(SECRET)]}, EVERY)


def test_ghsa_jq35_7prp_9v3f_header_and_key_disagree() -> None:
    # A Key object does its own algorithm whatever the header says, as in python-jose, within one kind of key.
    key = jwk.construct(RSA, "RS512")
    for made in (token("RS256"), signed({"alg": "HS256"}, key=RSA_PEM), signed({"alg": "PS512"}, algorithm="RS256")):
        assert text(made, key, EVERY) in {"Signature verification failed.", "The specified alg value is not allowed"}
    for name in ("HS512", "ES512", "EdDSA", "ES256K", "none", "dir"):
        made = signed({"alg": name}, algorithm="RS512", key=rsa_key())
        assert text(made, key, None) == "Signature verification failed."


def test_ghsa_w7vc_732c_9m39_payload_that_is_not_encoded() -> None:
    header = b64u(b'{"alg":"HS256","b64":false,"crit":["b64"]}')
    for made in (sealed(f"{header}.{b64u(json.dumps(CLAIMS).encode())}"), sealed(f'{header}.{{"sub":"a"}}')):
        refusal(made)


def test_ghsa_8wjv_2p76_3863_deep_nesting() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    for made in (signed(HS256, b'{"exp":1700003600,"x":%b}' % deep), signed(b'{"alg":"HS256","x":%b}' % deep)):
        assert text(made).endswith("must be valid JSON")
    with pytest.raises(JWTError):
        jwt.get_unverified_header(signed(b'{"alg":"HS256","x":%b}' % deep))
    with pytest.raises(JWEParseError):
        jwe.decrypt(f"{b64u(deep)}....", AES)
    refusal(token(key=b"known"), deep.decode(), EVERY)


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
    assert jwt.decode(token(), {"keys": [*bad, oct_jwk(SECRET)]}, EVERY) == CLAIMS


@pytest.mark.parametrize("spoil", ["=", "==", " ", "\n", "\r\n", "%", "!", "\x00", "\u00e9", "\ud800"])
def test_ghsa_hxm8_2xgr_2p9m_lax_base64(spoil: str) -> None:
    header, payload, mac = token().split(".")
    refusal(f"{header}.{payload}.{mac}{spoil}")
    if spoil.isascii():
        refusal(sealed(f"{header}.{payload}{spoil}"))
        refusal(sealed(f"{header}{spoil}.{payload}"))


def test_haproxy_long_ecdsa_signature() -> None:
    for size in (65, 96, 128, 132, 16_384):
        made = signature("ES256", ec_key(), b"") * (size // 64 + 1)
        refusal(with_signature(made[:size], "ES256"), spki(public(ec_key())), "ES256")


def test_identity_as_ed25519_key() -> None:
    forged = with_signature(bytes.fromhex("58" + "66" * 31) + (1).to_bytes(32, "little"), "EdDSA")
    identity = {"kty": "OKP", "crv": "Ed25519", "x": b64u((1).to_bytes(32, "little"))}
    assert isinstance(refusal(forged, identity, "EdDSA"), JWKError)
    assert isinstance(refusal(forged, {"keys": [identity]}, "EdDSA"), JWTError)


def test_point_off_its_curve() -> None:
    point = as_jwk(public(ec_key()))
    zero = b64u(bytes(32))
    for members in ({"x": point["y"]}, {"crv": "P-384"}, {"crv": "secp256k1"}, {"x": zero, "y": zero}):
        for name in ("ES256", "ES384", "ES256K"):
            refusal(token("ES256"), {**point, **members}, [name, "ES256"])


def test_es256k_and_es256_are_not_confused() -> None:
    for name, other in [("ES256", "ES256K"), ("ES256K", "ES256")]:
        curve = {"ES256": "P-256", "ES256K": "secp256k1"}[name]
        disguised = signed({"alg": other}, algorithm=name, key=ec_key(curve))
        for key in (spki(public(ec_key(curve))), as_jwk(public(ec_key(curve)))):
            refusal(disguised, key, None)
            refusal(disguised, key, ["ES256", "ES256K"])
            assert jwt.decode(token(name), key, [name]) == CLAIMS


def test_rs256_and_ps256_are_not_confused() -> None:
    for name, other in [("RS256", "PS256"), ("PS256", "RS256")]:
        refusal(signed({"alg": other}, algorithm=name), RSA_PEM, ["RS256", "PS256"])


def test_private_half_in_a_jwk_is_shown_by_nothing() -> None:
    key = jwk.construct(private_pem(rsa_key()), "RS256").to_dict()
    secrets = [key[name][:12] for name in ("d", "p", "q", "dp", "dq", "qi")]
    for broken in ({**key, "d": key["p"]}, {**key, "q": key["d"]}, {**key, "qi": "!" + key["qi"]}):
        shown = repr(refusal(token("RS256"), broken, "RS256"))
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
        lambda secret: jwt.decode(token(), f"{secret}\ud800", EVERY),
        lambda secret: jwt.decode(b64u(b'{"%b": \xff}' % secret.encode()) + ".e30.AA", SECRET, EVERY),
        lambda secret: jwt.get_unverified_claims("e30." + b64u(b'{"%b": }' % secret.encode()) + ".AA"),
        lambda secret: jwe.decrypt(b64u(b'{"%b": \xff}' % secret.encode()) + "....", AES),
        lambda secret: jws.sign(b"", f"{secret}\ud800"),
    ],
)
def test_no_error_holds_what_it_was_made_of(attempt: Any) -> None:
    with pytest.raises((JWTError, JWSError, JWEError, JWKError)) as caught:
        attempt("a-secret-that-stays-one")
    assert "a-secret" not in "".join(shown(caught.value))


def shown(error: BaseException) -> Iterator[str]:
    """Yield all that an error shows, along its whole chain: what a debugger or a service for errors would collect."""
    yield repr((error, error.args, vars(error), getattr(error, "object", None), getattr(error, "doc", None)))
    for other in (error.__cause__, error.__context__, *error.args):
        if isinstance(other, BaseException):
            yield from shown(other)


def test_a_kty_or_alg_of_a_wrong_type_is_a_jwk_error() -> None:
    wrong: list[Any] = ["\ud800", None, 5, ["HS256"], {}]
    for value in wrong:
        assert isinstance(refusal(token(), {"kty": value, "k": b64u(SECRET)}), JWKError)
        with pytest.raises(JWKError, match="Unable to find an algorithm for key"):
            jwk.construct({**oct_jwk(SECRET), "alg": value})


def test_kept_keys_are_not_confused() -> None:
    point = as_jwk(public(ec_key()))
    edwards = as_jwk(public(ed_key()))
    pairs = [
        ("ES256", point, {**point, "x": point["y"], "y": point["x"]}),
        ("HS256", oct_jwk(SECRET), oct_jwk(SECRET + b"\0")),
        ("RS256", RSA, as_jwk(public(rsa_key(other=True)))),
        ("EdDSA", edwards, as_jwk(public(ed_key(other=True)))),
    ]
    for name, right, wrong in pairs * 2:
        assert jwt.decode(token(name), right, name) == CLAIMS
        refusal(token(name), wrong, name)
    changing = dict(RSA)
    assert jwt.decode(token("RS256"), changing, "RS256") == CLAIMS
    changing["n"] = as_jwk(public(rsa_key(other=True)))["n"]
    refusal(token("RS256"), changing, "RS256")


def test_kept_keys_are_few() -> None:
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


def test_threads_agree() -> None:
    keys = [oct_jwk(bytes([number]) * 32) for number in range(100)] + [oct_jwk(SECRET)]

    def judged(number: int) -> bool:
        forged = token(key=bytes([number % 250 + 1]))
        return jwt.decode(token(), {"keys": keys}, EVERY) == CLAIMS and refusal_or_none(forged, EVERY) is not None

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(judged, range(400)))


def test_der_of_a_public_key_with_more_behind_it_is_no_secret() -> None:
    der = public(rsa_key()).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    refused_as_secret(der + b"\n")
