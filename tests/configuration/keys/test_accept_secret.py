"""`JWT_ACCEPT_SECRET`: tokens of a shared secret beside those of a public key.

`tests/documentation/providers` has it with a JWK Set.
"""

from __future__ import annotations

import base64
import hmac
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import sign_token
from support.clients.http_client import HttpClient
from support.environment.fresh_import import SECRET, build_app, load_auth

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.http

PRIVATE_KEY = ed25519.Ed25519PrivateKey.generate()
PRIVATE_PEM = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC_PEM = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PUBLIC_KEY = {"JWT_PUBLIC_KEY": PUBLIC_PEM, "JWT_AUDIENCE": "api"}
BOTH = {**PUBLIC_KEY, "JWT_SECRET": SECRET}


def sign(key: str | bytes, algorithm: str, **changes: Any) -> str:
    return sign_token(
        {"sub": "user-1", "aud": "api", "exp": int(time.time()) + 60, **changes}, key, algorithm=algorithm
    )


def confuse_algorithms() -> str:
    """Return a token with HS256 whose secret is the text of the public key (RFC 8725 §2.1)."""
    signed = ".".join(sign(SECRET, "HS256").split(".")[:2])
    signature = base64.urlsafe_b64encode(hmac.digest(PUBLIC_PEM.encode(), signed.encode(), "sha256")).rstrip(b"=")
    return f"{signed}.{signature.decode()}"


def statuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], *tokens: str) -> list[int]:
    with HttpClient(build_app(load_auth(monkeypatch, tmp_path, **environment))) as client:
        return [client.get("/me", token).status_code for token in tokens]


@pytest.mark.parametrize(("setting", "status"), [("1", 200), ("0", 401), ("", 401)])
def test_secret_is_accepted_only_if_setting_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, status: int
) -> None:
    environment = {**BOTH, "JWT_ACCEPT_SECRET": setting}
    tokens = sign(PRIVATE_PEM, "EdDSA"), sign(SECRET, "HS256")
    assert statuses(monkeypatch, tmp_path, environment, *tokens) == [200, status]


def test_tokens_of_secret_are_under_the_same_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tokens = [
        sign(SECRET, "HS256", aud="another"),
        sign(SECRET, "HS256", exp=int(time.time()) - 60),
        sign(SECRET, "HS512"),
        sign(SECRET[::-1], "HS256"),
        confuse_algorithms(),
    ]
    assert statuses(monkeypatch, tmp_path, {**BOTH, "JWT_ACCEPT_SECRET": "1"}, *tokens) == [401] * len(tokens)


@pytest.mark.parametrize(
    ("environment", "fragment"),
    [
        (PUBLIC_KEY, "JWT_ACCEPT_SECRET requires JWT_SECRET"),
        ({**PUBLIC_KEY, "JWT_SECRET": "short"}, "JWT_SECRET must have at least 32 bytes"),
        ({**BOTH, "BETTER_AUTH_SECRET": SECRET}, "JWT_SECRET and BETTER_AUTH_SECRET must not both be set"),
    ],
)
def test_setting_without_usable_secret_raises_value_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], fragment: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **environment, JWT_ACCEPT_SECRET="1")
    assert fragment in str(raised.value)
    assert SECRET not in str(raised.value)
