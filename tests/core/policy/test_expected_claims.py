"""What a `Verifier` expects of claims and of the header: `claims`, `client_id`, `header`, audiences, `typ`."""

from __future__ import annotations

import enum
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from fastjose import JOSEError, JWTClaimsError, JWTError, RemoteKeySet, Verifier, verify_token
from support.servers.proxies.jwks_proxy import serve_jwks
from support.tokens.jose_builder import NOW, SECRET, b64u, build_token, create_token, ed_key, jwk, public_key_of
from support.tokens.jose_builder import append_signature as sign_text

if TYPE_CHECKING:
    from collections.abc import Callable

BIG = 123_456_789_012_345_678_901_234_567_890
FACTORIES: list[Any] = [Verifier, partial(verify_token, create_token())]
with_each_factory = pytest.mark.parametrize("create", FACTORIES, ids=["Verifier", "verify_token"])


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def hs256_verifier(**options: Any) -> Verifier:
    return Verifier(SECRET, algorithms="HS256", **options)


def make_token(claims: dict[str, Any] | None = None, **header: Any) -> str:
    return create_token(payload={"sub": "user-1", "exp": NOW + 100, **(claims or {})}, **header)


def make_raw_token(claim: bytes) -> str:
    """Return a token with a member that is written as in `claim`."""
    return create_token(payload=b'{"sub":"user-1","exp":%d,%s}' % (NOW + 100, claim))


def verdict(verify: Callable[[str], object], token: str) -> tuple[str, str | None]:
    """Return the code and the claim of the error for `token`, or `accepted`."""
    try:
        verify(token)
    except JOSEError as error:
        return error.code, error.claim
    return "accepted", None


def verdicts(token: str, **options: Any) -> tuple[str, str | None]:
    """Return the verdict of `verify`, of the second call with a cache, and of `verify_token`, which must agree."""
    cached = hs256_verifier(cache_size=10, **options)
    calls: list[Callable[[str], object]] = [
        hs256_verifier(**options).verify,
        cached.verify,
        cached.verify,
        lambda text: verify_token(text, SECRET, algorithms="HS256", **options),
    ]
    (result,) = {verdict(call, token) for call in calls}
    return result


class Use(str, enum.Enum):
    ACCESS = "access"


class Level(enum.IntEnum):
    HIGH = 3
    HUGE = BIG


VALUES: list[tuple[Any, bytes]] = [
    ("1", b'"1"'),
    (1, b"1"),
    (True, b"true"),
    (False, b"false"),
    (0, b"0"),
    (-1, b"-1"),
    (BIG, str(BIG).encode()),
    (-BIG, str(-BIG).encode()),
    (2**63 - 1, b"9223372036854775807"),
    (-(2**63), b"-9223372036854775808"),
    (2**63, b"9223372036854775808"),
    ("\u00e9\U0001f600", b'"\\u00e9\\ud83d\\ude00"'),
    ("null", b'"null"'),
]


@pytest.mark.parametrize("expected", [value for value, _ in VALUES], ids=repr)
def test_claims_accept_only_the_value_of_the_same_type(expected: Any) -> None:
    for value, text in VALUES:
        is_same = type(value) is type(expected) and value == expected
        outcome = ("accepted", None) if is_same else ("wrong_claim", "use")
        for form in (b'"use":%s', b'"use":[%s]', b'"use":[null,"other",%s]', b'"\\u0075se":%s'):
            assert verdicts(make_raw_token(form % text), claims={"use": expected}) == outcome
        assert verdicts(make_raw_token(b'"use":[[%s]]' % text), claims={"use": expected}) == ("wrong_claim", "use")


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        (b'"use":"access"', ("accepted", None)),
        (b'"use":"refresh"', ("wrong_claim", "use")),
        (b'"use":"ACCESS"', ("wrong_claim", "use")),
        (b'"use":"access "', ("wrong_claim", "use")),
        (b'"use":"access\\u0000"', ("wrong_claim", "use")),
        (b'"use":""', ("wrong_claim", "use")),
        (b'"use":null', ("wrong_claim", "use")),
        (b'"use":[]', ("wrong_claim", "use")),
        (b'"use":[["access"]]', ("wrong_claim", "use")),
        (b'"use":{"access":true}', ("wrong_claim", "use")),
        (b'"use":[{"use":"access"}]', ("wrong_claim", "use")),
        (b'"use":3', ("accepted", None)),
        (b'"use":3.0', ("wrong_claim", "use")),
        (b'"use":3e0', ("wrong_claim", "use")),
        (b'"use":"3"', ("wrong_claim", "use")),
        (b'"use":false', ("wrong_claim", "use")),
        (b'"Use":"access"', ("missing_claim", "use")),
        (b'"x":{"use":"access"}', ("missing_claim", "use")),
        (b'"use":"access","use":"access"', ("malformed", None)),
        (b'"use":"access","\\u0075se":"refresh"', ("malformed", None)),
        (b'"use":"\\ud800"', ("malformed", None)),
        (b'"use":' + b"9" * 4_000, ("wrong_claim", "use")),
    ],
)
def test_claims_judge_every_form_of_a_claim(claim: bytes, outcome: tuple[str, str | None]) -> None:
    for values in (["access", 3], ("access", 3), {"access", 3}, [Use.ACCESS, Level.HIGH]):
        for make in (dict, MappingProxyType):
            assert verdicts(make_raw_token(claim), claims=make({"use": values})) == outcome


