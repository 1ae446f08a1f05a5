"""Key sets in the form of Google and Firebase: an object with a certificate or public key in PEM for each `kid`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWKSetUnavailableError, RemoteKeySet, Verifier
from support.servers.issuer_server import Answer, IssuerServer, serve_issuer
from support.tokens.jose_builder import certificate, create_token, ec_key, ed_key, key_for, private_pem, rsa_key, spki

if TYPE_CHECKING:
    from collections.abc import Iterator

RSA_CERTIFICATE = certificate(rsa_key()).decode()
OTHER_RSA_CERTIFICATE = certificate(rsa_key(other=True)).decode()
EC_KEY = spki(ec_key().public_key()).decode()
GARBAGE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        yield server


def keys_of(server: IssuerServer, content: Any, **options: Any) -> RemoteKeySet:
    server.answers["/certs"] = Answer(content)
    return RemoteKeySet(f"{server.url}/certs", max_wait_seconds=0, **options)


def token_of(kid: str, algorithm: str = "RS256", key: Any = None) -> str:
    claims = {"sub": "u", "exp": int(time.time()) + 600}
    return create_token(algorithm, claims, key_for(algorithm) if key is None else key, kid=kid)


def error_code(verifier: Verifier, token: str) -> str | None:
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    return raised.value.code


def test_certificates_and_public_keys_verify_by_their_kid(server: IssuerServer) -> None:
    keys = keys_of(server, {"a": RSA_CERTIFICATE, "b": OTHER_RSA_CERTIFICATE, "c": EC_KEY})
    verifier = Verifier(keys)
    assert verifier.verify(token_of("a"))["sub"] == "u"
    assert verifier.verify(token_of("b", key=rsa_key(other=True)))["sub"] == "u"
    assert verifier.verify(token_of("c", "ES256"))["sub"] == "u"
    assert keys.skipped_keys == []
    assert error_code(verifier, token_of("a", key=rsa_key(other=True))) == "bad_signature"
    assert error_code(verifier, token_of("x")) == "unknown_key"


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "PS384", "PS512"])
def test_rsa_key_is_for_rs256_alone(server: IssuerServer, algorithm: str) -> None:
    for pem in (RSA_CERTIFICATE, spki(rsa_key().public_key()).decode()):
        verifier = Verifier(keys_of(server, {"a": pem}))
        assert verifier.verify(token_of("a"))["sub"] == "u"
        assert error_code(verifier, token_of("a", algorithm, rsa_key())) == "unknown_key"


def test_certificate_is_never_a_secret(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server, {"a": RSA_CERTIFICATE}))
    token = token_of("a", "HS256", RSA_CERTIFICATE.encode())
    assert error_code(verifier, token) == "algorithm_not_allowed"
    with pytest.raises(JOSEError):
        Verifier(keys_of(server, {"a": RSA_CERTIFICATE}), algorithms=["HS256", "RS256"]).verify(token)


def test_rotation_of_certificates_is_followed(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server, {"a": RSA_CERTIFICATE}))
    verifier.verify(token_of("a"))
    server.answers["/certs"] = Answer({"b": OTHER_RSA_CERTIFICATE})
    assert verifier.verify(token_of("b", key=rsa_key(other=True)))["sub"] == "u"
    assert error_code(verifier, token_of("a")) == "unknown_key"


def test_unusable_pem_is_skipped_with_its_reason(server: IssuerServer) -> None:
    private = private_pem(rsa_key()).decode()
    keys = keys_of(server, {"good": RSA_CERTIFICATE, "bad": GARBAGE, "secret": private, "log\nline": GARBAGE})
    keys.fetch()
    assert [text.partition(":")[0] for text in keys.skipped_keys] == [
        "keys[1] (kid bad)",
        "keys[2] (kid secret)",
        "keys[3]",
    ]
    assert "private key" in keys.skipped_keys[1]
    assert Verifier(keys).verify(token_of("good"))["sub"] == "u"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"a": GARBAGE}, "has no usable key: keys[0] (kid a)"),
        ({"a": RSA_CERTIFICATE, "b": "secret"}, "a list named keys"),
        ({"a": RSA_CERTIFICATE, "b": None}, "a list named keys"),
        ({"a": RSA_CERTIFICATE, "b": [RSA_CERTIFICATE]}, "a list named keys"),
        ({"a": RSA_CERTIFICATE, "keys": RSA_CERTIFICATE}, "a list named keys"),
        ({}, "a list named keys"),
        ([RSA_CERTIFICATE], "must be a JSON object"),
        (b'{"a":"-----BEGIN A","a":"-----BEGIN A"}', "occurs twice"),
        ({str(number): RSA_CERTIFICATE for number in range(11)}, "at most 10 keys"),
    ],
)
def test_object_that_is_not_a_set_is_a_failed_fetch(server: IssuerServer, content: Any, expected: str) -> None:
    keys = keys_of(server, content, max_keys=10)
    with pytest.raises(JWKSetUnavailableError):
        keys.fetch()
    assert keys.last_failure is not None
    assert expected in keys.last_failure
    assert "secret" not in keys.last_failure


def test_initial_set_may_be_an_object_of_certificates(server: IssuerServer) -> None:
    keys = keys_of(server, {"a": RSA_CERTIFICATE}, initial={"a": RSA_CERTIFICATE})
    assert Verifier(keys).verify(token_of("a"))["sub"] == "u"


def test_ed25519_key_is_for_eddsa(server: IssuerServer) -> None:
    verifier = Verifier(keys_of(server, {"a": spki(ed_key().public_key()).decode()}))
    assert verifier.verify(token_of("a", "EdDSA", ed_key()))["sub"] == "u"
