"""Workloads and proxies that sign identities: their documents and tokens. The page names the source of each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.providers.forms import ABSENT, EXPIRY, TokenForm
from support.providers.keys import certificate_members, certificate_pem, public_jwk, public_pem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.providers.forms import Claims

GITHUB = "https://token.actions.githubusercontent.com"
KUBERNETES = "https://kubernetes.default.svc"
SPIRE = "https://spire.example.com"
IAP_KEYS = "https://www.gstatic.com/iap/verify/public_key-jwk"
CLOUDFLARE = "https://acme.cloudflareaccess.com"
ALB_KEYS = "https://public-keys.auth.elb.eu-central-1.amazonaws.com"

ALB_KID = "5d3c1c6e-3b4a-4a5e-9f0a-2f7c1a3b4c5d"
ALB_ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/todo/50dc6c495c0c9188"
CLOUDFLARE_KEY = public_jwk(
    "RS256", kid="1a1c3986a44ce6390be42ec772b031df8f433fdc71716db821dc0c39af3bce49", alg="RS256", use="sig"
)
CLOUDFLARE_CERTIFICATE = {"kid": CLOUDFLARE_KEY["kid"], "cert": certificate_pem()}

DOCUMENTS: Mapping[str, Any] = {
    f"{GITHUB}/.well-known/openid-configuration": {
        "issuer": GITHUB,
        "jwks_uri": f"{GITHUB}/.well-known/jwks",
        "subject_types_supported": ["public", "pairwise"],
        "response_types_supported": ["id_token"],
        "claims_supported": ["sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "repository", "repository_owner"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
    },
    f"{GITHUB}/.well-known/jwks": {
        "keys": [
            public_jwk(
                "RS256", alg="RS256", use="sig", kid="cc413527-173f-5a05-976e-9c52b1d7b431", **certificate_members()
            )
        ]
    },
    f"{KUBERNETES}/openid/v1/jwks": {
        "keys": [public_jwk("RS256", use="sig", alg="RS256", kid="OAjVVaejWFc0Yt9ykr0_8lMMuRNs67OXTWHsN02Pkyw")]
    },
    f"{SPIRE}/bundle": {
        "keys": [
            public_jwk("RS256", use="x509-svid", x5c=certificate_members()["x5c"]),
            public_jwk("ES256", use="jwt-svid", kid="C6vs25welZOx6WksNYfbMfiw9l96pMnD"),
        ],
        "spiffe_sequence": 14,
        "spiffe_refresh_hint": 600,
    },
    IAP_KEYS: {"keys": [public_jwk("ES256", alg="ES256", use="sig", kid="rTlk-g")]},
    f"{CLOUDFLARE}/cdn-cgi/access/certs": {
        "keys": [
            CLOUDFLARE_KEY,
            {**CLOUDFLARE_KEY, "kid": "6c3bffef71bb0a90c9cbef3b7c0d4a1c7b4b8b76b80292a623afd9dac45d1c65"},
        ],
        "public_cert": CLOUDFLARE_CERTIFICATE,
        "public_certs": [CLOUDFLARE_CERTIFICATE],
    },
    f"{ALB_KEYS}/{ALB_KID}": public_pem("ES256"),
}

GITHUB_CLAIMS = {
    "jti": "example-id",
    "sub": "repo:acme/todo:ref:refs/heads/main",
    "aud": "https://api.example.com",
    "ref": "refs/heads/main",
    "sha": "example-sha",
    "repository": "acme/todo",
    "repository_owner": "acme",
    "actor_id": "12",
    "repository_visibility": "private",
    "repository_id": "74",
    "repository_owner_id": "65",
    "run_id": "example-run-id",
    "run_number": "10",
    "run_attempt": "2",
    "runner_environment": "github-hosted",
    "actor": "octocat",
    "workflow": "example-workflow",
    "head_ref": "",
    "base_ref": "",
    "event_name": "push",
    "ref_type": "branch",
    "job_workflow_ref": "acme/todo/.github/workflows/deploy.yml@refs/heads/main",
    "iss": GITHUB,
    "nbf": 1700000000,
}
CLOUDFLARE_USER = {
    "aud": ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"],
    "email": "user@example.com",
    "nbf": 1659474397,
    "iss": CLOUDFLARE,
    "type": "app",
    "identity_nonce": "6ei69kawdKzMIAPF",
    "sub": "7335d417-61da-459d-899c-0a01c76a2f94",
    "country": "US",
}
CLOUDFLARE_SERVICE = {
    "type": "app",
    "aud": ["32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228"],
    "iss": CLOUDFLARE,
    "common_name": "e367826f93b8d71185e03fe518aff3b4.access",
    "sub": "",
}
CLOUDFLARE_REJECTED: dict[str, Claims] = {
    "for another application": {"aud": ["another"]},
    "organization token": {"type": "org"},
}
ALB_HEADER = {
    "typ": "JWT",
    "kid": ALB_KID,
    "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3",
    "client": "57cbishk4j24pabc1234567890",
    "signer": ALB_ARN,
    "exp": EXPIRY,
}

FORMS = [
    TokenForm(
        "GitHub Actions",
        "ID token of a workflow",
        GITHUB_CLAIMS,
        "repo:acme/todo:ref:refs/heads/main",
        header={"typ": "JWT", "x5t": "example-thumbprint", "kid": "cc413527-173f-5a05-976e-9c52b1d7b431"},
        rejected={
            "for another audience": {"aud": "https://github.com/acme"},
            "of another repository": {"repository": "evil/todo", "sub": "repo:evil/todo:ref:refs/heads/main"},
            "of another branch": {"ref": "refs/heads/wip", "sub": "repo:acme/todo:ref:refs/heads/wip"},
        },
    ),
    TokenForm(
        "Kubernetes",
        "token of a service account",
        {
            "aud": ["todo-api"],
            "iss": "https://kubernetes.default.svc.cluster.local",
            "jti": "e51f1fbc-4733-4b85-a59f-ba80c0523874",
            "kubernetes.io": {
                "namespace": "default",
                "node": {"name": "worker", "uid": "517eb86e-b863-451b-bf70-86cb61439a3a"},
                "pod": {"name": "web", "uid": "0d8b260e-ef0e-45fb-be8e-ff44f97722e8"},
                "serviceaccount": {"name": "web", "uid": "e6a8680e-d103-4cce-80ea-03acbbeacf7d"},
                "warnafter": 1717674962,
            },
            "nbf": 1717671355,
            "sub": "system:serviceaccount:default:web",
        },
        "system:serviceaccount:default:web",
        header={"kid": "OAjVVaejWFc0Yt9ykr0_8lMMuRNs67OXTWHsN02Pkyw"},
        rejected={"for another audience": {"aud": ["https://kubernetes.default.svc.cluster.local"]}},
    ),
    TokenForm(
        "SPIFFE",
        "JWT-SVID",
        {"aud": ["spiffe://example.com/todo"], "iss": "https://oidc.example.com", "sub": "spiffe://example.com/web"},
        "spiffe://example.com/web",
        algorithm="ES256",
        header={"kid": "C6vs25welZOx6WksNYfbMfiw9l96pMnD", "typ": "JWT"},
        rejected={"for another workload": {"aud": ["spiffe://example.com/other"]}},
    ),
    TokenForm(
        "Google Cloud IAP",
        "header `X-Goog-IAP-JWT-Assertion`",
        {
            "iss": "https://cloud.google.com/iap",
            "aud": "/projects/1234567890/global/backendServices/5678901234",
            "sub": "accounts.google.com:118133858486581853996",
            "azp": "/projects/1234567890/global/backendServices/5678901234",
            "email": "ada@example.com",
            "hd": "example.com",
            "google": {"access_levels": ["accessPolicies/518551280924/accessLevels/recentSecureConnectData"]},
        },
        "accounts.google.com:118133858486581853996",
        algorithm="ES256",
        header={"typ": "JWT", "kid": "rTlk-g"},
        place=("header", "X-Goog-IAP-JWT-Assertion"),
        rejected={"for another service": {"aud": "/projects/1234567890/global/backendServices/1"}},
    ),
    TokenForm(
        "Cloudflare Access",
        "token of a user",
        CLOUDFLARE_USER,
        "7335d417-61da-459d-899c-0a01c76a2f94",
        header={"kid": CLOUDFLARE_KEY["kid"]},
        place=("header", "Cf-Access-Jwt-Assertion"),
        rejected=CLOUDFLARE_REJECTED,
    ),
    TokenForm(
        "Cloudflare Access, service tokens",
        "token of a service, `sub` is empty",
        CLOUDFLARE_SERVICE,
        "e367826f93b8d71185e03fe518aff3b4.access",
        header={"kid": CLOUDFLARE_KEY["kid"]},
        place=("header", "Cf-Access-Jwt-Assertion"),
        rejected={**CLOUDFLARE_REJECTED, "of a user": {"common_name": ABSENT, "sub": "7335d417"}},
    ),
    TokenForm(
        "AWS Application Load Balancer",
        "header `x-amzn-oidc-data`",
        {
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3",
            "iat": ABSENT,
        },
        "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        algorithm="ES256",
        header=ALB_HEADER,
        padded=True,
        place=("header", "x-amzn-oidc-data"),
        is_issuer_compared=False,
        rejected_headers={
            "of another load balancer": {"signer": ALB_ARN.replace("todo", "evil")},
            "for another client": {"client": "another"},
            "without a signer": {"signer": ABSENT},
        },
    ),
]
