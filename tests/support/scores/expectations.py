"""The verdict that the RFCs require for a token of the corpus, where they require one.

fastjose is stricter than the RFCs in some cases, and picks one of two permitted verdicts in others. Another library is
not measured by these choices: `EITHER` has them, with the reason.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from support.tokens.attack_tokens.case import Accepted, Case

Expectation: TypeAlias = Literal["accept", "reject", "either"]

EITHER: dict[str, str] = {
    r"header-.*-ignored": "a library may reject a token that brings a key (RFC 7515 §4.1.2 to §4.1.6)",
    r"kid-(hostile-\d+|named-key-alone|of-another-key|none-tries-all|none-in-token|shared-HS256)": "`kid` is a hint "
    "(RFC 7515 §4.1.4)",
    r"(control-b64-true|b64-parameter-.*|b64-true-and-crit)": "RFC 7797 is optional",
    r"json-(payload|header)-(beyond|below)-double": "the range of numbers is open (RFC 8259 §6)",
    r"json-(payload|header)-longer-than-4300-digits": "the range of numbers is open (RFC 8259 §6)",
    r"json-(payload|header)-deep-(arrays|objects)": "the depth is open (RFC 8259 §9)",
    r"json-unusual-(nested-150-deep|(minus-)?4300-digits|tiny)": "depth and range are open (RFC 8259 §6, §9)",
    r"json-(payload|header)-double-.*|json-double-.*": "the last of two names may count (RFC 7515 §4, RFC 7519 §4)",
    r"json-(payload|header)-(lone|swapped)-.*": "an escaped surrogate is permitted (RFC 8259 §8.2)",
    r"base64-(header|payload|signature)-last-bits(-of-two)?": "unused bits may be ignored (RFC 4648 §3.5)",
    r"size-(below-the-limit|at-the-limit|one-beyond-the-limit|nothing-allowed|token-1-mb)": "a limit is a choice",
    r"rsa-padding-(no-null|long-length)": "both forms of DigestInfo may be accepted (RFC 8017 §8.2.2, §9.2)",
    r"eddsa-small-order-.*": "a key of small order is the fault of who publishes it (RFC 8032 §5.1.7)",
    r"eddsa-(EdDSA|Ed25519)-key-(EdDSA|Ed25519)-token": "RFC 9864 is new",
    r"jwk-\w+-(use|kid|key-ops|alg)-of-wrong-type|jwk-\w+-use-unknown": "the member may be ignored (RFC 7517 §4)",
    r"jwk-private-.*": "a private key may be refused",
    r"jwk-set-beside-(no-objects|secret|short-secret|empty-secret|small-order)": "the set may be refused",
    r"(iss|sub|jti)-type-((?!-expected).)*|iat-type-.*|aud-type-.*-expected-None": "the claim is not compared",
    r"(exp|nbf|iat)-number-(-?1e400|10{8})": "the range of numbers is open (RFC 8259 §6)",
    r"exp-(10{11}|1e\+308|922337203685)-leeway-0": "the range of numbers is open (RFC 8259 §6)",
    r"nbf-(1700000000|1699999999|0|-1|-10{10}|1700000010)-leeway-\d+|sub-missing-not-expected": "their `exp` has 4,300 "
    "digits, and the range of numbers is open (RFC 8259 §6)",
    r"(exp|nbf)-17000000[01]0\.5-leeway-\d+|exp-1699999990\.5-leeway-10": "fractions of a second may be cut off",
    r"exp-of-old-with-endless-leeway": "a limit of the leeway is a choice",
    r"iat-(-1|1700001000|1700000000\.5|-?10+)": "a time of issue in the future may be refused",
    r"iss-not-expected|aud-empty-list-none-expected": "the claim is not compared",
    r"required-(null|\"\"|0|\[\]|\{\})": "an empty value may count as missing",
    r"typ-missing-for-(JWT|application/jwt)": "a token without `typ` may be refused, or be a JWT",
    r"typ-type-((?!-expected).)*": "`typ` is not compared",
}
"""Patterns of names of cases, and why either verdict is right. Only foreign exceptions count there."""

_EITHER = re.compile("|".join(f"(?:{pattern})" for pattern in EITHER))


def expect(case: Case) -> Expectation:
    """Return what the RFCs require of a library with the arguments of the case."""
    if _EITHER.fullmatch(case.id):
        return "either"
    return "accept" if isinstance(case.expected, Accepted) else "reject"
