"""What the seeds share: the keys of the targets, usual claims, and a value of each JSON type."""

from __future__ import annotations

import json
from typing import Any

from fuzz.runner.targets import FUZZ

KEYS: list[dict[str, Any]] = json.loads((FUZZ / "src" / "keys.json").read_text(encoding="utf-8"))["keys"]
CLAIMS = {"iss": "https://issuer.example", "sub": "user", "exp": 1_800_000_000, "iat": 1_600_000_000, "jti": "1"}
VALUES = (
    "1",
    "-1",
    "0",
    "1e3",
    "1700000000.5",
    "1e400",
    "9" * 25,
    "null",
    "true",
    '""',
    '"x"',
    "[]",
    "[1]",
    '["a"]',
    "{}",
)


def public(key: dict[str, Any]) -> dict[str, Any]:
    """Return a JWK without its private members."""
    return {name: value for name, value in key.items() if name not in {"d", "p", "q", "dp", "dq", "qi"}}
