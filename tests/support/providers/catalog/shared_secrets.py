"""Issuers that sign with a shared secret, and Supabase, which also has keys. The page names the source of each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.providers.forms import ABSENT, TokenForm
from support.providers.keys import public_jwk

if TYPE_CHECKING:
    from collections.abc import Mapping

SUPABASE = "https://abcdefghijklmnopqrst.supabase.co/auth/v1"
SECRET = "a-secret-of-the-issuer-with-at-least-32-characters"

DOCUMENTS: Mapping[str, Any] = {
    f"{SUPABASE}/.well-known/jwks.json": {
        "keys": [
            public_jwk(
                "ES256",
                alg="ES256",
                kid="b81269f1-21d8-4f2e-b719-c2240a840d90",
                use="sig",
                key_ops=["verify"],
                ext=True,
            )
        ]
    },
}

SUPABASE_CLAIMS = {
    "aal": "aal1",
    "amr": [{"method": "password", "timestamp": 1700000000}],
    "app_metadata": {"provider": "email", "providers": ["email"], "roles": ["admin"]},
    "aud": "authenticated",
    "email": "user@example.com",
    "is_anonymous": False,
    "iss": SUPABASE,
    "phone": "",
    "role": "authenticated",
    "session_id": "1f6d1c3a-4b5e-4f2a-9c8d-7e6f5a4b3c2d",
    "sub": "123e4567-e89b-12d3-a456-426614174000",
    "user_metadata": {"roles": ["owner"]},
}
SUPABASE_USER = "123e4567-e89b-12d3-a456-426614174000"
SUPABASE_HEADER = {"kid": "b81269f1-21d8-4f2e-b719-c2240a840d90", "typ": "JWT"}
SUPABASE_REJECTED = {"of the anonymous role": {"aud": "anon"}, "without audience": {"aud": ABSENT}}
JWT = {"typ": "JWT"}
AUTH_JS_CLAIMS = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "picture": "https://example.com/ada.png",
    "sub": "clx3kq2m60000v8l5h2g7d9e1",
    "role": "admin",
    "jti": "0c9a5f6e-1d2b-4c3a-8e7f-6a5b4c3d2e1f",
}

FORMS = [
    TokenForm(
        "Supabase",
        "access token, ES256",
        SUPABASE_CLAIMS,
        SUPABASE_USER,
        algorithm="ES256",
        header=SUPABASE_HEADER,
        roles=["admin"],
        rejected=SUPABASE_REJECTED,
    ),
    TokenForm(
        "Supabase with the legacy secret",
        "access token, HS256",
        SUPABASE_CLAIMS,
        SUPABASE_USER,
        algorithm="HS256",
        secret=SECRET,
        header={"kid": "Yk1Hq9", **JWT},
        roles=["admin"],
        rejected=SUPABASE_REJECTED,
    ),
    TokenForm(
        "Supabase while keys change",
        "access token, ES256 or HS256: signed with ES256",
        SUPABASE_CLAIMS,
        SUPABASE_USER,
        algorithm="ES256",
        header=SUPABASE_HEADER,
        roles=["admin"],
        rejected=SUPABASE_REJECTED,
    ),
    TokenForm(
        "Supabase while keys change",
        "access token, ES256 or HS256: signed with HS256",
        SUPABASE_CLAIMS,
        SUPABASE_USER,
        algorithm="HS256",
        secret=SECRET,
        header={"kid": "Yk1Hq9", **JWT},
        roles=["admin"],
        rejected=SUPABASE_REJECTED,
    ),
    TokenForm(
        "Supabase API keys",
        "`service_role` key, no `sub`",
        {"iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": "service_role"},
        "service_role",
        algorithm="HS256",
        secret=SECRET,
        header=JWT,
        roles=["service_role"],
        rejected={"of another project": {"ref": "another"}, "`anon` key": {"role": "anon"}},
    ),
    TokenForm(
        "Supabase API keys",
        "`anon` key, which is public",
        {"iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": "anon"},
        None,
        algorithm="HS256",
        secret=SECRET,
        header=JWT,
    ),
    TokenForm(
        "Auth.js and NextAuth.js",
        "Auth.js 5: cookie `authjs.session-token`",
        AUTH_JS_CLAIMS,
        "clx3kq2m60000v8l5h2g7d9e1",
        secret=SECRET,
        auth_js_version=5,
        place=("cookie", "authjs.session-token"),
        page_origin="https://app.example.com",
        roles=["admin"],
        rejected={"without a user": {"sub": ABSENT}},
    ),
    TokenForm(
        "Auth.js and NextAuth.js",
        "NextAuth.js 4: cookie `next-auth.session-token`",
        AUTH_JS_CLAIMS,
        "clx3kq2m60000v8l5h2g7d9e1",
        secret=SECRET,
        auth_js_version=4,
        place=("cookie", "next-auth.session-token"),
        page_origin="https://app.example.com",
        roles=["admin"],
        rejected={"without a user": {"sub": ABSENT}},
    ),
    TokenForm(
        "Twilio",
        "access token",
        {
            "jti": "SKxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-1450471147",
            "iss": "SKxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "sub": "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "nbf": 1450471147,
            "grants": {"identity": "user@example.com", "chat": {"service_sid": "ISxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}},
        },
        "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        algorithm="HS256",
        secret=SECRET,
        header={"cty": "twilio-fpa;v=1", **JWT},
    ),
    TokenForm(
        "LiveKit",
        "access token",
        {
            "iss": "APIMmxiL8rquKztZEoZJV9Fb",
            "sub": "myidentity",
            "nbf": 1619065263,
            "video": {"room": "myroom", "roomJoin": True},
            "metadata": "",
        },
        "myidentity",
        algorithm="HS256",
        secret=SECRET,
        header=JWT,
        roles=["roomJoin"],
    ),
    TokenForm(
        "Shopify",
        "session token",
        {
            "iss": "https://acme.myshopify.com/admin",
            "dest": "https://acme.myshopify.com",
            "aud": "8d6b4b0cf8c24a4e9b1a2c3d4e5f6071",
            "sub": "42",
            "nbf": 1591764998,
            "jti": "f8912129-1af6-4cad-9ca3-76b0f7621087",
            "sid": "aaea182f2732d44c23057c0fea584021a4485b2bd25d3eb7fd349313ad24c685",
            "sig": "f07cf3740270c17fb61c700b2f8d4e5b",
        },
        "42",
        algorithm="HS256",
        secret=SECRET,
        header=JWT,
        rejected={"for another app": {"aud": "another"}},
    ),
    TokenForm(
        "Hasura",
        "token with Hasura's claims",
        {
            "sub": "1234567890",
            "name": "John Doe",
            "https://hasura.io/jwt/claims": {
                "x-hasura-allowed-roles": ["editor", "user"],
                "x-hasura-default-role": "user",
                "x-hasura-user-id": "1234567890",
                "x-hasura-custom": "custom-value",
            },
        },
        "1234567890",
        algorithm="HS256",
        secret=SECRET,
        header=JWT,
        roles=["editor"],
    ),
    TokenForm(
        "Simple JWT for Django REST framework",
        "access token, no `sub`",
        {"token_type": "access", "jti": "a1b2c3d4e5f64718a9b0c1d2e3f40516", "user_id": 1},
        "1",
        algorithm="HS256",
        secret=SECRET,
        header=JWT,
        accepted={"with the id as text": {"user_id": "1"}},
        rejected={"refresh token": {"token_type": "refresh"}, "without a user": {"user_id": ABSENT}},
    ),
]
