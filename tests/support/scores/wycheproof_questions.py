"""Wycheproof's JWS and JWK files as questions: whether the signature is accepted."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.scores.peers.question import ALL_ALGORITHMS
from support.scores.questions import Question, describe_key

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "wycheproof"
MISLABELLED = {346, 347, 350, 351, 367, 370, 372, 373}
"""Cases of the JWS file that are labelled wrongly: `tests/vectors/scores/vector_sets.py` says how."""

DEFAULT_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}
JWS, JWK = "Wycheproof JWS", "Wycheproof JWK"


def create_wycheproof_questions() -> list[Question]:
    """Return a question for each case. Each key is restricted to its own algorithm."""
    return [*read_questions(JWS, "json_web_signature_test.json"), *read_questions(JWK, "json_web_key_test.json")]


def read_questions(kind: str, name: str) -> Iterator[Question]:
    """Yield the questions of a file."""
    for group in json.loads((VECTORS / name).read_text(encoding="utf-8"))["testGroups"]:
        keys = group.get("public") or group["private"]
        for case in group["tests"]:
            if kind == JWK or case["tcId"] not in MISLABELLED:
                yield create_question(kind, keys, case)


def create_question(kind: str, keys: dict[str, Any], case: dict[str, Any]) -> Question:
    """Return the question of a case."""
    return Question(
        f"{kind} {case['tcId']}",
        kind,
        base64.b64encode(case["jws"].encode()).decode(),
        describe_key(keys, None),
        ALL_ALGORITHMS if kind == JWK else [keys.get("alg") or DEFAULT_ALGORITHMS[keys["kty"]]],
        signature_only=True,
        expectation="either" if "Ambiguous" in case["flags"] else "accept" if case["result"] == "valid" else "reject",
    )