def test_claims_accept_one_shot_iterables_and_enums() -> None:
    verifier = hs256_verifier(claims={"use": iter([Use.ACCESS]), "level": (level for level in Level)})
    for _ in range(2):
        assert verifier.verify(make_token({"use": "access", "level": BIG}))["level"] == BIG
        assert verifier.verify(make_token({"use": "access", "level": 3}))["level"] == 3


def test_every_expected_claim_must_be_there() -> None:
    options = {"claims": {"use": "access", "tenant": ["a", "b"], "https://example.com/x": True}}
    good = {"use": "access", "tenant": ["b", "c"], "https://example.com/x": True}
    assert verdicts(make_token(good), **options) == ("accepted", None)
    for name in good:
        assert verdicts(make_token({**good, name: "other"}), **options) == ("wrong_claim", name)
        assert verdicts(make_token({key: good[key] for key in good if key != name}), **options) == (
            "missing_claim",
            name,
        )


def test_wrong_claim_error_names_the_claim_and_nothing_of_the_token() -> None:
    with pytest.raises(JWTClaimsError) as raised:
        hs256_verifier(claims={"use": "access"}).verify(make_token({"use": "from-the-token"}))
    error = raised.value
    assert (error.code, error.claim, str(error)) == ("wrong_claim", "use", 'Invalid claim "use"')
    assert error.__context__ is error.__cause__ is None


@pytest.mark.parametrize(
    ("claims", "outcome"),
    [
        ({"azp": "web"}, ("accepted", None)),
        ({"client_id": "ios"}, ("accepted", None)),
        ({"cid": "web"}, ("accepted", None)),
        ({"appid": "ios"}, ("accepted", None)),
        ({"azp": "web", "client_id": "web"}, ("accepted", None)),
        ({"azp": "web", "client_id": "ios", "cid": "web", "appid": "ios"}, ("accepted", None)),
        ({"azp": "web", "client_id": "other"}, ("wrong_claim", "client_id")),
        ({"azp": "other", "client_id": "web"}, ("wrong_claim", "azp")),
        ({"client_id": "web", "cid": "other"}, ("wrong_claim", "cid")),
        ({"azp": "web", "appid": None}, ("wrong_claim", "appid")),
        ({"azp": None}, ("wrong_claim", "azp")),
        ({"azp": ["web"]}, ("wrong_claim", "azp")),
        ({"azp": {"web": 1}}, ("wrong_claim", "azp")),
        ({"azp": True}, ("wrong_claim", "azp")),
        ({"azp": ""}, ("wrong_claim", "azp")),
        ({"azp": "WEB"}, ("wrong_claim", "azp")),
        ({"azp": "web "}, ("wrong_claim", "azp")),
        ({"AZP": "web"}, ("missing_claim", "client_id")),
        ({"clientId": "web"}, ("missing_claim", "client_id")),
        ({}, ("missing_claim", "client_id")),
    ],
)
def test_client_id_compares_every_claim_of_the_client(claims: dict[str, Any], outcome: tuple[str, str | None]) -> None:
    for accepted in (["web", "ios"], ("ios", "web")):
        assert verdicts(make_token(claims), client_id=accepted) == outcome
    if claims == {"azp": "web"}:
        assert verdicts(make_token(claims), client_id="web") == outcome
        assert verdicts(make_token(claims), client_id="we") == ("wrong_claim", "azp")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b'"signer":"arn:a"', "accepted"),
        (b'"signer":"arn:b"', "accepted"),
        (b'"signer":["x","arn:b"]', "accepted"),
        (b'"sign\\u0065r":"arn:a"', "accepted"),
        (b'"signer":"arn:c"', "wrong_header"),
        (b'"signer":"ARN:A"', "wrong_header"),
        (b'"signer":null', "wrong_header"),
        (b'"signer":{"arn:a":1}', "wrong_header"),
        (b'"signer":[["arn:a"]]', "wrong_header"),
        (b'"signer":1', "wrong_header"),
        (b'"Signer":"arn:a"', "wrong_header"),
        (b'"x":1', "wrong_header"),
    ],
)
def test_header_compares_parameters(header: bytes, code: str) -> None:
    token = build_token(b'{"alg":"HS256","kid":"k",%s}' % header, {"exp": NOW + 100})
    outcome = (code, None)
    assert verdicts(token, header={"signer": ["arn:a", "arn:b"]}) == outcome
    assert verdicts(token, header={"kid": "k", "signer": ["arn:a", "arn:b"]}) == outcome
    assert verdicts(token, header={"kid": "other", "signer": ["arn:a", "arn:b"]}) == ("wrong_header", None)


