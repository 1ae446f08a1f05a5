"""Amazon and Microsoft: their documents and tokens. The page names the source of each form."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from support.providers.forms import ABSENT, TokenForm
from support.providers.keys import certificate_members, public_jwk

if TYPE_CHECKING:
    from collections.abc import Mapping

COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3"
TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
OTHER_TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
LOGIN = "https://login.microsoftonline.com"
STS = f"https://sts.windows.net/{TENANT}/"
APP_ID = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
ENTRA_KEY = public_jwk("RS256", use="sig", kid="nOo3ZDrODXEK1jKWhXslHR_KXEg", **certificate_members())

DOCUMENTS: Mapping[str, Any] = {
    f"{COGNITO}/.well-known/openid-configuration": {
        "authorization_endpoint": "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/authorize",
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": COGNITO,
        "jwks_uri": f"{COGNITO}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/token",
        "userinfo_endpoint": "https://acme.auth.eu-central-1.amazoncognito.com/oauth2/userInfo",
    },
    f"{COGNITO}/.well-known/jwks.json": {
        "keys": [public_jwk("RS256", alg="RS256", use="sig", kid=kid) for kid in ("1234example=", "5678example=")]
    },
    f"{LOGIN}/{TENANT}/v2.0/.well-known/openid-configuration": {
        "token_endpoint": f"{LOGIN}/{TENANT}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": f"{LOGIN}/{TENANT}/discovery/v2.0/keys",
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "issuer": f"{LOGIN}/{TENANT}/v2.0",
        "request_uri_parameter_supported": False,
        "authorization_endpoint": f"{LOGIN}/{TENANT}/oauth2/v2.0/authorize",
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    },
    f"{LOGIN}/{TENANT}/discovery/v2.0/keys": {"keys": [{**ENTRA_KEY, "issuer": f"{LOGIN}/{TENANT}/v2.0"}]},
    f"{LOGIN}/common/discovery/v2.0/keys": {"keys": [{**ENTRA_KEY, "issuer": f"{LOGIN}/{{tenantid}}/v2.0"}]},
    f"{STS}.well-known/openid-configuration": {
        "token_endpoint": f"{LOGIN}/{TENANT}/oauth2/token",
        "jwks_uri": f"{LOGIN}/common/discovery/keys",
        "issuer": STS,
        "authorization_endpoint": f"{LOGIN}/{TENANT}/oauth2/authorize",
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    },
    f"{LOGIN}/common/discovery/keys": {"keys": [ENTRA_KEY]},
}

COGNITO_USER = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
COGNITO_ACCESS = {
    "sub": COGNITO_USER,
    "device_key": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "cognito:groups": ["admin"],
    "token_use": "access",
    "scope": "aws.cognito.signin.user.admin tasks/read",
    "auth_time": 1562190524,
    "iss": COGNITO,
    "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "client_id": "57cbishk4j24pabc1234567890",
    "username": "ada@example.com",
}
COGNITO_ID = {
    "sub": COGNITO_USER,
    "cognito:groups": ["admin"],
    "email_verified": True,
    "iss": COGNITO,
    "cognito:username": "ada",
    "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "aud": "57cbishk4j24pabc1234567890",
    "event_id": "64f513be-32db-42b0-b78e-b02127b4f463",
    "token_use": "id",
    "auth_time": 1676312777,
    "jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "email": "ada@example.com",
}


def _replace(claims: Mapping[str, Any], by: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes that make `by` of `claims`."""
    return {**dict.fromkeys(claims, ABSENT), **by}


