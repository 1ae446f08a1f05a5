"""Keycloak: its documents and tokens. The page names the source of each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.providers.forms import ABSENT, TokenForm
from support.providers.keys import certificate_members, encryption_jwk, public_jwk

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYCLOAK = "https://keycloak.example.com/realms/acme"
KEYCLOAK_OIDC = f"{KEYCLOAK}/protocol/openid-connect"

DOCUMENTS: Mapping[str, Any] = {
    f"{KEYCLOAK}/.well-known/openid-configuration": {
        "issuer": KEYCLOAK,
        "authorization_endpoint": f"{KEYCLOAK_OIDC}/auth",
        "token_endpoint": f"{KEYCLOAK_OIDC}/token",
        "introspection_endpoint": f"{KEYCLOAK_OIDC}/token/introspect",
        "userinfo_endpoint": f"{KEYCLOAK_OIDC}/userinfo",
        "end_session_endpoint": f"{KEYCLOAK_OIDC}/logout",
        "jwks_uri": f"{KEYCLOAK_OIDC}/certs",
        "check_session_iframe": f"{KEYCLOAK_OIDC}/login-status-iframe.html",
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "acr_values_supported": ["0", "1"],
        "response_types_supported": ["code", "none", "id_token", "token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["PS384", "RS384", "EdDSA", "ES384", "HS256", "RS256"],
        "mtls_endpoint_aliases": {"token_endpoint": f"{KEYCLOAK_OIDC}/token"},
    },
    f"{KEYCLOAK_OIDC}/certs": {
        "keys": [
            public_jwk("RS256", kid="nnniBrxL0qhG79pkF3ccQj", alg="RS256", use="sig", **certificate_members()),
            encryption_jwk(kid="0lqL2TcKHj9pVcW7j5qk1A", **certificate_members()),
        ]
    },
}

KEYCLOAK_USER = "f1c4f64e-2c0c-4cda-8c9f-9f3f8f3a2b0e"
KEYCLOAK_CLAIMS = {
    "auth_time": 1767225590,
    "jti": "onrtac:0f9f4c1c-3d5c-4f5e-9f0a-2f7c1a3b4c5d",
    "iss": KEYCLOAK,
    "aud": ["todo-api", "account"],
    "sub": KEYCLOAK_USER,
    "typ": "Bearer",
    "azp": "web",
    "sid": "4c0a3a8a-3a47-4f2f-8e89-9e5f9b0a0a0a",
    "acr": "1",
    "allowed-origins": ["https://app.example.net"],
    "realm_access": {"roles": ["default-roles-acme", "offline_access", "admin"]},
    "resource_access": {"todo-api": {"roles": ["editor"]}, "account": {"roles": ["manage-account"]}},
    "scope": "openid profile email",
    "email_verified": True,
    "name": "Ada Lovelace",
    "preferred_username": "ada",
    "email": "ada@example.com",
}
KEYCLOAK_ID_TOKEN = {
    "aud": "web",
    "typ": "ID",
    "scope": ABSENT,
    "realm_access": ABSENT,
    "resource_access": ABSENT,
    "allowed-origins": ABSENT,
    "at_hash": "1Ld3PzB5UPzNQ4z2yK4h0g",
}
KEYCLOAK_LIGHTWEIGHT = {
    "jti": "onltac:0f9f4c1c-3d5c-4f5e-9f0a-2f7c1a3b4c5d",
    "iss": KEYCLOAK,
    "typ": "Bearer",
    "azp": "web",
    "sid": "4c0a3a8a-3a47-4f2f-8e89-9e5f9b0a0a0a",
    "scope": "openid profile email",
}
KEYCLOAK_HEADER = {"typ": "JWT", "kid": "nnniBrxL0qhG79pkF3ccQj"}

FORMS = [
    TokenForm(
        "Keycloak",
        "access token with an audience",
        KEYCLOAK_CLAIMS,
        KEYCLOAK_USER,
        header=KEYCLOAK_HEADER,
        roles=["admin", "editor"],
        scopes=["profile"],
        rejected={"for another API": {"aud": ["other-api", "account"]}, "ID token": KEYCLOAK_ID_TOKEN},
    ),
    TokenForm(
        "Keycloak",
        "access token with `typ: at+jwt`",
        KEYCLOAK_CLAIMS,
        KEYCLOAK_USER,
        header={**KEYCLOAK_HEADER, "typ": "at+jwt"},
        roles=["admin", "editor"],
        scopes=["profile"],
        rejected={"for another API": {"aud": ["other-api", "account"]}},
    ),
    TokenForm(
        "Keycloak without an audience",
        "access token with `aud: account`",
        {**KEYCLOAK_CLAIMS, "aud": "account"},
        KEYCLOAK_USER,
        header=KEYCLOAK_HEADER,
        roles=["admin", "editor"],
        scopes=["profile"],
        accepted={"without any audience": {"aud": ABSENT}},
        rejected={
            "from another client": {"azp": "another"},
            "ID token": KEYCLOAK_ID_TOKEN,
            "refresh token": {"typ": "Refresh", "aud": KEYCLOAK},
        },
    ),
    TokenForm(
        "Keycloak, lightweight tokens",
        "lightweight access token, no `sub`",
        KEYCLOAK_LIGHTWEIGHT,
        "4c0a3a8a-3a47-4f2f-8e89-9e5f9b0a0a0a",
        header=KEYCLOAK_HEADER,
        scopes=["profile"],
        rejected={"from another client": {"azp": "another"}, "ID token": {"typ": "ID"}},
    ),
]