def test_header_is_compared_for_each_token_with_a_cached_header() -> None:
    """A header that was parsed once is cached: it must be compared for the next token with it too."""
    verifier = hs256_verifier(header={"signer": "arn:a"})
    for number in range(3):
        good, bad = (make_token({"n": number}, signer=signer) for signer in ("arn:a", "arn:b"))
        assert verdict(verifier.verify, good) == ("accepted", None)
        assert verdict(verifier.verify, bad) == ("wrong_header", None)


def test_wrong_header_comes_after_the_signature_and_names_the_parameter() -> None:
    verifier = hs256_verifier(header={"signer": "arn:a"}, typ="at+jwt")
    token = make_token(signer="from-the-token", typ="JWT")
    with pytest.raises(JWTError) as raised:
        verifier.verify(token)
    assert str(raised.value) == 'Invalid header parameter "signer"'
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    assert verdict(verifier.verify, forged) == ("bad_signature", None)
    assert verdict(verifier.verify, make_token(signer="arn:a", typ="JWT")) == ("wrong_type", None)


def test_header_of_a_padded_token_is_compared() -> None:
    header, payload = (b64u(text) for text in (b'{"alg":"HS256","signer":"arn1"}', b'{"exp":%d}' % (NOW + 100)))
    text = ".".join(part + "=" * (-len(part) % 4) for part in (header, payload))
    token = sign_text(text)
    token += "=" * (-len(token.rpartition(".")[2]) % 4)
    assert token.count("=") > 1
    assert verdicts(token, allow_padding=True, header={"signer": "arn1"}) == ("accepted", None)
    assert verdicts(token, allow_padding=True, header={"signer": "other"}) == ("wrong_header", None)


AUDIENCES: list[tuple[Any, str, str, str]] = [
    ("api", "accepted", "accepted", "accepted"),
    (["api"], "accepted", "accepted", "accepted"),
    (["web", "api", "api"], "accepted", "accepted", "accepted"),
    (["api", "other"], "accepted", "wrong_audience", "accepted"),
    (["other", "web"], "accepted", "wrong_audience", "accepted"),
    ("other", "wrong_audience", "wrong_audience", "accepted"),
    ([], "wrong_audience", "wrong_audience", "accepted"),
    ("", "wrong_audience", "wrong_audience", "accepted"),
    (["api", 1], "invalid_claim", "invalid_claim", "invalid_claim"),
    (["api", None], "invalid_claim", "invalid_claim", "invalid_claim"),
    ([["api"]], "invalid_claim", "invalid_claim", "invalid_claim"),
    (None, "invalid_claim", "invalid_claim", "invalid_claim"),
    (5, "invalid_claim", "invalid_claim", "invalid_claim"),
    (True, "invalid_claim", "invalid_claim", "invalid_claim"),
    ({"api": 1}, "invalid_claim", "invalid_claim", "invalid_claim"),
]


@pytest.mark.parametrize(("audience", "one_of", "exact", "unchecked"), AUDIENCES)
def test_audience_is_compared_by_the_rule(audience: Any, one_of: str, exact: str, unchecked: str) -> None:
    token = make_token({"aud": audience})
    assert verdicts(token, audience=["api", "web"])[0] == one_of
    assert verdicts(token, audience=["api", "web"], audience_exact=True)[0] == exact
    assert verdicts(token, check_audience=False)[0] == unchecked


def test_missing_audience_is_compared_by_the_rule() -> None:
    assert verdicts(make_token(), audience="api", audience_exact=True) == ("missing_claim", "aud")
    assert verdicts(make_token(), check_audience=False) == ("accepted", None)
    assert verdicts(make_token(), check_audience=False, required=["exp", "aud"]) == ("missing_claim", "aud")


