"""Tokens through the package: `Verifier` against PyJWT, joserfc and python-jose; `fastjose.jwt` against python-jose.

Mode `H`: header and payload, separated by NUL, which the target signs. Any other mode: a token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import atheris

# The peers are instrumented too: most of the package's own code here is native, and theirs leads to the same cases.
with atheris.instrument_imports(include=["fastjose", "jose", "jwt", "joserfc"]):
    import jose.jwt
    import jwt
    from joserfc import jwt as joserfc_jwt
    from joserfc.jwk import OctKey

    from fastjose import JOSEError, Verifier
    from fastjose import jwt as fastjose_jwt  # noqa: F401 - `outcome` calls it

from fuzz.python.harness import SECRET, catch, check_error, equal, is_intended, start
from support.python_jose.differential.library import FASTJOSE, JOSE, Call, outcome
from support.python_jose.known_differences.all_differences import find_differences

VERIFIER = Verifier(SECRET, algorithms=["HS256"], check_audience=False, required=())
JOSERFC_KEY = OctKey.import_key(SECRET)
NO_CHECKS = {f"verify_{name}": False for name in ("aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash")}


def sign(header: bytes, payload: bytes) -> bytes:
    """Return a token with HS256, whatever its header says."""
    message = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload))
    signature = hmac.digest(SECRET.encode(), message, hashlib.sha256)
    return message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")


def verify_with_pyjwt(token: str) -> Any:
    """Verify with PyJWT, without its checks of claims."""
    return jwt.decode(token, SECRET, algorithms=["HS256"], options=NO_CHECKS)  # type: ignore[arg-type]


def verify_with_joserfc(token: str) -> Any:
    """Verify with joserfc."""
    return joserfc_jwt.decode(token, JOSERFC_KEY, algorithms=["HS256"]).claims


def verify_with_python_jose(token: str) -> Any:
    """Verify with python-jose, without its checks of claims."""
    return jose.jwt.decode(token, SECRET, algorithms=["HS256"], options=NO_CHECKS)


PEERS = {"PyJWT": verify_with_pyjwt, "joserfc": verify_with_joserfc, "python-jose": verify_with_python_jose}


def check(data: bytes) -> None:
    """Verify one token with everything."""
    mode, rest = data[:1], data[1:]
    header, _, payload = rest.partition(b"\0")
    token = sign(header, payload) if mode == b"H" else rest
    text = token.decode("utf-8", "replace")
    try:
        claims = VERIFIER.verify(token)
    except JOSEError as error:
        check_error(error, text + payload.decode("utf-8", "replace") + header.decode("utf-8", "replace"))
    else:
        assert equal(claims, VERIFIER.verify(text)), "str and bytes have other verdicts"
        check_peers(text, claims)
    check_facade(text)


def check_peers(token: str, claims: dict[str, Any]) -> None:
    """Check that every peer accepts the token with the same claims."""
    for name, verify in PEERS.items():
        error = catch(verify, token)
        if error is None:
            assert equal(json.loads(json.dumps(claims)), json.loads(json.dumps(verify(token)))), f"{name}: other claims"
        elif not is_intended(name, error):
            raise AssertionError(f"{name} rejects an accepted token: {error!r}")


def check_facade(token: str) -> None:
    """Check that `fastjose.jwt` and python-jose answer equally, but for the differences of the migration page."""
    for operation in ("jwt.decode", "jwt.get_unverified_claims", "jwt.get_unverified_header"):
        arguments = (token, SECRET, ["HS256"]) if operation == "jwt.decode" else (token,)
        call = Call(operation, arguments)
        theirs, ours = outcome(JOSE, call), outcome(FASTJOSE, call)
        assert ours == theirs or find_differences(call, theirs, ours), f"{call}: {theirs} and {ours}"


start(check)
