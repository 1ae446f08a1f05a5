"""Hostile claims with a valid signature: times, issuer, audience, subject, other registered claims, `typ`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.tokens.attack_tokens.case import Case, accepted_case, rejected_case
from support.tokens.jose_builder import CLAIMS, NOW, build_token, create_token

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = {"alg": "HS256"}
NO_TIME: list[Any] = [str(NOW + 60), "", "tomorrow", None, True, False, [], [NOW + 60], {}, {"seconds": NOW + 60}]
HUGE = 10**4299


def sign_only_claims(**claims: Any) -> str:
    """Return a token with only these claims."""
    return create_token(payload=claims)


def wrong_types() -> Iterator[Case]:
    """Yield claims of a wrong type, which are invalid even if they are not required (CVE-2026-25537)."""
    for claim in ["exp", "nbf", "iat"]:
        for value in NO_TIME:
            made = sign_only_claims(**{**CLAIMS, claim: value})
            name = f"{claim}-type-{json.dumps(value)}"
            yield rejected_case(name, made, "invalid_claim", claim=claim)
            yield rejected_case(f"{name}-not-required", made, "invalid_claim", claim=claim, required=[])
    for claim in ["iss", "sub", "jti"]:
        for value in [1, 1.5, None, True, [], ["x"], {}, {"x": "y"}]:
            made = sign_only_claims(**{**CLAIMS, claim: value})
            yield rejected_case(f"{claim}-type-{json.dumps(value)}", made, "invalid_claim", claim=claim)
    for value in [1, None, True, {}, {"api": 1}, [1], [None], ["api", 1], [["api"]], ["api", None]]:
        for audience in [None, "api"]:
            name = f"aud-type-{json.dumps(value)}-expected-{audience}"
            made = sign_only_claims(**CLAIMS, aud=value)
            yield rejected_case(name, made, "invalid_claim", claim="aud", audience=audience)


def non_json_numbers() -> Iterator[Case]:
    """Yield times that are not JSON numbers."""
    for claim in ["exp", "nbf", "iat"]:
        for text in ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", f"1{'0' * 4300}", "0x7fffffff", "01"]:
            payload = f'{{"exp":{NOW + 60},"{claim}":{text}}}' if claim != "exp" else f'{{"exp":{text}}}'
            yield rejected_case(f"{claim}-number-{text[:9]}", build_token(HEADER, payload.encode()), "malformed")


def expiration() -> Iterator[Case]:
    """Yield tokens around `exp`: expired at or after it (RFC 7519 §4.1.4), except for the leeway."""
    yield rejected_case("exp-missing", sign_only_claims(sub="a"), "missing_claim", claim="exp")
    yield accepted_case("exp-missing-not-required", sign_only_claims(sub="a"), {"sub": "a"}, required=[])
    for exp, leeway in [
        (NOW, 0),
        (NOW - 1, 0),
        (NOW - 0.5, 0),
        (0, 0),
        (-1, 0),
        (-HUGE, 0),
        (-1e308, 0),
        (NOW - 10, 10),
    ]:
        made = sign_only_claims(exp=exp)
        yield rejected_case(f"exp-{str(exp)[:12]}-leeway-{leeway}", made, "expired", leeway_seconds=leeway)
        yield rejected_case(
            f"exp-{str(exp)[:12]}-leeway-{leeway}-free", made, "expired", leeway_seconds=leeway, required=[]
        )
    for exp, leeway in [
        (NOW + 1, 0),
        (NOW + 0.5, 0),
        (HUGE, 0),
        (1e308, 0),
        (2**63, 0),
        (NOW - 9, 10),
        (NOW - 9.5, 10),
    ]:
        yield accepted_case(
            f"exp-{str(exp)[:12]}-leeway-{leeway}", sign_only_claims(exp=exp), {"exp": exp}, leeway_seconds=leeway
        )
    yield accepted_case("exp-of-old-with-endless-leeway", sign_only_claims(exp=0), {"exp": 0}, leeway_seconds=1e300)


def not_before() -> Iterator[Case]:
    """Yield tokens around `nbf`: not yet valid before it, valid at it (RFC 7519 §4.1.5)."""
    for nbf, leeway in [(NOW + 1, 0), (NOW + 0.5, 0), (HUGE, 0), (1e308, 0), (NOW + 11, 10), (NOW + 10.5, 10)]:
        made = sign_only_claims(exp=HUGE, nbf=nbf)
        yield rejected_case(f"nbf-{str(nbf)[:12]}-leeway-{leeway}", made, "not_yet_valid", leeway_seconds=leeway)
    for nbf, leeway in [(NOW, 0), (NOW - 1, 0), (0, 0), (-1, 0), (-HUGE, 0), (NOW + 10, 10)]:
        claims = {"exp": HUGE, "nbf": nbf}
        yield accepted_case(
            f"nbf-{str(nbf)[:12]}-leeway-{leeway}", sign_only_claims(**claims), claims, leeway_seconds=leeway
        )


def issued_at() -> Iterator[Case]:
    """Yield values of `iat`, which must only be a number (RFC 7519 §4.1.6)."""
    for iat in [0, -1, NOW, NOW + 1000, NOW + 0.5, HUGE, -HUGE]:
        claims = {**CLAIMS, "iat": iat}
        yield accepted_case(f"iat-{str(iat)[:12]}", sign_only_claims(**claims), claims)


ISSUER = "https://issuer.example"
NOT_THE_ISSUER = [
    "",
    "issuer.example",
    "https://issuer.exampl",
    "https://issuer.example/",
    "https://issuer.example.attacker.example",
    "https://issuer.example@attacker.example",
    "https://Issuer.example",
    "HTTPS://ISSUER.EXAMPLE",
    " https://issuer.example",
    "https://issuer.example\n",
    "https://issuer.example\x00",
    "http://issuer.example",
    "https://issuer.example:443",
    "https://issuer\u3002example",
    "https://\u0456ssuer.example",
    "https://issuer.example,https://other.example",
    '["https://issuer.example"]',
    "h",
]


def issuer() -> Iterator[Case]:
    """Yield values of `iss`, which must equal an expected string (RFC 7519 §4.1.1, RFC 8725 §3.8; CVE-2024-53861)."""
    for number, name in enumerate(NOT_THE_ISSUER):
        made = sign_only_claims(**CLAIMS, iss=name)
        yield rejected_case(f"iss-other-{number}", made, "wrong_issuer", issuer=ISSUER)
        yield rejected_case(
            f"iss-other-{number}-of-two", made, "wrong_issuer", issuer=[ISSUER, "https://other.example"]
        )
    yield rejected_case("iss-missing", sign_only_claims(**CLAIMS), "missing_claim", claim="iss", issuer=ISSUER)
    yield rejected_case(
        "iss-missing-none-required",
        sign_only_claims(**CLAIMS),
        "missing_claim",
        claim="iss",
        issuer=ISSUER,
        required=[],
    )
    for value in [[ISSUER], ["https://attacker.example", ISSUER], {ISSUER: 1}, None, 1]:
        made = sign_only_claims(**CLAIMS, iss=value)
        yield rejected_case(f"iss-type-{json.dumps(value)}-expected", made, "invalid_claim", claim="iss", issuer=ISSUER)
    claims = {**CLAIMS, "iss": ISSUER}
    yield accepted_case("iss-right", sign_only_claims(**claims), claims, issuer=ISSUER)
    yield accepted_case("iss-one-of-two", sign_only_claims(**claims), claims, issuer=["https://other.example", ISSUER])
    yield accepted_case("iss-not-expected", sign_only_claims(**claims), claims)
    composed = {**CLAIMS, "iss": "caf\u00e9"}
    yield accepted_case("iss-beyond-ascii", sign_only_claims(**composed), composed, issuer="caf\u00e9")
    yield rejected_case("iss-not-normalized", sign_only_claims(**composed), "wrong_issuer", issuer="cafe\u0301")


NOT_THE_AUDIENCE: list[Any] = [
    "",
    "ap",
    "apis",
    "API",
    "Api",
    "api/",
    "https://api",
    " api",
    "api ",
    "api,web",
    "api web",
    '["api"]',
    "*",
    [],
    [""],
    ["ap", "i"],
    ["API"],
    ["*"],
    ["web"] * 100,
]


def audience() -> Iterator[Case]:
    """Yield values of `aud`, which must contain an expected audience, or be absent if no audience is expected."""
    for number, value in enumerate(NOT_THE_AUDIENCE):
        made = sign_only_claims(**CLAIMS, aud=value)
        yield rejected_case(f"aud-other-{number}", made, "wrong_audience", audience="api")
        yield rejected_case(f"aud-other-{number}-of-two", made, "wrong_audience", audience=["api", "mobile"])
    yield rejected_case("aud-missing", sign_only_claims(**CLAIMS), "missing_claim", claim="aud", audience="api")
    yield rejected_case(
        "aud-missing-none-required",
        sign_only_claims(**CLAIMS),
        "missing_claim",
        claim="aud",
        audience="api",
        required=[],
    )
    empty = {**CLAIMS, "aud": []}
    yield accepted_case("aud-empty-list-none-expected", sign_only_claims(**empty), empty)
    yield rejected_case("aud-empty-list", sign_only_claims(**empty), "wrong_audience", audience="api")
    for value in ["api", "", [""], ["api"], ["api", "web"]]:
        yield rejected_case(
            f"aud-{json.dumps(value)}-none-expected", sign_only_claims(**CLAIMS, aud=value), "wrong_audience"
        )
    for value in ["api", ["api"], ["web", "api"], ["api", "api"]]:
        claims = {**CLAIMS, "aud": value}
        yield accepted_case(f"aud-{json.dumps(value)}", sign_only_claims(**claims), claims, audience="api")
        yield accepted_case(
            f"aud-{json.dumps(value)}-of-two", sign_only_claims(**claims), claims, audience=["mobile", "api"]
        )


def subject() -> Iterator[Case]:
    """Yield values of `sub`, which must equal the expected subject."""
    for number, name in enumerate(["", "user", "user-12", "User-1", " user-1", "user-1\x00", "*"]):
        made = sign_only_claims(**{**CLAIMS, "sub": name})
        yield rejected_case(f"sub-other-{number}", made, "wrong_subject", subject="user-1")
    yield rejected_case("sub-missing", sign_only_claims(exp=HUGE), "missing_claim", claim="sub", subject="user-1")
    wrong: list[Any] = [["user-1"], {"user-1": 1}, 1, None]
    for value in wrong:
        made = sign_only_claims(**{**CLAIMS, "sub": value})
        yield rejected_case(
            f"sub-type-{json.dumps(value)}-expected", made, "invalid_claim", claim="sub", subject="user-1"
        )
    yield accepted_case("sub-right", create_token(), subject="user-1")
    yield accepted_case("sub-missing-not-expected", sign_only_claims(exp=HUGE), {"exp": HUGE})


def required() -> Iterator[Case]:
    """Yield tokens with and without required claims, which may have any value but null."""
    for name in ["tenant", "Tenant", "tenant ", "iat", "jti", "nbf"]:
        made = sign_only_claims(**CLAIMS, tenants="x")
        yield rejected_case(f"required-{name}", made, "missing_claim", claim=name, required=["exp", name])
    null = sign_only_claims(**CLAIMS, org=None)
    yield rejected_case("required-null", null, "missing_claim", claim="org", required=["exp", "org"])
    empty: list[Any] = ["", 0, [], {}]
    for value in empty:
        claims = {**CLAIMS, "tenant": value}
        yield accepted_case(
            f"required-{json.dumps(value)}", sign_only_claims(**claims), claims, required=["exp", "tenant"]
        )
    nested = sign_only_claims(**CLAIMS, inner={"org": "x"})
    yield rejected_case("required-one-level-down", nested, "missing_claim", claim="org", required="org")
    yield rejected_case("required-in-header-alone", create_token(exp=2**70, payload={}), "missing_claim", claim="exp")


def token_type() -> Iterator[Case]:
    """Yield values of an expected `typ`: any case, optional `application/` (RFC 7515 §4.1.9, RFC 8725 §3.11)."""
    for expected in ["at+jwt", "application/at+jwt", "AT+JWT"]:
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"]:
            yield accepted_case(f"typ-{typ}-for-{expected}", create_token(typ=typ), typ=expected)
        for number, typ in enumerate(OTHER_TYPES):
            yield rejected_case(f"typ-other-{number}-for-{expected}", create_token(typ=typ), "wrong_type", typ=expected)
        yield rejected_case(f"typ-missing-for-{expected}", create_token(), "wrong_type", typ=expected)
    for expected in ["JWT", "application/jwt"]:  # the default of a token without `typ`
        for name, made in [
            ("JWT", create_token(typ="JWT")),
            ("jwt", create_token(typ="application/jwt")),
            ("missing", create_token()),
        ]:
            yield accepted_case(f"typ-{name}-for-{expected}", made, typ=expected)
        for typ in ["at+jwt", "JWS", "better-auth.session-cache+jwt", "", "application/"]:
            yield rejected_case(f"typ-{typ}-for-{expected}", create_token(typ=typ), "wrong_type", typ=expected)
    for value in [None, 1, True, ["at+jwt"], {"at+jwt": 1}]:
        yield rejected_case(f"typ-type-{json.dumps(value)}", create_token(typ=value), "malformed")
        yield rejected_case(
            f"typ-type-{json.dumps(value)}-expected", create_token(typ=value), "malformed", typ="at+jwt"
        )
    yield rejected_case("typ-in-payload-alone", sign_only_claims(**CLAIMS, typ="at+jwt"), "wrong_type", typ="at+jwt")
    yield accepted_case("typ-not-expected", create_token(typ="logout+jwt"))


OTHER_TYPES = [
    "",
    "JWT",
    "jwt",
    "id_token",
    "logout+jwt",
    "dpop+jwt",
    "at+jwt ",
    " at+jwt",
    "at+jwt\x00",
    "at-jwt",
    "x-at+jwt",
    "at+jwts",
    "application/",
    "application/JWT",
    "application/application/at+jwt",
    "text/at+jwt",
    "\uff41t+jwt",
]


def order() -> Iterator[Case]:
    """Yield forged tokens with invalid claims: the signature error comes first, so that an attacker learns nothing."""
    stranger = b"o" * 64
    wrong: dict[str, dict[str, Any]] = {
        "expired": {"exp": 1},
        "mistyped": {"exp": "1"},
        "missing": {},
        "aud": {**CLAIMS, "aud": "api"},
    }
    for name, claims in wrong.items():
        yield rejected_case(
            f"order-signature-before-{name}", create_token(payload=claims, key=stranger), "bad_signature"
        )
    unreadable = build_token(HEADER, b"foo", key=stranger)
    yield rejected_case("order-signature-before-payload", unreadable, "bad_signature")
    yield rejected_case(
        "order-signature-before-typ", create_token(typ="x", key=stranger), "bad_signature", typ="at+jwt"
    )


GROUPS = [
    wrong_types,
    non_json_numbers,
    expiration,
    not_before,
    issued_at,
    issuer,
    audience,
    subject,
    required,
    token_type,
    order,
]