@pytest.mark.parametrize(
    ("header", "outcome"),
    [
        ({"typ": "JWT"}, "accepted"),
        ({"typ": "jwt"}, "accepted"),
        ({"typ": "application/at+jwt"}, "accepted"),
        ({"typ": "AT+JWT"}, "accepted"),
        ({}, "accepted"),
        ({"typ": "logout+jwt"}, "wrong_type"),
        ({"typ": ""}, "wrong_type"),
        ({"typ": "JWT,at+jwt"}, "wrong_type"),
        ({"typ": "at+jwt "}, "wrong_type"),
    ],
)
def test_typ_may_be_one_of_several(header: dict[str, str], outcome: str) -> None:
    token = build_token({"alg": "HS256", **header}, {"exp": NOW + 100})
    for form in (list, tuple, iter):
        assert verdict(hs256_verifier(typ=form(["JWT", "application/at+jwt"])).verify, token)[0] == outcome
    if header == {}:
        assert verdict(hs256_verifier(typ=["at+jwt", "x"]).verify, token)[0] == "wrong_type"


def test_types_are_those_of_the_constructor() -> None:
    assert hs256_verifier().types == []
    assert hs256_verifier(typ="at+jwt").types == ["at+jwt"]
    assert hs256_verifier(typ=("JWT", "application/at+jwt")).types == ["JWT", "application/at+jwt"]


@pytest.mark.parametrize(
    ("claims", "header", "outcome"),
    [
        ({"use": "refresh", "azp": "web"}, {"signer": "a"}, ("wrong_claim", "use")),
        ({"azp": "web"}, {"signer": "a"}, ("missing_claim", "use")),
        ({"use": "access", "azp": "ios"}, {"signer": "a"}, ("wrong_claim", "azp")),
        ({"use": "access"}, {"signer": "a"}, ("missing_claim", "client_id")),
        ({"use": "access", "azp": "web"}, {"signer": "b"}, ("wrong_header", None)),
        ({"use": "access", "azp": "web"}, {}, ("wrong_header", None)),
    ],
)
def test_unverified_token_that_is_ruled_out_causes_no_fetch(
    claims: dict[str, Any], header: dict[str, str], outcome: tuple[str, str | None]
) -> None:
    with serve_jwks(lambda: {"keys": [jwk(public_key_of(ed_key()), kid="k")]}) as server:
        keys = RemoteKeySet(server.url)
        options: dict[str, Any] = {"claims": {"use": "access"}, "client_id": "web", "header": {"signer": "a"}}
        verifier = Verifier(keys, **options)

        def make(claims: dict[str, Any], **header: Any) -> str:
            return create_token("EdDSA", {"exp": NOW + 100, **claims}, kid="k", **header)

        assert verdict(verifier.verify, make(claims, **header)) == outcome
        assert server.request_count == 0
        assert verdict(verifier.verify, make({"use": "access", "azp": "web"}, signer="a")) == ("accepted", None)
        assert server.request_count == 1
        assert verdict(verifier.verify, make(claims, **header)) == outcome


# --- Wrong arguments.


