"""`alb_verifier`: the header `x-amzn-oidc-data` of an AWS Application Load Balancer.

The form of header and claims is that of AWS's documentation and of tokens in public issue reports.
"""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, RemoteKeySet, Verifier
from fastjose.aws import alb_keys_url, alb_verifier
from fastjose.revocation import RevocationList
from support.servers.issuer_server import Answer, IssuerServer, serve_issuer
from support.tokens.jose_builder import ec_key, sign_bytes, spki

if TYPE_CHECKING:
    from collections.abc import Iterator

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
OTHER_ARN = ARN.replace("123456789012", "999999999999")
KID = "83b2cb34-d2a1-4a85-b5a5-2a2a1f0a1d3b"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with serve_issuer() as server:
        server.answers[f"/{KID}"] = Answer(spki(ec_key().public_key()))
        yield server


def padded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def alb_token(header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return a token in the form of a load balancer: with padding, and with `exp` in header and payload."""
    expiry = int(time.time()) + 120
    full_header = {
        "typ": "JWT",
        "kid": KID,
        "alg": "ES256",
        "iss": ISSUER,
        "client": "web",
        "signer": ARN,
        "exp": expiry,
    }
    payload = {"sub": "u", "email": "u@example.com", "username": "u", "exp": expiry, "iss": ISSUER, **claims}
    parts = [padded(json.dumps(part).encode()) for part in (full_header | (header or {}), payload)]
    signature = sign_bytes("ES256", ec_key(), ".".join(parts).encode())
    return ".".join([*parts, padded(signature)])


def verifier_of(server: IssuerServer, **options: Any) -> Verifier:
    return alb_verifier(**{"signer": ARN, "keys": RemoteKeySet.per_kid(server.url), **options})


def error_code(verifier: Verifier, token: str) -> str | None:
    with pytest.raises(JOSEError) as raised:
        verifier.verify(token)
    return raised.value.code


def test_token_of_the_load_balancer_is_accepted(server: IssuerServer) -> None:
    token = alb_token()
    assert "=" in token
    assert verifier_of(server).verify(token)["email"] == "u@example.com"
    assert verifier_of(server, client_id="web", issuer=ISSUER).verify(token)
    assert verifier_of(server, signer=[OTHER_ARN, ARN], client_id=["ios", "web"]).verify(token)


def test_token_of_another_load_balancer_is_rejected_without_a_fetch(server: IssuerServer) -> None:
    verifier = verifier_of(server)
    for header in ({"signer": OTHER_ARN}, {"signer": None}, {"signer": [OTHER_ARN]}, {"signer": ARN.upper()}):
        assert error_code(verifier, alb_token(header)) in {"wrong_header", "malformed"}
    assert error_code(verifier_of(server, client_id="ios"), alb_token()) == "wrong_header"
    assert server.paths == []


def test_expired_token_is_rejected(server: IssuerServer) -> None:
    assert error_code(verifier_of(server), alb_token(exp=int(time.time()) - 60)) == "expired"
    assert error_code(verifier_of(server), alb_token(exp=None)) in {"invalid_claim", "missing_claim"}


def test_other_issuer_and_changed_signature_are_rejected(server: IssuerServer) -> None:
    assert error_code(verifier_of(server, issuer="https://other.example"), alb_token()) == "wrong_issuer"
    head, payload, signature = alb_token().split(".")
    changed = padded(json.dumps({"sub": "admin", "exp": int(time.time()) + 60}).encode())
    assert error_code(verifier_of(server), f"{head}.{changed}.{signature}") == "bad_signature"
    assert error_code(verifier_of(server), f"{head}.{payload}.") in {"malformed", "bad_signature"}


def test_key_url_is_that_of_the_region() -> None:
    assert alb_keys_url("eu-west-1") == "https://public-keys.auth.elb.eu-west-1.amazonaws.com"
    assert alb_keys_url("us-gov-west-1") == (
        "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1"
    )
    for region in ("cn-north-1", "cn-northwest-1"):
        assert alb_keys_url(region) == f"https://public-keys.auth.elb.{region}.amazonaws.com.cn"
    for region in ("", "eu-west-1.evil.example", "eu-west-1/", "EU-WEST-1", "eu_west_1", "eu-west-1\n"):
        with pytest.raises(ValueError, match="region must be"):
            alb_keys_url(region)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "https://public-keys.auth.elb.eu-west-1.amazonaws.com"),
        ({"region": "us-east-1"}, "https://public-keys.auth.elb.us-east-1.amazonaws.com"),
        ({"signer": ARN.replace("eu-west-1", "ap-south-1")}, "https://public-keys.auth.elb.ap-south-1.amazonaws.com"),
    ],
)
def test_keys_are_fetched_at_the_url_of_the_region(options: dict[str, Any], url: str) -> None:
    (keys,) = alb_verifier(**{"signer": ARN, **options}).remote_key_sets
    assert (keys.url, keys.is_per_kid) == (f"{url}/", True)


def test_fetch_options_reach_the_keys() -> None:
    with pytest.raises(ValueError, match="timeout_seconds"):
        alb_verifier(signer=ARN, timeout_seconds=-1)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        alb_verifier(signer=ARN, time_out=1)  # type: ignore[call-arg]


def test_audience_is_not_compared(server: IssuerServer) -> None:
    assert verifier_of(server).verify(alb_token(aud="another client"))["aud"] == "another client"


@pytest.mark.parametrize(("leeway", "accepted"), [({}, 10), ({"leeway_seconds": 0}, 0), ({"leeway_seconds": 30}, 30)])
def test_expiry_is_compared_with_the_leeway(
    server: IssuerServer, leeway: dict[str, float], accepted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, now = verifier_of(server, **leeway), int(time.time())
    token = alb_token(exp=now)
    monkeypatch.setattr("time.time", lambda: float(now + accepted - 1))
    assert verifier.verify(token)["exp"] == now
    monkeypatch.setattr("time.time", lambda: float(now + accepted))
    assert error_code(verifier, token) == "expired"


@pytest.mark.parametrize(("limit", "most"), [({}, 65_536), ({"max_token_bytes": 2_000}, 2_000)])
def test_longer_token_is_rejected(server: IssuerServer, limit: dict[str, int], most: int) -> None:
    verifier = verifier_of(server, **limit)
    assert error_code(verifier, "a" * most) == "malformed"
    assert error_code(verifier, "a" * (most + 1)) == "too_large"


@pytest.mark.parametrize(("size", "count"), [({}, 3), ({"cache_size": 0}, None), ({"cache_size": 2}, 2)])
def test_cache_holds_so_many_tokens(server: IssuerServer, size: dict[str, int], count: int | None) -> None:
    verifier = verifier_of(server, **size)
    for name in ("a", "b", "c"):
        verifier.verify(alb_token(sub=name))
    assert verifier.cached_token_count == count


def test_revoked_token_is_rejected(server: IssuerServer) -> None:
    revocations = RevocationList()
    verifier, token = verifier_of(server, revocations=revocations), alb_token(jti="token-1")
    assert verifier.verify(token)
    revocations.revoke_token("token-1")
    assert error_code(verifier, token) == "revoked"


@pytest.mark.parametrize("signer", ["", [], "web", "arn:aws:s3:::bucket", f"{ARN} ", f"{ARN}\n", [ARN, ""], f"x{ARN}"])
def test_signer_that_is_not_an_arn_is_refused(signer: Any) -> None:
    for region in (None, "eu-west-1"):
        with pytest.raises(ValueError, match="signer must be"):
            alb_verifier(signer=signer, region=region)


def test_signers_of_two_regions_are_refused() -> None:
    with pytest.raises(ValueError, match="one region"):
        alb_verifier(signer=[ARN, ARN.replace("eu-west-1", "us-east-1")])
    with pytest.raises(TypeError, match="proxy must be absent"):
        alb_verifier(signer=ARN, keys=RemoteKeySet.per_kid("https://keys.example"), proxy="environment")
