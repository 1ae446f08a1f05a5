"""Hosted identity services: their documents and tokens. The page names the source of each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.providers.forms import ABSENT, TokenForm
from support.providers.keys import certificate_members, public_jwk

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTH0 = "https://acme.eu.auth0.com"
OKTA = "https://acme.okta.com/oauth2/default"
CLERK = "https://clerk.example.com"
WORKOS = "https://api.workos.com"
KINDE = "https://acme.kinde.com"
STYTCH = "https://test.stytch.com/v1/b2b/sessions/jwks/project-test-8aed2e54-0266-4793-9b5e-0cc9c56064da"
LOGTO = "https://acme.logto.app/oidc"
API = "https://api.example.com"

DOCUMENTS: Mapping[str, Any] = {
    f"{AUTH0}/.well-known/openid-configuration": {
        "issuer": f"{AUTH0}/",
        "authorization_endpoint": f"{AUTH0}/authorize",
        "token_endpoint": f"{AUTH0}/oauth/token",
        "device_authorization_endpoint": f"{AUTH0}/oauth/device/code",
        "userinfo_endpoint": f"{AUTH0}/userinfo",
        "mfa_challenge_endpoint": f"{AUTH0}/mfa/challenge",
        "jwks_uri": f"{AUTH0}/.well-known/jwks.json",
        "response_types_supported": ["code", "token", "id_token"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
        "subject_types_supported": ["public"],
        "request_uri_parameter_supported": False,
    },
    f"{AUTH0}/.well-known/jwks.json": {
        "keys": [
            public_jwk("RS256", use="sig", alg="RS256", kid="NEE1QURBOTM4MzI5RkFDNTYxOTU1MDg2", **certificate_members())
        ]
    },
    f"{OKTA}/.well-known/openid-configuration": {
        "issuer": OKTA,
        "authorization_endpoint": f"{OKTA}/v1/authorize",
        "token_endpoint": f"{OKTA}/v1/token",
        "jwks_uri": f"{OKTA}/v1/keys",
        "response_types_supported": ["code", "id_token", "code id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "introspection_endpoint": f"{OKTA}/v1/introspect",
        "dpop_signing_alg_values_supported": ["RS256", "ES256"],
    },
    f"{OKTA}/v1/keys": {"keys": [public_jwk("RS256", alg="RS256", use="sig", kid="k7sZ-UfW8qN4gWBW5lI-8pFvTVQ")]},
    f"{CLERK}/.well-known/openid-configuration": {
        "issuer": CLERK,
        "authorization_endpoint": f"{CLERK}/oauth/authorize",
        "token_endpoint": f"{CLERK}/oauth/token",
        "jwks_uri": f"{CLERK}/.well-known/jwks.json",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    },
    f"{CLERK}/.well-known/jwks.json": {"keys": [public_jwk("RS256", use="sig", kid="ins_2aBcD", alg="RS256")]},
    f"{WORKOS}/sso/jwks/client_01HXYZ": {
        "keys": [public_jwk("RS256", alg="RS256", use="sig", kid="sso_oidc_key_pair_01HXYZ", **certificate_members())]
    },
    f"{KINDE}/.well-known/openid-configuration": {
        "issuer": KINDE,
        "authorization_endpoint": f"{KINDE}/oauth2/auth",
        "token_endpoint": f"{KINDE}/oauth2/token",
        "jwks_uri": f"{KINDE}/.well-known/jwks",
        "subject_types_supported": ["public"],
        "response_types_supported": ["code", "token", "id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
    },
    f"{KINDE}/.well-known/jwks": {"keys": [public_jwk("RS256", use="sig", kid="24:e1:15:9c:0f:9e", alg="RS256")]},
    STYTCH: {
        "keys": [
            public_jwk(
                "RS256",
                use="sig",
                key_ops=["verify"],
                alg="RS256",
                kid="jwk-test-22536a12-1b63-4c3b-a2c0-5a0d2e6f6c59",
                x5c=[],
                **{"x5t#S256": ""},
            )
        ],
        "status_code": 200,
        "request_id": "request-id-test-b05c992f-ebdc-489d-a754-c7e70ba13141",
    },
    f"{LOGTO}/.well-known/openid-configuration": {
        "issuer": LOGTO,
        "authorization_endpoint": f"{LOGTO}/auth",
        "token_endpoint": f"{LOGTO}/token",
        "userinfo_endpoint": f"{LOGTO}/me",
        "jwks_uri": f"{LOGTO}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384"],
        "code_challenge_methods_supported": ["S256"],
    },
    f"{LOGTO}/jwks": {"keys": [public_jwk("ES384", use="sig", kid="uSHEoHJ1M3sRiHqQbKsJTjMUC4Yv5ySE1KM1L3nqdLA")]},
}

AUTH0_CLAIMS = {
    "iss": f"{AUTH0}/",
    "sub": "auth0|6553da60a54af58e29493993",
    "aud": [API, f"{AUTH0}/userinfo"],
    "scope": "openid profile read:tasks",
    "permissions": ["read:tasks"],
    f"{API}/roles": ["admin"],
}
AUTH0_HEADER = {"typ": "JWT", "kid": "NEE1QURBOTM4MzI5RkFDNTYxOTU1MDg2"}
AUTH0_CLIENT = "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja"
AUTH0_ID_TOKEN = {
    "aud": AUTH0_CLIENT,
    "scope": ABSENT,
    "permissions": ABSENT,
    "azp": ABSENT,
    "sid": "s1",
    "nonce": "n1",
}

CLERK_V1 = {
    "azp": "https://app.example.com",
    "fva": [7, -1],
    "iss": CLERK,
    "org_id": "org_123",
    "org_role": "org:admin",
    "org_slug": "acme",
    "sid": "sess_123",
    "sub": "user_123",
}
CLERK_V2 = {
    "azp": "https://app.example.com",
    "fea": "o:tasks",
    "fva": [7, -1],
    "iss": CLERK,
    "jti": "a1b2c3",
    "o": {"id": "org_123", "slg": "acme", "rol": "admin", "per": "read", "fpm": "1"},
    "pla": "o:pro",
    "sid": "sess_123",
    "sts": "active",
    "sub": "user_123",
    "v": 2,
}
CLERK_HEADER = {"cat": "cl_B7d4PD111AAA", "kid": "ins_2aBcD", "typ": "JWT"}
CLERK_REJECTED = {"for another application": {"azp": "https://evil.example.net"}, "without azp": {"azp": ABSENT}}

KINDE_CLAIMS = {
    "aud": [API],
    "azp": "299627bd8bfa493f8b17e6aec8ebfb86",
    "iss": KINDE,
    "jti": "27daa125-2fb2-4e14-9270-742cd56e764b",
    "org_code": "org_f67d3fa3b5d",
    "permissions": ["read:tasks"],
    "roles": [{"id": "0191c9f2", "key": "admin", "name": "Administrator"}],
    "scp": ["openid", "profile", "email"],
    "sub": "kp_3b9d6e9f1a2b4c5d",
}
KINDE_GRANTS: dict[str, Any] = {"roles": ["admin"], "scopes": ["profile"], "permissions": ["read:tasks"]}
KINDE_HEADER = {"kid": "24:e1:15:9c:0f:9e", "typ": "JWT"}

FORMS = [
    TokenForm(
        "Auth0",
        "access token",
        {**AUTH0_CLAIMS, "azp": AUTH0_CLIENT, "gty": "password"},
        "auth0|6553da60a54af58e29493993",
        header=AUTH0_HEADER,
        roles=["admin"],
        scopes=["read:tasks"],
        permissions=["read:tasks"],
        accepted={"from a machine": {"sub": f"{AUTH0_CLIENT}@clients", "aud": API, "gty": "client-credentials"}},
        rejected={"for another API": {"aud": "https://other.example.com"}, "ID token": AUTH0_ID_TOKEN},
    ),
    TokenForm(
        "Auth0",
        "access token, RFC 9068 profile",
        {**AUTH0_CLAIMS, "client_id": AUTH0_CLIENT, "jti": "73WakrfVbNJBaAmhQtEeDv"},
        "auth0|6553da60a54af58e29493993",
        header={**AUTH0_HEADER, "typ": "at+jwt"},
        roles=["admin"],
        scopes=["read:tasks"],
        permissions=["read:tasks"],
        rejected={"for another API": {"aud": "https://other.example.com"}},
    ),
    TokenForm(
        "Okta",
        "access token",
        {
            "ver": 1,
            "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
            "iss": OKTA,
            "aud": "api://default",
            "cid": "0oabucvyc38HLL1ef0h7",
            "uid": "00ujmkLgagxeRrAg20g3",
            "scp": ["openid", "tasks.read"],
            "groups": ["Everyone", "Admins"],
            "sub": "ada@example.com",
        },
        "00ujmkLgagxeRrAg20g3",
        header={"kid": "k7sZ-UfW8qN4gWBW5lI-8pFvTVQ"},
        roles=["Admins"],
        scopes=["tasks.read"],
        rejected={
            "for another audience": {"aud": "api://other"},
            "ID token": {"aud": "0oabucvyc38HLL1ef0h7", "sub": "00ujmkLgagxeRrAg20g3", "uid": ABSENT, "cid": ABSENT},
        },
    ),
    TokenForm(
        "Clerk",
        "session token, version 2",
        CLERK_V2,
        "user_123",
        header=CLERK_HEADER,
        roles=["admin"],
        rejected=CLERK_REJECTED,
    ),
    TokenForm(
        "Clerk",
        "session token, version 1",
        CLERK_V1,
        "user_123",
        header=CLERK_HEADER,
        roles=["org:admin"],
        rejected=CLERK_REJECTED,
    ),
    TokenForm(
        "Clerk",
        "cookie `__session`",
        CLERK_V2,
        "user_123",
        header=CLERK_HEADER,
        place=("cookie", "__session"),
        page_origin="https://app.example.com",
        roles=["admin"],
        rejected=CLERK_REJECTED,
    ),
    TokenForm(
        "WorkOS",
        "access token",
        {
            "iss": WORKOS,
            "sub": "user_01HBEQKA6K4QJAS93VPE39W1JT",
            "act": {"sub": "admin@foocorp.com"},
            "org_id": "org_01HRDMC6CM357W30QMHMQ96Q0S",
            "role": "member",
            "roles": ["member"],
            "permissions": ["posts:read", "posts:write"],
            "entitlements": ["audit-logs"],
            "sid": "session_01HQSXZGF8FHF7A9ZZFCW4387R",
            "jti": "01HQSXZXPPFPKMDD32RKTFY6PV",
        },
        "user_01HBEQKA6K4QJAS93VPE39W1JT",
        header={"kid": "sso_oidc_key_pair_01HXYZ"},
        roles=["member"],
        permissions=["posts:write"],
    ),
    TokenForm(
        "Kinde",
        "access token for an API",
        KINDE_CLAIMS,
        "kp_3b9d6e9f1a2b4c5d",
        header=KINDE_HEADER,
        **KINDE_GRANTS,
        rejected={
            "for another API": {"aud": ["https://other.example.com"]},
            "for no API": {"aud": []},
            "ID token": {"aud": ["299627bd8bfa493f8b17e6aec8ebfb86"], "scp": ABSENT, "permissions": ABSENT},
        },
    ),
    TokenForm(
        "Kinde without an API",
        "access token with `aud: []`",
        {**KINDE_CLAIMS, "aud": []},
        "kp_3b9d6e9f1a2b4c5d",
        header=KINDE_HEADER,
        **KINDE_GRANTS,
        rejected={
            "from another application": {"azp": "another"},
            "ID token": {"aud": ["299627bd8bfa493f8b17e6aec8ebfb86"]},
        },
    ),
    TokenForm(
        "Stytch",
        "session JWT, B2B",
        {
            "aud": ["project-test-8aed2e54-0266-4793-9b5e-0cc9c56064da"],
            "https://stytch.com/organization": {"organization_id": "organization-test-07971b06", "slug": "acme"},
            "https://stytch.com/session": {
                "id": "member-session-test-fe6c042b",
                "started_at": "2026-11-01T10:00:00Z",
                "last_accessed_at": "2026-11-01T10:00:00Z",
                "expires_at": "2026-11-01T11:00:00Z",
                "attributes": {"ip_address": "", "user_agent": ""},
                "authentication_factors": [{"type": "magic_link", "delivery_method": "email"}],
                "roles": ["stytch_member", "admin"],
            },
            "iss": "stytch.com/project-test-8aed2e54-0266-4793-9b5e-0cc9c56064da",
            "sub": "member-test-32fc5024-9c09-4da3-bd2e-c9ce4da9375f",
        },
        "member-test-32fc5024-9c09-4da3-bd2e-c9ce4da9375f",
        header={"kid": "jwk-test-22536a12-1b63-4c3b-a2c0-5a0d2e6f6c59", "typ": "JWT"},
        roles=["admin"],
        rejected={"for another project": {"aud": ["project-test-other"]}},
    ),
    TokenForm(
        "Logto",
        "access token",
        {
            "jti": "m4dHkgaJTfbPdIAqHvXj1",
            "sub": "foo123456789",
            "iss": LOGTO,
            "aud": API,
            "client_id": "po9dmqzc4rxq2jvtywtdz",
            "scope": "read:tasks write:tasks",
        },
        "foo123456789",
        algorithm="ES384",
        header={"typ": "at+jwt", "kid": "uSHEoHJ1M3sRiHqQbKsJTjMUC4Yv5ySE1KM1L3nqdLA"},
        scopes=["write:tasks"],
        rejected={
            "for another API": {"aud": "https://other.example.com"},
            "ID token": {"aud": "po9dmqzc4rxq2jvtywtdz", "client_id": ABSENT, "scope": ABSENT},
        },
    ),
]