@with_each_factory
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"claims": {}}, ValueError, "claims must contain at least one claim, or be None"),
        ({"claims": "use"}, TypeError, "claims must be a mapping"),
        ({"claims": [("use", "a")]}, TypeError, "claims must be a mapping"),
        ({"claims": 5}, TypeError, "claims must be a mapping"),
        ({"claims": {"use": []}}, ValueError, r'claims\["use"\] must contain at least one value'),
        ({"claims": {"use": ()}}, ValueError, r'claims\["use"\] must contain at least one value'),
        ({"claims": {"use": ""}}, ValueError, r'claims\["use"\] must not contain an empty str'),
        ({"claims": {"use": ["a", ""]}}, ValueError, r'claims\["use"\] must not contain an empty str'),
        ({"claims": {"use": None}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": 1.0}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": b"a"}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": bytearray(b"a")}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": {"a": 1}}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": object()}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": [None]}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": [["a"]]}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": ["a", 1.5]}}, TypeError, r'claims\["use"\] must be a str, an int or a bool'),
        ({"claims": {"use": "\ud800"}}, ValueError, "must be valid Unicode"),
        ({"claims": {"\ud800": "a"}}, ValueError, "claims must be valid Unicode"),
        ({"claims": {"": "a"}}, ValueError, "claims must not contain an empty name"),
        ({"claims": {1: "a"}}, TypeError, "claims must have a str for each name"),
        ({"claims": {"iss": "a"}}, ValueError, 'claims must not contain "iss": use issuer='),
        ({"claims": {"aud": "a"}}, ValueError, 'claims must not contain "aud": use audience='),
        ({"claims": {"sub": "a"}}, ValueError, 'claims must not contain "sub": use subject='),
        ({"claims": {"exp": 1}}, ValueError, 'claims must not contain "exp": use required='),
        ({"claims": {"nbf": 1}}, ValueError, 'claims must not contain "nbf": use required='),
        ({"claims": {"iat": 1}}, ValueError, 'claims must not contain "iat": use required='),
        ({"header": {}}, ValueError, "header must contain at least one parameter, or be None"),
        ({"header": "signer"}, TypeError, "header must be a mapping"),
        ({"header": {"signer": []}}, ValueError, r'header\["signer"\] must contain at least one value'),
        ({"header": {"signer": ""}}, ValueError, r'header\["signer"\] must not contain an empty str'),
        ({"header": {"signer": 1}}, TypeError, r'header\["signer"\] must be a str, or an iterable of these'),
        ({"header": {"signer": [True]}}, TypeError, r'header\["signer"\] must be a str, or an iterable of these'),
        ({"header": {"signer": None}}, TypeError, r'header\["signer"\] must be a str, or an iterable of these'),
        ({"header": {"alg": "HS256"}}, ValueError, 'header must not contain "alg": use algorithms='),
        ({"header": {"typ": "JWT"}}, ValueError, 'header must not contain "typ": use typ='),
        ({"check_audience": False, "audience": "api"}, ValueError, "audience must be None with check_audience=False"),
        ({"check_audience": False, "audience_exact": True}, ValueError, "audience_exact must be False"),
        ({"audience_exact": True}, ValueError, "audience must be given with audience_exact=True"),
        ({"check_audience": None}, TypeError, "check_audience"),
        ({"check_audience": "false"}, TypeError, "check_audience"),
        ({"check_audience": 0}, TypeError, "check_audience"),
        ({"audience_exact": None, "audience": "api"}, TypeError, "audience_exact"),
        ({"audience_exact": "", "audience": "api"}, TypeError, "audience_exact"),
    ],
)
def test_wrong_arguments_raise_at_construction(
    create: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        create(SECRET, algorithms="HS256", **options)


def test_exception_of_a_mapping_or_iterable_passes_through() -> None:
    def fail() -> Any:
        yield "access"
        raise LookupError("of the application")

    with pytest.raises(LookupError, match="of the application"):
        hs256_verifier(claims={"use": fail()})


def test_later_changes_of_the_arguments_have_no_effect() -> None:
    values = ["access"]
    claims = {"use": values}
    verifier = hs256_verifier(claims=claims)
    values.append("refresh")
    claims["tenant"] = ["x"]
    assert verdict(verifier.verify, make_token({"use": "refresh"})) == ("wrong_claim", "use")
    assert verdict(verifier.verify, make_token({"use": "access"})) == ("accepted", None)


def test_time_of_issue_in_the_future_is_rejected_only_if_checked() -> None:
    early, rejected = make_token({"iat": NOW + 11}), ("not_yet_valid", "iat")
    assert verdicts(early) == verdicts(early, leeway_seconds=10) == ("accepted", None)
    assert verdicts(early, check_issued_at=True) == rejected
    assert verdicts(early, check_issued_at=True, leeway_seconds=10) == rejected
    assert verdicts(early, check_issued_at=True, leeway_seconds=11) == ("accepted", None)
    assert verdicts(make_token(), check_issued_at=True) == ("accepted", None)


def test_required_audience_that_is_an_empty_list_is_missing() -> None:
    token = make_token({"aud": []})
    for options in ({}, {"check_audience": False}):
        assert verdicts(token, required=["exp", "aud"], **options) == ("missing_claim", "aud")
    assert verdicts(token, required=["exp", "aud"], audience="api") == ("wrong_audience", "aud")
    assert verdicts(make_token({"tags": []}), required=["tags"], check_audience=False) == ("accepted", None)


def test_required_claim_that_is_null_is_missing() -> None:
    assert verdicts(make_token({"tier": None}), required=["tier"]) == ("missing_claim", "tier")
    assert verdicts(make_token({"tier": False}), required=["tier"]) == ("accepted", None)
    assert verdicts(make_token({"nbf": None}), required=["nbf"]) == ("invalid_claim", "nbf")
