"""Keys in every format that callers use, suitable and unsuitable ones, created once on import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from support.python_jose.differential.draw import integers_below, one_in, pick, sample
from support.python_jose.differential.library import (
    NamedValue,
    PerLibraryValue,
    named_value,
    resolve,
    shared_key_object,
)
from support.tokens.jose_builder import (
    certificate,
    ec_key,
    ed_key,
    encode_uint,
    jwk,
    oct_jwk,
    openssh,
    pkcs1,
    private_jwk,
    private_pem,
    public_key_of,
    rsa_key,
    spki,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from hypothesis import strategies as st

    from support.tokens.jose_builder import Jwk, PrivateKey

HMAC = ("HS256", "HS384", "HS512")
RSA = ("RS256", "RS384", "RS512")
EC = ("ES256", "ES384", "ES512")
SIGNATURES = HMAC + RSA + EC
ADDED = ("PS256", "PS384", "PS512", "ES256K", "EdDSA", "Ed25519")
KEY_MANAGEMENT = ("dir", "RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A192KW", "A256KW")
CONTENT = ("A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM")
UNSUPPORTED = ("none", "ECDH-ES", "ECDH-ES+A128KW", "A128GCMKW", "PBES2-HS256+A128KW")
INVALID_ALGORITHMS = ("", "hs256", "HS257", "RS", "x", None, 1, True, b"HS256", ["HS256"], {"alg": "HS256"})

SECRET = "secret"  # short: python-jose accepts any length
OTHER_SECRET = "a secret of someone else"


class Owner(NamedTuple):
    """A signer with one key in all its formats. `jose_builder` signs with `signer`."""

    name: str
    signer: Any
    algorithms: tuple[str, ...]
    public: tuple[Any, ...]
    private: tuple[Any, ...]


def rsa_jwk(key: rsa.RSAPrivateKey) -> Jwk:
    """Return a private RSA key as a JWK with its primes, as python-jose exports it."""
    numbers = key.private_numbers()
    primes = {"p": numbers.p, "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    return {**private_jwk(key), **{name: encode_uint(value) for name, value in primes.items()}}


def _pem_variants(name: str, pem: bytes) -> list[Any]:
    """Return PEM in the variants that callers use."""
    text = pem.decode()
    return [
        named_value(f"{name} PEM", text),
        named_value(f"{name} PEM bytes", pem),
        named_value(f"{name} PEM in one line", text.replace("\n", " ")),
        named_value(f"{name} PEM without line feeds", text.replace("\n", "")),
        named_value(f"{name} PEM after white space", f"\n  \t{text}"),
        named_value(f"{name} PEM with CRLF", text.replace("\n", "\r\n")),
    ]


def _jwk_variants(name: str, members: Jwk) -> list[Any]:
    return [
        members,
        named_value(f"{name} JWK text", json.dumps(members)),
        named_value(f"{name} JWK bytes", json.dumps(members).encode()),
    ]


def _public_forms(name: str, key: PrivateKey, algorithm: str) -> list[Any]:
    public_key = public_key_of(key)
    pem = named_value(f"{name} public PEM", spki(public_key).decode())
    objects = [named_value(f"{name} pyca public", public_key), shared_key_object(pem, algorithm)]
    return [
        *_pem_variants(f"{name} public", spki(public_key)),
        *_jwk_variants(f"{name} public", jwk(public_key)),
        *objects,
    ]


def _private_forms(name: str, key: PrivateKey, members: Jwk, algorithm: str) -> list[Any]:
    traditional = private_pem(key, PrivateFormat.TraditionalOpenSSL)
    return [
        shared_key_object(named_value(f"{name} private JWK", members), algorithm),
        named_value(f"{name} pyca private", key),
        members,
        *_pem_variants(f"{name} private", private_pem(key))[:2],
        named_value(f"{name} traditional PEM", traditional.decode()),
        named_value(f"{name} private JWK text", json.dumps(members)),
    ]


def _hmac(name: str, secret: str) -> Owner:
    members = oct_jwk(secret.encode())
    objects = [shared_key_object(named_value(f"{name} text", secret), algorithm) for algorithm in HMAC]
    forms = (secret, secret.encode(), *_jwk_variants(name, members), *objects, {**members, "kid": "a", "use": "sig"})
    return Owner(name, secret.encode(), HMAC, forms, (secret, secret.encode(), members, *objects))


def _rsa(name: str, key: rsa.RSAPrivateKey, algorithm: str = "RS256") -> Owner:
    more = [
        *_pem_variants(f"{name} PKCS #1", pkcs1(public_key_of(key)))[:2],  # type: ignore[arg-type]  # the public key of an RSA key is an RSA key
        *_pem_variants(f"{name} certificate", certificate(key))[:2],
    ]
    forms = (*_public_forms(name, key, algorithm), *more)
    return Owner(name, key, RSA, forms, tuple(_private_forms(name, key, rsa_jwk(key), algorithm)))


def _ec(name: str, key: ec.EllipticCurvePrivateKey, algorithm: str) -> Owner:
    forms = _public_forms(name, key, algorithm)
    return Owner(name, key, EC, tuple(forms), tuple(_private_forms(name, key, private_jwk(key), algorithm)))


HMAC_OWNER = _hmac("secret", SECRET)
RSA_OWNER = _rsa("RSA", rsa_key())
EC_OWNERS = (
    _ec("P-256", ec_key(), "ES256"),
    _ec("P-384", ec_key("P-384"), "ES384"),
    _ec("P-521", ec_key("P-521"), "ES512"),
)
OWNERS = (HMAC_OWNER, RSA_OWNER, *EC_OWNERS)
STRANGERS = (
    _hmac("other secret", OTHER_SECRET),
    _rsa("other RSA", rsa_key(other=True)),
    _ec("other P-256", ec_key(other=True), "ES256"),
)
SHORT_RSA = rsa_key(1024)

KEYS = tuple(form for owner in (*OWNERS, *STRANGERS) for form in (*owner.public, *owner.private))


def owner_of(algorithm: str) -> Owner:
    """Return the owner that signs under `algorithm`."""
    return {
        **dict.fromkeys(HMAC, HMAC_OWNER),
        **dict.fromkeys(RSA, RSA_OWNER),
        **dict(zip(EC, EC_OWNERS, strict=True)),
    }[algorithm]


def _encrypted_pem() -> bytes:
    return rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))


# Values that are not keys, or not of a supported type.
STRANGE_KEYS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.5, 10**30, object, len, Ellipsis),
    *("", b"", " ", "\x00", "é", "\ud800", b"\xff\xfe", bytearray(b"secret"), memoryview(b"secret")),
    *([], (), {}, set(), [None], [1], [[]], [""], {"keys": []}, {"keys": None}, {"keys": 1}, {"keys": "secret"}),
    *({"keys": {}}, {"keys": {"a": "secret"}}, {"keys": [None]}, {"keys": [[]]}, {"a": None}, {"a": 1}, {1: "secret"}),
    *('"secret"', "null", "true", "false", "1", "-1", "1.5", "1e3", "NaN", "Infinity", "-Infinity", '""', "[]", "{}"),
    *('["secret"]', '{"a": "secret"}', '{"keys": ["secret"]}', '{"keys": []}', '{"keys": 1}', "[1]", "[null]", ' "a" '),
    *(b'"secret"', b"null", b"123", b'["secret"]', "{", '{"kty"', "'secret'", "0x10", "1_000", "٣", "\ufeff123"),
    *("-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----", "---- BEGIN "),
    "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----",
    "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----",
    "-----BEGIN DSA PRIVATE KEY-----\nMA==\n-----END DSA PRIVATE KEY-----",
    *("ssh-rsa AAAA", b"ssh-ed25519 AAAA x", "my ssh-rsa password", "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAA"),
    named_value("RSA public DER", spki(public_key_of(rsa_key()), pem=False)),
    named_value("RSA public OpenSSH", openssh(public_key_of(rsa_key()))),
    named_value("RSA encrypted PEM", _encrypted_pem()),
    named_value("RSA 1024 public PEM", spki(public_key_of(SHORT_RSA)).decode()),
    named_value("RSA 1024 private PEM", private_pem(SHORT_RSA)),
    jwk(public_key_of(SHORT_RSA)),
    named_value("EC certificate", certificate(ec_key()).decode()),
    named_value("Ed25519 public PEM", spki(public_key_of(ed_key()))),
    named_value("Ed25519 private PEM", private_pem(ed_key()).decode()),
    named_value("secp256k1 public PEM", spki(public_key_of(ec_key("secp256k1")))),
    named_value("secp256k1 private PEM", private_pem(ec_key("secp256k1"))),
    named_value("pyca secp256k1", public_key_of(ec_key("secp256k1"))),
    named_value("pyca Ed25519", public_key_of(ed_key())),
    named_value("private RSA JWK without primes", private_jwk(rsa_key())),
    *(
        jwk(public_key_of(ed_key())),
        jwk(public_key_of(ec_key("secp256k1"))),
        private_jwk(ed_key()),
        private_jwk(ec_key("secp256k1")),
    ),
    *({"kty": "oct"}, {"kty": "oct", "k": ""}, {"kty": "oct", "k": "c2VjcmV0="}, {"kty": "oct", "k": "c2VjcmV0=="}),
    *({"kty": "oct", "k": k} for k in ("c2V jcmV0", "c2V!jcmV0", "a", None, 1)),
    *({"kty": "oct", "k": b"c2VjcmV0"}, {"kty": "oct", "k": "é"}, {"kty": "oct", "k": ["c2VjcmV0"]}, {"kty": "OCT"}),
    *({"k": "c2VjcmV0"}, {"kty": None}, {"kty": ["oct"]}, {"kty": "RSA"}, {"kty": "EC"}, {"kty": "EC", "crv": "P-256"}),
    *({"kty": "OKP"}, {"kty": "x"}, {"kty": "RSA", "n": "AQ", "e": "AQAB"}, {"kty": "RSA", "n": "", "e": ""}),
)

MEMBERS = ("kty", "k", "n", "e", "d", "p", "q", "dp", "dq", "qi", "crv", "x", "y", "alg", "use", "kid", "key_ops")
WRONG_MEMBERS: tuple[Any, ...] = (
    *(None, "", "AQ", "AQAB", "a", "=", "!!!!", "é", 1, 0, -1, 1.5, True, b"AQAB", [], ["AQAB"], {}, {"a": 1}),
    *("RSA", "EC", "oct", "OKP", "P-256", "P-384", "P-521", "p-256", "secp256k1", "Ed25519", "HS256", "sig", "enc"),
)
JWKS: tuple[Jwk, ...] = (
    oct_jwk(SECRET.encode()),
    jwk(public_key_of(rsa_key())),
    rsa_jwk(rsa_key()),
    *(jwk(public_key_of(owner.signer)) for owner in EC_OWNERS),
    *(private_jwk(owner.signer) for owner in EC_OWNERS),
)


def _mutate(text: str) -> Iterator[str]:
    yield text[:-1]
    yield text[:-4]
    yield text[1:]
    yield f"{text}="
    yield f"{text}=="
    yield f"{text}A"
    yield f"AA{text}"
    yield f"AAAA{text}"
    yield f" {text}\n"
    yield text.replace("-", "+").replace("_", "/")
    yield text[:-1] + ("A" if text[-1:] != "A" else "Q")
    yield f"{text[:4]}!{text[4:]}"


def draw_malformed_jwk(draw: st.DrawFn) -> Jwk:
    """Draw a JWK with one or two changed members."""
    members = dict(pick(draw, JWKS))
    for _ in range(1 + draw(integers_below(2))):
        _change(draw, members)
    return members


def _change(draw: st.DrawFn, members: Jwk) -> None:
    name = pick(draw, [*members, "kty"]) if one_in(draw, 2) else pick(draw, MEMBERS)
    kind = pick(draw, ("drop", "replace", "text", "text"))
    if kind == "drop":
        members.pop(name, None)
    elif kind == "text" and isinstance(members.get(name), str) and members[name]:
        members[name] = pick(draw, list(_mutate(members[name])))
    else:
        members[name] = pick(draw, WRONG_MEMBERS)


LABELS: dict[str, tuple[Any, ...]] = {
    "kid": ("a", "b", "", None, 1),
    "use": ("sig", "enc", None),
    "alg": (*SIGNATURES, "RSA-OAEP", "x", None),
    "key_ops": (["verify"], ["sign"], ["encrypt"], []),
}


def draw_labelled_jwk(draw: st.DrawFn) -> Jwk:
    """Draw a valid JWK with members that describe its use."""
    return {**pick(draw, JWKS), **{name: pick(draw, LABELS[name]) for name in sample(draw, sorted(LABELS), 3)}}


def _json_values(keys: list[Any]) -> list[Any]:
    values = [key.value if isinstance(key, NamedValue) else key for key in keys]
    return [one for one in values if isinstance(one, (str, dict, int, float, type(None), list))]


def _to_json(value: Any) -> str:
    return json.dumps(value, default=repr, skipkeys=True)


CONTAINERS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    "JWKS": lambda keys: {"keys": keys},
    "JWKS of a tuple": lambda keys: {"keys": tuple(keys)},
    "JWKS text": lambda keys: _to_json({"keys": _json_values(keys)}),
    "list text": lambda keys: _to_json(_json_values(keys)),
    "mapping": lambda keys: {f"kid-{position}": key for position, key in enumerate(keys)},
    "mapping text": lambda keys: _to_json({f"kid-{position}": key for position, key in enumerate(_json_values(keys))}),
    "iterator": lambda keys: PerLibraryValue(f"iter({keys!r})", lambda library: iter(resolve(library, keys))),
    "values": lambda keys: PerLibraryValue(
        f"values of {keys!r}", lambda library: dict(enumerate(resolve(library, keys))).values()
    ),
    "list in a list": lambda keys: [keys],
}


def jwks_with_kid(owner: Owner) -> list[Jwk]:
    """Return the owner's public key as JWKs with a `kid`."""
    return [{**form, "kid": kid} for form in owner.public if isinstance(form, dict) for kid in ("a", "b")]


def draw_key(draw: st.DrawFn) -> Any:
    """Draw a key of any owner in any format."""
    kind = draw(integers_below(5))
    if kind < 3:
        return pick(draw, KEYS) if kind == 0 else pick(draw, STRANGE_KEYS)
    return draw_labelled_jwk(draw) if kind == 3 else draw_malformed_jwk(draw)


def draw_key_container(draw: st.DrawFn, key: Any) -> Any:
    """Draw an argument with several keys, including `key`."""
    keys = [draw_key(draw) for _ in range(draw(integers_below(3)))]
    keys.insert(draw(integers_below(len(keys) + 1)), key)
    return CONTAINERS[pick(draw, sorted(CONTAINERS))](keys)


def draw_key_for(draw: st.DrawFn, owner: Owner) -> Any:
    """Draw the key argument of a verification, usually a form of the owner's key."""
    matching = (*owner.public, *owner.public, *owner.private)
    kind = draw(integers_below(10))
    if kind < 4:
        return pick(draw, matching)
    return draw_key_container(draw, pick(draw, matching)) if kind < 7 else draw_key(draw)
