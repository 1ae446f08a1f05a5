"""Hostile claims under a right signature: times, issuer, audience, subject, other registered claims, `typ`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.attack_tokens.case import Case, accept, refuse
from support.jose_builder import CLAIMS, NOW, signed, token

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = {"alg": "HS256"}
NO_TIME: list[Any] = [str(NOW + 60), "", "tomorrow", None, True, False, [], [NOW + 60], {}, {"seconds": NOW + 60}]
HUGE = 10**4299


def of(**claims: Any) -> str:
    """Sign these claims and no others."""
    return token(payload=claims)


def wrong_types() -> Iterator[Case]:
    """A claim of the wrong type is wrong, never absent, whether or not it is asked for (CVE-2026-25537)."""
    for claim in ["exp", "nbf", "iat"]:
        for value in NO_TIME:
            made = of(**{**CLAIMS, claim: value})
            name = f"{claim}-type-{json.dumps(value)}"
            yield refuse(name, made, "invalid_claim", claim=claim)
            yield refuse(f"{name}-not-required", made, "invalid_claim", claim=claim, required=[])
    for claim in ["iss", "sub", "jti"]:
        for value in [1, 1.5, None, True, [], ["x"], {}, {"x": "y"}]:
            made = of(**{**CLAIMS, claim: value})
            yield refuse(f"{claim}-type-{json.dumps(value)}", made, "invalid_claim", claim=claim)
    for value in [1, None, True, {}, {"api": 1}, [1], [None], ["api", 1], [["api"]], ["api", None]]:
        for audience in [None, "api"]:
            name = f"aud-type-{json.dumps(value)}-expected-{audience}"
            made = of(**CLAIMS, aud=value)
            yield refuse(name, made, "invalid_claim", claim="aud", audience=audience)


def numbers_that_are_none() -> Iterator[Case]:
    """Numbers that no JSON has, in the place of a time."""
    for claim in ["exp", "nbf", "iat"]:
        for text in ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", f"1{'0' * 4300}", "0x7fffffff", "01"]:
            payload = f'{{"exp":{NOW + 60},"{claim}":{text}}}' if claim != "exp" else f'{{"exp":{text}}}'
            yield refuse(f"{claim}-number-{text[:9]}", signed(HEADER, payload.encode()), "malformed")


def expiration() -> Iterator[Case]:
    """On or after `exp` a token is over (RFC 7519 §4.1.4); leeway moves that and no more."""
    yield refuse("exp-missing", of(sub="a"), "missing_claim", claim="exp")
    yield accept("exp-missing-not-required", of(sub="a"), {"sub": "a"}, required=[])
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
        made = of(exp=exp)
        yield refuse(f"exp-{str(exp)[:12]}-leeway-{leeway}", made, "expired", leeway_seconds=leeway)
        yield refuse(f"exp-{str(exp)[:12]}-leeway-{leeway}-free", made, "expired", leeway_seconds=leeway, required=[])
    for exp, leeway in [
        (NOW + 1, 0),
        (NOW + 0.5, 0),
        (HUGE, 0),
        (1e308, 0),
        (2**63, 0),
        (NOW - 9, 10),
        (NOW - 9.5, 10),
    ]:
        yield accept(f"exp-{str(exp)[:12]}-leeway-{leeway}", of(exp=exp), {"exp": exp}, leeway_seconds=leeway)
    yield accept("exp-of-old-with-endless-leeway", of(exp=0), {"exp": 0}, leeway_seconds=1e300)


def not_before() -> Iterator[Case]:
    """Before `nbf` a token is not valid yet, at `nbf` it is (RFC 7519 §4.1.5)."""
    for nbf, leeway in [(NOW + 1, 0), (NOW + 0.5, 0), (HUGE, 0), (1e308, 0), (NOW + 11, 10), (NOW + 10.5, 10)]:
        made = of(exp=HUGE, nbf=nbf)
        yield refuse(f"nbf-{str(nbf)[:12]}-leeway-{leeway}", made, "not_yet_valid", leeway_seconds=leeway)
    for nbf, leeway in [(NOW, 0), (NOW - 1, 0), (0, 0), (-1, 0), (-HUGE, 0), (NOW + 10, 10)]:
        claims = {"exp": HUGE, "nbf": nbf}
        yield accept(f"nbf-{str(nbf)[:12]}-leeway-{leeway}", of(**claims), claims, leeway_seconds=leeway)


def issued_at() -> Iterator[Case]:
    """`iat` has no part in acceptance but to be a number (RFC 7519 §4.1.6)."""
    for iat in [0, -1, NOW, NOW + 1000, NOW + 0.5, HUGE, -HUGE]:
        claims = {**CLAIMS, "iat": iat}
        yield accept(f"iat-{str(iat)[:12]}", of(**claims), claims)


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
    """`iss` is compared whole, as a text (RFC 7519 §4.1.1, RFC 8725 §3.8; CVE-2024-53861)."""
    for number, name in enumerate(NOT_THE_ISSUER):
        made = of(**CLAIMS, iss=name)
        yield refuse(f"iss-other-{number}", made, "wrong_issuer", issuer=ISSUER)
        yield refuse(f"iss-other-{number}-of-two", made, "wrong_issuer", issuer=[ISSUER, "https://other.example"])
    yield refuse("iss-missing", of(**CLAIMS), "missing_claim", claim="iss", issuer=ISSUER)
    yield refuse("iss-missing-none-required", of(**CLAIMS), "missing_claim", claim="iss", issuer=ISSUER, required=[])
    for value in [[ISSUER], ["https://attacker.example", ISSUER], {ISSUER: 1}, None, 1]:
        made = of(**CLAIMS, iss=value)
        yield refuse(f"iss-type-{json.dumps(value)}-expected", made, "invalid_claim", claim="iss", issuer=ISSUER)
    claims = {**CLAIMS, "iss": ISSUER}
    yield accept("iss-right", of(**claims), claims, issuer=ISSUER)
    yield accept("iss-one-of-two", of(**claims), claims, issuer=["https://other.example", ISSUER])
    yield accept("iss-not-expected", of(**claims), claims)
    composed = {**CLAIMS, "iss": "caf\u00e9"}
    yield accept("iss-beyond-ascii", of(**composed), composed, issuer="caf\u00e9")
    yield refuse("iss-not-normalized", of(**composed), "wrong_issuer", issuer="cafe\u0301")


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
    """`aud` must name an expected audience; a token for others, or for anyone where none is expected, is refused."""
    for number, value in enumerate(NOT_THE_AUDIENCE):
        made = of(**CLAIMS, aud=value)
        yield refuse(f"aud-other-{number}", made, "wrong_audience", audience="api")
        yield refuse(f"aud-other-{number}-of-two", made, "wrong_audience", audience=["api", "mobile"])
    yield refuse("aud-missing", of(**CLAIMS), "missing_claim", claim="aud", audience="api")
    yield refuse("aud-missing-none-required", of(**CLAIMS), "missing_claim", claim="aud", audience="api", required=[])
    for value in ["api", "", [], ["api"], ["api", "web"]]:
        yield refuse(f"aud-{json.dumps(value)}-none-expected", of(**CLAIMS, aud=value), "wrong_audience")
    for value in ["api", ["api"], ["web", "api"], ["api", "api"]]:
        claims = {**CLAIMS, "aud": value}
        yield accept(f"aud-{json.dumps(value)}", of(**claims), claims, audience="api")
        yield accept(f"aud-{json.dumps(value)}-of-two", of(**claims), claims, audience=["mobile", "api"])


def subject() -> Iterator[Case]:
    """`sub` is compared whole where one is expected."""
    for number, name in enumerate(["", "user", "user-12", "User-1", " user-1", "user-1\x00", "*"]):
        made = of(**{**CLAIMS, "sub": name})
        yield refuse(f"sub-other-{number}", made, "wrong_subject", subject="user-1")
    yield refuse("sub-missing", of(exp=HUGE), "missing_claim", claim="sub", subject="user-1")
    wrong: list[Any] = [["user-1"], {"user-1": 1}, 1, None]
    for value in wrong:
        made = of(**{**CLAIMS, "sub": value})
        yield refuse(f"sub-type-{json.dumps(value)}-expected", made, "invalid_claim", claim="sub", subject="user-1")
    yield accept("sub-right", token(), subject="user-1")
    yield accept("sub-missing-not-expected", of(exp=HUGE), {"exp": HUGE})


def required() -> Iterator[Case]:
    """A claim that is required is there, whatever its value."""
    for name in ["tenant", "Tenant", "tenant ", "iat", "jti", "nbf"]:
        made = of(**CLAIMS, tenants="x")
        yield refuse(f"required-{name}", made, "missing_claim", claim=name, required=["exp", name])
    empty: list[Any] = [None, "", 0, [], {}]
    for value in empty:
        claims = {**CLAIMS, "tenant": value}
        yield accept(f"required-{json.dumps(value)}", of(**claims), claims, required=["exp", "tenant"])
    nested = of(**CLAIMS, inner={"org": "x"})
    yield refuse("required-one-level-down", nested, "missing_claim", claim="org", required="org")
    yield refuse("required-in-header-alone", token(exp=HUGE, payload={}), "missing_claim", claim="exp")


def token_type() -> Iterator[Case]:
    """`typ`, where one is expected: without case, with or without `application/` (RFC 7515 §4.1.9, RFC 8725 §3.11)."""
    for expected in ["at+jwt", "application/at+jwt", "AT+JWT"]:
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"]:
            yield accept(f"typ-{typ}-for-{expected}", token(typ=typ), typ=expected)
        for number, typ in enumerate(OTHER_TYPES):
            yield refuse(f"typ-other-{number}-for-{expected}", token(typ=typ), "wrong_type", typ=expected)
        yield refuse(f"typ-missing-for-{expected}", token(), "wrong_type", typ=expected)
    for expected in ["JWT", "application/jwt"]:  # what a token without `typ` is
        for name, made in [("JWT", token(typ="JWT")), ("jwt", token(typ="application/jwt")), ("missing", token())]:
            yield accept(f"typ-{name}-for-{expected}", made, typ=expected)
        for typ in ["at+jwt", "JWS", "better-auth.session-cache+jwt", "", "application/"]:
            yield refuse(f"typ-{typ}-for-{expected}", token(typ=typ), "wrong_type", typ=expected)
    for value in [None, 1, True, ["at+jwt"], {"at+jwt": 1}]:
        yield refuse(f"typ-type-{json.dumps(value)}", token(typ=value), "malformed")
        yield refuse(f"typ-type-{json.dumps(value)}-expected", token(typ=value), "malformed", typ="at+jwt")
    yield refuse("typ-in-payload-alone", of(**CLAIMS, typ="at+jwt"), "wrong_type", typ="at+jwt")
    yield accept("typ-not-expected", token(typ="logout+jwt"))


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
    """Nothing is said of claims before the signature is right, so that nobody learns what would be accepted."""
    stranger = b"o" * 64
    wrong: dict[str, dict[str, Any]] = {
        "expired": {"exp": 1},
        "mistyped": {"exp": "1"},
        "missing": {},
        "aud": {**CLAIMS, "aud": "api"},
    }
    for name, claims in wrong.items():
        yield refuse(f"order-signature-before-{name}", token(payload=claims, key=stranger), "bad_signature")
    unreadable = signed(HEADER, b"foo", key=stranger)
    yield refuse("order-signature-before-payload", unreadable, "bad_signature")
    yield refuse("order-signature-before-typ", token(typ="x", key=stranger), "bad_signature", typ="at+jwt")


GROUPS = [
    wrong_types,
    numbers_that_are_none,
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
