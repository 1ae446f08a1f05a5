"""Which strings of claims two tokens share, in a process that verified no other (run it with `python -m`)."""

from __future__ import annotations

import json
import sys
from typing import Any

from fastjose import Verifier, jwt, sign_token
from support.tokens.jose_builder import SECRET

AUDIENCE = "api.shared.test"  # the first and the last characters choose the place in the table
TEXTS = {
    "iss": "https://iss.shared.example",
    "aud": AUDIENCE,
    **{name: f"text of {name}" for name in ("sub", "jti", "sid", "email", "name", "role")},
}
LONG_ISSUER = f"https://{'i' * 65}.example"
LONG_NAME = "n" * 65


def main() -> None:
    """Print the names of claims whose names, and those whose values, two tokens of other shapes share."""
    verifier = Verifier(SECRET, algorithms="HS256", audience=AUDIENCE)
    first = _verify(verifier, {**TEXTS, "a": 1})
    second = _verify(verifier, {**TEXTS, "b": 1, "c": 1})
    long = [_verify(verifier, {"aud": AUDIENCE, "iss": LONG_ISSUER, LONG_NAME: 1, other: 1}) for other in "de"]
    report = {
        "names": [name for name in first if name in second and _own_name(first, name) is _own_name(second, name)],
        "values": [name for name in TEXTS if first[name] is second[name]],
        "equal": all(first[name] == second[name] == TEXTS[name] for name in TEXTS),
        "decoded": _decode(verify_signature=True),
        "decoded, unverified": _decode(verify_signature=False),
        "long name": _own_name(long[0], LONG_NAME) is _own_name(long[1], LONG_NAME),
        "long issuer": long[0]["iss"] is long[1]["iss"],
    }
    sys.stdout.write(json.dumps(report))


def _verify(verifier: Verifier, claims: dict[str, Any]) -> dict[str, Any]:
    return verifier.verify(sign_token({"exp": 4_000_000_000, **claims}, SECRET, algorithm="HS256"))


def _decode(*, verify_signature: bool) -> bool:
    """Return whether the claims of two tokens that `jwt.decode` returns share their issuer."""
    issuer = f"decode {verify_signature}"
    options = {"verify_signature": verify_signature}
    tokens = [jwt.encode({"iss": issuer, name: 1}, SECRET, "HS256") for name in ("a", "b")]
    first, second = (jwt.decode(token, SECRET, "HS256", options=options) for token in tokens)
    return first["iss"] is second["iss"]


def _own_name(claims: dict[str, Any], name: str) -> str:
    return next(own for own in claims if own == name)


if __name__ == "__main__":
    main()
