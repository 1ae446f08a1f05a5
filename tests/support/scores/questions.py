"""The corpus and Wycheproof's files as questions in JSON, which a peer in another environment or language answers."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from fastjose import Key
from support.scores.expectations import Expectation, expect
from support.tokens.attack_tokens import claims, compact_form, signatures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.tokens.attack_tokens.case import Case

KINDS: dict[str, list[str]] = {
    "valid tokens": ["control_cases"],
    "`alg`": ["algorithm_names", "algorithm_values"],
    "keys in the header": ["keys_in_the_header"],
    "`kid`": ["key_ids", "shared_key_ids"],
    "`crit`, `b64`": ["critical"],
    "JSON, UTF-8": ["bad_values", "bad_documents", "double_names", "unusual_json"],
    "base64url": ["bad_base64"],
    "segments, serializations": ["segments", "empty_segments", "other_serializations", "sizes"],
    "HMAC, secrets": ["hmac_signatures", "secrets"],
    "ECDSA, curves": ["ecdsa_signatures", "ecdsa_high_s", "ecdsa_curves"],
    "RSA, PSS": ["rsa_signatures", "pss_signatures", "rsa_keys"],
    "EdDSA": ["eddsa_signatures", "eddsa_keys"],
    "a public key as secret": ["confusion"],
    "JWK, JWK Set": ["rejected_jwks", "accepted_jwks", "rejected_sets"],
    "`exp`, `nbf`, `iat`": ["wrong_types", "non_json_numbers", "expiration", "not_before", "issued_at"],
    "`iss`": ["issuer"],
    "`aud`": ["audience"],
    "`sub`": ["subject"],
    "required claims": ["required"],
    "`typ`": ["token_type"],
    "forged, and other faults": ["order"],
}
"""The groups of the corpus below each row of the page."""


@dataclass(frozen=True)
class Question:
    """A token, the key and the expectations of its verifier. `expectation` is not sent to a peer."""

    id: str
    kind: str
    token: str
    key: dict[str, Any]
    algorithms: list[str]
    required: list[str] = field(default_factory=list)
    issuer: str | list[str] | None = None
    audience: str | list[str] | None = None
    subject: str | None = None
    typ: str | None = None
    leeway: float = 0
    signature_only: bool = False
    expectation: Expectation = "either"
    counts_foreign: bool = True


def create_questions() -> list[Question]:
    """Return the questions of the corpus."""
    groups = {group.__name__: group for module in (compact_form, signatures, claims) for group in module.GROUPS}
    if sorted(groups) != sorted(name for names in KINDS.values() for name in names):
        raise ValueError("each group of the corpus must have a kind: add it to KINDS")
    return [
        create_question(kind, case)
        for kind, names in KINDS.items()
        for name in names
        for case in groups[name]()
        if not isinstance(case.keys, Key)  # an opt-in that another library does not have
    ]


def create_question(kind: str, case: Case) -> Question:
    """Return the question of a case."""
    required = case.options.get("required", ["exp"])
    return Question(
        case.id,
        kind,
        base64.b64encode(case.token).decode(),
        describe_key(case.keys, case.options.get("algorithms")),
        list(case.options.get("algorithms") or named_algorithms(case.keys)),
        [required] if isinstance(required, str) else list(required),
        case.options.get("issuer"),
        case.options.get("audience"),
        case.options.get("subject"),
        case.options.get("typ"),
        min(case.options.get("leeway_seconds", 0), 1e9),
        expectation="either" if "max_token_bytes" in case.options else expect(case),
        counts_foreign=case.needs_verifier and not case.id.startswith("jwk-private-"),
    )


def describe_key(keys: Any, algorithms: list[str] | None) -> dict[str, Any]:
    """Return the form of a key, and its content."""
    if isinstance(keys, list):
        return {"form": "list", "keys": [describe_key(key, algorithms) for key in keys]}
    if isinstance(keys, dict):
        return {"form": "set" if "keys" in keys else "jwk", "jwk": keys}
    data = keys.encode() if isinstance(keys, str) else keys
    form = describe_bytes(data, algorithms or [])
    return {"form": form, "data": base64.b64encode(data).decode()}


def describe_bytes(data: bytes, algorithms: list[str]) -> str:
    """Return the form of a key in bytes."""
    if data.startswith(b"-----BEGIN CERTIFICATE"):
        return "certificate"
    if data.startswith(b"-----BEGIN RSA PUBLIC"):
        return "pkcs1"
    if data.startswith(b"-----BEGIN"):
        return "pem"
    return "secret" if any(name.startswith("HS") for name in algorithms) else "der"


def named_algorithms(keys: Any) -> Iterator[str]:
    """Yield the algorithms that the keys of a JWK or a JWK Set name."""
    members = keys.get("keys", [keys])
    yield from dict.fromkeys(member["alg"] for member in members if isinstance(member, dict) and "alg" in member)


def to_json(question: Question) -> dict[str, Any]:
    """Return what a peer may know of the question."""
    known = asdict(question)
    for secret in ("kind", "expectation", "counts_foreign"):
        del known[secret]
    return known
