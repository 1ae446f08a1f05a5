"""No secret, private key or token is in the memory of a process after its owner is gone.

Another process creates the owner, uses it and drops it. Its memory is searched at three times: while it has
everything, after its inputs were wiped, and after the owner was dropped. The secrets are random, so a part of one is
found nowhere by chance. What cannot be wiped is in SECURITY.md.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fastjose import sign_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from support.memory.owner_process import OwnerProcess

WAIT_SECONDS = 15  # generous: a thread that ends frees its last buffers


@dataclass
class Case:
    """An owner, what it is given, and what is searched: by default what it is given."""

    owner: str
    materials: dict[str, bytes]
    searched: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def secrets(self) -> Mapping[str, bytes]:
        """The secrets that are searched."""
        return self.searched or self.materials


def new_secret() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(48))


def token_parts(secret: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return a token, and the parts of it that no other token has."""
    token = sign_token({"sub": secrets.token_urlsafe(60), "exp": 4_000_000_000}, secret, algorithm="HS256").encode()
    return token, {"claims of the token": token[60:110], "signature of the token": token[-43:]}


def verifier_case(owner: str, **settings: Any) -> Case:
    secret = new_secret()
    token, parts = token_parts(secret)
    return Case(owner, {"secret": secret, "token": token}, {"secret": secret, **parts}, settings)


def jwk_case() -> Case:
    raw = secrets.token_bytes(48)
    k = base64.urlsafe_b64encode(raw)
    return Case("own_jwk_verifier", {"k": k}, {"k": k, "decoded k": raw})


def both_orders(name: str, number: int, size: int) -> dict[str, bytes]:
    """Return a number as keys have it, and as an implementation computes with it."""
    return {name: number.to_bytes(size, "big"), f"{name}, little-endian": number.to_bytes(size, "little")}


def private_key_case(algorithm: str, key: Any, numbers: dict[str, bytes], form: PrivateFormat) -> Case:
    pem = key.private_bytes(Encoding.PEM, form, NoEncryption())
    line = pem.splitlines()[2 if algorithm == "RS256" else 1]
    return Case("own_private_key", {"pem": pem}, {"line of the PEM": line[20:], **numbers}, {"algorithm": algorithm})


def rsa_case(form: PrivateFormat) -> Case:
    key = rsa.generate_private_key(65_537, 2_048)
    found = key.private_numbers()
    numbers = {**both_orders("p", found.p, 128), **both_orders("q", found.q, 128), **both_orders("d", found.d, 256)}
    return private_key_case("RS256", key, {**numbers, **both_orders("dp", found.dmp1, 128)}, form)


def ec_case(form: PrivateFormat) -> Case:
    key = ec.generate_private_key(ec.SECP256R1())
    return private_key_case("ES256", key, both_orders("d", key.private_numbers().private_value, 32), form)


def ed25519_case() -> Case:
    key = ed25519.Ed25519PrivateKey.generate()
    return private_key_case("EdDSA", key, {"seed": key.private_bytes_raw()}, PrivateFormat.PKCS8)


def session_token_case() -> Case:
    secret, token = new_secret(), secrets.token_urlsafe(24).encode()
    signed = token + b"." + base64.b64encode(hmac.digest(secret, token, "sha256"))
    return Case("own_session_token_reader", {"secret": secret, "signed": signed})


def auth_js_case() -> Case:
    """Search the derived key too: it decrypts the cookies without the secret."""
    secret, name = new_secret(), "authjs.session-token"
    info = f"Auth.js Generated Encryption Key ({name})".encode()
    derived = HKDF(hashes.SHA256(), 64, name.encode(), info).derive(secret)
    return Case("own_auth_js_reader", {"secret": secret}, {"secret": secret, "derived key": derived})


def session_cookie_case(strategy: str) -> Case:
    return Case("own_session_cookie_reader", {"secret": new_secret()}, settings={"strategy": strategy})


def bearer_case() -> Case:
    token = new_secret()
    return Case("own_remote_key_set", {"authorization": b"Bearer " + token}, {"bearer token": token})


