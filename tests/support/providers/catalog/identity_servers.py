"""Identity servers that one runs oneself, beside Keycloak. The page names the source of each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.providers.forms import ABSENT, TokenForm
from support.providers.keys import certificate_members, leading_zero_jwk, public_jwk

if TYPE_CHECKING:
    from collections.abc import Mapping

HYDRA = "https://hydra.example.com"
ZITADEL = "https://acme-x1y2z3.zitadel.cloud"
AUTHENTIK = "https://authentik.example.com/application/o"
SUPERTOKENS = "https://login.example.com/auth"
CILOGON = "https://cilogon.org"
UAA = "https://uaa.example.com"
BETTER_AUTH = "https://app.example.com"
ZITADEL_PROJECT = "69233495195230817"
ZITADEL_ROLES = "urn:zitadel:iam:org:project:roles"

DOCUMENTS: Mapping[str, Any] = {
    f"{HYDRA}/.well-known/openid-configuration": {
        "issuer": HYDRA,
        "authorization_endpoint": f"{HYDRA}/oauth2/auth",
        "token_endpoint": f"{HYDRA}/oauth2/token",
        "jwks_uri": f"{HYDRA}/.well-known/jwks.json",
        "subject_types_supported": ["public"],
        "response_types_supported": ["code", "code id_token", "id_token", "token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "credentials_supported_draft_00": [{"format": "jwt_vc_json", "types": ["VerifiableCredential"]}],
    },
    f"{HYDRA}/.well-known/jwks.json": {
        "keys": [
            public_jwk("RS256", use="sig", kid="f4ba5c8d-hydra.openid.id-token", alg="RS256"),
            public_jwk("RS256", use="sig", kid="9e1a2b3c-hydra.jwt.access-token", alg="RS256"),
        ]
    },
    f"{ZITADEL}/.well-known/openid-configuration": {
        "issuer": ZITADEL,
        "authorization_endpoint": f"{ZITADEL}/oauth/v2/authorize",
        "token_endpoint": f"{ZITADEL}/oauth/v2/token",
        "introspection_endpoint": f"{ZITADEL}/oauth/v2/introspect",
        "jwks_uri": f"{ZITADEL}/oauth/v2/keys",
        "response_types_supported": ["code", "id_token", "id_token token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "RS256", "ES256"],
    },
    f"{ZITADEL}/oauth/v2/keys": {"keys": [public_jwk("RS256", use="sig", kid="199191908563289345", alg="RS256")]},
    f"{AUTHENTIK}/todo/.well-known/openid-configuration": {
        "issuer": f"{AUTHENTIK}/todo/",
        "authorization_endpoint": f"{AUTHENTIK}/authorize/",
        "token_endpoint": f"{AUTHENTIK}/token/",
        "userinfo_endpoint": f"{AUTHENTIK}/userinfo/",
        "jwks_uri": f"{AUTHENTIK}/todo/jwks/",
        "response_types_supported": ["code", "id_token", "code token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
    },
    f"{AUTHENTIK}/todo/jwks/": {
        "keys": [public_jwk("RS256", kid="a33ef2d5c9b1", alg="RS256", use="sig", **certificate_members())]
    },
    f"{SUPERTOKENS}/jwt/jwks.json": {
        "keys": [
            public_jwk("RS256", kid=kid, alg="RS256", use="sig") for kid in ("s-2de612a5-a5ba-413e", "d-1691748330184")
        ]
    },
    f"{CILOGON}/.well-known/openid-configuration": {
        "issuer": CILOGON,
        "authorization_endpoint": f"{CILOGON}/authorize",
        "token_endpoint": f"{CILOGON}/oauth2/token",
        "userinfo_endpoint": f"{CILOGON}/oauth2/userinfo",
        "jwks_uri": f"{CILOGON}/oauth2/certs",
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "RS384", "RS512"],
    },
    f"{CILOGON}/oauth2/certs": {
        "keys": [leading_zero_jwk(use="sig", kid="244B235F6B28E34108D101EAC7362C4E", alg="RS256")]
    },
    f"{UAA}/oauth/token/.well-known/openid-configuration": {
        "issuer": f"{UAA}/oauth/token",
        "authorization_endpoint": f"{UAA}/oauth/authorize",
        "token_endpoint": f"{UAA}/oauth/token",
        "userinfo_endpoint": f"{UAA}/userinfo",
        "jwks_uri": f"{UAA}/token_keys",
        "response_types_supported": ["code", "code id_token", "id_token", "token id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256"],
    },
    f"{UAA}/token_keys": {
        "keys": [leading_zero_jwk(use="sig", kid="key-1", alg="RS256", value="-----BEGIN PUBLIC KEY-----")]
    },
    f"{BETTER_AUTH}/api/auth/jwks": {
        "keys": [public_jwk("EdDSA", alg="EdDSA", kid="jvFsjrg4Lz0url54PSMtfPnGYjlJQvEV")]
    },
}

HYDRA_CLAIMS = {
    "aud": ["https://api.example.com"],
    "client_id": "c7a5b6c4-web",
    "ext": {},
    "iss": HYDRA,
    "jti": "b8d9b2e2-0c5e-4d2f-8f2b-9b7a0c1d2e3f",
    "nbf": 1700000000,
    "scp": ["openid", "offline", "tasks.read"],
    "sub": "foo@bar.com",
}
HYDRA_HEADER = {"kid": "9e1a2b3c-hydra.jwt.access-token", "typ": "JWT"}
HYDRA_ID_TOKEN = {"aud": ["c7a5b6c4-web"], "client_id": ABSENT, "scp": ABSENT, "ext": ABSENT, "sid": "s1"}

FORMS = [
    TokenForm(
        "Ory Hydra",
        "access token with an audience",
        HYDRA_CLAIMS,
        "foo@bar.com",
        header=HYDRA_HEADER,
        scopes=["tasks.read"],
        rejected={"for another API": {"aud": ["https://other.example.com"]}, "ID token": HYDRA_ID_TOKEN},
    ),
    TokenForm(
        "Ory Hydra without an audience",
        "access token with `aud: []`",
        {**HYDRA_CLAIMS, "aud": []},
        "foo@bar.com",
        header=HYDRA_HEADER,
        scopes=["tasks.read"],
        rejected={"from another client": {"client_id": "another"}, "ID token": HYDRA_ID_TOKEN},
    ),
    TokenForm(
        "Zitadel",
        "access token",
        {
            "iss": ZITADEL,
            "sub": "165460784409546753",
            "aud": ["69234237810729019", ZITADEL_PROJECT],
            "azp": "69234237810729019",
            "nbf": 1700000000,
            "jti": "V1_165460784409546755-at_165460784409612291",
            ZITADEL_ROLES: {"admin": {"165460784409546754": "acme.zitadel.cloud"}},
        },
        "165460784409546753",
        header={"kid": "199191908563289345", "typ": "JWT"},
        roles=["admin"],
        accepted={"of a machine": {"sub": "170848145649959169", "azp": ABSENT}},
        rejected={"for another project": {"aud": ["69234237810729019", "another"]}},
    ),
    TokenForm(
        "Authentik",
        "access token",
        {
            "iss": f"{AUTHENTIK}/todo/",
            "sub": "7f5b5b0e7d1c4b2f",
            "aud": "todo-client-id",
            "auth_time": 1700000000,
            "acr": "goauthentik.io/providers/oauth2/default",
            "amr": ["pwd"],
            "sid": "0e1f2a3b",
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "groups": ["authentik Admins", "todo"],
            "azp": "todo-client-id",
            "uid": "Qx2Wm9",
            "scope": "openid profile email",
        },
        "7f5b5b0e7d1c4b2f",
        header={"kid": "a33ef2d5c9b1", "typ": "JWT"},
        roles=["todo"],
        scopes=["profile"],
        rejected={
            "for another application": {"aud": "another", "azp": "another"},
            "ID token": {"azp": ABSENT, "uid": ABSENT, "scope": ABSENT, "at_hash": "x"},
        },
    ),
    TokenForm(
        "SuperTokens",
        "session access token",
        {
            "sub": "fa7a0841-b533-4478-95533-0fde890c3483",
            "tId": "public",
            "rsub": "fa7a0841-b533-4478-95533-0fde890c3483",
            "sessionHandle": "d4f4a1b2-0c3d-4e5f",
            "refreshTokenHash1": "4fc2a3b1",
            "parentRefreshTokenHash1": None,
            "antiCsrfToken": None,
            "iss": SUPERTOKENS,
            "stt": 0,
            "st-role": {"v": ["admin"], "t": 1700000000000},
            "st-perm": {"v": ["tasks:read"], "t": 1700000000000},
            "st-ev": {"v": True, "t": 1700000000000},
        },
        "fa7a0841-b533-4478-95533-0fde890c3483",
        header={"kid": "d-1691748330184", "typ": "JWT", "version": "5"},
        roles=["admin"],
        permissions=["tasks:read"],
        rejected={"OAuth2 ID token": {"stt": 2}, "OAuth2 access token": {"stt": 1}},
    ),
    TokenForm(
        "CILogon",
        "ID token, key with a leading zero octet",
        {
            "iss": CILOGON,
            "sub": "http://cilogon.org/serverA/users/12345",
            "aud": "cilogon:/client_id/1234567890abcdef",
            "auth_time": 1700000000,
            "nonce": "n1",
            "idp_name": "Example University",
            "eppn": "ada@example.edu",
            "email": "ada@example.edu",
            "isMemberOf": ["CO:members:active"],
        },
        "http://cilogon.org/serverA/users/12345",
        header={"typ": "JWT", "kid": "244B235F6B28E34108D101EAC7362C4E"},
        roles=["CO:members:active"],
        rejected={"for another client": {"aud": "cilogon:/client_id/another"}},
    ),
    TokenForm(
        "Cloud Foundry UAA",
        "access token, key with a leading zero octet",
        {
            "jti": "b8d9b2e20c5e4d2f8f2b9b7a0c1d2e3f",
            "sub": "61e3e3e0-7a1c-4c1e-8e6f-3a3b1c2d4e5f",
            "scope": ["tasks.read", "openid"],
            "client_id": "web",
            "cid": "web",
            "azp": "web",
            "grant_type": "authorization_code",
            "user_id": "61e3e3e0-7a1c-4c1e-8e6f-3a3b1c2d4e5f",
            "origin": "uaa",
            "user_name": "ada",
            "email": "ada@example.com",
            "rev_sig": "d7e1f0a2",
            "iss": f"{UAA}/oauth/token",
            "zid": "uaa",
            "aud": ["tasks", "web", "openid"],
        },
        "61e3e3e0-7a1c-4c1e-8e6f-3a3b1c2d4e5f",
        header={"alg": "RS256", "jku": f"{UAA}/token_keys", "kid": "key-1", "typ": "JWT"},
        scopes=["tasks.read"],
        rejected={
            "for another resource": {"aud": ["web", "openid"]},
            "ID token": {"aud": ["web"], "scope": ["openid"]},
        },
    ),
    TokenForm(
        "Better Auth",
        "JWT of the plugin `jwt()`",
        {
            "id": "user-1",
            "name": "Ada",
            "email": "ada@example.com",
            "emailVerified": True,
            "image": None,
            "role": "admin",
            "sub": "user-1",
            "iss": BETTER_AUTH,
            "aud": BETTER_AUTH,
        },
        "user-1",
        algorithm="EdDSA",
        header={"kid": "jvFsjrg4Lz0url54PSMtfPnGYjlJQvEV"},
        roles=["admin"],
        rejected={"for another application": {"aud": "https://other.example.com"}},
    ),
]
