"""JWKs through the package: `Key` against PyJWT and joserfc, and `fastjose.jwk` against python-jose."""

from __future__ import annotations

import json
from typing import Any

import atheris

# The peers are instrumented too: most of the package's own code here is native, and theirs leads to the same cases.
with atheris.instrument_imports(include=["fastjose", "jose", "jwt", "joserfc"]):
    import jose.jwk  # noqa: F401 - `outcome` calls it
    import jwt
    from joserfc.jwk import import_key

    from fastjose import JOSEError, Key
    from fastjose import jwk as fastjose_jwk  # noqa: F401 - `outcome` calls it

from fuzz.python.harness import catch, check_error, is_intended, start
from support.python_jose.differential.library import FASTJOSE, JOSE, Call, outcome
from support.python_jose.known_differences.all_differences import find_differences

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth"}


def check(data: bytes) -> None:
    """Read one JWK with everything."""
    try:
        jwk = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(jwk, dict):
        return
    text = data.decode("utf-8", "replace") + json.dumps(jwk, ensure_ascii=False)
    try:
        key = Key(jwk)
    except (JOSEError, ValueError, TypeError) as error:
        check_error(error, text)
    else:
        assert key.algorithms, "a key without an algorithm was accepted"
        check_peers(jwk)
    check_facade(jwk)


def check_peers(jwk: dict[str, Any]) -> None:
    """Check that every peer reads the key."""
    # `Key` verifies, and reads only the public members.
    public = {name: value for name, value in jwk.items() if name not in PRIVATE_MEMBERS}
    for name, read in (("PyJWT", jwt.PyJWK), ("joserfc", import_key)):
        error = catch(read, public)
        if error is not None and not is_intended(name, error):
            raise AssertionError(f"{name} rejects an accepted key: {error!r}")


def check_facade(jwk: dict[str, Any]) -> None:
    """Check that `fastjose.jwk` and python-jose answer equally, but for the differences of the migration page."""
    for positional in ((jwk,), (jwk, "HS256"), (jwk, "RS256"), (jwk, "ES256")):
        call = Call("jwk.construct", positional)
        theirs, ours = outcome(JOSE, call), outcome(FASTJOSE, call)
        assert ours == theirs or find_differences(call, theirs, ours), f"{call}: {theirs} and {ours}"


start(check)