def client_certificate_case() -> Case:
    """Search the private key alone: the certificate is public."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    begin = datetime.now(tz=timezone.utc) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=30))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    line = pem.splitlines()[1]
    numbers = both_orders("d", key.private_numbers().private_value, 32)
    return Case("own_client_certificate", {"certificate": certificate + pem}, {"line of the PEM": line[20:], **numbers})


def proxy_case() -> Case:
    """Search the password as it is, and as the header for the proxy has it (RFC 7617)."""
    password = new_secret()
    credentials = base64.b64encode(b"fetcher:" + password)
    return Case("own_proxy_password", {"password": password}, {"password": password, "credentials": credentials})


def introspection_case() -> Case:
    """Search the secret of the client: the buffer of an open connection may have the last token."""
    secret = new_secret()
    return Case("own_introspection", {"secret": secret, "token": new_secret()}, {"secret": secret})


def application_case() -> Case:
    """Search the secret alone: the framework decodes the token into strings, which Python does not wipe."""
    case = verifier_case("own_application")
    return Case(case.owner, case.materials, {"secret": case.materials["secret"]})


CASES: dict[str, Callable[[], Case]] = {
    "Verifier": lambda: verifier_case("own_verifier"),
    "Verifier with a cache": lambda: verifier_case("own_verifier", cache_size=100),
    "Verifier of a JWK": jwk_case,
    "Key": lambda: verifier_case("own_key"),
    "HMACKey": lambda: Case("own_hmac_key", {"secret": new_secret()}),
    "RSAKey": lambda: rsa_case(PrivateFormat.PKCS8),
    "RSAKey of PKCS #1": lambda: rsa_case(PrivateFormat.TraditionalOpenSSL),
    "ECKey": lambda: ec_case(PrivateFormat.PKCS8),
    "ECKey of SEC 1": lambda: ec_case(PrivateFormat.TraditionalOpenSSL),
    "OKPKey": ed25519_case,
    "DIRKey": lambda: Case("own_jwe_key", {"secret": secrets.token_bytes(64)}),
    "AuthJsCookieReader": auth_js_case,
    "SessionTokenReader": session_token_case,
    "SessionCookieReader, compact": lambda: session_cookie_case("compact"),
    "SessionCookieReader, jwt": lambda: session_cookie_case("jwt"),
    "SessionCookieReader, jwe": lambda: session_cookie_case("jwe"),
    "RemoteKeySet": bearer_case,
    "RemoteKeySet with a client certificate": client_certificate_case,
    "RemoteKeySet with a proxy": proxy_case,
    "RemoteIntrospection": introspection_case,
    "BearerAuth": application_case,
}


def find_until_gone(process: OwnerProcess, searched: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return what is still found when nothing is, or after a long time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := process.find(searched)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("name", CASES)
def test_memory_has_no_secret_after_its_owner_is_gone(owner_process: OwnerProcess, server_url: str, name: str) -> None:
    case = CASES[name]()
    owner_process.begin(case.owner, case.materials, {"url": server_url, **case.settings})
    while_used = owner_process.find(case.materials)
    owner_process.drop_inputs()
    owner_process.drop_owner()
    found = find_until_gone(owner_process, case.secrets)
    owner_process.end()
    assert set(while_used) == set(case.materials), "the search does not find what the process has"
    assert not found


def test_memory_has_no_token_after_its_request(owner_process: OwnerProcess) -> None:
    """The verifier is alive, and has no cache."""
    case = verifier_case("own_verifier")
    owner_process.begin(case.owner, case.materials, {})
    holders = owner_process.drop_inputs()
    tokens = {name: part for name, part in case.searched.items() if name != "secret"}
    found = find_until_gone(owner_process, tokens)
    owner_process.drop_owner()
    owner_process.end()
    assert (found, holders) == ({}, [])


def test_no_object_has_a_token_after_its_http_request(owner_process: OwnerProcess) -> None:
    """The application is alive, and its verifier has no cache. Python's freed strings are not searched."""
    case = verifier_case("own_application")
    owner_process.begin(case.owner, case.materials, {})
    holders = owner_process.drop_inputs()
    owner_process.drop_owner()
    owner_process.end()
    assert holders == []


def test_memory_has_token_while_a_cache_has_it(owner_process: OwnerProcess) -> None:
    case = verifier_case("own_verifier", cache_size=100)
    owner_process.begin(case.owner, case.materials, case.settings)
    owner_process.drop_inputs()
    cached = owner_process.find(case.searched)
    owner_process.drop_owner()
    owner_process.end()
    assert set(cached) == {"claims of the token", "signature of the token"}


@pytest.mark.parametrize(("owner", "is_kept"), [("own_nothing", False), ("own_copy", False), ("leak_copy", True)])
def test_search_finds_a_copy_as_long_as_one_exists(owner_process: OwnerProcess, owner: str, *, is_kept: bool) -> None:
    secret = {"secret": new_secret()}
    owner_process.begin(owner, secret, {})
    owner_process.drop_inputs()
    with_owner = owner_process.find(secret)
    owner_process.drop_owner()
    without_owner = owner_process.find(secret)
    owner_process.end()
    assert (bool(with_owner), bool(without_owner)) == (owner != "own_nothing", is_kept)