ENTRA_V2 = {
    "aud": APP_ID,
    "iss": f"{LOGIN}/{TENANT}/v2.0",
    "nbf": 1700000000,
    "aio": "AXQAi/8IAAAAtAaZLo3ChMif6KOnttRB7eBq4/DccQzjcJGxPYy",
    "azp": "a1b2c3d4-0000-4843-9ff4-e66a39bb12e3",
    "azpacr": "0",
    "name": "Ada Lovelace",
    "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
    "preferred_username": "ada@example.com",
    "rh": "I",
    "roles": ["Tasks.Admin"],
    "scp": "Tasks.Read Tasks.Write",
    "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
    "tid": TENANT,
    "uti": "fqiBqXLPj0eQa82S-IYFAA",
    "ver": "2.0",
}
ENTRA_V1 = {
    "aud": f"api://{APP_ID}",
    "iss": STS,
    "nbf": 1700000000,
    "acr": "1",
    "aio": "AXQAi/8IAAAA",
    "amr": ["pwd"],
    "appid": "a1b2c3d4-0000-4843-9ff4-e66a39bb12e3",
    "appidacr": "0",
    "family_name": "Lovelace",
    "given_name": "Ada",
    "ipaddr": "192.0.2.1",
    "name": "Ada Lovelace",
    "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
    "rh": "I",
    "roles": ["Tasks.Admin"],
    "scp": "Tasks.Read",
    "sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA",
    "tid": TENANT,
    "unique_name": "ada@example.com",
    "uti": "FVsGxYXI30-TuikuuUoFAA",
    "ver": "1.0",
}
ENTRA_HEADER = {"typ": "JWT", "kid": ENTRA_KEY["kid"]}
ENTRA_APP_ONLY = {
    "azpacr": "1",
    "idtyp": "app",
    "scp": ABSENT,
    "name": ABSENT,
    "preferred_username": ABSENT,
    "sub": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
}
OTHER_TENANT_CLAIMS = {"iss": f"{LOGIN}/{OTHER_TENANT}/v2.0", "tid": OTHER_TENANT}
GRAPH_NONCE = "rTYzPGYTMQkwOGZlZjEyYzA0NDQ5"

FORMS = [
    TokenForm(
        "Amazon Cognito",
        "access token",
        COGNITO_ACCESS,
        COGNITO_USER,
        header={"kid": "1234example="},
        roles=["admin"],
        scopes=["tasks/read"],
        rejected={
            "from another client": {"client_id": "another"},
            "ID token": _replace(COGNITO_ACCESS, COGNITO_ID),
            "without client": {"client_id": ABSENT},
            "of another use": {"token_use": "id"},
        },
    ),
    TokenForm(
        "Amazon Cognito, ID token",
        "ID token",
        COGNITO_ID,
        COGNITO_USER,
        header={"kid": "5678example="},
        roles=["admin"],
        rejected={
            "for another client": {"aud": "another"},
            "access token": _replace(COGNITO_ID, COGNITO_ACCESS),
            "of another use": {"token_use": "access"},
        },
    ),
    TokenForm(
        "Microsoft Entra ID",
        "access token, version 2",
        ENTRA_V2,
        "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
        header=ENTRA_HEADER,
        roles=["Tasks.Admin"],
        scopes=["Tasks.Write"],
        accepted={"of an application alone": ENTRA_APP_ONLY},
        rejected={
            "for another application": {"aud": "00000003-0000-0000-c000-000000000000"},
            "of another tenant": OTHER_TENANT_CLAIMS,
            "ID token": {"aud": "a1b2c3d4-0000-4843-9ff4-e66a39bb12e3", "scp": ABSENT, "azp": ABSENT},
        },
    ),
    TokenForm(
        "Microsoft Entra ID",
        "access token for Microsoft Graph",
        {**ENTRA_V1, "aud": "00000003-0000-0000-c000-000000000000"},
        None,
        header={**ENTRA_HEADER, "nonce": GRAPH_NONCE, "x5t": ENTRA_KEY["kid"]},
        signed_header={"nonce": hashlib.sha256(GRAPH_NONCE.encode()).hexdigest()},
        accepted={"with the claims of the API": _replace(ENTRA_V1, ENTRA_V2)},
    ),
    TokenForm(
        "Microsoft Entra ID, version 1",
        "access token, version 1",
        ENTRA_V1,
        "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA",
        header={**ENTRA_HEADER, "x5t": ENTRA_KEY["kid"]},
        roles=["Tasks.Admin"],
        scopes=["Tasks.Read"],
        rejected={"for another application": {"aud": "https://graph.microsoft.com"}},
    ),
    TokenForm(
        "Microsoft Entra ID, several tenants",
        "access token of one of several tenants",
        ENTRA_V2,
        "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
        header=ENTRA_HEADER,
        roles=["Tasks.Admin"],
        scopes=["Tasks.Write"],
        accepted={"of another tenant": OTHER_TENANT_CLAIMS},
        rejected={
            "for another application": {"aud": "another"},
            "of a tenant that is not a customer": {
                "iss": f"{LOGIN}/11111111-1111-4111-8111-111111111111/v2.0",
                "tid": "11111111-1111-4111-8111-111111111111",
            },
        },
    ),
]
