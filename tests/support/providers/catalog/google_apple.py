"""Google and Apple: their documents and tokens. The page names the source of each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.providers.forms import TokenForm
from support.providers.keys import certificate_pem, public_jwk

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOGLE = "https://accounts.google.com"
FIREBASE = "https://securetoken.google.com/my-project"
GOOGLE_APIS = "https://www.googleapis.com"
APPLE = "https://appleid.apple.com"
GOOGLE_KEY = public_jwk("RS256", alg="RS256", use="sig", kid="c9afda3682ebf09eb3055c1c4bd39b751fbf8195")

DOCUMENTS: Mapping[str, Any] = {
    f"{GOOGLE}/.well-known/openid-configuration": {
        "issuer": GOOGLE,
        "authorization_endpoint": f"{GOOGLE}/o/oauth2/v2/auth",
        "device_authorization_endpoint": "https://oauth2.googleapis.com/device/code",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
        "jwks_uri": f"{GOOGLE_APIS}/oauth2/v3/certs",
        "response_types_supported": ["code", "token", "id_token", "none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    },
    f"{GOOGLE_APIS}/oauth2/v3/certs": {"keys": [GOOGLE_KEY]},
    f"{FIREBASE}/.well-known/openid-configuration": {
        "issuer": FIREBASE,
        "jwks_uri": f"{GOOGLE_APIS}/service_accounts/v1/jwk/securetoken%40system.gserviceaccount.com",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    },
    f"{GOOGLE_APIS}/service_accounts/v1/jwk/securetoken%40system.gserviceaccount.com": {"keys": [GOOGLE_KEY]},
    f"{GOOGLE_APIS}/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com": {
        GOOGLE_KEY["kid"]: certificate_pem()
    },
    f"{APPLE}/auth/keys": {"keys": [public_jwk("RS256", kid="W6WcOKB", use="sig", alg="RS256")]},
}

GOOGLE_CLAIMS = {
    "iss": GOOGLE,
    "azp": "1234987819200.apps.googleusercontent.com",
    "aud": "1234987819200.apps.googleusercontent.com",
    "sub": "10769150350006150715113082367",
    "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
    "hd": "example.com",
    "email": "ada@example.com",
    "email_verified": True,
    "nonce": "0394852-3190485-2490358",
}
FIREBASE_CLAIMS = {
    "name": "Ada Lovelace",
    "role": "admin",
    "iss": FIREBASE,
    "aud": "my-project",
    "auth_time": 1623847832,
    "user_id": "Xk893u23H9SI893",
    "sub": "Xk893u23H9SI893",
    "email": "ada@example.com",
    "email_verified": True,
    "firebase": {"identities": {"email": ["ada@example.com"]}, "sign_in_provider": "password"},
}
FIREBASE_REJECTED = {"for another project": {"aud": "other", "iss": "https://securetoken.google.com/other"}}

FORMS = [
    TokenForm(
        "Google",
        "ID token",
        GOOGLE_CLAIMS,
        "10769150350006150715113082367",
        header={"kid": GOOGLE_KEY["kid"], "typ": "JWT"},
        accepted={"with the older issuer": {"iss": "accounts.google.com"}},
        rejected={"for another client": {"aud": "another.apps.googleusercontent.com"}},
    ),
    TokenForm(
        "Firebase",
        "ID token",
        FIREBASE_CLAIMS,
        "Xk893u23H9SI893",
        header={"kid": GOOGLE_KEY["kid"], "typ": "JWT"},
        roles=["admin"],
        rejected=FIREBASE_REJECTED,
    ),
    TokenForm(
        "Firebase with certificates",
        "ID token, keys as X.509 certificates",
        FIREBASE_CLAIMS,
        "Xk893u23H9SI893",
        header={"kid": GOOGLE_KEY["kid"], "typ": "JWT"},
        roles=["admin"],
        rejected=FIREBASE_REJECTED,
    ),
    TokenForm(
        "Apple",
        "identity token",
        {
            "iss": APPLE,
            "aud": "com.example.app",
            "sub": "000544.5e201aec537347aeb79d23cbc345170a.1321",
            "c_hash": "UI0xLtYn8AJTEWRiMStiAA",
            "email": "x4kd7p@privaterelay.appleid.com",
            "email_verified": "true",
            "is_private_email": "true",
            "auth_time": 1700000000,
            "nonce_supported": True,
            "real_user_status": 2,
        },
        "000544.5e201aec537347aeb79d23cbc345170a.1321",
        header={"kid": "W6WcOKB"},
        accepted={"with Boolean claims": {"email_verified": True, "is_private_email": True}},
        rejected={"for another application": {"aud": "com.example.other"}},
    ),
]
