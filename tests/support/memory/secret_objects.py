"""An object of each public class, built from secrets that no output may contain."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from fastjose import Key, RemoteKeySet, Verifier, exceptions, jwk, sign_token
from fastjose._core import (
    AuthJsCookieReader,
    JweKey,
    JweToken,
    KeyMaterial,
    RemoteApiKeys,
    RemoteIntrospection,
    RemoteSessions,
    RequestAuthenticator,
    SessionCookieReader,
    SessionTokenReader,
)
from fastjose.api_keys import DatabaseApiKeys, SecondaryStorageApiKeys
from fastjose.auth_js import AuthJsCookies
from fastjose.backends import AESKey, DIRKey
from fastjose.fastapi import (
    ApiKeys,
    BearerAuth,
    CookieAuth,
    CredentialAuth,
    CurrentUser,
    JwtCredentials,
    OpaqueTokens,
    SessionCookies,
    SessionTokens,
)
from fastjose.revocation import RedisRevocations
from fastjose.sessions import DatabaseSessions, SecondaryStorageSessions, SessionToken
from fastjose.settings import AuthSettings
from fastjose.starlette import JwtAuthenticationBackend
from fastjose.testing import JwksServer, SessionCookieIssuer, TokenIssuer

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "marker-secret-Qm7xV2kLp9-Zt4wB8nRj3-Hc6dFs1gYu5-marker-secret-of-the-tests"
OTHER_SECRET = "another-secret-of-the-tests-Wn5pXk8rTz2vLq6c"
TOKEN = sign_token({"sub": "user-1", "exp": 4_000_000_000}, SECRET, algorithm="HS256")
SESSION_TOKEN = "Jx8kPq2mVz7tLr4wNc9yBd3sFg6h"
BEARER = "bearer-Tn6vKd1xWq8zRp4mLs9c"
URL = "https://auth.example.com/api/auth"
DATABASE_URL = f"postgresql+psycopg://reader:{OTHER_SECRET}@127.0.0.1:1/app"
REDIS_URL = f"redis://reader:{OTHER_SECRET}@127.0.0.1:1/0"
"""No server listens at this port."""
PROXY_URL = f"http://fetcher:{OTHER_SECRET}@127.0.0.1:1"
RSA_KEY = rsa.generate_private_key(65_537, 2_048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED25519_KEY = ed25519.Ed25519PrivateKey.generate()


def private_pem(key: Any) -> str:
    """Return a private key in PEM."""
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def client_certificate() -> str:
    """Return a certificate and its private key in PEM, as a client presents them to a server."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    begin = datetime.now(tz=timezone.utc) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, RSA_KEY.public_key(), 1, begin, begin + timedelta(days=30))
    certificate = builder.sign(RSA_KEY, hashes.SHA256())
    return certificate.public_bytes(Encoding.PEM).decode() + private_pem(RSA_KEY)


def secret_settings() -> AuthSettings:
    """Return settings in which each field for a secret has one."""
    fields = {name for name, field in AuthSettings.model_fields.items() if field.annotation == SecretStr | None}
    return AuthSettings.model_validate(dict.fromkeys(fields, SecretStr(SECRET)))


def list_markers() -> list[str]:
    """Return the texts that no output may contain: parts of the secrets, and of their usual encodings."""
    pems = [private_pem(key) for key in (RSA_KEY, EC_KEY, ED25519_KEY)]
    lines = [line for pem in pems for line in pem.splitlines()[1:-1] if len(line) > 20]
    encoded = base64.urlsafe_b64encode(SECRET.encode()).decode()
    parts = [SECRET[8:30], SECRET[-28:-4], encoded[8:40], SECRET.encode().hex()[:40], OTHER_SECRET[-16:]]
    return [*parts, *(line[10:] for line in lines), *TOKEN.split(".")[1:], SESSION_TOKEN, BEARER]


async def find_nothing(_credential: str) -> None:
    """Find no session and no key."""


def token_verifier() -> Verifier:
    """Return a verifier that has TOKEN in its cache."""
    verifier = Verifier(SECRET, algorithms="HS256", cache_size=10)
    verifier.verify(TOKEN)
    return verifier


def raised(kind: type[BaseException]) -> BaseException:
    """Return an error of `kind` that a call with the secrets raised, or a new one without content."""
    for call in (
        lambda: Verifier(OTHER_SECRET, algorithms="HS256").verify(TOKEN),
        lambda: Key(SECRET, algorithm="RS256"),
        lambda: SessionTokenReader([OTHER_SECRET]).read(f"{SESSION_TOKEN}.{'A' * 43}="),
        lambda: JweToken(TOKEN.encode(), 10_000),
    ):
        error = _catch(call)
        if isinstance(error, kind):
            return error
    return kind("a message")


