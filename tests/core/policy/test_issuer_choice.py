"""Which verifier has a token, what is required of its claims, and the error of a token of an unknown issuer."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from fastjose import Verifier
from fastjose._verifiers import fixed_issuers, tenants
from fastjose._verifiers.bearer_policy import BearerPolicy
from fastjose._verifiers.choice import ChosenVerifier
from fastjose._verifiers.display_names import name_key_set, name_verifier
from fastjose._verifiers.fixed_issuers import FixedIssuers
from fastjose._verifiers.issuers import Issuers, create_issuers, known_verifiers
from fastjose._verifiers.key_fetches import fetch_missing_keys
from fastjose._verifiers.limits import MAX_ISSUER_CHARS
from fastjose._verifiers.unknown_issuer import unknown_issuer_error
from fastjose.exceptions import JOSEError, JWKSetUnavailableError, JWTClaimsError, JWTError
from fastjose.testing import TokenIssuer

FIRST_URL, SECOND_URL = "https://first.example", "https://second.example"
FIRST, SECOND = TokenIssuer(FIRST_URL), TokenIssuer(SECOND_URL)


def verify(*issuers: str, keys: Any = FIRST.jwk_set) -> Verifier:
    return Verifier(keys, issuer=list(issuers) or None, audience="https://api.example.com")


# --- What is required of the claims ---


def test_user_id_is_that_of_the_named_claim() -> None:
    claims = {"sub": "user-1", "account": "user-2"}
    assert BearerPolicy().check(claims) is claims
    assert BearerPolicy("account").check(claims) == {"sub": "user-2", "account": "user-2"}
    assert claims["sub"] == "user-1"
    assert BearerPolicy(None).check({"client_id": "machine"}) == {"client_id": "machine"}
    for policy, rejected in ((BearerPolicy(), {"account": "a"}), (BearerPolicy("account"), {"sub": "a"})):
        with pytest.raises(JOSEError):
            policy.check(rejected)


def test_sender_constrained_token_is_rejected_whatever_is_required() -> None:
    for policy in (BearerPolicy(), BearerPolicy(None), BearerPolicy(None, lambda _: True)):
        with pytest.raises(JOSEError):
            policy.check({"sub": "user-1", "cnf": {"jkt": "x"}})


def test_function_accepts_a_copy_of_the_claims() -> None:
    seen: list[Any] = []

    def accept(claims: dict[str, Any]) -> bool:
        seen.append(dict(claims))
        claims["roles"].append("admin")
        return len(seen) < 2

    claims = {"sub": "user-1", "account": "user-2", "roles": ["user"]}
    policy = BearerPolicy("account", accept)
    assert policy.check(claims) == {"sub": "user-2", "account": "user-2", "roles": ["user"]}
    assert (seen[0]["sub"], policy.accept, policy.user_id_claim) == ("user-1", accept, "account")
    with pytest.raises(JOSEError):
        policy.check(claims)


@pytest.mark.parametrize(("claim", "error"), [(5, TypeError), (b"sub", TypeError), ("", ValueError)])
def test_wrong_name_of_the_user_id_raises(claim: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^user_id_claim must be the name of a claim, or None"):
        BearerPolicy(claim)


# --- The verifier of an issuer ---


def test_verifier_is_found_by_each_of_its_issuers() -> None:
    one, two = verify("https://a.example", "https://b.example"), verify("https://c.example")
    fixed = FixedIssuers([one, two], ChosenVerifier)
    found = [fixed.find(f"https://{name}.example") for name in "abcd"]
    assert [chosen and chosen.verifier for chosen in found] == [one, one, two, None]
    assert found[0] is found[1]
    assert fixed.verifiers == (one, two)
    assert asyncio.run(fixed.ask("https://a.example")) is fixed.ask_now("https://a.example") is None


def test_longest_issuer_is_accepted_and_a_longer_one_refused() -> None:
    longest = "https://" + "a" * (MAX_ISSUER_CHARS - 8)
    assert FixedIssuers([verify(longest)], ChosenVerifier).find(longest) is not None
    with pytest.raises(ValueError, match=r"^issuers must have at most .* characters: see verifier 2"):
        FixedIssuers([verify("https://b.example"), verify("https://a.example", longest + "a")], ChosenVerifier)


def test_verifiers_without_issuers_of_their_own_are_refused() -> None:
    a = verify("https://a.example")
    wrong: Any = "verifier"
    for verifiers, error, message in (
        ([], ValueError, r"^verifier must be at least one verifier: the list is empty"),
        ([a, wrong], TypeError, r"^verifiers must be fastjose\.Verifier objects: number 2 is not"),
        ([a, verify()], ValueError, r"^verifiers must have an issuer each: number 2 has none"),
        ([a, verify("https://b.example", "https://a.example")], ValueError, r"^verifiers must have different issuers"),
    ):
        with pytest.raises(error, match=message):
            FixedIssuers(verifiers, ChosenVerifier)


def test_token_is_verified_by_the_verifier_of_its_issuer() -> None:
    one, two = verify(FIRST_URL), verify(SECOND_URL)
    issuers = create_issuers([one, two], ChosenVerifier)
    assert known_verifiers(issuers) == (one, two)
    assert known_verifiers(one) == (one,)
    for issuer, verifier in ((FIRST, one), (SECOND, two)):
        token = issuer.mint_token("user-1")
        found = issuers.find_verifier(token)
        assert found is not None
        assert found.verifier is issuers.choose_now(token).verifier is verifier
        assert asyncio.run(issuers.choose(token)).verifier is verifier
    for token in (TokenIssuer("https://other.example").mint_token("user-1"), "a.b.c", ""):
        assert issuers.find_verifier(token) is None
        with pytest.raises(JOSEError) as now:
            issuers.choose_now(token)
        with pytest.raises(JOSEError) as later:
            asyncio.run(issuers.choose(token))
        expected = unknown_issuer_error(token)
        for raised in (now.value, later.value):
            assert (type(raised), raised.code, str(raised)) == (type(expected), expected.code, str(expected))


def test_unknown_issuer_is_asked_for_once() -> None:
    asked: list[Any] = []
    chosen = ChosenVerifier(verify(FIRST_URL))

    class Choice:
        verifiers = ()

        def find(self, _: str) -> None:
            return None

        async def ask(self, issuer: str) -> Any:
            asked.append(("later", issuer))
            return chosen

        def ask_now(self, issuer: str) -> Any:
            asked.append(("now", issuer))
            return chosen

    issuers: Issuers[ChosenVerifier] = Issuers(Choice())
    token = FIRST.mint_token("user-1")
    assert asyncio.run(issuers.choose(token)) is issuers.choose_now(token) is chosen
    assert asked == [("later", FIRST_URL), ("now", FIRST_URL)]


@pytest.mark.parametrize("verifier", [None, 5, "verifier", Verifier, {}])
def test_choice_among_something_else_raises_type_error(verifier: Any) -> None:
    with pytest.raises(TypeError, match=r"^verifier must be a fastjose\.Verifier, a list of them, or a function"):
        create_issuers(verifier, ChosenVerifier)
    assert create_issuers((verify(FIRST_URL),), ChosenVerifier).find(FIRST_URL) is not None


def test_error_of_an_unknown_issuer_is_that_of_a_verifier() -> None:
    other = TokenIssuer("https://other.example")
    wrong, missing = other.mint_token("user-1"), other.mint_token("user-1", omit=("iss",))
    for token, kind, code, text in (
        (wrong, JWTClaimsError, "wrong_issuer", "Invalid issuer"),
        (missing, JWTError, "missing_claim", 'missing required key "iss" among claims'),
    ):
        error = unknown_issuer_error(token)
        assert (type(error), error.code, error.claim, str(error)) == (kind, code, "iss", text)
    assert unknown_issuer_error("a.b.c").claim is None
    assert unknown_issuer_error("").code == "malformed"


def test_function_is_asked_for_the_issuer_of_a_token_alone() -> None:
    asked: list[Any] = []
    verifier = verify(FIRST_URL)

    def find(issuer: str) -> Verifier:
        asked.append(issuer)
        return verifier

    issuers = create_issuers(find, ChosenVerifier)
    for token in (FIRST.mint_token("user-1", omit=("iss",)), "a.b.c"):
        assert issuers.find_verifier(token) is None
        with pytest.raises(JOSEError):
            issuers.choose_now(token)
        with pytest.raises(JOSEError):
            asyncio.run(issuers.choose(token))
    assert asked == []
    assert issuers.choose_now(FIRST.mint_token("user-1")).verifier is verifier
    assert asked == [FIRST_URL]


def test_chosen_verifier_is_observed_and_begins_without_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    observed: list[Any] = []
    for module in (fixed_issuers, tenants):
        monkeypatch.setattr(
            module, "observe_verifier", lambda *verifiers, **options: observed.append((verifiers, options))
        )
    verifier = verify(FIRST_URL)
    assert ChosenVerifier(verifier).hints is None
    assert observed == []
    create_issuers([verifier], ChosenVerifier)
    assert observed == [((verifier,), {})]
    create_issuers(lambda _: verifier, ChosenVerifier).choose_now(FIRST.mint_token("user-1"))
    assert observed[1:] == [((verifier,), {"is_configured": False})]


# --- Key sets ---


class FixedKeySet:
    """A key set that notes its fetches."""

    def __init__(self, *, usable: bool = False, per_kid: bool = False, error: Exception | None = None) -> None:
        self.has_usable_keys, self.is_per_kid, self.error, self.fetches = usable, per_kid, error, 0

    async def fetch_if_needed_async(self) -> None:
        self.fetches += 1
        if self.error is not None:
            raise self.error


def test_key_sets_without_usable_keys_are_fetched_once() -> None:
    missing, usable, per_kid = FixedKeySet(), FixedKeySet(usable=True), FixedKeySet(per_kid=True)
    error = JWKSetUnavailableError("away")
    failing = FixedKeySet(error=error)
    one: Any = SimpleNamespace(remote_key_sets=[missing, usable, failing])
    two: Any = SimpleNamespace(remote_key_sets=[per_kid, failing, missing])
    failures: list[Any] = []
    asyncio.run(fetch_missing_keys([one, two], lambda *failure: failures.append(failure)))
    assert [key_set.fetches for key_set in (missing, usable, per_kid, failing)] == [1, 0, 0, 1]
    assert failures == [(error, one)]


def test_names_show_no_path_and_no_query() -> None:
    assert name_verifier(verify("https://a.example", "https://b.example")) == "https://a.example,https://b.example"
    assert name_verifier(verify()) == ""
    key_set: Any = SimpleNamespace(issuer=None, url="https://a.example/secret/jwks?key=1")
    assert name_key_set(key_set) == "https://a.example"
    key_set.issuer = "https://issuer.example"
    assert name_key_set(key_set) == "https://issuer.example"