def _catch(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except exceptions.JOSEError as error:
        return error
    return None


def authentication() -> CredentialAuth[CurrentUser]:
    """Return dependencies on each kind of credential with a secret."""
    return CredentialAuth(JwtCredentials(token_verifier()), SessionTokens(find_nothing, secrets=[SECRET]))


HOLDERS: dict[str, Callable[[], Any]] = {
    "Verifier": token_verifier,
    "fastjose.Key": lambda: Key(SECRET),
    "KeyMaterial": lambda: KeyMaterial(SECRET, "oct"),
    "RemoteKeySet": lambda: RemoteKeySet(
        f"{URL}/jwks?key={SECRET}",
        headers={"Authorization": f"Bearer {BEARER}"},
        client_certificate=client_certificate(),
        proxy=PROXY_URL,
    ),
    "RequestAuthenticator": lambda: RequestAuthenticator(
        token_verifier(), dict, build_from_fields=CurrentUser.model_validate
    ),
    "HMACKey": lambda: jwk.construct(SECRET, "HS256"),
    "RSAKey": lambda: jwk.construct(private_pem(RSA_KEY), "RS256"),
    "ECKey": lambda: jwk.construct(private_pem(EC_KEY), "ES256"),
    "OKPKey": lambda: jwk.construct(private_pem(ED25519_KEY), "EdDSA"),
    "AESKey": lambda: AESKey(SECRET[:32], "A256KW"),
    "DIRKey": lambda: DIRKey(SECRET, "dir"),
    "JweKey": lambda: JweKey(SECRET.encode(), "dir"),
    "AuthJsCookieReader": lambda: AuthJsCookieReader([SECRET]),
    "AuthJsCookies": lambda: AuthJsCookies(secrets=[SECRET]),
    "SessionTokenReader": lambda: SessionTokenReader([SECRET]),
    "SessionCookieReader": lambda: SessionCookieReader(secrets=[SECRET], strategy="jwe"),
    "fastjose._credentials.session_cookies.SessionCookies": lambda: SessionCookies(find_nothing, secrets=[SECRET]),
    "SessionTokens": lambda: SessionTokens(find_nothing, secrets=[SECRET]),
    "SessionToken": lambda: SessionToken(SESSION_TOKEN, raw=SESSION_TOKEN),
    "RemoteIntrospection": lambda: RemoteIntrospection(
        f"{URL}/introspect",
        client_id="api",
        client_secret=SECRET,
        accepted_client_id="web",
        client_certificate=client_certificate(),
        proxy=PROXY_URL,
    ),
    "OpaqueTokens": lambda: OpaqueTokens(HOLDERS["RemoteIntrospection"]()),
    "RemoteSessions": lambda: RemoteSessions(URL),
    "RemoteApiKeys": lambda: RemoteApiKeys(URL),
    "ApiKeys": lambda: ApiKeys(find_nothing),
    "JwtCredentials": lambda: JwtCredentials(token_verifier()),
    "BearerAuth": lambda: BearerAuth(token_verifier()),
    "CookieAuth": lambda: CookieAuth(SessionCookies(find_nothing, secrets=[SECRET])),
    "CredentialAuth": authentication,
    "JwtAuthenticationBackend": lambda: JwtAuthenticationBackend(token_verifier()),
    "DatabaseSessions": lambda: DatabaseSessions(DATABASE_URL),
    "DatabaseApiKeys": lambda: DatabaseApiKeys(DATABASE_URL),
    "SecondaryStorageSessions": lambda: SecondaryStorageSessions(REDIS_URL),
    "SecondaryStorageApiKeys": lambda: SecondaryStorageApiKeys(REDIS_URL),
    "RedisRevocations": lambda: RedisRevocations(REDIS_URL),
    "AuthSettings": secret_settings,
    "TokenIssuer": lambda: TokenIssuer(private_key=private_pem(ED25519_KEY)),
    "JwksServer": lambda: JwksServer(HOLDERS["TokenIssuer"]()),
    "SessionCookieIssuer": lambda: SessionCookieIssuer(SECRET),
}
"""How to build an object of each class that has a secret, a private key or a token."""

ERRORS = {name for name in exceptions.__all__ if name != "ConfigurationWarning"}

_DATA = "public data: claims of a user, names, settings without a secret"
WITHOUT_SECRETS: dict[str, str] = {
    **dict.fromkeys(("CurrentUser", "TokenPayload", "JwtUser", "Session", "Profile", "Health", "KeySource"), _DATA),
    **dict.fromkeys(("DiscoveryDocument", "DatabaseNames", "Algorithms", "Zips", "OriginPolicy", "Edit"), _DATA),
    **dict.fromkeys(("AsyncOwnedRepository", "OwnedRepository"), "the rows of the application"),
    **dict.fromkeys(("OwnershipChecker", "OwnerIdError", "OwnershipError"), "ids of users and rows"),
    "RevocationList": "hashes of ids",
    "ConfigurationWarning": "a class of warnings, whose texts tests of the settings compare",
    "Acceptance": "the function and the name of the claim that accept a user",
    "FunctionAlias": "a function",
    "PendingVerification": "made for one request, with the object that made it",
    "VerifiedToken": "made for one request, with the object that made it",
    "fastjose._core.SessionCookies": "what was read from the cookies of one request",
    "JweToken": "an encrypted token of one call",
    "fastjose.backends.base.Key": "the base class of key objects",
    "TestEnvironment": "names of variables of tests",
}
"""The classes whose objects have no secret, and what they have."""

_AS_PYTHON_JOSE = "a symmetric key object, whose pickle works as in python-jose and has the secret"
_FOR_TESTS = "a development issuer for tests, whose pickle is for the processes of one run"
PICKLES_WITH_THE_SECRET: dict[str, str] = {
    **dict.fromkeys(("KeyMaterial", "HMACKey", "AESKey", "DIRKey"), _AS_PYTHON_JOSE),
    **dict.fromkeys(("TokenIssuer", "SessionCookieIssuer"), _FOR_TESTS),
    "AuthSettings": "a model of pydantic, whose `SecretStr` hides a secret from outputs and not from a pickle",
}
"""The classes whose pickle has the secret, and why. SECURITY.md lists them."""
